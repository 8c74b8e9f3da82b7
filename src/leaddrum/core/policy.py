"""A drum's settings as values. All durations are whole seconds of working time unless the name says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from leaddrum.core.trial import arm


class Strategy(StrEnum):
    """Who is next among the eligible (S-17)."""

    CIRCLE = "circle"
    WEIGHTED = "weighted"
    LEAST_LOADED = "least_loaded"
    CLAIM = "claim"


class Escalation(StrEnum):
    """What pulling the head in means (S-8)."""

    OBSERVE = "observe"
    OWN = "own"
    FREEZE = "freeze"


class Meaning(StrEnum):
    """What a stage means to a drum (S-30)."""

    ENTRY = "entry"
    TAKE = "take"
    CLOSE = "close"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in the drum; exactly one of the three ways is set. Keys are the company file's ids."""

    people: tuple[str, ...] = ()
    department: str = ""
    subdepartments: bool = False
    owners_department: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)  # strategy `weighted`; 1 where silent


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a drum's settings. Never changed: an edit makes the next version (S-37)."""

    drum: str  # its key
    version: int
    roster: Roster
    entry: tuple[str, ...]  # stages in which a lead waits to be taken
    calendar: str = ""  # key of the service hours; empty: always open
    budget: int = 1800
    budget_by_source: Mapping[str, int] = field(default_factory=dict)
    trial: tuple[int, ...] = ()  # two budgets tried at once in place of `budget`: each lead has one of them (S-51)
    strategy: Strategy = Strategy.CIRCLE
    first_turn: str = "owner"  # owner (when he is eligible) | drum
    rotate: bool = True  # False: a stage deadline, the lead stays with its owner (S-56)
    warn_at: tuple[float, ...] = (0.5, 0.8)  # shares of the spent budget
    escalate_after: int = 4
    escalation: Escalation = Escalation.OBSERVE
    verdict_delay: int = 20  # clock seconds between the deadline and the verdict (S-6)
    open_offers_cap: int = 3
    min_rest: int = 300
    make_up: int = 0  # offers that an absence may be made up for, strategy `weighted` (S-55)
    cooldown: int | None = None  # None: one budget
    sticky_budget: int = 600  # first offer of a known client to his owner (S-25)
    hold_alert: int = 900  # a hold in service hours is told to the head after this (S-22)
    robots_take: bool = False  # a technical user's move counts as a take (S-29)
    relapse: int = 0  # a take without a call, a mail or a comment in this time was a false one; 0: never (S-38)
    pause_after: int = 0  # missed turns in a row that pause a person; 0: never (S-55)
    promise: bool = False  # the form tells the client by when he is answered (S-21)
    take_signals: tuple[str, ...] = ()  # what counts as a take besides the stage: call | mail | chat (S-54)
    call_seconds: int = 30  # clock seconds an answered call must last for it
    on_signal: str = "take"  # take (the engine moves the stage itself) | ask (he is asked to press)
    take_stage: str = ""  # where the take button moves the lead; empty: the first stage that means `take`

    def budget_for(self, source: str, lead: int | None = None) -> int:
        """The full budget of one turn, in working seconds, for a lead of this source.

        While two budgets are on trial it depends on the lead, too; without one it is the usual budget. A source with a
        budget of its own takes no part.
        """
        if len(self.trial) == 2 and lead is not None and source not in self.budget_by_source:
            return self.trial[arm(self.drum, lead)]
        return self.budget_by_source.get(source, self.budget)

    def to_spec(self) -> dict[str, Any]:
        """The settings as plain JSON values; `from_spec` is the way back."""
        return asdict(self)

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> Policy:
        """Settings from `to_spec`. A key that a later release added has its default, one that it dropped is ignored."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in spec.items() if key in known}
        roster = dict(values["roster"])
        roster["people"] = tuple(roster["people"])
        values["roster"] = Roster(**roster)
        values["entry"] = tuple(values["entry"])
        values["warn_at"] = tuple(values["warn_at"])
        values["trial"] = tuple(values.get("trial", ()))
        values["take_signals"] = tuple(values.get("take_signals", ()))
        values["strategy"] = Strategy(values["strategy"])
        values["escalation"] = Escalation(values["escalation"])
        return cls(**values)

    def same_settings(self, other: Policy) -> bool:
        """Whether only the version differs."""
        return replace(self, version=0) == replace(other, version=0)
