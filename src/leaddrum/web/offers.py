"""A person's open offers: what stands under the large button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from leaddrum.engine import claims
from leaddrum.engine.staff import Org
from leaddrum.models import Cycle, Effect, Person
from leaddrum.web import remaining
from leaddrum.web.remaining import Remaining

MOST = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """One lead that waits for his press."""

    cycle: Cycle
    remaining: Remaining | None
    next_up: str  # who gets it if he does not take it; empty: not known
    claim: bool  # offered to everybody: the first to press has it
    keeps: bool  # the drum does not rotate: it cannot be declined (S-56)


def of(person: Person, org: Org, now: datetime) -> list[Offer]:
    """His offers, the nearest deadline first; those to everybody that were made to him too included. Two queries."""
    rows = claims.waiting_for(person).select_related("lead", "lead__stage", "drum").defer("candidates", "seen")
    cycles = list(rows.order_by("due_at", "pk")[:MOST])
    following = _next_up(person, cycles)
    return [offer(cycle, org, now, following.get(cycle.pk)) for cycle in cycles]


def offer(cycle: Cycle, org: Org, now: datetime, next_up: int | None) -> Offer:
    member = org.people.get(next_up) if next_up else None
    return Offer(
        cycle=cycle,
        remaining=remaining.of(cycle, org, now),
        next_up=member.name if member and next_up != cycle.holder_id else "",
        claim=cycle.holder_id is None,
        keeps=not org.policies[cycle.drum_id].rotate,
    )


def _next_up(person: Person, cycles: list[Cycle]) -> dict[int, int]:
    """Who was named as the next one when each turn was offered."""
    turns = {cycle.pk: cycle.turn_number for cycle in cycles}
    told = Effect.objects.filter(person=person, outlet=None, kind="offer", cycle__in=list(turns))
    found = {}
    # Sorted here: asked for its order, SQLite reads all that he was ever told.
    for _, cycle, turn, data in sorted(told.values_list("pk", "cycle", "turn_number", "data"), key=itemgetter(0)):
        if cycle is not None and turns[cycle] == turn and data.get("next_up"):
            found[cycle] = int(data["next_up"])
    return found
