"""Who and what a company consists of, as its file has it: people, departments, stages, posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaddrum.core.policy import Meaning


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the company file has him."""

    id: int
    key: str
    name: str
    role: str
    email: str
    zone: str
    language: str
    calendar: str  # own hours; empty: the drum's
    active: bool
    technical: bool
    departments: tuple[int, ...]
    absences: tuple[tuple[datetime, datetime, str], ...]
    reached: tuple[str, ...] = ()  # every channel that has an address of his, in the order he wants
    ways: tuple[str, ...] = ()  # those he is told by: the broken ones last, without those he turned off
    quiet: tuple[str, ...] = ()  # his quiet hours

    def absence_at(self, now: datetime) -> tuple[datetime, str] | None:
        """Until when he is away, and why."""
        return next(((end, why) for start, end, why in self.absences if start <= now < end), None)

    def absent_at(self, now: datetime) -> bool:
        return self.absence_at(now) is not None


@dataclass(frozen=True, slots=True)
class Unit:
    """A department."""

    id: int
    key: str
    parent: int | None
    head: int | None
    deputy: int | None
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A stage of the board."""

    id: int
    key: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Post:
    """Where a team hears of its leads as a group."""

    id: int
    channel: str
    kinds: frozenset[str]
    people: frozenset[int] | None  # of whom; None: of everybody

    def hears(self, kind: str, person: int) -> bool:
        return kind in self.kinds and (self.people is None or person in self.people)
