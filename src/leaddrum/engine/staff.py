"""A company's people, hours and drums as the engine needs them. Whom it is made of: `leaddrum.engine.members`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from leaddrum.core.hours import Hours
from leaddrum.core.hours import compile as compiled
from leaddrum.core.policy import Meaning, Policy, Roster
from leaddrum.core.routing import Router
from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens
from leaddrum.engine.members import Column, Member, Post, Unit
from leaddrum.models import Policy as PolicyRow

BACK, AHEAD = timedelta(days=400), timedelta(days=800)  # the window that calendars are compiled for


@dataclass(slots=True)
class Org:
    company: int
    version: int
    zone: str
    built_at: datetime
    people: Mapping[int, Member]
    units: Mapping[int, Unit]
    stages: Mapping[int, Column]
    drums: Mapping[int, str]  # active drums, in the file's order: id -> key
    policies: Mapping[int, Policy]  # the newest of each drum, inactive ones included
    specs: Mapping[str, Hours]  # those that name no zone are in the company's: see `rules`
    zoned: frozenset[str]  # calendars that name a zone of their own
    routes: Sequence[tuple[int, Mapping[str, Any], int]]  # (position, when, drum) of active drums
    default_drum: int | None
    apart: bool  # its CRM is a system of its own, not the built-in board
    watched: bool = False  # that is only watched: nothing is written there, nobody is told of his offers
    posts: Sequence[Post] = ()
    channels: frozenset[str] = frozenset()  # by which anybody is reached
    built_in: dict[tuple[str, int | None], int] = field(default_factory=dict)  # (kind, drum) -> way, as far as known
    heard: dict[int, datetime] = field(default_factory=dict)  # way -> when it was last noted here that it works
    _old: dict[tuple[int, int], Policy] = field(default_factory=dict)
    _calendars: dict[tuple[str, str], Calendar] = field(default_factory=dict)
    _hours: dict[tuple[int, str], Calendar] = field(default_factory=dict)
    _shared: dict[tuple[str, str, str], Calendar] = field(default_factory=dict)
    _rosters: dict[tuple[int, tuple[int, ...]], dict[int, None]] = field(default_factory=dict)
    _routers: dict[str | None, tuple[Router, list[tuple[int, Mapping[str, Any], int]]]] = field(default_factory=dict)

    # Hours.

    @property
    def window(self) -> tuple[datetime, datetime]:
        day = self.built_at.replace(hour=0, minute=0, second=0, microsecond=0)
        return day - BACK, day + AHEAD

    def rules(self, key: str, zone: str = "") -> Hours:
        """A calendar's rules; without a zone of its own it follows the person's, else the company's (S-12)."""
        hours = self.specs[key]
        return hours if key in self.zoned or zone in ("", hours.zone) else replace(hours, zone=zone)

    def calendar(self, key: str, zone: str = "") -> Calendar:
        """The compiled calendar of that key, in that person's zone; the empty key is always open."""
        known = self._calendars.get((key, zone))
        if known is None:
            known = Calendar.always(self.window) if not key else compiled(self.rules(key, zone), self.window)
            self._calendars[key, zone] = known
        return known

    def service(self, drum: int) -> Calendar:
        return self.calendar(self.policies[drum].calendar)

    def hours(self, person: int, drum: int) -> Calendar:
        """His hours ∩ the drum's service hours − his absences (S-12)."""
        service = self.policies[drum].calendar
        known = self._hours.get((person, service))
        if known is None:
            member = self.people[person]
            known = self._without_absences(member, service)
            if member.absences:
                known = known.without([(start, end) for start, end, _ in member.absences])
            self._hours[person, service] = known
        return known

    def hours_from(self, person: int, drum: int, start: datetime, seconds: float) -> Calendar:
        """`hours`, as far as so many working seconds from `start` reach: absences that do not touch them are left out,
        for a calendar of one's own takes longest to make, and most people share theirs."""
        member = self.people[person]
        shared = self._without_absences(member, self.policies[drum].calendar)
        if not member.absences:
            return shared
        try:
            end = shared.add(start, seconds)
        except (NeverOpens, BeyondHorizon):
            return self.hours(person, drum)
        touched = any(since < end and until > start for since, until, _ in member.absences)
        return self.hours(person, drum) if touched else shared

    def _without_absences(self, member: Member, service: str) -> Calendar:
        if not member.calendar:
            return self.calendar(service)
        key = service, member.calendar, member.zone
        known = self._shared.get(key)
        if known is None:
            known = self._shared[key] = self.calendar(service) & self.calendar(member.calendar, member.zone)
        return known

    def promised(self, drum: int, source: str, now: datetime) -> datetime | None:
        """By when the client of a lead that comes now is answered, if the drum promises it: the end of one budget,
        counted from the next opening when it is closed (S-21). None: nothing is promised."""
        policy = self.policies[drum]
        try:
            longest = max((policy.budget_for(source), *policy.trial))
            return self.service(drum).add(now, longest) if policy.promise else None
        except (NeverOpens, BeyondHorizon):
            return None

    # Routes.

    def router(self, stage: str | None) -> tuple[Router, list[tuple[int, Mapping[str, Any], int]]]:
        """The rules to drums that watch a stage (None: to any), and the same as (position, when, drum)."""
        known = self._routers.get(stage)
        if known is None:
            watching = {drum for drum in self.drums if stage is None or stage in self.policies[drum].entry}
            rules = [(position, when, drum) for position, when, drum in self.routes if drum in watching]
            known = self._routers[stage] = (Router([when for _, when, _ in rules]), rules)
        return known

    # Policies.

    def policy(self, drum: int, version: int) -> Policy:
        """One version of a drum's policy."""
        newest = self.policies[drum]
        if newest.version == version:
            return newest
        known = self._old.get((drum, version))
        if known is None:
            row = PolicyRow.objects.get(drum_id=drum, version=version)
            known = self._old[drum, version] = Policy.from_spec(row.spec)
        return known

    def meaning(self, drum: int, stage: int) -> Meaning:
        """What a stage means to a drum: its own entry stages are entry, whatever the board calls them (S-30, S-56)."""
        column = self.stages[stage]
        if column.key in self.policies[drum].entry:
            return Meaning.ENTRY
        if column.meaning is Meaning.ENTRY:
            return Meaning.IGNORE  # an entry stage of other drums
        return column.meaning

    # People.

    def by_key(self, key: str) -> Member | None:
        return next((member for member in self.people.values() if member.key == key), None)

    def roster(self, drum: int, owner: int | None) -> tuple[int, ...]:
        """The drum's people in roster order; technical users are listed, and barred when it comes to choosing."""
        return tuple(self._listed(drum, owner))

    def in_roster(self, drum: int, owner: int | None, person: int) -> bool:
        """Whether the drum's roster has him."""
        return person in self._listed(drum, owner)

    def _listed(self, drum: int, owner: int | None) -> dict[int, None]:
        """The roster; worked out once for a drum, or for each set of departments of an owner."""
        roster = self.policies[drum].roster
        member = None if roster.people or roster.department or owner is None else self.people.get(owner)
        key = drum, member.departments if member else ()
        known = self._rosters.get(key)
        if known is None:
            known = self._rosters[key] = dict.fromkeys(self._in_order(roster, key[1]))
        return known

    def _in_order(self, roster: Roster, departments: Iterable[int]) -> Iterable[int]:
        if roster.people:
            by_key = {member.key: member.id for member in self.people.values()}
            return (by_key[key] for key in roster.people if key in by_key)
        if roster.department:
            roots = [unit for unit in self.units.values() if unit.key == roster.department]
        else:
            roots = [self.units[unit] for unit in departments]
        units = self._below(roots) if roster.subdepartments else roots
        return (person for unit in units for person in unit.people if self.people[person].active)

    def team(self, drum: int, owner: int | None) -> int | None:
        """What the roster depends on besides the drum: the owner's first department, for `owners_department`."""
        if not self.policies[drum].roster.owners_department or owner is None or owner not in self.people:
            return None
        return next(iter(self.people[owner].departments), None)

    def _below(self, roots: Iterable[Unit]) -> list[Unit]:
        found: dict[int, Unit] = {}
        queue = list(roots)
        while queue:
            unit = queue.pop(0)
            if unit.id not in found:
                found[unit.id] = unit
                queue += [child for child in self.units.values() if child.parent == unit.id]
        return list(found.values())

    # Heads.

    def head_of(self, person: int, now: datetime) -> int | None:
        """His department's head; if that is himself or absent, the deputy, then the department above (semantics §1)."""
        for unit in self.people[person].departments:
            head = self._head_from(self.units[unit], person, now)
            if head is not None:
                return head
        return None

    def drum_head(self, drum: int, people: Iterable[int], now: datetime) -> int | None:
        """Who is told when it is nobody's miss: the head of the drum's department, or of its first person."""
        key = self.policies[drum].roster.department
        named = [unit for unit in self.units.values() if key and unit.key == key]
        heads = (
            [self._head_from(unit, None, now) for unit in named]
            if named
            else (self.head_of(person, now) or self._own_unit_head(person, now) for person in people)
        )
        return next((head for head in heads if head is not None), None) or self._any_head(now)

    def _head_from(self, unit: Unit | None, person: int | None, now: datetime) -> int | None:
        while unit is not None:
            for candidate in (unit.head, unit.deputy):
                if candidate is not None and candidate != person and self._answers(candidate, now):
                    return candidate
            unit = self.units.get(unit.parent) if unit.parent is not None else None
        return None

    def _own_unit_head(self, person: int, now: datetime) -> int | None:
        """He himself, where he leads it and nobody stands above him."""
        heads = (self._head_from(self.units[unit], None, now) for unit in self.people[person].departments)
        return next((head for head in heads if head is not None), None)

    def _any_head(self, now: datetime) -> int | None:
        for role in ("head", "admin"):
            for member in self.people.values():
                if member.role == role and self._answers(member.id, now):
                    return member.id
        return None

    def _answers(self, person: int, now: datetime) -> bool:
        member = self.people.get(person)
        return member is not None and member.active and not member.absent_at(now)

    def is_head(self, person: int) -> bool:
        """Whether he heads or deputises a department, or the file calls him a head or an administrator."""
        return self.people[person].role in {"head", "admin"} or bool(self._headed(person))

    def _headed(self, person: int) -> set[int]:
        return {unit.id for unit in self.units.values() if person in (unit.head, unit.deputy)}

    def is_head_of(self, head: int, person: int | None) -> bool:
        """Whether he may decide about that person: an administrator, or head or deputy of a department above him. Whom
        the file calls a head without a department to head, he is one in his own."""
        member = self.people.get(head)
        if member is None or not member.active:
            return False
        if member.role == "admin":
            return True
        if person is None or person not in self.people:
            return self.is_head(head)
        top = self._headed(head) or (set(member.departments) if member.role == "head" else set())
        units = [self.units[unit] for unit in self.people[person].departments]
        while units:
            if any(unit.id in top for unit in units):
                return True
            units = [self.units[unit.parent] for unit in units if unit.parent is not None]
        return False

    def may_annul(self, head: int, person: int | None) -> bool:
        """Whether he may annul an incident of that person; nobody but an administrator judges himself. Of an offer to
        everybody (None) any head may."""
        return self.is_head_of(head, person) and (head != person or self.people[head].role == "admin")
