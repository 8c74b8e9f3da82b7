"""Presses of the bot's buttons: decided at once, answered by a lane of their own.

A press is bound to its turn and its person: whoever presses an old button, or somebody else's, is told who has the lead
now and until when, and nothing changes (S-34). It counts from the instant it was made, though it is fetched later
(S-36). The decision and the answer to be given are one transaction, so a press that is told twice is one press.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum import engine, wake, words
from leaddrum.access import digest
from leaddrum.company.portal import from_plain
from leaddrum.crm.bitrix24 import bot, events, install
from leaddrum.crm.bitrix24.answers import Ok, Reply
from leaddrum.crm.bitrix24.client import Call
from leaddrum.crm.bitrix24.items import instant
from leaddrum.engine import org
from leaddrum.models import Lane, Lead, Person, Portal, Press

LANE = "crm-bot"
EVENTS = "imbot.v2.Event.get"
PRESSED = "ONIMBOTV2COMMANDADD"
MOST = 100  # events in one look
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed: by whom, which, under which message. `at`: when, where the portal says it."""

    user: int
    command: str
    params: str
    command_id: int
    message: int
    dialog: str
    at: datetime | None = None


# Fetched


def calls(portal: Portal) -> list[Call]:
    """To be asked beside a reading."""
    if not portal.bot.get("id") or portal.bot.get("mode") != "fetch":
        return []
    offset = int(portal.bot.get("offset", 0))
    params = {"botId": portal.bot["id"], **bot.proof(portal), "limit": MOST}
    return [Call(EVENTS, params | ({"offset": offset} if offset else {}))]


def heard(portal: Portal, answered: Sequence[tuple[Call, Reply]], now: datetime) -> None:
    """Act on what was fetched, then remember how far."""
    for _call, reply in answered:
        if not isinstance(reply, Ok) or not isinstance(reply.value, Mapping):
            continue
        for event in reply.value.get("events") or ():
            press = _fetched(event)
            if press is not None:
                book(portal, press, f"fetched {portal.bot['id']} {event.get('eventId')}", now=now)
        offset = reply.value.get("nextOffset")
        if isinstance(offset, int) and offset > int(portal.bot.get("offset", 0)):
            remember(portal, offset=offset)


def remember(portal: Portal, **changed: Any) -> None:
    """Changes what is kept of the bot: the lane of readings and this one's may both be at it."""
    with engine.in_company(portal.company_id):
        kept = Portal.objects.values_list("bot", flat=True).get(pk=portal.pk)
        portal.bot = {**kept, **changed}
        Portal.objects.filter(pk=portal.pk).update(bot=portal.bot)


def _fetched(event: Any) -> Pressed | None:
    """A fetched event, when it is a press; other events, and strange ones, are none."""
    try:
        if event["type"] != PRESSED:
            return None
        data = event["data"]
        return Pressed(
            user=int(data["user"]["id"]),
            command=str(data["command"]["command"]).lstrip("/"),
            params=str(data["command"]["params"]),
            command_id=int(data["command"]["id"]),
            message=int(data["message"]["id"]),
            dialog=str(data["chat"]["dialogId"]),
            at=instant(event.get("date")),
        )
    except (KeyError, TypeError, ValueError):
        log.warning("an event of the bot that cannot be read")
        return None


# Posted


def take_in(event: Mapping[str, str], number: str, secret: str, *, now: datetime) -> int:
    """One event of the bot, as its form's fields; returns the HTTP status of the answer. The address is the proof, and
    where an application has made the bot, its token too."""
    named = number.isascii() and number.isdigit() and len(number) < 10
    portal = Portal.objects.select_related("company").filter(pk=int(number)).first() if named else None
    if portal is None or not _proven(portal, event, secret):
        events.strangers.say("the bot", event.get("auth[member_id]", ""))
        return 403
    if event.get("event", "").upper() == PRESSED:
        press = _posted(event)
        if press is not None:
            marks = (press.user, press.command_id, press.params, press.message, event.get("ts", ""))
            book(portal, press, "posted " + digest(" ".join(map(str, marks))), now=now)
    return 200


def _proven(portal: Portal, event: Mapping[str, str], secret: str) -> bool:
    if not secrets.compare_digest(bot.secret(portal).encode(), secret.encode()):
        return False
    return not portal.application or install.proven_for(portal.company_id, event.get("auth[application_token]", ""))


def _posted(event: Mapping[str, str]) -> Pressed | None:
    """Everything is a string there."""
    try:
        return Pressed(
            user=int(event["data[user][id]"]),
            command=event["data[command][command]"].lstrip("/"),
            params=event["data[command][params]"],
            command_id=int(event["data[command][id]"]),
            message=int(event["data[message][id]"]),
            dialog=event["data[chat][dialogId]"],
        )
    except (KeyError, ValueError):
        log.warning("an event of the bot that cannot be read")
        return None


# Decided


def book(portal: Portal, press: Pressed, mark: str, *, now: datetime) -> None:
    """Do what the button says and keep the answer for the lane; a press that is there already changes nothing."""
    settings = from_plain(portal.settings)
    if settings is None or settings.watch_only:
        return
    with engine.in_company(portal.company_id):
        at = min(press.at or now, now)
        row, fresh = Press.objects.get_or_create(company_id=portal.company_id, mark=mark[:100], defaults={"at": at})
        if not fresh:
            return
        row.answer = _answer(portal, press, at, now)
        row.save(update_fields=["answer"])
        wake_lane(portal.company_id, now)
    wake.call()


def wake_lane(company_id: int, now: datetime) -> None:
    """The caller holds the company."""
    lane, _made = Lane.objects.get_or_create(company_id=company_id, channel=LANE, defaults={"next_send_at": now})
    Lane.objects.filter(pk=lane.pk, lease="").update(next_send_at=now)


def _answer(portal: Portal, press: Pressed, at: datetime, now: datetime) -> dict[str, Any]:
    person = Person.objects.select_related("company").filter(company=portal.company, key=f"b24:{press.user}").first()
    with translation.override(person.language if person and person.language else portal.company.language):
        text, over = _act(portal, press, person, at, now)
    where = {"commandId": press.command_id, "messageId": press.message, "dialogId": press.dialog}
    return {"message": text, "over": over, **where}


def _act(portal: Portal, press: Pressed, person: Person | None, at: datetime, now: datetime) -> tuple[str, bool]:
    """What he is told, and whether the buttons are used up."""
    named = bot.named(portal, press.params)
    if named is None or person is None or not person.active:
        return _("This button is not for you."), False
    cycle, turn = named
    try:
        if press.command == bot.DECLINE:
            engine.decline(cycle, turn, by=person.pk, reason=_("declined in the chat"), now=now)
            return _("Declined. It goes on to somebody else."), True
        done = engine.take(cycle, turn, by=person.pk, now=now, at=at)
    except engine.Refused as error:
        if error.code != "turn_over":
            return words.refusal(error), False
        done = engine.standing(cycle)
    if isinstance(done, engine.Stale) and not (done.code == "taken" and done.holder == person.pk):
        names = {member.id: member.name for member in org.of(person.company, now).people.values()}
        zone = ZoneInfo(person.zone or person.company.zone)
        return words.stale(done, names, zone, now), done.code != "not_yours"
    lead = Lead.objects.filter(cycles=cycle).values_list("title", flat=True).first() or ""
    return _("Taken, it is yours: %(lead)s") % {"lead": lead.replace("[", "(").replace("]", ")")}, True
