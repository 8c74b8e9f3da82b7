"""What is doubtful in a company file that is right in itself, and the worst case of every drum (S-26, S-53)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.company import diff_routes
from leaddrum.company.hours import Rota, rosters
from leaddrum.company.lint_hours import check_calendars, check_drum_hours
from leaddrum.company.problems import Level, Problem, Problems
from leaddrum.company.shape import CompanyFile, Drum, Person
from leaddrum.company.worst_case import worst_case
from leaddrum.core import lint as core_lint
from leaddrum.core.policy import Meaning, Strategy

MOST_PAIRS = 20  # of rules whose order counts that are listed


@dataclass(frozen=True, slots=True)
class Lint:
    """`problems` are warnings, and errors that only show with the calendar in hand; `worst_cases` a sentence a drum."""

    problems: tuple[Problem, ...]
    worst_cases: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level is Level.ERROR)


def lint(file: CompanyFile, *, now: datetime) -> Lint:
    """Judge a file as of `now`, in the language that is active: calendars are looked at over the weeks that follow."""
    problems = Problems()
    for at, person in enumerate(file.people):
        problems.name(("people", at), person.key)
    for at, drum in enumerate(file.drums):
        problems.name(("drums", at), drum.key)
    for at, department in enumerate(file.departments):
        problems.name(("departments", at), department.key)
    rota = Rota(file, now)
    check_calendars(rota, problems)
    if file.portal is not None and not file.stages:  # who and what is there is known when it is completed
        return Lint(problems.located(file.text), tuple("" for _drum in file.drums))
    _people(file, problems)
    _departments(file, problems)
    _routes(file, problems)
    _stages(file, problems)
    worst_cases = []
    for at, drum in enumerate(file.drums):
        _roster(file, drum, at, problems)
        check_drum_hours(rota, drum, at, problems)
        worst_cases.append(worst_case(rota, drum))
    return Lint(problems.located(file.text), tuple(worst_cases))


def _people(file: CompanyFile, problems: Problems) -> None:
    in_drums = {person for drum in file.drums for person in drum.policy.roster.people}
    owners: dict[str, Person] = {}
    for at, person in enumerate(file.people):
        if not person.active or person.technical:
            continue
        here = ("people", at)
        if not person.email and not person.key.startswith("b24:"):
            _warn(problems, here, _("has no e-mail, so nobody can be told outside these pages"))
        elif (other := owners.setdefault(person.email.casefold(), person)) is not person:
            what = _("%(name)s has the same address, so one sees the other's offers")
            _warn(problems, (*here, "email"), what % {"name": other.name})
        if not person.departments and person.key not in in_drums and person.role == "employee":
            _warn(problems, here, _("is in no department and no drum, so is never offered a lead"))


def _departments(file: CompanyFile, problems: Problems) -> None:
    people = {person.key: person for person in file.people}
    parents = {department.key: department for department in file.departments}
    for at, department in enumerate(file.departments):
        here = ("departments", at)
        for key in ("head", "deputy"):
            name = getattr(department, key)
            if name and not people[name].active:
                _warn(problems, (*here, key), _("%(name)s works here no more") % {"name": people[name].name})
        above, seen = department, 0
        while not above.head and above.parent and seen < len(parents):
            above, seen = parents[above.parent], seen + 1
        if not above.head:
            what = _(
                "has no head, nor has any department above it, so another head or an administrator is told of"
                " its misses"
            )
            _warn(problems, here, what)


def _routes(file: CompanyFile, problems: Problems) -> None:
    rules = [route.when for route in file.routes]
    said = [diff_routes.content(route) for route in file.routes]
    dead = dict(core_lint.unreachable(rules))
    for position, takers in dead.items():
        numbers = ", ".join(str(taker + 1) for taker in takers)
        what = ngettext(
            "never wins, for rule %(numbers)s takes all of its leads",
            "never wins, for rules %(numbers)s take all of its leads",
            len(takers),
        )
        about = ("never wins", said[position], tuple(said[taker] for taker in takers))
        _warn(problems, ("routes", position), what % {"numbers": numbers}, about)
    pairs = core_lint.contested(rules, [route.drum for route in file.routes], dead)
    for first, second in pairs[:MOST_PAIRS]:
        what = _("a lead can fit this rule and rule %(first)d, which then wins") % {"first": first + 1}
        _warn(problems, ("routes", second), what, ("contested", said[first], said[second]))


def _stages(file: CompanyFile, problems: Problems) -> None:
    """Whether each watched stage leads to its drum."""
    meanings = {stage.key: stage.meaning for stage in file.stages}
    titles = {stage.key: stage.title for stage in file.stages}
    routed = {file.default_drum, *(route.drum for route in file.routes)}
    watchers: dict[str, list[Drum]] = defaultdict(list)
    for at, drum in enumerate(file.drums):
        here = ("drums", at, "entry")
        for stage in drum.policy.entry:
            watchers[stage].append(drum)
            if meanings.get(stage) in {Meaning.CLOSE, Meaning.IGNORE}:
                _warn(
                    problems,
                    here,
                    _("“%(stage)s” means that nothing is to be done with a lead there") % {"stage": titles[stage]},
                )
        entry = [stage for stage in drum.policy.entry if meanings.get(stage) == Meaning.ENTRY]
        later = [stage for stage in drum.policy.entry if meanings.get(stage) != Meaning.ENTRY]
        if entry and drum.key not in routed:
            what = _(
                "no rule leads here, so leads come only by its own form, by ways in that are set to it, or by hand"
            )
            _warn(problems, ("drums", at), what)
        for stage in later:
            if drum.key not in routed and watchers[stage][0] is not drum:
                first = watchers[stage][0].name
                what = _("“%(stage)s” is watched by “%(drum)s” already, which gets its leads")
                _warn(problems, here, what % {"stage": titles[stage], "drum": first})


def _roster(file: CompanyFile, drum: Drum, at: int, problems: Problems) -> None:
    policy = drum.policy
    here = ("drums", at, "roster")
    if not policy.rotate:
        return
    known = rosters(file, drum)
    if not any(known):
        _warn(problems, here, _("nobody is in the roster, so every lead waits for the head"))
    elif not policy.roster.owners_department and len(known[0]) == 1:
        what = _("%(name)s is alone in the roster, so after a miss the lead comes back to the same person")
        _warn(problems, here, what % {"name": known[0][0].name})
    if policy.roster.weights and policy.strategy is not Strategy.WEIGHTED:
        _warn(problems, (*here, "weights"), _('count only with strategy = "weighted"'))
    if policy.make_up and policy.strategy is not Strategy.WEIGHTED:
        _warn(problems, (*here, "make_up"), _('counts only with strategy = "weighted"'))
    shut = [person.name for person in file.people if person.key in policy.roster.people and not person.active]
    if shut:
        _warn(problems, (*here, "people"), _("work here no more: %(names)s") % {"names": ", ".join(shut)})


def _warn(problems: Problems, path: tuple[str | int, ...], what: str, about: Hashable = None) -> None:
    problems.add(path, what, Level.WARNING, about)
