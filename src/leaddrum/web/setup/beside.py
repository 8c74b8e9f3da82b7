"""What stands beside a form of the set-up once it was looked at: what it changes, what is wrong or doubtful about it,
and which running turns it moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst

from leaddrum.company import CompanyFile, labels
from leaddrum.company.diff import kept
from leaddrum.company.editing import Look
from leaddrum.company.places import place
from leaddrum.company.problems import Problem

if TYPE_CHECKING:
    from leaddrum.web.setup.page import Page, Work

MOVES = 20  # running turns that are listed


def shown(page: Page, work: Work, looked: Look[Any]) -> dict[str, Any]:
    return {
        "errors": [_placed(page, work, problem) for problem in looked.errors],
        "changes": _changes(page, work, looked),
        "kept": _kept(page, looked),
        "new_doubts": _doubts(work.file, looked.new_doubts),
        "gone_doubts": _doubts(work.now.file, looked.gone_doubts),
        "moved": _moved(work, looked),
        "more_moved": max(0, len(looked.moved) - MOVES),
    }


def _placed(page: Page, work: Work, problem: Problem) -> dict[str, str]:
    """A mistake with the field it is in; without one, with its place in the settings."""
    name = page.path(problem.key)
    where = str(labels.LABELS.get(name, "")) if name else place(work.file, problem.key)
    return {"name": name, "place": where, "what": page.say(name, problem.what, work)}


def _changes(page: Page, work: Work, looked: Look[Any]) -> list[str]:
    """What changes; on the page of a drum without the drum's name, and without the turns that `_kept` says once."""
    name = next((drum.name for drum in work.now.file.drums if drum.key == page.drum), None)
    if name is None:
        return [change.what for change in looked.changes]
    subject = labels.named("drums", name) + ", "
    return [capfirst(change.said.removeprefix(subject)) for change in looked.changes]


def _kept(page: Page, looked: Look[Any]) -> str:
    """How many of the drum's turns keep the old settings; empty: none, or it is no drum's page."""
    turns = max((change.turns for change in looked.changes if change.key == page.drum), default=0)
    return f"{capfirst(kept(turns))}." if page.drum and turns else ""


def _doubts(file: CompanyFile, problems: Iterable[Problem]) -> list[tuple[str, str]]:
    """Each with its place, in the words of the file it was found in."""
    return [(place(file, problem.key), problem.what) for problem in problems]


def _moved(work: Work, looked: Look[Any]) -> list[dict[str, Any]]:
    """The first running turns that move or end, with whose they are (S-15)."""
    names: Mapping[int, str] = work.viewer.names
    return [
        {
            "lead": one.lead,
            "name": names.get(one.person or 0, ""),
            "was": one.was,
            "due_at": one.due_at,
            "contact": one.contact,
        }
        for one in looked.moved[:MOVES]
    ]
