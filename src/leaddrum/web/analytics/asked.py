"""The filter of the analytics pages: what an address asks for, within what its reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from leaddrum.facts.period import KEYS, Period, Scope
from leaddrum.models import Department, Drum, Person, Source
from leaddrum.web.viewer import Viewer

USUAL_DAYS = 30
LONGEST = 366 * 3
EVERYBODY = "-"  # as a person: offers to everybody, which are nobody's


@dataclass(frozen=True)
class Asked:
    """A filter as the form shows it; `scope` is what is counted."""

    scope: Scope
    values: Mapping[str, str]
    errors: tuple[str, ...]

    @cached_property
    def period(self) -> Period:
        return Period(self.scope)

    @property
    def query(self) -> str:
        return urlencode(self.values)

    def with_(self, **values: object) -> str:
        return urlencode({**self.values, **{name: str(value) for name, value in values.items()}})


@dataclass(frozen=True)
class Choices:
    """What the filter offers."""

    person: list[tuple[str, str]]
    department: list[tuple[str, str]]
    drum: list[tuple[str, str]]
    source: list[tuple[str, str]]


def asked(viewer: Viewer, query: Mapping[str, str], today: date) -> Asked:
    """What cannot be read counts as not given, and is said (S-46)."""
    errors: list[str] = []
    since = _day(query, "since", today - timedelta(days=USUAL_DAYS - 1), errors)
    until = _day(query, "until", today, errors)
    if until < since:
        errors.append(_("The period ends before it begins."))
        since, until = until, since
    if (until - since).days > LONGEST:
        errors.append(_("The period is longer than three years: its end is shown."))
        since = until - timedelta(days=LONGEST)
    numbers = {name: _number(viewer, name, query.get(name, "")) for name in KEYS}
    flags = {"annulled": query.get("annulled") == "1", "excused": query.get("excused", "1") != "0"}
    scope = Scope(
        company=viewer.company.pk,
        since=since,
        until=until,
        drums=None if viewer.is_admin else frozenset(drum.pk for drum in viewer.drums),
        people=None if viewer.is_admin else viewer.people,
        annulled=flags["annulled"],
        excused=flags["excused"],
        person=numbers["person"],
        department=numbers["department"],
        drum=numbers["drum"],
        source=numbers["source"],
    )
    values = {"since": since.isoformat(), "until": until.isoformat()}
    values |= {name: query.get(name, "")[:64] for name, number in numbers.items() if number is not None}
    values |= {name: "1" if value else "0" for name, value in flags.items()}
    return Asked(scope, values, tuple(errors))


def choices(viewer: Viewer) -> Choices:
    people = Person.objects.filter(company=viewer.company, pk__in=viewer.people).order_by("name")
    departments = Department.objects.filter(company=viewer.company, pk__in=viewer.departments)
    sources = Source.objects.filter(company=viewer.company).order_by("name")
    return Choices(
        person=[*people.values_list("key", "name"), (EVERYBODY, pgettext("filter", "all at once"))],
        department=list(departments.values_list("key", "name")),
        drum=[(drum.key, drum.name) for drum in viewer.drums],
        source=[(str(pk), name or _("not given")) for pk, name in sources.values_list("pk", "name")],
    )


def _day(query: Mapping[str, str], name: str, usual: date, errors: list[str]) -> date:
    text = query.get(name, "")
    if not text:
        return usual
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors.append(_("“%(text)s” is not a date.") % {"text": text[:40]})
        return usual
    return min(max(day, date(2000, 1, 1)), date(2100, 1, 1))


def _number(viewer: Viewer, name: str, key: str) -> int | None:
    """The row's number behind a key; -1, which nothing has, for one that is out of sight or unknown."""
    key = key.replace("\x00", "")[:64]
    if not key:
        return None
    if name == "person" and key == EVERYBODY:
        return 0
    if name == "source":
        known = key.isascii() and key.isdigit() and len(key) < 18
        return int(key) if known and Source.objects.filter(company=viewer.company, pk=int(key)).exists() else -1
    models: dict[str, type[Person | Department | Drum]] = {"person": Person, "department": Department, "drum": Drum}
    number = models[name].objects.filter(company=viewer.company, key=key).values_list("pk", flat=True).first()
    return -1 if number is None else number
