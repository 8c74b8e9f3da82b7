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
from typing import Protocol

from leaddrum.engine.mirror import Seen


class Unreachable(Exception):
    """The CRM did not answer, or not in a way that can be believed. For a reading: nothing is known (S-41)."""


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


class Apart(Protocol):
    """A CRM apart, of one company. People are our numbers, stages the company file's keys: it translates."""

    batch: int  # leads in one reading

    def read(self, keys: Sequence[str]) -> list[Seen]:
        """These leads as they are now; one that is gone comes back with `exists=False`.

        Raises:
            Unreachable: nothing is known about any of them.
        """

    def entering(self, stages: Sequence[str]) -> Iterator[list[Seen]]:
        """All leads in these stages, a page at a time: what no event told of is found here (S-1, S-39).

        Raises:
            Unreachable: between any two pages.
        """

    def write(self, key: str, change: Change) -> Answer:
        """Send one change, once. Never raises for a fault of the network: that is an answer too."""

    def has(self, change: Change, seen: Seen) -> bool:
        """Whether the lead is as the change wants it."""
