"""Who is eligible, who is next, and one line per candidate that says why (S-17 to S-23)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from leaddrum.core.cycle import Line, Part
from leaddrum.core.policy import Policy, Strategy
from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens

Terms = tuple[datetime, tuple[tuple[float, datetime], ...]]  # due_at; (share of the budget, when to remind)
TICK = timedelta(microseconds=1)
LATE_SHARE = 0.25  # of the budget (S-45)
NEVER = datetime.min.replace(tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)


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


class _Fit(NamedTuple):
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
    _fits: dict[int, _Fit] = field(default_factory=dict)
    _terms: dict[tuple[int | None, int], Terms] = field(default_factory=dict)
    _all: list[tuple[Candidate, _Fit]] | None = None
    _isos: dict[datetime, str] = field(default_factory=dict)
    _late: dict[tuple[int, int], datetime] = field(default_factory=dict)

    def fit(self, candidate: Candidate) -> _Fit:
        known = self._fits.get(candidate.id)
        if known is None:
            line = _off_duty(candidate, self.now)
            left = 0.0 if line else candidate.hours.shift_left(self.now)
            known = self._fits[candidate.id] = _Fit(line, left < self.policy.min_rest, left)
        return known

    def late_at(self, person: int, budget: int) -> datetime:
        """When an offer of now that has not reached him is too late to blame him (S-45)."""
        known = self._late.get((person, budget))
        if known is None:
            known = self._late[person, budget] = self.clock(person, budget).add(self.now, budget * LATE_SHARE)
        return known

    def offered(self, person: int) -> None:
        """He has had an offer now: his place in the circle is the last, also among offers of this very instant."""
        latest = max((c.last_offer for c in self.people.values() if c.last_offer), default=NEVER)
        self.people[person].last_offer = max(self.now, latest + TICK) if latest >= self.now else self.now

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

    def fits(self) -> list[tuple[Candidate, _Fit]]:
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


@dataclass(frozen=True, slots=True)
class Choice:
    """`person` is None when nobody can be offered the lead; then `reason` and `until` say what is waited for."""

    person: int | None
    lines: tuple[Line, ...]
    next_up: int | None = None
    reason: str = ""  # closed | nobody | cap | cooldown
    until: datetime | None = None
    to_all: bool = False  # strategy `claim`: offered to every eligible person


def choose(
    pool: Pool,
    seen: Mapping[int, Part],
    budget: int,
    *,
    prefer: int | None = None,
    why: str = "",
    without: int | None = None,
    called: bool = False,
) -> Choice:
    """The next person for one lead.

    1. Each candidate who is not eligible gets the first reason why not (S-18).
    2. `prefer` (the owner, a known client's owner) is chosen when he is eligible (S-2, S-25).
    3. The others are ranked: who has `min_rest` of his shift left, then who has not had this lead or had it longest
       ago (S-18), then who can fit the whole budget (S-19), then by the drum's strategy (S-17), then by roster order.

    Args:
        seen: each person's part in this cycle so far.
        budget: working seconds of the turn to be offered.
        why: what a chosen `prefer` is called in his line.
        without: somebody who is being paused at this very moment (S-55), or from whom the head takes the lead.
        called: the head has called the drum by hand, so nobody rests from this lead.
    """
    policy, now = pool.policy, pool.now
    cooldown = policy.cooldown if policy.cooldown is not None else budget
    cooldown = 0 if called else cooldown
    reasons: dict[int, Line] = {}
    capped = False
    cooling: list[tuple[datetime, int, int]] = []  # (ready at, roster order, person)
    eligible: list[tuple[Candidate, _Fit]] = []
    cap = policy.open_offers_cap if policy.strategy is not Strategy.CLAIM else sys.maxsize
    for candidate, fit in pool.fits():
        if candidate.guest and candidate.id != prefer:
            continue
        if fit.line is not None or candidate.id == without:
            reasons[candidate.id] = fit.line or Line(candidate.id, "called" if called else "paused")
            continue
        part = seen.get(candidate.id)
        if part is not None and part.passed_at is not None:
            ready = _cooled(candidate, part.passed_at, cooldown)
            if ready > now:
                code = "refused" if part.refused else "returned" if part.returned else "cooldown"
                reasons[candidate.id] = Line(candidate.id, code, pool.iso(part.passed_at))
                if ready is not FOREVER:
                    cooling.append((ready, candidate.position, candidate.id))
                continue
        if candidate.open_offers >= cap:
            reasons[candidate.id] = Line(candidate.id, "at_cap", f"{candidate.open_offers}/{cap}")
            capped = True
            continue
        eligible.append((candidate, fit))
    if not eligible:
        return _nobody(pool, reasons, capped, min(cooling)[0] if cooling else None)
    if policy.strategy is Strategy.CLAIM and prefer is None:
        return Choice(
            None, tuple(Line(c.id, "chosen", "claim") for c, _ in eligible) + tuple(reasons.values()), to_all=True
        )
    ranked = _ranked(pool, eligible, seen, budget, prefer)
    chosen = ranked[0][-1]
    lines = [Line(chosen.id, "chosen", why if chosen.id == prefer else policy.strategy.value)]
    lines += [_passed_over(rank, policy.strategy, pool) for rank in ranked[1:]]
    lines += reasons.values()
    following = ranked[1][-1].id if len(ranked) > 1 else _cooled_by(pool, chosen.id, budget, cooling)
    return Choice(chosen.id, tuple(lines), following)


def _cooled_by(pool: Pool, chosen: int, budget: int, cooling: list[tuple[datetime, int, int]]) -> int | None:
    """Who comes next when all others are in cooldown: the first of them to be ready when the turn ends (S-3)."""
    ready, _, person = min(cooling, default=(FOREVER, 0, 0))
    return person if cooling and ready <= pool.terms(chosen, budget)[0] else None


# Short rest, turn he last had this lead in, cannot fit the budget, the strategy's measure, last offer, roster order.
_Rank = tuple[bool, float, bool, float, datetime, int, Candidate]


def _ranked(
    pool: Pool, eligible: list[tuple[Candidate, _Fit]], seen: Mapping[int, Part], budget: int, prefer: int | None
) -> list[_Rank]:
    measure = _measure(pool.policy.strategy, [candidate for candidate, _ in eligible])
    ranks = [
        (
            fit.short,
            -1.0 if candidate.id == prefer else (seen[candidate.id].last_turn if candidate.id in seen else 0.0),
            fit.left < budget,
            measure(candidate) if measure else 0.0,
            candidate.last_offer or NEVER,
            candidate.position,
            candidate,
        )
        for candidate, fit in eligible
    ]
    ranks.sort()  # positions differ, so candidates themselves are never compared
    return ranks


def _measure(strategy: Strategy, eligible: list[Candidate]) -> Callable[[Candidate], float] | None:
    """What the strategy compares, least first; None: only the last offer counts (`circle`)."""
    if strategy is Strategy.WEIGHTED:
        whole = sum(candidate.weight for candidate in eligible) or 1.0
        return lambda candidate: -(candidate.credit + candidate.weight / whole)
    if strategy is Strategy.LEAST_LOADED:
        return lambda candidate: float(candidate.open_leads + candidate.open_offers)
    return None


def _passed_over(rank: _Rank, strategy: Strategy, pool: Pool) -> Line:
    short, had, cannot_fit, measure, last_offer, _, candidate = rank
    if short:
        return Line(candidate.id, "short_rest")
    if had > 0:
        return Line(candidate.id, "had_it", f"{had:g}" if had >= 1 else "")
    if cannot_fit:
        return Line(candidate.id, "cannot_fit")
    if strategy is Strategy.LEAST_LOADED:
        return Line(candidate.id, "later", f"{measure:g}")
    if strategy is Strategy.WEIGHTED:
        return Line(candidate.id, "later", f"{-measure:.2f}")
    return Line(candidate.id, "later", "" if last_offer is NEVER else pool.iso(last_offer))


def credit(pool: Pool, chosen: int, eligible: Iterable[int], absent: Iterable[int] = ()) -> list[int]:
    """Book one offer in the deficit ledger of `weighted`: everyone eligible gains his share, the chosen pays one lead.

    Who is absent gains too, until his credit reaches the policy's `make_up` offers (S-55; off by default). A newcomer
    begins with nothing, which is the group's level: the ledger sums to zero.

    Source of the rule: deficit round robin (Shreedhar and Varghese, 1995) with leads for bytes.

    Returns:
        Everybody whose credit has changed.
    """
    made_up = [person for person in absent if pool.people[person].credit < pool.policy.make_up]
    people = [pool.people[person] for person in (*eligible, *made_up)]
    whole = sum(person.weight for person in people)
    for person in people:
        person.credit += person.weight / whole if whole else 0.0
    pool.people[chosen].credit -= 1.0
    return [person.id for person in people]


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


def _cooled(candidate: Candidate, passed_at: datetime, cooldown: int) -> datetime:
    """When the cooldown is over, in his working time (S-9)."""
    if not cooldown or passed_at < candidate.hours.window[0]:
        return passed_at
    try:
        return candidate.hours.add(passed_at, cooldown)
    except (NeverOpens, BeyondHorizon):
        return FOREVER  # he has not so much working time ahead of him


def _nobody(pool: Pool, reasons: Mapping[int, Line], capped: bool, cool_until: datetime | None) -> Choice:
    lines = tuple(reasons.values())
    if not pool.service.is_open(pool.now):
        return Choice(None, lines, reason="closed", until=pool.service.next_open(pool.now))
    comes = pool.next_on_duty()
    if capped:
        return Choice(None, lines, reason="cap", until=_earliest(comes, cool_until))
    if cool_until is not None:
        return Choice(None, lines, reason="cooldown", until=_earliest(comes, cool_until))
    return Choice(None, lines, reason="nobody", until=comes)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
