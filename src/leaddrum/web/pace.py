"""How often a page that stays open is drawn anew when very many people have it open.

Whatever changes is new to everybody, so two hundred open boards are two hundred drawings for each change, several a
second in a lively company: more than one machine has. Instead each board then waits its turn, so that together they
take no more than a share of one core, and what people press stays quick. Few people notice nothing of it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock

SHARE = 0.5
"""Of one core, for drawing boards."""
SHORTEST, LONGEST = 2.0, 15.0
"""Seconds between two drawings of one board: below the first nobody waits, above the second nobody is kept waiting."""
OPEN = 10.0
"""Seconds since it asked last within which a board counts as open: it asks every two."""
WEIGHT = 0.1
"""Of the newest drawing in the mean of their costs."""


@dataclass
class Pace:
    """Of one process. Instants are seconds of a clock that only goes forward."""

    cost: float = 0.0  # seconds that a drawing takes
    pause: float = 0.0  # seconds between two drawings of one board, as of now
    _asked: dict[Hashable, float] = field(default_factory=dict)
    _drawn: dict[Hashable, float] = field(default_factory=dict)
    _counted: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def too_soon(self, board: Hashable, now: float) -> bool:
        """Whether this board waits a little longer for what is new."""
        with self._lock:
            self._asked[board] = now
            if now - self._counted > 1.0:
                self._count(now)
            return self.pause > SHORTEST and now - self._drawn.get(board, -LONGEST) < self.pause

    def drew(self, board: Hashable, now: float, seconds: float) -> None:
        """It was drawn, in so many seconds."""
        with self._lock:
            self._drawn[board] = now
            self.cost += (seconds - self.cost) * (WEIGHT if self.cost else 1.0)

    def _count(self, now: float) -> None:
        """Forget what is closed; set the pause by how many are open."""
        self._counted = now
        self._asked = {board: at for board, at in self._asked.items() if now - at < OPEN}
        self._drawn = {board: at for board, at in self._drawn.items() if board in self._asked}
        self.pause = min(len(self._asked) * self.cost / SHARE, LONGEST)
