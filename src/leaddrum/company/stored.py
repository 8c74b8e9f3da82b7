"""The company as the tables have it, in the same values as a file says it: so the two can be compared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from leaddrum.company.portal import from_plain
from leaddrum.company.shape import Absence, CompanyFile, Department, Drum, Person, Portal, Route, Stage
from leaddrum.core.policy import Meaning, Policy
from leaddrum.models import Absence as AbsenceRow
from leaddrum.models import Calendar, Company
from leaddrum.models import Department as DepartmentRow
from leaddrum.models import Drum as DrumRow
from leaddrum.models import Person as PersonRow
from leaddrum.models import Policy as PolicyRow
from leaddrum.models import Portal as PortalRow
from leaddrum.models import Route as RouteRow
from leaddrum.models import Stage as StageRow


def stored(company: Company) -> CompanyFile:
    """What an apply of the same settings would change nothing of. People who left are in it, inactive."""
    return CompanyFile(
        name=company.name,
        zone=company.zone,
        language=company.language,
        key=company.key,
        mask_after=company.mask_after,
        stages=tuple(
            Stage(row.key, row.title, Meaning(row.meaning))
            for row in StageRow.objects.filter(company=company, active=True)
        ),
        calendars={row.key: row.spec for row in Calendar.objects.filter(company=company)},
        departments=tuple(
            Department(
                key=row.key,
                name=row.name,
                parent=row.parent.key if row.parent else "",
                head=row.head.key if row.head else "",
                deputy=row.deputy.key if row.deputy else "",
            )
            for row in DepartmentRow.objects.filter(company=company, active=True).select_related(
                "parent", "head", "deputy"
            )
        ),
        people=_people(company),
        absences=tuple(
            Absence(row.person.key, row.starts_at, row.ends_at, row.reason)
            for row in AbsenceRow.objects.filter(person__company=company, from_file=True).select_related("person")
        ),
        drums=_drums(company),
        routes=tuple(
            Route(row.when, row.drum.key) for row in RouteRow.objects.filter(company=company).select_related("drum")
        ),
        default_drum=company.default_drum.key if company.default_drum else "",
        portal=_portal(company),
    )


def _portal(company: Company) -> Portal | None:
    row = PortalRow.objects.filter(company=company).first()
    return from_plain(row.settings) if row else None


def _people(company: Company) -> tuple[Person, ...]:
    departments: dict[int, list[str]] = defaultdict(list)
    members = DepartmentRow.people.through.objects.filter(department__company=company, department__active=True)
    for person, department in members.order_by("id").values_list("person_id", "department__key"):
        departments[person].append(department)
    return tuple(
        Person(
            key=row.key,
            name=row.name,
            email=row.email,
            role=row.role,
            zone=row.zone,
            language=row.language,
            calendar=row.calendar.key if row.calendar else "",
            quiet=tuple(row.quiet),
            departments=tuple(departments[row.pk]),
            active=row.active,
            technical=row.technical,
        )
        for row in PersonRow.objects.filter(company=company).select_related("calendar").order_by("pk")
    )


def _drums(company: Company) -> tuple[Drum, ...]:
    rows = list(DrumRow.objects.filter(company=company, active=True))
    specs = {
        (policy.drum_id, policy.version): policy.spec for policy in PolicyRow.objects.filter(drum__company=company)
    }
    return tuple(
        Drum(row.key, row.name, replace(Policy.from_spec(specs[row.pk, row.version]), version=0)) for row in rows
    )
