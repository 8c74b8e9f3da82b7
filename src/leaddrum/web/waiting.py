"""The leads that wait to be taken, as a head looks at them: how many, which of them burn, and why (S-6, S-8, S-22)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum import words
from leaddrum.core.roster import RESTING
from leaddrum.models import Cycle
from leaddrum.templatetags.humane import ago
from leaddrum.web import nearest
from leaddrum.web.nearest import Offer
from leaddrum.web.remaining import Remaining
from leaddrum.web.viewer import Viewer

LISTED = 30
"""Leads without a person that are listed, of each kind."""
TRIED = 300
"""Offers, the nearest deadlines first, of which those are told that the engine stumbled over."""
SHOWN = 20
"""Leads that burn, at most; the board shows the rest."""


@dataclass(frozen=True, slots=True)
class Burning:
    """One lead that needs a look. `level`: `head`, `miss` or `warn`, as the colours mean."""

    cycle: Cycle
    level: str
    why: str
    remaining: Remaining | None = None
    passes: bool = True  # a press can pass it on


@dataclass(frozen=True, slots=True)
class Queue:
    """What one drum has waiting for one reason."""

    state: str
    reason: str  # of a hold
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    queues: dict[int, list[Queue]]  # by drum
    offers: list[Offer]  # the nearest deadlines first
    burning: list[Burning]
    more: int  # that burn and are not shown
    many: bool  # the nearest offers are all there was time to look at: it may be more still
    late: int  # offers in the last fifth of a time that runs, among the nearest
    total: int
    with_head: int
    alone: int  # leads without a person in service hours: with the head, or held for want of people
    closed: int  # held until somebody's working hours begin

    def holds(self, drum: int) -> bool:
        """Whether something stands in that drum's queue that can be handed out: somebody may be resting from it."""
        return any(queue.reason in {"cooldown", "cap"} for queue in self.queues.get(drum, ()))


def waiting(viewer: Viewer) -> Waiting:
    """Everything that waits in the viewer's drums, in six queries however much it is."""
    queues = _queues(viewer)
    every = [queue for of_drum in queues.values() for queue in of_drum]
    offers = nearest.offers(viewer)
    failed = _failed(offers)
    hot = [one for one in offers if one.late or one.cycle in failed or _went_round(one, viewer)]
    closed = sum(queue.count for queue in every if queue.reason == "closed")
    with_head = sum(queue.count for queue in every if queue.state == "with_head")
    alone = sum(queue.count for queue in every if queue.state != "offered") - closed
    burning = [*_with_head(viewer), *_offered(hot, viewer), *_held(viewer)][:SHOWN]
    return Waiting(
        queues,
        offers,
        burning,
        more=max(0, len(hot) + alone - len(burning)),
        many=len(offers) == nearest.MOST and len(hot) == len(offers),
        late=sum(1 for one in offers if one.late and one.remaining.runs),
        total=sum(queue.count for queue in every),
        with_head=with_head,
        alone=alone,
        closed=closed,
    )


def _queues(viewer: Viewer) -> dict[int, list[Queue]]:
    rows = (
        nearest.open_cycles(viewer)
        .values_list("drum", "state", "hold_reason")
        .annotate(n=Count("pk"), oldest=Min("opened_at"))
        .order_by("drum", "state", "hold_reason")
    )
    found: dict[int, list[Queue]] = {}
    for drum, state, reason, count, oldest in rows:
        text = _said(state, reason, count, ago(oldest, viewer.now))
        found.setdefault(drum, []).append(Queue(state, reason, count, text))
    return found


def _said(state: str, reason: str, count: int, age: str) -> str:
    """How many are there, for how long, and why they are not with somebody."""
    about = {"n": count, "age": age, "why": words.hold(reason)}
    if state == "offered":
        return ngettext("%(n)d is offered now", "%(n)d are offered now", count) % about
    if state == "with_head":
        if count == 1:
            return _("%(n)d lead has waited for the head for %(age)s") % about
        return (
            ngettext(
                "%(n)d lead waits for the head, the oldest for %(age)s",
                "%(n)d leads wait for the head, the oldest for %(age)s",
                count,
            )
            % about
        )
    if count == 1:
        return _("%(n)d lead waits for %(age)s: %(why)s") % about
    return (
        ngettext(
            "%(n)d lead waits, the oldest for %(age)s: %(why)s",
            "%(n)d leads wait, the oldest for %(age)s: %(why)s",
            count,
        )
        % about
    )


def _failed(offers: list[Offer]) -> frozenset[int]:
    """Which of the very nearest the engine stumbled over."""
    rows = Cycle.objects.filter(pk__in=[one.cycle for one in offers[:TRIED]]).exclude(error="")
    return frozenset(rows.values_list("pk", flat=True))


def _went_round(one: Offer, viewer: Viewer) -> bool:
    """It was missed so often that the head was called."""
    return one.misses >= viewer.org.policies[one.drum].escalate_after


def _rows(viewer: Viewer, state: str) -> QuerySet[Cycle]:
    rows = nearest.open_cycles(viewer).filter(state=state).select_related("lead", "drum", "holder")
    return rows.defer("seen", "lead__text", "lead__fields")


def _with_head(viewer: Viewer) -> Iterator[Burning]:
    for cycle in _rows(viewer, "with_head").order_by("opened_at")[:LISTED]:
        yield Burning(cycle, "head", _("the drum stands still until the head decides"))


def _held(viewer: Viewer) -> Iterator[Burning]:
    held = _rows(viewer, "held").exclude(hold_reason="closed")
    for cycle in held.order_by("-priority", "opened_at")[:LISTED]:
        why = words.hold(cycle.hold_reason, cycle.hold.get("until"), viewer.zone, viewer.now)
        yield Burning(cycle, "miss", why, passes=any(code in RESTING for _person, code, _value in cycle.candidates))


def _offered(hot: list[Offer], viewer: Viewer) -> Iterator[Burning]:
    """Offers in their last fifth, those that went round without a result, and those the engine stumbled over."""
    cycles = nearest.in_full(one.cycle for one in hot[:SHOWN])
    for one in hot[:SHOWN]:
        cycle = cycles.get(one.cycle)
        if cycle is None:
            continue
        if cycle.error:
            yield Burning(cycle, "miss", _("it could not be worked on; LeadDrum tries again in an hour"), one.remaining)
        else:
            level = "miss" if one.remaining.level != "calm" else "warn"
            yield Burning(cycle, level, _missed(cycle), one.remaining, viewer.org.policies[one.drum].rotate)


def _missed(cycle: Cycle) -> str:
    if not cycle.misses:
        return ""
    return ngettext("missed %(n)d time", "missed %(n)d times", cycle.misses) % {"n": cycle.misses}
