"""When a lead reaches the head at the latest, from a drum's settings and calendars alone (S-53).

The bound holds when people come as their calendars say and are under their caps: for every lead, whoever is chosen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens

MOST_PATHS = 1_000  # turns followed side by side; more arise only when many people keep many different hours


@dataclass(frozen=True, slots=True)
class Crew:
    """So many people of a roster keep these hours, cut to the drum's service hours, and have these absences."""

    hours: Calendar
    people: int = 1
    away: tuple[tuple[datetime, datetime], ...] = ()
    clock: Calendar | None = None  # of an offer to everybody (`claim`): the drum's service hours
    present: Calendar = field(init=False)  # the hours without the absences

    def __post_init__(self) -> None:
        object.__setattr__(self, "present", self.hours.without(self.away))

    def left_at(self, start: datetime, end: datetime) -> datetime | None:
        """When a turn of that time becomes void because an absence begins (S-24); None: it does not."""
        return min((leave for leave, _ in self.away if start < leave < end), default=None)


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a drum's settings decides how long a lead can go round. Seconds."""

    budget: int
    misses: int  # until the head
    verdict_delay: int
    cooldown: int
    shortest: int  # the budget of its first turn when that is a known client's owner's (S-25)
    personal: int = 1_000_000  # so many turns may be missed by a person, who then is in cooldown; `claim`: the first


@dataclass(frozen=True, slots=True)
class Worst:
    arrival: datetime
    reached: datetime


def worst(crews: Sequence[Crew], terms: Terms, arrivals: Iterable[datetime]) -> Worst | None:
    """Of these arrivals the one that waits longest for the head; among equals (to a minute) the latest.

    None: unknown.
    """
    found: Worst | None = None
    for arrival in arrivals:
        reached = head_at(crews, terms, arrival)
        if reached is None:
            return None
        longer = timedelta.max if found is None else (reached - arrival) - (found.reached - found.arrival)
        if longer >= timedelta(minutes=-1):
            found = Worst(arrival, reached)
    return found


def head_at(crews: Sequence[Crew], terms: Terms, arrival: datetime) -> datetime | None:
    """The latest instant at which the head can hear of a lead. None: beyond what the calendars know.

    1. A turn starts when somebody is on duty, and when not everybody on duty may still be in cooldown after missing
       this lead; else it waits for that.
    2. It ends after its budget in the holder's hours and the verdict delay; whoever is on duty may be the holder, and
       the first may be a known client's owner with less time, so all endings are followed: one that comes earlier may
       be followed by somebody whose day ends sooner.
       When the holder's absence begins before that, the next turn starts there (S-24).
    3. After so many misses the head is told.
    """
    instants = {arrival}
    try:
        for missed in range(terms.misses):
            instants = _missed(crews, terms, instants, missed)
    except (NeverOpens, BeyondHorizon):
        return None
    return max(instants)


def _missed(crews: Sequence[Crew], terms: Terms, instants: set[datetime], missed: int) -> set[datetime]:
    """All instants at which one more turn can have been missed."""
    ends: set[datetime] = set()
    queue, known = list(instants), set(instants)
    while queue:
        start = _start(crews, terms, queue.pop(), missed)
        for crew in crews:
            if not crew.present.is_open(start):
                continue
            if crew.clock is not None:
                ends.add(crew.clock.add(start, terms.budget) + timedelta(seconds=terms.verdict_delay))
            if missed >= terms.personal:
                continue
            for budget in {terms.budget, terms.budget if missed else terms.shortest}:
                due = crew.hours.add(start, budget)
                left = crew.left_at(start, due)
                if left is None:
                    ends.add(due + timedelta(seconds=terms.verdict_delay))
                elif left not in known:
                    known.add(left)
                    queue.append(left)
        if len(known) + len(ends) > MOST_PATHS:
            raise BeyondHorizon("too many different hours to follow")
    return ends


def _start(crews: Sequence[Crew], terms: Terms, instant: datetime, missed: int) -> datetime:
    start = _open(crews, instant)
    on_duty = [crew for crew in crews if crew.present.is_open(start)]
    # With the same hours for all, misses are at least a budget apart, so only so many of them are recent.
    recent = min(missed, math.ceil(terms.cooldown / terms.shortest)) if len(crews) == 1 else missed
    recent = min(recent, terms.personal)
    if not terms.cooldown or sum(crew.people for crew in on_duty) > recent:
        return start
    return _open(crews, max(crew.present.add(instant, terms.cooldown) for crew in on_duty))


def _open(crews: Sequence[Crew], instant: datetime) -> datetime:
    openings = [opening for crew in crews if (opening := crew.present.next_open(instant)) is not None]
    if not openings:
        raise NeverOpens(f"nobody is on duty from {instant:%Y-%m-%d %H:%M} UTC on")
    return min(openings)
