"""The bot with buttons: it writes to whoever is offered a lead, and he takes, opens or declines it there.

Its events are fetched, in the request of a sweep, so no address of ours is needed. A press is bound to its turn and its
person: whoever presses an old button, or somebody else's, is told who has the lead now, and nothing changes (S-34).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from leaddrum import engine, words
from leaddrum.crm.bitrix24.answers import Ok, Refused, Reply
from leaddrum.crm.bitrix24.budget import Urgency
from leaddrum.crm.bitrix24.client import Call, Client
from leaddrum.crm.bitrix24.keys import card_path, item_of
from leaddrum.engine import org
from leaddrum.models import Cycle, Lead, Person, Portal

if TYPE_CHECKING:
    from leaddrum.crm.bitrix24.apart import Bitrix24

CODE = "leaddrum"
EVENTS = "imbot.v2.Event.get"
SEND, EDIT, ANSWER = "imbot.v2.Chat.Message.send", "imbot.v2.Chat.Message.update", "imbot.v2.Command.answer"
TAKE, DECLINE = "leaddrum_take", "leaddrum_decline"
MOST = 100  # events in one look
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")


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
    """The bot and its two commands; repeated it finds what is there.

    Raises:
        NoBot: the portal refuses.
    """
    fields = {
        "code": CODE,
        "properties": {"name": "LeadDrum", "workPosition": _("Hands out leads")},
        "type": "bot",
        "eventMode": "fetch",
        **proof(portal),
    }
    made = _done(client.call("imbot.v2.Bot.register", {"fields": fields}, reads=False), "imbot.v2.Bot.register")
    number = int(made["bot"]["id"])
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
    for reply in client.batch(calls, reads=False):
        _done(reply, "imbot.v2.Command.register")
    return {"id": number, "offset": int(portal.bot.get("offset", 0)), "mode": "fetch"}


def _done(reply: Reply, what: str) -> Any:
    if not isinstance(reply, Ok):
        raise NoBot(f"{what}: {reply if isinstance(reply, Refused) else reply.why}")
    return reply.value


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


# Presses


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed: by whom, which, under which message."""

    user: int
    command: str
    params: str
    command_id: int
    message: int
    dialog: str


def calls(portal: Portal) -> list[Call]:
    """To be asked with the next sweep."""
    if not portal.bot.get("id") or portal.bot.get("mode") != "fetch":
        return []
    offset = int(portal.bot.get("offset", 0))
    params = {"botId": portal.bot["id"], **proof(portal), "limit": MOST}
    return [Call(EVENTS, params | ({"offset": offset} if offset else {}))]


def heard(source: Bitrix24, answered: Sequence[tuple[Call, Reply]], now: datetime) -> None:
    """Act on the presses, answer each, and remember what was read. One that is acted on again, after a crash, finds
    its turn over."""
    portal = source.portal
    for _call, reply in answered:
        if not isinstance(reply, Ok) or not isinstance(reply.value, Mapping):
            continue
        for event in reply.value.get("events") or ():
            press = pressed(event)
            if press is not None and not source.settings.watch_only:
                respond(source.client, portal, press, now)
        offset = reply.value.get("nextOffset")
        if isinstance(offset, int) and offset > int(portal.bot.get("offset", 0)):
            portal.bot = {**portal.bot, "offset": offset}
            Portal.objects.filter(pk=portal.pk).update(bot=portal.bot)


def pressed(event: Any) -> Press | None:
    """A fetched event, when it is a press; other events, and strange ones, are none."""
    try:
        if event["type"] != "ONIMBOTV2COMMANDADD":
            return None
        data = event["data"]
        return Press(
            user=int(data["user"]["id"]),
            command=str(data["command"]["command"]).lstrip("/"),
            params=str(data["command"]["params"]),
            command_id=int(data["command"]["id"]),
            message=int(data["message"]["id"]),
            dialog=str(data["chat"]["dialogId"]),
        )
    except (KeyError, TypeError, ValueError):
        log.warning("an event of the bot that cannot be read")
        return None


def respond(client: Client, portal: Portal, press: Press, now: datetime) -> None:
    """Do what the button says, and tell him what came of it."""
    person = Person.objects.select_related("company").filter(company=portal.company, key=f"b24:{press.user}").first()
    with translation.override(person.language if person and person.language else portal.company.language):
        answer, over = _act(portal, press, person, now)
    fields: dict[str, Any] = {"message": answer}
    who = {"botId": portal.bot["id"], **proof(portal)}
    if over:  # the message's own buttons have done their work
        client.call(
            EDIT,
            {**who, "messageId": press.message, "fields": {**fields, "keyboard": "N"}},
            urgency=Urgency.NOTICE,
            reads=False,
        )
    else:
        what = {"commandId": press.command_id, "messageId": press.message, "dialogId": press.dialog, "fields": fields}
        client.call(ANSWER, {**who, **what}, urgency=Urgency.NOTICE, reads=False)


def _act(portal: Portal, press: Press, person: Person | None, now: datetime) -> tuple[str, bool]:
    """What he is told, and whether the buttons are used up."""
    named = _named(portal, press.params)
    if named is None or person is None or not person.active:
        return _("This button is not for you."), False
    cycle, turn = named
    try:
        if press.command == DECLINE:
            engine.decline(cycle, turn, by=person.pk, reason=_("declined in the chat"), now=now)
            return _("Declined. It goes on to somebody else."), True
        done = engine.take(cycle, turn, by=person.pk, now=now)
    except engine.Refused as error:
        return words.refusal(error), error.code == "turn_over"
    if isinstance(done, engine.Stale) and not (done.code == "taken" and done.holder == person.pk):
        names = {member.id: member.name for member in org.of(person.company, now).people.values()}
        zone = ZoneInfo(person.zone or person.company.zone)
        return words.stale(done, names, zone, now), done.code != "not_yours"
    lead = Lead.objects.filter(cycles=cycle).values_list("title", flat=True).first() or ""
    return _("Taken, it is yours: %(lead)s") % {"lead": lead.replace("[", "(").replace("]", ")")}, True


def _named(portal: Portal, params: str) -> tuple[int, int] | None:
    """Cycle and turn of a button of ours, of this company."""
    cycle, _colon, rest = params.partition(":")
    turn, _colon, given = rest.partition(":")
    if not (cycle.isdigit() and turn.isdigit() and len(cycle) < 19 and len(turn) < 10):
        return None
    if not secrets.compare_digest(seal(int(cycle), int(turn)).encode(), given.encode()):
        return None
    there = Cycle.objects.filter(pk=int(cycle), company=portal.company_id).exists()
    return (int(cycle), int(turn)) if there else None
