"""Working hours as the company file writes them, read with everything that is wrong named at once (S-11, S-46).

weekdays = ["09:00-13:00", "14:00-18:00"]     Monday to Friday; every_day and single days likewise
saturday = ["10:00-15:00"]                    the narrower key wins: a day, then weekdays, then every_day
name     = "Office"                            optional: what people call them; nothing is worked out of it
zone     = "Asia/Yekaterinburg"               optional: the company's or the person's otherwise
holidays = "RU"                               public holidays, transferred and short days
exceptions = [{ date = 2026-12-31, hours = ["09:00-14:00"], reason = "…" }]        hours = []: closed
shifts   = { anchor = 2026-01-05, pattern = [["08:00-20:00"], ["08:00-20:00"], [], []] }
           instead of days of the week: the pattern's first day is the anchor date, and it repeats both ways
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leaddrum.core.dayrule import BadHours, DayRule, Minutes, Problem, in_order, parse_range

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
GROUPS = {"every_day": range(7), "weekdays": range(5)}  # the wider first
KEYS = ("name", "zone", *GROUPS, *DAYS, "holidays", "exceptions", "shifts")
LONGEST_PATTERN = 366  # days


def title(key: str, spec: Mapping[str, Any]) -> str:
    """What people call these hours; the id they are filed under where they have no name."""
    return str(spec.get("name") or key)


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """Days on and off in a circle: `pattern[0]` is the day of `anchor`."""

    anchor: date
    pattern: tuple[tuple[Minutes, ...], ...]

    def on(self, day: date) -> tuple[Minutes, ...]:
        """The plan's hours on this date."""
        return self.pattern[(day - self.anchor).days % len(self.pattern)]


@dataclass(slots=True)
class Read:
    """What was read, and what was wrong."""

    zone: str = ""
    week: dict[int, tuple[Minutes, ...]] = field(default_factory=dict)
    exceptions: dict[date, DayRule] = field(default_factory=dict)
    country: str = ""
    shifts: ShiftPlan | None = None
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, where: str, what: str) -> None:
        self.problems.append(Problem(where, what))


def read(spec: object, zone: str) -> Read:
    """Hours from their specification (TOML or JSON values). Raises BadHours with every problem found."""
    found = Read()
    if not isinstance(spec, Mapping):
        raise BadHours([Problem("", f"hours are a table of keys, not {_kind(spec)}")])
    for key in spec:
        if key not in KEYS:
            found.wrong(str(key), f"unknown key; known are {', '.join(KEYS)}")
    _zone(found, spec.get("zone", zone))
    _week(found, spec)
    _country(found, spec.get("holidays"))
    _exceptions(found, spec.get("exceptions", []))
    if spec.get("shifts") is not None:
        _shifts(found, spec["shifts"])
    if found.problems:
        raise BadHours(found.problems)
    return found


def _zone(found: Read, name: object) -> None:
    try:
        if not isinstance(name, str) or not name:
            raise ValueError
        ZoneInfo(name)
        found.zone = name
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError; OSError: a folder of the zone database
        found.wrong("zone", f"{name!r} is not a known time zone; an example is Europe/Moscow")


def _week(found: Read, spec: Mapping[str, Any]) -> None:
    named = [key for key in (*GROUPS, *DAYS) if key in spec]
    if named and spec.get("shifts") is not None:
        found.wrong("shifts", f"a shift plan stands instead of days of the week; remove it or {', '.join(named)}")
    spans = {key: _hours(found, key, spec[key]) for key in named}
    found.week = {day: spans[key] for day, key in keys_of_days(spec).items()}


def keys_of_days(spec: Mapping[str, Any]) -> dict[int, str]:
    """Which key gives each day of the week (Monday: 0) its hours: of those that name it the narrowest."""
    found = {}
    for key in (*GROUPS, *DAYS):
        for day in GROUPS.get(key) or (DAYS.index(key),):
            if key in spec:
                found[day] = key
    return found


def _country(found: Read, country: object) -> None:
    if country is None or isinstance(country, str):
        found.country = country or ""
    else:
        found.wrong("holidays", f'a country code like "RU", not {_kind(country)}')


def _exceptions(found: Read, entries: object) -> None:
    if not isinstance(entries, list | tuple):
        found.wrong("exceptions", f"a list of {{date, hours, reason}}, not {_kind(entries)}")
        return
    for number, entry in enumerate(entries):
        where = f"exceptions[{number}]"
        if not isinstance(entry, Mapping):
            found.wrong(where, f"a table of date, hours and reason, not {_kind(entry)}")
            continue
        for key in set(entry) - {"date", "hours", "reason"}:
            found.wrong(f"{where}.{key}", "unknown key; known are date, hours, reason")
        day = _date(found, f"{where}.date", entry.get("date"))
        if "hours" not in entry:
            found.wrong(f"{where}.hours", "missing; an empty list closes the day")
        spans = _hours(found, f"{where}.hours", entry.get("hours", []))
        reason = entry.get("reason", "")
        if not isinstance(reason, str):
            found.wrong(f"{where}.reason", f"a text, not {_kind(reason)}")
        elif day in found.exceptions:
            found.wrong(f"{where}.date", f"{day} already has an exception")
        elif day:
            found.exceptions[day] = DayRule(reason, spans)


def _shifts(found: Read, plan: object) -> None:
    if not isinstance(plan, Mapping) or set(plan) != {"anchor", "pattern"}:
        found.wrong("shifts", "a table of exactly anchor (a date) and pattern (one list of hours for each day)")
        return
    anchor = _date(found, "shifts.anchor", plan["anchor"])
    days = plan["pattern"]
    if not isinstance(days, list | tuple) or not 0 < len(days) <= LONGEST_PATTERN:
        found.wrong("shifts.pattern", f"a list of 1 to {LONGEST_PATTERN} days, each a list of hours, [] for a day off")
        return
    pattern = tuple(_hours(found, f"shifts.pattern[{number}]", day) for number, day in enumerate(days))
    if anchor:
        found.shifts = ShiftPlan(anchor, pattern)


def _hours(found: Read, where: str, texts: object) -> tuple[Minutes, ...]:
    if not isinstance(texts, list | tuple):
        found.wrong(where, f'a list of hours like ["09:00-18:00"], [] for closed, not {_kind(texts)}')
        return ()
    spans: list[Minutes] = []
    for number, text in enumerate(texts):
        try:
            if not isinstance(text, str):
                raise ValueError(f"a text like 09:00-18:00, not {_kind(text)}")
            spans.append(parse_range(text))
        except ValueError as error:
            found.wrong(f"{where}[{number}]", str(error))
    try:
        return in_order(spans)
    except ValueError as error:
        found.wrong(where, str(error))
        return ()


def _date(found: Read, where: str, value: object) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    found.wrong(where, f"{'missing' if value is None else repr(value)}; a date looks like 2026-12-31")
    return None


def _kind(value: object) -> str:
    names = {dict: "a table", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else type(value).__name__)
