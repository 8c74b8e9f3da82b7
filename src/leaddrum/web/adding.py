"""Leads added by hand, and by a table: upload, preview, progress, what was refused."""

from __future__ import annotations

import csv
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from leaddrum import engine, words
from leaddrum.intake import columns, fields, table
from leaddrum.intake.csvfile import NoTableError
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Import, Person
from leaddrum.web.viewer import Signed, Viewer, heads_only, signed_in

SOURCES = {"call": lazy("call"), "chat": lazy("chat"), "mail": lazy("mail"), "visit": lazy("visit"), "": lazy("other")}
DELIMITERS = {";": lazy("semicolon ;"), ",": lazy("comma ,"), "\t": lazy("tab"), "|": lazy("bar |")}
ENCODINGS = {"utf-8-sig": "UTF-8", "cp1251": "Windows-1251", "utf-16": "UTF-16", "koi8-r": "KOI8-R", "cp866": "CP866"}
_REFUSED_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def by_hand(request: Signed) -> HttpResponse:
    """One lead, typed in: after a call, at a fair."""
    viewer = request.viewer
    if request.method != "POST":
        return _by_hand(request, {"source": "call", "owner": ""}, [])
    said = {name: request.POST.get(name, "") for name in ("title", "name", "phone", "email", "source", "text", "owner")}
    try:
        lead = fields.read({**said, "external_id": _number(request.POST.get("nonce", "")[:64], said)})
        owner = fields.owner_of(viewer.company.pk, lead.owner)
        payload = {**said, "by": viewer.person.key}
        arrival = fields.arrival(lead, viewer.company, channel="hand", owner=owner, payload=payload)
        arrived = engine.arrive(viewer.company.pk, arrival, now=viewer.now)
    except Unreadable as error:
        return _by_hand(request, said, error.problems, status=422)
    except engine.Refused as error:
        return _by_hand(request, said, [Problem("", words.refusal(error))], status=409)
    told = {
        "created": _("The lead is in the drum."),
        "joined": _("This client's lead was open already: the request was joined to it."),
        "repeated": _("This lead was added before."),
    }
    messages.success(request, told[arrived.outcome])
    return redirect("lead", arrived.lead)


def _number(nonce: str, said: Mapping[str, str]) -> str:
    """By which the same press, come twice, is known. What was typed is part of it: who goes back to a form that he has
    sent and types in another client has another lead."""
    text = orjson.dumps([nonce or secrets.token_urlsafe(12), *said.values()])
    return "hand:" + hashlib.sha256(text).hexdigest()[:32]


def _by_hand(request: Signed, values: dict[str, str], problems: Sequence[Problem], status: int = 200) -> HttpResponse:
    wrong = {problem.where: problem.what for problem in problems}
    people = Person.objects.filter(company=request.viewer.company, active=True, technical=False).order_by("name")
    context = {
        "values": values,
        "wrong": wrong,
        "general": wrong.get(""),
        "people": people.values_list("key", "name"),
        "sources": SOURCES.items(),
        "nonce": request.POST.get("nonce") or secrets.token_urlsafe(12),
    }
    return render(request, "leaddrum/adding/by_hand.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@heads_only
def upload(request: Signed) -> HttpResponse:
    """A file comes in; earlier ones are listed."""
    error = ""
    if request.method == "POST":
        sent = request.FILES.get("file")
        try:
            if sent is None or sent.size is None:
                raise NoTableError(_("Choose a file."))
            if sent.size > table.LARGEST_FILE:
                raise NoTableError(
                    _("The file is too large: at most %(most)s MB.") % {"most": table.LARGEST_FILE // 2**20}
                )
            viewer = request.viewer
            made = table.load(viewer.company, viewer.person, sent.name or "", sent.read(), now=viewer.now)
            return redirect("import-preview", made.pk)
        except NoTableError as problem:
            error = str(problem)
    earlier = _imports(request.viewer).order_by("-pk")[:20]
    context = {"error": error, "earlier": earlier}
    return render(request, "leaddrum/adding/upload.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@heads_only
def preview(request: Signed, import_id: int) -> HttpResponse:
    """Before the start: how the rows would come in, and the guesses to mend. After it: how far it is."""
    found = _import(request, import_id)
    if found.state != "preview":
        return _progress(request, found)
    error = ""
    if request.method == "POST":
        try:
            _describe(request, found)
            if "start" in request.POST:
                table.preview(found)  # it must be readable as described
                table.start(found)
            return redirect("import-preview", found.pk)
        except NoTableError as problem:
            error = str(problem)
            found.refresh_from_db()
    return _preview(request, found, error)


@require_safe
@heads_only
def refused(request: Signed, import_id: int) -> HttpResponse:
    """Which rows were refused and why, as a table."""
    found = _import(request, import_id)
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")  # the mark tells Excel that it is UTF-8
    answer["Content-Disposition"] = 'attachment; filename="refused.csv"'
    writer = csv.writer(answer, delimiter=";")
    writer.writerow([_("line of the file"), _("why it was refused")])
    writer.writerows(found.refusals.order_by("line").values_list("line", "what").iterator())
    return answer


def _preview(request: Signed, found: Import, error: str) -> HttpResponse:
    settings = found.settings
    try:
        shown = table.preview(found)
    except NoTableError as problem:
        error, shown = error or str(problem), table.Preview((), (), (), 0)
    heads = [
        {"number": number, "heading": shown.heading[number] if number < len(shown.heading) else "", "target": target}
        for number, target in enumerate(shown.columns)
    ]
    context = {
        "import": found,
        "total": shown.total,
        "rows": [_shown(row, len(heads)) for row in shown.rows],
        "heads": heads,
        "settings": settings,
        "targets": columns.LABELS.items(),
        "encodings": ENCODINGS | {settings["encoding"]: ENCODINGS.get(settings["encoding"], settings["encoding"])},
        "delimiters": DELIMITERS.items(),
        "error": error,
    }
    return render(request, "leaddrum/adding/preview.html", context, status=422 if error else 200)


def _shown(row: table.Shown, width: int) -> dict[str, Any]:
    """A row as wide as the table; what is too much for it stands in its last cell."""
    cells = [*row.cells[: width - 1], " ".join(row.cells[width - 1 :])] if len(row.cells) > width else [*row.cells]
    return {"line": row.line, "cells": cells + [""] * (width - len(cells)), "wrong": table.in_words(row.problems)}


def _progress(request: Signed, found: Import) -> HttpResponse:
    refusals = found.refusals.order_by("line")[:_REFUSED_SHOWN]
    context = {"import": found, "refusals": refusals, "more": max(0, found.refused - _REFUSED_SHOWN)}
    answer = render(request, "leaddrum/adding/progress.html", context)
    if found.state == "running":
        answer["Refresh"] = "2"  # seconds; works without any script
    return answer


def _describe(request: Signed, found: Import) -> None:
    """
    Raises:
        NoTableError: it cannot be read that way.
    """
    said, settings = request.POST, found.settings
    encoding = said.get("encoding", settings["encoding"])
    delimiter = said.get("delimiter", settings["delimiter"])
    if (encoding, delimiter) != (settings["encoding"], settings["delimiter"]):
        table.describe(found, encoding=encoding, delimiter=delimiter)  # other columns: their meaning is guessed anew
        return
    chosen = [said.get(f"column-{number}", target) for number, target in enumerate(settings["columns"])]
    table.describe(found, encoding=encoding, delimiter=delimiter, header="header" in said, chosen=chosen)


def _imports(viewer: Viewer) -> QuerySet[Import]:
    """A table holds clients of whoever brings it: a head sees his own alone, an administrator all of them."""
    found = Import.objects.filter(company=viewer.company)
    return found if viewer.is_admin else found.filter(created_by=viewer.person)


def _import(request: Signed, import_id: int) -> Import:
    """
    Raises:
        Http404: not there, or none of his.
    """
    found = _imports(request.viewer).filter(pk=import_id).select_related("company").first()
    if found is None:
        raise Http404
    return found
