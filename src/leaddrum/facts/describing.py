"""When the rows of the dimensions last changed: somebody renamed, a drum's new budget, a new source.

Nobody tells of such a change by itself. When the company's set-up has another version than the one looked at, or there
are more sources or days than before, the rows are read, and those whose digest differs get the stamp of this step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from leaddrum.facts import query as star
from leaddrum.facts.columns import ENTITIES
from leaddrum.models import Company, Day, Described, Keeping, Source

OF_THE_SETUP = ("dim_person", "dim_department", "dim_drum", "dim_stage")
THAT_GROW = {"dim_source": Source, "dim_date": Day}
TAIL = ("changed_at", "change_stamp")


@dataclass(frozen=True, slots=True)
class Changed:
    """A row of a dimension that is not as it was."""

    dimension: str
    member: str
    digest: str


def changed(company: Company, kept: Keeping, *, grown: bool, days: bool = False) -> list[Changed]:
    """`grown`: there may be new sources or days. `days`: some have other hours than before."""
    names = list(OF_THE_SETUP) if kept.described != company.staff_version else []
    if grown or names:
        names += [name for name in THAT_GROW if _more(company.pk, name) or (days and name == "dim_date")]
    return [one for name in names for one in _differing(company.pk, name)]


def write(company: int, rows: Iterable[Changed], stamp: int, now: datetime) -> None:
    """In the caller's transaction."""
    at = now.replace(microsecond=0)
    Described.objects.bulk_create(
        [
            Described(
                company_id=company,
                dimension=row.dimension,
                member=row.member,
                digest=row.digest,
                stamp=stamp,
                changed_at=at,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["company", "dimension", "member"],
        update_fields=["digest", "stamp", "changed_at"],
    )


def _more(company: int, name: str) -> bool:
    known = Described.objects.filter(company=company, dimension=name).count()
    return THAT_GROW[name]._base_manager.filter(company=company).count() > known


def _differing(company: int, name: str) -> list[Changed]:
    entity = ENTITIES[name]
    columns = tuple(column for column in entity.columns if column.name not in TAIL)
    key = next(place for place, column in enumerate(columns) if column.name == entity.key)
    known = dict(Described.objects.filter(company=company, dimension=name).values_list("member", "digest"))
    found = []
    for row in star.rows(star.Query(entity, company, columns)):
        member, digest = str(row[key]), hashlib.sha256(repr(row).encode()).hexdigest()[:32]
        if known.get(member) != digest:
            found.append(Changed(name, member, digest))
    return found
