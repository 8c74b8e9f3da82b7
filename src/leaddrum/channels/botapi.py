"""A thin client of the Telegram Bot API (https://core.telegram.org/bots/api): one call, plain answers.

The token stands in the address of every call, so an address of it is never put into an error or a log.
"""

from __future__ import annotations

import re
import threading
import time
from typing import Any, Self

import httpx
from django.conf import settings

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
A_SECOND = 30  # messages of one bot, all chats together
BETWEEN = 1.0  # seconds between two messages to one chat
BETWEEN_IN_GROUP = 3.0  # twenty a minute
PATIENCE = 15.0  # seconds for one call
_TOKEN = re.compile(r"bot\d+:[\w-]+")


class BotError(Exception):
    """A call that did not do what was asked."""


class Refused(BotError):
    """Telegram answered, and refused.

    `retry_after`: seconds until it may be asked again (429). `migrated`: the group has become the supergroup of that
    number.
    """

    def __init__(self, code: int, description: str, retry_after: float = 0.0, migrated: int | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code, self.description = code, description
        self.retry_after, self.migrated = retry_after, migrated

    @property
    def gone(self) -> bool:
        """No message to this chat will ever arrive: the bot is blocked or removed, the account or chat is no more."""
        said = self.description.lower()
        return self.code == 403 or (self.code == 400 and any(words in said for words in _GONE))


_GONE = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid", "group chat was upgraded")


class Unreachable(BotError):
    """No answer. `doubtful`: the call had gone out whole, and may have been carried out."""

    def __init__(self, error: str, *, doubtful: bool) -> None:
        super().__init__(error)
        self.doubtful = doubtful


class Bot:
    """The calls of one bot over one connection, to be closed at the end. Usable by one thread at a time."""

    def __init__(self, token: str, base: str) -> None:
        self._client = httpx.Client(base_url=f"{base.rstrip('/')}/bot{token}/", timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def call(self, method: str, *, patience: float = PATIENCE, **parameters: Any) -> Any:
        """One call; parameters that are None are left out.

        Raises:
            Refused: Telegram said no.
            Unreachable: there was no answer, or none that can be read.
        """
        body = {name: value for name, value in parameters.items() if value is not None}
        try:
            answer = self._client.post(method, json=body, timeout=patience)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable(type(error).__name__, doubtful=False) from None
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__, doubtful=True) from None
        return _read(answer)


def _read(answer: httpx.Response) -> Any:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict) or "ok" not in said:
        raise Unreachable(f"HTTP {answer.status_code}", doubtful=answer.status_code >= 500)
    if said["ok"]:
        return said.get("result")
    parameters = said.get("parameters") or {}
    raise Refused(
        int(said.get("error_code", answer.status_code)),
        without_token(str(said.get("description", ""))),
        float(parameters.get("retry_after", 0)),
        parameters.get("migrate_to_chat_id"),
    )


def without_token(text: str) -> str:
    return _TOKEN.sub("bot…", text)


def bot() -> Bot | None:
    """The bot of this installation; None: it has none."""
    return Bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API) if settings.TELEGRAM_TOKEN else None


class Pace:
    """Telegram's limits, kept by this process: it waits for a moment to keep the bot's, and says how long a chat has to
    be left alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0  # by the monotonic clock
        self._chats: dict[str, float] = {}

    def chat_free_in(self, chat: str) -> float:
        """Seconds until this chat may have its next message."""
        return max(0.0, self._chats.get(chat, 0.0) - time.monotonic())

    def shut_for(self) -> float:
        """Seconds until the bot may send at all, if that is more than its usual spacing."""
        wait = self._next - time.monotonic()
        return wait if wait > BETWEEN else 0.0

    def go(self, chat: str) -> None:
        """Wait for the bot's next place and take it, and this chat's."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + 1 / A_SECOND
            self._chats[chat] = start + (BETWEEN_IN_GROUP if chat.startswith("-") else BETWEEN)
            if len(self._chats) > 10_000:
                self._chats = {key: at for key, at in self._chats.items() if at > now}
        time.sleep(max(0.0, start - now))

    def shut(self, seconds: float) -> None:
        """Telegram wants to be left alone for so long (429)."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def forget(self) -> None:
        self._next = 0.0
        self._chats.clear()


PACE = Pace()
