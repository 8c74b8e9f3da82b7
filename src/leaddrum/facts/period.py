"""Whose figures, of which days; and the facts of these days, read once for all that a page counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from leaddrum.facts import sheets
from leaddrum.facts.packing import LEAD, TURN, TurnIs
from leaddrum.facts.rows import Kind, Rows

KEYS = ("person", "department", "drum", "source")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures, of which days (both included; the day a passage began or a turn was offered)."""

    company: int
    since: date
    until: date
    drums: frozenset[int] | None = None  # None: all
    people: frozenset[int] | None = None
    person: int | None = None
    department: int | None = None
    drum: int | None = None
    source: int | None = None
    annulled: bool = False  # count annulled misses too
    excused: bool = True  # count misses that were nobody's fault

    @property
    def before(self) -> Scope:
        """The same over the period of equal length before."""
        days = (self.until - self.since).days + 1
        return replace(self, since=self.since - timedelta(days), until=self.since - timedelta(1))

    @property
    def missed(self) -> Kind:
        """What counts as a miss here."""
        lacks = TurnIs(0)
        if not self.annulled:
            lacks |= TurnIs.ANNULLED
        if not self.excused:
            lacks |= TurnIs.EXCUSED
        return Kind(TurnIs.MISSED, lacks)


class Period:
    """The passages and turns of a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @cached_property
    def leads(self) -> Rows:
        """Passages that began in the period. A head sees those of his people and those of his drums."""
        scope = self.scope
        found = Rows.read(LEAD, sheets.leads(scope.company, scope.since, scope.until))
        if scope.people is not None:
            found = found.among(person=scope.people, drum=scope.drums or frozenset())
        return found.where(**self._wanted())

    @cached_property
    def turns(self) -> Rows:
        """Turns offered in the period. A head sees those of his people, and offers to everybody in his drums."""
        return self.all_turns.where(**self._wanted())

    @cached_property
    def all_turns(self) -> Rows:
        """The same, whatever person, department, drum and source are asked for."""
        scope = self.scope
        found = Rows.read(TURN, sheets.turns(scope.company, scope.since, scope.until))
        if scope.people is not None:
            found = found.among(person=scope.people | {0}).among(person=scope.people, drum=scope.drums or frozenset())
        return found

    def _wanted(self) -> dict[str, int]:
        return {name: value for name in KEYS if (value := getattr(self.scope, name)) is not None}
