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


@pytest.mark.rule("S-18", "S-22")
def test_everybody_at_his_cap_is_a_queue(floor: Floor) -> None:
    world = floor(open_offers_cap=1)
    leads = world.leads(4)
    assert [lead.holder for lead in leads] == ["anna", "boris", "clara", None]
    expect_hold(leads[3], "cap")
    world.take_card(leads[1], by="boris")
    world.tick()
    expect_offer(leads[3], to="boris", due="10:30")
    assert leads[3].owner == "boris"


@pytest.mark.rule("S-21")
def test_the_backlog_of_the_night_is_released_oldest_first_within_the_caps(floor: Floor) -> None:
    world = floor(start="19:00", open_offers_cap=1)
    leads = world.leads(4)
    world.until("tue 09:00")
    assert [lead.state for lead in leads] == ["offered", "offered", "offered", "held"]
    assert {lead.owner for lead in leads[:3]} == {"anna", "boris", "clara"}


@pytest.mark.rule("S-22")
def test_nobody_eligible_is_a_hold_and_the_head_is_told_once(floor: Floor) -> None:
    world = floor()
    for person in ("anna", "boris", "clara"):
        world.pause(person)
    lead = world.lead()
    expect_hold(lead, "nobody")
    world.forward(minutes=60)
    assert world.notices("olga").count("hold") == 1
    world.resume("clara")
    world.forward(seconds=1)
    expect_offer(lead, to="clara")
    assert lead.owner == "clara"


@pytest.mark.rule("S-23")
def test_a_roster_of_one_is_offered_it_again(floor: Floor) -> None:
    world = floor(roster={"people": ["anna"]}, cooldown="10m", escalate_after=2)
    lead = world.lead()
    world.forward(minutes=31)
    expect_hold(lead, "cooldown")
    world.forward(minutes=10)
    expect_offer(lead, to="anna")
    world.forward(minutes=31)
    expect_verdicts(lead, "anna missed", "anna missed")
    assert "escalated" in world.notices("olga")


@pytest.mark.rule("S-37")
def test_a_running_turn_keeps_the_policy_it_began_under(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.edit(budget="10m")
    expect_offer(lead, to="anna", due="10:30")
    world.forward(minutes=31)
    assert (lead.holder, lead.cycle.budget) == ("boris", 600)


@pytest.mark.rule("S-42")
def test_after_hours_without_an_engine_one_step_is_taken(floor: Floor) -> None:
    world = floor()
    lead = world.lead()
    world.jump(minutes=150)
    world.forward(seconds=1)
    expect_verdicts(lead, "anna missed")
    assert (lead.holder, lead.owner) == ("boris", "boris")
    assert lead.due is not None
    assert lead.due > world.now


@pytest.mark.rule("S-55")
def test_who_misses_again_and_again_is_paused(floor: Floor) -> None:
    world = floor(pause_after=1)
    lead = world.lead()
    world.forward(minutes=31)
    expect_offer(lead, to="boris")
    assert "paused" in world.notices("anna")
    assert "paused" in world.notices("olga")
    other = world.lead("Двери")
    assert other.candidates["anna"] == "paused"
