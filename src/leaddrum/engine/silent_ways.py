"""Ways in that have fallen silent: those who run the company are told, once, and once more when something comes again.

A site that was rebuilt and posts nowhere gives no sign: its leads are lost without anybody seeing it (I5). What is
unusual is said in `leaddrum.core.silence`. Nothing is counted when something comes: each way has an instant before
which it cannot be silent (`Way.look_at`), and only then its newest requests are read, by an index and at most
`silence.NEWEST` of them. `Way.silent_told_at` is set and cleared in the commit of the notices, as `broken_ways` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F, Q

from leaddrum.core import silence
from leaddrum.core.worktime import BeyondHorizon, Calendar
from leaddrum.engine import org, ways_in
from leaddrum.engine.desk import desk
from leaddrum.engine.staff import Org
from leaddrum.models import Request, Way

AGAIN = timedelta(days=1)  # whatever was found: history grows, and calendars are edited
AT_ONCE = 200  # ways in one look
DEAF = 3600.0  # working seconds in which nothing could come: then silence counts anew

_UNTOLD = Q(active=True, trouble="", trouble_told_at=None, silent_told_at=None)
_HEARD = Q(active=True, trouble="", quiet_since__gt=F("silent_told_at"))
_GONE = Q(kind=Way.Kind.PAGE, drum__active=False)  # the drum has left the company file, and its form page with it


@dataclass(frozen=True, slots=True)
class Silence:
    """`usual`: the longest pause there was before, `lasts`: this one so far; both in working seconds."""

    since: datetime
    usual: float
    lasts: float


def look(now: datetime) -> int:
    """Tell of ways that have fallen silent, and of those that are heard again. One query when there is nothing.
    Returns how many were told of."""
    due = _UNTOLD & (Q(look_at=None) | Q(look_at__lte=now))
    return ways_in.each(Way.objects.filter(due | _HEARD).exclude(_GONE)[:AT_ONCE], now, _see)


def of(way: Way, people: Org, now: datetime) -> Silence | None:
    """How silent it is, if those who run the company were told that it is. `people`: of its company."""
    if not way.is_silent or way.quiet_since is None:
        return None
    try:
        lasts = _calendar(way, people).between(way.quiet_since, now)
    except BeyondHorizon:  # for more than a year
        return None
    return Silence(way.quiet_since, way.usual_pause, lasts)


def deaf(start: datetime, end: datetime) -> None:
    """Nothing ran here meanwhile."""
    if (end - start).total_seconds() > DEAF:  # by the clock: nobody pays for an upgrade
        ways_in.each(Way.objects.filter(active=True, silent_told_at=None), end, partial(_missed, start))


def count_anew(way: Way, people: Org, start: datetime, end: datetime) -> None:
    """Nothing could come by it meanwhile, and that is no silence of its. Where it took more than an hour of working
    time, silence counts from its end. `people`: of its company."""
    if _worked(_calendar(way, people), start, end) > DEAF:
        untold = Way.objects.filter(pk=way.pk, silent_told_at=None)
        untold.exclude(quiet_since__gte=end).update(quiet_since=end)


def _missed(start: datetime, _company: int, pk: int, end: datetime) -> bool:
    way = Way.objects.select_related("company").get(pk=pk)
    count_anew(way, org.of(way.company, end), start, end)
    return False


def _see(company: int, pk: int, now: datetime) -> bool:
    way = Way.objects.select_related("company").get(pk=pk)
    if way.silent_told_at is not None:
        return _heard(company, way, now)
    calendar = _calendar(way, org.of(way.company, now))
    came = _came(pk)
    since = way.quiet_since or max(came, default=now)  # of a way that is older than this column
    found = silence.rhythm((at for at in came if at <= since), calendar)  # later ones: tests of ours
    at = silence.silent_from(found, since, calendar) if found is not None else None
    if found is None or at is None or at > now:
        Way.objects.filter(pk=pk).update(look_at=min(at or now + AGAIN, now + AGAIN))
        return False
    usual = max(60, round(found.usual))  # as it is said: nobody reads seconds
    with desk(company, now) as table:
        mine = Way.objects.filter(_UNTOLD, pk=pk, quiet_since=way.quiet_since)  # or something has just come
        if not mine.update(silent_told_at=now, quiet_since=since, usual_pause=usual, look_at=now + AGAIN):
            return False
        said = _said(way, since) | {"usual": usual, "lasts": round(calendar.between(since, now))}
        ways_in.tell(table, "way_silent", said)
    return True


def _heard(company: int, way: Way, now: datetime) -> bool:
    with desk(company, now) as table:
        mine = Way.objects.filter(_HEARD, pk=way.pk, silent_told_at=way.silent_told_at)
        if not mine.update(silent_told_at=None, look_at=None):
            return False
        at = way.quiet_since or now
        ways_in.tell(table, "way_heard", _said(way, at) | {"at": at.isoformat()})
    return True


def _said(way: Way, since: datetime) -> dict[str, object]:
    return {"way": way.pk, "name": way.name, "of": way.kind, "since": since.isoformat()}


def _came(pk: int) -> list[datetime]:
    """When something came by it. What a mailbox holds of our own letters did not come in."""
    rows = Request.objects.filter(way=pk).order_by("-pk").values_list("received_at", "set_aside")
    return [at for at, aside in rows[: silence.NEWEST] if aside != "ours"]


def _calendar(way: Way, people: Org) -> Calendar:
    """The service hours of its drum, else of the company's default drum."""
    drum = way.drum_id if way.drum_id in people.policies else people.default_drum
    return people.service(drum) if drum is not None else people.calendar("")


def _worked(calendar: Calendar, start: datetime, end: datetime) -> float:
    known = calendar.window[0]
    return calendar.between(max(start, known), end) if end > known else 0.0
