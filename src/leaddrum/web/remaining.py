"""How much working time an open turn has left, and whether its clock runs now (S-9).

For a page of many turns: the company's hours are kept compiled in memory, so this costs no queries at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaddrum.engine.staff import Org
from leaddrum.models import Cycle


@dataclass(frozen=True, slots=True)
class Remaining:
    """Working seconds left of a turn, as of `at`."""

    at: datetime
    left: float
    budget: int
    runs: bool
    stops: float | None = None  # seconds until the clock stands still (a break, the end of the day)
    resumes_at: datetime | None = None  # when it stands still: when it runs again

    @property
    def whole(self) -> int:
        """Seconds left, rounded up: "0:01" until the very end."""
        return max(0, int(-(-self.left // 1)))

    # What a page's countdown starts from, as text.

    @property
    def seconds(self) -> str:
        return f"{self.left:.0f}"

    @property
    def epoch(self) -> str:
        return f"{self.at.timestamp():.0f}"

    @property
    def stopping(self) -> str:
        """Seconds until it stands still; empty: it does not."""
        return f"{self.stops:.0f}" if self.stops else ""

    @property
    def written(self) -> str:
        """As on a clock: 1:05:09, 24:59, 0:07."""
        minutes, seconds = divmod(self.whole, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

    @property
    def percent(self) -> str:
        """Of the budget, what is left: the ring round a card's initials."""
        return str(max(0, min(100, round(100 * self.left / self.budget)))) if self.budget else "0"

    @property
    def level(self) -> str:
        """`calm`, `half` spent, `late` (less than a fifth left), `over`: what the colour says."""
        if self.left <= 0:
            return "over"
        if self.left <= self.budget * 0.2:
            return "late"
        return "half" if self.left <= self.budget * 0.5 else "calm"


def of(cycle: Cycle, org: Org, now: datetime) -> Remaining | None:
    """What is left of the cycle's open turn; None when none is open."""
    if cycle.state != Cycle.State.OFFERED or cycle.due_at is None:
        return None
    return left(cycle.holder_id, cycle.drum_id, cycle.due_at, cycle.budget, org, now)


def left(holder: int | None, drum: int, due_at: datetime, budget: int, org: Org, now: datetime) -> Remaining:
    """What is left of an open turn: in the hours of whoever holds it, else in the drum's."""
    hours = org.hours(holder, drum) if holder in org.people and holder else org.service(drum)
    seconds = hours.between(now, due_at) if now < due_at else 0.0
    if not hours.is_open(now):
        return Remaining(now, seconds, budget, runs=False, resumes_at=hours.next_open(now))
    closes = hours.closes_at(now)
    return Remaining(now, seconds, budget, runs=True, stops=(closes - now).total_seconds() if closes else None)
