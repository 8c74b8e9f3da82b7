"""When a lead reaches the head at the latest, from a drum's settings and calendars alone (S-53).

The bound holds when people come as their calendars say and are under their caps: for every lead, whoever is chosen.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import product

from leaddrum.core.instants import from_us, to_us
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

    1. A turn starts when somebody is on duty who has not just missed this lead. Where everybody on duty may have, all
       starts are followed: when somebody has rested, or comes on duty, until it is sure that somebody can be offered
       it.
    2. It ends after its budget in the holder's hours and the verdict delay; whoever is on duty may be the holder, and
       the first may be a known client's owner with less time, so all endings are followed: one that comes earlier may
       be followed by somebody whose day ends sooner.
       When the holder's absence begins before that, the next turn starts there (S-24).
    3. After so many misses the head is told.
    """
    instants, earlier = {arrival}, set[datetime]()
    try:
        for missed in range(terms.misses):
            instants = _missed(crews, terms, instants, missed, earlier)
            earlier |= instants
    except (NeverOpens, BeyondHorizon):
        return None
    return max(instants)


def _missed(
    crews: Sequence[Crew], terms: Terms, instants: set[datetime], missed: int, earlier: set[datetime]
) -> set[datetime]:
    """All instants at which one more turn can have been missed; `earlier`: those of the turns before."""
    ends: set[datetime] = set()
    queue, known = list(instants), set(instants)
    back = cache(lambda: sorted({at for end in earlier for _, at in _rested(crews, terms, end)}))
    while queue:
        for start, crew in product(_starts(crews, terms, queue.pop(), missed, back), crews):
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


def _starts(
    crews: Sequence[Crew], terms: Terms, instant: datetime, missed: int, back: Callable[[], list[datetime]]
) -> list[datetime]:
    """All instants at which the next turn can start; `back`: when somebody who has missed may have rested, in order."""
    # With the same hours for all, misses are at least a budget apart, so only so many of them are recent.
    recent = min(missed, math.ceil(terms.cooldown / terms.shortest)) if len(crews) == 1 else missed
    recent = min(recent, terms.personal)
    starts = [_first((crew, instant) for crew in crews)]
    if _on_duty(crews, starts[0]) > recent:
        return starts
    sure = _first(_rested(crews, terms, instant))  # there, even if everybody missed it only now
    changes = {*back()[bisect_right(back(), starts[0]) : bisect_right(back(), sure)]}
    changes.update(at for crew in crews for at in _openings(crew, starts[0], sure))
    for at in sorted(changes):
        if people := _on_duty(crews, at):
            starts.append(at)
            if people > recent:
                break
    return starts


def _on_duty(crews: Sequence[Crew], at: datetime) -> int:
    return sum(crew.people for crew in crews if crew.present.is_open(at))


def _rested(crews: Sequence[Crew], terms: Terms, missed_at: datetime) -> Iterator[tuple[Crew, datetime]]:
    """When somebody of each crew has rested who missed this lead then."""
    for crew in crews:
        with suppress(NeverOpens, BeyondHorizon):  # he is not there again as far as is known
            yield crew, crew.present.add(missed_at, terms.cooldown)


def _openings(crew: Crew, after: datetime, until: datetime) -> Iterator[datetime]:
    """In ``(after, until]``."""
    first, last = to_us(after), to_us(until)
    starts = (crew.present.interval_us(number)[0] for number in range(*crew.present.slice_us(first, last + 1)))
    return (from_us(start) for start in starts if start > first)


def _first(looks: Iterable[tuple[Crew, datetime]]) -> datetime:
    """When one of these crews is on duty, each looked for from an instant of its own on."""
    openings = [opening for crew, at in looks if (opening := crew.present.next_open(at)) is not None]
    if not openings:
        raise NeverOpens("nobody is on duty any more")
    return min(openings)
