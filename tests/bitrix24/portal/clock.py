"""The portal's clock: the machine's, one that stands until it is moved, or somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """`Clock()` runs with the machine. `Clock(start)` stands at `start`. `Clock(read=...)` shows another clock."""

    def __init__(self, start: datetime | None = None, *, read: Callable[[], datetime] | None = None) -> None:
        self._at, self._read = start, read
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        if self._at is not None:
            return self._at
        return (self._read() if self._read else datetime.now(UTC)) + self._ahead

    @property
    def stands(self) -> bool:
        return self._at is not None

    def forward(self, seconds: float) -> datetime:
        """A clock that runs is set ahead by so much."""
        if self._at is None:
            self._ahead += timedelta(seconds=seconds)
        else:
            self._at += timedelta(seconds=seconds)
        return self.now()

    def set(self, at: datetime) -> None:
        """Stands at this instant from now on."""
        if at.tzinfo is None:
            raise ValueError("an instant without a zone")
        self._at = at.astimezone(UTC)
