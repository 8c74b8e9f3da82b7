"""Telegram's limits, kept by all processes of an installation together, on PostgreSQL (`models.Pacing`).

Each place is a row with the instant from which it is free, by the database's clock. Whoever takes one marks it for
longer than a call can last; giving it back makes that a second. So the places of a process that dies free themselves.
Every statement is a transaction of its own: nothing is locked while a call is under way.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from django.db import connection

from leaddrum.channels.pace import A_SECOND, between

LEASE = 60.0  # seconds: longer than one call waits for its answer
LOOK = 0.05  # seconds between two looks when no place is free, at most
SHORTEST = 0.002  # and at least
SWEEP = 1000  # takes, between which chats that are free are forgotten
PLACES = [f"place:{number}" for number in range(1, A_SECOND + 1)]
_SHUT = "shut"
_TAKE = """
UPDATE leaddrum_pacing SET free_at = clock_timestamp() + make_interval(secs => %s) WHERE id = (
  SELECT id FROM leaddrum_pacing
  WHERE bot = %s AND key = ANY(%s::text[]) AND free_at <= clock_timestamp()
    AND NOT EXISTS (SELECT FROM leaddrum_pacing WHERE bot = %s AND key = 'shut' AND free_at > clock_timestamp())
  ORDER BY free_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id"""
_CLAIM = """
INSERT INTO leaddrum_pacing (bot, key, free_at) VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (bot, key) DO UPDATE SET free_at = excluded.free_at WHERE leaddrum_pacing.free_at <= clock_timestamp()
RETURNING id"""
_MARK = """
INSERT INTO leaddrum_pacing (bot, key, free_at) VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (bot, key) DO UPDATE SET free_at = greatest(leaddrum_pacing.free_at, excluded.free_at)"""
_LEFT = """
SELECT extract(epoch FROM free_at - clock_timestamp()) FROM leaddrum_pacing WHERE bot = %s AND key = %s"""
_SOONEST = """
SELECT extract(epoch FROM min(free_at) - clock_timestamp()) FROM leaddrum_pacing
WHERE bot = %s AND key = ANY(%s::text[])"""
_MAKE = """
INSERT INTO leaddrum_pacing (bot, key, free_at)
SELECT %s, unnest(%s::text[]), clock_timestamp()
ON CONFLICT (bot, key) DO NOTHING"""


class SharedPace:
    """As `pace.Limits` says."""

    def __init__(self, bot: int) -> None:
        self.bot = bot
        self._back: deque[tuple[int, float]] = deque()  # places, and when they were given back
        self._taken = 0

    def chat_free_in(self, chat: str) -> float:
        """Seconds until this chat may have its next message; 0: now, and no other process sends it one meanwhile."""
        key = f"chat:{chat}"
        if _one(_CLAIM, [self.bot, key, between(chat)]) is not None:
            return 0.0
        return self._left(key)

    def shut_for(self) -> float:
        return self._left(_SHUT)

    def take(self, chat: str = "") -> int:
        while True:
            self.settle()
            found = _one(_TAKE, [LEASE, self.bot, PLACES, self.bot])
            if found is not None:
                break
            time.sleep(max(min(self.shut_for(), 1.0), self._free_soon()))
        if chat:
            _do(_MARK, [self.bot, f"chat:{chat}", between(chat)])
        self._taken += 1
        if self._taken % SWEEP == 0:
            free = "DELETE FROM leaddrum_pacing WHERE bot = %s AND key LIKE 'chat:%%' AND free_at < clock_timestamp()"
            _do(free, [self.bot])
        return int(found)

    def give_back(self, place: int) -> None:
        """Written down by `settle`: who gives it back may have no connection to the database."""
        self._back.append((place, time.monotonic()))

    def settle(self) -> None:
        while self._back:
            try:
                place, since = self._back.popleft()
            except IndexError:  # another thread was quicker
                return
            rest = max(0.0, 1.0 - (time.monotonic() - since))
            free = "UPDATE leaddrum_pacing SET free_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s"
            _do(free, [rest, place])

    def shut(self, seconds: float) -> None:
        _do(_MARK, [self.bot, _SHUT, seconds])

    def forget(self) -> None:
        self._back.clear()
        _do("DELETE FROM leaddrum_pacing WHERE bot = %s", [self.bot])

    def _free_soon(self) -> float:
        """Seconds until a place may be free. Not longer than `LOOK`: what is given back here must be written down."""
        soonest = _one(_SOONEST, [self.bot, PLACES])
        if soonest is None:  # the first time, and after the database's own crash
            _do(_MAKE, [self.bot, PLACES])
            return 0.0
        return min(max(SHORTEST, float(soonest)), LOOK)

    def _left(self, key: str) -> float:
        found = _one(_LEFT, [self.bot, key])
        return max(0.0, float(found)) if found is not None else 0.0


def _one(statement: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None


def _do(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
