"""A company's settings as they stand in a version of its file: what the pages of the set-up show and change.

A page changes the values of the newest file and nothing else of it, so what it does not know stays as it was written.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from leaddrum.company.read import read
from leaddrum.company.shape import CompanyFile
from leaddrum.company.toml import Tree
from leaddrum.models import Company, CompanyVersion

LARGEST_KEPT = 2_000_000  # characters: some 15,000 people


@dataclass(frozen=True)
class Settings:
    """One version. `tree` is a copy of its own each time, to be changed by whoever asked for it."""

    number: int
    text: str
    file: CompanyFile = field(repr=False)

    @cached_property
    def _parsed(self) -> Tree:
        return tomllib.loads(self.text)

    @property
    def tree(self) -> Tree:
        return copy.deepcopy(self._parsed)


def newest(company: Company) -> Settings:
    """What is in force."""
    return as_of(company, company.version)


def as_of(company: Company, number: int) -> Settings:
    """One version of the settings.

    Raises:
        CompanyVersion.DoesNotExist: there is none of that number.
    """
    row = CompanyVersion.objects.get(company=company, number=number)
    return _kept(number, row.text) if len(row.text) <= LARGEST_KEPT else _settings(number, row.text)


def _settings(number: int, text: str) -> Settings:
    return Settings(number, text, read(text))


_kept = lru_cache(maxsize=4)(_settings)  # a version never changes, and thousands of people take long to read


def named(tree: Tree, section: str, key: str) -> Tree | None:
    """The table of that id in a list of tables; None when there is none."""
    return next((table for table in rows(tree, section) if table.get("id") == key), None)


def rows(tree: Tree, section: str) -> list[Tree]:
    """The tables of a section; an empty list that belongs to the tree when it has none yet."""
    found: Any = tree.setdefault(section, [])
    return found if isinstance(found, list) else []


def tables(tree: Tree, section: str) -> Iterator[tuple[str, Tree]]:
    """Keys and tables of a section whose keys are names."""
    yield from tree.setdefault(section, {}).items()
