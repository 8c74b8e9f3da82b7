"""My month: what I took, how fast, what I missed and my own words on it, when I was paused (S-10, S-24, S-47)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaddrum.engine import pauses
from leaddrum.models import Incident, Turn
from leaddrum.web.journal import number_of
from leaddrum.web.viewer import Signed, Viewer, signed_in

EARLIEST = date(2000, 1, 1)
MOST = 3000
"""Takes of one month that the median is made of."""
LISTED = 50
"""Misses on one page, newest first."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one person. Seconds are of working time."""

    first: date
    taken: int
    median: float | None
    in_first_half: int  # taken before half of the time was spent
    missed: int  # that count
    false: int  # takes with nothing done after them (S-38)
    excused: int
    annulled: int

    @property
    def share(self) -> float | None:
        """Of his turns, how many he took: between 0 and 1."""
        whole = self.taken + self.missed
        return self.taken / whole if whole else None


@require_safe
@signed_in
def month(request: Signed) -> HttpResponse:
    """The month of the address, `?month=2026-10`; without one, or with nonsense, the present one."""
    viewer = request.viewer
    first = _asked(request.GET.get("month", ""), viewer)
    following = (first + timedelta(days=32)).replace(day=1)
    since, until = _midnight(first, viewer), _midnight(following, viewer)
    found = Incident.objects.filter(person=viewer.person, missed_at__gte=since, missed_at__lt=until)
    before = number_of(request.GET.get("before"))
    listed = found.filter(pk__lt=before) if before else found
    listed = listed.select_related("lead", "drum", "next_person").defer("candidates", "lead__text", "lead__fields")
    misses = list(listed.order_by("-pk")[: LISTED + 1])
    context: dict[str, Any] = {
        "month": _month(viewer, first, since, until, found),
        "misses": misses[:LISTED],
        "pauses": sorted(pauses.between([viewer.person.pk], since, until), key=lambda one: one.starts_at, reverse=True),
        "by_misses": pauses.BY_MISSES,
        "older": misses[LISTED - 1].pk if len(misses) > LISTED else None,
        "paged": before is not None,
        "before": (first - timedelta(days=1)).replace(day=1) if first > EARLIEST else None,
        "after": following if following <= viewer.now.astimezone(viewer.zone).date() else None,
    }
    return render(request, "leaddrum/my/month.html", context)


def _asked(text: str, viewer: Viewer) -> date:
    today = viewer.now.astimezone(viewer.zone).date().replace(day=1)
    try:
        return max(EARLIEST, min(date.fromisoformat(text + "-01"), today)) if len(text) == 7 else today
    except ValueError:
        return today


def _midnight(day: date, viewer: Viewer) -> datetime:
    return datetime.combine(day, time(), viewer.zone)


def _month(viewer: Viewer, first: date, since: datetime, until: datetime, misses: QuerySet[Incident]) -> Month:
    person, org = viewer.person.pk, viewer.org
    turns = Turn.objects.filter(person=person, verdict="taken", verdict_at__gte=since, verdict_at__lt=until)
    waits, half = [], 0
    rows = turns.order_by("-verdict_at").values_list("offered_at", "verdict_at", "budget", "cycle__drum")[:MOST]
    for offered_at, taken_at, budget, drum in rows:
        hours = org.hours(person, drum) if drum in org.policies and person in org.people else None
        known = hours is not None and hours.window[0] <= offered_at
        took = hours.between(offered_at, taken_at) if hours and known else (taken_at - offered_at).total_seconds()
        waits.append(max(0.0, took))
        half += took <= budget / 2
    standing = Q(annulled_at=None)
    a_miss = Q(turn_number__gt=0)
    counted = misses.aggregate(
        missed=Count("pk", filter=a_miss & standing & Q(excuse="")),
        false=Count("pk", filter=~a_miss & standing),
        excused=Count("pk", filter=a_miss & standing & ~Q(excuse="")),
        annulled=Count("pk", filter=~standing),
    )
    return Month(first, len(waits), median(waits) if waits else None, half, **counted)
