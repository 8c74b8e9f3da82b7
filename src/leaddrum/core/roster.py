"""Who is eligible, who is next, and one line per candidate that says why (S-17 to S-23)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from leaddrum.core.cycle import Line, Part
from leaddrum.core.policy import Strategy
from leaddrum.core.pool import NEVER, Candidate, Fit, Pool
from leaddrum.core.worktime import BeyondHorizon, NeverOpens

FOREVER = datetime.max.replace(tzinfo=UTC)
ELIGIBLE = frozenset({"chosen", "short_rest", "had_it", "cannot_fit", "after", "later"})
"""The codes of those who could have been chosen."""
RESTING = frozenset({"cooldown", "returned", "refused"})
"""The codes of those who rest from a lead they have had (S-18): a call by hand passes over that alone."""


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
    eligible: list[tuple[Candidate, Fit]] = []
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
    ranked = _ranked(pool, eligible, seen, budget, prefer)
    chosen = ranked[0][-1]
    if policy.strategy is Strategy.CLAIM and chosen.id != prefer:
        return Choice(
            None, tuple(Line(c.id, "chosen", "claim") for c, _ in eligible) + tuple(reasons.values()), to_all=True
        )
    decided = why if chosen.id == prefer else "again" if ranked[0][1] > 0 else policy.strategy.value
    lines = [Line(chosen.id, "chosen", decided)]
    first = why if chosen.id == prefer else ""
    lines += [_passed_over(rank, policy.strategy, pool, first) for rank in ranked[1:]]
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
    pool: Pool, eligible: list[tuple[Candidate, Fit]], seen: Mapping[int, Part], budget: int, prefer: int | None
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


def _passed_over(rank: _Rank, strategy: Strategy, pool: Pool, first: str) -> Line:
    """`first`: by what right the chosen one came first; then the strategy compared nobody, and is not the reason."""
    short, had, cannot_fit, measure, _, _, candidate = rank
    if short:
        return Line(candidate.id, "short_rest")
    if had > 0:
        return Line(candidate.id, "had_it", f"{had:g}" if had >= 1 else "")
    if cannot_fit:
        return Line(candidate.id, "cannot_fit")
    if first:
        return Line(candidate.id, "after", first)
    if strategy is Strategy.LEAST_LOADED:
        return Line(candidate.id, "later", f"{measure:g}")
    if strategy is Strategy.WEIGHTED:
        return Line(candidate.id, "later", f"{-measure:.2f}")
    return pool.later(candidate)


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
