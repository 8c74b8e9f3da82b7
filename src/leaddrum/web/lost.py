"""Pages of what went wrong (400, 404, 500): a client at a form has no account, so they offer him none."""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views import defaults

from leaddrum.web.form import asked_language, in_a_frame, theme

FORMS = "/f/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be understood."""
    return _client(request, 400) if _of_a_form(request) else defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or none of his."""
    return _client(request, 404) if _of_a_form(request) else defaults.page_not_found(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    return _client(request, 500) if _of_a_form(request) else defaults.server_error(request)


def _of_a_form(request: HttpRequest) -> bool:
    return request.path_info.startswith(FORMS)


@in_a_frame
def _client(request: HttpRequest, status: int) -> HttpResponse:
    """In the language its address asks for, else the browser's: of a dead link nothing else is known."""
    try:
        language = asked_language(request) or translation.get_language()
    except SuspiciousOperation:  # more fields in the address than Django reads: that is why we are here
        request.GET, language = QueryDict(), translation.get_language()
    with translation.override(language):
        answer = render(request, f"leaddrum/form/{status}.html", {"theme": theme(request)}, status=status)
    patch_vary_headers(answer, ["Sec-Fetch-Dest"])
    return answer
