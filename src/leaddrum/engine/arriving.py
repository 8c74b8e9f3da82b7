"""A request comes in: a new lead, its drum, its first cycle; or it joins what waits already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from django.db.models import F

from leaddrum.core import asked
from leaddrum.core import cycle as c
from leaddrum.engine import built_in, clients, crash
from leaddrum.engine.cards import Card, open_cards
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Refused
from leaddrum.engine.geography import DERIVED
from leaddrum.engine.staff import Org
from leaddrum.engine.threads import File, followed, keep, wrote
from leaddrum.models import Cycle, Lead, Request


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as the intake hands it over: checked, cleaned, phone and e-mail normalised."""

    title: str
    name: str = ""
    phone: str = ""
    email: str = ""
    source: str = ""
    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    owner: int | None = None
    external_id: str | None = None
    channel: str = "api"  # form | api | csv | hand | mail | call | chat
    phone_key: str = ""  # E.164
    email_key: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)  # as it came
    drum: int | None = None  # a form of one drum names it; else the routes decide
    way: int | None = None  # models.Way by which it came
    built_in: str = ""  # page | api: it came by one that every company has, whose row is found here
    thread: str = ""  # the conversation it belongs to
    follows: tuple[str, ...] = ()  # external ids of earlier requests it answers, the nearest first
    files: tuple[File, ...] = ()
    at: datetime | None = None  # when it was received, if it had to wait before it is taken in


@dataclass(frozen=True, slots=True)
class Arrived:
    """`outcome`: `created`, `joined` (the client's lead waits already, S-25), `repeated` (the same external id)."""

    lead: int
    cycle: int | None
    outcome: str


def arrive(company_id: int, arrival: Arrival, *, now: datetime) -> Arrived:
    """A request comes in (S-1): a new lead and its first turn, or it joins the client's waiting lead.

    Raises:
        Refused: unknown company, owner or drum; or its leads live in a CRM apart, where they are made.
    """
    with desk(company_id, now) as table:
        if table.org.apart:
            raise Refused("in_crm")
        if not arrival.built_in:
            return _arrive(table, arrival)
        way = built_in.number(table, arrival.built_in, arrival.drum)
        arrived = _arrive(table, replace(arrival, way=way))
        built_in.heard(table, way, None if arrived.outcome == "repeated" else arrived.lead)
        return arrived


def _arrive(table: Desk, arrival: Arrival) -> Arrived:
    known = None
    if arrival.external_id is not None:
        known = Request.objects.filter(company_id=table.company, external_id=arrival.external_id).first()
        if known is not None and known.lead_id is not None:
            return Arrived(known.lead_id, None, "repeated")
    if arrival.owner is not None and arrival.owner not in table.org.people:
        raise Refused("no_person")
    earlier = followed(table.company, arrival.thread, arrival.follows)
    if earlier is not None:
        if open_cards(earlier):
            return _join(table, earlier, arrival, known)
        if wrote(table, earlier, arrival, known):
            return Arrived(earlier, None, "joined")
    waiting = clients.open_cycle(table.company, arrival.phone_key, arrival.email_key)
    if waiting is not None:
        return _join(table, waiting, arrival, known)
    arrived = _create(table, arrival, known)
    crash.point("arrive.after_write")
    return arrived


def _join(table: Desk, lead_id: int, arrival: Arrival, known: Request | None) -> Arrived:
    keep(table, lead_id, arrival, known)
    for card in open_cards(lead_id):
        table.look(card, asked.Again(arrival.channel))
        Lead.objects.filter(pk=lead_id).update(priority=F("priority") + 1)
    return Arrived(lead_id, None, "joined")


def _create(table: Desk, arrival: Arrival, known: Request | None) -> Arrived:
    drum, stage, matched = _destination(table.org, arrival)
    lead = Lead.objects.create(
        company_id=table.company,
        title=arrival.title,
        name=arrival.name,
        phone=arrival.phone,
        email=arrival.email,
        phone_key=arrival.phone_key,
        email_key=arrival.email_key,
        source=arrival.source,
        fields=dict(arrival.fields),
        text=arrival.text,
        stage_id=stage,
        owner_id=arrival.owner,
        arrived_at=arrival.at or table.now,  # the client's clock runs from there
        moved_at=table.now,
    )
    keep(table, lead.pk, arrival, known)
    cycle = open_cycle(table, lead, drum, asked.Arrival(arrival.channel, None, matched), number=1)
    return Arrived(lead.pk, cycle, "created")


def _destination(org: Org, arrival: Arrival) -> tuple[int, int, tuple[int, ...]]:
    """The drum, the stage of the board and all routing rules that matched."""
    if arrival.drum is not None and arrival.drum not in org.drums:
        raise Refused("no_drum")
    drum, matched = arrival.drum, tuple[int, ...]()
    if drum is None:
        drum, matched = routed(org, fields_of(arrival), None)
    if drum is None:
        raise Refused("no_drum")
    key = org.policies[drum].entry[0]
    return drum, next(stage.id for stage in org.stages.values() if stage.key == key), matched


class Described(Protocol):
    """An arrival, a lead, a reading of a CRM: they name the same things alike."""

    @property
    def fields(self) -> Mapping[str, Any]: ...


def fields_of(described: Described) -> dict[str, Any]:
    """What routing rules may ask about."""
    named = {name: getattr(described, name) for name in ("title", "name", "phone", "email", "source", "text")}
    named["phone_key"] = getattr(described, "phone_key", "")
    return named | {f"fields.{key}": value for key, value in described.fields.items()}


def told(org: Org, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields with what a phone and a text tell besides, as far as some rule asks for it."""
    asked = {name for _, when, _ in org.routes for name in when if name in DERIVED}
    return {**fields, **{name: DERIVED[name](fields) for name in asked}} if asked else fields


def routed(org: Org, fields: Mapping[str, Any], stage: str | None) -> tuple[int | None, tuple[int, ...]]:
    """The drum for a lead in a stage: the first rule that matches, else the default drum (S-1, S-26, S-56)."""
    watching = [drum for drum in org.drums if stage is None or stage in org.policies[drum].entry]
    router, rules = org.router(stage)
    routed = router.route(told(org, fields))
    matched = tuple(rules[index][0] for index in routed.matched)
    if routed.first is not None:
        return rules[routed.first][2], matched
    if org.default_drum in watching:
        return org.default_drum, matched
    named = {drum for _, _, drum in org.routes}
    return next((drum for drum in watching if stage is not None and drum not in named), None), matched


def open_cycle(table: Desk, lead: Lead, drum: int, ask: asked.Arrival, number: int) -> int:
    row = Cycle.objects.create(
        company_id=table.company,
        lead=lead,
        number=number,
        drum_id=drum,
        state=c.State.HELD,
        opened_at=table.now,
        priority=0,
    )
    cycle = c.Cycle(id=row.pk, lead=lead.pk, number=number, state=c.State.HELD)
    table.look(
        Card(
            cycle=cycle,
            drum=drum,
            seq=0,
            candidates="[]",
            next_at=None,
            stage=lead.stage_id,
            owner=lead.owner_id,
            moved_at=lead.moved_at,
            moved_by=lead.moved_by_id,
            source=lead.source,
            deleted=False,
            read_at=lead.read_at,
        ),
        ask,
    )
    return row.pk
