"""Departments: which stands below which, and who answers for whom.

Heads and deputies are written by name, and one list for the whole page offers everybody: a company may have thousands.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from leaddrum.company import labels
from leaddrum.company.called import Called
from leaddrum.company.settings import Settings, rows
from leaddrum.company.shape import Person
from leaddrum.company.toml import Tree
from leaddrum.web.setup import ids
from leaddrum.web.setup import values as v
from leaddrum.web.setup.page import Work, edit, wrong
from leaddrum.web.setup.structure import Listed, full, said
from leaddrum.web.setup.values import Values, table
from leaddrum.web.viewer import Signed, admins_only

PEOPLE = ("head", "deputy")
_PLACE = re.compile(rf"departments\[(.+)\]\.({'|'.join(PEOPLE)})")


class DepartmentsPage(Listed):
    template = "leaddrum/setup/departments.html"
    columns = ("id", "name", "parent", *PEOPLE)

    def __init__(self) -> None:
        self.unclear: dict[str, str] = {}  # a field's id: why what stands in it names nobody

    def values(self, settings: Settings) -> Values:
        units = settings.file.departments
        self.called = called = Called(settings.file.people)
        return {
            "id": [unit.key for unit in units],
            "name": [unit.name for unit in units],
            "parent": [unit.parent for unit in units],
            "head": [called.name(unit.head) for unit in units],
            "deputy": [called.name(unit.deputy) for unit in units],
        }

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        if not said(full(values, self.columns, "name"), full(before, self.columns, "name"), *self.columns):
            return
        there = {str(row.get("id")): row for row in rows(tree, "departments")}
        opened = {row[0]: row for row in table(before, *self.columns) if row[0] in there}
        called = Called(map(_person, rows(tree, "people")))
        made: list[Tree] = []
        for row in table(values, *self.columns):
            key, name = row[:2]
            if not name:
                continue
            unit = dict(there.get(key, {"id": key or ids.fresh(name, {*there, *(str(one["id"]) for one in made)})}))
            for setting, text, was in zip(self.columns, row, opened.get(key, ("",) * len(row)), strict=True):
                if setting != "id" and text != was:
                    v.put(unit, setting, self._who(called, unit, setting, text) if setting in PEOPLE else text)
            made.append(unit)
        tree["departments"] = made
        self._forget(tree, {str(unit["id"]) for unit in made})

    def _who(self, called: Called, unit: Tree, setting: str, text: str) -> str:
        """The id of the person who is meant; a text that names nobody, or several, stays, to be refused."""
        keys = called.meant(text) if text else [""]
        if len(keys) == 1:
            return keys[0]
        self.unclear[f"{setting}-{unit['id']}"] = (
            f"{unit['name']}, {labels.label(setting)}: {called.unclear(text, keys)}"
        )
        return text

    def _forget(self, tree: Tree, kept: set[str]) -> None:
        """Nobody belongs to a department that is gone."""
        for person in rows(tree, "people"):
            if "departments" in person:
                v.put(person, "departments", [key for key in person["departments"] if key in kept])
        for unit in rows(tree, "departments"):
            if unit.get("parent") not in kept:
                unit.pop("parent", None)

    def path(self, key: str) -> str:
        place = _PLACE.fullmatch(key)
        return f"{place[2]}-{place[1]}" if place else ""

    def say(self, name: str, what: str, work: Work) -> str:
        del work
        return self.unclear.get(name, what)

    def context(self, work: Work) -> dict[str, Any]:
        file, mistakes = work.file, wrong(work, self)
        members = Counter(key for person in file.people if person.active for key in person.departments)
        found = [row for row in table(work.values, *self.columns) if row[1]]
        return {
            "rows": [
                {
                    **dict(zip(self.columns, row, strict=True)),
                    "members": members[row[0]],
                    "wrong": [name for name in PEOPLE if row[0] and f"{name}-{row[0]}" in mistakes],
                }
                for row in [*found, ("",) * len(self.columns)]
            ],
            "people": self.called.offered(),
            "units": [(unit.key, unit.name) for unit in file.departments],
        }


def _person(row: Tree) -> Person:
    """What a table of the file says of his name."""
    return Person(
        str(row.get("id")),
        str(row.get("name", row.get("id"))),
        str(row.get("email", "")),
        active=row.get("active", True) is True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def departments(request: Signed) -> HttpResponse:
    return edit(request, DepartmentsPage())
