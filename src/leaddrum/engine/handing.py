"""A hand-over from colleague to colleague: it is offered, and the turn moves only when it is accepted (S-28).

Until then the lead, the turn and its deadline stay with the holder: who asks for help is not relieved by asking. An
offer ends with its answer, when it is taken back, or by itself with the turn.
"""

from __future__ import annotations

from datetime import datetime

from leaddrum.core import asked
from leaddrum.engine.belonging import company_of_cycle
from leaddrum.engine.cards import Card, cards
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Refused
from leaddrum.models import Handover


def hand_over(cycle_id: int, turn_number: int, *, to: int, by: int, note: str, now: datetime) -> int:
    """The holder asks a colleague to take his turn over; returns the offer's number. Asking somebody else instead takes
    the first offer back.

    Raises:
        Refused: the turn is over or not his, or the colleague cannot be offered leads now.
    """
    with desk(company_of_cycle(cycle_id), now) as table:
        card = _held_by(cycle_id, turn_number, by)
        if to == by or to not in table.org.people:
            raise Refused("no_person")
        _on_duty(table, card, to)
        for earlier in _open(card):
            _answered(table, earlier, "withdrawn", now)
        offer = Handover.objects.create(
            company_id=table.company,
            cycle_id=cycle_id,
            turn_number=turn_number,
            giver_id=by,
            receiver_id=to,
            note=note.strip()[:200],
            asked_at=now,
        )
        table.note(cycle_id, "handover_asked", {"turn": turn_number, "person": by, "to": to, "note": offer.note})
        due_at = card.cycle.turn.due_at.isoformat() if card.cycle.turn else None
        said = {"turn": turn_number, "holder": by, "note": offer.note, "due_at": due_at}
        table.changes.tell(to, "handover", said, cycle_id, turn_number=turn_number)
        return offer.pk


def answer_handover(handover_id: int, *, by: int, accept: bool, now: datetime) -> None:
    """The colleague answers. Accepted, the holder's turn ends `returned` and a new one with a full budget opens for the
    colleague; refused, everything stays as it was, and the holder is told at once.

    Raises:
        Refused: it is not for him, it is over, or he cannot be offered leads now.
    """
    offer = Handover.objects.filter(pk=handover_id).first()
    if offer is None or offer.receiver_id != by:
        raise Refused("no_handover")
    with desk(offer.company_id, now) as table:
        offer.refresh_from_db()
        card = next(iter(cards("c.id = %s AND c.state = 'offered'", [offer.cycle_id])), None)
        turn = card.cycle.turn if card else None
        mine = turn is not None and (turn.number, turn.person) == (offer.turn_number, offer.giver_id)
        if offer.answered_at is not None or card is None or not mine:
            raise Refused("handover_over")
        if not accept:
            _answered(table, offer, "refused", now)
            said = {"turn": offer.turn_number, "by": by}
            table.changes.tell(offer.giver_id, "handover_no", said, offer.cycle_id, turn_number=offer.turn_number)
            return
        _on_duty(table, card, by)
        _answered(table, offer, "accepted", now)
        said = {"turn": offer.turn_number, "by": by}
        table.changes.tell(offer.giver_id, "handover_yes", said, offer.cycle_id, turn_number=offer.turn_number)
        table.look(card, asked.Reassign(by, offer.giver_id, by_head=False))


def withdraw_handover(handover_id: int, *, by: int, now: datetime) -> None:
    """The holder takes his offer back. One that is answered already stays answered.

    Raises:
        Refused: it is not his.
    """
    offer = Handover.objects.filter(pk=handover_id).first()
    if offer is None or offer.giver_id != by:
        raise Refused("no_handover")
    with desk(offer.company_id, now) as table:
        offer.refresh_from_db()
        if offer.answered_at is None:
            _answered(table, offer, "withdrawn", now)


def _held_by(cycle_id: int, turn_number: int, person: int) -> Card:
    card = next(iter(cards("c.id = %s AND c.state = 'offered'", [cycle_id])), None)
    turn = card.cycle.turn if card else None
    if card is None or turn is None or turn.number != turn_number:
        raise Refused("turn_over")
    if turn.person != person:
        raise Refused("not_yours")
    return card


def _on_duty(table: Desk, card: Card, person: int) -> None:
    """A lead is handed only to somebody who is there: else it would only lie somewhere else."""
    pool = table.pools.of(card.drum, card.owner, [person])
    if pool.fit(pool.people[person]).line is not None:
        raise Refused("not_on_duty")


def _open(card: Card) -> list[Handover]:
    number = card.cycle.last_turn
    return list(Handover.objects.filter(cycle=card.cycle.id, turn_number=number, answered_at=None))


def _answered(table: Desk, offer: Handover, answer: str, now: datetime) -> None:
    Handover.objects.filter(pk=offer.pk).update(answer=answer, answered_at=now)
    said = {"turn": offer.turn_number, "person": offer.giver_id, "to": offer.receiver_id}
    if answer != "accepted":  # the journal tells of an acceptance as `returned`, with whom it went to
        table.note(offer.cycle_id, f"handover_{answer}", said)
