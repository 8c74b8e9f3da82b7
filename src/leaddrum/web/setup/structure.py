"""Lists an administrator keeps as a whole: the stages of the board, routes; and the company itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from leaddrum import words
from leaddrum.company.choices import LANGUAGES
from leaddrum.company.editing import judged
from leaddrum.company.settings import Settings, rows
from leaddrum.company.toml import Tree
from leaddrum.core import routing
from leaddrum.models import Company, Source
from leaddrum.web.setup import fields, ids
from leaddrum.web.setup.fields import Field
from leaddrum.web.setup.page import Page, Work, edit, wrong
from leaddrum.web.setup.values import Values, decimal, one, table
from leaddrum.web.setup.values import number as whole
from leaddrum.web.viewer import Signed, admins_only

MEANINGS = (
    ("entry", _("waits: not taken yet"), ""),
    ("take", _("taken: it is worked on"), ""),
    ("close", _("closed: junk, lost, not ours"), ""),
    ("ignore", _("takes no part: drums do not watch it"), ""),
)
SOURCES = 30  # that the routes' page names
COMPANY = (
    Field("name", _("Name"), "text", _("As people and clients know the company: Bright Windows.")),
    Field(
        "zone", _("Time zone"), "text", _("Deadlines are counted by the company's time. For example, Europe/Moscow.")
    ),
    Field(
        "language",
        _("Language"),
        "select",
        _("For notices, and for whoever has chosen none."),
        tuple((code, name, "") for code, name in LANGUAGES.items()),
    ),
    Field(
        "mask_after",
        _("Months for which clients' data is kept"),
        "number",
        _(
            "After that, names, phones, letters and files of leads that are done with are masked for good, a little"
            " every night; the journal and all figures stay. 0: it is kept until somebody masks it."
        ),
    ),
)


def said(values: Values, before: Values, *names: str) -> bool:
    return any(values.get(name, []) != before.get(name, []) for name in names)


class Listed(Page):
    """A page whose fields stand in rows; a row without its first text is gone."""

    columns: tuple[str, ...]

    def after(self) -> str:
        return resolve_url("setup")

    def act(self, work: Work) -> bool:
        """A row goes one place up or down."""
        at = one(work.values, "up") or one(work.values, "down")
        if not at.isdecimal():
            return False
        found, place = table(work.values, *self.columns), int(at)
        other = place + (-1 if one(work.values, "up") else 1)
        if 0 <= other < len(found) and place < len(found):
            found[place], found[other] = found[other], found[place]
        for column, name in enumerate(self.columns):
            work.values[name] = [row[column] for row in found]
        return True


class StagesPage(Listed):
    template = "leaddrum/setup/stages.html"
    columns = ("id", "title", "meaning")

    def values(self, settings: Settings) -> Values:
        stages = settings.file.stages
        return {
            "id": [stage.key for stage in stages],
            "title": [stage.title for stage in stages],
            "meaning": [str(stage.meaning) for stage in stages],
        }

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        if not said(full(values, self.columns, "title"), before, *self.columns):
            return
        there: dict[str, Any] = tree.get("stages", {})
        made: dict[str, Any] = {}
        for key, title, meaning in table(values, *self.columns):
            if title:
                made[key or ids.fresh(title, {*there, *made})] = {"title": title, "meaning": meaning}
        tree["stages"] = made

    def context(self, work: Work) -> dict[str, Any]:
        found = [row for row in table(work.values, *self.columns) if row[1]]
        drums = {key: [one.name for one in work.file.drums if key in one.policy.entry] for key, _t, _m in found}
        return {
            "rows": [(*row, drums.get(row[0], [])) for row in found] + [("", "", "ignore", [])],
            "meanings": MEANINGS,
        }


class RoutesPage(Listed):
    template = "leaddrum/setup/routes.html"
    columns = ("when", "to")

    def values(self, settings: Settings) -> Values:
        file = settings.file
        return {
            "when": [conditions(dict(route.when)) for route in file.routes],
            "to": [route.drum for route in file.routes],
            "default_drum": [file.default_drum],
        }

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        if said(full(values, self.columns, "when"), before, *self.columns):
            kept = {conditions(plain(row["when"])): row["when"] for row in rows(tree, "routes")}
            tree["routes"] = [
                {"when": kept.get(text) or when_of(text), "drum": drum}
                for text, drum in table(_plain(values), "when", "to")
                if text
            ]
        if said(values, before, "default_drum"):
            tree.setdefault("routing", {})["default_drum"] = one(values, "default_drum")

    def path(self, key: str) -> str:
        return "when" if key.startswith("routes") else "default_drum" if key.startswith("routing") else ""

    def context(self, work: Work) -> dict[str, Any]:
        file = work.file
        found = [row for row in table(_plain(work.values), "when", "to") if row[0]]
        said_of: dict[int, list[str]] = {}
        for problem in judged(file, work.viewer.now).problems:
            number = re.match(r"routes\[(\d+)\]", problem.key)
            if number:
                said_of.setdefault(int(number[1]), []).append(problem.what)
        return {
            "rows": [(*row, in_words(row[0]), said_of.get(number, [])) for number, row in enumerate(found, 1)]
            + [("", "", "", [])],
            "drums": [(one.key, one.name) for one in file.drums],
            "default": one(work.values, "default_drum"),
            "sources": _sources(work.viewer.company),
        }


def _sources(company: Company) -> list[str]:
    """What leads have brought as their source, as a rule may name it."""
    found = Source.objects.filter(company=company).order_by("name").values_list("name", flat=True)
    return [name for name in found[:SOURCES] if name]


class CompanyPage(Page):
    template = "leaddrum/setup/company.html"

    def values(self, settings: Settings) -> Values:
        file = settings.file
        kept = str(file.mask_after)
        return {"name": [file.name], "zone": [file.zone], "language": [file.language], "mask_after": [kept]}

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        company = tree["company"]
        if said(values, before, "name"):
            company.setdefault("key", self.key)  # a renamed company stays the one it is
        for name in ("name", "zone", "language"):
            if said(values, before, name):
                company[name] = one(values, name)
        if said(values, before, "mask_after"):
            company["mask_after"] = whole(one(values, "mask_after") or "0")

    def __init__(self, key: str) -> None:
        self.key = key

    def path(self, key: str) -> str:
        return key.removeprefix("company.") if key.startswith("company.") else ""

    def after(self) -> str:
        return resolve_url("setup")

    def context(self, work: Work) -> dict[str, Any]:
        return {"f": fields.shown(COMPANY, work.values, wrong(work, self))}


def full(values: Values, columns: Sequence[str], first: str) -> Values:
    """The columns without rows that say nothing."""
    found = [row for row in table(_plain(values), *columns) if row[columns.index(first)]]
    return {name: [row[number] for row in found] for number, name in enumerate(columns)}


def _plain(values: Values) -> Values:
    """Lines as a text field sends them are those of the file."""
    return {name: [text.replace("\r\n", "\n").strip() for text in texts] for name, texts in values.items()}


# A rule's conditions as lines.


def plain(when: dict[str, Any]) -> dict[str, Any]:
    """A condition as the check reads it, however the file writes it."""
    fields = when.get("fields")
    inner = {f"fields.{name}": value for name, value in fields.items()} if isinstance(fields, dict) else {}
    flat = {name: value for name, value in when.items() if name != "fields"} | inner
    return {name: value if isinstance(value, dict | list) else [value] for name, value in flat.items()}


def conditions(when: dict[str, Any]) -> str:
    """ "source: call, chat" and "fields.amount: 100..500", a line each."""
    return "\n".join(f"{field}: {_wanted(value)}" for field, value in when.items())


def _wanted(value: Any) -> str:
    if isinstance(value, dict):
        return "..".join(routing.plain(value[bound]) if bound in value else "" for bound in ("min", "max"))
    return ", ".join(str(item) for item in value)


def in_words(text: str) -> str:
    """A rule's lines as people say them."""
    return "; ".join(words.condition(field, wanted) for field, wanted in when_of(text).items())


def when_of(text: str) -> dict[str, Any]:
    """The way back. A line without a colon stays a field that a lead does not have, to be refused."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        field, _colon, value = line.partition(":")
        if not field.strip():
            continue
        found[field.strip()] = _span(value) or [part.strip() for part in value.split(",") if part.strip()]
    return found


def _span(text: str) -> dict[str, Any]:
    """Bounds written as "100..500", "100.." or "..0,5"; empty when these are none."""
    low, *high = re.split(r"\.\.(?!\.)", text)
    if len(high) != 1:
        return {}
    bounds = {name: decimal(part) for name, part in (("min", low), ("max", high[0])) if part.strip()}
    return {} if any(isinstance(bound, str) for bound in bounds.values()) else bounds


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def stages(request: Signed) -> HttpResponse:
    return edit(request, StagesPage())


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def routes(request: Signed) -> HttpResponse:
    return edit(request, RoutesPage())


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def company(request: Signed) -> HttpResponse:
    return edit(request, CompanyPage(request.viewer.company.key))
