"""What came of a replay, in the figures that are compared (S-52)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(slots=True)
class Played:
    """One run. Waits are from arrival to take: in seconds of the client's clock, and of the drum's service hours."""

    leads: int = 0
    waits: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    first: int = 0  # taken in their first turn
    misses: int = 0
    handovers: int = 0  # offers after the first of a lead
    declines: int = 0
    alerts: int = 0  # calls of the head
    with_head: int = 0  # leads that ended with him
    offers: Counter[int] = field(default_factory=Counter)  # by person
    missed: Counter[int] = field(default_factory=Counter)

    @property
    def taken(self) -> int:
        return len(self.waits)


class Spread(NamedTuple):
    """A figure over many runs: its mean, and where 95 of 100 of them lie."""

    mean: float
    low: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """Raises ValueError when there are none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no run, no figure")
    last = len(ordered) - 1
    return Spread(sum(ordered) / len(ordered), ordered[round(0.025 * last)], ordered[round(0.975 * last)])


def figures(played: Played) -> Mapping[str, float]:
    """One run, or what really happened, in the figures that are compared."""
    waits, leads = sorted(played.waits), max(played.leads, 1)
    return {
        "taken": played.taken,
        "missed": played.misses,
        "handovers": played.handovers,
        "declined": played.declines,
        "alerts": played.alerts,
        "with_head": played.with_head,
        "first": 100 * played.first / leads,
        "wait": sum(waits) / len(waits) if waits else 0.0,
        "median": waits[len(waits) // 2] if waits else 0.0,
        "p90": waits[int(0.9 * len(waits))] if waits else 0.0,
        "worked": sum(played.worked) / len(played.worked) if played.worked else 0.0,
    }
