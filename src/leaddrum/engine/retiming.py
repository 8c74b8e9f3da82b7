"""Deadlines follow the calendar when it is edited (S-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaddrum.core import decided
from leaddrum.core.cycle import Turn
from leaddrum.core.worktime import BeyondHorizon, NeverOpens
from leaddrum.engine.cards import Card
from leaddrum.engine.desk import Desk
from leaddrum.engine.staff import Org


@dataclass(frozen=True, slots=True)
class Moved:
    """What a change of the company does to one clock that runs: a new deadline, or (`due_at` None) the turn's end.
    `contact`: it is the one after a take (S-38)."""

    lead: int
    person: int | None
    was: datetime
    due_at: datetime | None
    contact: bool = False


def retime(table: Desk, card: Card, budget: int = 0, reason: str = "calendar") -> list[Moved]:
    """The deadline as today's calendar has it, never earlier than now; with another budget, or the turn's own."""
    turn = card.cycle.turn
    event = retimed(card, turn, table.org, table.now, budget, reason) if turn is not None else None
    if turn is None or event is None:
        return []
    table.book(card, (event,))
    return [Moved(card.cycle.lead, turn.person, turn.due_at, event.due_at)]


def retimed(
    card: Card, turn: Turn, org: Org, now: datetime, budget: int = 0, reason: str = "calendar"
) -> decided.Extended | None:
    """What `retime` books; None when the deadline stays. A turn that has not started gets its deadline when it does."""
    if turn.asked:
        return None
    budget = budget or turn.budget
    hours = org.service(card.drum)
    if turn.person is not None:
        hours = org.hours_from(turn.person, card.drum, turn.offered_at, budget)
    try:
        due_at = max(hours.add(turn.offered_at, budget), now)
    except (NeverOpens, BeyondHorizon):  # he is gone for years: the drum's hours count
        hours = org.service(card.drum)
        due_at = max(hours.add(turn.offered_at, budget), now)
    if due_at == turn.due_at or (turn.due_at <= now and due_at == now):
        return None
    shares = org.policy(card.drum, turn.policy_version).warn_at
    remind_at = tuple((share, hours.add(turn.offered_at, budget * share)) for share in shares)
    later = tuple((share, at) for share, at in remind_at if at > now)
    return decided.Extended(turn.number, turn.person, due_at, turn.due_at, reason, later, budget)
