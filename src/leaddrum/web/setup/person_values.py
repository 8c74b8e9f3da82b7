"""A person and his absences as the texts of his form, and back into the company file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leaddrum.company.settings import rows
from leaddrum.company.shape import Person
from leaddrum.company.toml import Tree
from leaddrum.web.setup.hours_values import spans
from leaddrum.web.setup.values import Values, filled, one, put, some

TEXTS = ("email", "zone", "language", "calendar")


def of(person: Person, tree: Tree) -> Values:
    """What his form shows."""
    found: Values = {name: [getattr(person, name)] for name in ("name", "role", *TEXTS)}
    found |= {
        "quiet": [", ".join(person.quiet)],
        "departments": list(person.departments),
        "active": ["1"] if person.active else [],
        "technical": ["1"] if person.technical else [],
    }
    his = [row for row in rows(tree, "absences") if row.get("person") == person.key]
    zone = ZoneInfo(person.zone or str(tree["company"]["zone"]))
    found["from"] = [_shown(row.get("from"), zone) for row in his]
    found["to"] = [_shown(row.get("to"), zone) for row in his]
    found["reason"] = [str(row.get("reason", "")) for row in his]
    return found


def _shown(value: Any, zone: ZoneInfo) -> str:
    """As a date field, or one of date and time, has it: by the wall clock by which the file reads what comes back."""
    if isinstance(value, datetime):
        local = value if value.tzinfo is None else value.astimezone(zone)
        return local.replace(tzinfo=None).isoformat(timespec="seconds" if local.second else "minutes")
    return value.isoformat() if isinstance(value, date) else ""


def write(tree: Tree, table: Tree, values: Values, before: Values) -> None:
    """Put into the file what the form says otherwise than before."""

    def said(*names: str) -> bool:
        return any(some(values, name) != some(before, name) for name in names)

    if said("name"):
        table["name"] = one(values, "name")
    for name in TEXTS:
        if said(name):
            put(table, name, one(values, name))
    if said("role"):
        put(table, "role", "" if one(values, "role") == "employee" else one(values, "role"))
    if said("departments"):
        put(table, "departments", some(values, "departments"))
    if said("quiet"):
        put(table, "quiet", spans(one(values, "quiet")))
    for name, usual in (("active", True), ("technical", False)):
        if said(name):
            on = bool(one(values, name))
            put(table, name, "" if on is usual else on)
    if filled(values, "from", "to", "reason") != filled(before, "from", "to", "reason"):
        _absences(tree, str(table["id"]), values)


def _absences(tree: Tree, person: str, values: Values) -> None:
    """His rows in place of those that were his."""
    there = rows(tree, "absences")
    said = zip(values.get("from", ()), values.get("to", ()), values.get("reason", ()), strict=False)
    there[:] = [row for row in there if row.get("person") != person]
    for start, end, why in said:
        if start.strip() or end.strip():
            row = {"person": person, "from": _moment(start or end), "to": _moment(end or start)}
            there.append(row | ({"reason": why.strip()} if why.strip() else {}))
    if not there:
        del tree["absences"]


def _moment(text: str) -> date | str:
    """A day, or a day and a time; what is none stays, to be refused."""
    try:
        return datetime.fromisoformat(text.strip()) if "T" in text else date.fromisoformat(text.strip())
    except ValueError:
        return text
