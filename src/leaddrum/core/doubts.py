"""What the past cannot say about budgets (S-51): nothing is advised without these doubts beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leaddrum.core.sureness import z_value
from leaddrum.core.survival import Curve, Seen, kaplan_meier

FEW_TAKES = 30  # within a budget: with fewer it is not advised
FEW_OFFERS = 30  # of one person: with fewer he is taken for an average one
TRIED = 20  # offers of one budget: with fewer it does not count as tried
ALONE = 0.1  # share of all offers from which on another budget says something of its own
HURRY = 1.3  # takes per minute in the last fifth of the budget against the two fifths before


class Offer(NamedTuple):
    """One ended turn of the past."""

    seconds: float  # working seconds of its holder until it ended
    taken: bool
    person: int
    number: int  # of the turn within its cycle
    budget: int


class Limit(NamedTuple):
    """What the data cannot say: `code` is one of `beyond`, `few`, `short`, `hurry`, `later_slower`, `one_budget`."""

    code: str
    values: Mapping[str, float]


def tried(offers: Sequence[Offer]) -> dict[int, int]:
    """Budgets that were tried often enough, and how often."""
    counts: dict[int, int] = {}
    for offer in offers:
        counts[offer.budget] = counts.get(offer.budget, 0) + 1
    return {budget: count for budget, count in counts.items() if count >= TRIED}


def seen(offers: Sequence[Offer]) -> list[Seen]:
    return [Seen(offer.seconds, offer.taken) for offer in offers]


def doubts(offers: Sequence[Offer], curve: Curve, unknown: int, roster: int) -> list[Limit]:
    """What these offers leave open; `unknown` of the `roster` people have too few to have a curve of their own."""
    budgets = tried(offers)
    longest = max(budgets, default=0)
    found = [Limit("beyond", {"longest": longest, "missed": curve.at(longest)})] if longest else []
    if curve.takes < FEW_TAKES or curve.offers < 2 * FEW_OFFERS:
        found.append(Limit("few", {"offers": curve.offers, "takes": curve.takes}))
    if unknown and curve.offers:
        found.append(Limit("short", {"people": unknown, "of": roster, "least": FEW_OFFERS}))
    if sum(count >= ALONE * len(offers) for count in budgets.values()) == 1:  # short first offers are no other budget
        found.append(Limit("one_budget", {"budget": longest}))
    if budgets:
        hurry = _hurry([offer for offer in offers if offer.budget == max(budgets, key=lambda d: (budgets[d], d))])
        if hurry is not None:
            found.append(Limit("hurry", {"times": hurry}))
    slower = _later_slower(offers, longest)
    return [*found, slower] if slower is not None else found


def _hurry(offers: Sequence[Offer]) -> float | None:
    """How many times quicker offers are taken shortly before the deadline; None: no more than chance."""
    rates = []
    for start, end in ((0.4, 0.8), (0.8, 1.0)):
        takes = sum(1 for o in offers if o.taken and start < o.seconds / o.budget <= end)
        minutes = sum(min(o.seconds, o.budget * end) - o.budget * start for o in offers if o.seconds > o.budget * start)
        rates.append((takes, minutes))
    (before, long_), (late, short) = rates
    if min(before, late) < 10 or not long_ or not short:
        return None
    ratio = (late / short) / (before / long_)
    sure = math.log(ratio) > z_value() * math.sqrt(1 / before + 1 / late)
    return ratio if sure and ratio > HURRY else None


def _later_slower(offers: Sequence[Offer], longest: int) -> Limit | None:
    """Whether leads that were missed once are taken less often by the next: then turns are not independent."""
    first = kaplan_meier(seen([offer for offer in offers if offer.number == 1]))
    later = kaplan_meier(seen([offer for offer in offers if offer.number > 1]))
    if later.takes < FEW_TAKES or first.takes < FEW_TAKES:
        return None
    at = min(longest, first.watched[-1], later.watched[-1])
    if later.band(at).low <= first.band(at).high:
        return None
    return Limit("later_slower", {"first": 1 - first.at(at), "later": 1 - later.at(at), "at": at})
