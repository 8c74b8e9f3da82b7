"""Files of a Telegram message, fetched: `getFile`, then its path (https://core.telegram.org/bots/api#getfile)."""

from __future__ import annotations

from typing import Any

import httpx
import structlog
from django.conf import settings

from leaddrum.channels.botapi import Bot, Refused
from leaddrum.engine import File

LARGEST_FILE = 5 * 1024 * 1024
PATIENCE = 15.0  # seconds for each part of it
log = structlog.stdlib.get_logger("leaddrum.telegram_files")


def fetched(bot: Bot, token: str, message: dict[str, Any]) -> tuple[list[File], list[str]]:
    """A document, the largest picture, a voice message, a piece of music, a video; and of each that is not to be had
    (too large, or gone) what it was.

    Raises:
        BotError: Telegram wants to be asked later, or cannot be asked.
    """
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
        name, mime = _line(found.get("file_name")).replace("/", "_")[:200], _line(found.get("mime_type"))[:100] or kind
        if content is not None:
            kept.append(File(name or path.rpartition("/")[2][:200] or "file", mime, content))
        else:
            lost.append(name or mime)
    return kept, lost


def _line(said: object) -> str:
    """What somebody else has called it, without what cannot be read or kept."""
    return "".join(filter(str.isprintable, str(said or "")))


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
        with httpx.stream("GET", address, timeout=PATIENCE) as answer:
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
