"""What people do in Telegram: link their account, press buttons, block the bot.

Who presses is what Telegram says; an account without a link is a stranger, whatever the button's text carries. The same
update twice changes nothing twice: Telegram repeats what was not confirmed.
"""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum import engine, words
from leaddrum.channels import codes, telegram_answers
from leaddrum.channels.botapi import Bot, BotError
from leaddrum.channels.pace import place
from leaddrum.channels.telegram_follow import linked, whose
from leaddrum.channels.telegram_text import link
from leaddrum.engine import org, ways
from leaddrum.links import public_url
from leaddrum.models import Cycle, Outlet, Person

ALLOWED = ("message", "callback_query", "my_chat_member")  # the updates that are asked for
LONGEST_ANSWER = 200  # characters of an answer to a press; Bot API, answerCallbackQuery
log = structlog.stdlib.get_logger("leaddrum.telegram")


def handle(update: dict[str, Any], client: Bot, now: datetime) -> None:
    """Do what one update says. A strange one must not stop the next.

    Raises:
        OperationalError, InterfaceError: the database does not answer; Telegram tells of it again.
    """
    try:
        with translation.override(_language(update)):
            if "callback_query" in update:
                _pressed(update["callback_query"], client, now)
            elif "message" in update:
                _said(update["message"], client, now)
            elif "my_chat_member" in update:
                _member(update["my_chat_member"], now)
    except BotError as error:
        log.warning("an answer did not go out", error=str(error))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("an update failed", error=type(error).__name__)


def _language(update: dict[str, Any]) -> str:
    """Of a stranger: what his Telegram speaks, if we do too."""
    (what,) = [value for key, value in update.items() if key != "update_id"][:1] or [{}]
    code = str((what.get("from") or {}).get("language_code") or "")[:2]
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


# Linking


def _said(message: dict[str, Any], client: Bot, now: datetime) -> None:
    """`/start CODE` links; a reply to one of our messages goes to the client (`telegram_answers`); anything else in a
    private chat is answered with how to. A stranger who writes faster than may be answered is answered once: presses
    must not wait behind him."""
    chat, sender = message.get("chat") or {}, message.get("from") or {}
    text = str(message.get("text") or "")
    command, _space, code = text.partition(" ")
    private = chat.get("type") == "private"
    if command.partition("@")[0] == "/start" and code.strip():
        answer = _linked(chat, sender, code.strip(), now)
    elif private:
        answer = telegram_answers.heard(message, client, now)
    else:
        return  # a group talks about other things too
    known = whose(str(sender.get("id"))).exists()
    if not known and client.limits.chat_free_in(str(chat["id"])):
        return
    with place(client.limits, str(chat["id"]), patient=known):
        client.call(
            "sendMessage",
            chat_id=chat["id"],
            text=html.escape(answer),
            parse_mode="HTML",
            reply_parameters={"message_id": message["message_id"], "allow_sending_without_reply": True},
        )


def _linked(chat: dict[str, Any], sender: dict[str, Any], code: str, now: datetime) -> str:
    private = chat.get("type") == "private"
    found = codes.use(code, now=now, group=not private)
    before = codes.used_by(code) if found is None else None
    if before is not None and before.reaches.filter(channel="telegram", address=str(sender["id"])).exists():
        return _welcome(before)
    if found is None:
        return _("This link has been used, or its time is over. Get a new one on the page.")
    if found.person is None:
        address = ways.Address("telegram", str(chat["id"]), str(chat.get("title") or ""))
        engine.ways.open_outlet(found.company_id, address, department=found.department_id, now=now)
        return _("Leads of “%(company)s” will be told here.") % {"company": found.company.name}
    person = found.person
    translation.activate(person.language or found.company.language)
    name = f"@{sender['username']}" if sender.get("username") else str(sender.get("first_name") or "")
    try:
        engine.ways.link(person.pk, ways.Address("telegram", str(sender["id"]), name), now=now)
    except engine.Refused as error:
        return words.refusal(error)
    return _welcome(person)


def _welcome(person: Person) -> str:
    return _("%(name)s, leads will come to you here. Send yourself a test on the page.") % {"name": person.name}


# Presses


def _pressed(query: dict[str, Any], client: Bot, now: datetime) -> None:
    """One press, answered in one sentence; what the message says then follows by itself."""
    act, cycle_id, turn, rest = _read(str(query.get("data") or ""))
    cycle = Cycle.objects.select_related("company", "lead").filter(pk=cycle_id).first()
    who = linked(str((query.get("from") or {}).get("id")), cycle.company_id) if cycle else None
    answer, buttons = "", None
    if cycle is None:
        answer = _("There is no such turn.")
    elif who is None:
        answer = _("Your Telegram is linked to nobody in LeadDrum. Press “Link Telegram” on your page there.")
    else:
        translation.activate(who.person.language or cycle.company.language)
        answer, buttons = _act(act, cycle, turn, rest, who.person, now)
    client.call("answerCallbackQuery", callback_query_id=query["id"], text=answer[:LONGEST_ANSWER], show_alert=False)
    message = query.get("message")
    if buttons is not None and message:
        client.call(
            "editMessageReplyMarkup",
            chat_id=message["chat"]["id"],
            message_id=message["message_id"],
            reply_markup={"inline_keyboard": buttons},
        )


def _read(data: str) -> tuple[str, int, int, int]:
    """What a button carries: act, cycle, turn, and which reason. What is none of ours is turn 0."""
    act, *numbers = data.split(":")
    if not 2 <= len(numbers) <= 3 or not all(number.isdecimal() and len(number) < 18 for number in numbers):
        return "", 0, 0, 0
    cycle, turn, rest = map(int, (*numbers, "0")[:3])
    return act, cycle, turn, rest


Buttons = list[list[dict[str, str]]] | None


def _act(act: str, cycle: Cycle, turn: int, rest: int, person: Person, now: datetime) -> tuple[str, Buttons]:
    zone = ZoneInfo(person.zone or cycle.company.zone)
    names = {member.id: member.name for member in org.of(cycle.company, now).people.values()}
    key = f"{cycle.pk}:{turn}"
    open_to = link(f"{public_url()}/leads/{cycle.lead_id}")
    opening = [[{"text": _("Open"), "url": open_to}]] if open_to else []
    if act == "take":
        return _take(cycle, turn, person, names, zone, now), None
    running = cycle.state == Cycle.State.OFFERED and cycle.turn_number == turn
    if not running:
        return words.standing(cycle, names, zone, now), None
    if cycle.holder_id != person.pk:
        return words.stale(
            engine.Stale("passed_on", cycle.lead_id, cycle.holder_id, cycle.due_at), names, zone, now
        ), None
    if act == "why":
        reasons = [[{"text": str(why), "callback_data": f"no:{key}:{n}"}] for n, why in enumerate(words.DECLINES)]
        return "", [*reasons, [{"text": _("Back"), "callback_data": f"back:{key}"}]]
    if act == "no" and rest < len(words.DECLINES):
        try:
            engine.decline(cycle.pk, turn, by=person.pk, reason=str(words.DECLINES[rest]), now=now)
        except engine.Refused as error:
            return words.refusal(error), None
        return _("“%(title)s” goes on to the next one.") % {"title": cycle.lead.title[:80]}, None
    taking = [
        {"text": _("Take"), "callback_data": f"take:{key}"},
        {"text": _("Decline"), "callback_data": f"why:{key}"},
    ]
    return "", [taking, *opening]


def _take(cycle: Cycle, turn: int, person: Person, names: dict[int, str], zone: ZoneInfo, now: datetime) -> str:
    try:
        done = engine.take(cycle.pk, turn, by=person.pk, now=now)
    except engine.Refused as error:
        return words.refusal(error)
    if isinstance(done, engine.Stale) and not (done.code == "taken" and done.holder == person.pk):  # a second press
        cycle.refresh_from_db()
        return words.standing(cycle, names, zone, now)
    return _("“%(title)s” is yours. Get in touch with the client.") % {"title": cycle.lead.title[:80]}


# The bot is blocked, removed, let in again


def _member(change: dict[str, Any], now: datetime) -> None:
    chat = str((change.get("chat") or {}).get("id"))
    status = str((change.get("new_chat_member") or {}).get("status"))
    out = status in {"kicked", "left"}
    for reach in whose(chat):
        if out:
            engine.ways.broken(reach.person_id, ways.Address("telegram", chat), _("the bot is blocked"), now=now)
        else:
            engine.ways.works(reach.person_id, "telegram", chat, now=now)
    Outlet.objects.filter(channel="telegram", address=chat).update(
        broken_at=now if out else None, error=_("the bot is not in the group") if out else ""
    )
