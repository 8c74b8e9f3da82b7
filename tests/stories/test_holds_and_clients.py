"""S-21 to S-26: nobody on duty, nobody eligible, absences, known clients, routing."""

from __future__ import annotations

import pytest

from leaddrum import company
from tests import toml
from tests.world import Card, World, expect_hold, expect_offer, expect_taken, expect_verdicts, holders, wall

EVERYBODY = ["anna", "boris", "clara"]


@pytest.mark.rule("S-21")
def test_a_lead_of_the_night_waits_and_the_person_is_chosen_in_the_morning() -> None:
    world = World(start="fri 20:00")
    lead = world.lead()
    expect_hold(lead, "closed")
    world.pause("anna")  # it is not known in the evening who will be there
    world.until("mon 08:59")
    expect_hold(lead, "closed")
    world.until("mon 09:00")
    expect_offer(lead, to="boris", due="mon 09:30", turn=1)
    assert world.incidents() == []


@pytest.mark.rule("S-21")
def test_the_backlog_is_released_oldest_first_within_the_caps() -> None:
    world = World(start="20:00")
    leads = []
    for number in range(40):
        world.forward(minutes=1)
        leads.append(world.lead(f"Ночной {number}"))
    world.until("tue 09:00")
    offered = [lead for lead in leads if lead.state == "offered"]
    assert offered == leads[:9]  # three people, three offers each
    assert all(wall(lead.due) == "tue 09:30" for lead in offered)
    assert all(lead.cycle.hold["reason"] == "cap" for lead in leads[9:])
    holder = leads[0].holder
    assert holder is not None
    world.take(leads[0], by=holder)
    world.tick()
    expect_offer(leads[9], to=holder)
    expect_hold(leads[10], "cap")


@pytest.mark.rule("S-21")
def test_the_owner_of_a_night_lead_still_comes_first() -> None:
    world = World(start="20:00")
    lead = world.lead(owner="clara")
    world.until("tue 09:00")
    expect_offer(lead, to="clara", due="tue 09:30")


@pytest.mark.rule("S-22")
def test_nobody_eligible_the_head_is_told_once_after_fifteen_working_minutes() -> None:
    world = World()
    for person in EVERYBODY:
        world.pause(person)
    lead = world.lead()
    expect_hold(lead, "nobody")
    assert lead.candidates == dict.fromkeys(EVERYBODY, "paused")
    world.until("10:14")
    assert world.notices("olga") == []
    world.until("10:15")
    assert world.notices("olga") == ["hold"]
    assert "hold_told" in lead.journal
    world.until("16:00")
    assert world.notices("olga") == ["hold"]


@pytest.mark.rule("S-22")
def test_the_head_is_told_once_however_long_it_waits_and_for_whatever_reason() -> None:
    world = World(start="17:55", escalate_after=100)
    for person in EVERYBODY:
        world.pause(person)
    lead = world.lead()
    world.until("tue 09:09")
    assert world.notices("olga") == []
    world.until("tue 09:10")  # five minutes of the evening, ten of the morning
    assert world.notices("olga") == ["hold"]
    world.until("thu 12:00")
    assert world.notices("olga") == ["hold"]
    assert lead.cycle.hold["since"] == world.at("2026-03-02 17:55").isoformat()
    world.resume("anna")
    world.tick()
    world.until("thu 12:30")  # missed, and nobody again: that is another hold
    world.pause("anna")
    world.until("thu 15:00")
    assert world.notices("olga") == ["hold", "hold"]


@pytest.mark.rule("S-28", "S-21")
def test_a_lead_of_the_night_can_be_assigned_and_its_clock_starts_in_the_morning() -> None:
    world = World(start="20:00")
    lead = world.lead()
    world.assign(lead, "clara", by="olga")
    expect_offer(lead, to="clara", due="tue 09:30")
    world.until("tue 09:29")
    assert world.notices("clara") == ["offer", "reminder", "reminder"]
    assert world.incidents() == []


@pytest.mark.rule("S-22")
def test_the_first_to_become_eligible_releases_it() -> None:
    world = World()
    for person in EVERYBODY:
        world.pause(person)
    lead = world.lead()
    world.until("10:07")
    world.resume("clara")
    world.tick()
    expect_offer(lead, to="clara", due="10:37")


@pytest.mark.rule("S-22")
def test_somebody_coming_on_shift_releases_it() -> None:
    world = World()
    world.absent("boris", "09:00", "11:00")
    world.pause("anna")
    world.pause("clara")
    lead = world.lead()
    expect_hold(lead, "nobody")
    world.until("11:00")
    expect_offer(lead, to="boris", due="11:30")


@pytest.mark.rule("S-22")
def test_at_cap_leads_queue_by_priority_then_age() -> None:
    world = World(roster={"people": ["anna"]}, open_offers_cap=1)
    first = world.lead("первый")
    older = world.lead("второй", phone="+7 900 000-00-02", phone_key="+79000000002")
    newer = world.lead("третий", phone="+7 900 000-00-03", phone_key="+79000000003")
    expect_hold(older, "cap")
    expect_hold(newer, "cap")
    world.lead("третий, ещё раз", phone="+7 900 000-00-03", phone_key="+79000000003")  # joins and raises priority
    world.take(first, by="anna")
    world.tick()
    expect_offer(newer, to="anna")
    world.take(newer, by="anna")
    world.tick()
    expect_offer(older, to="anna")


@pytest.mark.rule("S-23")
def test_a_roster_of_one() -> None:
    world = World(roster={"people": ["anna"]}, escalate_after=2)
    lead = world.lead()
    world.until("10:30")
    expect_hold(lead, "cooldown")
    world.until("11:00")
    expect_offer(lead, to="anna", due="11:30", turn=2)
    assert world.notices("olga") == []
    world.until("11:30")
    assert lead.cycle.misses == 2
    assert world.notices("olga")[0] == "escalated"


@pytest.mark.rule("S-24")
@pytest.mark.parametrize("gone", ["absent", "paused", "dismissed", "removed"])
def test_gone_during_a_turn_is_no_guilt_and_passes_on_at_once(gone: str) -> None:
    world = World()
    lead = world.lead()
    world.until("10:12")
    match gone:
        case "absent":
            world.absent("anna", "10:12", "18:00")
        case "paused":
            world.pause("anna")
        case "dismissed":
            world.file["people"] = [table for table in world.file["people"] if table["id"] != "anna"]
            world.edit(roster={"people": ["boris", "clara"]})
        case _:
            world.edit(roster={"people": ["boris", "clara"]})
    world.tick()
    expect_offer(lead, to="boris", due="10:42", turn=2)
    expect_verdicts(lead, "anna void")
    assert (world.incidents(), lead.entries("voided")[0].data["reason"]) == ([], gone)


@pytest.mark.rule("S-24")
def test_an_absence_that_begins_later_voids_the_turn_when_it_begins() -> None:
    world = World(budget="2h")
    lead = world.lead()
    world.absent("anna", "11:00", "fri 18:00")
    expect_offer(lead, to="anna")
    world.until("10:59")
    expect_offer(lead, to="anna", turn=1)
    world.until("11:00")
    expect_offer(lead, to="boris", turn=2)
    expect_verdicts(lead, "anna void")


@pytest.mark.rule("S-24", "S-47")
def test_ill_and_entered_afterwards_the_head_annuls() -> None:
    world = World()
    lead = world.lead()
    world.until("10:31")
    (incident,) = lead.incidents
    world.annul(incident, by="olga", why="была на больничном")
    (incident,) = lead.incidents
    assert incident.annulled_at == world.now
    assert incident.annulled_by_id == world.pk("olga")
    assert incident.annulled_why == "была на больничном"
    expect_verdicts(lead, "anna missed")  # the turn's row stays (I2)
    assert world.notices("anna")[-1] == "annulled"


def client(world: World, *, taken_by: str) -> Card:
    """A client whose first lead is in work with this person."""
    lead = world.lead("Первый заказ", phone="8 (900) 123-45-67", phone_key="+79001234567")
    world.take_card(lead, by=taken_by)
    return lead


@pytest.mark.rule("S-25")
def test_a_known_client_goes_first_to_his_owner_with_a_shorter_budget() -> None:
    world = World()
    client(world, taken_by="clara")
    world.forward(minutes=5)
    again = world.lead("Ещё окна", phone_key="+79001234567")
    expect_offer(again, to="clara", due="10:15")
    assert again.candidates == {"clara": "chosen", "anna": "after", "boris": "after"}
    assert again.entries("offered")[0].data["sticky"] is True


@pytest.mark.rule("S-25")
@pytest.mark.parametrize("eligible", [True, False])
def test_by_e_mail_too_and_by_the_drum_when_the_owner_is_not_eligible(eligible: bool) -> None:
    world = World()
    world.take_card(world.lead(email_key="ivan@example.com"), by="clara")
    if not eligible:
        world.pause("clara")
    again = world.lead(email_key="ivan@example.com")
    if eligible:
        expect_offer(again, to="clara", due="10:10")
    else:
        expect_offer(again, to="boris", due="10:30")


@pytest.mark.rule("S-25")
def test_it_does_not_cost_him_his_place_in_the_circle() -> None:
    world = World()
    client(world, taken_by="clara")  # offered to anna, so the circle goes on with boris
    world.forward(minutes=1)
    world.lead(phone_key="+79001234567", title="к своей")
    world.forward(minutes=1)
    assert holders([world.lead(), world.lead(), world.lead()]) == ["boris", "clara", "anna"]


@pytest.mark.rule("S-25")
def test_a_second_request_joins_the_open_cycle_and_tells_the_holder() -> None:
    world = World()
    lead = world.lead(phone_key="+79001234567")
    again = world.lead("Перезвоните!", phone_key="+79001234567")
    assert again.id == lead.id
    assert lead.cycle.number == 1
    assert lead.cycle.priority == 1
    assert lead.journal == ["arrived", "offered", "joined"]
    assert world.notices("anna") == ["offer", "joined"]
    expect_offer(lead, to="anna", due="10:30", turn=1)


@pytest.mark.rule("S-25")
def test_the_head_who_has_the_lead_hears_of_a_second_request() -> None:
    world = World(escalate_after=1, escalation="freeze")
    world.lead(phone_key="+79001234567")
    world.until("10:31")
    world.lead(phone_key="+79001234567")
    assert world.notices("olga") == ["escalated", "joined"]


@pytest.mark.rule("S-26")
def test_the_first_match_wins_and_all_matches_are_logged() -> None:
    world = World()
    world.edit("spb", name="СПб", entry=["new"], roster={"people": ["clara"]}, budget="10m")
    world.edit("big", name="Крупные", entry=["new"], roster={"people": ["boris"]}, budget="10m")
    world.file["routes"] = [
        {"when": {"source": ["call"], "fields.region": ["СПб"]}, "drum": "spb"},
        {"when": {"fields.amount": {"min": 1000000}}, "drum": "big"},
        {"when": {"source": ["call", "chat"]}, "drum": "drum"},
    ]
    world.apply()
    lead = world.lead(source="call", fields={"region": "СПб", "amount": 2_000_000})
    assert lead.cycle.drum.key == "spb"
    assert len(lead.entries("arrived")[0].data["routes"]) == 3
    assert world.lead(source="chat", fields={"amount": 3_000_000}).cycle.drum.key == "big"
    assert world.lead(source="chat").cycle.drum.key == "drum"
    assert world.lead(source="mail").cycle.drum.key == "drum"


@pytest.mark.rule("S-26")
def test_the_check_shows_overlaps_unreachable_rules_and_empty_hours() -> None:
    world = World()
    world.edit("late", name="Вечер", entry=["new"], roster={"people": ["anna"]}, budget="10m", calendar="always")
    world.file["calendars"]["day"] = {"weekdays": ["09:00-18:00"]}
    world.person_table("anna")["calendar"] = "day"
    world.file["routes"] = [
        {"when": {"source": ["call"]}, "drum": "drum"},
        {"when": {"source": ["call"], "fields.region": ["СПб"]}, "drum": "late"},
    ]
    found = company.lint(company.read(toml.dumps(world.file)), now=world.now)
    warnings = [str(problem) for problem in found.problems]
    assert any("routes[2]" in warning for warning in warnings), warnings  # the first rule takes all it could match
    assert any("late" in warning for warning in warnings), warnings  # nobody at night


@pytest.mark.rule("S-22", "S-5")
def test_a_held_lead_can_be_taken_from_the_board() -> None:
    world = World(start="20:00")
    lead = world.lead()
    world.take_card(lead, by="boris")
    expect_taken(lead, by="boris")
    world.until("tue 10:00")
    assert world.notices("anna") == []
