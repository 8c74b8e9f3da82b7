"""What a channel is given and what it answers. Retries are the outbox's business, not the channel's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from leaddrum.models import Person
from leaddrum.words import Notice


@dataclass(frozen=True, slots=True)
class Message:
    """One notice on its way to one person, in his language and zone."""

    key: str  # `cycle:seq:kind:to`: a receiver recognises a repeat by it
    to: str  # his address in this channel
    notice: Notice
    url: str  # where the button leads


@dataclass(frozen=True, slots=True)
class Done:
    """The receiving side has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now.

    `everything`: the way itself is closed, so the other messages need not be tried before.
    `doubtful`: the receiving side had the whole message when the way broke, and may have kept it.
    """

    error: str
    after: float  # seconds
    everything: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """This message will never get through this channel."""

    error: str


Result = Done | Retry | Dead


class Channel(Protocol):
    """One short file each, one line each in `leaddrum.channels.CHANNELS`."""

    spacing: float  # least seconds between two messages of a company

    def address(self, person: Person) -> str:
        """Where it reaches him; empty: it does not."""
        ...

    def open(self) -> AbstractContextManager[Callable[[Message], Result]]:
        """A way to send several messages, closed at the end. Neither opening nor sending raises."""
        ...
