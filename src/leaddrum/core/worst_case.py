"""When a lead reaches the head at the latest, from a drum's settings and calendars alone (S-53).

The bound holds when people come as their calendars say and are under their caps: for every lead, whoever is chosen.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leaddrum.core.instants import from_us, to_us
from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens

MOST_TURNS = 100_000  # followed for one answer, some seconds; more arise only from many misses and many different hours
TOGETHER = timedelta(hours=2)
EQUAL = timedelta(minutes=1)


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
    """Of these arrivals, in order, the one that waits longest for the head; among equals (to a minute) the latest.

    First the leads of some hours are followed together; then each of those hours whose latest end leaves it possible.

    None: unknown.
    """
    courses = _Courses(crews, terms)
    bounds: list[tuple[timedelta, list[datetime]]] = []
    for together in _grouped(arrivals):
        reached = courses.head_at(*together)
        if reached is None:
            return None
        bounds.append((reached - together[0], together))
    found: list[Worst] = []
    longest = timedelta(0)
    for bound, together in sorted(bounds, reverse=True):
        if bound < longest - EQUAL:
            break
        for arrival in together:
            reached = courses.head_at(arrival)
            if reached is None:
                return None
            found.append(Worst(arrival, reached))
            longest = max(longest, reached - arrival)
    return max(
        (one for one in found if one.reached - one.arrival >= longest - EQUAL),
        default=None,
        key=lambda one: one.arrival,
    )


def _grouped(arrivals: Iterable[datetime]) -> Iterator[list[datetime]]:
    together: list[datetime] = []
    for arrival in arrivals:
        if together and arrival - together[0] >= TOGETHER:
            yield together
            together = []
        together.append(arrival)
    if together:
        yield together


def head_at(crews: Sequence[Crew], terms: Terms, arrival: datetime) -> datetime | None:
    """The latest instant at which the head can hear of a lead.

    None: beyond what the calendars know, or of too many courses to follow.
    """
    return _Courses(crews, terms).head_at(arrival)


class _Courses:
    """All that can happen to a lead that nobody takes.

    1. A turn starts when somebody is on duty who has not just missed this lead. Where everybody on duty may have, all
       starts are followed: when somebody has rested, or comes on duty, until it is sure that somebody can be offered
       it.
    2. It ends after its budget in the holder's hours and the verdict delay; whoever is on duty may be the holder, and
       the first may be a known client's owner with less time, so all endings are followed: one that comes earlier may
       be followed by somebody whose day ends sooner.
       When the holder's absence begins before that, the next turn starts there (S-24).
    3. After so many misses the head is told.

    Where all keep the same hours and nobody is away, what starts later ends later: only the latest is followed.
    """

    def __init__(self, crews: Sequence[Crew], terms: Terms) -> None:
        self.crews, self.terms = crews, terms
        self.alike = len(crews) == 1 and not crews[0].away
        self.delay = timedelta(seconds=terms.verdict_delay)
        self.followed = 0  # turns

    def head_at(self, *arrivals: datetime) -> datetime | None:
        """The latest of these leads."""
        instants, earlier = set(arrivals), set[datetime]()
        try:
            for missed in range(self.terms.misses):
                instants = self._missed(instants, missed, earlier)
                if self.alike:
                    instants = earlier = {max(instants)}
                earlier = earlier | instants
        except (NeverOpens, BeyondHorizon):
            return None
        return max(instants)

    def _missed(self, instants: set[datetime], missed: int, earlier: set[datetime]) -> set[datetime]:
        """All instants at which one more turn can have been missed; `earlier`: those of the turns before."""
        ends, started = set[datetime](), set[datetime]()
        known, fresh = set(instants), instants
        while fresh:
            starts = self._starts(fresh, missed, earlier) - started
            self.followed += len(starts)
            if self.followed > MOST_TURNS:
                raise BeyondHorizon("too many different courses to follow")
            passed_on = set[datetime]()
            for start in starts:
                for crew in self.crews:
                    if crew.present.is_open(start):
                        self._ends(crew, start, missed, ends, passed_on)
            started |= starts
            fresh = passed_on - known
            known |= fresh
        return ends

    def _ends(self, crew: Crew, start: datetime, missed: int, ends: set[datetime], passed_on: set[datetime]) -> None:
        """Adds when a turn of this crew can be missed, and when it can be passed on because an absence begins."""
        terms = self.terms
        if crew.clock is not None:
            ends.add(crew.clock.add(start, terms.budget) + self.delay)
        if missed >= terms.personal:
            return
        for budget in {terms.budget, terms.budget if missed else terms.shortest}:
            due = crew.hours.add(start, budget)
            left = crew.left_at(start, due)
            if left is None:
                ends.add(due + self.delay)
            else:
                passed_on.add(left)

    def _starts(self, instants: set[datetime], missed: int, earlier: set[datetime]) -> set[datetime]:
        """All instants at which the next turn can start after one of these."""
        # With the same hours for all, misses are at least a budget apart, so only so many of them are recent.
        recent = min(missed, math.ceil(self.terms.cooldown / self.terms.shortest)) if len(self.crews) == 1 else missed
        recent = min(recent, self.terms.personal)
        starts, waits = set[datetime](), list[tuple[datetime, datetime]]()
        for instant in instants:
            start = _first((crew, instant) for crew in self.crews)
            starts.add(start)
            if self._on_duty(start) <= recent:
                waits.append((start, _first(self._rested(instant))))  # to where even who missed it only now has rested
        if waits:
            starts.update(self._while_waiting(waits, recent, earlier))
        return starts

    def _while_waiting(
        self, waits: list[tuple[datetime, datetime]], recent: int, earlier: set[datetime]
    ) -> Iterator[datetime]:
        """When in one of these waits a turn can start: somebody has rested, or comes on duty. A wait ends where more
        are on duty than can have missed it a short while ago."""
        after, until = min(start for start, _ in waits), max(sure for _, sure in waits)
        changes = {at for end in earlier for _, at in self._rested(end) if after < at <= until}
        changes.update(at for crew in self.crews for at in _openings(crew, after, until))
        looks = sorted(changes)
        people = [self._on_duty(at) for at in looks]
        enough = [number for number, count in enumerate(people) if count > recent]
        reached = 0  # so many looks are within the waits so far: a later wait begins later
        for start, sure in sorted(waits):
            first, last = bisect_right(looks, start), bisect_right(looks, sure)
            here = bisect_left(enough, first)
            if here < len(enough):
                last = min(last, enough[here] + 1)
            yield from (looks[number] for number in range(max(first, reached), last) if people[number])
            reached = max(reached, last)

    def _on_duty(self, at: datetime) -> int:
        return sum(crew.people for crew in self.crews if crew.present.is_open(at))

    def _rested(self, missed_at: datetime) -> Iterator[tuple[Crew, datetime]]:
        """When somebody of each crew has rested who missed this lead then."""
        for crew in self.crews:
            with suppress(NeverOpens, BeyondHorizon):  # he is not there again as far as is known
                yield crew, crew.present.add(missed_at, self.terms.cooldown)


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
