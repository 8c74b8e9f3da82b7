"""Presses on a turn: it is taken or given back, by its own button or on the board (S-27, S-33 to S-36)."""

from __future__ import annotations

from datetime import datetime

from leaddrum.core import asked
from leaddrum.core.policy import Meaning
from leaddrum.core.rules import TOLERANCE
from leaddrum.engine import claims
from leaddrum.engine.belonging import company_of_cycle, company_of_lead
from leaddrum.engine.board import move_here, present
from leaddrum.engine.cards import Card, cards, open_cards
from leaddrum.engine.desk import desk
from leaddrum.engine.errors import Pressed, Refused, Stale
from leaddrum.engine.staff import Org
from leaddrum.models import Cycle, Turn


def take(cycle_id: int, turn_number: int, *, by: int, now: datetime, at: datetime | None = None) -> Pressed | Stale:
    """A take button is pressed; it is bound to one turn and one person (S-34, S-35).

    Args:
        at: when he pressed, where that was told later. In time is in time: a miss that was judged meanwhile is
            annulled, and the lead is his (S-36).
    """
    row = Cycle.objects.filter(pk=cycle_id).values("company_id", "lead_id").first()
    if row is None:
        return Stale("no_turn")
    with desk(row["company_id"], now) as table:
        pressed_at = min(at or table.now, table.now)
        found = next((card for card in open_cards(row["lead_id"]) if card.cycle.id == cycle_id), None)
        turn = found.cycle.turn if found else None
        if found is None:
            return standing(cycle_id)
        if turn is None or turn.number != turn_number:
            if not _in_time(cycle_id, turn_number, by, pressed_at):
                return _stale(found)
        elif turn.person != by and not (turn.person is None and claims.made_to(by, found.candidates)):
            return Stale("not_yours", row["lead_id"], turn.person, turn.due_at)
        else:
            pressed_at = max(pressed_at, turn.offered_at)  # a clock of theirs that is slow puts it into no earlier turn
        move_here(table, present(row["lead_id"]), take_stage(table.org, found), by, pressed_at)
        return Pressed(row["lead_id"])


def _in_time(cycle_id: int, turn: int, by: int, at: datetime) -> bool:
    """Whether he pressed before his deadline and before its verdict, which fell while the press was on its way. A press
    after the verdict is late, however soon it comes (S-35)."""
    missed = Turn.objects.filter(cycle_id=cycle_id, number=turn, person_id=by, verdict=Turn.Verdict.MISSED)
    return missed.filter(due_at__gte=at - TOLERANCE, offered_at__lte=at, noticed_at__gt=at).exists()


def take_lead(lead_id: int, *, by: int, now: datetime) -> None:
    """Somebody takes the lead from the board, whoever it is offered to (S-27).

    Raises:
        Refused: nobody waits to take this lead.
    """
    with desk(company_of_lead(lead_id), now) as table:
        for card in open_cards(lead_id):
            move_here(table, present(lead_id), take_stage(table.org, card), by)
            return
        raise Refused("cycle_over")


def take_stage(org: Org, card: Card) -> str:
    """Where a take moves the lead: where a robot has put it already, the drum's own setting, else the next stage that
    means it."""
    if org.meaning(card.drum, card.stage) is Meaning.TAKE:
        return org.stages[card.stage].key
    named = org.policies[card.drum].take_stage
    if named:
        return named
    stages = list(org.stages.values())
    place = next(index for index, stage in enumerate(stages) if stage.id == card.stage)
    later = [s for s in stages[place + 1 :] + stages[:place] if org.meaning(card.drum, s.id) is Meaning.TAKE]
    if not later:
        raise Refused("no_stage", stage="take")
    return later[0].key


def standing(cycle_id: int) -> Stale:
    """Who has the lead of an old button now, and until when (S-34)."""
    row = Cycle.objects.filter(pk=cycle_id).values("lead_id", "state", "taken_by_id").first()
    if row is None:
        return Stale("no_turn")
    found = next((card for card in open_cards(row["lead_id"]) if card.cycle.id == cycle_id), None)
    return _stale(found) if found is not None else Stale(row["state"], row["lead_id"], row["taken_by_id"])


def _stale(card: Card) -> Stale:
    turn = card.cycle.turn
    if turn is not None:
        return Stale("passed_on", card.cycle.lead, turn.person, turn.due_at)
    hold = card.cycle.hold
    return Stale(card.cycle.state.value, card.cycle.lead, None, hold.until if hold else None)


def decline(cycle_id: int, turn_number: int, *, by: int, reason: str, now: datetime) -> None:
    """He gives the lead back with a reason (S-33).

    Raises:
        Refused: the turn is over, is not his, no reason was given, or the drum leaves leads with their owner.
    """
    with desk(company_of_cycle(cycle_id), now) as table:
        card = next(iter(cards("c.id = %s AND c.state = 'offered'", [cycle_id])), None)
        turn = card.cycle.turn if card else None
        if card is None or turn is None or turn.number != turn_number:
            raise Refused("turn_over")
        if turn.person != by:
            raise Refused("not_yours")
        if not reason.strip():
            raise Refused("empty")
        if not table.org.policies[card.drum].rotate:
            raise Refused("keeps_owner")
        table.look(card, asked.Decline(by, turn_number, reason.strip()[:200]))
