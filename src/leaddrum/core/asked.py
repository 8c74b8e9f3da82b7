"""What somebody asks of a cycle, beside what its lead's reading shows."""

from __future__ import annotations

from dataclasses import dataclass


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
