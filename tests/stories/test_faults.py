"""S-39 to S-46: lost events, dead processes, clocks that jump, notices that do not arrive, input that is wrong.

What needs a process to be killed or a server to go away is told in tests/crash.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from leaddrum import engine
from leaddrum.company import Unreadable
from leaddrum.models import Drum, Effect, Person
from tests.world import Card, World, expect_hold, expect_offer, expect_taken, expect_verdicts


@pytest.mark.rule("S-39")
def test_the_same_request_twice_is_one_lead() -> None:
    world = World()
    lead = world.lead(external_id="form-17")
    again = world.lead(external_id="form-17")
    assert again.id == lead.id
    assert lead.journal == ["arrived", "offered"]
    assert world.notices("anna") == ["offer"]


@pytest.mark.rule("S-39")
def test_a_sweep_without_news_changes_nothing() -> None:
    world = World()
    lead = world.lead()
    journal, due = lead.journal, lead.due
    for _ in range(3):
        world.forward(seconds=10)
        world.look_again(lead)
    assert (lead.journal, lead.due) == (journal, due)


@pytest.mark.rule("S-42")
def test_down_across_deadlines_is_one_overdue_step_and_the_next_counts_from_now() -> None:
    world = World()
    lead = world.lead()
    world.jump(hours=2)  # four budgets, nobody was there to judge
    world.tick()
    expect_offer(lead, to="boris", due="12:30", turn=2)
    expect_verdicts(lead, "anna missed")
    assert len(world.incidents()) == 1


@pytest.mark.rule("S-41", "S-42", "S-55")
@pytest.mark.parametrize(("down", "excuse"), [(6, ""), (7, "outage")])
def test_a_miss_while_nothing_ran_is_marked_when_that_was_over_a_fifth_of_the_budget(down: int, excuse: str) -> None:
    world = World(pause_after=1)
    lead = world.lead()
    world.until("10:10")
    world.jump(minutes=20)
    engine.tick(world.now, away=(world.at("10:10"), world.at("10:10") + timedelta(minutes=down)))
    world.check()
    assert [(incident.person_id, incident.excuse) for incident in lead.incidents] == [(world.pk("anna"), excuse)]
    assert (world.person("anna").paused_at is None) == bool(excuse)  # what is no guilt does not pause
    expect_offer(lead, to="boris", due="11:00")


@pytest.mark.rule("S-42")
def test_what_was_taken_meanwhile_counts() -> None:
    world = World()
    taken, missed = world.leads(2)
    world.jump(minutes=20)
    world.move(taken, "in_work", by="anna")
    world.jump(hours=1)
    world.tick()
    expect_taken(taken, by="anna")
    assert [incident.lead_id for incident in world.incidents()] == [missed.id]


@pytest.mark.rule("S-42")
def test_reminders_slept_through_are_not_sent_in_a_burst() -> None:
    world = World()
    world.lead()
    world.jump(minutes=28)
    world.tick()
    assert world.notices("anna") == ["offer", "reminder"]


@pytest.mark.rule("S-43")
def test_a_clock_set_back_re_opens_nothing() -> None:
    world = World()
    lead = world.lead()
    world.until("10:31")
    journal = lead.journal
    world.now -= timedelta(minutes=20)
    world.tick()
    assert lead.journal == journal
    expect_offer(lead, to="boris", turn=2)
    world.until("10:45")
    expect_offer(lead, to="boris", turn=2)
    world.until("11:01")
    expect_offer(lead, to="clara", turn=3)


@pytest.mark.rule("S-34", "S-36")
def test_a_slow_clock_elsewhere_makes_no_earlier_miss_undone() -> None:
    """The press on his own turn came with a time before it began."""
    world = World()
    lead = world.lead()
    world.until("10:31")
    expect_offer(lead, to="boris")
    engine.take(*lead.turn, by=world.pk("boris"), now=world.now, at=world.at("10:29"))
    world.check()
    expect_taken(lead, by="boris")
    assert [incident.annulled_at for incident in lead.incidents] == [None]


@pytest.mark.rule("S-44")
def test_what_the_engine_wrote_itself_opens_and_pins_nothing() -> None:
    world = World()
    lead = world.lead()
    journal = lead.journal
    world.assign(lead, "anna", by="anna")  # the owner that the offer itself has set
    world.move(lead, "new", by=None)  # the stage it is in
    world.look_again(lead)
    assert lead.journal == journal
    assert lead.cycle.pinned is None
    assert lead.cycle.number == 1
    world.take(lead, by="anna")
    journal = lead.journal
    world.move(lead, "in_work", by="anna")
    assert lead.journal == journal


@pytest.mark.rule("S-45")
def test_an_offer_that_reached_nobody_warns_the_head_and_excuses_the_miss() -> None:
    world = World(people={"anna": {"email": "anna@example.com"}})
    lead = world.lead()
    (offer,) = world.told("anna", "offer")
    assert offer.channel == "email"
    assert offer.late_at == world.at("10:07:30")  # a quarter of the budget
    world.until("10:07:30")
    Effect.objects.filter(pk=offer.pk).update(state=Effect.State.FAILED, error="550 no such mailbox")
    engine.undelivered(offer.pk, error="550 no such mailbox", now=world.now)
    world.check()
    assert world.notices("olga") == ["undelivered"]
    assert "offer_undelivered" in lead.journal
    world.until("10:30")
    (incident,) = lead.incidents
    assert incident.excuse == "undelivered"
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-45")
def test_a_late_refusal_of_an_old_offer_changes_nothing() -> None:
    world = World(people={"anna": {"email": "anna@example.com"}})
    lead = world.lead()
    (offer,) = world.told("anna", "offer")
    world.until("10:31")
    journal = lead.journal
    engine.undelivered(offer.pk, error="timed out", now=world.now)
    world.check()
    assert (lead.journal, world.notices("olga")) == (journal, [])


@pytest.mark.rule("S-46")
def test_a_wrong_company_file_is_refused_with_the_place_and_nothing_is_half_applied() -> None:
    world = World()
    world.file["people"].append({"id": "dina", "name": "Дина", "departments": ["nowhere"]})
    world.drum_table()["budget"] = "soon"
    with pytest.raises(Unreadable) as refused:
        world.apply()
    said = [(problem.key, problem.line > 0) for problem in refused.value.problems]
    assert ("drums[drum].budget", True) in said
    assert any(key.startswith("people[dina].departments") and line for key, line in said)
    assert not Person.objects.filter(key="dina").exists()
    assert Drum.objects.get(key="drum").version == 1
    assert world.company.version == 1
    expect_offer(world.lead(), to="anna", due="10:30")


@pytest.mark.rule("S-46")
@pytest.mark.parametrize("bad", ["take", "decline", "move", "assign"])
def test_a_verb_that_cannot_be_done_changes_nothing(bad: str) -> None:
    world = World()
    lead = world.lead()
    journal = lead.journal
    with pytest.raises(engine.Refused):
        _bad_verb(world, lead, bad)
    world.check()
    assert lead.journal == journal


def _bad_verb(world: World, lead: Card, verb: str) -> None:
    match verb:
        case "take":
            engine.take_lead(lead.id + 1000, by=world.pk("anna"), now=world.now)
        case "decline":
            world.decline_turn((lead.cycle.pk, 99), by="anna")
        case "move":
            world.move(lead, "nowhere", by="anna")
        case _:
            engine.assign(lead.id, 10**6, by=world.pk("olga"), now=world.now)


@pytest.mark.rule("S-22", "S-39")
def test_a_hold_looked_at_often_is_journalled_once() -> None:
    world = World(start="20:00")
    lead = world.lead()
    for _ in range(5):
        world.forward(minutes=30)
        world.look_again(lead)
    expect_hold(lead, "closed")
    assert lead.journal == ["arrived", "held"]
