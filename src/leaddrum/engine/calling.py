"""The head calls the drum by hand: a lead goes on at once, a queue is looked at now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaddrum.core import asked, decided
from leaddrum.engine.cards import cards
from leaddrum.engine.desk import desk
from leaddrum.engine.errors import Refused
from leaddrum.models import Cycle, Drum

QUEUE = 200
"""Leads of a drum's queue that one call looks at; the next ones are looked at by the next."""


@dataclass(frozen=True, slots=True)
class Called:
    """What a call of a drum came to: leads that are offered now, and those that wait on."""

    offered: int
    waiting: int


def release(lead_id: int, *, by: int, now: datetime) -> None:
    """The lead goes on to whoever is next now: from its holder, from the queue, or from the head. Nobody's miss.

    Raises:
        Refused: nothing of it waits to be taken, its drum does not pass leads on, or nobody else can be offered it.
    """
    company = Cycle.objects.filter(lead=lead_id).values_list("company_id", flat=True).first()
    if company is None:
        raise Refused("no_lead")
    with desk(company, now) as table:
        card = next(iter(cards("c.lead_id = %s AND c.state IN ('offered', 'held', 'with_head')", [lead_id])), None)
        if card is None:
            raise Refused("cycle_over")
        if not table.org.policies[card.drum].rotate:
            raise Refused("keeps_owner")
        if not _called(table.look(card, asked.Call(by))):
            raise Refused("nobody_else")


def call(drum_id: int, *, by: int, now: datetime) -> Called:
    """Whatever the drum holds is offered now, as far as somebody can be offered it: urgent leads first, then the
    oldest. Who has just missed a lead need not rest from it.

    Raises:
        Refused: there is no such drum.
    """
    company = Drum.objects.filter(pk=drum_id).values_list("company_id", flat=True).first()
    if company is None:
        raise Refused("no_drum")
    with desk(company, now) as table:
        held = cards(
            "c.drum_id = %s AND c.state = 'held' ORDER BY c.priority DESC, c.opened_at, c.id LIMIT %s",
            [drum_id, QUEUE],
        )
        offered = sum(_called(table.look(card, asked.Call(by))) for card in held)
    waiting = Cycle.objects.filter(drum=drum_id, state=Cycle.State.HELD).count()
    return Called(offered, waiting)


def _called(events: tuple[decided.Event, ...]) -> bool:
    return any(isinstance(event, decided.Called) for event in events)
