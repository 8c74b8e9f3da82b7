"""Charts as plain SVG: made on the server, coloured by the style sheet in both themes, with every figure in words too.

A bar's colour is never alone: bars have their figures beside them or in the table below, cells of the hours have theirs
inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 160


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of two parts, in the chart's own units."""

    x: float
    width: float
    y: float
    height: float
    x2: float  # the second stands in front of the first, half as wide
    width2: float
    y2: float
    height2: float
    title: str
    label: str  # under the axis; '' where there is no room


@dataclass(frozen=True, slots=True)
class Bars:
    bars: tuple[Bar, ...]
    most: int
    width: int = WIDTH
    height: int = HEIGHT


def bars(pairs: Sequence[tuple[str, int, int]], titles: Sequence[str]) -> Bars:
    """Bars of a first figure with a second in front of it; `pairs` are (label, first, second)."""
    most = max((max(first, second) for _label, first, second in pairs), default=0) or 1
    step = WIDTH / max(1, len(pairs))
    every = max(1, round(len(pairs) / 10))
    made = []
    for place, ((label, first, second), title) in enumerate(zip(pairs, titles, strict=True)):
        tall, low = HEIGHT * first / most, HEIGHT * second / most
        made.append(
            Bar(
                x=round(place * step + step * 0.12, 1),
                width=round(step * 0.76, 1),
                y=round(HEIGHT - tall, 1),
                height=round(tall, 1),
                x2=round(place * step + step * 0.31, 1),
                width2=round(step * 0.38, 1),
                y2=round(HEIGHT - low, 1),
                height2=round(low, 1),
                title=title,
                label=label if place % every == 0 else "",
            )
        )
    return Bars(tuple(made), most)


def line(shares: Sequence[float], width: int = 120, height: int = 32) -> str:
    """The points of a rising curve of shares, from nothing at the left."""
    step = width / max(1, len(shares))
    points = [
        (0.0, float(height)),
        *((round((n + 1) * step, 1), round(height * (1 - s), 1)) for n, s in enumerate(shares)),
    ]
    return " ".join(f"{x},{y}" for x, y in points)


def level(value: float, most: float) -> int:
    """How dark a cell is: 0 nothing, 1 to 5."""
    return 0 if not value or not most else min(5, 1 + int(value / most * 4.999))
