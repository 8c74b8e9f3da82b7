"""S-17 to S-20: strategies, eligibility, look-ahead, and every choice explained."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest

from leaddrum.models import Standing
from tests.world import Card, World, expect_hold, expect_offer, expect_taken, expect_verdicts, holders, wall


def own_hours(world: World, **spans: str) -> None:
    """Give people hours of their own for every day: `anna="09:00-10:20"`."""
    for person, span in spans.items():
        world.file["calendars"][person] = {"every_day": [span]}
        world.person_table(person)["calendar"] = person
    world.apply()


def taken_by_its_holder(world: World, lead: Card) -> str:
    holder = lead.holder
    assert holder is not None
    world.take(lead, by=holder)
    return holder


@pytest.mark.rule("S-17")
def test_circle_offers_to_whose_last_offer_is_oldest() -> None:
    world = World()
    assert [taken_by_its_holder(world, world.lead()) for _ in range(6)] == ["anna", "boris", "clara"] * 2


@pytest.mark.rule("S-17")
def test_circle_is_not_disturbed_by_an_edited_roster() -> None:
    world = World()
    for _ in range(2):
        world.forward(minutes=1)
        taken_by_its_holder(world, world.lead())
    world.person_table("dina")
    world.edit(roster={"people": ["dina", "clara", "boris", "anna"]})
    order = []
    for _ in range(4):
        world.forward(minutes=1)
        order.append(taken_by_its_holder(world, world.lead()))
    assert order == ["dina", "clara", "anna", "boris"]  # who never had one, in roster order; then the oldest


@pytest.mark.rule("S-17")
def test_weighted_gives_each_his_share() -> None:
    world = World(strategy="weighted", roster={"people": ["anna", "boris", "clara"], "weights": {"anna": 2}})
    shares = Counter(taken_by_its_holder(world, world.lead()) for _ in range(20))
    assert shares == {"anna": 10, "boris": 5, "clara": 5}


@pytest.mark.rule("S-2", "S-17")
def test_who_comes_after_the_owner_gains_his_share_all_the_same() -> None:
    world = World(strategy="weighted")
    expect_offer(world.lead(owner="boris"), to="boris")
    ledger = dict(Standing.objects.values_list("person__key", "credit"))
    assert ledger == {key: pytest.approx(1 / 3 - (key == "boris")) for key in ("anna", "boris", "clara")}


@pytest.mark.rule("S-17")
def test_least_loaded_gives_to_who_has_fewest_open_leads() -> None:
    world = World(strategy="least_loaded")
    first = world.lead()
    world.take(first, by="anna")  # anna: 1 lead in work
    assert holders(world.leads(2)) == ["boris", "clara"]
    world.move(first, "junk", by="anna")
    expect_offer(world.lead(), to="anna")


@pytest.mark.rule("S-17")
@pytest.mark.parametrize("ends", ["deleted", "junk", "back", "by way of another stage"])
def test_a_lead_that_is_no_longer_open_is_no_load(ends: str) -> None:
    world = World(strategy="least_loaded")
    world.edit("term", name="Срок", entry=["in_work"], rotate=False, budget="1h", calendar="office")
    lead = world.lead()
    world.take(lead, by="anna")
    world.take(lead, by="anna")  # and the second drum's term is kept too
    assert loads(world) == [1, 0, 0]
    match ends:
        case "deleted":
            world.delete(lead)
        case "junk":
            world.move(lead, "junk", by="anna")
        case "back":
            world.move(lead, "new", by="anna")
        case _:
            world.move(lead, "later", by="anna")
            assert loads(world) == [1, 0, 0]
            world.move(lead, "junk", by="anna")
            world.move(lead, "qualified", by="anna")  # reopened: it is her work again
            assert loads(world) == [1, 0, 0]
            world.move(lead, "junk", by="anna")
    assert loads(world) == [0, 0, 0]
    assert not Standing.objects.filter(open_leads__gt=0).exists()


def loads(world: World) -> list[int]:
    """Open leads of anna, boris and clara in the first drum."""
    found = {
        row.person.key: row.open_leads
        for row in Standing.objects.filter(drum__company=world.company_id, drum__key="drum").select_related("person")
    }
    return [found.get(person, 0) for person in ("anna", "boris", "clara")]


@pytest.mark.rule("S-17")
def test_claim_offers_to_all_and_the_first_to_press_takes_it() -> None:
    world = World(strategy="claim")
    lead = world.lead()
    expect_offer(lead, to=None, due="10:30")
    assert [world.notices(person) for person in ("anna", "boris", "clara")] == [["offer"]] * 3
    assert world.told("boris", "offer")[0].data["to_all"]
    world.take(lead, by="clara")
    expect_taken(lead, by="clara")
    world.press(lead.turn, by="anna")
    expect_taken(lead, by="clara")


@pytest.mark.rule("S-17")
def test_a_claim_nobody_presses_is_missed_by_nobody_in_particular_and_offered_again() -> None:
    world = World(strategy="claim")
    lead = world.lead()
    world.until("10:30")
    expect_offer(lead, to=None, due="11:00", turn=2)
    expect_verdicts(lead, "None missed")


@pytest.mark.rule("S-2", "S-17")
@pytest.mark.parametrize("there", [True, False])
def test_a_claim_whose_owner_is_away_is_offered_to_all(there: bool) -> None:
    world = World(strategy="claim")
    if not there:
        world.pause("boris")
    lead = world.lead(owner="boris")
    expect_offer(lead, to="boris" if there else None)
    if not there:
        assert lead.candidates == {"anna": "chosen", "clara": "chosen", "boris": "paused"}


@pytest.mark.rule("S-17", "S-28")
def test_what_somebody_had_from_a_drum_is_kept_when_he_is_only_its_guest() -> None:
    """Handed over to a colleague who left the roster: his open leads and his ledger stay his."""
    world = World(strategy="least_loaded")
    first = world.lead(owner="clara")
    world.take(first, by="clara")
    world.edit(roster={"people": ["anna", "boris"]})
    second = world.lead(owner="anna")
    world.assign(second, "clara", by="anna")
    expect_offer(second, to="clara")
    assert loads(world) == [0, 0, 1]


@pytest.mark.rule("S-17", "S-38")
def test_a_false_take_is_no_load_though_he_is_offered_another_lead_at_that_moment() -> None:
    world = World(strategy="least_loaded", relapse="60m", roster={"people": ["anna", "boris"]}, first_turn="drum")
    first = world.lead()
    world.take(first, by="anna")
    world.pause("boris")
    world.until("10:30")
    missed = world.lead("второй")
    world.until("10:59")
    world.jump(minutes=1)
    world.tick()
    assert (missed.verdicts, first.holder) == ([("anna", "missed")], "anna")
    assert loads(world)[0] == 0


@pytest.mark.rule("S-18")
@pytest.mark.parametrize(
    ("barred", "code"),
    [("absent", "absent"), ("paused", "paused"), ("off", "off_shift"), ("technical", "technical"), ("cap", "at_cap")],
)
def test_who_is_not_eligible_is_passed_over_with_the_reason(barred: str, code: str) -> None:
    world = World(open_offers_cap=1, first_turn="owner")
    match barred:
        case "absent":
            world.absent("anna", "09:00", "fri 18:00")
        case "paused":
            world.pause("anna")
        case "off":
            own_hours(world, anna="14:00-18:00")
        case "technical":
            world.person_table("anna")["technical"] = True
            world.apply()
        case _:
            world.lead(owner="anna")
    lead = world.lead(owner="anna")
    expect_offer(lead, to="boris")
    assert lead.candidates["anna"] == code


@pytest.mark.rule("S-18")
def test_three_open_offers_are_the_cap() -> None:
    world = World()
    leads = world.leads(10)
    assert Counter(holders(leads)) == {"anna": 3, "boris": 3, "clara": 3, None: 1}
    expect_hold(leads[-1], "cap")
    assert leads[-1].candidates == {"anna": "at_cap", "boris": "at_cap", "clara": "at_cap"}
    assert leads[-1].reason("anna") == "3/3"


@pytest.mark.rule("S-18")
def test_who_missed_it_gets_it_again_only_after_everybody_else() -> None:
    world = World(cooldown="1m")
    lead = world.lead()
    world.until("10:30")
    expect_offer(lead, to="boris")
    taken_by_its_holder(world, world.lead(owner="clara"))  # clara's last offer is now newer than anna's
    world.until("11:00")
    expect_offer(lead, to="clara")
    world.until("11:30")
    expect_offer(lead, to="anna")


@pytest.mark.rule("S-18")
def test_the_cooldown_is_one_budget_unless_set() -> None:
    world = World(roster={"people": ["anna"]})
    lead = world.lead()
    world.until("10:30")
    expect_hold(lead, "cooldown")
    assert lead.candidates == {"anna": "cooldown"}
    world.until("10:59")
    expect_hold(lead, "cooldown")
    world.until("11:00")
    expect_offer(lead, to="anna", due="11:30")
    world = World(roster={"people": ["anna"]}, cooldown="5m")
    lead = world.lead()
    world.until("10:35")
    expect_offer(lead, to="anna", due="11:05")


@pytest.mark.rule("S-19")
def test_who_can_fit_the_whole_budget_comes_first() -> None:
    world = World()
    own_hours(world, anna="09:00-10:20")
    lead = world.lead()
    expect_offer(lead, to="boris")
    assert lead.candidates["anna"] == "cannot_fit"


@pytest.mark.rule("S-19")
def test_with_nobody_who_can_fit_it_the_turn_goes_on_in_his_next_shift() -> None:
    world = World()
    own_hours(world, anna="09:00-10:20", boris="09:00-10:10", clara="09:00-10:10")
    expect_offer(world.lead(), to="anna", due="tue 09:10")


@pytest.mark.rule("S-19")
def test_nobody_is_offered_a_turn_in_his_last_five_minutes_unless_he_is_the_only_one() -> None:
    world = World()
    own_hours(world, anna="09:00-10:04", boris="09:00-10:10", clara="09:00-10:04")
    lead = world.lead()
    expect_offer(lead, to="boris")
    assert lead.candidates["anna"] == "short_rest"
    for person in ("boris", "clara"):
        world.pause(person)
    expect_offer(lead, to="anna")


@pytest.mark.rule("S-19")
def test_lunch_does_not_end_a_shift() -> None:
    world = World(start="12:50")
    expect_offer(world.lead(), to="anna", due="14:20")


@pytest.mark.rule("S-20")
def test_each_choice_has_one_line_per_candidate() -> None:
    world = World(roster={"people": ["anna", "boris", "clara", "dina", "egor"]}, people={"dina": {}, "egor": {}})
    world.absent("dina", "09:00", "2026-03-12 18:00", "отпуск")
    world.pause("egor")
    lead = world.lead()
    world.until("10:30")
    expect_offer(lead, to="boris")
    expected = {"anna": "cooldown", "boris": "chosen", "clara": "later", "dina": "absent", "egor": "paused"}
    assert lead.candidates == expected
    offered = lead.entries("offered")[-1].data
    assert {world.key(pk): code for pk, code, _ in offered["candidates"]} == expected
    assert wall(world.at("10:30")) == wall(datetime.fromisoformat(lead.reason("anna")))
    assert wall(datetime.fromisoformat(lead.reason("dina"))) == "thu 18:00"
    world.take(lead, by="boris")
    assert {world.key(pk): code for pk, code, _ in lead.turns[-1].candidates} == expected
