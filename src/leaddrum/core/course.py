"""What a decision looks at, and the course it takes: events, and the cycle as each of them leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaddrum.core import asked, decided
from leaddrum.core.after import after
from leaddrum.core.cycle import Cycle, Reading
from leaddrum.core.policy import Policy
from leaddrum.core.pool import Pool


@dataclass(frozen=True, slots=True)
class Past:
    """An ended turn, as far as a late take may concern it (S-36)."""

    number: int
    person: int | None
    offered_at: datetime
    due_at: datetime
    missed: bool
    judged_at: datetime  # when its verdict fell


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision may look at."""

    cycle: Cycle
    lead: Reading
    pool: Pool
    running: Policy  # the version the open turn runs under (S-37)
    ask: asked.Ask | None = None
    past: tuple[Past, ...] = ()
    outage: float = 0.0  # working seconds of the open turn during which nobody could take: the engine was down
    on_call: bool = False  # its holder was on the phone with a client when his time ran out (S-48)
    apart: bool = False  # the CRM is a system of its own: it confirms an owner before his turn starts (S-3)
    watched: bool = False  # it is only watched: nobody is told that he is offered the lead


class Course:
    """The events decided so far and the cycle as they leave it."""

    __slots__ = ("cycle", "events")

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle
        self.events: list[decided.Event] = []

    def add(self, event: decided.Event) -> None:
        self.events.append(event)
        self.cycle = after(self.cycle, event)
