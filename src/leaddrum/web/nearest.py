"""Open offers, the nearest deadline first, in a few columns each: a page of very many looks at these, and reads in full
only what it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from leaddrum.models import Cycle
from leaddrum.web import remaining
from leaddrum.web.remaining import Remaining
from leaddrum.web.viewer import Viewer

MOST = 1000
"""Offers that are looked at."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One open turn."""

    cycle: int
    lead: int
    drum: int
    holder: int | None
    misses: int
    due_at: datetime
    remaining: Remaining

    @property
    def late(self) -> bool:
        """In the last fifth of its working time, or over."""
        return self.remaining.level in {"late", "over"}


def offers(viewer: Viewer) -> list[Offer]:
    """The nearest of the drums he sees. One query."""
    # Ordered by numbers alone: the rows are wide, and most of them are not wanted.
    nearest = open_cycles(viewer).filter(state="offered", due_at__isnull=False).order_by("due_at", "pk")
    rows = Cycle.objects.filter(pk__in=nearest.values("pk")[:MOST]).order_by("due_at", "pk")
    columns = rows.values_list("pk", "lead", "drum", "holder", "misses", "due_at", "budget")
    return [
        Offer(pk, lead, drum, holder, misses, due, remaining.left(holder, drum, due, budget, viewer.org, viewer.now))
        for pk, lead, drum, holder, misses, due, budget in columns
        if due is not None
    ]


def open_cycles(viewer: Viewer) -> QuerySet[Cycle]:
    """Cycles that have not ended, of the drums he sees; a deleted lead's has (S-32)."""
    cycles = Cycle.objects.filter(company=viewer.company, ended_at=None)
    return cycles if viewer.is_admin else cycles.filter(drum__in=[drum.pk for drum in viewer.drums])


def in_full(cycles: Iterable[int]) -> dict[int, Cycle]:
    """These cycles as pages show them, by number. One query."""
    rows = Cycle.objects.filter(pk__in=set(cycles)).select_related("lead", "drum", "holder")
    return {cycle.pk: cycle for cycle in rows.defer("seen", "candidates", "lead__text", "lead__fields")}
