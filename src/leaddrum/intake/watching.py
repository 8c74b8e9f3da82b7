"""Looks now and then whether ways in are broken or have fallen silent, beside the threads that read them: those may be
what has died."""

from __future__ import annotations

from datetime import datetime, timedelta

from leaddrum.engine import broken_ways, silent_ways
from leaddrum.intake.listening import PAUSES

EVERY = timedelta(seconds=10)
GAP = timedelta(minutes=5)  # after which what the ways say of themselves is old: nobody could write it, or nobody ran
GRACE = timedelta(seconds=PAUSES[-1] + 60)  # then each has been tried again


class Watching:
    """A step of one process. After a start, a long outage of the database or a sleep of the machine it first lets the
    readers try again: what was broken before is not what is broken now."""

    def __init__(self) -> None:
        self._began: datetime | None = None
        self._looked: datetime | None = None

    def __call__(self, now: datetime) -> None:
        """
        Raises:
            django.db.Error: the database cannot be asked.
        """
        if self._looked is None or not timedelta(0) <= now - self._looked <= GAP:
            self._began = now
        elif now - self._looked < EVERY:
            return
        if self._began is not None and now - self._began >= GRACE:
            broken_ways.look(now)
            silent_ways.look(now)
        self._looked = now
