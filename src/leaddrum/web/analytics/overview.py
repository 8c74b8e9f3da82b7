"""The period at a glance, against the one before. Every number is a link to the rows that it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from leaddrum.facts import figures
from leaddrum.facts.figures import Overview
from leaddrum.facts.period import Period
from leaddrum.facts.rows import Clock
from leaddrum.web.analytics import shapes
from leaddrum.web.analytics.asked import Asked
from leaddrum.web.analytics.frame import page, said, wanted
from leaddrum.web.viewer import Signed, heads_only


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, the one of the period before, and the rows behind both."""

    name: str
    value: str
    before: str
    change: str  # in words: "12 more"
    rows: str  # query of the page of rows
    rows_before: str
    good: bool | None = None  # whether the change is one to be glad of; None: neither


@require_safe
@heads_only
def overview(request: Signed) -> HttpResponse:
    asked = wanted(request)
    earlier = Period(asked.scope.before)
    now, before = figures.overview(asked.period), figures.overview(earlier)
    days = figures.by_day(asked.period)
    pairs = [(formats.date_format(day.start, "d.m"), day.leads, day.missed) for day in days]
    context = {
        "counted": _counted(asked, now, before),
        "clocks": _clocks(asked, now, before),
        "chart": shapes.bars(pairs, [_said_day(day) for day in days]),
        "days": [_day(asked, day) for day in days],
        "before": earlier.scope,
        "empty": not now.counts["leads"] and not now.counts["turns"],
    }
    return page(request, "overview", _("Analytics"), asked, context)


def _said_day(day: figures.Day) -> str:
    what = {"day": formats.date_format(day.start, "d.m.Y"), "leads": day.leads, "missed": day.missed}
    return _("%(day)s: leads %(leads)s, missed %(missed)s") % what


def _day(asked: Asked, day: figures.Day) -> dict[str, Any]:
    only = {"since": day.start, "until": day.end}
    return {"day": day, "leads": asked.with_(of="leads", **only), "missed": asked.with_(of="missed", **only)}


def _counted(asked: Asked, now: Overview, before: Overview) -> list[Figure]:
    names = (
        ("leads", _("Leads"), None),
        ("taken", _("Taken"), True),
        ("in_time", _("Taken before any deadline"), True),
        ("late", _("Taken after a miss"), False),
        ("handed", _("Handed over"), False),
        ("head", _("Reached the head"), False),
        ("held", _("Were on hold"), None),
        ("junk", _("Closed without being taken"), None),
        ("waiting", _("Still waiting"), None),
    )
    found = [_figure(asked, key, name, now.counts[key], before.counts[key], more) for key, name, more in names]
    missed = _figure(asked, "missed", _("Missed turns"), now.missed, before.missed, False)
    return [*found[:4], missed, *found[4:]]


def _figure(asked: Asked, key: str, name: str, value: int, before: int, more_is_good: bool | None) -> Figure:
    change = value - before
    good = None if more_is_good is None or not change else (change > 0) == more_is_good
    words = _("as before")
    if change > 0:
        words = ngettext("%(n)s more", "%(n)s more", change) % {"n": formats.number_format(change)}
    elif change < 0:
        words = ngettext("%(n)s fewer", "%(n)s fewer", -change) % {"n": formats.number_format(-change)}
    earlier = asked.scope.before
    return Figure(
        name,
        formats.number_format(value),
        formats.number_format(before),
        words,
        rows=asked.with_(of=key),
        rows_before=asked.with_(of=key, since=earlier.since, until=earlier.until),
        good=good,
    )


@dataclass(frozen=True, slots=True)
class ClockLine:
    name: str
    about: str
    median: str
    ninth: str
    median_before: str
    ninth_before: str
    count: int
    rows: str


def _clocks(asked: Asked, now: Overview, before: Overview) -> list[ClockLine]:
    lines: Iterable[tuple[str, str, Clock, Clock, str]] = (
        (_("The client waits"), _("from arrival to take, by the calendar"), now.client, before.client, "waited"),
        (
            _("The employee takes"),
            _("from offer to take, in their working time"),
            now.employee,
            before.employee,
            "turns_taken",
        ),
        (
            _("The system delays"),
            _("of the client's wait: between arrival, offers and verdicts"),
            now.system,
            before.system,
            "waited",
        ),
    )
    return [
        ClockLine(
            *(name, about, said(clock.median), said(clock.ninth), said(was.median), said(was.ninth)),
            count=clock.count,
            rows=asked.with_(of=of),
        )
        for name, about, clock, was, of in lines
    ]
