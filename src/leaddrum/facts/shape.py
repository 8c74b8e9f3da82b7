"""What a table of the star schema is made of.

Instants are UTC to the second, days and
hours are those of the company's zone, durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Column(NamedTuple):
    """One column: its name, its kind (`id`, `int`, `text`, `bool`, `instant`, `date`), whether it may be empty, and
    its meaning in both languages."""

    name: str
    kind: str
    null: bool
    en: str
    ru: str


class Link(NamedTuple):
    """From a row to another: the property that `$expand` names, the table, and the column that points there."""

    name: str
    target: str
    column: str


@dataclass(frozen=True)
class Entity:
    """A table of the star. `source` is what it is read from: rows of every company, with `company_id`."""

    name: str
    key: str
    source: str
    en: str
    ru: str
    columns: tuple[Column, ...]
    links: tuple[Link, ...] = field(default=())

    @property
    def is_fact(self) -> bool:
        """Facts grow for ever; dimensions are small."""
        return self.name.startswith("fact_")

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def link(self, name: str) -> Link | None:
        return next((link for link in self.links if link.name == name), None)


def id_column(name: str, en: str, ru: str, *, null: bool = False) -> Column:
    return Column(name, "id", null, en, ru)


def int_column(name: str, en: str, ru: str, *, null: bool = False) -> Column:
    return Column(name, "int", null, en, ru)


def text_column(name: str, en: str, ru: str) -> Column:
    return Column(name, "text", False, en, ru)


def bool_column(name: str, en: str, ru: str) -> Column:
    return Column(name, "bool", False, en, ru)


def at_column(name: str, en: str, ru: str, *, null: bool = False) -> Column:
    return Column(name, "instant", null, en, ru)


def on_column(name: str, en: str, ru: str) -> Column:
    return Column(name, "date", False, en, ru)
