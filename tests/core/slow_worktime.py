"""Working time the slow way, by a walk over minutes: the independent answer that calendars are compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)

Open = set[datetime]  # the minutes (their starts) that are working time


def walk(opened: Open, start: datetime, minutes: int, limit: datetime) -> datetime | None:
    """The end of the last of so many open minutes after `start`; None when `limit` comes first."""
    at, left = start, minutes
    while left:
        if at >= limit:
            return None
        left -= at in opened
        at += MINUTE
    return at


def open_minutes(
    week: dict[int, list[tuple[int, int]]],
    special: dict[date, list[tuple[int, int]]],
    zone: str,
    start: datetime,
    end: datetime,
) -> Open:
    """By asking the zone's wall clock at each minute, which knows nothing of how hours are compiled.

    Right on days without a change of the clocks; `week` and `special` hold minutes after midnight.
    """
    found: Open = set()
    at, info = start, ZoneInfo(zone)
    while at < end:
        wall = at.astimezone(info)
        minute = wall.hour * 60 + wall.minute
        today, yesterday = wall.date(), wall.date() - timedelta(days=1)
        spans = [(a, b) for a, b in special.get(today, week.get(today.weekday(), []))]
        spans += [(a - 1440, b - 1440) for a, b in special.get(yesterday, week.get(yesterday.weekday(), []))]
        if any(a <= minute < b for a, b in spans):
            found.add(at.astimezone(UTC))
        at += MINUTE
    return found
