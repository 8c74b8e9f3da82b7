"""The adviser's answer about one drum: the advice, and curves side by side by source, hour and person (S-51)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leaddrum.adviser import reading
from leaddrum.adviser.reading import Asked
from leaddrum.adviser.trials import Trial, trial
from leaddrum.adviser.trials import plain as plain_trial
from leaddrum.core.advice import Advice, Candidate, Terms, advise
from leaddrum.core.doubts import FEW_OFFERS, Offer
from leaddrum.core.survival import Band, Curve, Seen, kaplan_meier
from leaddrum.models import Company

POINTS = 120  # of a curve as JSON and as a chart


@dataclass(frozen=True, slots=True)
class Group:
    """Offers of one source, hour or person: what share was taken within the present budget, and when half of it."""

    name: str
    offers: int
    taken: float
    band: Band
    median: float | None


@dataclass(frozen=True, slots=True)
class Report:
    wanted: Asked
    terms: Terms
    advice: Advice
    by_source: Sequence[Group]
    by_hour: Sequence[Group]
    by_person: Sequence[Group]
    cut: bool
    trial: Trial | None = None


def report(company: Company, wanted: Asked, now: datetime) -> Report:
    people, _policy = reading.policy_of(company, wanted.drum, now)
    found = reading.past(wanted)
    terms = reading.terms(wanted, people, found)
    advice = advise(found.offers, terms)
    names = reading.names(people)
    at = min(terms.budget, advice.longest) if advice.longest else terms.budget
    seen = [_seen(offer) for offer in found.offers]
    return Report(
        wanted=wanted,
        terms=terms,
        advice=advice,
        by_source=_groups(seen, at, [source or "—" for source in found.sources]),
        by_hour=_groups(seen, at, [f"{hour:02}:00" for hour in found.hours]),
        by_person=_groups(seen, at, [names.get(offer.person, "?") for offer in found.offers]),
        cut=found.cut,
        trial=trial(wanted.drum, now),
    )


def _seen(offer: Offer) -> Seen:
    within = offer.seconds <= offer.budget
    return Seen(offer.seconds if within else offer.budget, offer.taken and within)


def _groups(seen: Sequence[Seen], budget: int, names: Sequence[str]) -> list[Group]:
    """Those with enough offers to say something; `names[i]` is the group of `seen[i]`."""
    of: dict[str, list[Seen]] = {}
    for name, one in zip(names, seen, strict=True):
        of.setdefault(name, []).append(one)
    groups = []
    for key in sorted(of):
        curve = kaplan_meier(of[key])
        if curve.offers < FEW_OFFERS:
            continue
        low, high = curve.band(budget)
        groups.append(Group(key, curve.offers, 1 - curve.at(budget), Band(1 - high, 1 - low), curve.quantile(0.5)))
    return groups


def points(curve: Curve, longest: float) -> list[tuple[float, float, float, float]]:
    """(seconds, not taken, low, high) at even steps up to the longest budget tried."""
    steps = [longest * step / POINTS for step in range(POINTS + 1)] if longest else []
    return [(at, curve.at(at), *curve.band(at)) for at in steps]


def plain(made: Report, words: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON. Times are working seconds, shares are between 0 and 1; `words` are the sentences."""
    advice, wanted = made.advice, made.wanted
    return {
        "drum": wanted.drum.key,
        "from": wanted.since.isoformat(),
        "to": wanted.until.isoformat(),
        "source": wanted.source or None,
        "person": wanted.person.key if wanted.person else None,
        "offers": advice.curve.offers,
        "takes": advice.curve.takes,
        "cut": made.cut,
        "budget": made.terms.budget,
        "longest_tried": advice.longest,
        "verdict": advice.verdict,
        "advised": advice.best.budget if advice.best else None,
        "gain": round(advice.gain, 6),
        "surely": advice.surely,
        "average_of_takes": advice.average,
        "candidates": [_candidate(one) for one in advice.candidates],
        "curve": [
            {"seconds": at, "not_taken": share, "low": low, "high": high}
            for at, share, low, high in points(advice.curve, advice.longest)
        ],
        "groups": {
            "source": [_group(one) for one in made.by_source],
            "hour": [_group(one) for one in made.by_hour],
            "person": [_group(one) for one in made.by_person],
        },
        "trial": plain_trial(made.trial),
        "limits": [{"code": limit.code, **limit.values} for limit in advice.limits],
        **words,
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "budget": one.budget,
        "taken_first": one.first,
        "taken_first_low": one.first_band.low,
        "taken_first_high": one.first_band.high,
        "handovers": one.handovers,
        "wait": one.wait,
        "wait_low": one.wait_band.low,
        "wait_high": one.wait_band.high,
        "wait_p90": one.p90,
        "alerts_per_100_leads": one.alerts,
        "offers_per_person_and_hour": one.offers,
        "open_offers_per_person": one.at_once,
        "enough_data": one.enough,
    }


def _group(one: Group) -> dict[str, Any]:
    return {
        "name": one.name,
        "offers": one.offers,
        "taken": one.taken,
        "low": one.band.low,
        "high": one.band.high,
        "median": one.median,
    }
