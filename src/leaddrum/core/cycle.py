"""What is known of a cycle when something is to be decided.

Frozen values only. People are named by the numbers the tables give them, instants are aware datetimes in UTC (I6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from leaddrum.core.policy import Meaning


class State(StrEnum):
    OFFERED = "offered"
    HELD = "held"
    WITH_HEAD = "with_head"
    TAKEN = "taken"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({State.OFFERED, State.HELD, State.WITH_HEAD})


class Verdict(StrEnum):
    TAKEN = "taken"
    MISSED = "missed"
    RETURNED = "returned"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Part:
    """One person's part in a cycle so far."""

    last_turn: float = 0  # number of his last turn here; 0.5 for the one who brought the lead back (S-31)
    passed_at: datetime | None = None  # when he last missed or returned this lead: the cooldown runs from here
    returned: bool = False  # he returned it, he did not miss it
    refused: bool = False  # the CRM did not accept him as the responsible person


class Line(NamedTuple):
    """One candidate in one choice: chosen, or the first reason why not (S-20).

    `code` is one of `chosen`, `inactive`, `technical`, `paused`, `absent`, `off_shift`, `at_cap`, `cooldown` (missed
    this lead a short while ago), `returned` (returned it a short while ago), `refused` (the CRM did not accept him a
    short while ago), `called` (the head takes it from him), `short_rest`, `had_it`, `cannot_fit`, `after` (only behind
    the one who has the first right to the lead), `later` (behind him by the drum's strategy);
    `value` is what the sentence needs: an instant as ISO 8601 (absent, off_shift: until when; cooldown, returned,
    refused: when that was; later: his last offer), "3/3", a number of turn or seconds, for `after` what the
    chosen one is called, or for `chosen` by what:
    `circle`, `weighted`, `least_loaded`, `again` (all others with enough of their shift left had this lead after
    him), `claim`, `owner`, `known`, `pinned`, `stays`, `handed_over`.
    """

    person: int
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """The open turn."""

    number: int
    person: int | None  # None: offered to everybody (`claim`)
    policy_version: int
    offered_at: datetime
    due_at: datetime
    budget: int  # working seconds
    remind_at: tuple[tuple[float, datetime], ...] = ()  # (share of the budget, when): those still to be sent (S-4)
    sticky: bool = False  # a known client's owner: costs no place in the circle (S-25)
    pinned: bool = False  # set by the head by hand, or the drum does not rotate: a miss does not move it
    candidates: tuple[Line, ...] = ()  # of the choice; an open turn of one person is read without them
    excuse: str = ""  # why a miss of this turn would not be his fault: undelivered (S-45)
    asked: str = ""  # not started, the CRM has not confirmed him yet (S-3): why it opened, see Offered.after
    next_up: int | None = None  # of a turn that is `asked`: whom its offer will name as the next

    def everybody(self) -> tuple[int, ...]:
        """All whom it is offered to: one person, or with `claim` everybody eligible."""
        if self.person is not None:
            return (self.person,)
        return tuple(line.person for line in self.candidates if line.code == "chosen")


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody can be offered the lead now; always with a reason (S-21, S-22)."""

    reason: str  # closed (outside service hours) | nobody (none eligible) | cap | cooldown | frozen
    since: datetime
    until: datetime | None = None  # when that may change by itself
    alert_at: datetime | None = None  # when the head is told; None: he was, or need not be
    told: bool = False  # he was


@dataclass(frozen=True, slots=True)
class Cycle:
    id: int
    lead: int
    number: int
    state: State
    misses: int = 0
    turn: Turn | None = None
    last_turn: int = 0  # number of the newest turn, open or not
    hold: Hold | None = None
    seen: Mapping[int, Part] = field(default_factory=dict)
    pinned: int | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The lead as its CRM has it, read afresh (I3)."""

    exists: bool
    stage: str
    meaning: Meaning  # of that stage, to this drum
    owner: int | None
    moved_at: datetime
    moved_by: int | None  # None: nobody known, a robot
    moved_by_robot: bool
    source: str = ""
    read_at: datetime | None = None  # what happened after this instant is not in it; None: never read
    known_owner: int | None = None  # a known client's present owner (S-25)
    fresh: bool = False  # it differs from the reading before: somebody has just moved it
