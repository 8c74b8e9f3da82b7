"""Pages that keep themselves up to date.

A live part asks for itself every two seconds with the tag of what it shows. `Company.head` rises with every change that
pages show, so while it stands still the answer is 304 and costs next to nothing. The tag also changes each minute:
waiting times are written in minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from time import monotonic, thread_time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from leaddrum import __version__, engine, words
from leaddrum.web.pace import Pace
from leaddrum.web.viewer import Signed


def tag(request: Signed) -> str:
    """Names what this person would see now."""
    viewer = request.viewer
    company, person = viewer.company, viewer.person
    minute = int(viewer.now.timestamp()) // 60
    state = (__version__, company.pk, company.head, company.staff_version, person.pk, person.paused_at, minute)
    shown = (*state, get_language(), request.META.get("QUERY_STRING", ""))
    return '"' + sha256(repr(shown).encode()).hexdigest()[:20] + '"'


def unless_unchanged(request: Signed, draw: Callable[[], HttpResponse], pace: Pace | None = None) -> HttpResponse:
    """304 when the asker has it already and nothing is to be said to him; otherwise what `draw` draws.

    With a `pace`, a page that many have open at once may wait for what is new: it keeps the tag of what it shows.
    Whoever has pressed something asks without a tag, and waits for nothing.
    """
    current = tag(request)
    said = len(messages.get_messages(request))
    has = request.headers.get("If-None-Match")
    board = (request.viewer.person.pk, request.get_full_path())
    if has == current and not said:
        page: HttpResponse = HttpResponseNotModified()
    elif pace is not None and pace.too_soon(board, monotonic()) and has and not said:
        page, current = HttpResponseNotModified(), has
    else:
        began = thread_time()
        page = draw()
        if pace is not None:
            pace.drew(board, monotonic(), thread_time() - began)
    page["ETag"] = current
    page["Cache-Control"] = "private, no-store"
    return page


def pressed(request: HttpRequest, home: str) -> HttpResponse:
    """After a press: a live part is told to look at once, a plain form goes back to its page."""
    if request.headers.get("HX-Request"):
        page = HttpResponse(status=204)
        page["HX-Trigger"] = "look"
        return page
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if target and ours else resolve_url(home))


def done(request: Signed, verb: Callable[[], object], success: str, home: str) -> HttpResponse:
    """Do it, say what came of it, go back to where he was: a refusal says why."""
    try:
        verb()
    except engine.Refused as error:
        messages.error(request, words.refusal(error))
    else:
        messages.success(request, success)
    return pressed(request, home)
