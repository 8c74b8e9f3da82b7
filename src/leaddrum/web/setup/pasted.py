"""People as they are pasted from a table: a line each, cells in any order, the address known by its @."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from leaddrum.company.settings import rows
from leaddrum.company.toml import Tree
from leaddrum.web.setup import ids
from leaddrum.web.setup.values import Values, some

MOST = 2000


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    email: str = ""
    department: str = ""


def read(text: str) -> list[Row]:
    """The lines that name somebody; a heading ("Name; E-mail") is none."""
    found = []
    for line in text.splitlines()[:MOST]:
        cells = [cell.strip(' "') for cell in re.split(r"\t|;|,(?=\s|$)", line)]
        email = next((cell for cell in cells if "@" in cell), "")
        others = [cell for cell in cells if cell and cell != email]
        if not others and email:
            others = [email.partition("@")[0]]
        if others and not re.fullmatch(r"(?i)имя|ф\.?и\.?о\.?|сотрудник|name|employee", others[0]):
            found.append(Row(others[0], email.lower(), others[1] if len(others) > 1 else ""))
    return found


def too_many(values: Values) -> dict[str, str]:
    """What is said at the field when some of its lines are not read."""
    lines = "\n".join(some(values, "lines")).splitlines()
    if len(lines) <= MOST:
        return {}
    return {"lines": _("Only the first %(most)s lines are read: paste the others afterwards.") % {"most": MOST}}


def add(tree: Tree, people: list[Row], default: str = "") -> list[str]:
    """Put them into the file, with departments that are not there yet; who is there by his address or name is not
    added twice. Returns the ids of those who were added.

    Args:
        default: the department of those whose line names none.
    """
    table = rows(tree, "people")
    keys = {str(row.get("id")) for row in table}
    known = {str(row.get(name, "")).casefold() for row in table for name in ("email", "name")} - {""}
    made = []
    for row in people:
        if row.name.casefold() in known or (row.email and row.email.casefold() in known):
            continue
        key = ids.fresh(row.name, keys)
        keys.add(key)
        known |= {row.name.casefold(), row.email.casefold()} - {""}
        unit = _department(tree, row.department) if row.department else default
        entry = {"id": key, "name": row.name, "email": row.email, "departments": [unit] if unit else []}
        table.append({name: value for name, value in entry.items() if value})
        made.append(key)
    return made


def _department(tree: Tree, name: str) -> str:
    units = rows(tree, "departments")
    for unit in units:
        if name.casefold() in {str(unit.get("name", "")).casefold(), str(unit.get("id", "")).casefold()}:
            return str(unit["id"])
    key = ids.fresh(name, {str(unit.get("id")) for unit in units})
    units.append({"id": key, "name": name})
    return key
