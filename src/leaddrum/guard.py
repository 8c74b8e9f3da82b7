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
ASKED_AGAIN = 60.0  # seconds after which the witness is asked anew


@dataclass(frozen=True, slots=True)
class Look:
    """What it saw. `now` never runs backward, `wall` is the clock itself; verdicts may fall only when `trusted`."""

    now: datetime
    trusted: bool
    note: str = ""
    wall: datetime | None = None

    @property
    def judged_at(self) -> datetime:
        """The instant of the verdicts. People are offered leads by the wall clock: what it has not come to yet is due
        to nobody, though the engine was there before the clock ran back."""
        return min(self.now, self.wall or self.now)


def boot_seconds() -> float:
    """Seconds since the machine started, sleep included where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Guard:
    """One for each engine process.

    Args:
        witness: another clock (the database server's), or None on the embedded database. A machine that is far from it
            judges nobody, from its start on.
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
        self._asked: tuple[float, float, float] | None = None  # the witness: offset, when (boot), seconds ahead

    def look(self) -> Look:
        """The engine's present instant and whether verdicts may fall on it."""
        with self._lock:
            wall, boot = self._wall(), self._boot()
            offset = wall.timestamp() - boot
            ahead = self._ahead(offset, wall, boot)
            if abs(ahead) > TOLERANCE and not self._confirmed(offset):
                far = f"{timedelta(seconds=round(abs(ahead)))} {'ahead of' if ahead > 0 else 'behind'} the database's"
                return Look(self._last, trusted=False, note=f"this clock is {far}: verdicts wait", wall=wall)
            jump = offset - self._offset
            if jump > TOLERANCE and not self._believed(offset, boot):
                note = (
                    f"the clock jumped forward by {timedelta(seconds=round(jump))}: verdicts wait for its confirmation"
                )
                return Look(self._last, trusted=False, note=note, wall=wall)
            self._jumped = None
            behind = (self._last - wall).total_seconds()
            if behind > TOLERANCE and (self._witness is not None or self._confirmed(offset)):
                behind, self._last = 0.0, wall
            if behind <= NEAR:
                self._offset = offset  # until then a clock that is set right again has not jumped
            self._last = max(self._last, wall)
            note = ""
            if behind > NEAR:
                note = f"the clock ran back by {timedelta(seconds=round(behind))}: the engine's time stands until then"
            return Look(self._last, trusted=True, note=note, wall=wall)

    def _ahead(self, offset: float, wall: datetime, boot: float) -> float:
        """Seconds by which this clock is ahead of the witness's; asked again when it was set, or was far from it."""
        if self._witness is None:
            return 0.0
        if self._asked is not None:
            before, at, ahead = self._asked
            if boot - at < ASKED_AGAIN and abs(offset - before) <= NEAR and abs(ahead) <= TOLERANCE:
                return ahead
        ahead = (wall - self._witness()).total_seconds()
        self._asked = (offset, boot, ahead)
        return ahead

    def _believed(self, offset: float, boot: float) -> bool:
        """1. The witness has the same time. 2. The operator said so. 3. Nobody to ask: it has stood long enough."""
        if self._jumped is None or abs(self._jumped[0] - offset) > NEAR:
            self._jumped = (offset, boot)
        if self._witness is not None or self._confirmed(offset):
            return True
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
