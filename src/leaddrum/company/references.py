"""What a company file names must be there, and must be what it is named for."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaddrum.company.lines import Path
from leaddrum.company.problems import Problems
from leaddrum.company.shape import CompanyFile, Department, Drum
from leaddrum.core.policy import Meaning

_NONE = {
    "department": _("there is no department “%(key)s” in this file"),
    "person": _("there is no person “%(key)s” in this file"),
    "calendar": _("there is no calendar “%(key)s” in this file"),
    "stage": _("there is no stage “%(key)s” in this file"),
    "drum": _("there is no drum “%(key)s” in this file"),
}


def check_references(file: CompanyFile, problems: Problems) -> None:
    """Report every name that leads nowhere."""
    names = _Names(problems)
    people = {person.key for person in file.people}
    departments = {department.key for department in file.departments}
    for at, department in enumerate(file.departments):
        here: Path = ("departments", at)
        names.known((*here, "parent"), department.parent, departments, "department")
        names.known((*here, "head"), department.head, people, "person")
        names.known((*here, "deputy"), department.deputy, people, "person")
    _no_rings(file.departments, problems)
    for at, person in enumerate(file.people):
        names.known(("people", at, "calendar"), person.calendar, file.calendars, "calendar")
        names.all_known(("people", at, "departments"), person.departments, departments, "department")
    for at, drum in enumerate(file.drums):
        _drum(file, drum, ("drums", at), names, people, departments)
    _entrances(file, problems, names)


class _Names:
    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def known(self, path: Path, key: str, there: Collection[str], what: str) -> bool:
        if key and key not in there:
            self._problems.add(path, str(_NONE[what]) % {"key": key})
            return False
        return True

    def wrong(self, path: Path, what: str) -> None:
        self._problems.add(path, what)

    def all_known(self, path: Path, keys: Iterable[str], there: Collection[str], what: str) -> None:
        for position, key in enumerate(keys):
            self.known((*path, position), key, there, what)


def _no_rings(departments: tuple[Department, ...], problems: Problems) -> None:
    parents = {department.key: department.parent for department in departments}
    for at, department in enumerate(departments):
        above, steps = department.parent, 0
        while above and above != department.key and steps <= len(parents):
            above, steps = parents.get(above, ""), steps + 1
        if department.key and above == department.key:
            problems.add(("departments", at, "parent"), gettext("stands above itself"))


def _drum(
    file: CompanyFile, drum: Drum, here: Path, names: _Names, people: Collection[str], departments: Collection[str]
) -> None:
    policy = drum.policy
    stages = {stage.key: stage.meaning for stage in file.stages}
    names.all_known((*here, "entry"), policy.entry, stages, "stage")
    names.known((*here, "calendar"), policy.calendar, file.calendars, "calendar")
    names.all_known((*here, "roster", "people"), policy.roster.people, people, "person")
    names.known((*here, "roster", "department"), policy.roster.department, departments, "department")
    for person in policy.roster.weights:
        names.known((*here, "roster", "weights", person), person, people, "person")
    path = (*here, "take_stage")
    names.known(path, policy.take_stage, stages, "stage")
    if stages.get(policy.take_stage, Meaning.TAKE) != Meaning.TAKE:
        names.wrong(path, gettext("the take button needs a stage that means “take”"))


def _entrances(file: CompanyFile, problems: Problems, names: _Names) -> None:
    """New leads come in by the routes and the default drum: these must watch a stage for new leads."""
    drums = {drum.key: drum for drum in file.drums}
    entry = {stage.key for stage in file.stages if stage.meaning == Meaning.ENTRY}
    ways: list[tuple[Path, str]] = [(("routes", at, "drum"), route.drum) for at, route in enumerate(file.routes)]
    ways.append((("routing", "default_drum"), file.default_drum))
    for path, key in ways:
        if names.known(path, key, drums, "drum") and key and not entry & set(drums[key].policy.entry):
            problems.add(
                path,
                gettext("new leads come in here, but “%(drum)s” watches no stage that means “entry”") % {"drum": key},
            )
