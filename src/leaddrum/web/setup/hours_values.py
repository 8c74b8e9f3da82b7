"""A calendar as the texts of its form, and back into the company file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from leaddrum.company.toml import Tree
from leaddrum.core.dayrule import format_range
from leaddrum.core.hours import Hours
from leaddrum.core.hours_spec import DAYS, GROUPS
from leaddrum.web.setup.values import Values, filled, one, put, some

_SPAN = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.]?(\d{2}))?")
CLOSED = frozenset({"", "–", "-", "—", "day off", "off", "closed", "выходной", "закрыто"})  # how people write a day off


def of(spec: Mapping[str, Any], zone: str) -> Values:
    """What the form shows of a calendar's specification."""
    hours = Hours.from_spec(spec, zone, {})
    found: Values = {f"day-{day}": [_said(hours.week.get(day, ()))] for day in range(7)}
    found |= {"kind": ["shifts" if hours.shifts else "week"], "anchor": [], "pattern": []}
    if hours.shifts:
        found["anchor"] = [hours.shifts.anchor.isoformat()]
        found["pattern"] = ["\n".join(_said(spans) or _("day off") for spans in hours.shifts.pattern)]
    exceptions = sorted(hours.exceptions.items())
    found["date"] = [day.isoformat() for day, _rule in exceptions]
    found["hours"] = [_said(rule.spans or ()) or _("day off") for _day, rule in exceptions]
    found["reason"] = [rule.reason for _day, rule in exceptions]
    return found | {"holidays": [hours.country], "zone": [str(spec.get("zone", ""))]}


def _said(spans: tuple[Any, ...]) -> str:
    return ", ".join(format_range(span) for span in spans)


def spans(text: str) -> list[str]:
    """Hours as the file writes them: "9-13, 14–18" is 09:00-13:00, 14:00-18:00. What is none stays, to be refused."""
    return [_span(part.strip()) for part in re.split(r"[,;]", text) if part.strip().casefold() not in CLOSED]


def _span(text: str) -> str:
    found = _SPAN.fullmatch(text)
    if found is None:
        return text
    start, start_minutes, end, end_minutes = found.groups()
    return f"{int(start):02}:{start_minutes or '00'}-{int(end):02}:{end_minutes or '00'}"


def write(table: Tree, values: Values, before: Values) -> None:
    """Put into the calendar's table what the form says otherwise than before."""

    def said(*names: str) -> bool:
        return any(some(values, name) != some(before, name) for name in names)

    days = [f"day-{day}" for day in range(7)]
    if said("kind", "anchor", "pattern", *days):
        for key in (*GROUPS, *DAYS, "shifts"):
            table.pop(key, None)
        table.update(_shifts(values) if one(values, "kind") == "shifts" else week([one(values, day) for day in days]))
    if said("name"):
        put(table, "name", one(values, "name"))
    if said("holidays"):
        put(table, "holidays", one(values, "holidays"))
    if said("zone"):
        put(table, "zone", one(values, "zone"))
    if filled(values, "date", "hours", "reason") != filled(before, "date", "hours", "reason"):
        put(table, "exceptions", _exceptions(values))


def week(texts: list[str]) -> dict[str, Any]:
    """Seven days' hours with as few keys as say it."""
    days = [spans(text) for text in texts]
    if all(day == days[0] for day in days):
        return {"every_day": days[0]}
    if all(day == days[0] for day in days[:5]) and days[0]:
        return {"weekdays": days[0], **{DAYS[at]: days[at] for at in (5, 6) if days[at]}}
    return {DAYS[at]: day for at, day in enumerate(days) if day}


def _shifts(values: Values) -> dict[str, Any]:
    anchor, pattern = one(values, "anchor"), one(values, "pattern")
    lines = [line for line in pattern.splitlines() if line.strip()]
    return {"shifts": {"anchor": day(anchor), "pattern": [spans(line) for line in lines]}}


def day(text: str) -> date | str:
    """A date; what is none stays, to be refused."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _exceptions(values: Values) -> list[dict[str, Any]]:
    rows = zip(values.get("date", ()), values.get("hours", ()), values.get("reason", ()), strict=False)
    return [
        {"date": day(at.strip()), "hours": spans(hours)} | ({"reason": why.strip()} if why.strip() else {})
        for at, hours, why in rows
        if at.strip()
    ]
