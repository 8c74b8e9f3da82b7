"""An edit of the settings before it is saved: what it changes, moves and breaks, and the worst case it leads to.

The same way as a file's: check, differences, apply. What was looked at is what is saved: `save` takes a `Look` and
refuses when anything has changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Generic, TypeVar

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum import engine
from leaddrum.company import scope as scopes
from leaddrum.company.apply import CannotApply, apply, settings_tried
from leaddrum.company.diff import Change
from leaddrum.company.lint import Lint, lint
from leaddrum.company.places import after_its_name
from leaddrum.company.problems import Problem, Unreadable
from leaddrum.company.read import read
from leaddrum.company.scope import Scope
from leaddrum.company.settings import Settings
from leaddrum.company.shape import CompanyFile
from leaddrum.engine import org
from leaddrum.models import Company

T = TypeVar("T")
KEPT = 32  # judgements of texts
_judged: dict[tuple[str, float, str | None], Lint] = {}
Ask = Callable[[Company], T]  # what else is to be known of the company as it would be


class Conflict(Exception):
    """Somebody else has saved since, or what was looked at is not what is to be saved."""


@dataclass(frozen=True)
class Look(Generic[T]):
    """What an edit would do. Texts are in the active language."""

    base: int  # the version it was made on
    text: str
    file: CompanyFile | None = None  # None: it cannot be read
    errors: tuple[Problem, ...] = ()
    refused: tuple[str, ...] = ()  # why it cannot be saved, where no single setting is wrong
    changes: tuple[Change, ...] = ()
    moved: tuple[engine.Moved, ...] = ()
    drum: str = ""  # the one drum it is about, if it is about one
    running: bool = False  # its budgets also for the turns that run already
    runs: int = 0  # running turns that move by that, whether it was asked for or not
    new_doubts: tuple[Problem, ...] = ()
    gone_doubts: tuple[Problem, ...] = ()
    worst: tuple[tuple[str, str], ...] = ()  # of the drums whose worst case changes: before (or empty), after
    then: T | None = None  # the answer to `Ask`

    @property
    def drums(self) -> tuple[str, ...]:
        """Whose running turns follow their new budgets."""
        return (self.drum,) if self.running and self.drum else ()

    @property
    def can_save(self) -> bool:
        return bool(self.changes or self.moved) and not self.errors and not self.refused

    @property
    def seal(self) -> str:
        """Names what was looked at: the same text on the same version, with or without the running turns."""
        return sha256(repr((self.base, self.text, self.running)).encode()).hexdigest()[:20]


def look(
    company: Company,
    base: Settings,
    text: str,
    *,
    scope: Scope,
    now: datetime,
    drum: str = "",
    running: bool = False,
    ask: Ask[T] | None = None,
) -> Look[T]:
    """What saving the text would do; nothing is changed.

    1. Read it. 2. Check the scope. 3. Lint both. 4. Make the settings so, ask, read the people, and take it back: the
    company is held that long. 5. Which open turns that would move is found out after that, beside the engine's work.

    Args:
        drum: whose running turns may follow its new budgets.
        running: they shall.
    """
    found: Look[T] = Look(base.number, text, drum=drum, running=running)
    try:
        file = read(text, language=translation.get_language() or "")
    except Unreadable as unreadable:
        return replace(found, errors=unreadable.problems)
    found = replace(found, file=file)
    refused = scopes.outside(scope, base.file, file)
    if refused:
        return replace(found, refused=tuple(refused))
    if file == base.file and not running:
        return found
    before, after = judged(base.file, now), judged(file, now)
    if after.errors:
        return replace(found, errors=after.errors)
    try:
        with settings_tried(file, now=now, company=company) as outcome:
            then = ask(outcome.company) if ask else None
            edited = org.of(outcome.company, now)
    except CannotApply as error:
        return replace(found, refused=(str(error),))
    follow = {pk for pk, key in edited.drums.items() if key == drum}
    moved, followed = engine.would_move(company.pk, edited, edit=bool(outcome.changes), follow=follow, now=now)
    runs = len(moved) + len(followed) if running else len(followed)
    moved += outcome.moved  # of the clocks after a take
    if running:
        moved += followed
    return replace(
        found,
        changes=outcome.changes,
        moved=tuple(moved),
        runs=runs,
        new_doubts=_only(after, before),
        gone_doubts=_only(before, after),
        worst=tuple(_worst(base.file, before, file, after)),
        then=then,
    )


def judged(file: CompanyFile, now: datetime) -> Lint:
    """`lint` as of the last five minutes: who works on a setting looks at the same text several times."""
    since = now.timestamp() // (5 * 60) * (5 * 60)
    key = (file.text, since, translation.get_language())
    found = _judged.get(key)
    if found is None:
        if len(_judged) >= KEPT:
            _judged.pop(next(iter(_judged)), None)
        found = _judged[key] = lint(file, now=datetime.fromtimestamp(since, UTC))
    return found


def _only(one: Lint, other: Lint) -> tuple[Problem, ...]:
    """The doubts of the one that the other has not, wherever in the file they stand."""
    there = {problem.identity for problem in other.problems}
    return tuple(problem for problem in one.problems if problem.identity not in there)


def _worst(old: CompanyFile, before: Lint, new: CompanyFile, after: Lint) -> list[tuple[str, str]]:
    was: Mapping[str, str] = dict(zip((drum.key for drum in old.drums), before.worst_cases, strict=True))
    names = {drum.key: drum.name for drum in old.drums}
    becomes = zip((drum.key for drum in new.drums), after.worst_cases, strict=True)
    return [
        (after_its_name(was.get(key, ""), names.get(key, "")), sentence)
        for key, sentence in becomes
        if was.get(key) != sentence
    ]


def save(company: Company, looked: Look[T], *, seal: str, by: str, now: datetime) -> Company:
    """Make it so: a new version.

    Raises:
        Conflict: another version was saved since, or something else was looked at (`seal`).
        CannotApply: leads have come meanwhile into a stage that goes.
    """
    if looked.file is None or not looked.can_save or looked.seal != seal:
        raise Conflict(_("Look at what it changes first."))
    with transaction.atomic(), engine.in_company(company.pk) as locked:
        if locked.version != looked.base:
            raise Conflict(_("Somebody else has saved meanwhile."))
        return apply(looked.file, looked.text, by=by, now=now, company=locked, running=looked.drums)
