"""The built-in board: leads move and change hands. Each move is seen by the drum in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F

from leaddrum.core import asked, decided
from leaddrum.core.policy import Meaning
from leaddrum.engine.arriving import fields_of, open_cycle, routed
from leaddrum.engine.belonging import company_of_cycle, company_of_lead
from leaddrum.engine.cards import Card, cards, open_cards
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Refused
from leaddrum.models import Lead, Standing

PLACED = (decided.Taken, decided.Closed, decided.Withdrawn, decided.RobotMoved)  # events that say where the lead went


def move(lead_id: int, stage: str, *, by: int | None, now: datetime) -> None:
    """Somebody moves the lead to another stage; `by` None is a robot (S-5, S-27 to S-31, S-56).

    Raises:
        Refused: unknown lead, stage or person.
    """
    with desk(company_of_lead(lead_id), now) as table:
        move_here(table, present(lead_id), stage, by)


def move_here(table: Desk, lead: Lead, stage: str, by: int | None, at: datetime | None = None) -> None:
    """A move that was made with us, at `at` or now: a CRM apart is asked to make it as well."""
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
    told: list[decided.Event] = []
    for card in open_cards(lead.pk):
        if column.meaning is Meaning.ENTRY and table.org.meaning(card.drum, column.id) is not Meaning.ENTRY:
            told += table.look(card, asked.Leave("another_entry"))
        else:
            told += table.look(card, fresh=True)
    table.changes.bumped += 1
    if not reopen(table, lead, stage, by) and not any(isinstance(event, PLACED) for event in told):
        note_last(table, lead, "moved", {"stage": stage, "by": by})


def _confirms(table: Desk, lead: Lead, by: int | None) -> bool:
    """Somebody takes a lead that a robot has put into his column already: that was no take, this is (S-29)."""
    if by is None or table.org.people[by].technical:
        return False
    return any(table.org.meaning(card.drum, card.stage) is Meaning.TAKE for card in open_cards(lead.pk))


def reopen(table: Desk, lead: Lead, stage: str, by: int | None) -> bool:
    """A drum that watches the new stage opens a cycle of its own (S-31, S-56). Returns whether one did."""
    table.flush()
    if open_cards(lead.pk):
        return False
    drum, matched = routed(table.org, fields_of(lead), stage)
    if drum is None:
        return False
    last = lead.cycles.order_by("-number").first()
    number = last.number + 1 if last else 1
    back = last is not None and table.org.stages[lead.stage_id].meaning is Meaning.ENTRY
    lead.refresh_from_db(fields=["owner"])
    open_cycle(table, lead, drum, asked.Arrival("back" if back else "stage", by if back else None, matched), number)
    return True


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


def assign(lead_id: int, person_id: int, *, by: int | None, now: datetime) -> None:
    """The responsible person is changed by hand; `by` None is an administrator's tool (S-28).

    Raises:
        Refused: unknown lead or person, or he is not active.
    """
    with desk(company_of_lead(lead_id), now) as table:
        lead, member = present(lead_id), table.org.people.get(person_id)
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
    with desk(company_of_lead(lead_id), now) as table:
        if table.org.apart:
            raise Refused("in_crm")
        deleted(table, present(lead_id), by)


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
    """Something about a lead that its passages do not tell: it stands in the journal of the last one, if it has any."""
    last = lead.cycles.order_by("-number").values_list("pk", flat=True).first()
    if last is not None:
        table.note(last, kind, data)


def head_decides(cycle_id: int, action: str, *, by: int, now: datetime) -> None:
    """The head ends a freeze: `restart` the drum, or `close` the lead (S-8). To assign it he uses `assign`.

    Raises:
        Refused: the lead is not with the head, or the action is unknown.
    """
    with desk(company_of_cycle(cycle_id), now) as table:
        card = next(iter(cards("c.id = %s AND c.state = 'with_head'", [cycle_id])), None)
        if card is None or action not in {"restart", "close"}:
            raise Refused("not_frozen")
        if action == "close":
            closing = next((s.key for s in table.org.stages.values() if s.meaning is Meaning.CLOSE), None)
            if closing is not None:
                move_here(table, present(card.cycle.lead), closing, by)
                return
        table.look(card, asked.HeadDecides(by, action))


def present(lead_id: int) -> Lead:
    """
    Raises:
        Refused: there is no such lead, or it is deleted.
    """
    lead = Lead.objects.filter(pk=lead_id).first()
    if lead is None:
        raise Refused("no_lead")
    if lead.deleted_at is not None:
        raise Refused("deleted")
    return lead
