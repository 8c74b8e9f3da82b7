"""The rows behind a number: exactly the set that was counted."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from leaddrum import words
from leaddrum.facts.kinds import LEADS, TURNS
from leaddrum.facts.period import Period
from leaddrum.facts.rows import Rows
from leaddrum.models import FactLead, FactTurn
from leaddrum.web.analytics import frame
from leaddrum.web.analytics.parts import WEEKDAYS
from leaddrum.web.viewer import Signed, Viewer, heads_only

PAGE = 50
CHUNK = 900  # rows fetched by their keys at a time
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NARROWING = ("of", "turn", "hour")


@dataclass(frozen=True)
class Found:
    """A set of rows, of leads or of turns."""

    name: str
    title: str
    rows: Rows
    turns: bool

    @property
    def model(self) -> type[FactLead | FactTurn]:
        return FactTurn if self.turns else FactLead


@dataclass(frozen=True)
class Page:
    rows: list[dict[str, Any]]
    total: int
    older: int | None


@require_safe
@heads_only
def rows(request: Signed) -> HttpResponseBase:
    """The rows behind a number, newest first."""
    asked = frame.wanted(request)
    found = wanted(asked.period, request.GET)
    if request.path.endswith(".csv"):
        answer = StreamingHttpResponse(csv_lines(found, request.viewer), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{found.name}.csv"'
        return answer
    shown = page(found, request.GET.get("before", ""), request.viewer)
    chosen = {name: request.GET[name][:20] for name in NARROWING if request.GET.get(name)}
    context = {"page": shown, "found": found, "rows_query": asked.with_(**chosen), "chosen": chosen}
    return frame.page(request, "rows", found.title, asked, context)


def titles() -> dict[str, str]:
    return {
        "leads": _("Leads"),
        "taken": _("Taken"),
        "in_time": _("Taken before any deadline"),
        "late": _("Taken after a miss"),
        "waiting": _("Still waiting"),
        "handed": _("Handed over"),
        "head": _("Reached the head"),
        "held": _("Were on hold"),
        "junk": _("Closed without being taken"),
        "false": _("False takes"),
        "back": _("Came back after a take"),
        "came": _("Leads that came"),
        "waited": _("Taken on the first passage"),
        "missed": _("Missed turns"),
        "turns": _("Turns"),
        "turns_taken": _("Taken turns"),
        "turns_missed": _("Missed turns"),
        "turns_annulled": _("Annulled misses"),
        "turns_excused": _("Misses through nobody's fault"),
        "turns_answerable": _("Misses to answer for"),
        "turns_returned": _("Returned turns"),
        "turns_void": _("Void turns"),
    }


def wanted(period: Period, query: Mapping[str, str]) -> Found:
    """What an address asks for; what is unknown counts as all leads."""
    name, title = query.get("of", ""), ""
    turn, hour = _number(query.get("turn", "")), _number(query.get("hour", ""))
    if turn and name not in {*TURNS, "missed"}:
        name, title = "turns_all", _("Turns")
    turns = name in {*TURNS, "missed", "turns_all"}
    if not turns and name not in LEADS:
        name = "leads"
    found = period.turns if turns else period.leads
    if name != "turns_all":
        found = found.of(period.scope.missed if name == "missed" else {**LEADS, **TURNS}[name])
    title = title or titles()[name]
    if turn and turns:
        found, title = found.where(number=turn), _("%(what)s, turn %(number)s") % {"what": title, "number": turn}
    if hour is not None and hour < len(WEEKDAYS) * 24:
        found, title = found.where(hour=hour), f"{title}, {_hour(hour)}"
    return Found(name, title, found, turns)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _hour(hour: int) -> str:
    """The hour of the week in words: Mon 10:00–11:00."""
    return f"{pgettext('weekday', WEEKDAYS[hour // 24])} {hour % 24}:00–{hour % 24 + 1}:00"


def page(found: Found, before: str, viewer: Viewer) -> Page:
    """Newest first, by key: a page costs the same however far back it is."""
    last = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    keys = found.rows.newest(PAGE + 1, last)
    some = list(found.model._base_manager.filter(pk__in=keys).order_by("-pk"))
    shown = some[:PAGE]
    seen = dict(viewer.leads().filter(pk__in=[row.lead_id for row in shown]).values_list("pk", "title"))
    lines = [_line(row, seen, viewer, turn=found.turns) for row in shown]
    return Page(lines, len(found.rows), shown[-1].pk if len(some) > PAGE else None)


def _line(row: Any, seen: Mapping[int, str], viewer: Viewer, *, turn: bool) -> dict[str, Any]:
    line = {
        "lead": row.lead_id,
        "title": seen.get(row.lead_id),
        "person": viewer.names.get(row.person_id or 0, "—"),
        "at": row.offered_at if turn else row.arrived_at,
    }
    if turn:
        seconds = row.take_seconds if row.is_taken else row.worked_seconds
        return line | {
            "number": row.turn_number,
            "state": verdict(row.verdict),
            "note": _("annulled") if row.is_annulled else words.excuse(row.excuse) if row.excuse else "",
            "took": "—" if seconds is None else words.duration(seconds),
        }
    return line | {
        "number": row.turns,
        "state": state(row.state),
        "note": "",
        "took": "—" if row.wait_seconds is None else words.duration(row.wait_seconds),
    }


def verdict(code: str) -> str:
    known = {"taken": _("taken"), "missed": _("missed"), "returned": _("returned"), "void": _("void")}
    return known[code]


def state(code: str) -> str:
    known = {
        "offered": _("offered"),
        "held": _("on hold"),
        "with_head": _("with the head"),
        "taken": _("taken"),
        "closed": _("closed"),
        "withdrawn": _("withdrawn"),
    }
    return known[code]


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(found: Found, viewer: Viewer) -> Iterator[str]:
    """All of them, streamed, with the columns of the feed."""
    fields = [f.attname for f in found.model._meta.local_concrete_fields if f.attname != "company_id"]
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([*fields, "person_name"])
    keys = found.rows.keys()
    for first in range(0, len(keys), CHUNK):
        some = found.model._base_manager.filter(pk__in=keys[first : first + CHUNK]).order_by("-pk")
        for row in some.values_list(*fields, "person_id"):
            yield writer.writerow([*(_cell(value) for value in row[:-1]), _cell(viewer.names.get(row[-1] or 0, ""))])


def _cell(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value
