"""A company's people, hours and drums, read from the tables and kept until `Company.staff_version` rises.

What changes with every turn (open offers, last offers, pauses) is not here but in the pool, read afresh for each
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from leaddrum.core.hours import Hours
from leaddrum.core.policy import Meaning, Policy
from leaddrum.engine.members import Column, Member, Post, Unit
from leaddrum.engine.staff import BACK, Org
from leaddrum.holidays_data import rules as holiday_rules
from leaddrum.models import Absence, Calendar, Company, Department, Drum, Outlet, Person, Portal, Reach, Route, Stage
from leaddrum.models import Policy as PolicyRow

REFRESH = timedelta(days=30)  # after this the window of the calendars has moved enough to compile anew
ORDER = ("telegram", "bitrix24", "push", "email")  # in this order somebody is told who has not chosen another (S-45)

_orgs: dict[int, Org] = {}


def of(company: Company | int, now: datetime) -> Org:
    """The company's people and hours as of its present version."""
    row = company if isinstance(company, Company) else Company.objects.get(pk=company)
    return at(row.pk, row.staff_version, now)


def at(company: int, version: int, now: datetime) -> Org:
    """The same as of a version that has just been read."""
    known = _orgs.get(company)
    if known is None or known.version != version or not _within(known, now):
        known = _orgs[company] = _build(Company.objects.get(pk=company), now)
    return known


def forget() -> None:
    """Drop what is kept: between tests, whose databases give the same numbers to other companies."""
    _orgs.clear()


def _within(org: Org, now: datetime) -> bool:
    return org.built_at - REFRESH <= now <= org.built_at + REFRESH


def _build(company: Company, now: datetime) -> Org:
    drums = list(Drum.objects.filter(company=company))
    calendars = list(Calendar.objects.filter(company=company))
    newest = {(drum.pk, drum.version) for drum in drums}
    rows = PolicyRow.objects.filter(drum__company=company)
    specs = {row.drum_id: row.spec for row in rows if (row.drum_id, row.version) in newest}
    people, units = _people(company, now), _units(company)
    posts = _posts(company, units)
    return Org(
        company=company.pk,
        version=company.staff_version,
        zone=company.zone,
        built_at=now.astimezone(UTC),
        people=people,
        units=units,
        stages={
            stage.pk: Column(stage.pk, stage.key, Meaning(stage.meaning))
            for stage in Stage.objects.filter(company=company)
        },
        drums={drum.pk: drum.key for drum in drums if drum.active},
        policies={drum: Policy.from_spec(spec) for drum, spec in specs.items()},
        specs={
            row.key: Hours.from_spec(row.spec, company.zone, holiday_rules(row.spec, company.language))
            for row in calendars
        },
        zoned=frozenset(row.key for row in calendars if "zone" in row.spec),
        routes=list(
            Route.objects.filter(company=company, drum__active=True).values_list("position", "when", "drum_id")
        ),
        default_drum=company.default_drum_id,
        apart=company.crm != "board",
        watched=Portal.objects.filter(company=company, settings__watch_only=True).exists(),
        posts=posts,
        channels=frozenset(
            [channel for member in people.values() for channel in member.reached] + [post.channel for post in posts]
        ),
    )


def _people(company: Company, now: datetime) -> dict[int, Member]:
    away: dict[int, list[tuple[datetime, datetime, str]]] = {}
    for absence in Absence.objects.filter(person__company=company, ends_at__gt=now - BACK):
        away.setdefault(absence.person_id, []).append((absence.starts_at, absence.ends_at, absence.reason))
    member_of: dict[int, list[int]] = {}
    for department, person in (
        Department.people.through.objects.filter(department__company=company, department__active=True)
        .order_by("department__position", "id")
        .values_list("department_id", "person_id")
    ):
        member_of.setdefault(person, []).append(department)
    reaches: dict[int, dict[str, bool]] = {}  # person -> channel -> whether an address of it works
    for person_id, channel, broken_at in Reach.objects.filter(company=company).values_list(
        "person_id", "channel", "broken_at"
    ):
        known = reaches.setdefault(person_id, {})
        known[channel] = known.get(channel, False) or broken_at is None
    return {
        person.pk: Member(
            id=person.pk,
            key=person.key,
            name=person.name,
            role=person.role,
            email=person.email,
            zone=person.zone or company.zone,
            language=person.language or company.language,
            calendar=person.calendar.key if person.calendar else "",
            active=person.active,
            technical=person.technical,
            departments=tuple(member_of.get(person.pk, ())),
            absences=tuple(away.get(person.pk, ())),
            **_ways(person, reaches.get(person.pk, {})),
        )
        for person in Person.objects.filter(company=company).select_related("calendar").order_by("pk")
    }


def _ways(person: Person, reaches: Mapping[str, bool]) -> dict[str, tuple[str, ...]]:
    """By what he is reached and told; see `leaddrum.engine.ways`."""
    works = {channel: well for channel, well in reaches.items() if channel != "email"}
    if person.email:
        works["email"] = reaches.get("email", True)
    chosen = [channel for channel in person.ways.get("order", ()) if channel in works]
    rest = [channel for channel in (*ORDER, *sorted(works)) if channel in works]
    reached = tuple(dict.fromkeys([*chosen, *rest]))
    wanted = [channel for channel in reached if channel not in person.ways.get("off", ())]
    quiet = person.ways.get("quiet")
    return {
        "reached": reached,
        "ways": tuple(sorted(wanted, key=lambda channel: not works[channel])),
        "quiet": tuple(person.quiet if quiet is None else quiet),
    }


def _posts(company: Company, units: Mapping[int, Unit]) -> tuple[Post, ...]:
    return tuple(
        Post(row.pk, row.channel, frozenset(row.kinds), _of_department(row.department_id, units))
        for row in Outlet.objects.filter(company=company)
    )


def _of_department(department: int | None, units: Mapping[int, Unit]) -> frozenset[int] | None:
    """Everybody in a department and below it, with those who lead there."""
    if department is None:
        return None
    found, queue = set[int](), [department]
    people: set[int] = set()
    while queue:
        unit = units.get(queue.pop())
        if unit is None or unit.id in found:
            continue
        found.add(unit.id)
        people.update(unit.people, {person for person in (unit.head, unit.deputy) if person is not None})
        queue += [child.id for child in units.values() if child.parent == unit.id]
    return frozenset(people)


def _units(company: Company) -> dict[int, Unit]:
    people: dict[int, list[int]] = {}
    for department, person in (
        Department.people.through.objects.filter(department__company=company)
        .order_by("id")
        .values_list("department_id", "person_id")
    ):
        people.setdefault(department, []).append(person)
    return {
        row.pk: Unit(row.pk, row.key, row.parent_id, row.head_id, row.deputy_id, tuple(people.get(row.pk, ())))
        for row in Department.objects.filter(company=company, active=True).order_by("position", "pk")
    }
