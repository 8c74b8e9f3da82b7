"""What is wrong with a company file, and where."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum

from leaddrum.company.lines import Path, line_of, lines


class Level(StrEnum):
    ERROR = "error"  # nothing is applied
    WARNING = "warning"  # it works as written, but hardly as meant


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `line` counts from 1; `key` names the place as `people[anna].email`; `what` is a sentence. `about`:
    what it is about, where its place and its words would be others as soon as something else moves."""

    line: int
    key: str
    what: str
    level: Level = Level.ERROR
    about: Hashable = field(default=None, compare=False)

    @property
    def identity(self) -> Hashable:
        """By which it is the same in another version of the file."""
        return self.about if self.about is not None else (self.key, self.what)

    def __str__(self) -> str:
        return f"{self.line}: {self.key}: {self.what}" if self.key else f"{self.line}: {self.what}"


class Unreadable(ValueError):
    """The file cannot be used; `problems` says everything that is wrong with it (S-46)."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Problems:
    """Collects mistakes, so that one reading reports them all."""

    def __init__(self) -> None:
        self._found: list[tuple[Path, str, Level, Hashable]] = []
        self._names: dict[Path, str] = {}

    def add(self, path: Path, what: str, level: Level = Level.ERROR, about: Hashable = None) -> None:
        self._found.append((path, what, level, about))

    def name(self, path: Path, name: str) -> None:
        """Give an element of a list the name by which people know it: `people[anna]`, not `people[4]`."""
        self._names[path] = name

    def __bool__(self) -> bool:
        return bool(self._found)

    def located(self, text: str) -> tuple[Problem, ...]:
        """The mistakes in the order of the file, each once."""
        if not self._found:
            return ()
        index = lines(text)
        found = {
            Problem(line_of(index, path), self._key(path), what, level, about)
            for path, what, level, about in self._found
        }
        return tuple(sorted(found, key=lambda problem: (problem.line, problem.key, problem.what)))

    def _key(self, path: Path) -> str:
        key = ""
        for depth, part in enumerate(path, 1):
            if isinstance(part, int):
                key += f"[{self._names.get(path[:depth], part + 1)}]"
            else:
                key += f".{part}" if key else part
        return key
