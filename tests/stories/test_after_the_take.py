"""After the take: a call, a mail or a comment in time, or the drum turns again (S-38)."""

from __future__ import annotations

import pytest

from leaddrum import engine
from leaddrum.core import aftercare as rules
from leaddrum.models import Aftercare, Company
from tests.world import Card, World, expect_offer, expect_taken, wall


@pytest.fixture
def world() -> World:
    return World(relapse="60m")


def taken(world: World, by: str = "anna") -> Card:
    lead = world.lead()
    world.take(lead, by=by)
    expect_taken(lead, by=by)
    return lead


def clock(lead: Card) -> Aftercare:
    return Aftercare.objects.get(cycle=lead.cycle)


def false_takes(lead: Card) -> list[str]:
    return [one.person.key for one in lead.incidents if one.person is not None and one.turn_number == 0]


def comment(world: World, lead: Card, text: str = "Позвонила, завтра замер", by: str = "anna") -> None:
    engine.comment(lead.id, by=world.pk(by), text=text, now=world.now)
    world.check()


@pytest.mark.rule("S-38")
def test_it_is_off_unless_the_drum_asks_for_it() -> None:
    world = World()
    taken(world)
    assert not Aftercare.objects.exists()


@pytest.mark.rule("S-38")
def test_nothing_done_is_a_reminder_then_a_false_take_and_the_drum_again(world: World) -> None:
    lead = taken(world)
    first = lead.cycle
    world.until("10:29")
    assert "no_contact" not in world.notices("anna")
    world.until("10:30")
    assert world.notices("anna")[-1] == "no_contact"
    world.until("10:59")
    expect_taken(lead, by="anna")
    world.until("11:00")
    assert lead.stage == "new"
    expect_offer(lead, to="boris", due="11:30")
    assert lead.cycle.number == 2
    assert lead.candidates["anna"] == "had_it"  # she goes last
    (incident,) = lead.incidents
    assert (incident.cycle_id, incident.turn_number, incident.person_id) == (first.pk, 0, world.pk("anna"))
    assert (incident.next_person_id, wall(incident.due_at)) == (world.pk("boris"), "mon 11:00")
    assert world.notices("anna")[-1] == "false_take"
    assert world.notices("olga") == ["false_take"]
    assert lead.journal[2:5] == ["taken", "no_contact", "false_take"]
    assert Aftercare.objects.get(cycle=first).state == "false"
    world.forward(hours=3)
    assert len([one for one in lead.incidents if one.turn_number == 0]) == 1  # one take, one incident


@pytest.mark.rule("S-8", "S-38")
def test_when_no_head_is_there_the_administrator_is_told_of_it(world: World) -> None:
    for head in ("olga", "viktor"):
        world.absent(head, "09:00", "18:00")
    taken(world)
    world.until("11:00")
    assert world.notices("irina") == ["false_take"]


@pytest.mark.rule("S-38")
def test_a_comment_is_enough_and_needs_words(world: World) -> None:
    lead = taken(world)
    world.until("10:20")
    with pytest.raises(engine.Refused):
        comment(world, lead, "   ")
    comment(world, lead)
    assert clock(lead).state == "contacted"
    world.until("16:00")
    expect_taken(lead, by="anna")
    assert lead.incidents == []
    assert lead.journal[-1] == "commented"


@pytest.mark.rule("S-38")
def test_a_comment_before_the_take_is_none(world: World) -> None:
    lead = world.lead()
    comment(world, lead)
    world.forward(minutes=1)
    world.take(lead, by="anna")
    world.until("11:01")
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-38")
@pytest.mark.parametrize("what", ["stage", "owner", "closed", "deleted"])
def test_whoever_works_with_the_lead_is_left_alone(world: World, what: str) -> None:
    lead = taken(world)
    world.until("10:10")
    match what:
        case "stage":
            world.move(lead, "qualified", by="anna")
        case "owner":
            world.assign(lead, "clara", by="olga")
        case "closed":
            world.move(lead, "junk", by="anna")
        case "deleted":
            world.delete(lead)
    world.until("16:00")
    assert lead.incidents == []
    assert not Aftercare.objects.filter(state="running").exists()


@pytest.mark.rule("S-38", "S-9")
def test_only_working_time_counts(world: World) -> None:
    world.until("17:40")
    lead = taken(world)
    assert (wall(clock(lead).remind_at), wall(clock(lead).due_at)) == ("tue 09:10", "tue 09:40")
    world.until("tue 09:39")
    expect_taken(lead, by="anna")
    world.until("tue 09:40")
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-38")
def test_a_colleague_who_took_it_is_the_one_who_answers_for_it(world: World) -> None:
    lead = world.lead()
    world.take_card(lead, by="clara")
    world.until("11:00")
    assert false_takes(lead) == ["clara"]
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-38")
def test_a_false_take_after_misses_stands_beside_them(world: World) -> None:
    lead = world.lead()
    world.until("10:30")
    world.take(lead, by="boris")
    world.until("11:30")
    assert [(one.turn_number, one.person.key) for one in lead.incidents if one.person] == [(0, "boris"), (1, "anna")]


@pytest.mark.rule("S-38")
def test_the_head_may_annul_it_and_he_may_explain(world: World) -> None:
    lead = taken(world)
    world.until("11:00")
    (incident,) = lead.incidents
    world.explain(incident, "Звонила с личного телефона", by="anna")
    world.annul(incident, why="звонок был")
    (incident,) = lead.incidents
    assert (incident.annulled_why, incident.explanation) == ("звонок был", "Звонила с личного телефона")


@pytest.mark.rule("S-38")
def test_the_engine_was_down_and_reminds_of_nothing_that_is_over(world: World) -> None:
    lead = taken(world)
    world.jump(minutes=70)
    world.tick()
    assert "no_contact" not in world.notices("anna")
    assert world.notices("anna")[-1] == "false_take"
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-38")
def test_one_that_cannot_be_decided_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = taken(world), taken(world, by="boris")
    decide, broken = rules.decide, clock(bad).person_id

    def decided(running: rules.Running, *rest: object) -> object:
        if running.person == broken:
            raise ValueError("poison")
        return decide(running, *rest)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(rules, "decide", decided)
    world.until("11:00")
    assert "poison" in bad.cycle.error
    assert false_takes(good) == ["boris"]
    assert Company.objects.get(pk=world.company_id).wake_at is not None
    monkeypatch.undo()
    world.until("12:30")
    assert false_takes(bad) == ["anna"]


@pytest.mark.rule("S-15")
def test_a_calendar_edited_meanwhile_moves_the_end(world: World) -> None:
    lead = taken(world)
    world.file["calendars"]["office"]["weekdays"] = ["09:00-10:20", "14:00-18:00"]
    world.apply()
    assert (wall(clock(lead).remind_at), wall(clock(lead).due_at)) == ("mon 14:10", "mon 14:40")
    assert lead.journal[-1] == "contact_moved"
    assert "contact_moved" not in world.notices("anna")  # she is reminded in time, with the new end
    world.until("14:10")
    assert world.notices("anna")[-1] == "no_contact"
    world.file["calendars"]["office"]["weekdays"] = ["09:00-10:20", "14:00-14:20", "16:00-18:00"]
    world.apply()
    assert world.notices("anna")[-1] == "contact_moved"  # she was told of another end
    world.until("16:19")
    expect_taken(lead, by="anna")
    world.until("16:20")
    assert false_takes(lead) == ["anna"]


@pytest.mark.rule("S-15")
def test_an_end_that_would_have_been_is_now_and_not_before() -> None:
    world = World(start="12:30", relapse="60m")
    lead = taken(world)
    assert wall(clock(lead).due_at) == "mon 14:30"
    world.until("13:50")
    world.file["calendars"]["office"]["weekdays"] = ["09:00-18:00"]
    world.apply()
    assert wall(clock(lead).due_at) == "mon 13:50"
    world.until("13:50")
    assert false_takes(lead) == ["anna"]


@pytest.mark.rule("S-12")
def test_an_absence_entered_meanwhile_stops_the_clock_and_its_end_lets_it_run(world: World) -> None:
    lead = taken(world)
    world.forward(minutes=10)
    absence = world.absent("anna", "10:30", "14:30")
    assert wall(clock(lead).due_at) == "mon 15:00"
    world.back(absence)
    assert wall(clock(lead).due_at) == "mon 11:00"


@pytest.mark.rule("S-38")
def test_a_clock_that_has_nothing_more_to_watch_is_not_moved(world: World) -> None:
    lead, other = taken(world), taken(world, by="boris")
    comment(world, lead)
    world.forward(minutes=5)
    engine.move(other.id, "qualified", by=world.pk("boris"), now=world.now)
    world.file["calendars"]["office"]["weekdays"] = ["09:00-10:20", "14:00-18:00"]
    world.apply()
    assert clock(lead).next_at is None
    assert clock(other).state == "moved_on"
    assert "contact_moved" not in lead.journal + other.journal
