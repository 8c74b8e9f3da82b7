"""What one lead can expect from a circle of different people, each with his own share of missed offers.

Everybody is offered the lead once before anybody is offered it again (S-18), in an order that is as good as random:
it depends on what went before. Products over the first k of a random order are means over all k-subsets, which come
out of one pass over the people (the elementary symmetric polynomials, divided by the number of subsets), so that
nothing is drawn by lot and a circle of fifty costs as little as one of five.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lap:
    """`missed[k]`: the chance that the first k of a lap all miss; `wait`: expected seconds spent within one lap."""

    missed: tuple[float, ...]
    wait: float

    @property
    def whole(self) -> float:
        """The chance that everybody misses."""
        return self.missed[-1]


def lap(misses: Sequence[float], waits: Sequence[float]) -> Lap:
    """One round through the circle.

    Args:
        misses: of each person, the chance that he misses an offer.
        waits: of each person, the seconds that an offer to him takes on average, however it ends.
    """
    means, marked = _means(misses, waits)
    return Lap(tuple(means), sum(marked[k] / k for k in range(1, len(means))))


def reaches(misses: Sequence[float], still: Sequence[float], number: int) -> float:
    """The chance that the first `number` - 1 of a random order miss and the next one still waits.

    Args:
        misses: of each person, the chance that he misses.
        still: of each person, the chance that his offer still waits at the instant in question.
    """
    return _means(misses, still)[1][number] / number


def _means(first: Sequence[float], other: Sequence[float]) -> tuple[list[float], list[float]]:
    """For each k: the mean over all k-subsets of the product of `first`; and of the sum over one member of the subset
    of his `other` times the product of `first` of the rest."""
    size = len(first)
    means, marked = [1.0] + [0.0] * size, [0.0] * (size + 1)
    for count, (one, two) in enumerate(zip(first, other, strict=True), start=1):
        for k in range(count, 0, -1):
            share = k / count
            marked[k] = (1 - share) * marked[k] + share * (one * marked[k - 1] + two * means[k - 1])
            means[k] = (1 - share) * means[k] + share * one * means[k - 1]
    return means, marked
