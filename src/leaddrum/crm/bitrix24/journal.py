"""The journal of misses as a universal list of the portal: one element per incident, exactly once (S-49).

Fields are made by their codes; the portal gives each a number of its own, so the numbers are asked for. Names and order
may be changed there as anybody likes. Every element is written whole: what is not sent would be cleared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from leaddrum import words
from leaddrum.crm.bitrix24.answers import Ok, Refused, Reply
from leaddrum.crm.bitrix24.client import Call, Client
from leaddrum.crm.bitrix24.keys import DEAL, LEAD, item_of, user_of
from leaddrum.crm.bitrix24.zones import wall
from leaddrum.models import CrmWrite, Effect, Incident, Person, Portal

CODE = "leaddrum_journal"
LIST = {"IBLOCK_TYPE_ID": "lists", "IBLOCK_CODE": CODE}
GONE = {"ERROR_IBLOCK_NOT_FOUND", "ACCESS_DENIED", "ERROR_REQUIRED_PARAMETERS_MISSING"}
LONGEST = 4000  # characters of one text


def columns() -> tuple[tuple[str, str, str], ...]:
    """Code, type, name in the active language (S-47)."""
    return (
        ("PERSON", "S:employee", _("Employee")),
        ("LEAD", "S:ECrm", _("Lead or deal")),
        ("OFFERED", "S:DateTime", _("Offered")),
        ("DUE", "S:DateTime", _("Due")),
        ("MISSED", "S:DateTime", _("Judged")),
        ("OVERDUE", "N", _("Overdue by, seconds")),
        ("BUDGET", "N", _("Budget, working seconds")),
        ("NEXT", "S:employee", _("Passed on to")),
        ("WHY", "S", _("Why this choice")),
        ("OPEN", "N", _("Open offers he had")),
        ("EXCUSE", "S", _("Excuse")),
        ("TOLD", "S", _("How he was told")),
        ("EXPLAINED", "S", _("His explanation")),
        ("ANNULLED", "S", _("Annulled")),
        ("DRUM", "S", _("Drum")),
        ("POLICY", "N", _("Version of the rules")),
        ("CYCLE", "N", _("Cycle")),
        ("TURN", "N", _("Turn")),
        ("ENTITY", "N", _("Type of the item")),
        ("ITEM", "N", _("Number of the item")),
        ("DUE_UTC", "S", _("Due, UTC")),
        ("MISSED_UTC", "S", _("Judged, UTC")),
    )


class NoList(Exception):
    """The portal will not have it; says why."""


def ensured(client: Client, rights: Mapping[str, str]) -> dict[str, Any]:
    """The list's number and its fields' numbers by code; what is missing is made.

    Raises:
        NoList: the portal refuses, or does not answer.
    """
    rows = _done(client.call("lists.get", LIST), "lists.get")
    made = not rows
    if made:
        fields = {"NAME": _("Journal of misses (LeadDrum)"), "DESCRIPTION": _("One element per missed turn.")}
        params = {**LIST, "FIELDS": fields, "RIGHTS": dict(rights)}
        reply = client.call("lists.add", params, reads=False)
        if not (isinstance(reply, Refused) and reply.code == "ERROR_IBLOCK_ALREADY_EXISTS"):
            _done(reply, "lists.add")
        rows = _done(client.call("lists.get", LIST), "lists.get")
    known = _fields(client)
    missing = [column for column in columns() if column[0] not in known]
    calls = [
        Call("lists.field.add", {**LIST, "FIELDS": _field(place, *column)}) for place, column in enumerate(missing)
    ]
    for reply in client.batch(calls, reads=False) if calls else ():
        if not (isinstance(reply, Refused) and "exists" in reply.words.lower()):
            _done(reply, "lists.field.add")
    return {"id": int(rows[0]["ID"]), "fields": _fields(client) if missing else known, "made": made}


def _field(place: int, code: str, kind: str, name: str) -> dict[str, Any]:
    field = {"NAME": name, "TYPE": kind, "CODE": code, "SORT": 10 * (place + 1), "IS_REQUIRED": "N", "MULTIPLE": "N"}
    return field | ({"USER_TYPE_SETTINGS": {"LEAD": "Y", "DEAL": "Y"}} if kind == "S:ECrm" else {})


def _fields(client: Client) -> dict[str, str]:
    found = _done(client.call("lists.field.get", LIST), "lists.field.get")
    rows = found.values() if isinstance(found, dict) else found
    return {str(row["CODE"]): str(row["FIELD_ID"]) for row in rows if row.get("CODE")}


def _done(reply: Reply, what: str) -> Any:
    if not isinstance(reply, Ok):
        raise NoList(f"{what}: {reply if isinstance(reply, Refused) else reply.why}")
    return reply.value


def rights(portal: Portal) -> dict[str, str]:
    """Heads read it, our access writes it, nobody else sees it; administrators see everything anyway."""
    heads = {row["head"] for row in portal.org.get("departments", ()) if row.get("head")}
    return {"*": "D", **{f"U{head}": "R" for head in sorted(heads)}, f"U{portal.user}": "X"}


def code_of(incident: Incident) -> str:
    """What an element is recognised by: written again, the portal refuses it."""
    return f"leaddrum-{incident.cycle_id}-{incident.turn_number}"


Offers = Mapping[tuple[int, int], Sequence[Effect]]  # messages by cycle and turn


def offers(incidents: Collection[Incident]) -> Offers:
    """The messages that told of the turns that were missed."""
    turns = {(incident.cycle_id, incident.turn_number) for incident in incidents}
    found: dict[tuple[int, int], list[Effect]] = defaultdict(list)
    named = Effect.objects.filter(cycle__in={cycle for cycle, _ in turns}, turn_number__in={turn for _, turn in turns})
    for effect in named.filter(kind="offer").order_by("pk"):
        found[effect.cycle_id or 0, effect.turn_number].append(effect)
    return found


def row(
    incident: Incident, fields: Mapping[str, str], zone: str, names: Mapping[int, str], told: Offers
) -> dict[str, Any]:
    """The whole element; `names` of the company's people, `told` the messages of its turn (`offers`)."""
    values = _values(incident, zone, names, told.get((incident.cycle_id, incident.turn_number), ()))
    name = f"{incident.person.name if incident.person else _('everybody')}: {incident.lead.title}"
    return {"NAME": name[:250], **{fields[code]: value for code, value in values.items() if code in fields}}


def _values(incident: Incident, zone: str, names: Mapping[int, str], told: Sequence[Effect]) -> dict[str, Any]:
    entity, number = item_of(incident.lead.crm_key or "")
    short = {LEAD: "L", DEAL: "D"}.get(entity)
    return {
        "PERSON": _user(incident.person),
        "LEAD": f"{short}_{number}" if short else "",
        "OFFERED": wall(incident.offered_at, zone),
        "DUE": wall(incident.due_at, zone),
        "MISSED": wall(incident.missed_at, zone),
        "OVERDUE": max(0, round((incident.missed_at - incident.due_at).total_seconds())),
        "BUDGET": incident.budget,
        "NEXT": _user(incident.next_person),
        "WHY": _why(incident, zone, names),
        "OPEN": incident.open_offers,
        "EXCUSE": words.excuse(incident.excuse) if incident.excuse else "",
        "TOLD": _told(told),
        "EXPLAINED": incident.explanation[:LONGEST],
        "ANNULLED": _annulled(incident, zone),
        "DRUM": incident.drum.name,
        "POLICY": incident.policy_version,
        "CYCLE": incident.cycle_id,
        "TURN": incident.turn_number,
        "ENTITY": entity,
        "ITEM": number,
        "DUE_UTC": incident.due_at.isoformat(timespec="seconds"),
        "MISSED_UTC": incident.missed_at.isoformat(timespec="seconds"),
    }


def _user(person: Person | None) -> str:
    return str(user_of(person.key) or "") if person is not None else ""


def _why(incident: Incident, zone: str, names: Mapping[int, str]) -> str:
    """One line per candidate of the hand-over that followed (S-20)."""
    lines = [
        f"{names.get(line[0], '?')}: {words.reason(line, names, ZoneInfo(zone), incident.missed_at)}"
        for line in incident.candidates
    ]
    return "; ".join(lines)[:LONGEST]


def _told(offers: Sequence[Effect]) -> str:
    """By which way the offer went, and whether it arrived."""
    return ", ".join(f"{row.channel}: {row.get_state_display()}" for row in offers[:5])


def _annulled(incident: Incident, zone: str) -> str:
    if incident.annulled_at is None:
        return ""
    by = incident.annulled_by.name if incident.annulled_by else "LeadDrum"
    why = _("taken in time") if incident.annulled_why.startswith("taken_in_time") else incident.annulled_why
    return f"{wall(incident.annulled_at, zone)} {by}: {why}"[:LONGEST]


def tell_again(portal: Portal) -> None:
    """The list was made anew: everything that was in the old one is told once more. Codes keep it from doubling."""
    done = CrmWrite.objects.filter(company=portal.company_id, kind="incident", state=CrmWrite.State.DONE)
    done.update(state=CrmWrite.State.PENDING)
