"""Which parts of working hours differ between two versions, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from leaddrum.core.hours_spec import DAYS, GROUPS, keys_of_days

Spec = Mapping[str, Any]


def parts(old: Spec, new: Spec) -> Iterator[tuple[str, str, str]]:
    """The key of each part that differs, what it was and what it becomes: `saturday`, “day off”, “10:00-15:00”.

    Empty is what there was not, or is no more.
    """
    yield from _week(old, new)
    if old.get("shifts") != new.get("shifts"):
        yield "shifts", _plan(old.get("shifts")), _plan(new.get("shifts"))
    for key in ("name", "holidays", "zone"):
        if old.get(key) != new.get(key):
            yield key, old.get(key) or "", new.get(key) or ""
    before, after = (list(map(_date, spec.get("exceptions", ()))) for spec in (old, new))
    if before != after:
        was, becomes = (
            ", ".join(day for day in days if day not in other) for days, other in ((before, after), (after, before))
        )
        yield "exceptions", was, becomes or _("as usual")


def _week(old: Spec, new: Spec) -> Iterator[tuple[str, str, str]]:
    """Days that have the same hours in both versions are said once; a shift plan takes the place of the week."""
    if "shifts" in new:
        return
    before, after = _days(old), _days(new)
    for key, day in _rows(before, after).items():
        if before[day] != after[day]:
            yield key, "" if "shifts" in old else _hours(before[day]), _hours(after[day])


def _days(spec: Spec) -> list[Sequence[str]]:
    """The hours of each day of the week."""
    keys = keys_of_days(spec)
    return [spec[keys[day]] if day in keys else () for day in range(7)]


def _rows(*weeks: list[Sequence[str]]) -> dict[str, int]:
    """What to tell apart: every day; or weekdays, Saturday, Sunday; or all seven. With a day that stands for each."""
    for key, days in GROUPS.items():
        if all(week[day] == week[0] for week in weeks for day in days):
            return {key: 0} | {DAYS[day]: day for day in range(len(days), 7)}
    return {day: at for at, day in enumerate(DAYS)}


def _hours(spans: Sequence[str]) -> str:
    return ", ".join(spans) or _("day off")


def _plan(shifts: Mapping[str, Any] | None) -> str:
    if not shifts:
        return ""
    days = " / ".join(map(_hours, shifts["pattern"]))
    return _("from %(date)s: %(days)s") % {"date": _day(shifts["anchor"]), "days": days}


def _date(row: Mapping[str, Any]) -> str:
    said = f"{_day(row['date'])} {_hours(row['hours'])}"
    return f"{said} ({row['reason']})" if row["reason"] else said


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d.%m.%Y}"
