"""Universal lists of a portal: their fields, their elements, who may do what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LEVELS = "DREW X"  # weakest first; S, T, U lie between and are not told apart here


@dataclass
class ListField:
    id: str  # PROPERTY_7, or a system column's name
    name: str
    kind: str
    code: str
    sort: int = 10
    required: bool = False
    multiple: bool = False
    options: dict[str, str] = field(default_factory=dict)  # of a list field: number: text
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Element:
    id: int
    code: str
    name: str
    author: int
    at: datetime
    values: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)  # field: (value's number, value)


@dataclass
class UniversalList:
    id: int
    code: str
    name: str
    kind: str = "lists"
    description: str = ""
    sort: int = 500
    rights: dict[str, str] = field(default_factory=dict)
    fields: dict[str, ListField] = field(default_factory=dict)
    elements: dict[int, Element] = field(default_factory=dict)

    def by_code(self, code: str) -> Element | None:
        return next((each for each in self.elements.values() if each.code == code), None)

    def field_by_code(self, code: str) -> ListField | None:
        return next((each for each in self.fields.values() if each.code == code), None)

    def row(self, element: Element) -> dict[str, Any]:
        """For tests: an element's values by the codes of its fields, names of list options instead of their numbers."""
        row: dict[str, Any] = {"CODE": element.code, "NAME": element.name}
        for number, pairs in element.values.items():
            column = self.fields[number]
            plain = [column.options.get(str(value), value) for _, value in pairs]
            row[column.code] = plain if column.multiple else (plain[0] if plain else None)
        return row
