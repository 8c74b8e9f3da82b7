"""The analytics pages. Every number is a link to the rows that it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from leaddrum import words
from leaddrum.facts import figures
from leaddrum.facts.figures import Clock, Overview
from leaddrum.models import Drum, Source
from leaddrum.web.analytics import shapes
from leaddrum.web.analytics.asked import Asked, asked, choices
from leaddrum.web.viewer import Signed, heads_only


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on a page, the one of the period before, and the rows behind it."""

    name: str
    value: str
    before: str
    change: str  # in words: "12 more"
    rows: str  # query of the page of rows; '' for a duration
    good: bool | None = None  # whether the change is one to be glad of; None: neither


def _page(request: Signed, template: str, title: str, filter_: Asked, context: Mapping[str, Any]) -> HttpResponse:
    return render(
        request,
        f"leaddrum/analytics/{template}.html",
        {
            "title": title,
            "asked": filter_,
            "scope": filter_.scope,
            "choices": choices(request.viewer),
            "fresh": figures.fresh(request.viewer.company.pk),
            "now": request.viewer.now,
            **context,
        },
    )


def _asked(request: Signed) -> Asked:
    return asked(request.viewer, request.GET, timezone.localdate(request.viewer.now))


@require_safe
@heads_only
def overview(request: Signed) -> HttpResponse:
    """The period at a glance, against the one before."""
    wanted = _asked(request)
    now, before = figures.overview(wanted.scope), figures.overview(wanted.scope.before)
    days = figures.by_day(wanted.scope)
    titles = [_said_day(day) for day in days]
    pairs = [(formats.date_format(day.start, "d.m"), day.leads, day.missed) for day in days]
    context = {
        "counted": _counted(wanted, now, before),
        "clocks": _clocks(now, before),
        "share": now.share_in_time,
        "chart": shapes.bars(pairs, titles),
        "days": days,
        "before": wanted.scope.before,
        "empty": not now.counts["leads"] and not now.counts["turns"],
    }
    return _page(request, "overview", _("Analytics"), wanted, context)


def _said_day(day: figures.Day) -> str:
    what = {"day": formats.date_format(day.start, "d.m.Y"), "leads": day.leads, "missed": day.missed}
    return _("%(day)s: leads %(leads)s, missed %(missed)s") % what


def _counted(wanted: Asked, now: Overview, before: Overview) -> list[Figure]:
    names = (
        ("leads", _("Leads"), None),
        ("taken", _("Taken"), True),
        ("in_time", _("Taken before any deadline"), True),
        ("late", _("Taken after a miss"), False),
        ("handed", _("Handed over"), False),
        ("head", _("Reached the head"), False),
        ("held", _("Were on hold"), None),
        ("junk", _("Closed without a take"), None),
        ("waiting", _("Still waiting"), None),
    )
    found = [
        _figure(name, now.counts[key], before.counts[key], wanted.with_(of=key), more) for key, name, more in names
    ]
    missed = _figure(_("Missed turns"), now.missed, before.missed, wanted.with_(of="missed"), False)
    return [*found[:4], missed, *found[4:]]


def _figure(name: str, value: int, before: int, rows: str, more_is_good: bool | None) -> Figure:
    change = value - before
    good = None if more_is_good is None or not change else (change > 0) == more_is_good
    said = _("as before")
    if change > 0:
        said = ngettext("%(n)s more", "%(n)s more", change) % {"n": change}
    elif change < 0:
        said = ngettext("%(n)s fewer", "%(n)s fewer", -change) % {"n": -change}
    return Figure(name, formats.number_format(value), formats.number_format(before), said, rows, good)


@dataclass(frozen=True, slots=True)
class ClockLine:
    name: str
    about: str
    median: str
    ninth: str
    median_before: str
    ninth_before: str
    count: int


def _clocks(now: Overview, before: Overview) -> list[ClockLine]:
    lines: Iterable[tuple[str, str, Clock, Clock]] = (
        (_("The client waits"), _("from arrival to take, by the calendar"), now.client, before.client),
        (_("The employee takes"), _("from offer to take, in his working time"), now.employee, before.employee),
        (
            _("The system delays"),
            _("of the client's wait: between arrival, offers and verdicts"),
            now.system,
            before.system,
        ),
    )
    return [
        ClockLine(
            *(name, about, said(clock.median), said(clock.ninth), said(was.median), said(was.ninth)), count=clock.count
        )
        for name, about, clock, was in lines
    ]


def said(seconds: int | None) -> str:
    return "—" if seconds is None else words.duration(seconds)


@require_safe
@heads_only
def people(request: Signed) -> HttpResponse:
    """Each person beside all together: only turns he really had; what was not his fault stands apart."""
    wanted = _asked(request)
    found = figures.people(wanted.scope)
    names = request.viewer.names
    keys = {member.id: member.key for member in request.viewer.org.people.values()}
    whole = shapes.line(found.together.curve) if found.together else ""
    rows = [
        {
            "name": names.get(one.person or 0, _("An offer to everybody")),
            "figures": one,
            "query": wanted.with_(person=keys.get(one.person or 0, "")),
            "median": said(one.clock.median),
            "ninth": said(one.clock.ninth),
            "percent": _percent(one.share),
            "line": shapes.line(one.curve),
            "curve": ", ".join(_within(m, s) for m, s in zip(figures.WITHIN, one.curve, strict=True)),
        }
        for one in found.rows
    ]
    together = found.together
    context = {
        "rows": rows,
        "whole": whole,
        "together": together,
        "median": said(together.clock.median) if together else "—",
        "ninth": said(together.clock.ninth) if together else "—",
        "percent": _percent(together.share if together else None),
    }
    return _page(request, "people", _("People"), wanted, context)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{round(share * 100)} %"


def _within(minutes: int, share: float) -> str:
    return _("within %(minutes)s min %(percent)s") % {"minutes": minutes, "percent": _percent(share)}


@require_safe
@heads_only
def when(request: Signed) -> HttpResponse:
    """Arrivals, misses and waiting by the hour of the week."""
    wanted = _asked(request)
    cells = figures.when(wanted.scope)
    hours = sorted({cell.hour for cell in cells.values() if cell.arrived or cell.missed})
    shown = range(hours[0], hours[-1] + 1) if hours else range(0)
    grids = [
        _grid(_("Leads that came"), cells, shown, "arrived"),
        _grid(_("Missed turns"), cells, shown, "missed"),
        _grid(_("Mean wait of those who came then, minutes"), cells, shown, "wait"),
    ]
    return _page(request, "when", _("Hours"), wanted, {"grids": grids, "hours": list(shown)})


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _grid(title: str, cells: Mapping[tuple[int, int], Any], hours: Iterable[int], name: str) -> dict[str, Any]:
    values = {key: (getattr(cell, name) or 0) for key, cell in cells.items()}
    if name == "wait":
        values = {key: round(value / 60) for key, value in values.items()}
    most = max(values.values(), default=0)
    rows = [
        (
            pgettext("weekday", weekday),
            [(values.get((n, hour), 0), shapes.level(values.get((n, hour), 0), most)) for hour in hours],
        )
        for n, weekday in enumerate(WEEKDAYS, start=1)
    ]
    return {"title": title, "rows": rows, "kind": name}


@require_safe
@heads_only
def funnel(request: Signed) -> HttpResponse:
    """By which person leads are taken: the first, the second, …"""
    wanted = _asked(request)
    steps = figures.funnel(wanted.scope)
    most = max((step.turns for step in steps), default=0)
    rows = [{"step": step, "percent": _percent(step.share), "query": wanted.with_(turn=step.number)} for step in steps]
    return _page(request, "funnel", _("Funnel"), wanted, {"rows": rows, "most": most})


@require_safe
@heads_only
def junk(request: Signed) -> HttpResponse:
    """Leads closed without a take (S-30), false takes (S-38), and leads that came back after a take (S-31)."""
    wanted = _asked(request)
    sources = dict(Source.objects.filter(company=request.viewer.company).values_list("pk", "name"))
    drums = dict(Drum.objects.filter(company=request.viewer.company).values_list("pk", "name"))
    tables = []
    sets = (("junk", _("Closed without a take")), ("false", _("False takes")), ("back", _("Came back after a take")))
    for name, title in sets:
        for column, heading, known in (("source_id", _("Source"), sources), ("drum_id", _("Drum"), drums)):
            lines = figures.by(wanted.scope, name, column)
            shown = [
                {
                    "name": known.get(key or 0) or _("not given"),
                    "all": number,
                    "of": of,
                    "percent": _percent(of / number),
                    "query": wanted.with_(of=name, **_narrow(column, key, request)),
                }
                for key, number, of in lines
            ]
            tables.append({"title": title, "heading": heading, "lines": shown, "query": wanted.with_(of=name)})
    return _page(request, "junk", _("Junk and false takes"), wanted, {"tables": tables})


def _narrow(column: str, key: int | None, request: Signed) -> dict[str, str]:

    if column == "source_id":
        return {"source": str(key)}
    drum = next((drum.key for drum in request.viewer.drums if drum.pk == key), "")
    return {"drum": drum} if drum else {}


@require_safe
@heads_only
def rows(request: Signed) -> HttpResponseBase:
    """The rows behind a number, newest first."""
    from leaddrum.web.analytics import behind

    wanted = _asked(request)
    found = behind.wanted(wanted.scope, request.GET)
    if request.path.endswith(".csv"):
        answer = StreamingHttpResponse(behind.csv_lines(found, request.viewer), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{found.name}.csv"'
        return answer
    page = behind.page(found, request.GET.get("before", ""), request.viewer)
    chosen = {name: request.GET[name][:20] for name in ("of", "turn") if request.GET.get(name)}
    context = {"page": page, "found": found, "rows_query": wanted.with_(**chosen), "total": page.total}
    return _page(request, "rows", found.title, wanted, context)
