"""A deadline drawn: one bar a day, with the working hours, what of them the budget used, and where it ran out (S-16).

Everything is placed by SVG attributes in a 360-wide box and coloured by the stylesheet's classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leaddrum.core.derivation import Derivation
from leaddrum.core.worktime import BeyondHorizon, Calendar

WIDTH = 360.0
ROW = 34
LEFT = 92.0
"""Before the bars stands the name of the day; “… Wed 25.11” on a phone is the widest."""
RIGHT = 336.0
"""After the bars there is room for half a time."""
ROWS = 6
"""Days drawn at most: the first ones and the last."""
PIECES = 24
"""Working intervals drawn at most in one day."""
APART = 44.0
"""Two times nearer than this are written as one label."""
HALF = 54.0
"""Half the width of such a label."""
SHORT = timedelta(hours=2)
"""A deadline as short as this is drawn with the hours around it, not with the whole working day."""
ENDS = ("offered", "due")
"""The marks whose times are written above the bar."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a bar: where it starts and how wide it is, in the box's units."""

    x: float
    width: float
    used: bool


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    kind: str  # offered | due | now | ended
    label: str


@dataclass(frozen=True, slots=True)
class Label:
    """What is written above a bar, its middle at `x`."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    y: int
    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]
    more_before: bool = False  # days between the row above and this one are not drawn

    @property
    def text_y(self) -> int:
        """The line the times stand on."""
        return self.y + 9

    @property
    def bar_y(self) -> int:
        return self.y + 13

    @property
    def name_y(self) -> float:
        """The line the day's name stands on, before its bar."""
        return self.bar_y + 8.5

    @property
    def labels(self) -> tuple[Label, ...]:
        """When it begins and ends on this day, each time over its mark: “09:14”, “12:22”; too near to stand apart they
        are one, “09:14 → 09:22”."""
        ends = [mark for mark in self.marks if mark.kind in ENDS]
        if len(ends) < 2 or ends[1].x - ends[0].x >= APART:
            return tuple(Label(mark.x, mark.label) for mark in ends)
        middle = min((ends[0].x + ends[1].x) / 2, WIDTH - HALF)
        return (Label(round(middle, 1), " → ".join(mark.label for mark in ends)),)


@dataclass(frozen=True, slots=True)
class Drawing:
    days: tuple[Day, ...]
    hours: tuple[tuple[float, str], ...]  # the scale: where, which hour
    left: float = LEFT
    width: float = RIGHT - LEFT

    @property
    def scale_y(self) -> int:
        """The line the hours stand on."""
        return self.days[-1].bar_y + 20

    @property
    def height(self) -> int:
        return self.scale_y + 3


def draw(
    derivation: Derivation,
    hours: Calendar | None,
    zone: ZoneInfo,
    now: datetime | None = None,
    ended: datetime | None = None,
) -> Drawing:
    """The days from the offer to the deadline, in the reader's zone. `now`, or when the turn `ended`, is marked when it
    falls on one of them."""
    dates = _dates(derivation, zone)
    rows = [(day, _open(hours, day, zone), _used(derivation, day, zone)) for day in dates]
    marks = [("offered", derivation.start), ("due", derivation.end)]
    kind, at = ("now", now) if ended is None else ("ended", ended)
    if at is not None and derivation.start < at < derivation.end:
        marks.append((kind, at))
    places = [_minute(at, day, zone) for _kind, at in marks for day in dates if at.astimezone(zone).date() == day]
    near = derivation.end - derivation.start <= SHORT
    stretches = [] if near else [span for _day, opened, used in rows for span in (*opened, *used)]
    first, last = _scale([*stretches, *((place, place) for place in places)])
    scale = (RIGHT - LEFT) / (last - first)

    def x(minute: float) -> float:
        return round(LEFT + (min(max(minute, first), last) - first) * scale, 1)

    days = []
    for row, (day, opened, consumed) in enumerate(rows):
        spans = [(a, b, False) for a, b in opened] + [(a, b, True) for a, b in consumed]
        pieces = tuple(Piece(x(a), _width(x(a), x(b), used), used) for a, b, used in spans if x(b) > x(a) or used)
        here = tuple(
            Mark(x(_minute(at, day, zone)), kind, f"{at.astimezone(zone):%H:%M}")
            for kind, at in marks
            if at.astimezone(zone).date() == day
        )
        gap = row > 0 and (day - rows[row - 1][0]).days > 1
        days.append(Day(day, 4 + row * ROW, pieces, here, gap))
    step = 60 * (1 if last - first <= 8 * 60 else 2 if last - first <= 14 * 60 else 4)
    ticks = range(-(-first // step) * step, last + 1, step)
    return Drawing(tuple(days), tuple((x(minute), f"{minute // 60:02d}") for minute in ticks))


def _width(left: float, right: float, used: bool) -> float:
    """What was used is seen even when it is a minute of a long day."""
    return round(max(right - left, 1.5 if used else 0.0), 1)


def _dates(derivation: Derivation, zone: ZoneInfo) -> list[date]:
    """The local days on which something happens, the middle of many left out."""
    found = {derivation.start.astimezone(zone).date(), derivation.end.astimezone(zone).date()}
    for step in derivation.steps:
        found |= {step.start.astimezone(zone).date(), (step.end - timedelta(microseconds=1)).astimezone(zone).date()}
    days = sorted(found)
    return days if len(days) <= ROWS else [*days[: ROWS - 2], *days[-2:]]


def _open(hours: Calendar | None, day: date, zone: ZoneInfo) -> list[tuple[float, float]]:
    """The working hours of one local day, as minutes of it."""
    if hours is None:
        return []
    return list(_walk(hours, day, zone))


def _walk(hours: Calendar, day: date, zone: ZoneInfo) -> Iterator[tuple[float, float]]:
    at = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    for _piece in range(PIECES):
        try:
            start = hours.next_open(at)
            close = hours.closes_at(start) if start is not None else None
        except BeyondHorizon:
            return
        if start is None or close is None or start >= end:
            return
        yield _minute(start, day, zone), _minute(min(close, end), day, zone)
        if close >= end:
            return
        at = close


def _used(derivation: Derivation, day: date, zone: ZoneInfo) -> list[tuple[float, float]]:
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return [
        (_minute(max(step.start, begin), day, zone), _minute(min(step.end, end), day, zone))
        for step in derivation.steps
        if step.start < end and begin < step.end
    ]


def _minute(at: datetime, day: date, zone: ZoneInfo) -> float:
    """Minutes by the wall clock since the local midnight of `day`; 1440 is the next one."""
    local = at.astimezone(zone)
    return (local.date() - day).days * 1440 + local.hour * 60 + local.minute + local.second / 60


def _scale(spans: list[tuple[float, float]]) -> tuple[int, int]:
    """Whole hours that show all of it, with one hour of margin and at least four hours wide."""
    low = int(min((a for a, _b in spans), default=540) // 60) * 60 - 60
    high = int(-(-max((b for _a, b in spans), default=1080) // 60)) * 60 + 60
    low, high = max(0, low), min(1440, high)
    return (low, high) if high - low >= 240 else (max(0, high - 240), max(240, high))
