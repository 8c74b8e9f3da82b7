"""People, departments and absences of a company file into the tables. In sets: 10,000 people are a few statements."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password

from leaddrum.company.shape import Absence as AbsenceEntry
from leaddrum.company.shape import CompanyFile
from leaddrum.company.shape import Person as PersonEntry
from leaddrum.models import Absence, Account, Calendar, Company, Department, Person

BATCH = 500
_FIELDS = ("active", "name", "email", "role", "zone", "language", "calendar_id", "quiet", "technical")


def people(company: Company, file: CompanyFile) -> list[int]:
    """Write them. Returns who stopped working here by it."""
    known = {row.key: row for row in Person.objects.filter(company=company).select_related("account")}
    calendars = dict(Calendar.objects.filter(company=company).values_list("key", "pk"))
    fresh, changed, gone = [], [], []
    for entry in file.people:
        row = known.pop(entry.key, None)
        if row is None:
            fresh.append(_filled(Person(company=company, key=entry.key), entry, calendars))
            continue
        before = _said(row)
        _filled(row, entry, calendars)
        if _said(row) != before or row.account is None:
            changed.append(row)
            gone += [row.pk] if before[0] and not row.active else []
    for row in known.values():
        if row.active:
            row.active = False
            changed.append(row)
            gone.append(row.pk)
    _accounts(company, [*fresh, *changed])
    Person.objects.bulk_create(fresh, BATCH)
    Person.objects.bulk_update(changed, [name.removesuffix("_id") for name in _FIELDS] + ["account"], BATCH)
    return gone


def _said(row: Person) -> tuple[object, ...]:
    """What the file says of him, as his row has it."""
    return tuple(getattr(row, name) for name in _FIELDS)


def _filled(row: Person, entry: PersonEntry, calendars: dict[str, int]) -> Person:
    row.name, row.email, row.role = entry.name, entry.email, entry.role
    row.zone, row.language, row.quiet = entry.zone, entry.language, list(entry.quiet)
    row.calendar_id = calendars[entry.calendar] if entry.calendar else None
    row.active, row.technical = entry.active, entry.technical
    return row


def _accounts(company: Company, rows: Sequence[Person]) -> None:
    """Each person has a sign-in, without a password until he sets one; it is shut while he does not work here."""
    fresh, there = [], []
    for row in rows:
        account = row.account
        if account is None:
            account = row.account = Account(username=f"{row.key}@{company.key}", password=make_password(None))
            fresh.append(account)
        else:
            there.append(account)
        account.email, account.first_name = row.email, row.name[:150]
        account.is_active = row.active and not row.technical
    Account.objects.bulk_create(fresh, BATCH)
    Account.objects.bulk_update(there, ["email", "first_name", "is_active"], BATCH)
    for row in rows:
        row.account_id = row.account.pk if row.account else None  # the number it has just been given


def departments(company: Company, file: CompanyFile) -> None:
    """Write them and who belongs to them. People who left keep their departments: the journal is read by these."""
    heads = dict(Person.objects.filter(company=company).values_list("key", "pk"))
    Department.objects.filter(company=company).exclude(key__in=[entry.key for entry in file.departments]).update(
        active=False
    )
    Department.objects.bulk_create(
        [
            Department(
                company=company,
                key=entry.key,
                name=entry.name,
                head_id=heads[entry.head] if entry.head else None,
                deputy_id=heads[entry.deputy] if entry.deputy else None,
                position=position,
                active=True,
            )
            for position, entry in enumerate(file.departments)
        ],
        update_conflicts=True,
        unique_fields=["company", "key"],
        update_fields=["name", "head", "deputy", "position", "active"],
    )
    rows = {row.key: row for row in Department.objects.filter(company=company)}
    for entry in file.departments:
        rows[entry.key].parent = rows[entry.parent] if entry.parent else None
    Department.objects.bulk_update(rows.values(), ["parent"], BATCH)
    _members(company, file, {key: row.pk for key, row in rows.items()}, heads)


def _members(company: Company, file: CompanyFile, units: dict[str, int], people: dict[str, int]) -> None:
    through = Department.people.through
    said = {person.key for person in file.people}
    wanted = {(units[unit], people[person.key]): None for person in file.people for unit in person.departments}
    there = {}
    for pk, unit, key, person in through.objects.filter(department__company=company).values_list(
        "pk", "department_id", "person__key", "person_id"
    ):
        if key in said:
            there[unit, person] = pk
    surplus = [pk for pair, pk in there.items() if pair not in wanted]
    for start in range(0, len(surplus), BATCH):
        through.objects.filter(pk__in=surplus[start : start + BATCH]).delete()
    through.objects.bulk_create(
        [through(department_id=unit, person_id=person) for unit, person in wanted if (unit, person) not in there], BATCH
    )


def absences(company: Company, file: CompanyFile) -> None:
    """Those of the file replace those of the last file; what people and heads entered by hand stays."""
    wanted = set(file.absences)
    surplus = []
    for row in Absence.objects.filter(person__company=company, from_file=True).select_related("person"):
        entry = AbsenceEntry(row.person.key, row.starts_at, row.ends_at, row.reason)
        if entry in wanted:
            wanted.remove(entry)
        else:
            surplus.append(row.pk)
    Absence.objects.filter(pk__in=surplus).delete()
    people = dict(Person.objects.filter(company=company).values_list("key", "pk"))
    Absence.objects.bulk_create(
        [
            Absence(
                person_id=people[entry.person],
                starts_at=entry.starts_at,
                ends_at=entry.ends_at,
                reason=entry.reason,
                from_file=True,
            )
            for entry in sorted(wanted, key=lambda entry: (entry.starts_at, entry.person))
        ],
        BATCH,
    )
