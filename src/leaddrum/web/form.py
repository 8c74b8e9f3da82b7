"""The public form's page: one for each drum, without JavaScript, in a frame of allowed sites or alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from csp.decorators import csp_replace
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from leaddrum import clock, engine, words
from leaddrum.engine import org
from leaddrum.intake import form, rate
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Drum

PROMISE = "leaddrum.promise"
THEMES = ("light", "dark", "auto")
View = Callable[..., HttpResponse]


def in_a_frame(view: View) -> View:
    """May be framed by the sites of LEADDRUM_FRAME_ANCESTORS, which no other page may."""

    @wraps(view)
    @xframe_options_exempt
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allow = csp_replace({"frame-ancestors": ["'self'", *settings.FRAME_ANCESTORS]})
        return cast("HttpResponse", allow(lambda r: view(r, *args, **kwargs))(request))

    return framed


@csrf_exempt  # anybody may send it from anywhere; no cookie of ours is read
@in_a_frame
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, company: str, drum: str) -> HttpResponse:
    """The form, and what it sends."""
    found = _drum(company, drum)
    with translation.override(_language(request, found)):
        if request.method == "POST":
            return _posted(request, found)
        return _form(request, found, request.GET.dict())


@in_a_frame
@require_safe
def thanks(request: HttpRequest, company: str, drum: str) -> HttpResponse:
    found = _drum(company, drum)
    with translation.override(_language(request, found)):
        by = _promised(request.GET.get("by", ""), found)
        context = {"company": found.company, "by": by, "theme": theme(request)}
        answer = render(request, "leaddrum/form/thanks.html", context)
    patch_vary_headers(answer, ["Sec-Fetch-Dest"])
    return answer


@require_safe
def snippet(request: HttpRequest, company: str, drum: str) -> HttpResponse:
    """What to paste into a site: a frame, or a form of one's own."""
    found = _drum(company, drum)
    url = request.build_absolute_uri(reverse("form", args=[company, drum]))
    context = {"drum": found, "url": url, "consent": form.consent_text(found.company), "trap": form.TRAP}
    with translation.override(_language(request, found)):
        text = render(request, "leaddrum/form/snippet.txt", context | {"consent": form.consent_text(found.company)})
    return HttpResponse(text.content, content_type="text/plain; charset=utf-8")


def _posted(request: HttpRequest, drum: Drum) -> HttpResponse:
    if rate.announced_bytes(request) > form.LARGEST:
        return _form(request, drum, {}, [Problem("", _("This is too much text."))], status=413)
    wait = rate.seconds_to_wait(settings.FORM_RATE, "form", rate.address(request))
    values, lists = request.POST.dict(), dict(request.POST.lists())
    if wait:
        problem = Problem("", _("Your request was not sent: too many came at once. Press “Send” again a bit later."))
        answer = _form(request, drum, values, [problem], status=429)
        answer["Retry-After"] = str(wait)
        return answer
    now = clock.now()
    by: datetime | None = None
    try:
        arrival = form.read(drum, lists, now)
    except form.AgainError as again:
        return _form(
            request, drum, values, [Problem("", again.why)], status=422, sure=again.sure or form.is_sure(lists)
        )
    except Unreadable as error:
        return _form(request, drum, values, error.problems, status=422)
    try:
        engine.arrive(drum.company_id, arrival, now=now)
        by = org.of(drum.company, now).promised(drum.pk, arrival.source, now)
    except engine.Refused as error:
        form.keep(drum, arrival, words.refusal(error), now)
    query = _query(request, signing.dumps(by.isoformat(), salt=PROMISE) if by else "")
    there = HttpResponseRedirect(reverse("form-thanks", args=[drum.company.key, drum.key]) + query)
    there.status_code = 303
    return there


def _form(
    request: HttpRequest,
    drum: Drum,
    values: dict[str, str],
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    sure: bool = False,
) -> HttpResponse:
    wrong = {problem.where: problem.what for problem in reversed(problems)}
    shown = {*form.INPUTS, form.CONSENT}
    context = {
        "company": drum.company,
        "theme": theme(request),
        "values": values,
        "wrong": wrong,
        "general": [problem for problem in problems if problem.where not in shown],
        "ticket": form.ticket(drum, clock.now(), sure=sure),
        "trap": form.TRAP,
        "trapped": bool(values.get(form.TRAP)),
        "traces": _carried(request),
        "consent": form.consent_text(drum.company),
    }
    answer = render(request, "leaddrum/form/page.html", context, status=status)
    answer["Cache-Control"] = "no-store"  # each copy has a ticket of its own
    return answer


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    """Hidden inputs: where he came from, and after a refusal whatever else his form had held."""
    if request.method != "POST":
        return list(form.traces(request.GET.dict(), request.headers.get("Referer", "")).items())
    shown = {*form.INPUTS, form.CONSENT, form.TICKET, form.TRAP}
    return [(name, value) for name, all_of_it in request.POST.lists() if name not in shown for value in all_of_it]


def _drum(company: str, drum: str) -> Drum:
    """
    Raises:
        Http404: there is no such drum, or it does not turn any more.
    """
    if "\x00" in drum:  # PostgreSQL does not look for it
        raise Http404
    found = Drum.objects.select_related("company").filter(company__key=company, key=drum, active=True).first()
    if found is None:
        raise Http404
    return found


def _language(request: HttpRequest, drum: Drum) -> str:
    """What the address asks for, else the company's: the site around it is in that one, whatever the browser likes."""
    return asked_language(request) or drum.company.language


def asked_language(request: HttpRequest) -> str:
    """What the address asks for; empty if that is none of ours."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else ""


def theme(request: HttpRequest) -> str:
    """What the address asks for. Else a frame is light, as nearly every site around one is, and a page of its own
    follows the visitor's system. A browser tells that it is a frame to an https address, or to this machine."""
    asked = request.GET.get("theme", "")
    if asked in THEMES:
        return asked
    return "light" if request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"} else "auto"


def _query(request: HttpRequest, by: str) -> str:
    colours = request.GET.get("theme", "")
    query = {
        "lang": asked_language(request),
        "theme": colours if colours in THEMES else "",
        "by": by,
    }
    kept = urlencode({name: value for name, value in query.items() if value})
    return f"?{kept}" if kept else ""


def _promised(token: str, drum: Drum) -> str:
    """The promised time in the company's zone; it is signed, so that nobody makes us promise another one."""
    try:
        by = datetime.fromisoformat(signing.loads(token, salt=PROMISE)) if token else None
    except signing.BadSignature:
        by = None
    return words.instant(by, ZoneInfo(drum.company.zone), clock.now()) if by else ""
