"""The bot with buttons: it writes to whoever is offered a lead, and he takes, opens or declines it there.

Where the portal can reach us it posts what is pressed; elsewhere presses are fetched, in the request of a reading, so
no address of ours is needed. What a press does is in `presses`.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from leaddrum.access import digest
from leaddrum.crm.bitrix24.answers import Ok, Refused, Reply
from leaddrum.crm.bitrix24.budget import Urgency
from leaddrum.crm.bitrix24.client import Call, Client
from leaddrum.crm.bitrix24.keys import card_path, item_of
from leaddrum.models import Cycle, Portal

CODE = "leaddrum"
PATH = "/bitrix24/bot/"
SEND = "imbot.v2.Chat.Message.send"
TAKE, DECLINE = "leaddrum_take", "leaddrum_decline"
PRIVATE = (".local", ".localhost", ".internal", ".lan", ".intranet", ".home.arpa")  # names of networks behind a door


class NoBot(Exception):
    """The portal has none for us; says why."""


# Made once


def token(portal: Portal) -> str:
    """What proves that the bot is ours, for an access without an application; at most 40 characters. Derived from the
    installation's key, so it stands nowhere."""
    return salted_hmac("leaddrum.bitrix24.bot", portal.company.key).hexdigest()[:40]


def proof(portal: Portal) -> dict[str, str]:
    return {} if portal.application else {"botToken": token(portal)}


def ensured(client: Client, portal: Portal) -> dict[str, Any]:
    """The bot and its two commands, told where its presses go; repeated it finds what is there.

    Raises:
        NoBot: the portal refuses.
    """
    way = _way(portal)
    fields = {
        "code": CODE,
        "properties": {"name": "LeadDrum", "workPosition": _("Hands out leads")},
        "type": "bot",
        **way,
        **proof(portal),
    }
    soon: dict[str, Any] = {"urgency": Urgency.NOTICE, "reads": False}
    made = _done(client.call("imbot.v2.Bot.register", {"fields": fields}, **soon), "imbot.v2.Bot.register")
    number = int(made["bot"]["id"])
    if made["bot"].get("eventMode") != way["eventMode"] or portal.bot.get("at", "") != _mark(way):
        told = {"botId": number, **proof(portal), "fields": way}  # one that is there is registered as it was
        _done(client.call("imbot.v2.Bot.update", told, **soon), "imbot.v2.Bot.update")
    titles = {TAKE: _("Take the lead"), DECLINE: _("Decline")}
    calls = [
        Call(
            "imbot.v2.Command.register",
            {
                "botId": number,
                **proof(portal),
                "fields": {"command": name, "title": {"ru": title, "en": title}, "hidden": "Y"},
            },
        )
        for name, title in titles.items()
    ]
    for reply in client.batch(calls, **soon):
        _done(reply, "imbot.v2.Command.register")
    offset = int(portal.bot.get("offset", 0))
    return {"id": number, "offset": offset, "mode": way["eventMode"], "at": _mark(way)}


def _done(reply: Reply, what: str) -> Any:
    if not isinstance(reply, Ok):
        raise NoBot(f"{what}: {reply if isinstance(reply, Refused) else reply.why}")
    return reply.value


# Where presses go


def misplaced(portal: Portal) -> bool:
    """Whether the portal sends presses elsewhere than where they are awaited now: our address has come, gone or
    changed since."""
    way = _way(portal)
    return (portal.bot.get("mode"), portal.bot.get("at", "")) != (way["eventMode"], _mark(way))


def _way(portal: Portal) -> dict[str, str]:
    wanted = settings.BITRIX24_PRESSES
    if wanted == "webhook" or (wanted == "auto" and public(settings.PUBLIC_URL)):
        return {"eventMode": "webhook", "webhookUrl": f"{settings.PUBLIC_URL}{PATH}{portal.pk}/{secret(portal)}"}
    return {"eventMode": "fetch"}


def _mark(way: Mapping[str, str]) -> str:
    """What is kept of an address with a secret."""
    return digest(way["webhookUrl"]) if "webhookUrl" in way else ""


def secret(portal: Portal) -> str:
    """The last part of the address that presses are posted to: who knows it is the portal. A webhook's bot has an
    application token of its own that nobody tells us, so this is the proof there."""
    return salted_hmac("leaddrum.bitrix24.presses", f"{portal.pk}:{portal.company.key}").hexdigest()[:40]


def public(url: str) -> bool:
    """Whether a cloud portal can reach this address, as far as the address itself says."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ipaddress.ip_address(host).is_global
    except ValueError:
        return parts.scheme == "https" and "." in host and not host.endswith(PRIVATE)


# Writing to people


def offer(portal: Portal, user: int, text: str, cycle: int, turn: int, key: str, *, declines: bool) -> Call:
    """The message with its buttons."""
    params = f"{cycle}:{turn}:{seal(cycle, turn)}"
    entity, number = item_of(key)
    buttons = [
        {"TEXT": _("Take"), "COMMAND": TAKE, "COMMAND_PARAMS": params, "BG_COLOR_TOKEN": "primary", "DISPLAY": "LINE"},
        {"TEXT": _("Open"), "LINK": card_path(entity, number), "DISPLAY": "LINE"},
    ]
    if declines:
        buttons.append({"TEXT": _("Decline"), "COMMAND": DECLINE, "COMMAND_PARAMS": params, "DISPLAY": "LINE"})
    number = int(portal.bot["id"])
    fields = {"message": text, "keyboard": {"BOT_ID": number, "BUTTONS": buttons}}
    return Call(SEND, {"botId": number, **proof(portal), "dialogId": str(user), "fields": fields})


def seal(cycle: int, turn: int) -> str:
    """What makes a button of ours unguessable."""
    return salted_hmac("leaddrum.bitrix24.button", f"{cycle}:{turn}").hexdigest()[:16]


def named(portal: Portal, params: str) -> tuple[int, int] | None:
    """Cycle and turn of a button of ours, of this company."""
    cycle, _colon, rest = params.partition(":")
    turn, _colon, given = rest.partition(":")
    digits = cycle + turn  # somebody may have typed them: “²” is a digit too, and no number
    if not (cycle and turn and digits.isascii() and digits.isdigit() and len(cycle) < 19 and len(turn) < 10):
        return None
    if not secrets.compare_digest(seal(int(cycle), int(turn)).encode(), given.encode()):
        return None
    there = Cycle.objects.filter(pk=int(cycle), company=portal.company_id).exists()
    return (int(cycle), int(turn)) if there else None
