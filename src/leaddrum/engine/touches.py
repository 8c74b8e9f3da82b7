"""Contacts with a client: logged beside his lead, and taken for the take where the drum says so (S-54)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from leaddrum.engine import clients
from leaddrum.engine.belonging import company_of_lead
from leaddrum.engine.board import moved
from leaddrum.engine.cards import Card, open_cards
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Refused
from leaddrum.engine.pressing import take_stage
from leaddrum.engine.threads import note
from leaddrum.models import Lead, Stage, Touch


@dataclass(frozen=True, slots=True)
class Contact:
    """A call, a mail, a message or a comment. Of a call that runs neither `ended_at` nor `seconds` is known yet."""

    kind: str  # models.Touch.Kind
    at: datetime  # when it began; of a call: when it was answered, if it was
    outward: bool = True
    lead: int | None = None
    person: int | None = None
    ended_at: datetime | None = None
    seconds: int = 0  # of talk
    note: str = ""
    external_id: str | None = None

    @property
    def running(self) -> bool:
        return self.kind == "call" and self.ended_at is None


def touch(company_id: int, contact: Contact, *, now: datetime) -> str:
    """Log a contact; take the lead by it where the drum counts it.

    Returns:
        `taken`, `asked` (the person is asked to press, by the drum's setting), `logged`, or `repeated`.

    Raises:
        Refused: unknown company, lead or person.
    """
    with desk(company_id, now) as table:
        return log(table, contact)


def log(table: Desk, contact: Contact) -> str:
    """`touch` within a transaction that has begun."""
    company_id = table.company
    if contact.person is not None and contact.person not in table.org.people:
        raise Refused("no_person")
    if contact.lead is not None and not Lead.objects.filter(pk=contact.lead, company_id=company_id).exists():
        raise Refused("no_lead")
    known = None
    if contact.external_id is not None:
        known = Touch.objects.filter(company_id=company_id, external_id=contact.external_id).first()
    if known is not None:
        if known.kind != "call" or known.ended_at is not None or contact.running:
            return "repeated"
        _finish(known, contact)
    else:
        known = Touch.objects.create(
            company_id=company_id,
            lead_id=contact.lead,
            person_id=contact.person,
            kind=contact.kind,
            outward=contact.outward,
            started_at=contact.at,
            ended_at=contact.ended_at,
            seconds=contact.seconds,
            note=contact.note[:500],
            external_id=contact.external_id,
        )
    table.changes.bumped += 1
    if contact.running or known.lead_id is None:
        return "logged"
    told = {"person": known.person_id, "kind": known.kind, "outward": known.outward, "seconds": known.seconds}
    note(table, known.lead_id, "contact", told)
    return _signal(table, known.lead_id, known.kind, known.person_id, known.seconds, known.started_at)


def _finish(known: Touch, contact: Contact) -> None:
    """The call that ran is over."""
    known.ended_at, known.seconds = contact.ended_at, contact.seconds
    known.lead_id, known.person_id = known.lead_id or contact.lead, contact.person or known.person_id
    known.save(update_fields=["ended_at", "seconds", "lead", "person"])


def signal(lead_id: int, kind: str, *, by: int | None, at: datetime, seconds: int = 0, now: datetime) -> str:
    """A take signal (S-54): he had an answered call of so many seconds with the client (`call`), or has replied to him
    (`mail`, `chat`). An internal note (`comment`) never counts.

    Args:
        at: when he replied, or when the call was answered.

    Returns:
        `taken`, `asked` or `logged` (it is no take here).

    Raises:
        Refused: unknown lead.
    """
    company = company_of_lead(lead_id)
    with desk(company, now) as table:
        return _signal(table, lead_id, kind, by, seconds, at)


def _signal(table: Desk, lead_id: int, kind: str, by: int | None, seconds: int, at: datetime) -> str:
    table.flush()
    for card in open_cards(lead_id):
        policy = table.org.policies[card.drum]
        if kind not in policy.take_signals or by is None or not _may_take(table, card, by):
            return "logged"
        if kind == "call" and seconds < policy.call_seconds:
            return "logged"
        # A call counts from the instant at which it had lasted long enough, though it is told when it ends (S-36).
        counted = at + timedelta(seconds=policy.call_seconds if kind == "call" else 0)
        if policy.on_signal == "ask":
            table.changes.tell(by, "signal", {"signal": kind, "turn": card.cycle.last_turn}, card.cycle.id, card.seq)
            return "asked"
        lead = Lead.objects.get(pk=lead_id)
        if lead.deleted_at is not None:
            return "logged"
        moved(table, lead, take_stage(table.org, card), by, min(counted, table.now))
        if table.org.apart:
            table.changes.ask_crm(lead_id, "stage", stage=take_stage(table.org, card), person_id=by)
        return "taken"
    return "logged"


def _may_take(table: Desk, card: Card, by: int) -> bool:
    """He is in the drum's roster, or the lead is with him: a secretary who puts a call through takes no lead by it."""
    member = table.org.people[by]
    if not member.active or member.technical:
        return False
    holder = card.cycle.turn.person if card.cycle.turn else None
    return by in (holder, card.owner) or table.org.in_roster(card.drum, card.owner, by)


def lead_of(company_id: int, phone_key: str, email_key: str) -> int | None:
    """The lead a contact with this client is about: the one that waits, else the newest that is in work."""
    waiting = clients.open_cycle(company_id, phone_key, email_key)
    if waiting is not None:
        return waiting
    numbers = clients.same_client(company_id, phone_key, email_key)
    in_work = Lead.objects.filter(pk__in=numbers, stage__meaning=Stage.Meaning.TAKE)
    return in_work.order_by("-pk").values_list("pk", flat=True).first()
