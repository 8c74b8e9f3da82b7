"""The calendars of a company file, compiled: who of which drum is on duty when, as the engine will see it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from leaddrum import holidays_data
from leaddrum.company.shape import CompanyFile, Drum, Person
from leaddrum.core import hours as core_hours
from leaddrum.core.hours import Hours
from leaddrum.core.worktime import Calendar
from leaddrum.core.worst_case import Crew

Alike = tuple[str, str, tuple[tuple[datetime, datetime], ...]]
AHEAD = timedelta(days=120)  # a budget that needs more is told to be too long


class Rota:
    """Compiled hours of one file from `now` on."""

    def __init__(self, file: CompanyFile, now: datetime) -> None:
        self.file = file
        self.now = now
        start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.window = start, start + AHEAD
        self._compiled: dict[tuple[str, str], Calendar] = {}
        self._away: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        for absence in file.absences:
            self._away[absence.person].append((absence.starts_at, absence.ends_at))

    def spec(self, key: str, zone: str = "") -> Hours:
        """A calendar's rules; without a zone of its own it follows the person's, else the company's."""
        spec = self.file.calendars[key]
        holidays = holidays_data.rules(spec, self.file.language)
        return Hours.from_spec(spec, zone or self.file.zone, holidays)

    def calendar(self, key: str, zone: str = "") -> Calendar:
        """A calendar by its key; the empty key is always open."""
        known = self._compiled.get((key, zone))
        if known is None:
            known = core_hours.compile(self.spec(key, zone), self.window) if key else Calendar.always(self.window)
            self._compiled[key, zone] = known
        return known

    def service(self, drum: Drum) -> Calendar:
        return self.calendar(drum.policy.calendar)

    def away(self, person: Person) -> list[tuple[datetime, datetime]]:
        """His absences that touch the window."""
        return [span for span in self._away.get(person.key, ()) if span[1] > self.now and span[0] < self.window[1]]

    def alike(self, people: list[Person]) -> dict[Alike, int]:
        """How many of these keep the same hours: calendar, zone where that counts, absences."""
        same: dict[Alike, int] = defaultdict(int)
        for person in people:
            zone = person.zone if person.calendar else ""
            same[person.calendar, zone, tuple(self.away(person))] += 1
        return same

    def crews(self, drum: Drum, people: list[Person]) -> list[Crew]:
        """These people, put together by the hours they keep in the drum (S-12)."""
        service = self.service(drum)
        crews = []
        for (calendar, zone, away), count in self.alike(people).items():
            hours = service & self.calendar(calendar, zone) if calendar else service
            crews.append(Crew(hours, count, away))
        return crews


def able(file: CompanyFile) -> list[Person]:
    """Everybody who can hold a lead."""
    return [person for person in file.people if person.active and not person.technical]


def rosters(file: CompanyFile, drum: Drum) -> list[list[Person]]:
    """The people who can be offered something: one list, or with `owners_department` one for every department."""
    roster = drum.policy.roster
    if roster.people:
        named = set(roster.people)
        return [[person for person in able(file) if person.key in named]]
    keys = [department.key for department in file.departments] if roster.owners_department else [roster.department]
    units = [{key} for key in keys]
    if roster.subdepartments:
        units = [_with_below(file, unit) for unit in units]
    return [[person for person in able(file) if unit.intersection(person.departments)] for unit in units]


def _with_below(file: CompanyFile, unit: set[str]) -> set[str]:
    found, wider = set(unit), True
    while wider:
        below = {department.key for department in file.departments if department.parent in found} - found
        found |= below
        wider = bool(below)
    return found
