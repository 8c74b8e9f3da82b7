"""The rows behind a number: exactly the set that was counted."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from leaddrum import words
from leaddrum.facts.figures import LEADS, RARE, TURNS, Scope
from leaddrum.web.viewer import Viewer

PAGE = 50
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Found:
    """A set of rows, of leads or of turns."""

    name: str
    title: str
    rows: QuerySet[Any]
    turns: bool


@dataclass(frozen=True)
class Page:
    rows: list[dict[str, Any]]
    total: int
    older: int | None


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
        "junk": _("Closed without a take"),
        "false": _("False takes"),
        "back": _("Came back after a take"),
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


def wanted(scope: Scope, query: Mapping[str, str]) -> Found:
    """What an address asks for; what is unknown counts as all leads."""
    name = query.get("of", "")
    turn = query.get("turn", "")
    narrowed = Q(turn_number=int(turn)) if turn.isascii() and turn.isdigit() and len(turn) < 6 else Q()
    if narrowed and name not in TURNS:
        name = "turns"
        rows = scope.turns().filter(narrowed)
        return Found(name, _("Turns of number %s") % turn, rows, turns=True)
    if name == "missed":
        return Found(name, titles()[name], scope.turns().filter(scope.missed, narrowed), turns=True)
    if name in TURNS:
        return Found(name, titles()[name], scope.turns().filter(TURNS[name], narrowed), turns=True)
    sets = {**LEADS, **RARE}
    name = name if name in sets else "leads"
    return Found(name, titles()[name], scope.leads().filter(sets[name]), turns=False)


def page(found: Found, before: str, viewer: Viewer) -> Page:
    """Newest first, by key: a page costs the same however far back it is."""
    rows = found.rows
    total = rows.count()
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    some = list(rows.order_by("-pk")[: PAGE + 1])
    shown = some[:PAGE]
    seen = dict(viewer.leads().filter(pk__in=[row.lead_id for row in shown]).values_list("pk", "title"))
    lines = [_line(row, seen, viewer, turn=found.turns) for row in shown]
    return Page(lines, total, shown[-1].pk if len(some) > PAGE else None)


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
        "withdrawn": _("deleted"),
    }
    return known[code]


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(found: Found, viewer: Viewer) -> Iterator[str]:
    """All of them, streamed, with the columns of the feed."""
    fields = [f.attname for f in found.rows.model._meta.local_concrete_fields if f.attname != "company_id"]
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([*fields, "person_name"])
    for row in found.rows.order_by("-pk").values_list(*fields, "person_id").iterator(chunk_size=2000):
        yield writer.writerow([*(_cell(value) for value in row[:-1]), _cell(viewer.names.get(row[-1] or 0, ""))])


def _cell(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value
