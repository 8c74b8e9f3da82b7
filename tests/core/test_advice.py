"""The best budget from the past, against brute force and against known people (S-51)."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaddrum.core.advice import Advice, Terms, advise, budgets_to_try
from leaddrum.core.circle import lap, reaches
from leaddrum.core.doubts import Offer
from leaddrum.core.survival import Seen, kaplan_meier

HALF_HOUR = 1800
PEOPLE = {1: (0.95, 240.0), 2: (0.9, 420.0), 3: (0.7, 600.0), 4: (0.6, 900.0)}  # how often he notices, median seconds
share = st.floats(0.05, 0.95)
circles = st.lists(st.tuples(share, st.floats(1, 100)), min_size=1, max_size=5)


def takes(rng: random.Random, person: int) -> float:
    notices, median = PEOPLE[person]
    return rng.lognormvariate(math.log(median), 0.8) if rng.random() < notices else math.inf


def played(leads: int, budget: int = HALF_HOUR, seed: int = 1) -> list[Offer]:
    """Leads that go round until somebody takes them, the order by lot."""
    rng = random.Random(seed)
    offers = []
    for _ in range(leads):
        order = rng.sample(sorted(PEOPLE), len(PEOPLE))
        for number in itertools.count():
            person = order[number % len(order)]
            took = takes(rng, person)
            offers.append(Offer(min(took, budget), took <= budget, person, number + 1, budget))
            if took <= budget:
                break
    return offers


def advice_of(offers: Sequence[Offer], budget: int = HALF_HOUR) -> Advice:
    return advise(offers, Terms(tuple(PEOPLE), budget, leads_per_hour=6))


@given(circles)
def test_a_lap_is_the_mean_over_all_orders(people: list[tuple[float, float]]) -> None:
    misses, waits = [one for one, _ in people], [two for _, two in people]
    once = lap(misses, waits)
    orders = list(itertools.permutations(range(len(people))))
    for k in range(len(people) + 1):
        assert once.missed[k] == pytest.approx(sum(math.prod(misses[p] for p in o[:k]) for o in orders) / len(orders))
    expected = sum(sum(math.prod(misses[q] for q in o[:k]) * waits[p] for k, p in enumerate(o)) for o in orders) / len(
        orders
    )
    assert once.wait == pytest.approx(expected)
    for k in range(1, len(people) + 1):
        mean = sum(math.prod(misses[q] for q in o[: k - 1]) * waits[o[k - 1]] for o in orders) / len(orders)
        assert reaches(misses, waits, k) == pytest.approx(mean)


def test_with_equal_people_it_is_the_formula() -> None:
    """E[wait] = ∫₀ᵈ S(t) dt / (1 − S(d)), and the verdict's delay at every miss."""
    offers = [Offer(second, taken, 1, 1, 600) for second, taken in [(60, True), (300, True), (600, False)] * 40]
    curve = kaplan_meier([Seen(offer.seconds, offer.taken) for offer in offers])

    def expected(budget: float) -> float:
        missed = curve.at(budget)
        return (curve.area(budget) + missed * 20) / (1 - missed)

    candidates = advise(offers, Terms((1, 2, 3), 600, delay=20)).candidates
    assert {one.budget: one.wait for one in candidates} == {
        one.budget: pytest.approx(expected(one.budget)) for one in candidates
    }
    assert expected(600) == pytest.approx((60 + 240 * 2 / 3 + 300 / 3 + 20 / 3) / (2 / 3))


@pytest.mark.rule("S-51")
def test_what_is_expected_is_what_happens() -> None:
    """Waits, hand-overs, percentile and calls of the head, by playing another budget than the one that was tried."""
    advice = advice_of(played(6000, seed=2))
    rng = random.Random(7)
    budget, waits, handovers, alerts = 900, [], 0, 0
    for _ in range(20_000):
        order = rng.sample(sorted(PEOPLE), len(PEOPLE))
        wait = 0.0
        for number in itertools.count():
            took = takes(rng, order[number % len(order)])
            if took <= budget:
                waits.append(wait + took)
                handovers += number
                alerts += number // 4
                break
            wait += budget + 20
    one = next(found for found in advice.candidates if found.budget == budget)
    waits.sort()
    assert one.wait == pytest.approx(sum(waits) / len(waits), rel=0.04)
    assert one.wait_band.low * 0.99 <= sum(waits) / len(waits) <= one.wait_band.high * 1.01  # brute force errs too
    assert one.p90 == pytest.approx(waits[int(0.9 * len(waits))], rel=0.06)
    assert one.handovers == pytest.approx(handovers / len(waits), rel=0.06)
    assert one.alerts == pytest.approx(100 * alerts / len(waits), rel=0.25)
    assert one.at_once == pytest.approx(6 / 3600 * one.wait / 4)


@pytest.mark.rule("S-51")
def test_a_shorter_budget_is_advised_where_it_helps_and_the_average_is_shown_to_be_wrong() -> None:
    advice = advice_of(played(3000))
    assert advice.verdict == "change"
    assert advice.best is not None
    assert advice.best.budget < HALF_HOUR
    assert advice.surely
    assert advice.average is not None
    assert advice.present is not None
    assert advice.average < 0.6 * advice.present.wait


@pytest.mark.rule("S-51")
def test_nothing_beyond_the_longest_budget_tried_is_reckoned() -> None:
    offers = played(2000, budget=600)
    assert max(one.budget for one in advice_of(offers, 600).candidates) == 600
    strays = [Offer(3000, taken=True, person=1, number=1, budget=3600)] * 5  # too few to count as tried
    assert max(one.budget for one in advice_of([*offers, *strays], 600).candidates) == 600
    assert budgets_to_try(600)[-1] == 600
    assert budgets_to_try(0) == []


def test_a_budget_that_is_good_already_is_kept() -> None:
    best = advice_of(played(4000)).best
    assert best is not None
    assert advice_of(played(4000, best.budget, seed=2), best.budget).verdict in {"keep", "perhaps"}


@pytest.mark.rule("S-51")
def test_with_few_turns_it_advises_nothing() -> None:
    advice = advice_of(played(20))
    assert (advice.best, advice.verdict) == (None, "too_few")
    assert "few" in {limit.code for limit in advice.limits}
    assert advice_of([]).verdict == "too_few"


def test_a_late_take_counts_as_one_that_reached_its_deadline() -> None:
    """Somebody takes between deadline and verdict: nobody else was watched then, so the curve must not fall to 0."""
    offers = [*played(500, 600), Offer(612, taken=True, person=1, number=1, budget=600)]
    assert advice_of(offers, 600).curve.at(615) > 0.1


def test_it_says_that_people_hurry() -> None:
    rng = random.Random(1)
    offers = [
        Offer(rng.uniform(500, 600) if rng.random() < 0.6 else rng.uniform(1, 1500), True, 1, 1, 600)
        for _ in range(800)
    ]
    offers = [offer if offer.seconds < 600 else offer._replace(seconds=600.0, taken=False) for offer in offers]
    assert "hurry" in {limit.code for limit in advice_of(offers, 600).limits}
    assert "hurry" not in {limit.code for limit in advice_of(played(800)).limits}


def test_it_says_that_leads_once_missed_are_taken_less_often() -> None:
    hard = [
        offer._replace(seconds=1800.0, taken=False) if offer.number > 1 and index % 2 else offer
        for index, offer in enumerate(played(2000))
    ]
    assert "later_slower" in {limit.code for limit in advice_of(hard).limits}
    assert "later_slower" not in {limit.code for limit in advice_of(played(2000)).limits}


def test_who_has_few_turns_is_taken_for_an_average_one() -> None:
    advice = advise(played(300), Terms((*PEOPLE, 99), HALF_HOUR))
    assert 99 not in advice.people
    assert {"short": {"people": 1, "of": 5, "least": 30}}.items() <= {
        limit.code: limit.values for limit in advice.limits
    }.items()


def test_one_person_alone_waits_for_his_cooldown() -> None:
    offers = [Offer(300, True, 1, 1, 600), Offer(600, False, 1, 1, 600)] * 50
    alone = next(one for one in advise(offers, Terms((1,), 600, delay=0)).candidates if one.budget == 600)
    assert alone.wait == pytest.approx((450 + 0.5 * 600) / 0.5)
