"""After the take: whether anybody has been in touch with the client (S-38). Pure, like `leaddrum.core.rules`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens

REMINDED_AT = 0.5  # share of the time after which the taker is reminded


@dataclass(frozen=True, slots=True)
class Terms:
    """Until when the first call, mail or comment is awaited."""

    remind_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Running:
    """The clock of one take."""

    person: int
    taken_at: datetime
    due_at: datetime
    remind_at: datetime | None  # None: he was reminded


@dataclass(frozen=True, slots=True)
class Seen:
    """What has become of the lead since."""

    contacted: bool  # a call, a mail, a message or a comment
    moved_on: bool  # another stage, another owner, closed, deleted, offered again: somebody works with it


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more to watch."""

    why: str  # contacted | moved_on


@dataclass(frozen=True, slots=True)
class Reminded:
    """Half of the time is over, and nobody was in touch."""


@dataclass(frozen=True, slots=True)
class FalseTake:
    """All of it is over: taken for show. An incident, and the drum again."""


def terms(hours: Calendar, service: Calendar, taken_at: datetime, seconds: int) -> Terms:
    """Counted in the taker's working time; in the drum's, when he is away for years (S-9)."""
    for calendar in (hours, service):
        try:
            return Terms(calendar.add(taken_at, seconds * REMINDED_AT), calendar.add(taken_at, seconds))
        except (NeverOpens, BeyondHorizon):
            continue
    raise NeverOpens(taken_at)


def ended(seen: Seen) -> Ended | None:
    """Whether there is nothing more to watch."""
    if seen.contacted:
        return Ended("contacted")
    return Ended("moved_on") if seen.moved_on else None


def decide(running: Running, seen: Seen, now: datetime) -> Ended | Reminded | FalseTake | None:
    """What the clock says now; None: nothing yet."""
    over = ended(seen)
    if over is not None:
        return over
    if now >= running.due_at:
        return FalseTake()
    if running.remind_at is not None and now >= running.remind_at:
        return Reminded()
    return None
