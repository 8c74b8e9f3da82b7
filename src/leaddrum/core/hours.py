"""Working hours as wall-clock rules in a named zone, and their compilation to a calendar of instants (S-11…S-13, S-15).

What holds on a date, the first that says something: a dated exception, a holiday, the shift plan or the week.
A shift that crosses midnight belongs to the date on which it starts, so closing that date closes all of it,
and closing the next one leaves its second half.

When the clocks change, each edge of the hours is taken on its own, and durations between them are true durations:

- a time that does not exist (the clock jumps from 02:00 to 03:00) means the jump itself: 02:30 is the instant of the
  jump, so hours that lie within the missing hour have no length;
- a time that exists twice means the first of the two, as a start and as an end;
- so a night shift 22:00-06:00 lasts seven hours in the night of the jump forward and nine in that of the jump back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leaddrum.core.dayrule import DayRule, Minutes, format_range, shortened
from leaddrum.core.derivation import EXCEPTION, HOLIDAY, OUTSIDE, PLAN, WEEKDAY, Closed, DayNotes
from leaddrum.core.hours_spec import DAYS, ShiftPlan, read
from leaddrum.core.instants import Pair, to_us
from leaddrum.core.worktime import Calendar, NeverOpens

HORIZON = timedelta(days=731)  # two years; a calendar that does not open within them is refused (S-14)


@dataclass(frozen=True)
class Hours:
    """Working hours of a drum or a person. Never changed: an edit makes other hours."""

    zone: str
    week: Mapping[int, tuple[Minutes, ...]] = field(default_factory=dict)  # 0 is Monday; silent: closed
    exceptions: Mapping[date, DayRule] = field(default_factory=dict)
    holidays: Mapping[date, DayRule] = field(default_factory=dict)
    country: str = ""  # whose holidays these are
    shifts: ShiftPlan | None = None  # instead of the week

    @classmethod
    def from_spec(cls, spec: object, zone: str, holidays: Mapping[date, DayRule] | None = None) -> Hours:
        """Hours from the company file's or stored values; `zone` is used where they name none.

        `holidays` are those of the country that the values name; ValueError when they name one and none are given.
        Raises BadHours with every problem and its place.
        """
        found = read(spec, zone)
        if found.country and holidays is None:
            raise ValueError(f"the hours follow the holidays of {found.country!r}, which are not given")
        return cls(
            zone=found.zone,
            week=found.week,
            exceptions=found.exceptions,
            holidays={} if holidays is None or not found.country else holidays,
            country=found.country,
            shifts=found.shifts,
        )

    def to_spec(self) -> dict[str, Any]:
        """JSON values that `from_spec` reads; holidays only by the country's code."""
        spec: dict[str, Any] = {"zone": self.zone}
        week = [_texts(self.week.get(day, ())) for day in range(7)]
        if self.shifts:
            pattern = [_texts(spans) for spans in self.shifts.pattern]
            spec["shifts"] = {"anchor": self.shifts.anchor.isoformat(), "pattern": pattern}
        elif week[0] and all(spans == week[0] for spans in week):
            spec["every_day"] = week[0]
        elif week[0] and all(spans == week[0] for spans in week[:5]):
            spec["weekdays"] = week[0]
            spec |= {DAYS[day]: week[day] for day in (5, 6) if week[day]}
        else:
            spec |= {DAYS[day]: spans for day, spans in enumerate(week) if spans}
        if self.country:
            spec["holidays"] = self.country
        if self.exceptions:
            spec["exceptions"] = [
                {"date": day.isoformat(), "hours": _texts(rule.spans or ()), "reason": rule.reason}
                for day, rule in sorted(self.exceptions.items())
            ]
        return spec

    def rule(self, day: date) -> DayRule | None:
        """What is special about a date; an exception wins over a holiday."""
        return self.exceptions.get(day) or self.holidays.get(day)

    def usual(self, day: date) -> tuple[Minutes, ...]:
        """The hours of the plan or the week, special or not."""
        return self.shifts.on(day) if self.shifts else self.week.get(day.weekday(), ())

    def on(self, day: date) -> tuple[Minutes, ...]:
        """The hours that start on a date, in minutes after its midnight."""
        rule, usual = self.rule(day), self.usual(day)
        if rule is None:
            return usual
        if rule.spans is not None:
            return rule.spans
        if rule.like is not None and not usual and not self.shifts:
            usual = self.week.get(rule.like, ())
        return shortened(usual, rule.shorter)

    def why_closed(self, day: date) -> Closed | None:
        """Why nothing starts on a date; the code `outside_hours` says what is special about its hours; else None."""
        rule = self.rule(day)
        if self.on(day):
            return Closed(OUTSIDE, rule.reason) if rule and rule.reason and self.on(day) != self.usual(day) else None
        if rule is not None and rule.spans == ():
            return Closed(EXCEPTION if day in self.exceptions else HOLIDAY, rule.reason)
        return Closed(PLAN if self.shifts else WEEKDAY)


def compile(hours: Hours, window: tuple[datetime, datetime]) -> Calendar:  # noqa: A001  the word for it
    """The hours as a calendar of instants in `window`. Done once for each edit of the hours, never for a deadline."""
    lo, hi = to_us(window[0]), to_us(window[1])
    zone = ZoneInfo(hours.zone)
    day = window[0].astimezone(zone).date() - timedelta(days=1)  # its night shift reaches into the window
    last = window[1].astimezone(zone).date()
    pairs: list[Pair] = []
    while day <= last:
        midnight = datetime.combine(day, time())
        for start, end in hours.on(day):
            pairs.append((_instant(midnight, start, zone), _instant(midnight, end, zone)))
        day += timedelta(days=1)
    return Calendar.of_us(pairs, lo, hi)


def require_opening(hours: Hours, now: datetime) -> Calendar:
    """The calendar of the two years from `now`. Raises NeverOpens when it has no working time in them (S-14)."""
    calendar = compile(hours, (now, now + HORIZON))
    if calendar.next_open(now) is None:
        raise NeverOpens(f"the calendar never opens between {now:%Y-%m-%d} and {now + HORIZON:%Y-%m-%d}")
    return calendar


def day_notes(*layers: Hours, absences: Sequence[tuple[datetime, datetime, str]] = ()) -> DayNotes:
    """What a derivation needs to say why time was skipped; the first hours give the zone in which dates are shown."""
    return DayNotes(
        zone=layers[0].zone if layers else "UTC",
        closed=tuple(hours.why_closed for hours in layers),
        absences=tuple(absences),
    )


def _texts(spans: tuple[Minutes, ...]) -> list[str]:
    return [format_range(span) for span in spans]


def _instant(midnight: datetime, minutes: int, zone: ZoneInfo) -> int:
    """The instant at which the zone's clock shows a time, in microseconds; see the top for clock changes."""
    wall = midnight + timedelta(minutes=minutes)
    first, second = wall.replace(tzinfo=zone).utcoffset(), wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert first is not None  # noqa: S101  a named zone always has an offset
    assert second is not None  # noqa: S101  likewise
    utc = wall.replace(tzinfo=UTC)
    return to_us(utc - first) if first >= second else _jump(utc - second, utc - first, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> int:
    """The first second of the zone's new offset between two instants, by halving."""
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())  # the offset is old at `low`, new at `high`
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return to_us(before + timedelta(seconds=high))
