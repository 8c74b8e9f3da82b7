"""Ways in that do not work for a while: those who run the company are told, once, and once more when it works again.

A lead that cannot come in is lost without anybody seeing it (I5). `Way.trouble_told_at` says that they know of this
outage; it is set and cleared in the commit of the notices, by whoever finds it so first. An outage ends when the other
side has spoken to us again, not when somebody saves other settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from django.db import Error
from django.db.models import F, Q, QuerySet

from leaddrum.engine import crash
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.staff import Org
from leaddrum.models import Way
from leaddrum.words.ways_in import HANGS

PATIENCE = timedelta(minutes=10)  # by the clock, not working time: mail is lost at night too
DEAF = timedelta(hours=1)  # by the clock: what did not come in a longer outage is no silence, which counts from its end
log = structlog.stdlib.get_logger("leaddrum.ways_in")

_UNTOLD = Q(active=True, trouble_told_at=None)
_MENDED = Q(active=True, trouble="", seen_at__gt=F("trouble_told_at"))


def look(now: datetime) -> int:
    """Tell of what has been broken for long enough, and of what works again. One query when there is nothing; it reads
    the ways alone. Returns how many were told of."""
    untold = _UNTOLD & (_in_trouble(now) | _hanging(now))
    return each(Way.objects.filter(untold | _MENDED), now, _see)


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


def _in_trouble(now: datetime) -> Q:
    return ~Q(trouble="") & Q(trouble_at__lte=now - PATIENCE)


def _hanging(now: datetime) -> Q:
    """Its reader has neither renewed its lease nor given it back, and nobody else has taken it."""
    return Q(trouble="", held_until__lte=now - PATIENCE)


def _see(company: int, pk: int, now: datetime) -> bool:
    with desk(company, now) as table:
        return _tell(table, pk)


def _tell(table: Desk, pk: int) -> bool:
    """Each step is one conditional update: another process, or the way itself, may have been quicker."""
    way, now = Way.objects.filter(pk=pk), table.now
    if way.filter(_UNTOLD & _in_trouble(now)).update(trouble_told_at=now) or way.filter(_UNTOLD & _hanging(now)).update(
        trouble=HANGS, trouble_at=F("held_until"), trouble_told_at=now
    ):
        kind = "way_broken"
    elif way.filter(_MENDED).update(trouble_told_at=None):
        kind = "way_works"
        way.filter(silent_told_at=None, trouble_at__lte=now - DEAF).update(quiet_since=now)
    else:
        return False
    row = way.get()
    said = {"way": pk, "name": row.name, "of": row.kind, "since": (row.trouble_at or now).isoformat()}
    said |= {"error": row.trouble} if kind == "way_broken" else {"at": now.isoformat()}
    tell(table, kind, said)
    return True


def _who_runs_it(org: Org) -> list[int]:
    """The administrators; in a company without any, whoever heads a department."""
    here = {person.id: person for person in org.people.values() if person.active and not person.technical}
    admins = [pk for pk, person in here.items() if person.role == "admin"]
    heads = {unit.head for unit in org.units.values()}
    return admins or [pk for pk in here if pk in heads]
