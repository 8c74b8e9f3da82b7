"""Calendars of a company file, as the specification that `leaddrum.core.hours` compiles (S-11…S-14).

That module reads the same keys; here each mistake gets its line and is said in the reader's language.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from leaddrum import holidays_data
from leaddrum.company import values
from leaddrum.company.table import Table, kind
from leaddrum.core.dayrule import Minutes, format_range
from leaddrum.core.hours import Hours
from leaddrum.core.hours_spec import DAYS, GROUPS, LONGEST_PATTERN

Spec = dict[str, Any]

_WEEK = (*GROUPS, *DAYS)


def read_calendars(root: Table) -> dict[str, Spec]:
    """Each calendar's specification, by its key: the same settings are always the same values."""
    section = root.table("calendars")
    if section is None:
        return {}
    return {key: _calendar(inner) for key, inner in section.keyed(values.key)}


def _calendar(table: Table) -> Spec:
    name = table.text("name", values.line)
    zone = table.text("zone", values.zone)
    holidays = table.text("holidays", _country)
    week = {key: _spans(table, key) for key in _WEEK if key in table}
    for key in _WEEK:
        table.raw(key)  # known, and offered as the correction of a misspelt one
    exceptions = _exceptions(table)
    shifts = _shifts(table)
    table.done()
    if shifts and week:
        table.wrong("shifts", _("give either the hours of the week or a shift plan"))
        week = {}
    readable = bool(shifts) or "shifts" not in table  # of what cannot be read it is not known
    if readable and not (
        any(week.values()) or any(shifts.get("pattern", ())) or any(row["hours"] for row in exceptions)
    ):
        table.wrong("", _("never opens: it has no working hours at all"))
    spec: Spec = dict(week)
    if shifts:
        spec["shifts"] = shifts
    hours = Hours.from_spec(spec | {"holidays": holidays or "", "exceptions": exceptions}, "UTC", {})
    spec = hours.to_spec()
    del spec["zone"]
    return spec | {key: said for key, said in (("name", name), ("zone", zone)) if said}


def _spans(table: Table, key: str | int) -> list[str]:
    spans: list[Minutes] = sorted(table.texts(key, values.span, required=True) or ())
    for (_start, end), (start, _end) in pairwise(spans):
        if start < end:
            table.wrong(key, _("these hours overlap"))
            return []
    return [format_range(span) for span in spans]


def _shifts(table: Table) -> Spec:
    """`{ anchor = 2026-01-05, pattern = [["09:00-21:00"], ["09:00-21:00"], [], []] }`, repeating both ways."""
    inner = table.table("shifts")
    if inner is None:
        return {}
    anchor = _day(inner, "anchor")
    days = inner.raw("pattern")
    inner.done()
    if not isinstance(days, list) or not 1 <= len(days) <= LONGEST_PATTERN:
        what = _("must list 1 to %(most)d days, each a list of its hours: [] is a day off") % {"most": LONGEST_PATTERN}
        inner.wrong("pattern", what)
        return {}
    rows = Table(dict(enumerate(days)), (*inner.path, "pattern"), inner.problems)
    pattern = [_spans(rows, position) for position in range(len(days))]
    return {"anchor": anchor.isoformat(), "pattern": pattern} if anchor else {}


def _exceptions(table: Table) -> list[Spec]:
    found: dict[str, Spec] = {}
    for row in table.tables("exceptions"):
        day = _day(row, "date")
        hours = _spans(row, "hours")
        reason = row.text("reason", values.line) or ""
        row.done()
        if day is None:
            continue
        if day.isoformat() in found:
            row.wrong("date", _("%(date)s stands above already") % {"date": day.isoformat()})
        found[day.isoformat()] = {"date": day.isoformat(), "hours": hours, "reason": reason}
    return list(found.values())


def _day(table: Table, key: str) -> date | None:
    value = table.raw(key)
    if value is None:
        table.missing(key)
    elif not isinstance(value, date) or isinstance(value, datetime):
        table.wrong(key, _("must be a date without quotes, such as 2026-12-31, not %(what)s") % {"what": kind(value)})
    elif not 2000 <= value.year <= 2100:
        table.wrong(key, _("must lie in the years 2000 to 2100"))
    else:
        return value
    return None


def _country(text: str) -> str:
    """A country whose public holidays are known: "RU", or with a region "DE-BY"."""
    try:
        holidays_data.check(text)
    except holidays_data.UnknownCountry:
        raise ValueError(
            _("no public holidays are known for “%(text)s”: write a country code such as RU") % {"text": text}
        ) from None
    return text
