"""How sure an expected wait is, and whether two of them differ by more than chance (S-51).

The error of a Kaplan–Meier curve is S(t) times a sum of independent steps, one at each take, whose variances are the
terms of Greenwood's sum (Andersen, Borgan, Gill and Keiding, "Statistical Models Based on Counting Processes" (1993),
IV.3). So the errors of S(d) and of A(d) = ∫₀ᵈ S(t) dt are weighted sums of these steps, and so is, to first order (the
delta method), the error of whatever is reckoned from them. Two waits reckoned from the same turns share the steps:
their difference is much surer than each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import TypeAlias

from leaddrum.core.survival import LEVEL, Curve

Wait: TypeAlias = Callable[[Sequence[float], Sequence[float]], float]  # from everybody's S(d) and A(d)
Weights: TypeAlias = list[list[float]]  # of each distinct curve, on each of its steps

SMALL = 1e-4  # the share by which a value is moved to see what follows from it


def weights(circle: Sequence[Curve], budget: float, wait: Wait) -> Weights:
    """By how much the wait moves with each step of each curve; people may share one."""
    misses, areas = [one.at(budget) for one in circle], [one.area(budget) for one in circle]
    found = []
    for curve in distinct(circle):
        mine = [one is curve for one in circle]
        missed, area = curve.at(budget), curve.area(budget)
        if missed <= 0 or area <= 0:
            found.append([0.0] * len(curve.times))
            continue
        by_share = _slope(lambda shift, mine=mine: wait(_moved(misses, mine, shift), areas), missed)  # type: ignore[misc]
        by_area = _slope(lambda shift, mine=mine: wait(misses, _moved(areas, mine, shift)), area)  # type: ignore[misc]
        found.append(
            [
                (area - at_area) * by_area + missed * by_share if at <= budget else 0.0
                for at, at_area in zip(curve.times, curve.areas, strict=True)
            ]
        )
    return found


def spread(circle: Sequence[Curve], of: Weights) -> float:
    """The standard error of what has these weights."""
    total = 0.0
    for curve, row in zip(distinct(circle), of, strict=True):
        total += sum(weight * weight * step for weight, step in zip(row, _steps(curve), strict=True))
    return math.sqrt(total)


def apart(circle: Sequence[Curve], one: Weights, other: Weights) -> float:
    """The standard error of the difference between two waits."""
    pairs = zip(one, other, strict=True)
    return spread(circle, [[a - b for a, b in zip(first, second, strict=True)] for first, second in pairs])


def z_value(level: float = LEVEL) -> float:
    """How many standard errors to each side hold that share of a normal distribution."""
    return NormalDist().inv_cdf((1 + level) / 2)


def distinct(circle: Sequence[Curve]) -> list[Curve]:
    """Each curve once, in order: comparing their values would cost more than all the rest."""
    return list({id(curve): curve for curve in circle}.values())


def _slope(of: Callable[[float], float], size: float) -> float:
    shift = size * SMALL
    return (of(shift) - of(-shift)) / (2 * shift)


def _moved(values: Sequence[float], mine: Sequence[bool], shift: float) -> list[float]:
    return [value + shift if his else value for value, his in zip(values, mine, strict=True)]


def _steps(curve: Curve) -> list[float]:
    """The variance of each step; the last one of a curve that has reached zero carries nothing."""
    finite = [value if math.isfinite(value) else 0.0 for value in curve.greenwood]
    return [max(0.0, value - before) for value, before in zip(finite, [0.0, *finite], strict=False)]
