"""How a deadline came about: the intervals it consumed, and what was skipped and why (S-16).

Short on purpose, however far the deadline is: neighbouring gaps with one reason become one line, and the middle of a
long derivation is only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from leaddrum.core.instants import from_us, to_us

if TYPE_CHECKING:
    from leaddrum.core.worktime import Calendar

LISTED = 40  # steps listed from the start …
LISTED_LAST = 5  # … and before the deadline; what lies between is counted
GAP_DAYS = 60  # days of one gap that are looked at one by one

# Codes of `Skip`
BREAK = "break"  # a gap inside a day: lunch
OUTSIDE = "outside_hours"  # before the opening, after the closing
WEEKDAY = "closed_weekday"
PLAN = "day_off"  # by the shift plan
HOLIDAY = "holiday"  # `note`: its name
EXCEPTION = "exception"  # `note`: the reason given for the date
ABSENCE = "absence"  # `note`: the reason given for it
UNLISTED = "unlisted"  # the rest of a gap too long to look at day by day


class Closed(NamedTuple):
    """Why a whole date is closed: one of the codes above, and its name or reason."""

    code: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DayNotes:
    """What is known about closed time beside the calendar itself.

    `closed`: one function per layer of hours (the drum's, the person's), each says why a local date is closed, or, with
    the code `outside_hours`, what is special about its hours, or None.
    `absences`: ``(start, end, reason)``, aware.
    """

    zone: str = "UTC"
    closed: tuple[Callable[[date], Closed | None], ...] = ()
    absences: Sequence[tuple[datetime, datetime, str]] = ()

    def why(self, day: date, start: datetime, end: datetime) -> Closed | None:
        """Why ``[start, end)``, all of it on `day`, is closed; None: no date's reason, so just outside the hours."""
        found = [closed for layer in self.closed if (closed := layer(day))]
        for closed in found:
            if closed.code != OUTSIDE:
                return closed
        for absent_from, absent_to, reason in self.absences:
            if absent_from < end and start < absent_to:
                return Closed(ABSENCE, reason)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Step:
    """Working time consumed: ``[start, end)`` in UTC, `date` in the zone of the derivation."""

    date: date
    start: datetime
    end: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Skip:
    """Closed time passed over: ``[start, end)`` in UTC, `date` the first local one, and why (the codes above)."""

    date: date
    start: datetime
    end: datetime
    code: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """Steps and skips in order of time. Seconds of `steps` and `more_seconds` add up to the budget."""

    start: datetime
    end: datetime  # the deadline
    seconds: float
    zone: str
    steps: tuple[Step, ...]
    skipped: tuple[Skip, ...]
    more_steps: int = 0  # not listed: they lie in the middle
    more_seconds: float = 0.0

    def to_spec(self) -> dict[str, Any]:
        """Plain JSON values; `from_spec` is the way back."""
        spec: dict[str, Any] = _plain(asdict(self))
        return spec

    @classmethod
    def from_spec(cls, spec: dict[str, Any]) -> Derivation:
        """From `to_spec`."""
        values = dict(spec)
        values["start"], values["end"] = _instant(spec["start"]), _instant(spec["end"])
        values["steps"] = tuple(Step(**_timed(step)) for step in spec["steps"])
        values["skipped"] = tuple(Skip(**_timed(skip)) for skip in spec["skipped"])
        return cls(**values)


def derive(calendar: Calendar, start: datetime, seconds: float, notes: DayNotes | None = None) -> Derivation:
    """The derivation of ``calendar.add(start, seconds)``. Raises what that raises.

    1. The deadline, and the numbers of the first and last interval consumed.
    2. Steps: those intervals, cut to start and deadline; the middle of many is counted, not listed.
    3. Skips: the gaps before each listed step, by local day, with the day's reason.
    """
    notes = notes or DayNotes()
    zone = ZoneInfo(notes.zone)
    start = start.astimezone(UTC) if start.utcoffset() is not None else start
    end = calendar.add(start, seconds)
    pieces, more = _pieces(calendar, start, end)
    steps = tuple(Step(a.astimezone(zone).date(), a, b, (b - a).total_seconds()) for a, b in pieces)
    listed = sum(step.seconds for step in steps)
    skips: list[Skip] = []
    last = start
    for position, (a, b) in enumerate(pieces):
        if last < a and not (more and position == LISTED):
            skips += _gap(last, a, position > 0, zone, notes)
        last = b
    return Derivation(
        start=start,
        end=end,
        seconds=float(seconds),
        zone=notes.zone,
        steps=steps,
        skipped=tuple(_joined(skips)),
        more_steps=more,
        more_seconds=round(seconds - listed, 6) if more else 0.0,
    )


def _pieces(calendar: Calendar, start: datetime, end: datetime) -> tuple[list[tuple[datetime, datetime]], int]:
    """The intervals consumed, cut to ``[start, end)``, and how many of them are not listed."""
    a, b = to_us(start), to_us(end)
    first, after = calendar.slice_us(a, b)
    numbers = list(range(first, min(after, first + LISTED)))
    tail = range(max(first + LISTED, after - LISTED_LAST), after)
    more = after - first - len(numbers) - len(tail)
    pairs = [calendar.interval_us(number) for number in [*numbers, *tail]]
    return [(from_us(max(x, a)), from_us(min(y, b))) for x, y in pairs if max(x, a) < min(y, b)], more


def _gap(start: datetime, end: datetime, inside: bool, zone: ZoneInfo, notes: DayNotes) -> Iterator[Skip]:
    """One gap as skips, one for each local day it touches. `inside`: working time was consumed before it."""
    day = start.astimezone(zone).date()
    last_day = (end - timedelta(microseconds=1)).astimezone(zone).date()
    at = start
    for _ in range(GAP_DAYS):
        until = min(end, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC))
        if at < until:
            why = notes.why(day, at, until)
            if why is None or why.code == OUTSIDE:
                lunch = inside and at == start and until == end
                why = Closed(BREAK) if lunch else why or Closed(OUTSIDE)
            yield Skip(day, at, until, why.code, why.note)
        at = max(at, until)
        if day >= last_day or at >= end:
            return
        day += timedelta(days=1)
    yield Skip(day, at, end, UNLISTED)


def _joined(skips: list[Skip]) -> Iterator[Skip]:
    """Neighbours with one reason as one: the weekend, a fortnight's holiday, the night."""
    last: Skip | None = None
    for skip in skips:
        if last and last.end == skip.start and (last.code, last.note) == (skip.code, skip.note):
            last = Skip(last.date, last.start, skip.end, last.code, last.note)
            continue
        if last:
            yield last
        last = skip
    if last:
        yield last


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _timed(spec: dict[str, Any]) -> dict[str, Any]:
    return spec | {
        "date": date.fromisoformat(spec["date"]),
        "start": _instant(spec["start"]),
        "end": _instant(spec["end"]),
    }
