"""A Telegram bot that clients write to: a conversation is a lead. Its messages are fetched (getUpdates), so nothing of
ours must be reachable from outside. How far they are read is written in the commit of each message's lead.

https://core.telegram.org/bots/api#getupdates. Only private conversations: a group is nobody's request.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import override

from leaddrum import clock, engine, sealed
from leaddrum.channels import telegram_files
from leaddrum.channels.botapi import Bot, BotError, number_of
from leaddrum.intake import chats, clean, ways
from leaddrum.intake.listening import Hold, TroubleError
from leaddrum.intake.problems import BREAKS, Problem, Unreadable
from leaddrum.models import Way

POLL = 5  # seconds an empty answer is waited for: `stop` is looked at as often
log = structlog.stdlib.get_logger("leaddrum.telegram_in")


def session(way: Way, hold: Hold) -> None:
    """Fetch messages until told to stop.

    Raises:
        TroubleError: the bot cannot be asked; says why.
    """
    token = _token(way)
    try:
        with Bot(token, settings.TELEGRAM_API) as bot:
            while hold.still():
                _fetch(bot, way, token)
                ways.well(way, clock.now(), came=False)
    except BotError as error:
        raise TroubleError(str(error)) from error


def check(way: Way) -> str:
    """The bot's name.

    Raises:
        TroubleError: the token is not good.
    """
    try:
        with Bot(_token(way), settings.TELEGRAM_API) as bot:
            return str(bot.call("getMe").get("username", ""))
    except BotError as error:
        raise TroubleError(str(error)) from error


def _token(way: Way) -> str:
    try:
        return sealed.unseal(way.sealed).get("token", "")
    except sealed.UnreadableError as error:
        raise TroubleError(str(error)) from error


def _fetch(bot: Bot, way: Way, token: str) -> None:
    mine = number_of(token)  # another bot counts anew
    offset = int(way.position.get("offset", 0)) if way.position.get("bot", mine) == mine else 0
    updates = bot.call(
        "getUpdates", patience=POLL + 15.0, offset=offset or None, timeout=POLL, allowed_updates=["message"]
    )
    for update in updates if isinstance(updates, list) else []:
        before = way.position
        way.position = {"offset": int(update["update_id"]) + 1, "bot": mine}
        try:
            take_in(bot, way, token, update)
        except DatabaseError:
            way.position = before  # not committed: it is fetched again
            raise


def take_in(bot: Bot, way: Way, token: str, update: dict[str, Any]) -> str:
    """One update; what breaks is kept and stops nobody behind it (S-46)."""
    now = clock.now()
    with override(way.company.language):
        try:
            said = _said(bot, token, update)
            if said is None:
                ways.well(way, now, position=way.position)
                return "nothing"
            return ways.arrive(way, chats.arrival(way, said), now=now, position=way.position).outcome
        except Unreadable as error:
            problems = list(error.problems)
        except engine.Refused as error:
            problems = [ways.refusal(error)]
        except BREAKS as error:
            log.exception("update failed", way=way.pk, error=type(error).__name__)
            problems = [Problem("body", _("This cannot be read: %s.") % type(error).__name__)]
        number = f"telegram:{way.pk}:{update.get('update_id')}"
        ways.keep(way, "chat", update, now=now, problems=problems, number=number, position=way.position)
    return "kept"


def _said(bot: Bot, token: str, update: dict[str, Any]) -> chats.Said | None:
    """A private message of a person; /start alone opens the conversation and asks nothing yet."""
    message = update.get("message") or {}
    chat, sender = message.get("chat") or {}, message.get("from") or {}
    if chat.get("type") != "private" or sender.get("is_bot"):
        return None
    files, missing = telegram_files.fetched(bot, token, message)
    lost = [_("A file came that is not kept (too large, or gone): %s") % what for what in missing]
    words = str(message.get("text") or message.get("caption") or "")
    text = clean.many_lines("\n".join([words, *_besides(message), *lost])).strip()
    contact = message.get("contact") or {}
    if text.startswith("/start") or not (text or files or contact):
        return None
    phone = clean.one_line(str(contact.get("phone_number", "")))[:32]
    name = clean.one_line(f"{sender.get('first_name', '')} {sender.get('last_name', '')}")[:200]
    return chats.Said(
        conversation=str(int(chat["id"])),
        number=str(int(message["message_id"])),
        name=name,
        phone=f"+{phone}" if phone.isdecimal() and len(phone) > 10 else phone,
        username=clean.one_line(str(sender.get("username", "")))[:64],
        text=text[:20_000],
        files=tuple(files),
    )


def _besides(message: dict[str, Any]) -> list[str]:
    """What is neither words nor a file, as words: a place on the map, a sticker."""
    place, sticker = message.get("location"), message.get("sticker")
    said = []
    if isinstance(place, dict):
        said.append(f"{float(place['latitude']):.6f}, {float(place['longitude']):.6f}")
    if isinstance(sticker, dict):
        said.append(str(sticker.get("emoji") or "")[:20])
    return said
