"""A wall clock that jumps must neither judge anybody nor undo anything (S-43).

The wall clock is held against CLOCK_BOOTTIME, which nobody can set and which goes on while a machine sleeps. The
difference of the two stands still as long as the wall clock is right.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leaddrum import clock

TOLERANCE = 120.0  # seconds of jump that pass as the correction of a clock that had drifted
SETTLED = 600.0  # seconds a new time must stand before it is believed with nobody to ask
NEAR = 5.0  # seconds within which two clocks agree


@dataclass(frozen=True, slots=True)
class Look:
    """What the guard saw. `now` never runs backward; verdicts may fall only when `trusted`."""

    now: datetime
    trusted: bool
    note: str = ""


def boot_seconds() -> float:
    """Seconds since the machine started, sleep included where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Guard:
    """One for each engine process.

    Args:
        witness: another clock to ask about a jump (the database server's), or None on the embedded database.
        confirmation: the file that `leaddrum doctor --confirm-clock` writes on this machine.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], datetime] = clock.now,
        boot: Callable[[], float] = boot_seconds,
        witness: Callable[[], datetime] | None = None,
        confirmation: Path | None = None,
    ) -> None:
        self._wall, self._boot, self._witness, self._confirmation = wall, boot, witness, confirmation
        self._lock = threading.Lock()
        self._last = wall()
        self._offset = self._last.timestamp() - boot()
        self._jumped: tuple[float, float] | None = None  # the offset not believed yet, and since when (boot seconds)

    def look(self) -> Look:
        """The engine's present instant and whether verdicts may fall on it."""
        with self._lock:
            wall, boot = self._wall(), self._boot()
            offset = wall.timestamp() - boot
            jump = offset - self._offset
            if jump > TOLERANCE and not self._believed(offset, wall, boot):
                note = (
                    f"the clock jumped forward by {timedelta(seconds=round(jump))}: verdicts wait for its confirmation"
                )
                return Look(self._last, trusted=False, note=note)
            self._jumped = None
            behind = (self._last - wall).total_seconds()
            if behind > TOLERANCE and self._confirmed(offset):
                behind, self._last = 0.0, wall
            if behind <= NEAR:
                self._offset = offset  # until then a clock that is set right again has not jumped
            self._last = max(self._last, wall)
            note = ""
            if behind > NEAR:
                note = f"the clock ran back by {timedelta(seconds=round(behind))}: the engine's time stands until then"
            return Look(self._last, trusted=True, note=note)

    def _believed(self, offset: float, wall: datetime, boot: float) -> bool:
        """1. The operator said so. 2. The witness has the same time. 3. Nobody to ask: it has stood long enough."""
        if self._jumped is None or abs(self._jumped[0] - offset) > NEAR:
            self._jumped = (offset, boot)
        if self._confirmed(offset):
            return True
        if self._witness is not None:
            return abs((self._witness() - wall).total_seconds()) <= TOLERANCE
        return boot - self._jumped[1] >= SETTLED

    def _confirmed(self, offset: float) -> bool:
        if self._confirmation is None:
            return False
        try:
            said = json.loads(self._confirmation.read_text(encoding="utf-8"))
            return abs(float(said["offset"]) - offset) <= NEAR
        except (OSError, ValueError, KeyError, TypeError):
            return False


def confirm(file: Path, *, wall: datetime, boot: float) -> None:
    """The operator says that this machine's clock is right now. Holds until the clock is set again."""
    said = {"offset": wall.timestamp() - boot, "at": wall.astimezone(UTC).isoformat()}
    file.write_text(json.dumps(said), encoding="utf-8")
