"""How presses in Telegram come to us: asked for again and again, or posted to our address.

One process at a time asks. On SQLite it is the one engine of the data folder; on PostgreSQL whoever holds an advisory
lock of the database, which its server frees when that process dies. What was not confirmed is told again by Telegram.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection

from leaddrum import clock, sealed
from leaddrum.channels import telegram_presses
from leaddrum.channels.botapi import Bot, BotError, Refused, bot
from leaddrum.links import public_url
from leaddrum.models import Remembered

POLL = 5  # seconds one question waits for an answer: as long as a stop may take
PATH = "/hooks/telegram"
RESTS = 10.0  # seconds without a bot, or while another process asks
LOCK = 0x1EADD401  # of PostgreSQL: the number means nothing
log = structlog.stdlib.get_logger("leaddrum.telegram")


class Hearing:
    """The step of the engine's fifth loop."""

    def __init__(self, stopping: Callable[[], bool] = lambda: False) -> None:
        self.stopping = stopping
        self._client: Bot | None = None
        self._offset: int | None = None

    def __call__(self) -> datetime | None:
        """Hear for a few seconds. Returns when to hear again."""
        if not settings.TELEGRAM_TOKEN:
            return clock.now() + timedelta(seconds=RESTS)
        if not _alone():
            return clock.now() + timedelta(seconds=RESTS)
        if self._client is None:
            self._client = _introduced()
        if settings.TELEGRAM_UPDATES == "webhook":
            return clock.now() + timedelta(seconds=RESTS)
        try:
            found = self._client.call(
                "getUpdates",
                patience=POLL + 10,
                offset=self._offset,
                timeout=POLL,
                allowed_updates=list(telegram_presses.ALLOWED),
            )
        except Refused as error:
            if error.code == 409:  # another program asks with this token
                log.warning("somebody else asks for this bot's updates", error=str(error))
                return clock.now() + timedelta(seconds=RESTS)
            raise
        for update in found:
            telegram_presses.handle(update, self._client, clock.now())
            self._offset = int(update["update_id"]) + 1
            if self.stopping():
                break
        return clock.now()

    def end(self) -> None:
        """Confirm what was done, so that it is not told again."""
        if self._client is None:
            return
        with self._client, suppress(BotError):
            if self._offset is not None:
                self._client.call("getUpdates", patience=2.0, offset=self._offset, limit=1, timeout=0)


def _alone() -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _introduced() -> Bot:
    """The bot's name is kept for the pages' links, and Telegram is told which way updates go."""
    client = bot()
    if client is None:
        raise RuntimeError("there is no bot")
    name = str(client.call("getMe")["username"])
    Remembered.objects.update_or_create(name="telegram_bot", defaults={"value": name})
    if settings.TELEGRAM_UPDATES == "webhook":
        client.call(
            "setWebhook",
            url=public_url() + PATH,
            secret_token=secret(),
            allowed_updates=list(telegram_presses.ALLOWED),
        )
    else:
        client.call("deleteWebhook")
    return client


def secret() -> str:
    """What Telegram says with every update it posts: made of the installation's key, so nothing has to be kept."""
    return sealed.derived("telegram", settings.TELEGRAM_TOKEN)


def bot_name() -> str:
    """The bot's name without @; empty until an engine has asked for it."""
    if not settings.TELEGRAM_TOKEN:
        return ""
    return next(iter(Remembered.objects.filter(name="telegram_bot").values_list("value", flat=True)), "")
