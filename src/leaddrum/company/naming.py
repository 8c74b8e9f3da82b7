"""The values of settings by name, as people know what they mean: “Anna”, not `anna`; “by weight”, not `weighted`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from leaddrum.company import saying
from leaddrum.company.called import Called
from leaddrum.company.choices import CHOICES, LANGUAGES, NOTHING, chosen
from leaddrum.company.shape import CompanyFile
from leaddrum.core.policy import Roster


class Naming:
    """The names in two versions of a company's settings; what is in both has that of the newer."""

    def __init__(self, old: CompanyFile, new: CompanyFile) -> None:
        self._files = old, new

    def of(self, section: str) -> Callable[[str, Any], Any]:
        """Says a setting of that section: its key and value in, the value with names out."""

        def said(key: str, value: Any) -> Any:
            if saying.empty(value) and (section, key) in NOTHING:
                return str(NOTHING[section, key])
            return self._said(key, value)

        return said

    def _said(self, key: str, value: Any) -> Any:
        if key in CHOICES:
            return [chosen(key, code) for code in value] if isinstance(value, tuple) else chosen(key, value)
        if key == "language":
            return LANGUAGES.get(value, value)
        if key in {"head", "deputy"}:
            return self._people.name(value)
        if key == "parent":
            return self._units.get(value, value)
        if key == "departments":
            return [self._units.get(one, one) for one in value]
        if key == "entry":
            return [self._stages.get(one, one) for one in value]
        if key == "calendar":
            return self._hours.get(value, value)
        if key == "take_stage":
            return self._stages.get(value, value)
        return self._roster(value) if isinstance(value, Roster) else value

    def _roster(self, who: Roster) -> Roster:
        return replace(
            who,
            people=tuple(map(self._people.name, who.people)),
            department=self._units.get(who.department, who.department),
            weights={self._people.name(key): weight for key, weight in who.weights.items()},
        )

    @cached_property
    def _people(self) -> Called:
        return Called({person.key: person for file in self._files for person in file.people}.values())

    @cached_property
    def _units(self) -> dict[str, str]:
        return {unit.key: unit.name for file in self._files for unit in file.departments}

    @cached_property
    def _hours(self) -> dict[str, str]:
        return {key: file.hours(key) for file in self._files for key in file.calendars}

    @cached_property
    def _stages(self) -> dict[str, str]:
        return {stage.key: stage.title for file in self._files for stage in file.stages}
