"""Many runs of a stage, and what they say side by side with what really happened (S-52)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from leaddrum.adviser.scene import Stage
from leaddrum.core.replay import play
from leaddrum.core.replayed import Spread, figures, spread

FIGURES = (
    "taken",
    "missed",
    "handovers",
    "declined",
    "alerts",
    "with_head",
    "first",
    "wait",
    "median",
    "p90",
    "worked",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One run of both, with the same dice."""

    same: Mapping[str, float]
    other: Mapping[str, float] | None


def runs(stage: Stage, first: int, count: int, seed: int) -> Iterator[Pair]:
    """Runs number `first` and so on: each is the same whoever asks for it, and whenever."""
    for number in range(first, first + count):
        same = figures(play(stage.same, _dice(seed, number)))
        other = figures(play(stage.other, _dice(seed, number))) if stage.other is not None else None
        yield Pair(same, other)


def _dice(seed: int, number: int) -> random.Random:
    return random.Random(f"{seed}:{number}")  # noqa: S311  a simulation, no secret


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: what happened, what the same settings give, what the others give, and by how much these differ."""

    name: str
    really: float
    same: Spread
    other: Spread | None
    difference: Spread | None

    @property
    def reproduced(self) -> bool:
        """Whether what happened lies in the runs' range, widened by half: ten figures are looked at, and with the range
        of 95 of 100 runs one of them would often be outside by chance alone (Bonferroni)."""
        margin = (self.same.high - self.same.low) / 4
        return self.same.low - margin <= self.really <= self.same.high + margin

    @property
    def surely(self) -> bool:
        """Whether the difference has the same sign in 95 of 100 runs."""
        return self.difference is not None and (self.difference.low > 0 or self.difference.high < 0)


def compared(stage: Stage, pairs: Sequence[Pair]) -> list[Line]:
    really = figures(stage.really)
    return [_line(name, really[name], pairs) for name in FIGURES if name != "with_head" or _any_with_head(pairs)]


def _line(name: str, really: float, pairs: Sequence[Pair]) -> Line:
    others = [pair.other[name] for pair in pairs if pair.other is not None]
    apart = [pair.other[name] - pair.same[name] for pair in pairs if pair.other is not None]
    return Line(
        name,
        really,
        spread(pair.same[name] for pair in pairs),
        spread(others) if others else None,
        spread(apart) if apart else None,
    )


def _any_with_head(pairs: Sequence[Pair]) -> bool:
    return any(pair.same["with_head"] or (pair.other or {}).get("with_head") for pair in pairs)
