"""Parts of the whole: by the hour of the week, by the number of the turn, by source and drum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from leaddrum import words
from leaddrum.facts import figures
from leaddrum.facts.kinds import LEADS
from leaddrum.models import Drum, Source
from leaddrum.web.analytics import shapes
from leaddrum.web.analytics.asked import Asked
from leaddrum.web.analytics.frame import page, wanted
from leaddrum.web.viewer import Signed, heads_only

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@require_safe
@heads_only
def when(request: Signed) -> HttpResponse:
    """Arrivals, misses and waiting by the hour of the week."""
    asked = wanted(request)
    cells = figures.when(asked.period)
    hours = sorted({cell.hour for cell in cells.values() if cell.arrived or cell.missed})
    shown = range(hours[0], hours[-1] + 1) if hours else range(0)
    grids = [
        _grid(asked, _("Leads that came"), cells, shown, "arrived", of="came"),
        _grid(asked, _("Missed turns"), cells, shown, "missed", of="missed"),
        _grid(asked, _("Mean wait of those who came then, hours:minutes"), cells, shown, "wait", of="waited"),
    ]
    return page(request, "when", _("Hours"), asked, {"grids": grids, "hours": list(shown)})


def _grid(
    asked: Asked, title: str, cells: Mapping[tuple[int, int], Any], hours: Iterable[int], name: str, of: str
) -> dict[str, Any]:
    values = {key: (getattr(cell, name) or 0) for key, cell in cells.items()}
    if name == "wait":
        values = {key: round(value / 60) for key, value in values.items()}
    most = max(values.values(), default=0)
    rows = []
    for number, weekday in enumerate(WEEKDAYS, start=1):
        line = [
            {
                "value": _shown(name, values.get((number, hour), 0)),
                "level": shapes.level(values.get((number, hour), 0), most),
                "rows": asked.with_(of=of, hour=(number - 1) * 24 + hour),
            }
            for hour in hours
        ]
        rows.append((pgettext("weekday", weekday), line))
    return {"title": title, "rows": rows, "kind": name}


def _shown(name: str, value: int) -> str:
    """Minutes as the hands of a clock have them; nothing is empty."""
    if not value:
        return ""
    return f"{value // 60}:{value % 60:02}" if name == "wait" else str(value)


@require_safe
@heads_only
def funnel(request: Signed) -> HttpResponse:
    """By which person leads are taken: the first, the second, …"""
    asked = wanted(request)
    steps = figures.funnel(asked.period)
    most = max((step.turns for step in steps), default=0)
    rows = [
        {"step": step, "percent": words.percent(step.share), "query": asked.with_(turn=step.number)} for step in steps
    ]
    return page(request, "funnel", _("Funnel"), asked, {"rows": rows, "most": most})


@require_safe
@heads_only
def junk(request: Signed) -> HttpResponse:
    """Leads closed without a take (S-30), false takes (S-38), and leads that came back after a take (S-31)."""
    asked = wanted(request)
    sources = dict(Source.objects.filter(company=request.viewer.company).values_list("pk", "name"))
    drums = dict(Drum.objects.filter(company=request.viewer.company).values_list("pk", "name"))
    keys = {drum.pk: drum.key for drum in request.viewer.drums}
    tables = []
    sets = (
        ("junk", _("Closed without being taken")),
        ("false", _("False takes")),
        ("back", _("Came back after a take")),
    )
    for name, title in sets:
        for column, heading, known in (("source", _("Source"), sources), ("drum", _("Drum"), drums)):
            lines = [
                {
                    "name": known.get(key) or _("not given"),
                    "all": number,
                    "of": of,
                    "percent": words.percent(of / number),
                    "query": asked.with_(of=name, **_narrow(column, key, keys)),
                    "query_all": asked.with_(of="leads", **_narrow(column, key, keys)),
                }
                for key, number, of in figures.by(asked.period, LEADS[name], column)
            ]
            tables.append({"title": title, "heading": heading, "lines": lines, "query": asked.with_(of=name)})
    return page(request, "junk", _("Junk and false takes"), asked, {"tables": tables})


def _narrow(column: str, key: int, drums: Mapping[int, str]) -> dict[str, str]:
    if column == "source":
        return {"source": str(key)}
    return {"drum": drums[key]} if key in drums else {}
