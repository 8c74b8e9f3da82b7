"""The same stories on the built-in board and on a CRM apart: the same answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.world import World, expect_hold, expect_offer, expect_taken, expect_verdicts, wall

Floor = Callable[..., World]


@pytest.mark.rule("S-1", "S-3")
def test_a_lead_is_offered_and_its_holder_is_the_owner(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    expect_offer(lead, to="anna", due="10:30", turn=1)
    assert lead.owner == "anna"
    assert world.notices("anna") == ["offer"]
    assert world.key(world.told("anna", "offer")[0].data["next_up"]) == "boris"


@pytest.mark.rule("S-2")
def test_the_owner_comes_first(floor: Floor) -> None:
    world = floor()
    lead = world.lead(owner="boris")
    expect_offer(lead, to="boris", due="10:30")


@pytest.mark.rule("S-4", "S-5")
def test_taken_in_time_after_a_reminder(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.forward(minutes=16)
    assert world.notices("anna") == ["offer", "reminder"]
    world.take_card(lead, by="anna")
    expect_taken(lead, by="anna")
    expect_verdicts(lead, "anna taken")


@pytest.mark.rule("S-6", "S-7", "S-8")
def test_round_and_round_until_the_head_is_pulled_in(floor: Floor) -> None:
    world = floor(escalate_after=4)
    lead = world.lead()
    world.forward(minutes=95)
    expect_verdicts(lead, "anna missed", "boris missed", "clara missed")
    missed = [(i.person, i.next_person) for i in lead.incidents if i.person and i.next_person]
    assert [(world.key(person.pk), world.key(following.pk)) for person, following in missed] == [
        ("anna", "boris"),
        ("boris", "clara"),
        ("clara", "anna"),
    ]
    assert "escalated" not in world.notices("olga")
    world.forward(minutes=30)
    assert lead.cycle.misses == 4
    assert "escalated" in world.notices("olga")
    assert [world.key(p.pk) for p in lead.row.observers.all()] == ["olga"]
    assert lead.state == "offered"  # the drum goes on


@pytest.mark.rule("S-8")
def test_the_head_becomes_the_owner(floor: Floor) -> None:
    world = floor(escalate_after=2, escalation="own")
    lead = world.lead()
    world.forward(minutes=61)
    assert (lead.state, lead.owner) == ("with_head", "olga")


@pytest.mark.rule("S-8")
def test_the_drum_freezes_until_the_head_restarts_it(floor: Floor) -> None:
    world = floor(escalate_after=2, escalation="freeze")
    lead = world.lead()
    world.forward(minutes=61)
    assert lead.state == "with_head"
    world.head_decides(lead, "restart")
    world.tick()
    expect_offer(lead, to="clara")
    assert lead.owner == "clara"


@pytest.mark.rule("S-9", "S-21")
def test_a_lead_of_the_evening_waits_for_the_morning(floor: Floor) -> None:
    world = floor(start="19:00")
    lead = world.lead()
    expect_hold(lead, "closed")
    world.until("tue 09:00")
    expect_offer(lead, to="anna", due="tue 09:30")


@pytest.mark.rule("S-27")
def test_taken_by_a_colleague(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.take_card(lead, by="boris")
    world.tick()
    expect_taken(lead, by="boris")
    expect_verdicts(lead, "anna void")


@pytest.mark.rule("S-28")
def test_pinned_by_the_head_and_handed_over_by_the_holder(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.assign(lead, "clara", by="olga")
    expect_offer(lead, to="clara", due="10:30", turn=2)
    expect_verdicts(lead, "anna void")
    other = world.lead("Двери")
    expect_offer(other, to="boris")
    world.assign(other, "anna", by="boris")
    expect_offer(other, to="anna")
    expect_verdicts(other, "boris returned")


@pytest.mark.rule("S-29")
def test_moved_by_a_robot_is_no_take(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.move(lead, "in_work", by=None)
    assert lead.state == "offered"
    assert "robot_moved" in lead.journal


@pytest.mark.rule("S-30")
def test_straight_to_junk_closes(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.move(lead, "junk", by="anna")
    assert lead.state == "closed"
    expect_verdicts(lead, "anna void")


@pytest.mark.rule("S-31")
def test_back_to_the_entry_stage_is_a_new_cycle(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.take_card(lead, by="anna")
    world.forward(minutes=60)
    world.move(lead, "new", by="anna")
    world.tick()
    assert lead.cycle.number == 2
    expect_offer(lead, to="boris")
    assert wall(lead.row.arrived_at) == "mon 10:00"


@pytest.mark.rule("S-32")
def test_deleted_is_withdrawn(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.forward(minutes=31)
    world.delete(lead)
    assert lead.state == "withdrawn"
    assert len(lead.incidents) == 1


@pytest.mark.rule("S-33")
def test_declined_passes_on_at_once(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.decline(lead, by="anna")
    world.tick()
    expect_offer(lead, to="boris", due="10:30")
    assert lead.owner == "boris"


@pytest.mark.rule("S-34")
def test_one_press_takes_it(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.take(lead, by="anna")
    world.tick()
    expect_taken(lead, by="anna")
    assert lead.stage == "in_work"


@pytest.mark.rule("S-24")
def test_paused_passes_on(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.pause("anna")
    world.tick()
    expect_offer(lead, to="boris", due="10:30")
    expect_verdicts(lead, "anna void")
