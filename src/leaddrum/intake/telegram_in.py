"""A Telegram bot that clients write to: a conversation is a lead. Its messages are fetched (getUpdates), so nothing of
ours must be reachable from outside. How far they are read is written in the commit of each message's lead.

https://core.telegram.org/bots/api#getupdates. Only private conversations: a group is nobody's request.
"""

from __future__ import annotations

from typing import Any

import httpx
import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import override

from leaddrum import clock, engine, sealed
from leaddrum.channels.botapi import Bot, BotError, Refused, number_of
from leaddrum.intake import chats, clean, ways
from leaddrum.intake.listening import Hold, TroubleError
from leaddrum.intake.problems import BREAKS, Problem, Unreadable
from leaddrum.models import Way

POLL = 5  # seconds an empty answer is waited for: `stop` is looked at as often
LARGEST_FILE = 5 * 1024 * 1024
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
                ways.well(way, clock.now())
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
    files, lost = _files(bot, token, message)
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


def _files(bot: Bot, token: str, message: dict[str, Any]) -> tuple[list[engine.File], list[str]]:
    """A document, the largest picture, a voice message, a piece of music, a video; and a line of text for each that is
    not kept."""
    kept, lost = [], []
    photos = message.get("photo") or []
    for kind, found in (
        ("application/octet-stream", message.get("document")),
        ("image/jpeg", photos[-1] if photos else None),
        ("audio/ogg", message.get("voice")),
        ("audio/mpeg", message.get("audio")),
        ("video/mp4", message.get("video") or message.get("video_note")),
    ):
        if not isinstance(found, dict):
            continue
        path = _path(bot, found)
        content = _download(token, path) if path else None
        name = clean.one_line(str(found.get("file_name") or path.rpartition("/")[2] or "file")).replace("/", "_")[:200]
        if content is not None:
            kept.append(engine.File(name, clean.one_line(str(found.get("mime_type") or kind))[:100], content))
        else:
            what = str((found.get("file_name") and name) or found.get("mime_type") or kind)
            lost.append(_("A file came that is not kept (too large, or gone): %s") % what[:200])
    return kept, lost


def _path(bot: Bot, found: dict[str, Any]) -> str:
    """Where the file is to be had; empty: it is too large, or Telegram does not give it."""
    if int(found.get("file_size") or 0) > LARGEST_FILE:
        return ""
    try:
        return str((bot.call("getFile", file_id=str(found["file_id"])) or {}).get("file_path", ""))
    except Refused as error:
        if error.code == 429:
            raise  # the message is fetched again later
        log.warning("file refused", error=str(error))
        return ""


def _download(token: str, path: str) -> bytes | None:
    address = f"{settings.TELEGRAM_API.rstrip('/')}/file/bot{token}/{path}"
    content = b""
    try:
        with httpx.stream("GET", address, timeout=15.0) as answer:
            if answer.status_code != 200:
                return None
            for part in answer.iter_bytes():
                content += part
                if len(content) > LARGEST_FILE:
                    return None
    except httpx.HTTPError as error:
        log.warning("file not fetched", error=type(error).__name__)  # its address holds the token: never logged
        return None
    return content
