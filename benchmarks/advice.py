"""How good the adviser is: histories of people whose curves are known, its bands and its advice against the truth.

    python -m benchmarks.advice [--histories 200] [--leads 1500]

Each history is a circle of its own people, drawn by lot, who pass leads on after a budget drawn by lot. No engine and
no database: the question is about the statistics alone.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
from dataclasses import dataclass
from statistics import fmean, median

from leaddrum.core.advice import Terms, advise, budgets_to_try
from leaddrum.core.circle import lap
from leaddrum.core.doubts import Offer
from leaddrum.history.truth import Habit

DELAY = 20
STEP = 5  # seconds, of the integral of the truth
BUDGETS = (900, 1200, 1800, 2400, 3600)


@dataclass(frozen=True, slots=True)
class Scored:
    """One history."""

    covered: int  # bands that hold the true share, of `bands`
    bands: int
    waits_covered: int
    waits: int
    regret: float  # how much longer than the best possible the true wait of the advised budget is, as a share
    kept: float  # the same of the budget it had
    average: float  # plain average of the takes against the true wait, as a share


def history(seed: int, leads: int) -> tuple[list[Offer], dict[int, Habit], int]:
    dice = random.Random(seed)
    people = {
        number: Habit(dice.uniform(0.6, 0.98), dice.uniform(150, 1200), dice.uniform(0.6, 1.0))
        for number in range(dice.randint(3, 9))
    }
    budget = dice.choice(BUDGETS)
    offers = []
    for _ in range(leads):
        order = dice.sample(sorted(people), len(people))
        for turn in itertools.count():
            person = order[turn % len(order)]
            after = people[person].takes(dice)
            offers.append(Offer(round(min(after, budget)), after <= budget, person, turn + 1, budget))
            if after <= budget:
                break
    return offers, people, budget


def true_waits(people: list[Habit], budgets: list[int]) -> dict[int, float]:
    """The expected wait of each budget, from the curves themselves."""
    waits = {}
    areas, at = [0.0] * len(people), 0
    for budget in budgets:
        while at < budget:
            areas = [area + STEP * one.missed(at + STEP / 2) for area, one in zip(areas, people, strict=True)]
            at += STEP
        misses = [one.missed(budget) for one in people]
        once = lap(misses, [area + missed * DELAY for area, missed in zip(areas, misses, strict=True)])
        waits[budget] = once.wait / (1 - once.whole)
    return waits


def score(seed: int, leads: int) -> Scored:
    offers, people, budget = history(seed, leads)
    truth = list(people.values())
    advice = advise(offers, Terms(tuple(people), budget, DELAY))
    waits = true_waits(truth, budgets_to_try(budget))
    covered = bands = 0
    for person, curve in advice.people.items():
        for at in waits:
            if 0 < curve.at(at) < 1:
                low, high = curve.band(at)
                bands += 1
                covered += low <= people[person].missed(at) <= high
    enough = [one for one in advice.candidates if one.enough]
    advised = advice.present if advice.verdict == "keep" else advice.best
    best = min(waits.values())
    return Scored(
        covered=covered,
        bands=bands,
        waits_covered=sum(one.wait_band.low <= waits[one.budget] <= one.wait_band.high for one in enough),
        waits=len(enough),
        regret=waits[advised.budget] / best - 1 if advised else math.inf,
        kept=waits[budget] / best - 1,
        average=(advice.average or 0.0) / waits[budget] - 1,
    )


def table(scored: list[Scored]) -> list[tuple[str, str]]:
    regrets = sorted(one.regret for one in scored)
    return [
        ("histories", str(len(scored))),
        ("95 % bands of a person's curve that hold the truth", f"{ratio('covered', 'bands', scored):.1%}"),
        ("95 % bands of the expected wait that hold the truth", f"{ratio('waits_covered', 'waits', scored):.1%}"),
        ("true wait of the advised budget above the best possible: median", f"{median(regrets):.2%}"),
        ("… 95th percentile", f"{regrets[math.ceil(0.95 * len(regrets)) - 1]:.2%}"),
        ("… worst", f"{regrets[-1]:.2%}"),
        ("advised budgets within 5 % of the best possible", f"{fmean(one <= 0.05 for one in regrets):.1%}"),
        ("the budget they had, above the best possible: mean", f"{fmean(one.kept for one in scored):.1%}"),
        ("plain average of the takes against the true wait: mean", f"{fmean(one.average for one in scored):+.1%}"),
        ("… at worst", f"{min(one.average for one in scored):+.1%}"),
    ]


def ratio(part: str, whole: str, scored: list[Scored]) -> float:
    return float(sum(getattr(one, part) for one in scored) / sum(getattr(one, whole) for one in scored))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=200)
    parser.add_argument("--leads", type=int, default=1500)
    options = parser.parse_args()
    print("| measure | value |\n|---|---|")
    for name, value in table([score(seed, options.leads) for seed in range(options.histories)]):
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
