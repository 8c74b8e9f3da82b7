"""A company as one reviewed file: read it, check it, see what it would change, apply it.

file = read(content)
for change in diff(company_of(file), file): ...
apply(file, text_of(content), by="anna", now=now)
"""

from leaddrum.company.apply import CannotApply, Outcome, apply, company_of, diff, key_from, preview
from leaddrum.company.diff import Change
from leaddrum.company.lint import Lint, lint
from leaddrum.company.problems import Level, Problem, Unreadable
from leaddrum.company.read import read, text_of
from leaddrum.company.shape import CompanyFile

__all__ = [
    "CannotApply",
    "Change",
    "CompanyFile",
    "Level",
    "Lint",
    "Outcome",
    "Problem",
    "Unreadable",
    "apply",
    "company_of",
    "diff",
    "key_from",
    "lint",
    "preview",
    "read",
    "text_of",
]
