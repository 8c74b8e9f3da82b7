"""What a CRM must be able to do, so that the drum can turn over leads that live in it.

The built-in board is the near one: a lead's row is the lead, read and written in the engine's own transaction. A CRM
apart is reached over a network, and that changes what can be known:

- It is read in batches, outside any transaction; a verdict needs a reading made after its deadline (I3).
- Its events are hints: they only say which leads to read (S-39).
- A write may have been applied although no answer came. So writes are absolute values (set the owner to 7, never
  "next"), and one whose fate is unknown is read back before anything is repeated (S-40).
- A turn starts when the CRM has confirmed the owner, not when we asked for him (S-3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from leaddrum.engine import Contact
from leaddrum.engine.mirror import Seen


class Unreachable(Exception):
    """The CRM did not answer, or not in a way that can be believed. For a reading: nothing is known (S-41)."""


class Busy(Exception):
    """What may be asked of the CRM is used up for now: no outage, the same question in so many seconds."""

    def __init__(self, why: str, after: float) -> None:
        super().__init__(why)
        self.after = after


@dataclass(frozen=True, slots=True)
class Applied:
    """The CRM has it; `seen` is the lead as it answered, None when it did not say."""

    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The CRM will not do it, now or later: no such person there, no right to it, a required field is empty."""

    why: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """Certainly not applied: no connection, or the CRM asks to come later. `after` in seconds."""

    why: str
    after: float = 5.0


@dataclass(frozen=True, slots=True)
class Unsure:
    """Sent, and no answer: it may have been applied (S-40)."""

    why: str


Answer = Applied | Rejected | NotNow | Unsure


@dataclass(frozen=True, slots=True)
class Change:
    """One write, as absolute values. `kind`: `owner` (`person` becomes responsible), `observer` (`person` is added),
    `stage` (the lead moves to `stage`, on behalf of `person`)."""

    kind: str
    person: int | None = None
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One change of one lead. `row`: its number in `crm_write`, what a repeat of it is recognised by."""

    key: str
    change: Change
    row: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the CRM is told about a lead and that changes nothing of it.

    `kind`: `incident` (the journal record of a missed turn, or a new state of it), `note` (what was decided, for the
    lead's own history), `todo` (`person` is to look at it). `again`: an earlier attempt may have been applied.
    `before`: it was told and heard once, and is told anew because its place there is a new one.
    """

    row: int
    kind: str
    key: str
    cycle: int
    turn: int = 0
    seq: int = 0
    person: int | None = None
    again: bool = False
    before: bool = False


class Apart(Protocol):
    """A CRM apart, of one company. People are our numbers, stages the company file's keys: it translates."""

    batch: int  # leads in one reading
    hidden: set[str]  # what was asked for in this round and our access does not show, though it is there

    @property
    def together(self) -> int:
        """Changes in one request."""

    @property
    def sweep(self) -> timedelta:
        """Between two looks at everything."""

    def read(self, keys: Sequence[str]) -> list[Seen]:
        """These leads as they are now; one that is gone comes back with `exists=False`, one that our access does not
        show at all does not come back.

        Raises:
            Unreachable: nothing is known about any of them.
            Busy: ask later.
        """

    def entering(self, stages: Sequence[str], waiting: Sequence[str]) -> Iterator[list[Seen]]:
        """All leads in these stages, a page at a time: what no event told of is found here (S-1, S-39). Each page is
        asked for after it was called for.

        Args:
            waiting: the leads that are known to wait there, or were.

        Raises:
            Unreachable, Busy: between any two pages.
        """

    def beside(self, now: datetime) -> None:
        """After a sweep: what else the CRM has to say (people who came and went, buttons that were pressed). Never
        raises for a fault of the network."""

    def contacts(self, asked: Sequence[tuple[str, datetime]]) -> dict[str, list[Contact]]:
        """Who was in touch with these leads' clients since then, as the CRM itself keeps it: comments, calls, mails,
        chats. Our own notes are none. Empty for a lead with none.

        Raises:
            Unreachable, Busy: nothing is known about any of them.
        """

    def hears(self, now: datetime) -> datetime | None:
        """When the CRM's own list of what has changed is to be looked at next, besides in a sweep; None: it keeps
        none for us."""

    def hear(self, now: datetime) -> None:
        """Look at it: what it names are hints from now on.

        Raises:
            Unreachable, Busy: it was not looked at.
        """

    def write(self, asked: Sequence[Asked]) -> list[Answer]:
        """Send these changes, once each, at most `together`. Never raises for a fault of the network."""

    def has(self, change: Change, seen: Seen) -> bool:
        """Whether the lead is as the change wants it."""

    def tell(self, told: Sequence[Told]) -> list[Answer]:
        """Say these things, each exactly once however often it is asked. Never raises for a fault of the network."""
