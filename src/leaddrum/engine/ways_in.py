"""Ways in that are looked at one by one, and those who are told of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from django.db import Error
from django.db.models import QuerySet

from leaddrum.engine import crash
from leaddrum.engine.desk import Desk
from leaddrum.engine.staff import Org
from leaddrum.models import Way

log = structlog.stdlib.get_logger("leaddrum.ways_in")


def each(found: QuerySet[Way], now: datetime, see: Callable[[int, int, datetime], bool]) -> int:
    """Look at each of these, by company and number, in transactions of their own. Returns of how many was told."""
    told = 0
    for company, way in list(found.values_list("company", "pk")):
        try:
            told += see(company, way, now)
            crash.point("ways.after_commit")
        except Error:  # the database's trouble, and no company's
            raise
        except Exception as error:  # one company's trouble keeps no other's in the dark
            log.exception("not told of a way in", way=way, error=type(error).__name__)
    return told


def tell(table: Desk, kind: str, said: Mapping[str, object]) -> None:
    """Those who run the company."""
    for person in _who_runs_it(table.org):
        table.changes.tell(person, kind, dict(said))
    crash.point("ways.before_write")


def _who_runs_it(org: Org) -> list[int]:
    """The administrators; in a company without any, whoever heads a department."""
    here = {person.id: person for person in org.people.values() if person.active and not person.technical}
    admins = [pk for pk, person in here.items() if person.role == "admin"]
    heads = {unit.head for unit in org.units.values()}
    return admins or [pk for pk in here if pk in heads]
