"""The ids of one section: required, well-formed, each once."""

from __future__ import annotations

from django.utils.translation import gettext as _

from leaddrum.company import values
from leaddrum.company.table import Table


class Keys:
    def __init__(self) -> None:
        self._seen: set[str] = set()

    def read(self, table: Table) -> str:
        """The table's `id`; the table is called by it from now on. Empty when it is missing or wrong."""
        key = table.text("id", values.key, required=True)
        if key is None:
            return ""
        if key in self._seen:
            table.wrong("id", _("“%(key)s” is the id of another one above") % {"key": key})
        self._seen.add(key)
        table.problems.name(table.path, key)
        return key
