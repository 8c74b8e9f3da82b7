"""The head calls the drum by hand: from a holder, from the queue, from a freeze."""

from __future__ import annotations

import pytest

from leaddrum import engine
from tests.world import World, expect_offer


@pytest.mark.rule("S-8", "S-20")
def test_a_lead_goes_on_at_once_and_nobody_missed_it(world: World) -> None:
    lead = world.lead()
    expect_offer(lead, to="anna", due="10:30")
    world.forward(minutes=5)
    engine.release(lead.id, by=world.pk("olga"), now=world.now)
    world.check()
    expect_offer(lead, to="boris", due="10:35")
    assert (lead.verdicts, lead.incidents) == ([("anna", "void")], [])
    assert lead.journal[-3:] == ["called", "voided", "offered"]
    assert lead.candidates["anna"] == "called"


def test_the_queue_is_offered_although_they_have_just_missed_it(db: None) -> None:
    world = World(roster={"people": ["anna", "boris"]}, cooldown="2h")
    lead = world.lead()
    world.forward(minutes=60)
    assert (lead.state, lead.cycle.hold_reason) == ("held", "cooldown")
    done = engine.call(lead.cycle.drum_id, by=world.pk("olga"), now=world.now)
    world.check()
    assert (done.offered, done.waiting) == (1, 0)
    expect_offer(lead, to="anna")


def test_a_frozen_drum_turns_again(db: None) -> None:
    world = World(escalate_after=1, escalation="freeze")
    lead = world.lead()
    world.forward(minutes=30)
    assert lead.state == "with_head"
    engine.release(lead.id, by=world.pk("olga"), now=world.now)
    world.check()
    expect_offer(lead, to="boris")


def test_an_assigned_lead_can_be_called_back_into_the_drum(world: World) -> None:
    lead = world.lead()
    world.assign(lead, "clara", by="olga")
    engine.release(lead.id, by=world.pk("olga"), now=world.now)
    world.check()
    expect_offer(lead, to="boris")
    assert lead.cycle.pinned_id is None


@pytest.mark.parametrize("others", [["boris", "clara"], ["anna", "boris", "clara"]])
def test_with_nobody_else_the_lead_stays_where_it_is(world: World, others: list[str]) -> None:
    lead = world.lead()
    before = lead.cycle
    for person in others:
        world.pause(person)
    state = (lead.state, lead.holder)
    with pytest.raises(engine.Refused, match="nobody_else"):
        engine.release(lead.id, by=world.pk("olga"), now=world.now)
    world.check()
    assert (lead.state, lead.holder) == state
    assert "called" not in lead.journal
    assert before.pk == lead.cycle.pk


def test_what_cannot_be_called(world: World) -> None:
    lead = world.lead()
    world.take(lead, by="anna")
    with pytest.raises(engine.Refused, match="cycle_over"):
        engine.release(lead.id, by=world.pk("olga"), now=world.now)
    with pytest.raises(engine.Refused, match="no_lead"):
        engine.release(0, by=world.pk("olga"), now=world.now)
    with pytest.raises(engine.Refused, match="no_drum"):
        engine.call(0, by=world.pk("olga"), now=world.now)
    world.edit(rotate=False)
    stays = world.lead(owner="anna")
    with pytest.raises(engine.Refused, match="keeps_owner"):
        engine.release(stays.id, by=world.pk("olga"), now=world.now)


def test_who_is_paused_by_his_head_is_told_by_whom(world: World) -> None:
    engine.pause(world.pk("anna"), reason="на складе", now=world.now, by=world.pk("olga"))
    world.check()
    [told] = world.told("anna", "paused")
    assert told.data == {"by": world.pk("olga"), "reason": "на складе"}
