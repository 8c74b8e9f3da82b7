"""Telegram's limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this

A bot has thirty places. A call takes one and gives it back a second after its answer came, so that calls that were held
up on their way and arrive together are never more than thirty in a second. Each chat has a place of its own besides.

On SQLite one process sends, and the places are its own (`Pace`). On PostgreSQL all processes of the installation share
them in a table (`shared_pace.SharedPace`).
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from django.db import connection

A_SECOND = 30  # messages of one bot, all chats together
BETWEEN = 1.0  # seconds between two messages to one chat
BETWEEN_IN_GROUP = 3.0  # twenty a minute
MOST_CHATS = 10_000  # remembered, before those that are free are forgotten


class Limits(Protocol):
    """The limits of one bot. Several threads may ask at once; one without a database only gives back."""

    def chat_free_in(self, chat: str) -> float:
        """Seconds until this chat may have its next message; 0: now, and who asked is the one who sends it."""
        ...

    def shut_for(self) -> float:
        """Seconds until Telegram may be asked at all, when it wants to be left alone."""
        ...

    def take(self, chat: str = "") -> int:
        """Wait for a place of the bot, and take it and this chat's. Returns which."""
        ...

    def give_back(self, place: int) -> None:
        """The answer is there: in a second somebody else may have the place."""
        ...

    def settle(self) -> None:
        """Those who can write see what was given back."""
        ...

    def shut(self, seconds: float) -> None:
        """Telegram wants to be left alone for so long (429)."""
        ...

    def forget(self) -> None:
        """All places are free."""
        ...


@contextmanager
def place(limits: Limits, chat: str = "", *, patient: bool = False) -> Iterator[None]:
    """Wait for a place of the bot, take it and this chat's, and give it back a second after the block. `patient`: wait
    for the chat as well."""
    while patient and (free_in := limits.chat_free_in(chat)):
        time.sleep(free_in)
    number = limits.take(chat)
    try:
        yield
    finally:
        limits.give_back(number)
        limits.settle()


def between(chat: str) -> float:
    """Seconds between two messages to that chat: groups have a minus in front."""
    return BETWEEN_IN_GROUP if chat.startswith("-") else BETWEEN


class Pace:
    """The places of this process. Times are of the monotonic clock."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._free = [0.0] * A_SECOND  # a heap: when each place is free
        self._shut = 0.0
        self._chats: dict[str, float] = {}

    def chat_free_in(self, chat: str) -> float:
        return max(0.0, self._chats.get(chat, 0.0) - time.monotonic())

    def shut_for(self) -> float:
        return max(0.0, self._shut - time.monotonic())

    def take(self, chat: str = "") -> int:
        with self._changed:
            while (wait := self._wait()) > 0:
                self._changed.wait(wait)
            heapq.heappop(self._free)
            now = time.monotonic()
            if chat:
                self._chats[chat] = now + between(chat)
            if len(self._chats) > MOST_CHATS:
                self._chats = {key: at for key, at in self._chats.items() if at > now}
        return 0

    def give_back(self, place: int) -> None:
        del place  # one is as good as another
        with self._changed:
            if len(self._free) < A_SECOND:
                heapq.heappush(self._free, time.monotonic() + 1.0)
            self._changed.notify_all()

    def settle(self) -> None:
        return

    def shut(self, seconds: float) -> None:
        with self._changed:
            self._shut = max(self._shut, time.monotonic() + seconds)

    def forget(self) -> None:
        self._free = [0.0] * A_SECOND
        self._shut = 0.0
        self._chats.clear()

    def _wait(self) -> float:
        """Seconds until there may be a place."""
        if not self._free:
            return 60.0  # whoever gives one back says so
        return max(self._free[0], self._shut) - time.monotonic()


_known: dict[tuple[str, int], Limits] = {}


def of(bot: int) -> Limits:
    """The limits of the bot of that number."""
    from leaddrum.channels.shared_pace import SharedPace

    key = (connection.vendor, bot)
    if key not in _known:
        _known.setdefault(key, SharedPace(bot) if connection.vendor == "postgresql" else Pace())
    return _known[key]


def forget() -> None:
    """All places of all bots are free: for tests, whose clock runs faster."""
    for limits in _known.values():
        limits.forget()
