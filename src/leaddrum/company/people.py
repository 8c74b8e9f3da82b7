"""Departments, people and absences of a company file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from leaddrum.company import values
from leaddrum.company.keys import Keys
from leaddrum.company.shape import Absence, Department, Person
from leaddrum.company.table import Table
from leaddrum.core.dayrule import format_range

ROLES = ("employee", "head", "admin")
LANGUAGES = ("ru", "en")


def read_departments(root: Table) -> tuple[Department, ...]:
    keys = Keys()
    found = []
    for table in root.tables("departments"):
        key = keys.read(table)
        found.append(
            Department(
                key=key,
                name=table.text("name", values.line, required=True) or key,
                parent=table.text("parent", str) or "",
                head=table.text("head", str) or "",
                deputy=table.text("deputy", str) or "",
            )
        )
        table.done()
    return tuple(found)


def read_people(root: Table) -> tuple[Person, ...]:
    keys = Keys()
    found = []
    for table in root.tables("people"):
        key = keys.read(table)
        found.append(
            Person(
                key=key,
                name=table.text("name", values.line, required=True) or key,
                email=table.text("email", values.email) or "",
                role=table.one_of("role", ROLES, "employee"),
                zone=table.text("zone", values.zone) or "",
                language=table.one_of("language", LANGUAGES),
                calendar=table.text("calendar", str) or "",
                quiet=table.texts("quiet", _quiet) or (),
                departments=table.texts("departments", str) or (),
                active=table.flag("active", True),
                technical=table.flag("technical", False),
            )
        )
        table.done()
    return tuple(found)


def _quiet(text: str) -> str:
    """As it is kept: "9:00 – 18:00" is 09:00-18:00."""
    return format_range(values.span(text))


def read_absences(root: Table, zones: Mapping[str, str], company_zone: str) -> tuple[Absence, ...]:
    """Instants without an offset are meant in the person's zone, else in the company's."""
    found = []
    for table in root.tables("absences"):
        person = table.text("person", str, required=True) or ""
        zone = zones.get(person) or company_zone
        starts, ends = table.moment("from"), table.moment("to")
        reason = table.text("reason", values.line) or ""
        table.done()
        if starts is None or ends is None:
            continue
        absence = Absence(person, values.instant(starts, zone, end=False), values.instant(ends, zone, end=True), reason)
        if absence.starts_at >= absence.ends_at:
            table.wrong("to", _("the end must come after the beginning"))
            continue
        found.append(absence)
    return tuple(found)


def local(at: datetime, zone: str) -> str:
    """An instant as the file would write it."""
    return f"{at.astimezone(ZoneInfo(zone)):%d.%m.%Y %H:%M}"
