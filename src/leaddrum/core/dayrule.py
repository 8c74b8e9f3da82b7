"""Hours of one day: times of day as text, what a date's rule makes of the usual hours, and what can be wrong (S-11)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

DAY = 1440  # minutes

Minutes = tuple[int, int]  # [start, end) in minutes after the date's midnight; an end over 1440 is on the next date

_RANGE = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})")


class Problem(NamedTuple):
    """What is wrong in a specification, and where: ``exceptions[0].hours[1]`` (S-46)."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class BadHours(ValueError):
    """Working hours that cannot be understood; `problems` lists everything wrong."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class DayRule:
    """What is special about one date.

    `spans` replaces the usual hours, ``()`` closes the day. Without it the usual hours stay: those of weekday `like`
    (0 is Monday) on a day that is usually closed (a transferred working Saturday), cut by `shorter` minutes at the end.
    """

    reason: str = ""
    spans: tuple[Minutes, ...] | None = None
    like: int | None = None
    shorter: int = 0


def shortened(spans: tuple[Minutes, ...], minutes: int) -> tuple[Minutes, ...]:
    """The hours with this many minutes less at the end; a break is not counted as work."""
    left = list(spans)
    while left and minutes > 0:
        start, end = left.pop()
        if end - start > minutes:
            left.append((start, end - minutes))
        minutes -= min(minutes, end - start)
    return tuple(left)


def parse_range(text: str) -> Minutes:
    """``09:00-13:00``, ``22:00-06:00`` (ends on the next date), ``00:00-24:00``.

    The same time twice is a whole day from then on: ``08:00-08:00``, as in one day on, three off.
    Raises ValueError that says what is wrong.
    """
    found = _RANGE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a range of times like 09:00-13:00")
    numbers = [int(part) for part in found.groups()]
    start, end = _minute(numbers[0], numbers[1]), _minute(numbers[2], numbers[3])
    if start == DAY:
        raise ValueError(f"{text!r} starts at 24:00; write 00:00 on the next day")
    return start, end if end > start else end + DAY


def _minute(hour: int, minute: int) -> int:
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise ValueError(f"{hour:02}:{minute:02} is not a time of day; they go from 00:00 to 24:00")
    return hour * 60 + minute


def format_range(span: Minutes) -> str:
    """The text that `parse_range` reads."""
    start, end = span
    end = end if end <= DAY else end - DAY
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def in_order(spans: Iterable[Minutes]) -> tuple[Minutes, ...]:
    """Sorted. Raises ValueError when two overlap; touching is fine."""
    ordered = tuple(sorted(spans))
    for before, after in pairwise(ordered):
        if after[0] < before[1]:
            raise ValueError(f"{format_range(before)} and {format_range(after)} overlap")
    return ordered
