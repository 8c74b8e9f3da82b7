"""What a replay plays: the arrivals, the people and how they react, the settings; everything but the dice (S-52)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from leaddrum.core.policy import Policy
from leaddrum.core.survival import Curve
from leaddrum.core.worktime import Calendar


class Coming(NamedTuple):
    """A lead that comes. `owner` and `known` had the first right to it: its owner (S-2), its client's seller (S-25)."""

    at: datetime
    source: str = ""
    owner: int | None = None
    known: int | None = None


@dataclass(frozen=True, slots=True)
class Player:
    """One of the roster: his hours cut to the service hours, without his absences (S-12), and how he reacts."""

    id: int
    hours: Calendar
    curve: Curve
    absences: tuple[tuple[datetime, datetime, str], ...] = ()
    weight: float = 1.0
    head: int | None = None
    declines: Curve | None = None  # how soon he gives an offer back (S-33); None: never
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()  # in their order; None: it has not ended


@dataclass(frozen=True, slots=True)
class Scene:
    """What is replayed: everything but the dice."""

    arrivals: Sequence[Coming]  # in their order
    players: Sequence[Player]  # in roster order
    policy: Policy
    service: Calendar
    head: int | None = None
    helped: Curve | None = None  # how soon a colleague takes what somebody else was offered (S-27); None: never
    returns: Sequence[float] = ()  # after how many working seconds people came back whom misses had paused (S-55)
