"""A rough day ends as a quiet one (issue: measures; S-36, S-39, S-40, S-44, I3, I8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.bitrix24 import rough
from tests.bitrix24.office import Office

Floor = Callable[..., Office]
LEADS = 12


def day(world: Office, *, accidents: bool) -> rough.Day:
    world.portal.limits.rate = 2.0
    if accidents:
        world.portal.faults.chance(seed=7, **rough.ACCIDENTS)
        assert world.portal.delivery is not None
        world.portal.delivery.chaos(lost=0.3, doubled=0.1, reordered=0.1, seed=5)
    return rough.spend(world, LEADS, minutes=60)


def expect_order(found: rough.Day) -> None:
    assert len(found.ends) == LEADS
    assert found.false_misses == 0
    assert found.elements == found.incidents
    assert found.doubled_elements == 0
    assert found.owner_changes == found.hand_overs
    assert found.owners_apart == 0
    assert found.refused_for_rate == 0


@pytest.mark.parametrize("floor", ["application"], indirect=True)  # by webhook: `benchmarks.bitrix24`
@pytest.mark.rule("S-39", "S-40")
def test_a_rough_day_ends_as_a_quiet_one(floor: Floor) -> None:
    found = day(floor(open_offers_cap=100, budget="10m", sweep="60s", checked=False), accidents=True)
    assert sum(found.accidents.values()) > 20
    expect_order(found)
    assert set(found.ends.values()) <= {("taken", "IN_PROCESS", missed) for missed in range(4)}
    assert sum(missed for _, _, missed in found.ends.values()) == found.incidents > LEADS / 2
    patience = rough.patiences(LEADS)
    assert {number: missed + 1 for number, (_, _, missed) in found.ends.items()} == patience
