"""How long it takes until a lead is taken, as a curve: the share of offers that nobody has taken yet (S-51).

Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", JASA 53 (1958). An offer that was missed,
returned or void says only that it was not taken until then: it is censored. A plain average of the takes forgets
all of these, and so calls people quicker than they are.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist
from typing import NamedTuple

LEVEL = 0.95


class Seen(NamedTuple):
    """One offer: after so many working seconds it was taken, or was watched no longer."""

    seconds: float
    taken: bool


class Band(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The estimate. Seconds are working time of whoever held the offer; `survival[i]` holds from `times[i]` on."""

    times: tuple[float, ...]  # at which offers were taken, ascending
    counts: tuple[int, ...]  # takes up to each
    at_risk: tuple[int, ...]  # offers still waiting just before each
    survival: tuple[float, ...]  # share not taken after each
    greenwood: tuple[float, ...]  # sum of d / (n (n - d)) up to each; infinite where the curve has reached zero
    areas: tuple[float, ...]  # integral of the curve from 0 to each
    offers: int
    takes: int
    watched: tuple[float, ...]  # how long each offer was watched, ascending

    def at(self, seconds: float) -> float:
        """Share of offers not taken by then."""
        i = bisect_right(self.times, seconds) - 1
        return self.survival[i] if i >= 0 else 1.0

    def area(self, seconds: float) -> float:
        """Integral of the curve from 0: the seconds an offer waits on average when it ends then at the latest."""
        i = bisect_right(self.times, seconds) - 1
        return self.areas[i] + (seconds - self.times[i]) * self.survival[i] if i >= 0 else seconds

    def waiting(self, seconds: float) -> int:
        """Offers that were watched so long or longer: what an estimate there rests on."""
        return len(self.watched) - bisect_left(self.watched, seconds)

    def taken_by(self, seconds: float) -> int:
        """Takes observed by then."""
        i = bisect_right(self.times, seconds)
        return self.counts[i - 1] if i else 0

    def band(self, seconds: float, level: float = LEVEL) -> Band:
        """Where the true share lies with that probability, at this one instant.

        Greenwood's variance on the scale of log(-log S), so that the band stays between 0 and 1: Kalbfleisch and
        Prentice, "The Statistical Analysis of Failure Time Data" (1980), 1.3.
        """
        i = bisect_right(self.times, seconds) - 1
        if i < 0:
            return Band(1.0, 1.0)
        share, variance = self.survival[i], self.greenwood[i]
        if share <= 0.0 or math.isinf(variance):
            return Band(0.0, 1.0)
        z = NormalDist().inv_cdf((1 + level) / 2)
        width = z * math.sqrt(variance) / math.log(share)  # negative
        return Band(share ** math.exp(-width), share ** math.exp(width))

    def quantile(self, share: float) -> float | None:
        """When that share of the offers was taken; None: not within what was observed."""
        for at, left in zip(self.times, self.survival, strict=True):
            if left <= 1 - share:
                return at
        return None


def kaplan_meier(offers: Iterable[Seen]) -> Curve:
    """The curve of these offers. An offer that ended at the very second of another's take was still waiting then.

    Raises ValueError for a time below zero.
    """
    takes: Counter[float] = Counter()
    watched: list[float] = []
    for seconds, taken in offers:
        if seconds < 0:
            raise ValueError(f"an offer cannot end {-seconds} s before it began")
        watched.append(seconds)
        if taken:
            takes[seconds] += 1
    watched.sort()
    times = tuple(sorted(takes))
    at_risk = tuple(len(watched) - bisect_left(watched, at) for at in times)
    survival, greenwood = [], []
    share, variance = 1.0, 0.0
    for at, risk in zip(times, at_risk, strict=True):
        count = takes[at]
        share *= 1 - count / risk
        variance += count / (risk * (risk - count)) if risk > count else math.inf
        survival.append(share if risk > count else 0.0)
        greenwood.append(variance)
    steps = ((at - before) * left for at, before, left in zip(times, (0.0, *times), (1.0, *survival), strict=False))
    return Curve(
        times,
        tuple(accumulate(takes[at] for at in times)),
        at_risk,
        tuple(survival),
        tuple(greenwood),
        tuple(accumulate(steps)),
        len(watched),
        takes.total(),
        tuple(watched),
    )


def drawn(curve: Curve, lot: float) -> float | None:
    """The time at which a curve falls to that share; None: it does not within what was observed."""
    i = bisect_left(curve.survival, -lot, key=lambda share: -share)
    return curve.times[i] if i < len(curve.times) else None
