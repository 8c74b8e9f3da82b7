"""After the take: somebody has to be in touch with the client, or it was a false one and the drum turns again (S-38).

What counts stands in the lead's journal: a comment, or a contact that a telephony, a mailbox or a messenger has logged.
A call to the client counts though he did not answer; one of his counts when it was answered. A CRM apart keeps contacts
of its own: there a clock that is due waits until these were read, as a verdict does (I3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from leaddrum.core import aftercare as rules
from leaddrum.core import asked
from leaddrum.core.policy import Meaning
from leaddrum.engine import board, sql
from leaddrum.engine.arriving import open_cycle
from leaddrum.engine.cards import open_cards
from leaddrum.engine.desk import READING, Desk, desk
from leaddrum.engine.errors import Refused
from leaddrum.engine.retiming import Moved
from leaddrum.engine.touches import Contact
from leaddrum.models import Aftercare, Cycle, Entry, Lead, Person

CONTACTS = ("commented", "contact")  # kinds of journal entries
LONGEST = 2000  # characters of a comment


def look(table: Desk, limit: int) -> int:
    """Decide on the clocks that are due. Returns how many there were."""
    due = sql.read(
        "SELECT id FROM leaddrum_aftercare WHERE company_id = %s AND next_at <= %s ORDER BY next_at, id LIMIT %s",
        [table.company, table.now, limit],
    )
    if not due:  # most ticks
        return 0
    rows = Aftercare.objects.filter(pk__in=[number for (number,) in due]).order_by("next_at", "pk")
    for row in rows.select_related("cycle__lead"):
        _decide(table, row)
    return len(due)


def unread(company_id: int, now: datetime, limit: int) -> list[tuple[str, datetime]]:
    """The leads of a CRM apart whose clock is due and waits for a reading of their contacts, and since when these
    count; soonest first."""
    due = _apart(company_id).filter(falls__lte=now).order_by("falls", "pk")
    return [(key, since) for key, since in due.values_list("cycle__lead__crm_key", "taken_at")[:limit] if key]


def next_reading(company_id: int) -> datetime | None:
    """When the next of them is due."""
    return _apart(company_id).order_by("falls").values_list("falls", flat=True).first()


def _apart(company_id: int) -> QuerySet[Any]:
    running = Aftercare.objects.filter(company=company_id, next_at__isnull=False, cycle__lead__crm_key__isnull=False)
    falls = running.annotate(falls=Coalesce("remind_at", "due_at"))
    return falls.filter(Q(read_at=None) | Q(read_at__lt=F("falls")))


def contacts(company_id: int, found: Mapping[str, Sequence[Contact]], *, read_at: datetime, now: datetime) -> None:
    """The contacts of these leads as their CRM keeps them; clocks that waited for that are decided.

    Args:
        found: by the lead's key; a lead that has none stands there with nothing.
        read_at: the instant before the request.
    """
    with desk(company_id, now) as table:
        rows = _apart(company_id).filter(falls__lte=read_at, cycle__lead__crm_key__in=list(found))
        for row in rows.select_related("cycle__lead").order_by("pk"):
            for contact in found[row.cycle.lead.crm_key or ""]:
                known = contact.person if contact.person in table.org.people else None
                told = {"person": known, "kind": contact.kind, "outward": contact.outward, "seconds": contact.seconds}
                table.note(row.cycle_id, "contact", {**told, "contact_at": contact.at.isoformat()})
            table.flush()
            row.read_at = read_at
            row.save(update_fields=["read_at"])
            _decide(table, row)


def follow(table: Desk, person: int | None = None) -> list[Moved]:
    """The calendar was edited, or this person's absences: the clocks that run end as today's has it (S-9, S-15), never
    earlier than now. Whoever was reminded of the old end is told of the new one."""
    running = Aftercare.objects.filter(company=table.company, next_at__isnull=False, state=Aftercare.State.RUNNING)
    moved: list[Moved] = []
    if person is not None:
        running = running.filter(person=person)
    for row in running.select_related("cycle__lead").order_by("pk"):
        if row.cycle.drum_id not in table.org.drums:
            continue  # its next look ends it
        hours, service = table.org.hours(row.person_id, row.cycle.drum_id), table.org.service(row.cycle.drum_id)
        until = rules.terms(hours, service, row.taken_at, row.budget)
        due_at = max(until.due_at, table.now)
        if due_at == row.due_at or (row.due_at <= table.now and due_at == table.now):
            continue
        why = rules.ended(_seen(table, row))
        if why is not None:
            _end(row, Aftercare.State(why.why))
            continue
        remind_at = until.remind_at if row.remind_at is not None else None
        Aftercare.objects.filter(pk=row.pk).update(remind_at=remind_at, due_at=due_at, next_at=remind_at or due_at)
        said = {"due_at": due_at.isoformat(), "was": row.due_at.isoformat()}
        table.note(row.cycle_id, "contact_moved", {"person": row.person_id, **said})
        if remind_at is None:
            table.changes.tell(row.person_id, "contact_moved", said, row.cycle_id)
        moved.append(Moved(row.cycle.lead_id, row.person_id, row.due_at, due_at, contact=True))
    return moved


def comment(lead_id: int, *, by: int, text: str, now: datetime) -> None:
    """Somebody writes down what was said or done. It is no take (S-54), but it is a sign of work (S-38).

    Raises:
        Refused: unknown lead or person, or nothing was written.
    """
    lead = Lead.objects.filter(pk=lead_id, deleted_at=None).first()
    if lead is None:
        raise Refused("no_lead")
    if not text.strip():
        raise Refused("empty")
    with desk(lead.company_id, now) as table:
        if by not in table.org.people:
            raise Refused("no_person")
        cycle = lead.cycles.order_by("-number").first()
        if cycle is None:
            raise Refused("no_turn")
        table.note(cycle.pk, "commented", {"person": by, "text": text.strip()[:LONGEST]})
        found = Aftercare.objects.filter(cycle=cycle, state=Aftercare.State.RUNNING)
        found.update(state=Aftercare.State.CONTACTED, next_at=None)


def _decide(table: Desk, row: Aftercare) -> None:
    falls = row.remind_at or row.due_at
    if table.org.apart and row.cycle.lead.crm_key and (row.read_at is None or row.read_at < falls):
        Aftercare.objects.filter(pk=row.pk).update(next_at=table.now + READING)  # its reading decides
        return
    table.at = row.cycle_id
    running = rules.Running(row.person_id, row.taken_at, row.due_at, row.remind_at)
    match rules.decide(running, _seen(table, row), table.now):
        case rules.Ended(why):
            _end(row, Aftercare.State(why))
        case rules.Reminded():
            Aftercare.objects.filter(pk=row.pk).update(remind_at=None, next_at=row.due_at)
            said = {"person": row.person_id, "due_at": row.due_at.isoformat()}
            table.note(row.cycle_id, "no_contact", said)
            table.changes.tell(row.person_id, "no_contact", {"due_at": said["due_at"]}, row.cycle_id)
        case rules.FalseTake():
            _end(row, Aftercare.State.FALSE)
            _false(table, row)
        case None:
            Aftercare.objects.filter(pk=row.pk).update(next_at=row.remind_at or row.due_at)
    table.at = None


def _end(row: Aftercare, state: Aftercare.State) -> None:
    Aftercare.objects.filter(pk=row.pk).update(state=state, next_at=None)


def _seen(table: Desk, row: Aftercare) -> rules.Seen:
    cycle, lead = row.cycle, row.cycle.lead
    newest = Cycle.objects.filter(lead=lead).order_by("-number").values_list("pk", flat=True).first()
    moved_on = (
        lead.deleted_at is not None
        or newest != cycle.pk
        or cycle.state != Cycle.State.TAKEN
        or lead.owner_id != row.person_id
        or lead.moved_at > row.taken_at
        or cycle.drum_id not in table.org.drums
    )
    entries = Entry.objects.filter(cycle=cycle, kind__in=CONTACTS, at__gte=row.taken_at)
    return rules.Seen(any(_counts(entry.kind, entry.data) for entry in entries), moved_on)


def _counts(kind: str, data: dict[str, Any]) -> bool:
    return kind == "commented" or bool(data.get("outward")) or bool(data.get("seconds"))


def _false(table: Desk, row: Aftercare) -> None:
    """1. The journal. 2. Back to the entry stage, and a new cycle in which he goes last; not in a portal that is only
    watched. 3. The incident, which names whom the lead went to. 4. He and his head are told."""
    lead, policy = row.cycle.lead, table.org.policies[row.cycle.drum_id]
    held = Person.objects.values_list("open_offers", flat=True).get(pk=row.person_id)
    said = {"person": row.person_id, "taken_at": row.taken_at.isoformat(), "due_at": row.due_at.isoformat()}
    table.note(row.cycle_id, "false_take", said)
    table.flush()
    if not table.org.watched:  # else it stays where it is in the portal, and would be taken again with the next reading
        _again(table, lead, row, policy.entry[0])
        table.flush()
    card = next(iter(open_cards(lead.pk)), None)
    to = card.cycle.turn.person if card is not None and card.cycle.turn is not None else None
    table.changes.incidents.append(
        (
            table.company,
            row.cycle_id,
            0,
            lead.pk,
            row.cycle.drum_id,
            row.person_id,
            row.policy_version,
            row.taken_at,
            row.due_at,
            table.now,
            row.budget,
            held,
            "watched" if table.org.watched else "",
            to,
            card.candidates if card is not None else "[]",
        )
    )
    told = {key: said[key] for key in ("taken_at", "due_at")} | {"to": to}
    table.changes.tell(row.person_id, "false_take", told, row.cycle_id)
    head = table.org.head_of(row.person_id, table.now) or table.pools.of(row.cycle.drum_id, row.person_id).head
    if head is not None and head != row.person_id:
        table.changes.tell(head, "false_take", told | {"holder": row.person_id}, row.cycle_id)


def _again(table: Desk, lead: Lead, row: Aftercare, stage: str) -> None:
    column = next(column for column in table.org.stages.values() if column.key == stage)
    board.loaded(table, lead, Meaning.ENTRY)
    lead.stage_id, lead.moved_at, lead.moved_by_id = column.id, table.now, None
    lead.save(update_fields=["stage", "moved_at", "moved_by"])
    if table.org.apart:
        table.changes.ask_crm(lead.pk, "stage", stage=stage)
    table.changes.bumped += 1
    open_cycle(table, lead, row.cycle.drum_id, asked.Arrival("relapse", row.person_id, ()), row.cycle.number + 1)
