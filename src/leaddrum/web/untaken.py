"""Leads that went straight to junk: closed without anybody having taken them, for the head's quality check (S-30)."""

from __future__ import annotations

from django.db.models import OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaddrum.models import Cycle, Lead, Stage
from leaddrum.web.journal import number_of
from leaddrum.web.viewer import Signed, Viewer, heads_only, one_by_one

PAGE = 50


@require_safe
@heads_only
def untaken(request: Signed) -> HttpResponse:
    """The newest first: who closed each, and when. A lead that was a client after all is moved back on its own page."""
    found = _closed(request.viewer)
    before = number_of(request.GET.get("before"))
    last = found.filter(pk=before).first() if before is not None else None
    if last is not None:
        found = found.filter(Q(arrived_at__lt=last.arrived_at) | Q(arrived_at=last.arrived_at, pk__lt=last.pk))
    rows = list(found.select_related("stage", "moved_by").order_by("-arrived_at", "-pk")[: PAGE + 1])
    older = rows[PAGE - 1].pk if len(rows) > PAGE else None
    return render(request, "leaddrum/journal/untaken.html", {"leads": rows[:PAGE], "older": older})


def _closed(viewer: Viewer) -> QuerySet[Lead]:
    cycles = Cycle.objects.filter(lead=OuterRef("pk"))
    return viewer.leads().filter(
        one_by_one(cycles.filter(state=Cycle.State.CLOSED)),
        ~one_by_one(cycles.filter(taken_by__isnull=False)),
        stage__in=Stage.objects.filter(company=viewer.company, meaning=Stage.Meaning.CLOSE),
    )
