"""Leads of a CRM apart: what is read there comes in (S-36, S-39, S-41, S-44).

Reading the CRM is the truth, whatever made us read: an event, a sweep, a deadline. A reading says what is so, not what
has happened, so one that comes late, twice or out of order changes nothing but latency (S-39).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leaddrum.core import asked
from leaddrum.core import cycle as c
from leaddrum.engine import arriving, board, org, outages, stumbling
from leaddrum.engine.cards import Card, cards, open_cards
from leaddrum.engine.desk import READING, Desk, desk
from leaddrum.engine.lock import in_company
from leaddrum.engine.staff import Org
from leaddrum.engine.writes import OPEN
from leaddrum.models import CrmWrite, Cycle, Lead, Request


@dataclass(frozen=True, slots=True)
class Seen:
    """A lead as its CRM has it: people by our numbers, stages by the company file's keys.

    `moved_at` and `moved_by` are the CRM's own record of the last change of stage; None: nobody known, a robot.
    `changed_by` changed it last, whatever that was; `by_us`: it was our own access.
    """

    key: str
    exists: bool = True
    stage: str = ""
    owner: int | None = None
    moved_at: datetime | None = None
    moved_by: int | None = None
    changed_by: int | None = None
    by_us: bool = False
    created_at: datetime | None = None
    title: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    phone_key: str = ""
    email_key: str = ""
    source: str = ""
    text: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


# What is to be read


def unread(company_id: int, now: datetime, limit: int) -> list[str]:
    """The leads whose verdict is due and waits for a reading (I3), oldest deadline first."""
    people = org.of(company_id, now)
    due = cards(
        "c.company_id = %s AND c.next_at <= %s AND c.state = 'offered' AND c.due_at <= %s"
        " AND (l.read_at IS NULL OR l.read_at < %s) ORDER BY c.due_at LIMIT %s",
        [company_id, now + READING, now, now, limit],
    )
    waiting = [card.cycle.lead for card in due if _waits(people, card, now)]
    keys = dict(Lead.objects.filter(pk__in=waiting).values_list("pk", "crm_key"))
    return [key for lead in waiting if (key := keys[lead])]


def _waits(people: Org, card: Card, now: datetime) -> bool:
    turn = card.cycle.turn
    if turn is None or turn.asked:
        return False
    delay = timedelta(seconds=people.policy(card.drum, turn.policy_version).verdict_delay)
    judged_at = turn.due_at + delay
    return judged_at <= now and (card.read_at is None or card.read_at < judged_at)


def watched(company_id: int) -> list[str]:
    """The leads with an open cycle: a sweep of the entry stages must find them, or they are read one by one."""
    return _keys(Cycle.objects.filter(company_id=company_id, ended_at=None))


def next_verdict(company_id: int, now: datetime) -> datetime | None:
    """When a verdict of this company is due next."""
    due = Cycle.objects.filter(company_id=company_id, state=c.State.OFFERED, next_at__gt=now)
    return due.order_by("next_at").values_list("next_at", flat=True).first()


def _keys(cycles: Any) -> list[str]:
    return [key for key in cycles.values_list("lead__crm_key", flat=True) if key]


# What was read


def seen(company_id: int, readings: Sequence[Seen], *, read_at: datetime, now: datetime) -> None:
    """Leads as just read from the company's CRM.

    1. What differs from what was known has been done by people or robots there, unless we did it (S-44).
    2. If the CRM had not answered for a while, turns are longer by that (S-41).
    3. Deadlines that waited for this reading are judged on it (I3).

    Args:
        read_at: the instant before the request: what happened later is not in it.
    """
    left = list(readings)
    while True:
        try:
            _all_seen(company_id, left, read_at, now)
        except stumbling.Stumbled as stumbled:  # one that cannot be decided about stops none of the others
            lost = next((reading for reading in left if reading.key == stumbled.key), None)
            if lost is not None:
                left.remove(lost)
                _keep(company_id, lost, str(stumbled), now)
            elif stumbled.cycle is not None:
                with in_company(company_id):
                    stumbling.set_aside(company_id, stumbled.cycle, str(stumbled), now)
        else:
            return


def _all_seen(company_id: int, readings: Sequence[Seen], read_at: datetime, now: datetime) -> None:
    with desk(company_id, now) as table:
        known = _known(company_id, readings)
        fresh = {reading.key: reading for reading in readings if _newer(known.get(reading.key), read_at)}
        numbers = [known[key].pk for key in fresh if key in known]
        Lead.objects.filter(pk__in=numbers).update(read_at=read_at)
        for key, reading in fresh.items():
            with stumbling.over(table, key):
                _see(table, known.get(key), reading, read_at)
        table.flush()
        with stumbling.over(table):
            outages.answers_again(table)
        keys = {lead.pk: key for key, lead in known.items()}
        for card in _due(numbers, now):
            with stumbling.over(table, keys[card.cycle.lead]):
                table.look(card)


def _keep(company_id: int, reading: Seen, error: str, now: datetime) -> None:
    """Nothing is lost: its passage shows it; one that has none yet is among what could not be read (S-46)."""
    with in_company(company_id):
        open_ = Cycle.objects.filter(company_id=company_id, lead__crm_key=reading.key, ended_at=None)
        cycle = open_.values_list("pk", flat=True).first()
        if cycle is not None:
            stumbling.set_aside(company_id, cycle, error, now)
            return
        Request.objects.get_or_create(
            company_id=company_id,
            external_id=_unseen(reading.key),
            defaults={
                "channel": "crm",
                "received_at": now,
                "payload": {name: _kept(str(value)) for name, value in asdict(reading).items()},
                "errors": [{"where": reading.key, "what": error}],
            },
        )


def _unseen(key: str) -> str:
    return f"crm:{key}"


def _known(company_id: int, readings: Iterable[Seen]) -> dict[str, Lead]:
    keys = [reading.key for reading in readings]
    leads = Lead.objects.filter(company_id=company_id, crm_key__in=keys)
    return {lead.crm_key: lead for lead in leads if lead.crm_key}


def _newer(lead: Lead | None, read_at: datetime) -> bool:
    return lead is None or lead.read_at is None or lead.read_at <= read_at


def _due(leads: Sequence[int], now: datetime) -> list[Card]:
    if not leads:
        return []
    marks = ", ".join(["%s"] * len(leads))
    return cards(f"c.lead_id IN ({marks}) AND c.state = 'offered' AND c.due_at <= %s", [*leads, now])


def _see(table: Desk, lead: Lead | None, reading: Seen, read_at: datetime) -> None:
    if lead is None:
        if reading.exists:
            _appeared(table, reading, read_at)
        return
    if not reading.exists:
        if lead.deleted_at is None:
            board.deleted(table, lead, None)
            table.flush()
        return
    if lead.deleted_at is not None:  # out of the bin again
        Lead.objects.filter(pk=lead.pk).update(deleted_at=None)
        board.note_last(table, lead, "restored", {})
        board.reopen(table, lead, table.org.stages[lead.stage_id].key, None)
    if _stage_differs(table, lead, reading):
        board.moved(table, lead, reading.stage, reading.moved_by, min(reading.moved_at or read_at, table.now))
        table.flush()
    if reading.owner != lead.owner_id:
        _owner_changed(table, lead, reading)
        table.flush()


def _appeared(table: Desk, reading: Seen, read_at: datetime) -> None:
    """A lead that nobody told us of (S-1). One that waits in no entry stage is none of ours."""
    drum, matched = arriving.routed(table.org, arriving.fields_of(reading), reading.stage)
    stage = next((stage.id for stage in table.org.stages.values() if stage.key == reading.stage), None)
    if drum is None or stage is None:
        return
    lead = Lead.objects.create(
        company_id=table.company,
        crm_key=reading.key,
        read_at=read_at,
        title=_kept(reading.title, 300),
        name=_kept(reading.name, 200),
        phone=_kept(reading.phone, 64),
        email=_kept(reading.email, 254),
        phone_key=reading.phone_key,
        email_key=reading.email_key,
        source=_kept(reading.source, 64),
        fields={name: _kept(value) if isinstance(value, str) else value for name, value in reading.fields.items()},
        stage_id=stage,
        owner_id=reading.owner,
        arrived_at=min(reading.created_at or read_at, table.now),
        moved_at=min(reading.moved_at or read_at, table.now),
        moved_by_id=reading.moved_by,
    )
    arriving.open_cycle(table, lead, drum, asked.Arrival("crm", None, matched), number=1)
    Request.objects.filter(company_id=table.company, external_id=_unseen(reading.key)).update(lead=lead, errors=[])
    table.flush()


def _kept(text: str, most: int | None = None) -> str:
    """As much of it as its column has room for; PostgreSQL keeps no NUL, and one would stop all readings."""
    return text.replace("\x00", "")[:most]


def _stage_differs(table: Desk, lead: Lead, reading: Seen) -> bool:
    """A stage the file does not name says nothing; while we move the lead ourselves, neither does its stage (S-44)."""
    known = any(stage.key == reading.stage for stage in table.org.stages.values())
    if not known or table.org.stages[lead.stage_id].key == reading.stage:
        return False
    return not lead.writes.filter(kind="stage", state__in=OPEN).exists()


def _owner_changed(table: Desk, lead: Lead, reading: Seen) -> None:
    """The responsible person is another one: we asked for it, an old request of ours landed late, or people did it."""
    Lead.objects.filter(pk=lead.pk).update(owner_id=reading.owner)
    table.changes.bumped += 1
    found = open_cards(lead.pk)
    holder = next((card.cycle.turn.person for card in found if card.cycle.turn), None)
    if reading.owner == holder:
        for card in found:
            if card.cycle.turn is not None and card.cycle.turn.asked:
                table.look(card, asked.Confirmed(card.cycle.turn.number))
        return
    if reading.by_us and _may_land(lead, reading.owner):
        if _newest_owner(lead) != reading.owner and holder is not None:
            _ask_again(table, found, holder)
    elif reading.owner is not None:
        for card in found:
            table.look(card, board.reassigned(table, card, reading.owner, reading.changed_by))


def _may_land(lead: Lead, person: int | None) -> bool:
    """Whether a request of ours to make him the owner may still be on its way: it was sent and never answered, or once
    more than it was answered. Whose access is ours may be an employee who changes owners by hand too (I4)."""
    sent = lead.writes.filter(kind="owner", person=person, attempts__gt=0)
    return sent.exclude(state=CrmWrite.State.DONE, attempts=1).exists()


def _newest_owner(lead: Lead) -> int | None:
    return lead.writes.filter(kind="owner").order_by("-pk").values_list("person_id", flat=True).first()


def _ask_again(table: Desk, found: Sequence[Card], holder: int) -> None:
    """An old request of ours landed late and overwrote a newer one."""
    for card in found:
        turn = card.cycle.turn
        number = turn.number if turn and turn.asked else 0
        table.changes.ask_crm(card.cycle.lead, "owner", card.cycle.id, person_id=holder, turn_number=number)
