"""How much of the settings somebody may change: an administrator all, a head what concerns his own people alone.

A head changes the drums whose roster lies in his departments, and hours and absences of his people. What decides who
may sign in, and as what (roles, addresses, departments), is the administrator's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from leaddrum.company.hours import rosters
from leaddrum.company.shape import CompanyFile, Drum, Person


@dataclass(frozen=True, slots=True)
class Scope:
    """`people` and `departments` are ids; they count for a head only."""

    admin: bool
    people: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    def has_drum(self, file: CompanyFile, drum: Drum) -> bool:
        """Whether everybody in its roster is his."""
        if self.admin:
            return True
        roster = drum.policy.roster
        if roster.owners_department:
            return False  # it turns among any department there is
        if roster.department:
            return roster.department in self.departments
        people = {person.key for crew in rosters(file, drum) for person in crew} | set(roster.people)
        return bool(people) and people <= self.people

    def has_calendar(self, file: CompanyFile, key: str) -> bool:
        """Whether only his drums and people keep these hours. Hours that nobody keeps yet are anybody's."""
        if self.admin:
            return True
        drums = [drum for drum in file.drums if drum.policy.calendar == key]
        people = [person for person in file.people if person.calendar == key]
        return all(self.has_drum(file, drum) for drum in drums) and all(one.key in self.people for one in people)


ALL = Scope(admin=True)


def outside(scope: Scope, old: CompanyFile, new: CompanyFile) -> list[str]:
    """What `new` changes beyond the scope, in words; empty when nothing."""
    return [] if scope.admin else list(dict.fromkeys(_outside(scope, old, new)))


def _outside(scope: Scope, old: CompanyFile, new: CompanyFile) -> Iterator[str]:
    his = {"stages", "calendars", "people", "absences", "drums", "text"}
    for name in CompanyFile.__dataclass_fields__:
        if name not in his and getattr(old, name) != getattr(new, name):
            yield _("Only an administrator changes departments, routes and the company itself.")
    if old.stages != new.stages:
        yield _("Only an administrator changes the stages of the board.")
    yield from _drums(scope, old, new)
    yield from _people(scope, old, new)
    for key in {*old.calendars, *new.calendars}:
        if old.calendars.get(key) != new.calendars.get(key):
            theirs = key in old.calendars and not scope.has_calendar(old, key)
            if theirs or not scope.has_calendar(new, key) or key not in new.calendars:
                yield _("Other departments keep the hours “%(calendar)s” too.") % {"calendar": new.hours(key)}


def _drums(scope: Scope, old: CompanyFile, new: CompanyFile) -> Iterator[str]:
    before, after = _by_key(old.drums), _by_key(new.drums)
    if list(before) != list(after):
        yield _("Only an administrator adds, removes and sorts drums.")
    for key in before.keys() & after.keys():
        if before[key] == after[key]:
            continue
        if not scope.has_drum(old, before[key]):
            yield _("The drum “%(drum)s” is not of your departments.") % {"drum": before[key].name}
        elif not scope.has_drum(new, after[key]):
            yield _("The roster of “%(drum)s” would hold people who are not yours.") % {"drum": after[key].name}


def _people(scope: Scope, old: CompanyFile, new: CompanyFile) -> Iterator[str]:
    before, after = _by_key(old.people), _by_key(new.people)
    if list(before) != list(after):
        yield _("Only an administrator adds and removes people.")
    for key in before.keys() & after.keys():
        was, becomes = before[key], after[key]
        if was == becomes:
            continue
        if key not in scope.people:
            yield _("%(name)s is not in your departments.") % {"name": was.name}
        elif _beyond_hours(was) != _beyond_hours(becomes):
            yield _("Of your people you change hours, quiet hours and absences; the rest is the administrator's.")
    for absence in set(old.absences) ^ set(new.absences):
        if absence.person not in scope.people:
            yield _("%(name)s is not in your departments.") % {"name": absence.person}


def _beyond_hours(person: Person) -> Person:
    return replace(person, calendar="", quiet=(), zone="")


def _by_key(things: Iterable[Any]) -> dict[str, Any]:
    return {thing.key: thing for thing in things}
