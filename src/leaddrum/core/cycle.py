"""What is known of a cycle when something is to be decided, and the events its journal is made of.

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
    short while ago), `called` (the head takes it from him), `short_rest`, `had_it`, `cannot_fit`, `later`;
    `value` is what the sentence needs: an instant as ISO 8601 (absent, off_shift: until when; cooldown, returned,
    refused: when that was; later: his last offer), "3/3", a number of turn or seconds, or for `chosen` by what:
    `circle`, `weighted`, `least_loaded`, `claim`, `owner`, `known`, `pinned`, `stays`, `handed_over`.
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


# What somebody asks for, beside what the reading shows.


@dataclass(frozen=True, slots=True)
class Decline:
    """He gives the lead back (S-33)."""

    person: int
    turn: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reassign:
    """The responsible person was changed by hand (S-28)."""

    to: int
    by: int | None
    by_head: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """The holder can no longer hold: absent, paused, dismissed, off the roster (S-24)."""

    reason: str  # absent | paused | dismissed | removed


@dataclass(frozen=True, slots=True)
class Again:
    """A second request of the same client (S-25)."""

    channel: str


@dataclass(frozen=True, slots=True)
class HeadDecides:
    """The head ends a freeze (S-8): restart the drum, or close the lead. Assigning is `Reassign`."""

    by: int
    action: str  # restart | close


@dataclass(frozen=True, slots=True)
class Call:
    """The head calls the drum by hand: whoever is next now gets the lead, however short his rest from it was."""

    by: int


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The offer reached him by no channel in time (S-45)."""

    turn: int
    error: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The CRM has this turn's person as the responsible one (S-3)."""

    turn: int


@dataclass(frozen=True, slots=True)
class Unaccepted:
    """The CRM does not take this turn's person as the responsible one: dismissed there, no access."""

    turn: int
    why: str


@dataclass(frozen=True, slots=True)
class CrmBack:
    """The CRM answers again after an outage (S-41)."""

    lost: float  # working seconds of the open turn during which it did not


@dataclass(frozen=True, slots=True)
class Leave:
    """The lead was moved to an entry stage that this drum does not watch."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """The lead has just come to the entry stage (S-1, S-31)."""

    channel: str
    returned_by: int | None = None
    routes: tuple[int, ...] = ()


Ask = (
    Arrival
    | Leave
    | Decline
    | Reassign
    | Gone
    | Again
    | HeadDecides
    | Call
    | Undelivered
    | Confirmed
    | Unaccepted
    | CrmBack
)


# What is decided. The engine turns each into rows, a journal entry and effects.


@dataclass(frozen=True, slots=True)
class Arrived:
    channel: str
    returned_by: int | None = None  # the lead came back to the entry stage (S-31)
    routes: tuple[int, ...] = ()  # positions of all routing rules that matched, the first won


@dataclass(frozen=True, slots=True)
class Offered:
    """A turn opens. `turn.person` becomes the responsible person."""

    turn: Turn
    next_up: int | None  # who comes next if he does not take it
    after: str  # arrived | missed | returned | void | released | pinned | handed_over | restart | called


@dataclass(frozen=True, slots=True)
class Started:
    """The CRM has confirmed the owner: his turn begins now, with the whole budget (S-3)."""

    turn: int
    person: int | None
    at: datetime
    due_at: datetime
    budget: int
    remind_at: tuple[tuple[float, datetime], ...]
    next_up: int | None
    after: str


@dataclass(frozen=True, slots=True)
class Reminded:
    turn: int
    person: int | None
    share: float
    due_at: datetime
    told: tuple[int, ...] = ()  # the holder, or everybody it is offered to


@dataclass(frozen=True, slots=True)
class Taken:
    """The cycle ends. The holder's turn ends `taken` when it was he, else `void` (S-27)."""

    by: int | None
    at: datetime
    turn: int | None
    holder: int | None
    in_time: bool
    by_robot: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """The verdict (S-6). `misses` counts this one."""

    turn: int
    person: int | None
    at: datetime
    due_at: datetime
    misses: int
    open_offers: int
    excuse: str  # '' | overload | call | undelivered | outage
    paused: bool = False  # his M-th in a row (S-55)
    head: int | None = None  # who is told of the pause


@dataclass(frozen=True, slots=True)
class Returned:
    turn: int
    person: int | None
    at: datetime
    reason: str
    to: int | None = None  # handed over to somebody by name (S-28)


@dataclass(frozen=True, slots=True)
class Voided:
    turn: int
    person: int | None
    # absent | paused | dismissed | removed | colleague | reassigned | called | deleted | merged | closed | moved |
    # annulled | refused (by the CRM, which does not accept him)
    reason: str
    at: datetime | None = None  # of a refusal: he is not asked again for a while


@dataclass(frozen=True, slots=True)
class Held:
    hold: Hold
    candidates: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class HoldTold:
    """The head learns of a hold (S-22)."""

    reason: str
    since: datetime
    head: int | None


@dataclass(frozen=True, slots=True)
class Escalated:
    """The head is pulled in (S-8)."""

    misses: int
    head: int | None
    mode: str  # observe | own | freeze
    history: tuple[tuple[int | None, datetime], ...] = ()  # whose deadline passed when, of this cycle


@dataclass(frozen=True, slots=True)
class Pinned:
    to: int
    by: int | None


@dataclass(frozen=True, slots=True)
class Called:
    """The head called the drum by hand; the lead goes on at once."""

    by: int


@dataclass(frozen=True, slots=True)
class Joined:
    """The client asked again while his lead waits (S-25)."""

    channel: str
    priority: int
    holder: int | None = None
    told: tuple[int, ...] = ()  # its holder, everybody it is offered to, or the head it is with


@dataclass(frozen=True, slots=True)
class RobotMoved:
    """A robot moved the lead; that is no take here (S-29)."""

    stage: str


@dataclass(frozen=True, slots=True)
class Extended:
    """The deadline moves (S-15, S-41)."""

    turn: int
    person: int | None
    due_at: datetime
    was: datetime
    reason: str  # outage | calendar | policy
    remind_at: tuple[tuple[float, datetime], ...] = ()
    budget: int = 0  # the new one; 0: as before


@dataclass(frozen=True, slots=True)
class OfferUndelivered:
    """He was not reached; the head is warned and a miss would be excused (S-45)."""

    turn: int
    person: int | None
    head: int | None
    error: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Ended without a take: junk, lost, closed by the head (S-30)."""

    stage: str
    by: int | None
    untaken: bool  # nobody had taken it: on the head's list for the quality check
    head: int | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The lead is gone from the CRM (S-32)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Annulled:
    """The system takes an incident back: the lead had been taken in time (S-36)."""

    turn: int
    person: int | None
    taken_at: datetime


Event = (
    Arrived
    | Offered
    | Started
    | Reminded
    | Taken
    | Missed
    | Returned
    | Voided
    | Held
    | HoldTold
    | Escalated
    | Pinned
    | Called
    | Joined
    | RobotMoved
    | Extended
    | OfferUndelivered
    | Closed
    | Withdrawn
    | Annulled
)
