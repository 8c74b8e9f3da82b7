"""What an administrator looks after: requests no lead could be made of, leads the engine stumbled over (S-46), and
every version of the company file."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from leaddrum.models import CompanyVersion, Cycle, Request
from leaddrum.models.ways import BUILT_IN
from leaddrum.web.journal import number_of
from leaddrum.web.viewer import Signed, admins_only

PAGE = 50


@require_safe
@admins_only
def unread(request: Signed) -> HttpResponse:
    """Requests that could not be read, newest first, and leads whose last step failed. Nothing is lost, all is seen."""
    company = request.viewer.company
    requests = Request.objects.filter(company=company, lead__isnull=True, set_aside="")
    before = number_of(request.GET.get("before"))
    if before is not None:
        requests = requests.filter(pk__lt=before)
    rows = list(requests.select_related("way").order_by("-pk")[: PAGE + 1])
    stumbled = Cycle.objects.filter(company=company, next_at__isnull=False).exclude(error="")
    return render(
        request,
        "leaddrum/journal/unread.html",
        {
            "requests": [{"row": row, "payload": _readable(row.payload)} for row in rows[:PAGE]],
            "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
            "stumbled": list(stumbled.select_related("lead", "drum").order_by("next_at")[:PAGE]),
        },
    )


@require_POST
@admins_only
def dealt_with(request: Signed, pk: int) -> HttpResponse:
    """A request that came by no way in, or by one whose sender sends it again once he is mended, was seen to: it leaves
    the page."""
    ours = Request.objects.filter(Q(way=None) | Q(way__kind__in=BUILT_IN), company=request.viewer.company, lead=None)
    kept = get_object_or_404(ours, pk=pk)
    Request.objects.filter(pk=kept.pk, lead=None, set_aside="").update(set_aside="dealt")
    return redirect("unread")


def _readable(payload: Any) -> str:
    """A request as it came, for the eyes; a very long one is cut (it is whole in the table). What is kept as a text is
    shown as that text, indented where it is JSON."""
    if isinstance(payload, dict) and set(payload) == {"raw"}:
        payload = _parsed(payload["raw"])
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, indent=2)
    return text if len(text) <= 4000 else text[:4000] + "…"


def _parsed(raw: Any) -> Any:
    try:
        return json.loads(raw)
    except (TypeError, ValueError, RecursionError):
        return raw


@require_safe
@admins_only
def versions(request: Signed) -> HttpResponse:
    """Who changed the company file, when, and what that changed in words; newest first."""
    history = CompanyVersion.objects.filter(company=request.viewer.company).order_by("-number").defer("text")
    page = Paginator(history, PAGE).get_page(request.GET.get("page"))
    return render(request, "leaddrum/journal/versions.html", {"page": page, "company": request.viewer.company})


@require_safe
@admins_only
def version(request: Signed, number: int) -> HttpResponse:
    """One version of the company file, as it was applied."""
    kept = get_object_or_404(CompanyVersion, company=request.viewer.company, number=number)
    answer = HttpResponse(kept.text, content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="company-{number}.toml"'
    return answer
