"""Which budget makes the client wait least (S-51), from how people have reacted so far.

Passing a lead on is a restart. With independent turns of one budget d and a curve S of the share not yet taken, one
turn lasts A(d) = ∫₀ᵈ S(t) dt on average and is missed with the chance S(d), so until the take it is
A(d) + S(d)·(delay + …) = (A(d) + S(d)·delay) / (1 − S(d)) working seconds: a geometric sum. With different people in
the circle each lap is a sum over them (`core.circle`). `delay` is what passes between a deadline and its verdict.

Nothing beyond the longest budget tried is ever advised: what people do after it was never seen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaddrum.core import sureness
from leaddrum.core.circle import Lap, lap, reaches
from leaddrum.core.doubts import FEW_OFFERS, FEW_TAKES, Limit, Offer, doubts, seen, tried
from leaddrum.core.survival import Band, Curve, Seen, kaplan_meier

MINUTE = 60
GRID = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 20, 25, 30, 35, 40, 45, 50, 60, 75, 90, 105, 120, 150, 180, 210)
GRID_HOURS = (4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 40)
FEW_WAITING = 30  # offers that were watched so long
SAME = 0.01  # waits that differ by less are the same: then the one with fewer hand-overs is better
WORTH = SAME  # of the present wait: a smaller gain is none
MOST_FOLLOWED = 16  # people in a circle
MOST_TURNS = 1000  # of one lead, when looking for a percentile


@dataclass(frozen=True, slots=True)
class Terms:
    """What besides the budget decides how a lead goes round."""

    people: tuple[int, ...]  # of the roster
    budget: int  # the present one, seconds
    delay: float = 20  # between the deadline and the verdict (S-6)
    cooldown: int | None = None  # working seconds; None: one budget
    escalate_after: int = 4
    leads_per_hour: float = 0.0  # arrivals per working hour


@dataclass(frozen=True, slots=True)
class Candidate:
    """What to expect of one budget. Times are working seconds from the first offer to the take."""

    budget: int
    first: float  # share taken in the first turn
    first_band: Band
    handovers: float  # expected, per lead
    wait: float
    wait_band: Band
    p90: float | None  # nine of ten leads are taken by then; None: longer than can be said
    alerts: float  # of 100 leads, calls of the head
    offers: float  # per person and working hour
    at_once: float  # offers that a person holds at a time, on average
    enough: bool  # whether the data carries it


@dataclass(frozen=True, slots=True)
class Advice:
    """`verdict`: `change` | `perhaps` (better by the look, not by the figures yet) | `keep` | `too_few`."""

    curve: Curve
    people: Mapping[int, Curve]
    candidates: tuple[Candidate, ...]
    present: Candidate | None  # None: it was not tried, or the data does not carry it
    best: Candidate | None
    verdict: str
    gain: float  # share of the present wait that the best one saves
    surely: bool  # whether that difference is more than chance
    average: float | None  # the plain average of takes, which is what not to believe
    longest: int  # the longest budget tried
    limits: tuple[Limit, ...]


def advise(offers: Sequence[Offer], terms: Terms) -> Advice:
    """The best budget for this roster, from these ended turns.

    1. One curve of all turns and one for everybody with enough of them; who has fewer is taken for an average one.
    2. Each candidate budget up to the longest tried is reckoned with these curves.
    3. The best is the one with the least expected wait; of those as good to a hundredth, the longest: it has
       the fewest hand-overs.
    """
    offers = [_within(offer) for offer in offers]
    curve = kaplan_meier(seen(offers))
    longest = max(tried(offers), default=0)
    people = _curves(offers, terms)
    budgets = [d for d in budgets_to_try(longest) if d <= longest] if curve.takes else []
    if terms.budget <= longest and curve.takes:
        budgets = sorted({*budgets, terms.budget})
    circle = [people.get(person, curve) for person in terms.people] or [curve]
    candidates = tuple(_candidate(d, curve, circle, terms) for d in budgets if curve.at(d) < 1)
    good = [one for one in candidates if one.enough]
    present = next((one for one in good if one.budget == terms.budget), None)
    best = _best(good)
    gain = 1 - best.wait / present.wait if best and present else 0.0
    surely = bool(best and present and _differ(circle, curve, best.budget, present.budget, terms))
    taken = [offer.seconds for offer in offers if offer.taken]
    return Advice(
        curve=curve,
        people=people,
        candidates=candidates,
        present=present,
        best=best,
        verdict=_verdict(best, present, gain, surely=surely),
        gain=gain,
        surely=surely,
        average=sum(taken) / len(taken) if taken else None,
        longest=longest,
        limits=tuple(
            doubts(offers, curve, sum(1 for person in terms.people if person not in people), len(terms.people))
        ),
    )


def budgets_to_try(longest: float) -> list[int]:
    """Round budgets in seconds up to the longest tried, and that one itself."""
    steps = [minutes * MINUTE for minutes in GRID] + [hours * 3600 for hours in GRID_HOURS]
    return sorted({d for d in steps if d <= longest} | ({int(longest)} if longest else set()))


def _within(offer: Offer) -> Offer:
    """A take in the seconds between deadline and verdict says of the curve only that the deadline was reached."""
    return offer if offer.seconds <= offer.budget else offer._replace(seconds=float(offer.budget), taken=False)


def _curves(offers: Sequence[Offer], terms: Terms) -> dict[int, Curve]:
    of: dict[int, list[Seen]] = {person: [] for person in terms.people}
    for offer in offers:
        if offer.person in of:
            of[offer.person].append(Seen(offer.seconds, offer.taken))
    return {person: kaplan_meier(seen) for person, seen in of.items() if len(seen) >= FEW_OFFERS}


def _candidate(budget: int, curve: Curve, circle: Sequence[Curve], terms: Terms) -> Candidate:
    misses, areas = [one.at(budget) for one in circle], [one.area(budget) for one in circle]
    once = _lap(misses, areas, terms)
    rest = _rest(budget, len(circle), terms)
    wait = _until_taken(once, rest)
    handovers = sum(once.missed[1:]) / (1 - once.whole) if once.whole < 1 else math.inf
    known = _known(circle, curve)
    error = sureness.spread(known, _weights(known, budget, terms))
    factor = math.exp(sureness.z_value() * error / wait) if 0 < wait < math.inf else math.inf
    first = curve.band(budget)
    return Candidate(
        budget=budget,
        first=1 - sum(misses) / len(misses),
        first_band=Band(1 - first.high, 1 - first.low),
        handovers=handovers,
        wait=wait,
        wait_band=Band(wait / factor, wait * factor),
        p90=_percentile(0.9, budget, circle, misses, once, rest, terms.delay),
        alerts=100 * _alerts(once, terms.escalate_after),
        offers=terms.leads_per_hour * (1 + handovers) / len(circle),
        at_once=terms.leads_per_hour / 3600 * wait / len(circle),
        enough=curve.taken_by(budget) >= FEW_TAKES and curve.waiting(budget) >= FEW_WAITING,
    )


def _lap(misses: Sequence[float], areas: Sequence[float], terms: Terms) -> Lap:
    return lap(misses, [area + missed * terms.delay for missed, area in zip(misses, areas, strict=True)])


def _until_taken(once: Lap, rest: float) -> float:
    return (once.wait + once.whole * rest) / (1 - once.whole) if once.whole < 1 else math.inf


def _known(circle: Sequence[Curve], curve: Curve) -> Sequence[Curve]:
    """Whose errors are followed: in a large circle the one curve of all, which says nearly the same for much less."""
    return circle if len(circle) <= MOST_FOLLOWED else [curve]


def _weights(circle: Sequence[Curve], budget: int, terms: Terms) -> sureness.Weights:
    rest = _rest(budget, len(circle), terms)
    return sureness.weights(circle, budget, lambda misses, areas: _until_taken(_lap(misses, areas, terms), rest))


def _differ(circle: Sequence[Curve], curve: Curve, one: int, other: int, terms: Terms) -> bool:
    """Whether the expected waits of two budgets differ by more than chance, on the same turns."""
    known = _known(circle, curve)
    waits = [_candidate_wait(known, budget, terms) for budget in (one, other)]
    error = sureness.apart(known, _weights(known, one, terms), _weights(known, other, terms))
    return abs(waits[0] - waits[1]) > sureness.z_value() * error


def _candidate_wait(circle: Sequence[Curve], budget: int, terms: Terms) -> float:
    once = _lap([one.at(budget) for one in circle], [one.area(budget) for one in circle], terms)
    return _until_taken(once, _rest(budget, len(circle), terms))


def _rest(budget: int, people: int, terms: Terms) -> float:
    """How long a lead waits after a whole lap until the first one's cooldown is over (S-18)."""
    cooldown = budget if terms.cooldown is None else terms.cooldown
    return max(0.0, cooldown - (people - 1) * (budget + terms.delay))


def _alerts(once: Lap, after: int) -> float:
    """Expected calls of the head for one lead: at the K-th miss and after each further K (S-8)."""
    if once.whole >= 1:
        return math.inf
    people = len(once.missed) - 1
    total, number = 0.0, after
    while number <= MOST_TURNS:
        laps, within = divmod(number, people)
        chance = once.whole**laps * once.missed[within]
        total += chance
        if chance < 1e-9:
            break
        number += after
    return total


def _percentile(
    share: float, budget: int, circle: Sequence[Curve], misses: Sequence[float], once: Lap, rest: float, delay: float
) -> float | None:
    """By when that share of the leads is taken: first the turn, then the second within it, by halving."""
    people, left = len(circle), 1 - share
    for turn in range(MOST_TURNS):
        laps, within = divmod(turn, people)
        before = once.whole**laps
        after = before * (once.missed[within + 1])
        if after > left:
            continue
        low, high = 0.0, float(budget)
        while high - low > 1:
            middle = (low + high) / 2
            waits = before * reaches(misses, [one.at(middle) for one in circle], within + 1)
            low, high = (middle, high) if waits > left else (low, middle)
        return turn * (budget + delay) + laps * rest + high
    return None


def _best(good: Sequence[Candidate]) -> Candidate | None:
    if not good:
        return None
    least = min(one.wait for one in good)
    return max((one for one in good if one.wait <= least * (1 + SAME)), key=lambda one: one.budget)


def _verdict(best: Candidate | None, present: Candidate | None, gain: float, *, surely: bool) -> str:
    if best is None:
        return "too_few"
    if present is None:
        return "perhaps"
    if gain < WORTH:
        return "keep"
    return "change" if surely else "perhaps"
