"""How the people of a sample history truly react: what every statistic about it can be checked against.

An offer is noticed with the chance `notices`; then it is taken after a time whose logarithm is normal with the median
`median` (working seconds of its holder) and the spread `sigma`, times a factor for where the lead came from. Reactions
are independent of each other, of the deadline and of the turn's number: what the adviser assumes holds here, so that
what it says can be compared. In `DECLINED`, `SPAM` and `SNATCHED` of all offers something else ends the turn before he
reacts, at an instant that has nothing to do with his reaction: censoring that tells nothing.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

_NORMAL = NormalDist()

SOURCES: Mapping[str, tuple[float, float]] = {  # where leads come from: share of all, factor of the time
    "site": (0.45, 1.0),
    "call": (0.25, 0.6),
    "ads": (0.2, 1.1),
    "mail": (0.1, 1.6),
}
DECLINED, SPAM, SNATCHED = 0.02, 0.01, 0.01
OTHER_ENDING = (60.0, 1200.0)  # seconds, uniformly, after which such a turn ends in another way


@dataclass(frozen=True, slots=True)
class Habit:
    """One person."""

    notices: float
    median: float
    sigma: float = 0.8

    def missed(self, seconds: float, factor: float = 1.0) -> float:
        """The true share of his offers that are not taken by then."""
        if seconds <= 0:
            return 1.0
        return 1 - self.notices * _NORMAL.cdf(math.log(seconds / (self.median * factor)) / self.sigma)

    def missed_on_average(self, seconds: float) -> float:
        """The same over all sources."""
        return sum(share * self.missed(seconds, factor) for share, factor in SOURCES.values())

    def takes(self, dice: random.Random, factor: float = 1.0) -> float:
        """Working seconds until he takes an offer; infinite: he does not notice it."""
        after = dice.lognormvariate(math.log(self.median * factor), self.sigma)
        return after if dice.random() < self.notices else math.inf


HABITS: Mapping[str, Habit] = {
    # of the drum "site"
    "anna": Habit(0.97, 150, 0.7),
    "boris": Habit(0.93, 330),
    "vera": Habit(0.66, 540),
    "gleb": Habit(0.9, 420),
    "darya": Habit(0.95, 210),
    "egor": Habit(0.78, 660),
    "zhanna": Habit(0.88, 360),
    "ilya": Habit(0.6, 900, 0.9),
    # of the drum "corporate"
    "kira": Habit(0.94, 600),
    "lev": Habit(0.85, 1100),
    "marina": Habit(0.9, 800),
    "nikita": Habit(0.7, 1500, 0.9),
}


def described(seed: int) -> dict[str, Any]:
    """The truth as plain JSON, for who wants to check a statistic without this program."""
    at = [60 * minutes for minutes in (1, 2, 3, 5, 10, 15, 20, 30, 40, 60)]
    return {
        "seed": seed,
        "model": "share not taken after t working seconds = 1 - notices * Phi(ln(t / (median * factor)) / sigma)",
        "sources": {name: {"share": share, "factor": factor} for name, (share, factor) in SOURCES.items()},
        "other_endings": {"declined": DECLINED, "spam": SPAM, "taken_by_a_colleague": SNATCHED},
        "people": {
            key: {**asdict(habit), "not_taken_after": {str(s): round(habit.missed_on_average(s), 6) for s in at}}
            for key, habit in HABITS.items()
        },
    }
