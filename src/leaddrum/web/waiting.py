"""The leads that wait to be taken, as a head looks at them: how many, which of them burn, and why (S-6, S-8, S-22)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum import words
from leaddrum.models import Cycle
from leaddrum.web import remaining
from leaddrum.web.remaining import Remaining
from leaddrum.web.viewer import Viewer

NEAREST = 300
"""Open offers that are looked at, the nearest deadlines first."""
LISTED = 30
"""Leads without a person that are listed, of each kind."""
SHOWN = 40
"""Leads that burn, at most; the board shows the rest."""
OPEN = ("offered", "held", "with_head")


@dataclass(frozen=True, slots=True)
class Burning:
    """One lead that needs a look. `level`: `head`, `miss`, `hold` or `warn`, as the colours mean."""

    cycle: Cycle
    level: str
    why: str
    remaining: Remaining | None = None
    passes: bool = True  # the drum can pass it on


@dataclass(frozen=True, slots=True)
class Queue:
    """What one drum has waiting for one reason."""

    state: str
    reason: str  # of a hold
    count: int
    oldest: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    queues: dict[int, list[Queue]]  # by drum
    offers: list[Cycle]  # the nearest deadlines first
    burning: list[Burning]
    total: int
    alone: int  # leads without a person in service hours: with the head, or held for want of people
    closed: int  # held until somebody's working hours begin


def waiting(viewer: Viewer) -> Waiting:
    """Everything that waits in the viewer's drums, in four queries however much it is."""
    queues = _queues(viewer)
    every = [queue for of_drum in queues.values() for queue in of_drum]
    offers = list(_rows(viewer, "offered").order_by("due_at", "pk")[:NEAREST])
    burning = [
        *_with_head(viewer),
        *_failed_or_late(offers, viewer),
        *_held(viewer),
    ]
    closed = sum(queue.count for queue in every if queue.reason == "closed")
    alone = sum(queue.count for queue in every if queue.state != "offered") - closed
    return Waiting(queues, offers, burning[:SHOWN], sum(queue.count for queue in every), alone, closed)


def open_cycles(viewer: Viewer) -> QuerySet[Cycle]:
    """Cycles that have not ended, of the drums he sees. The condition stands as the partial index has it."""
    cycles = Cycle.objects.filter(company=viewer.company, state__in=OPEN, lead__deleted_at=None)
    return cycles if viewer.is_admin else cycles.filter(drum__in=[drum.pk for drum in viewer.drums])


def _rows(viewer: Viewer, state: str) -> QuerySet[Cycle]:
    rows = open_cycles(viewer).filter(state=state).select_related("lead", "drum", "holder")
    return rows.defer("seen", "candidates", "lead__text", "lead__fields")


def _queues(viewer: Viewer) -> dict[int, list[Queue]]:
    rows = (
        open_cycles(viewer)
        .values_list("drum", "state", "hold_reason")
        .annotate(n=Count("pk"), oldest=Min("opened_at"))
        .order_by("drum", "state", "hold_reason")
    )
    found: dict[int, list[Queue]] = {}
    for drum, state, reason, count, oldest in rows:
        found.setdefault(drum, []).append(Queue(state, reason, count, oldest, _said(state, reason, count)))
    return found


def _said(state: str, reason: str, count: int) -> str:
    """How many are there, and why they are not with somebody."""
    if state == "offered":
        return ngettext("%(n)d is with people", "%(n)d are with people", count) % {"n": count}
    if state == "with_head":
        return ngettext("%(n)d waits for the head", "%(n)d wait for the head", count) % {"n": count}
    why = words.hold(reason)
    return ngettext("%(n)d waits: %(why)s", "%(n)d wait: %(why)s", count) % {"n": count, "why": why}


def _with_head(viewer: Viewer) -> Iterator[Burning]:
    for cycle in _rows(viewer, "with_head").order_by("opened_at")[:LISTED]:
        yield Burning(cycle, "head", _("the drum stands until the head decides"))


def _held(viewer: Viewer) -> Iterator[Burning]:
    held = _rows(viewer, "held").exclude(hold_reason="closed")
    for cycle in held.order_by("-priority", "opened_at")[:LISTED]:
        why = words.hold(cycle.hold_reason, cycle.hold.get("until"), viewer.zone, viewer.now)
        yield Burning(cycle, "miss" if cycle.hold.get("told") else "hold", why)


def _failed_or_late(offers: Iterable[Cycle], viewer: Viewer) -> Iterator[Burning]:
    """Offers in their last fifth, those that went round without a result, and those the engine stumbled over."""
    for cycle in offers:
        policy = viewer.org.policies[cycle.drum_id]
        left = remaining.of(cycle, viewer.org, viewer.now)
        rounds = cycle.misses >= policy.escalate_after
        if cycle.error:
            yield Burning(cycle, "miss", _("the engine stumbled over it and tries again in an hour"), left)
        elif rounds or (left is not None and left.level in {"late", "over"}):
            yield Burning(
                cycle, "miss" if left and left.level != "calm" else "warn", _missed(cycle), left, policy.rotate
            )


def _missed(cycle: Cycle) -> str:
    if not cycle.misses:
        return ""
    return ngettext("missed %(n)d time", "missed %(n)d times", cycle.misses) % {"n": cycle.misses}
