"""What `leaddrum doctor` looks at in a portal: reads only. First whether everything is as it must be, then what the
documentation leaves open and only a live portal can settle (docs/bitrix24.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from leaddrum.crm.bitrix24 import bot, clients, journal, probing
from leaddrum.crm.bitrix24.access import NoAccess
from leaddrum.crm.bitrix24.answers import Ok, Refused, Reply
from leaddrum.crm.bitrix24.budget import Urgency
from leaddrum.crm.bitrix24.client import Client
from leaddrum.models import Portal

Said = tuple[str, bool]  # words, whether it is well
ITEMS = {"entityTypeId": 1, "select": ["id"], "order": {"id": "ASC"}, "start": 0}


def findings(portal: Portal, now: datetime) -> Iterator[Said]:
    """One sentence each."""
    try:
        client = clients.of(portal)
        found = probing.probe(client, now)
    except (NoAccess, probing.NoPortal) as error:
        yield f"does not let us in: {error}", False
        return
    yield f"lets us in as {found.user_name or found.user}, scopes {', '.join(found.scopes)}", True
    for problem in found.problems:
        yield problem, False
    for doubt in found.doubts:
        yield doubt, True
    yield f"its clock is {abs(found.skew):.1f} s {'ahead' if found.skew > 0 else 'behind'}, zone {found.zone}", True
    if portal.trouble:
        yield portal.trouble, False
    yield from _ours(client, portal)
    for question, look in QUESTIONS:
        yield f"{question}: {look(client)}", True


def _ours(client: Client, portal: Portal) -> Iterator[Said]:
    """What we have made there."""
    if portal.journal.get("id"):
        reply = client.call("lists.get", journal.LIST, urgency=Urgency.NOTICE)
        there = isinstance(reply, Ok) and bool(reply.value)
        yield f"the list {journal.CODE} {'is there' if there else 'is gone: it is made anew with the next miss'}", there
    if portal.bot.get("id"):
        params = {"botId": portal.bot["id"], **bot.proof(portal)}
        reply = client.call("imbot.v2.Bot.get", params, urgency=Urgency.NOTICE)
        yield (
            f"the bot {'is there' if isinstance(reply, Ok) else f'is gone ({_why(reply)}): connect again'}",
            isinstance(reply, Ok),
        )
        posted = portal.bot.get("mode") == "webhook"
        way = "posted: the portal must reach LEADDRUM_URL" if posted else "fetched"
        yield f"presses of its buttons are {way}", True


def _billing(client: Client) -> str:
    """Whether a batch is billed as itself or as what is in it."""
    whole, time = client.timed("batch", {"halt": 0, "cmd": {"c0": "user.current"}}, urgency=Urgency.NOTICE)
    if not isinstance(whole, Ok):
        return f"not known ({_why(whole)})"
    inner = whole.value.get("result_time") if isinstance(whole.value, dict) else None
    block = inner.get("c0", {}) if isinstance(inner, dict) else {}
    outside, inside = time.get("operating"), block.get("operating") if isinstance(block, dict) else None
    if outside is None and inside is None:
        return "not counted at all"
    return f"batch {outside}, what is in it {inside}"


def _dates(client: Client) -> str:
    """Which ways of writing an instant a filter understands."""
    told = []
    for name, value in (("ISO 8601", "2000-01-01T00:00:00+03:00"), ("Y-m-d H:i:s", "2000-01-01 00:00:00")):
        reply = client.call("crm.item.list", {**ITEMS, "filter": {">createdTime": value}}, urgency=Urgency.NOTICE)
        told.append(f"{name} {'finds' if isinstance(reply, Ok) and reply.value.get('items') else 'finds nothing'}")
    return ", ".join(told)


def _stage_field(client: Client) -> str:
    reply = client.call("crm.item.fields", {"entityTypeId": 1}, urgency=Urgency.NOTICE)
    if not isinstance(reply, Ok):
        return f"not known ({_why(reply)})"
    fields = reply.value.get("fields", {}) if isinstance(reply.value, dict) else {}
    return ", ".join(name for name in ("stageId", "statusId", "movedTime", "movedBy", "observers") if name in fields)


def _heads(client: Client) -> str:
    reply = client.call("department.get", {"START": 0}, urgency=Urgency.NOTICE)
    if not isinstance(reply, Ok):
        return f"not known ({_why(reply)})"
    rows = list(reply.value)
    return f"{sum(1 for row in rows if str(row.get('UF_HEAD') or '0') != '0')} of {len(rows)} departments name one"


def _why(reply: Reply | Any) -> str:
    return str(reply) if isinstance(reply, Refused) else str(getattr(reply, "why", ""))


QUESTIONS: tuple[tuple[str, Callable[[Client], str]], ...] = (
    ("a batch is billed as", _billing),
    ("instants in filters", _dates),
    ("fields of a lead", _stage_field),
    ("heads", _heads),
)
