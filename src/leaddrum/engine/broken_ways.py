"""Ways in that do not work for a while: those who run the company are told, once, and once more when it works again.

A lead that cannot come in is lost without anybody seeing it (I5). `Way.trouble_told_at` says that they know of this
outage; it is set and cleared in the commit of the notices, by whoever finds it so first. An outage ends when the other
side has spoken to us again, not when somebody saves other settings.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from leaddrum.engine import silent_ways, ways_in
from leaddrum.engine.desk import Desk, desk
from leaddrum.models import Way
from leaddrum.words.ways_in import HANGS

PATIENCE = timedelta(minutes=10)  # by the clock, not working time: mail is lost at night too

_UNTOLD = Q(active=True, trouble_told_at=None)
_MENDED = Q(active=True, trouble="", seen_at__gt=F("trouble_told_at"))


def look(now: datetime) -> int:
    """Tell of what has been broken for long enough, and of what works again. One query when there is nothing; it reads
    the ways alone. Returns how many were told of."""
    untold = _UNTOLD & (_in_trouble(now) | _hanging(now))
    return ways_in.each(Way.objects.filter(untold | _MENDED), now, _see)


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
    else:
        return False
    row = way.get()
    since = row.trouble_at or now
    if kind == "way_works":
        silent_ways.count_anew(row, table.org, since, now)
    said = {"way": pk, "name": row.name, "of": row.kind, "since": since.isoformat()}
    said |= {"error": row.trouble} if kind == "way_broken" else {"at": now.isoformat()}
    ways_in.tell(table, kind, said)
    return True
