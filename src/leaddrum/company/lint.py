"""What is doubtful in a company file that is right in itself, and the worst case of every drum (S-26, S-53)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaddrum.company.problems import Level, Problem
from leaddrum.company.shape import CompanyFile


@dataclass(frozen=True, slots=True)
class Lint:
    """`problems` are warnings, and errors that only show with the calendar in hand; `worst_cases` a sentence a drum."""

    problems: tuple[Problem, ...]
    worst_cases: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level is Level.ERROR)


def lint(file: CompanyFile, *, now: datetime) -> Lint:
    """Judge a file as of `now`: calendars are looked at over the weeks that follow."""
    return Lint(())
