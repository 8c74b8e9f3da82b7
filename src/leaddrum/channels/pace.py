"""Telegram's limits, kept by this process: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this

A bot has thirty places. A call takes one and gives it back a second after its answer came, so that calls that were held
up on their way and arrive together are never more than thirty in a second. Each chat has a place of its own besides.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

A_SECOND = 30  # messages of one bot, all chats together
BETWEEN = 1.0  # seconds between two messages to one chat
BETWEEN_IN_GROUP = 3.0  # twenty a minute
MOST_CHATS = 10_000  # remembered, before those that are free are forgotten


class Pace:
    """It waits for the bot's next place, and says how long a chat has to be left alone. Times are of the monotonic
    clock."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._free = [0.0] * A_SECOND  # a heap: when each place is free
        self._shut = 0.0
        self._chats: dict[str, float] = {}

    def chat_free_in(self, chat: str) -> float:
        """Seconds until this chat may have its next message."""
        return max(0.0, self._chats.get(chat, 0.0) - time.monotonic())

    def shut_for(self) -> float:
        """Seconds until Telegram may be asked at all, when it wants to be left alone."""
        return max(0.0, self._shut - time.monotonic())

    @contextmanager
    def place(self, chat: str = "") -> Iterator[None]:
        """Wait for a place of the bot, take it and this chat's, and give it back a second after the block."""
        self.take(chat)
        try:
            yield
        finally:
            self.give_back()

    def take(self, chat: str = "") -> None:
        """Wait for a place of the bot, and take it and this chat's."""
        with self._changed:
            while (wait := self._wait()) > 0:
                self._changed.wait(wait)
            heapq.heappop(self._free)
            now = time.monotonic()
            if chat:
                self._chats[chat] = now + (BETWEEN_IN_GROUP if chat.startswith("-") else BETWEEN)
            if len(self._chats) > MOST_CHATS:
                self._chats = {key: at for key, at in self._chats.items() if at > now}

    def give_back(self) -> None:
        """The answer is there: in a second somebody else may have the place."""
        with self._changed:
            if len(self._free) < A_SECOND:
                heapq.heappush(self._free, time.monotonic() + 1.0)
            self._changed.notify_all()

    def shut(self, seconds: float) -> None:
        """Telegram wants to be left alone for so long (429)."""
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


PACE = Pace()
