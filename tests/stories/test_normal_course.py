"""S-1 to S-10: a lead comes, is offered, is missed, goes round, and the head is pulled in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from leaddrum import words
from leaddrum.company import Unreadable
from leaddrum.engine import Stale
from leaddrum.models import Person
from tests.world import ZONE, World, expect_hold, expect_offer, expect_taken, expect_verdicts, wall

EVERYBODY = ["anna", "boris", "clara"]


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("channel", ["form", "api", "csv", "hand"])
def test_a_lead_by_any_way_opens_a_cycle(channel: str) -> None:
    world = World()
    lead = world.lead(channel=channel)
    assert lead.stage == "new"
    assert lead.cycle.drum.key == "drum"
    assert lead.journal == ["arrived", "offered"]
    assert lead.entries("arrived")[0].data["channel"] == channel
    expect_offer(lead, to="anna", due="10:30", turn=1)


@pytest.mark.rule("S-1", "S-26")
def test_the_first_matching_drum_opens_it_and_the_default_takes_the_rest() -> None:
    world = World()
    world.edit("calls", name="Звонки", entry=["new"], roster={"people": ["clara"]}, budget="5m", calendar="office")
    world.file["routes"] = [{"when": {"source": ["call"]}, "drum": "calls"}]
    world.apply()
    expect_offer(world.lead(source="call"), to="clara", due="10:05")
    rest = world.lead(source="form")
    assert rest.cycle.drum.key == "drum"
    expect_offer(rest, to="anna", due="10:30")


@pytest.mark.rule("S-1")
def test_the_default_drum_cannot_be_deleted() -> None:
    world = World()
    world.edit("calls", name="Звонки", entry=["new"], roster={"people": ["clara"]}, budget="5m")
    world.file["drums"] = [table for table in world.file["drums"] if table["id"] != "drum"]
    with pytest.raises(Unreadable, match="drum"):
        world.apply()
    expect_offer(world.lead(), to="anna")


@pytest.mark.rule("S-2")
def test_the_owner_comes_first() -> None:
    lead = World().lead(owner="boris")
    expect_offer(lead, to="boris", due="10:30")
    assert lead.candidates == {"boris": "chosen", "anna": "after", "clara": "after"}  # not: later in the circle


@pytest.mark.rule("S-2")
def test_an_owner_outside_the_roster_or_not_eligible_does_not() -> None:
    world = World()
    expect_offer(world.lead(owner="olga"), to="anna")
    world.pause("clara")
    expect_offer(world.lead(owner="clara"), to="boris")


@pytest.mark.rule("S-2")
def test_a_setting_makes_the_drum_always_choose() -> None:
    expect_offer(World(first_turn="drum").lead(owner="boris"), to="anna")


@pytest.mark.rule("S-3")
def test_an_offer_sets_the_owner_and_tells_him_until_when_and_who_is_next() -> None:
    world = World()
    lead = world.lead()
    assert lead.owner == "anna"
    (offer,) = world.told("anna")
    assert offer.kind == "offer"
    assert wall(datetime.fromisoformat(offer.data["due_at"])) == "mon 10:30"
    assert offer.data["budget"] == 1800
    assert world.key(offer.data["next_up"]) == "boris"
    assert (offer.cycle_id, offer.turn_number) == lead.turn


@pytest.mark.rule("S-2")
def test_nor_does_one_who_has_just_been_offered_another_lead_as_a_guest() -> None:
    world = World(start="20:00")
    known = world.lead("Первый", phone_key="+79001234567")
    world.take_card(known, by="olga")
    again = world.lead("Снова", phone_key="+79001234567")
    hers = world.lead(owner="olga")
    world.until("tue 09:00")  # both are released in one step
    expect_offer(again, to="olga")
    expect_offer(hers, to="anna")


@pytest.mark.rule("S-3")
def test_with_two_people_the_next_is_the_one_who_will_be_ready_by_then() -> None:
    world = World(roster={"people": ["anna", "boris"]})
    world.lead()
    world.until("10:30")
    assert world.key(world.told("boris", "offer")[0].data["next_up"]) == "anna"
    world = World(roster={"people": ["anna", "boris"]}, cooldown="2h")
    world.lead()
    world.until("10:30")
    assert world.told("boris", "offer")[0].data["next_up"] is None


@pytest.mark.rule("S-4")
def test_an_offer_to_everybody_reminds_everybody() -> None:
    world = World(strategy="claim")
    world.pause("clara")
    world.lead(phone_key="+79001234567")
    world.until("10:15")
    world.lead(phone_key="+79001234567")  # the client asks again
    assert world.notices("boris") == ["offer", "reminder", "joined"]
    assert world.notices("clara") == []


@pytest.mark.rule("S-4")
def test_the_holder_is_reminded_at_half_and_at_eighty_percent() -> None:
    world = World()
    world.lead()
    world.until("10:14")
    assert world.notices("anna") == ["offer"]
    world.until("10:15")
    assert world.notices("anna") == ["offer", "reminder"]
    world.until("10:23")
    assert world.notices("anna") == ["offer", "reminder"]
    world.until("10:24")
    assert world.notices("anna") == ["offer", "reminder", "reminder"]
    assert [effect.data["share"] for effect in world.told("anna", "reminder")] == [0.5, 0.8]


@pytest.mark.rule("S-4", "S-9")
def test_reminders_count_working_time() -> None:
    world = World(start="12:50")
    lead = world.lead()
    expect_offer(lead, to="anna", due="14:20")
    world.until("14:04")
    assert world.notices("anna") == ["offer"]
    world.until("14:05")
    assert world.notices("anna") == ["offer", "reminder"]


@pytest.mark.rule("S-5")
def test_taken_in_time_ends_the_cycle() -> None:
    world = World()
    lead = world.lead()
    world.forward(minutes=29)
    answer = world.take(lead, by="anna")
    assert not isinstance(answer, Stale)
    expect_taken(lead, by="anna")
    expect_verdicts(lead, "anna taken")
    assert lead.stage == "in_work"
    assert world.notices("anna")[-1] == "taken"
    world.forward(hours=3)
    assert (world.incidents(), world.notices("boris")) == ([], [])


@pytest.mark.rule("S-5")
@pytest.mark.parametrize("late", [0, 1, 2])
def test_two_seconds_late_is_in_time(late: int) -> None:
    world = World(verdict_delay="20s")
    lead = world.lead()
    world.until(world.at("10:30") + timedelta(seconds=late))
    world.take(lead, by="anna")
    expect_taken(lead, by="anna")
    assert lead.entries("taken")[0].data["in_time"] is True
    assert world.incidents() == []


@pytest.mark.rule("S-6")
def test_after_the_deadline_the_verdict_waits_its_delay() -> None:
    world = World(verdict_delay="20s")
    lead = world.lead()
    world.until("10:30:19")
    expect_offer(lead, to="anna")
    assert world.incidents() == []
    world.until("10:30:20")
    expect_offer(lead, to="boris", due="11:00:20", turn=2)
    expect_verdicts(lead, "anna missed")
    assert lead.owner == "boris"


@pytest.mark.rule("S-6")
def test_a_miss_is_written_passed_on_and_told_together() -> None:
    world = World()
    lead = world.lead()
    world.until("10:30")
    assert lead.journal[-2:] == ["missed", "offered"]
    (incident,) = lead.incidents
    assert (incident.person and incident.person.key, incident.next_person and incident.next_person.key) == (
        "anna",
        "boris",
    )
    missed = world.told("anna", "missed")
    assert len(missed) == 1
    assert world.key(missed[0].data["to"]) == "boris"
    assert world.notices("boris") == ["offer"]


@pytest.mark.rule("S-6")
def test_a_move_seen_at_the_verdict_is_no_miss() -> None:
    world = World(verdict_delay="20s")
    lead = world.lead()
    world.until("10:30")
    world.move(lead, "in_work", by="anna")
    world.forward(minutes=5)
    expect_taken(lead, by="anna")
    assert world.incidents() == []


@pytest.mark.rule("S-7")
def test_round_and_round_with_a_full_budget_each() -> None:
    world = World(escalate_after=100)
    lead = world.lead()
    for turn in range(7):
        expect_offer(lead, to=EVERYBODY[turn % 3], turn=turn + 1)
        cycle = lead.cycle
        assert cycle.due_at is not None
        assert cycle.offered_at is not None
        world.until(cycle.due_at)
        if turn == 5:  # 13:00: the sixth deadline passes as lunch begins
            expect_hold(lead, "closed")
            world.until("14:00")
    assert [person for person, _ in lead.verdicts] == ["anna", "boris", "clara", "anna", "boris", "clara", "anna"]
    world.take(lead, by="boris")
    expect_taken(lead, by="boris")


@pytest.mark.rule("S-8")
def test_after_four_misses_the_head_is_pulled_in_and_the_drum_goes_on() -> None:
    world = World()
    lead = world.lead()
    world.until("11:59")
    assert world.notices("olga") == []
    world.until("12:00")
    assert world.notices("olga") == ["escalated"]
    assert world.told("olga")[0].data["misses"] == 4
    assert [person.key for person in lead.row.observers.all()] == ["olga"]
    expect_offer(lead, to="boris", due="12:30", turn=5)
    world.until("15:00")
    assert lead.cycle.misses == 8
    assert world.notices("olga") == ["escalated", "escalated"]


@pytest.mark.rule("S-8")
def test_the_head_is_told_the_whole_history() -> None:
    world = World(roster={"people": ["anna", "boris"]}, escalate_after=3)
    lead = world.lead()
    world.until("11:30")
    (told,) = world.told("olga", "escalated")
    names = dict(Person.objects.values_list("pk", "name"))
    with translation.override("en"):
        said = words.notice("escalated", told.data, lead.row, names, ZONE, world.now).body
    assert said[:4] == (
        "3 turns were missed.",
        "Анна Ким: the deadline was 10:30.",
        "Борис Левин: the deadline was 11:00.",
        "Анна Ким: the deadline was 11:30.",
    )


@pytest.mark.rule("S-8")
def test_the_head_can_become_the_owner() -> None:
    world = World(escalate_after=2, escalation="own")
    lead = world.lead()
    world.until("11:00")
    assert (lead.state, lead.owner) == ("with_head", "olga")
    assert world.notices("olga") == ["escalated"]
    assert world.told("boris", "missed")[0].data["to"] == world.pk("olga")
    world.forward(hours=5)
    assert (lead.state, lead.cycle.misses) == ("with_head", 2)
    world.take_card(lead, by="olga")
    expect_taken(lead, by="olga")


@pytest.mark.rule("S-8")
@pytest.mark.parametrize("decision", ["restart", "close", "assign"])
def test_or_the_drum_freezes_until_the_head_decides(decision: str) -> None:
    world = World(escalate_after=2, escalation="freeze")
    lead = world.lead()
    world.until("17:00")
    assert (lead.state, lead.cycle.misses) == ("with_head", 2)
    match decision:
        case "restart":
            world.head_decides(lead, "restart")
            expect_offer(lead, to="clara", due="17:30", turn=3)
        case "close":
            world.head_decides(lead, "close")
            assert lead.state == "closed"
        case _:
            world.assign(lead, "boris", by="olga")
            expect_offer(lead, to="boris", due="17:30", turn=3)


@pytest.mark.rule("S-8")
def test_when_the_head_is_absent_the_one_above_answers() -> None:
    world = World(escalate_after=1)
    world.absent("olga", "09:00", "18:00")
    world.lead()
    world.until("10:30")
    assert (world.notices("olga"), world.notices("viktor")) == ([], ["escalated"])


@pytest.mark.rule("S-8", "I5")
def test_when_no_head_is_there_the_administrator_answers() -> None:
    world = World(escalate_after=1, roster={"department": "sales"})
    for head in ("olga", "viktor"):
        world.absent(head, "09:00", "18:00")
    world.lead()
    world.until("10:30")
    assert world.notices("irina") == ["escalated"]


@pytest.mark.rule("S-8")
def test_a_head_in_the_roster_is_not_his_own_head() -> None:
    world = World(escalate_after=1, roster={"people": ["olga", "anna"]})
    lead = world.lead()
    expect_offer(lead, to="olga")
    world.until("10:30")
    assert world.notices("viktor") == ["escalated"]
    assert "escalated" not in world.notices("olga")


@pytest.mark.rule("S-9")
def test_budgets_stand_still_at_lunch_at_night_and_on_weekends() -> None:
    world = World(start="fri 17:50")
    lead = world.lead()
    expect_offer(lead, to="anna", due="mon 09:20")
    world.until("mon 09:19")
    assert world.incidents() == []
    world.until("mon 09:20")
    expect_offer(lead, to="boris", due="mon 09:50")


@pytest.mark.rule("S-9", "S-22")
def test_a_hold_is_told_in_working_time_too() -> None:
    world = World(start="12:50")
    for person in EVERYBODY:
        world.pause(person)
    lead = world.lead()
    expect_hold(lead, "nobody")
    world.until("14:04")
    assert world.notices("olga") == []
    world.until("14:05")
    assert world.notices("olga") == ["hold"]


@pytest.mark.rule("S-10")
def test_the_journal_answers_who_missed_how_often_and_how_fast_leads_are_taken() -> None:
    world = World()
    first, second = world.leads(2)
    world.until("10:10")
    world.take(second, by="boris")
    world.until("10:40")
    world.take(first, by=str(first.holder))
    misses = [incident.person.key for incident in world.incidents() if incident.person]
    assert misses == ["anna"]
    clients = {lead.id: lead.cycle.ended_at - lead.row.arrived_at for lead in (first, second) if lead.cycle.ended_at}
    assert clients == {first.id: timedelta(minutes=40), second.id: timedelta(minutes=10)}
    taken = {turn.cycle.lead_id: turn.verdict_at - turn.offered_at for turn in [first.turns[-1], second.turns[-1]]}
    assert taken == {first.id: timedelta(minutes=10), second.id: timedelta(minutes=10)}
