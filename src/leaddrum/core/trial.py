"""Two budgets tried at once: which lead gets which, and what the difference is (S-51).

A lead's arm follows from its number alone, by a hash: nobody can choose it, it is the same after a restart, and all
turns of one lead have one budget. Leads are compared as they were drawn, whatever became of them afterwards.

The interval of the difference may be looked at every day without fooling oneself, which a usual one may not: it is a
confidence sequence, valid at all times together. Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central
limit theory and asymptotic confidence sequences", Annals of Statistics 52 (2024), theorem 2.2.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

LEVEL = 0.95
LEAST = 50  # leads in each arm before anything is said
AIM = 500  # leads at which the interval is about as narrow as it can be
SAME = 0.05  # of the wait: when the difference is surely smaller, the trial may end as well


def arm(drum: str, lead: int) -> int:
    """0 or 1: the first or the second of the two budgets."""
    return hashlib.blake2b(f"{drum}:{lead}".encode(), digest_size=1).digest()[0] & 1


class Arm(NamedTuple):
    leads: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Effect:
    """The second budget's mean wait minus the first's, seconds, with the range that holds at all times.

    `stop` is `first` or `second` (that one is better), `same` (the difference is not worth it) or '' (go on).
    """

    first: Arm
    second: Arm
    difference: float
    low: float
    high: float
    stop: str


def summed(waits: Iterable[float]) -> Arm:
    values = list(waits)
    count = len(values)
    mean = sum(values) / count if count else 0.0
    variance = sum((value - mean) ** 2 for value in values) / (count - 1) if count > 1 else 0.0
    return Arm(count, mean, variance)


def effect(first: Iterable[float], second: Iterable[float], level: float = LEVEL) -> Effect:
    """What the waits of the two arms say so far."""
    one, two = summed(first), summed(second)
    difference = two.mean - one.mean
    if min(one.leads, two.leads) < 2:
        return Effect(one, two, difference, -math.inf, math.inf, "")
    margin = _margin(one, two, 1 - level)
    low, high = difference - margin, difference + margin
    return Effect(one, two, difference, low, high, _stop(one, two, low, high))


def _margin(one: Arm, two: Arm, alpha: float) -> float:
    """Half the width of the confidence sequence; `rho` makes it narrowest at about AIM leads (their appendix B.2)."""
    t = one.leads + two.leads
    sigma = math.sqrt(t * (one.variance / one.leads + two.variance / two.leads))
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha)) + 1) / AIM
    return sigma * math.sqrt(2 * (t * rho2 + 1) / (t * t * rho2) * math.log(math.sqrt(t * rho2 + 1) / alpha))


def _stop(one: Arm, two: Arm, low: float, high: float) -> str:
    if min(one.leads, two.leads) < LEAST:
        return ""
    if high < 0:
        return "second"
    if low > 0:
        return "first"
    worth = SAME * (one.mean + two.mean) / 2
    return "same" if -worth < low and high < worth else ""
