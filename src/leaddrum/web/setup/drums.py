"""A drum's page: its settings, what each change does, and today under them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leaddrum import words
from leaddrum.company import editing
from leaddrum.company.choices import NOTHING
from leaddrum.company.editing import judged
from leaddrum.company.places import of_itself
from leaddrum.company.settings import Settings, named
from leaddrum.company.shape import CompanyFile, Drum
from leaddrum.company.toml import Tree
from leaddrum.engine import foresight, org
from leaddrum.engine.staff import Org
from leaddrum.models import Company
from leaddrum.web.setup import drum_fields, drum_values, fields, values
from leaddrum.web.setup.page import Page, Work, edit, wrong
from leaddrum.web.setup.values import Values, one, some
from leaddrum.web.viewer import Signed, Viewer, heads_only

SOURCES = ("form", "call", "chat", "mail", "api")
EMPTY_ROWS = 2
_DURATION = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")


@dataclass(frozen=True, slots=True)
class Day:
    """One step of a lead nobody takes, in words."""

    at: datetime
    kind: str
    who: str
    until: datetime | None
    why: str


class DrumPage(Page):
    template = "leaddrum/setup/drum.html"

    def __init__(self, key: str) -> None:
        self.drum = key

    def values(self, settings: Settings) -> Values:
        return drum_values.of(self._drum(settings.file))

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        table = named(tree, "drums", self.drum)
        if table is None:
            raise Http404
        drum_values.write(table, values, before)

    def act(self, work: Work) -> bool:
        """Copy a department's people into the roster, add somebody, take somebody out, move somebody."""
        form, file = work.values, work.now.file
        people = form.setdefault("person", [])
        if one(form, "copy"):
            named_one = one(form, "copy_from")
            members = [person.key for person in file.people if named_one in person.departments and person.active]
            form["person"] = list(dict.fromkeys([*people, *members]))
        elif one(form, "add_one"):
            form["person"] = list(dict.fromkeys([*people, *some(form, "add")]))
        elif key := one(form, "remove"):
            form["person"] = [person for person in people if person != key]
        elif key := one(form, "up") or one(form, "down"):
            _move(people, key, -1 if one(form, "up") else 1)
        else:
            return False
        form["roster"] = ["people"]
        form["add"] = []
        return True

    def may(self, work: Work) -> bool:
        return work.scope.has_drum(work.now.file, self._drum(work.now.file))

    def path(self, key: str) -> str:
        start = f"drums[{self.drum}]"
        if not key.startswith(start):
            return ""
        name = key[len(start) :].lstrip(".").replace("[", ".").partition(".")[0]
        return {"budget_by_source": "source", "": "budget"}.get(name, name)

    def say(self, name: str, what: str, work: Work) -> str:
        if name in drum_fields.TIMES and not _DURATION.fullmatch(values.duration(one(work.values, name))):
            return _("write it like 20 min, 1 h 30 min or 90 s.")
        if name == "warn_at":
            return _("write percentages between 1 and 99, such as 50, 80.")
        if name == "trial":
            return _("write two different budgets, such as 15 min, 30 min.")
        return what

    def after(self) -> str:
        return resolve_url("setup-drum", self.drum)

    def ask(self, work: Work) -> editing.Ask[Any]:
        """The walk of a lead that comes now, under the edited settings."""

        def then(company: Company) -> list[Day]:
            return _today(org.of(company, work.viewer.now), self.drum, work.viewer)

        return then

    def context(self, work: Work) -> dict[str, Any]:
        file = work.file
        viewer = work.viewer
        doubts, worst = _judged(work, self.drum)
        return {
            "drum": self._drum(work.now.file),
            "f": fields.shown(drum_fields.ALL, work.values, wrong(work, self), _choices(file)),
            "roster": _listed(work.values, file),
            "others": _others(work, file),
            "departments": [(unit.key, unit.name) for unit in file.departments],
            "sources": _sources(work.values),
            "source_wrong": wrong(work, self).get("source", ""),
            "doubts": doubts,
            "worst": worst,
            "today": _today(viewer.org, self.drum, viewer),
        }

    def _drum(self, file: CompanyFile) -> Drum:
        found = next((drum for drum in file.drums if drum.key == self.drum), None)
        if found is None:
            raise Http404
        return found


def _move(keys: list[str], key: str, by: int) -> None:
    """One place up or down, as far as the list goes."""
    if key in keys:
        at = keys.index(key)
        keys.insert(max(0, at + by), keys.pop(at))


def _choices(file: CompanyFile) -> dict[str, Sequence[tuple[str, fields.Text, fields.Text]]]:
    stages = [(stage.key, stage.title, "") for stage in file.stages]
    takes = [(stage.key, stage.title, "") for stage in file.stages if stage.meaning == "take"]
    return {
        "entry": stages,
        "take_stage": [("", NOTHING["drums", "take_stage"], ""), *takes],
        "calendar": [("", NOTHING["drums", "calendar"], ""), *((key, file.hours(key), "") for key in file.calendars)],
        "department": [("", "–", ""), *((unit.key, unit.name, "") for unit in file.departments)],
    }


def _listed(values: Values, file: CompanyFile) -> list[dict[str, Any]]:
    """The roster as the form has it."""
    people = {person.key: person for person in file.people}
    return [
        {
            "key": key,
            "name": people[key].name if key in people else key,
            "gone": key not in people or not people[key].active,
            "weight": one(values, f"weight-{key}") or "1",
        }
        for key in dict.fromkeys(some(values, "person"))
    ]


def _others(work: Work, file: CompanyFile) -> list[tuple[str, str]]:
    """Whom the roster could take in besides."""
    there = set(some(work.values, "person"))
    able = (person for person in file.people if person.active and not person.technical and person.key not in there)
    return sorted(
        ((person.key, person.name) for person in able if work.scope.admin or person.key in work.scope.people),
        key=lambda pair: pair[1],
    )


def _sources(values: Values) -> list[tuple[str, str]]:
    """Rows of “this source has this time”, with some for more."""
    pairs = list(zip(values.get("source", ()), values.get("source_budget", ()), strict=False))
    pairs = [pair for pair in pairs if any(pair)]
    return pairs + [("", "")] * EMPTY_ROWS


def _judged(work: Work, drum: str) -> tuple[list[str], str]:
    """What is doubtful in this drum as it is in force, and its worst case (S-53)."""
    found = judged(work.now.file, work.viewer.now)
    place = f"drums[{drum}]"
    doubts = [problem.what for problem in found.problems if problem.key.startswith(place)]
    keys = [one_drum.key for one_drum in work.now.file.drums]
    at = keys.index(drum)
    return doubts, of_itself(found.worst_cases[at], work.now.file.drums[at].name)


def _today(people: Org, key: str, viewer: Viewer) -> list[Day]:
    """A lead that comes now and that nobody takes, step by step."""
    drum = next((pk for pk, name in people.drums.items() if name == key), None)
    if drum is None:
        return []
    policy = people.policies[drum]
    owner = None
    if not policy.rotate or policy.roster.owners_department:
        owner = next((one.id for one in people.people.values() if one.active and one.departments), None)
    steps = foresight.unanswered(people, drum, viewer.now, owner=owner)
    names = {member.id: member.name for member in people.people.values()}
    return [_told(step, names, viewer) for step in steps]


def _told(step: foresight.Step, names: dict[int, str], viewer: Viewer) -> Day:
    who = names.get(step.person, "") if step.person is not None else ""
    if step.kind == "offered":
        return Day(step.at, step.kind, who or _("everybody on duty"), step.until, "")
    if step.kind == "head":
        mode = next((label for code, label, _what in drum_fields.ESCALATIONS if code == step.reason), "")
        return Day(step.at, step.kind, who or _("nobody: there is no head"), None, str(mode))
    return Day(step.at, step.kind, _("Nobody"), None, words.hold(step.reason, step.until, viewer.zone, step.at))


@require_http_methods(["GET", "HEAD", "POST"])
@heads_only
def drum(request: Signed, key: str) -> HttpResponse:
    """One drum: to its head and to administrators for changing, to other heads for reading where they see it."""
    if key not in {one.key for one in request.viewer.drums}:
        raise Http404
    return edit(request, DrumPage(key))
