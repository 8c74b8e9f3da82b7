"""What the analytics pages share: the filter above, and how figures are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from leaddrum import words
from leaddrum.facts import figures
from leaddrum.facts.period import KEYS
from leaddrum.web.analytics.asked import Asked, Choices, asked, choices
from leaddrum.web.viewer import Signed


def wanted(request: Signed) -> Asked:
    """What the address asks for."""
    return asked(request.viewer, request.GET, timezone.localdate(request.viewer.now))


def page(request: Signed, template: str, title: str, filter_: Asked, context: Mapping[str, Any]) -> HttpResponse:
    offered = choices(request.viewer)
    return render(
        request,
        f"leaddrum/analytics/{template}.html",
        {
            "title": title,
            "asked": filter_,
            "scope": filter_.scope,
            "choices": offered,
            "said": in_words(filter_, offered),
            "fresh": figures.fresh(request.viewer.company.pk),
            "now": request.viewer.now,
            **context,
        },
    )


def in_words(asked: Asked, offered: Choices) -> str:
    """The filter as it is printed: the period, and whose figures."""
    period = f"{asked.scope.since:%d.%m.%Y} – {asked.scope.until:%d.%m.%Y}"
    names = [dict(getattr(offered, key)).get(asked.values[key], "") for key in KEYS if key in asked.values]
    return ", ".join([period, *filter(None, names)])


def said(seconds: int | None) -> str:
    return "—" if seconds is None else words.duration(seconds)
