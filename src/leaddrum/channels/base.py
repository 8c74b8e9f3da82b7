"""What a channel is given and what it answers. Retries are the outbox's business, not the channel's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from leaddrum.models import Person
from leaddrum.words import Notice


@dataclass(frozen=True, slots=True)
class Message:
    """One notice on its way to one person, or to a team about him, in his language and zone."""

    key: str  # `cycle:seq:kind:to`: a receiver recognises a repeat by it
    to: str  # his address in this channel
    notice: Notice
    url: str  # where the button leads
    kind: str = ""
    effect: int = 0
    company: int = 0
    person: int = 0
    outlet: int | None = None  # it goes to the company's post of that number
    name: str = ""  # the person's
    language: str | None = None  # his, or the company's
    lead: int | None = None
    cycle: int | None = None
    turn: int = 0
    declines: bool = False  # he may give it back with a reason
    answers: bool = False  # what he replies to it goes to the client
    at: datetime | None = None  # when it was written
    attempts: int = 0  # before this one
    due_at: datetime | None = None  # worth nothing after this


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
class Wait:
    """Not tried: this address has just had a message, and its turn comes in so many seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class Dead:
    """This message will never get through this channel. `address`: nor will any other to this address."""

    error: str
    address: bool = False


Result = Done | Retry | Wait | Dead


class Channel(Protocol):
    """One short file each, one line each in `leaddrum.channels.CHANNELS`."""

    spacing: float  # least seconds between two messages of a company

    def address(self, person: Person) -> str:
        """Where it reaches him; empty: it does not."""
        ...

    def open(self) -> AbstractContextManager[Callable[[Message], Result]]:
        """A way to send several messages, closed at the end. Neither opening nor sending raises."""
        ...


@runtime_checkable
class Following(Protocol):
    """A channel whose messages change after they were sent: when their turn is over, or its time passes."""

    def follow(self, company: int, now: datetime) -> float | None:
        """Change what is no longer so. Returns in how many seconds there is more to do; None: nothing is left."""
        ...


class Gathering(Protocol):
    """What `open` gives, of a channel that sends many messages in one request, or several at once."""

    def gather(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Send what can go so, and give each message back when the call has its result. Those not given back wait for
        a call of their own."""
        ...
