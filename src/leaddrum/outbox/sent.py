"""What one call of the outbox did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Sent:
    """What one call did. `next_at`: when there is more to do; None: when somebody writes a notice."""

    done: int = 0
    stale: int = 0
    retried: int = 0
    failed: int = 0
    undelivered: int = 0
    next_at: datetime | None = None

    @property
    def total(self) -> int:
        """Notices that were dealt with."""
        return self.done + self.stale + self.retried + self.failed
