"""The curve of the share not yet taken, against an independent library and against its definition (S-51)."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from leaddrum.core.survival import Seen, kaplan_meier

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # lifelines' own
offers = st.lists(st.builds(Seen, st.integers(1, 60), st.booleans()), min_size=1, max_size=80)


@pytest.mark.rule("S-51")
@given(offers)
def test_it_agrees_with_lifelines_to_a_billionth(seen: list[Seen]) -> None:
    curve = kaplan_meier(seen)
    theirs = KaplanMeierFitter().fit([one.seconds for one in seen], [one.taken for one in seen])
    low, high = (theirs.confidence_interval_.iloc[:, side] for side in (0, 1))
    for at in sorted({one.seconds for one in seen}):
        assert curve.at(at) == pytest.approx(float(theirs.predict(at)), abs=1e-9)
        if 0 < curve.at(at) < 1:
            band = curve.band(at)
            assert band.low == pytest.approx(float(low.loc[at]), abs=1e-9)
            assert band.high == pytest.approx(float(high.loc[at]), abs=1e-9)


def test_it_agrees_with_lifelines_on_a_month_of_seconds() -> None:
    rng = random.Random(3)
    seen = []
    for _ in range(3000):
        takes, leaves = rng.lognormvariate(6, 1), rng.choice([900.0, 1800.0])
        seen.append(Seen(min(takes, leaves), takes < leaves))
    curve = kaplan_meier(seen)
    theirs = KaplanMeierFitter().fit([one.seconds for one in seen], [one.taken for one in seen])
    for at in (30.0, 300.0, 899.0, 901.0, 1799.0):
        assert curve.at(at) == pytest.approx(float(theirs.predict(at)), abs=1e-9)
        nearest = theirs.confidence_interval_.loc[:at].iloc[-1]
        assert (curve.band(at).low, curve.band(at).high) == pytest.approx(tuple(nearest), abs=1e-9)


@given(offers)
def test_the_area_is_the_area_under_the_curve(seen: list[Seen]) -> None:
    curve = kaplan_meier(seen)
    for end in (0, 1, 7, 60):
        assert curve.area(end) == pytest.approx(sum(curve.at(second) for second in range(end)))


@given(offers)
def test_a_curve_without_censoring_is_the_share_that_waits(seen: list[Seen]) -> None:
    curve = kaplan_meier([Seen(one.seconds, taken=True) for one in seen])
    for at in (0, 5, 30):
        assert curve.at(at) == pytest.approx(sum(one.seconds > at for one in seen) / len(seen))
        assert curve.taken_by(at) == sum(one.seconds <= at for one in seen)


def test_without_takes_nothing_is_known_but_that_everybody_waits() -> None:
    curve = kaplan_meier([Seen(600, taken=False)] * 5)
    assert (curve.at(599), curve.quantile(0.5), curve.waiting(600), curve.waiting(601)) == (1.0, None, 5, 0)


def test_a_take_in_the_second_of_anothers_deadline_still_had_him_waiting() -> None:
    assert kaplan_meier([Seen(10, taken=True), Seen(10, taken=False)]).at(10) == 0.5


def test_a_curve_that_reaches_zero_says_that_its_end_is_unsure() -> None:
    curve = kaplan_meier([Seen(10, taken=True), Seen(20, taken=True)])
    assert curve.at(20) == 0.0
    assert tuple(curve.band(20)) == (0.0, 1.0)
    assert math.isinf(curve.greenwood[-1])


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="before it began"):
        kaplan_meier([Seen(-1, taken=True)])
