"""Addresses of the API, each measured, each refusing in the one shape."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from leaddrum.api import errors
from leaddrum.api.document import api
from leaddrum.api.health import health
from leaddrum.api.metrics import LATENCY, metrics
from leaddrum.intake.problems import Problem

View = Callable[..., HttpResponseBase]


@csrf_exempt  # nothing is here to be forged
def nothing_here(request: HttpRequest, **_rest: Any) -> HttpResponse:  # noqa: ARG001 - a view's signature
    return errors.answer(404, [Problem("path", _("There is no such address."))])


def measured(route: str, view: View) -> View:
    """The view with its time taken, and with our own words for a method it does not know."""

    @csrf_exempt  # bearer tokens, no cookies
    @functools.wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        begun = time.perf_counter()
        answer = view(request, *args, **kwargs)
        method = request.method if request.method in {"GET", "POST"} else "other"
        LATENCY.labels(route, method, str(answer.status_code)).observe(time.perf_counter() - begun)
        if answer.status_code == 405:
            allowed = {"Allow": answer["Allow"]}
            return errors.answer(405, [Problem("method", _("This address knows: %s.") % allowed["Allow"])], allowed)
        return answer

    return answered


def _patterns() -> list[URLPattern]:
    """The framework's own patterns, measured; its index (the empty one) only gives the document its root."""
    patterns, _app, _namespace = api.urls
    found = []
    for pattern in patterns:
        if not isinstance(pattern, URLPattern) or pattern.callback is None:
            continue  # the framework's type allows it, its patterns are none of these
        route = str(pattern.pattern)
        view = measured(f"/api/v1/{route}", pattern.callback) if route else nothing_here
        found.append(path(route, view, name=pattern.name))
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include((_patterns(), "ninja"), namespace="api")),
    re_path(r"^api/", nothing_here),
    path("", include("leaddrum.api.feed.urls")),
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
]
