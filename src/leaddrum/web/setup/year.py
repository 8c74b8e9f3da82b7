"""A year of a calendar at a glance: which days are worked, short, closed, and why."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from leaddrum.core.dayrule import format_range
from leaddrum.core.hours import Hours


@dataclass(frozen=True, slots=True)
class Day:
    """One day. `kind` is work, off, holiday, short (fewer or other hours than usual) or set (an exception)."""

    date: date
    kind: str
    hours: str
    why: str


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    weeks: tuple[tuple[Day | None, ...], ...]  # Monday first; None: another month's


def months(hours: Hours, year: int) -> tuple[Month, ...]:
    return tuple(_month(hours, year, month) for month in range(1, 13))


def _month(hours: Hours, year: int, month: int) -> Month:
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    return Month(
        date(year, month, 1),
        tuple(tuple(_day(hours, day) if day.month == month else None for day in week) for week in weeks),
    )


def _day(hours: Hours, day: date) -> Day:
    spans, usual, rule = hours.on(day), hours.usual(day), hours.rule(day)
    text = ", ".join(format_range(span) for span in spans)
    why = rule.reason if rule else ""
    if day in hours.exceptions:
        kind = "set"
    elif rule is not None and not spans and usual:
        kind = "holiday"
    elif not spans:
        kind = "off"
    else:
        kind = "short" if spans != usual else "work"
    return Day(day, kind, text, why)
