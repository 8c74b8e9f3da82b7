"""The people of a drum at one instant, as a choice looks at them (S-12, S-18, S-19)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from leaddrum.core.cycle import Line
from leaddrum.core.policy import Policy
from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens

Terms = tuple[datetime, tuple[tuple[float, datetime], ...]]  # due_at; (share of the budget, when to remind)
TICK = timedelta(microseconds=1)
LATE_SHARE = 0.25  # of the budget (S-45)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Candidate:
    """A person as one drum sees him now. The engine keeps the counts up to date between decisions of one batch."""

    id: int
    position: int  # roster order
    hours: Calendar  # his hours ∩ the drum's service hours − his absences (S-12)
    barred: str = ""  # '' | inactive | technical | paused
    barred_value: str = ""
    absences: tuple[tuple[datetime, datetime, str], ...] = ()
    open_offers: int = 0
    before: int = 0  # open offers before this instant: what passes to or from him in it is neither load nor relief
    open_leads: int = 0
    streak: int = 0  # missed turns in a row
    weight: float = 1.0
    credit: float = 0.0
    last_offer: datetime | None = None
    head: int | None = None  # who answers for him now (semantics §1)
    guest: bool = False  # not of the roster: pinned by hand, or a known client's owner

    def away_at(self, now: datetime) -> bool:
        return any(start <= now < end for start, end, _ in self.absences)

    def leaves_before(self, until: datetime, now: datetime) -> datetime | None:
        """The start of his next absence, when it comes before `until`: his turn ends there (S-24)."""
        starts = (start for start, _, _ in self.absences if now < start < until)
        return min(starts, default=None)


class Fit(NamedTuple):
    """What the hour alone says of a candidate; the same for every lead of one moment."""

    line: Line | None  # why he is not on duty; None: he is
    short: bool  # less than `min_rest` of his shift left
    left: float  # working seconds of his shift left


@dataclass(slots=True)
class Pool:
    """The people of a drum at one instant."""

    now: datetime
    service: Calendar
    people: dict[int, Candidate]  # in roster order, guests last
    policy: Policy
    head: int | None = None  # of the drum: told when it is nobody's miss
    _fits: dict[int, Fit] = field(default_factory=dict)
    _terms: dict[tuple[int | None, int], Terms] = field(default_factory=dict)
    _all: list[tuple[Candidate, Fit]] | None = None
    _isos: dict[datetime, str] = field(default_factory=dict)
    _late: dict[tuple[int, int], datetime] = field(default_factory=dict)
    _later: dict[int, Line] = field(default_factory=dict)
    _newest: tuple[int, datetime] = (0, NEVER)  # of so many people the newest offer

    def fit(self, candidate: Candidate) -> Fit:
        known = self._fits.get(candidate.id)
        if known is None:
            line = _off_duty(candidate, self.now)
            left = 0.0 if line else candidate.hours.shift_left(self.now)
            known = self._fits[candidate.id] = Fit(line, left < self.policy.min_rest, left)
        return known

    def late_at(self, person: int, budget: int) -> datetime:
        """When an offer of now that has not reached him is too late to blame him (S-45)."""
        known = self._late.get((person, budget))
        if known is None:
            known = self._late[person, budget] = self.clock(person, budget).add(self.now, budget * LATE_SHARE)
        return known

    def offered(self, person: int) -> None:
        """He has had an offer now: his place in the circle is the last, also among offers of this very instant."""
        known, newest = self._newest
        if known != len(self.people):  # a guest has come
            newest = max((c.last_offer for c in self.people.values() if c.last_offer), default=NEVER)
        at = newest + TICK if newest >= self.now else self.now
        self.people[person].last_offer = at
        self._newest = len(self.people), at
        self._later.pop(person, None)

    def later(self, candidate: Candidate) -> Line:
        """His line when somebody is before him in the circle: kept, for it stands in nearly every choice."""
        known = self._later.get(candidate.id)
        if known is None:
            last = self.iso(candidate.last_offer) if candidate.last_offer else ""
            known = self._later[candidate.id] = Line(candidate.id, "later", last)
        return known

    def forget(self, person: int) -> None:
        """His state has changed within this instant."""
        self._fits.pop(person, None)
        self._all = None

    def iso(self, instant: datetime) -> str:
        """`isoformat`, kept: the same few instants stand in many lines."""
        known = self._isos.get(instant)
        if known is None:
            known = self._isos[instant] = instant.isoformat()
        return known

    def terms(self, person: int | None, budget: int) -> Terms:
        """Deadline and reminders of a turn that starts now: in his hours, or in the drum's when it is for everybody."""
        known = self._terms.get((person, budget))
        if known is None:
            hours = self.clock(person, budget)
            reminders = tuple((share, hours.add(self.now, budget * share)) for share in self.policy.warn_at)
            known = self._terms[person, budget] = (hours.add(self.now, budget), reminders)
        return known

    def clock(self, person: int | None, budget: int) -> Calendar:
        """Whose hours a turn runs on: his, or the drum's for an offer to everybody and for who is gone for years."""
        return self.people[person].hours if person is not None and self.has_time(person, budget) else self.service

    def has_time(self, person: int, budget: int) -> bool:
        """Whether he works so long at all within the horizon: somebody on leave for years does not."""
        try:
            self.people[person].hours.add(self.now, budget)
        except (NeverOpens, BeyondHorizon):
            return False
        return True

    def fits(self) -> list[tuple[Candidate, Fit]]:
        """Everybody with his fit."""
        if self._all is None or len(self._all) != len(self.people):
            self._all = [(candidate, self.fit(candidate)) for candidate in self.people.values()]
        return self._all

    def head_of(self, person: int | None) -> int | None:
        candidate = self.people.get(person) if person is not None else None
        return candidate.head if candidate and candidate.head is not None else self.head

    def next_on_duty(self) -> datetime | None:
        """When the next of them who is not on duty now comes on duty by the calendar alone."""
        comes = (
            candidate.hours.next_open(self.now)
            for candidate in self.people.values()
            if not candidate.barred and not candidate.guest and not candidate.hours.is_open(self.now)
        )
        return min((instant for instant in comes if instant is not None), default=None)


def _off_duty(candidate: Candidate, now: datetime) -> Line | None:
    if candidate.barred:
        return Line(candidate.id, candidate.barred, candidate.barred_value)
    for start, end, _ in candidate.absences:
        if start <= now < end:
            return Line(candidate.id, "absent", end.isoformat())
    if candidate.hours.is_open(now):
        return None
    comes = candidate.hours.next_open(now)
    return Line(candidate.id, "off_shift", comes.isoformat() if comes else "")
