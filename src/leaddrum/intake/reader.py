"""Rows of a table as inputs of leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from leaddrum import engine
from leaddrum.intake import clean, columns, csvfile, fields
from leaddrum.intake.csvfile import Row
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Company, Import, Person


class Reader:
    """Reads the rows of one import."""

    def __init__(self, company: Company, targets: Sequence[str], heading: Sequence[str], digest: str) -> None:
        self.company, self.targets, self.digest = company, tuple(targets), digest
        self.heading = tuple(heading)
        people = Person.objects.filter(company=company, active=True).values_list("pk", "key", "name", "email")
        # A table may name people by id, name or address; who is named twice is nobody.
        self.people: dict[str, set[int]] = {}
        for pk, *names in people:
            for name in filter(None, names):
                self.people.setdefault(name.casefold(), set()).add(pk)

    @classmethod
    def of(cls, found: Import, lines: Sequence[str]) -> Reader:
        heading: Sequence[str] = ()
        if found.settings["header"]:
            rows = csvfile.rows(lines, found.settings["delimiter"], csvfile.first_row(lines))
            heading = next(iter(rows), Row(1, 1)).cells
        return cls(found.company, found.settings["columns"], heading, found.file.digest)

    def problems(self, row: Row) -> Sequence[Problem]:
        try:
            self.arrival(row)
        except Unreadable as error:
            return error.problems
        return ()

    def arrival(self, row: Row) -> engine.Arrival:
        """
        Raises:
            Unreadable: why no lead can be made of it.
        """
        if row.wrong:
            raise Unreadable([Problem("", row.wrong)])
        if len(row.cells) > len(self.targets) and any(cell.strip() for cell in row.cells[len(self.targets) :]):
            what = _("%(found)s cells where there are %(columns)s columns.")
            raise Unreadable([Problem("", what % {"found": len(row.cells), "columns": len(self.targets)})])
        inputs = self._inputs(row.cells)
        owner = self._owner(str(inputs.pop("owner", "")))
        lead = fields.read(inputs)
        lead.external_id = lead.external_id or f"csv:{self.digest[:40]}:{row.line}"
        raw = {"line": row.line, "row": row.cells}
        return fields.arrival(lead, self.company, channel="csv", owner=owner, payload=raw)

    def _inputs(self, cells: Iterable[str]) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        own: dict[str, str] = {}
        for number, (target, cell) in enumerate(zip(self.targets, cells, strict=False)):
            if not cell.strip() or target == columns.SKIP:
                continue
            if target == columns.OWN:
                own[self._name(number, own)] = cell
            else:
                inputs[target] = cell
        return inputs | {"fields": own}

    def _name(self, number: int, taken: Mapping[str, str]) -> str:
        heading = clean.one_line(self.heading[number])[: fields.LONGEST_NAME] if number < len(self.heading) else ""
        return heading if heading and heading not in taken else _("Column %s") % (number + 1)

    def _owner(self, name: str) -> int | None:
        name = clean.one_line(name)
        if not name:
            return None
        found = self.people.get(name.casefold(), set())
        if len(found) != 1:
            raise Unreadable([Problem("owner", _("There is no active person “%(key)s”.") % {"key": name[:64]})])
        return next(iter(found))
