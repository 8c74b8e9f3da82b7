"""Two budgets tried at once: fair arms, an interval that may be looked at every day, a rule when to stop (S-51)."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from leaddrum.core.trial import LEAST, arm, effect


@pytest.mark.rule("S-51")
def test_arms_are_halves_that_nobody_chooses() -> None:
    arms = [arm("site", lead) for lead in range(1, 10_001)]
    assert sum(arms) == pytest.approx(5000, abs=200)
    assert arms == [arm("site", lead) for lead in range(1, 10_001)]
    assert sum(one == two for one, two in itertools.pairwise(arms)) == pytest.approx(5000, abs=200)
    assert arms != [arm("corporate", lead) for lead in range(1, 10_001)]


@pytest.mark.rule("S-51")
def test_who_looks_after_every_lead_is_fooled_in_at_most_one_trial_of_twenty() -> None:
    """Two equal budgets, 300 trials, looked at forty times each."""
    dice, fooled = random.Random(4), 0
    for _ in range(300):
        waits = [[dice.expovariate(1 / 900) for _ in range(400)] for _ in range(2)]
        found = (effect(waits[0][:n], waits[1][:n]).stop for n in range(LEAST, 400, 9))
        fooled += any(stop in {"first", "second"} for stop in found)
    assert fooled <= 15


def test_a_real_difference_is_found_and_named() -> None:
    dice = random.Random(1)
    slow, quick = [dice.expovariate(1 / 1500) for _ in range(800)], [dice.expovariate(1 / 900) for _ in range(800)]
    assert effect(slow, quick).stop == "second"
    assert effect(quick, slow).stop == "first"
    assert effect(slow, quick).low < -600 < effect(slow, quick).high


def test_few_leads_say_nothing_yet() -> None:
    assert effect([], []).stop == ""
    assert math.isinf(effect([1.0], [2.0]).high)
    assert effect([900.0, 901.0] * 10, [1.0, 2.0] * 10).stop == ""


def test_a_difference_not_worth_having_ends_it_too() -> None:
    waits = [900.0, 910.0] * 600
    assert effect(waits, waits).stop == "same"
