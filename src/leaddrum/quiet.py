"""A person's quiet hours: "22:00-08:00" in his zone, in which nothing is sent to him that can wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo

from leaddrum.core.dayrule import DAY, parse_range


def ends_at(spans: Iterable[str], zone: tzinfo, now: datetime) -> datetime | None:
    """When the quiet hours that `now` falls into end; None when it falls into none.

    A span whose end is not later than its start crosses midnight. Spans that touch are one. One that cannot be read
    holds nothing back: a message must not wait, and none behind it, because of how somebody has written his hours.
    """
    parsed = [span for span in map(_span, spans) if span is not None]
    moment = now
    for _again in parsed:  # each further span can only prolong the quiet once
        end = _end(parsed, zone, moment)
        if end is None:
            break
        moment = end
    return moment if moment > now else None


def _end(spans: Iterable[tuple[time, time]], zone: tzinfo, moment: datetime) -> datetime | None:
    local = moment.astimezone(zone)
    for start, end in spans:
        for day in (local.date() - timedelta(days=1), local.date()):
            begins = datetime.combine(day, start, zone)
            ends = datetime.combine(day + timedelta(days=1) if end <= start else day, end, zone)
            # Compared as instants, so that a change to summer time between the two does not matter.
            if begins.timestamp() <= moment.timestamp() < ends.timestamp():
                return ends.astimezone(moment.tzinfo)
    return None


def _span(text: str) -> tuple[time, time] | None:
    try:
        start, end = parse_range(text)
    except ValueError:
        return None
    return time(*divmod(start, 60)), time(*divmod(end % DAY, 60))
