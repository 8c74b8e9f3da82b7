"""The built-in board: leads move and change hands. Each move is seen by the drum in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from django.db.models import F

from leaddrum.core import asked
from leaddrum.core.policy import Meaning
from leaddrum.core.rules import TOLERANCE
from leaddrum.engine.arriving import fields_of, open_cycle, routed
from leaddrum.engine.cards import Card, cards, open_cards
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Pressed, Refused, Stale
from leaddrum.engine.staff import Org
from leaddrum.models import Cycle, Lead, Standing, Turn


def move(lead_id: int, stage: str, *, by: int | None, now: datetime) -> None:
    """Somebody moves the lead to another stage; `by` None is a robot (S-5, S-27 to S-31, S-56).

    Raises:
        Refused: unknown lead, stage or person.
    """
    with desk(_company_of(lead_id), now) as table:
        _move(table, _lead(lead_id), stage, by)


def _move(table: Desk, lead: Lead, stage: str, by: int | None, at: datetime | None = None) -> None:
    before = lead.stage_id
    moved(table, lead, stage, by, at or table.now)
    if table.org.apart and lead.stage_id != before:
        table.changes.ask_crm(lead.pk, "stage", stage=stage, person_id=by)


def moved(table: Desk, lead: Lead, stage: str, by: int | None, at: datetime) -> None:
    """The lead is in another stage since `at`, by our button or by what its CRM says."""
    column = next((column for column in table.org.stages.values() if column.key == stage), None)
    if column is None:
        raise Refused("no_stage", stage=stage)
    if by is not None and by not in table.org.people:
        raise Refused("no_person")
    if lead.stage_id == column.id and not _confirms(table, lead, by):
        return
    loaded(table, lead, column.meaning)
    lead.stage_id, lead.moved_at, lead.moved_by_id = column.id, at, by
    lead.save(update_fields=["stage", "moved_at", "moved_by"])
    for card in open_cards(lead.pk):
        if column.meaning is Meaning.ENTRY and table.org.meaning(card.drum, column.id) is not Meaning.ENTRY:
            table.look(card, asked.Leave("another_entry"))
        else:
            table.look(card, fresh=True)
    table.changes.bumped += 1
    reopen(table, lead, stage, by)


def _confirms(table: Desk, lead: Lead, by: int | None) -> bool:
    """Somebody takes a lead that a robot has put into his column already: that was no take, this is (S-29)."""
    if by is None or table.org.people[by].technical:
        return False
    return any(table.org.meaning(card.drum, card.stage) is Meaning.TAKE for card in open_cards(lead.pk))


def reopen(table: Desk, lead: Lead, stage: str, by: int | None) -> None:
    """A drum that watches the new stage opens a cycle of its own (S-31, S-56)."""
    table.flush()
    if open_cards(lead.pk):
        return
    drum, matched = routed(table.org, fields_of(lead), stage)
    if drum is None:
        return
    last = lead.cycles.order_by("-number").first()
    number = last.number + 1 if last else 1
    back = last is not None and table.org.stages[lead.stage_id].meaning is Meaning.ENTRY
    lead.refresh_from_db(fields=["owner"])
    open_cycle(table, lead, drum, asked.Arrival("back" if back else "stage", by if back else None, matched), number)


def loaded(table: Desk, lead: Lead, to: Meaning | None) -> None:
    """A lead that leaves somebody's work for good lightens his load, one that is reopened adds to it (`least_loaded`).

    It counts for whoever took it in each drum it went through since it last stood in an entry column. `to` None: it is
    deleted.
    """
    over = (Meaning.CLOSE, Meaning.ENTRY, None)
    was_over, is_over = table.org.stages[lead.stage_id].meaning in over, to in over
    if was_over == is_over:
        return
    entries = {column.key for column in table.org.stages.values() if column.meaning is Meaning.ENTRY}
    for cycle in lead.cycles.order_by("-number"):
        load = Standing.objects.filter(drum_id=cycle.drum_id, person=cycle.taken_by_id)
        if cycle.taken_by_id is not None and is_over:
            load.filter(open_leads__gt=0).update(open_leads=F("open_leads") - 1)
        elif cycle.taken_by_id is not None:
            load.update(open_leads=F("open_leads") + 1)
        if cycle.taken_by_id is not None:
            table.pools.loaded(cycle.drum_id, cycle.taken_by_id, -1 if is_over else 1)
        if entries.intersection(table.org.policies[cycle.drum_id].entry):
            return


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
        elif turn.person != by and not (
            turn.person is None and [by, "chosen", "claim"] in orjson.loads(found.candidates)
        ):
            return Stale("not_yours", row["lead_id"], turn.person, turn.due_at)
        else:
            pressed_at = max(pressed_at, turn.offered_at)  # a clock of theirs that is slow puts it into no earlier turn
        _move(table, _lead(row["lead_id"]), take_stage(table.org, found), by, pressed_at)
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
    with desk(_company_of(lead_id), now) as table:
        for card in open_cards(lead_id):
            _move(table, _lead(lead_id), take_stage(table.org, card), by)
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
    with desk(_company_of_cycle(cycle_id), now) as table:
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


def assign(lead_id: int, person_id: int, *, by: int | None, now: datetime) -> None:
    """The responsible person is changed by hand; `by` None is an administrator's tool (S-28).

    Raises:
        Refused: unknown lead or person, or he is not active.
    """
    with desk(_company_of(lead_id), now) as table:
        lead, member = _lead(lead_id), table.org.people.get(person_id)
        if member is None:
            raise Refused("no_person")
        if not member.active or (by is not None and by not in table.org.people):
            raise Refused("inactive", person=person_id)
        table.changes.bumped += 1
        if not table.org.apart:
            Lead.objects.filter(pk=lead.pk).update(owner_id=person_id)
        found = open_cards(lead_id)
        if table.org.apart and not found:
            table.changes.ask_crm(lead_id, "owner", person_id=person_id)
        for card in found:
            table.look(card, reassigned(table, card, person_id, by))


def reassigned(table: Desk, card: Card, to: int, by: int | None) -> asked.Reassign:
    """A change of the responsible person as the rules see it: the head's pins, the holder's hands over (S-28)."""
    holder = card.cycle.turn.person if card.cycle.turn else None
    by_head = by is None or (by != holder and table.org.is_head(by))
    return asked.Reassign(to, by, by_head)


def delete(lead_id: int, *, by: int | None, now: datetime) -> None:
    """The lead is deleted from the board (S-32). Its history stays.

    Raises:
        Refused: unknown lead, it is deleted already, or it lives in a CRM apart, where it is deleted.
    """
    with desk(_company_of(lead_id), now) as table:
        if table.org.apart:
            raise Refused("in_crm")
        deleted(table, _lead(lead_id), by)


def deleted(table: Desk, lead: Lead, by: int | None) -> None:
    """The lead is gone from its CRM."""
    loaded(table, lead, None)
    Lead.objects.filter(pk=lead.pk).update(deleted_at=table.now, moved_by_id=by)
    table.changes.bumped += 1
    found = open_cards(lead.pk)
    for card in found:
        table.look(card)
    if not found:
        note_last(table, lead, "deleted", {"by": by})


def note_last(table: Desk, lead: Lead, kind: str, data: dict[str, Any]) -> None:
    """Something about a lead whose passage is over: it stands in the journal of the last one, where there is one."""
    last = lead.cycles.order_by("-number").values_list("pk", flat=True).first()
    if last is not None:
        table.note(last, kind, data)


def head_decides(cycle_id: int, action: str, *, by: int, now: datetime) -> None:
    """The head ends a freeze: `restart` the drum, or `close` the lead (S-8). To assign it he uses `assign`.

    Raises:
        Refused: the lead is not with the head, or the action is unknown.
    """
    with desk(_company_of_cycle(cycle_id), now) as table:
        card = next(iter(cards("c.id = %s AND c.state = 'with_head'", [cycle_id])), None)
        if card is None or action not in {"restart", "close"}:
            raise Refused("not_frozen")
        if action == "close":
            closing = next((s.key for s in table.org.stages.values() if s.meaning is Meaning.CLOSE), None)
            if closing is not None:
                _move(table, _lead(card.cycle.lead), closing, by)
                return
        table.look(card, asked.HeadDecides(by, action))


def _lead(lead_id: int) -> Lead:
    lead = Lead.objects.filter(pk=lead_id).first()
    if lead is None:
        raise Refused("no_lead")
    if lead.deleted_at is not None:
        raise Refused("deleted")
    return lead


def _company_of(lead_id: int) -> int:
    company = Lead.objects.filter(pk=lead_id).values_list("company_id", flat=True).first()
    if company is None:
        raise Refused("no_lead")
    return company


def _company_of_cycle(cycle_id: int) -> int:
    company = Cycle.objects.filter(pk=cycle_id).values_list("company_id", flat=True).first()
    if company is None:
        raise Refused("no_turn")
    return company
