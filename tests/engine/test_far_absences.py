"""Somebody on leave for longer than the calendar reaches: nothing fails because of him, and no lead waits for him."""

from __future__ import annotations

import pytest

from tests.world import World, expect_offer

LEAVE = "2030-03-02 10:00"


@pytest.mark.rule("S-24", "S-28", "I5")
@pytest.mark.parametrize("by", ["olga", None, "anna"])
def test_a_lead_given_to_him_by_hand_passes_on(world: World, by: str | None) -> None:
    world.absent("clara", "mon 10:00", LEAVE)
    lead = world.lead(owner="anna")
    world.assign(lead, "clara", by=by)
    assert lead.holder in {"anna", "boris"}
    world.until("12:00")
    assert lead.holder is not None
    assert not lead.cycle.error
    assert "clara" not in {person for person, _ in lead.verdicts}


@pytest.mark.rule("S-24", "I5")
def test_a_lead_pinned_to_him_before_he_left_passes_on(world: World) -> None:
    lead = world.lead(owner="anna")
    world.assign(lead, "clara", by="olga")
    expect_offer(lead, to="clara")
    world.absent("clara", "10:00", LEAVE)
    assert lead.holder in {"anna", "boris"}
    world.until("tue 12:00")
    assert not lead.cycle.error
    assert lead.cycle.misses > 4


@pytest.mark.rule("S-19", "S-24", "I5")
def test_his_last_minutes_do_not_stop_the_engine(world: World) -> None:
    """The only one left, whose whole remaining time is shorter than the budget: his turn ends when he leaves."""
    for person in ("anna", "boris"):
        world.pause(person)
    world.absent("clara", "10:10", LEAVE)
    lead = world.lead()
    expect_offer(lead, to="clara")
    world.until("10:10")
    assert lead.state == "held"
    assert lead.verdicts == [("clara", "void")]
    world.resume("anna")
    world.forward(seconds=1)
    expect_offer(lead, to="anna")
    assert not lead.cycle.error


@pytest.mark.rule("S-56", "I5")
def test_a_drum_that_leaves_leads_with_their_owner_goes_on(db: None) -> None:
    world = World(rotate=False)
    lead = world.lead(owner="anna")
    world.absent("anna", "10:05", LEAVE)
    world.until("wed 12:00")
    assert not lead.cycle.error
    assert lead.state in {"offered", "held", "with_head"}
