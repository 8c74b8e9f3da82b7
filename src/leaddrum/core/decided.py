"""What is decided: the events a cycle's journal is made of. The engine turns each into rows, an entry and effects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaddrum.core.cycle import Hold, Line, Turn


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
    excuse: str  # '' | overload | call | undelivered | outage | watched
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
