"""S-27 to S-37, S-55, S-56: what people do while the drum turns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leaddrum.engine import Refused, Stale
from leaddrum.models import Cycle, Lead
from tests.world import World, expect_offer, expect_taken, expect_verdicts, holders


@pytest.mark.rule("S-27")
@pytest.mark.parametrize("taker", ["boris", "olga"])
def test_taken_by_a_colleague_or_the_head(taker: str) -> None:
    world = World()
    lead = world.lead()
    world.forward(minutes=5)
    world.take_card(lead, by=taker)
    expect_taken(lead, by=taker)
    expect_verdicts(lead, "anna void")
    assert world.notices("anna")[-1] == "gone"
    world.forward(hours=2)
    assert world.incidents() == []


@pytest.mark.rule("S-27")
def test_the_ledger_is_untouched() -> None:
    world = World()
    lead = world.lead()
    world.take_card(lead, by="boris")  # boris was offered nothing: he is still next
    expect_offer(world.lead(), to="boris")


@pytest.mark.rule("S-28")
def test_the_head_gives_it_to_somebody_by_name() -> None:
    world = World(escalate_after=2)
    lead = world.lead()
    world.forward(minutes=10)
    world.assign(lead, "clara", by="olga")
    expect_offer(lead, to="clara", due="10:40", turn=2)
    expect_verdicts(lead, "anna void")
    assert "pinned" in lead.journal
    world.until("10:40")
    expect_offer(lead, to="clara", due="11:10", turn=3)  # no rotation
    assert world.notices("olga") == []
    world.until("11:10")
    assert [effect.kind for effect in world.told("olga")] == ["escalated"]  # only escalation
    expect_offer(lead, to="clara", turn=4)
    expect_verdicts(lead, "anna void", "clara missed", "clara missed")


@pytest.mark.rule("S-28")
def test_a_deputy_is_a_head_whatever_the_file_calls_him() -> None:
    world = World()
    world.file["departments"][1]["deputy"] = "clara"
    world.apply()
    lead = world.lead(owner="anna")
    world.assign(lead, "boris", by="clara")
    world.until("10:30")
    expect_offer(lead, to="boris", turn=3)  # it stays with him
    expect_verdicts(lead, "anna void", "boris missed")


@pytest.mark.rule("S-28", "S-55")
@pytest.mark.parametrize("paused", ["before", "by his misses"])
def test_a_pause_the_head_knew_of_changes_nothing_one_by_misses_passes_it_on(paused: str) -> None:
    world = World(pause_after=0 if paused == "before" else 1)
    lead = world.lead()
    if paused == "before":
        world.pause("clara")
    world.assign(lead, "clara", by="olga")
    world.until("10:30")
    expect_offer(lead, to="clara" if paused == "before" else "boris", due="11:00", turn=3)


@pytest.mark.rule("S-28", "S-24", "S-33")
@pytest.mark.parametrize("how", ["declines", "pauses"])
def test_an_assigned_lead_passes_on_when_he_declines_or_goes(how: str) -> None:
    world = World()
    lead = world.lead()
    world.assign(lead, "clara", by="olga")
    if how == "declines":
        world.decline(lead, by="clara")
    else:
        world.pause("clara")
    expect_offer(lead, to="boris", due="10:30", turn=3)
    assert lead.cycle.pinned is None


@pytest.mark.rule("S-28")
def test_an_administrator_pins_too_even_to_somebody_outside_the_roster() -> None:
    world = World()
    lead = world.lead()
    world.assign(lead, "viktor", by="irina")
    expect_offer(lead, to="viktor", due="10:30", turn=2)
    world.until("10:30")
    expect_offer(lead, to="viktor", turn=3)


@pytest.mark.rule("S-28")
def test_the_holder_hands_it_over() -> None:
    world = World()
    lead = world.lead()
    world.forward(minutes=10)
    world.assign(lead, "clara", by="anna")
    expect_offer(lead, to="clara", due="10:40", turn=2)
    expect_verdicts(lead, "anna returned")
    world.until("10:40")
    expect_offer(lead, to="boris")  # handed over, not pinned: the drum goes on
    assert [incident.person_id for incident in world.incidents()] == [world.pk("clara")]


@pytest.mark.rule("S-29")
def test_moved_by_a_robot_is_no_take() -> None:
    world = World()
    lead = world.lead()
    world.move(lead, "in_work", by=None)
    expect_offer(lead, to="anna", turn=1)
    assert "robot_moved" in lead.journal
    world.until("10:30")
    expect_verdicts(lead, "anna missed")


@pytest.mark.rule("S-29")
@pytest.mark.parametrize("take_stage", ["", "in_work"])
def test_after_a_robots_move_the_holder_can_still_take_it(take_stage: str) -> None:
    world = World(take_stage=take_stage)
    lead = world.lead()
    world.move(lead, "in_work", by=None)
    world.forward(minutes=5)
    assert not isinstance(world.take(lead, by="anna"), Stale)
    expect_taken(lead, by="anna")
    expect_verdicts(lead, "anna taken")
    assert (lead.stage, lead.row.moved_at) == ("in_work", world.now)


@pytest.mark.rule("S-29")
def test_nor_is_a_technical_users_move_unless_the_drum_says_so() -> None:
    robot = {"robot": {"technical": True}}
    world = World(people=robot)
    lead = world.lead()
    world.move(lead, "in_work", by="robot")
    expect_offer(lead, to="anna", turn=1)
    world = World(people=robot, robots_take=True)
    lead = world.lead()
    world.move(lead, "in_work", by="robot")
    assert lead.state == "taken"
    assert world.incidents() == []


@pytest.mark.rule("S-30")
def test_straight_to_junk_closes_the_cycle_and_is_listed_for_the_head() -> None:
    world = World()
    lead = world.lead()
    world.move(lead, "junk", by="anna")
    assert lead.state == "closed"
    expect_verdicts(lead, "anna void")
    (closed,) = lead.entries("closed")
    assert (closed.data["untaken"], closed.data["by"], closed.data["head"]) == (
        True,
        world.pk("anna"),
        world.pk("olga"),
    )


@pytest.mark.rule("S-30")
def test_every_stage_that_means_take_is_a_take_and_ignore_is_none() -> None:
    world = World()
    lead = world.lead()
    world.move(lead, "qualified", by="anna")
    expect_taken(lead, by="anna")
    other = world.lead()
    world.move(other, "later", by="boris")
    assert other.state == "offered"
    world.until("10:30")
    expect_verdicts(other, "boris missed")


@pytest.mark.rule("S-31")
def test_back_to_the_entry_stage_is_a_new_cycle() -> None:
    world = World()
    lead = world.lead()
    world.take(lead, by="anna")
    arrived = lead.row.arrived_at
    world.edit(budget="10m")
    world.forward(minutes=20)
    world.move(lead, "new", by="anna")
    assert lead.cycle.number == 2
    expect_offer(lead, to="boris", due="10:30", turn=1)  # today's policy; who returned it goes last
    assert lead.row.arrived_at == arrived  # the client's clock keeps running
    world.until("10:45")
    expect_offer(lead, to="anna")


@pytest.mark.rule("S-31")
def test_the_one_who_returned_it_goes_last_even_as_its_owner() -> None:
    world = World()
    lead = world.lead()
    world.take(lead, by="anna")
    world.lead()
    world.lead()  # anna's last offer is the oldest now
    world.move(lead, "new", by="anna")
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-31", "S-25")
def test_and_even_as_the_one_who_works_with_this_client() -> None:
    world = World()
    first, second = world.lead(phone_key="+79001234567"), world.lead(email_key="ivan@example.com")
    world.take_card(first, by="anna")
    world.take_card(second, by="anna")
    Lead.objects.filter(pk=second.id).update(phone_key="+79001234567")  # the same client, as it turned out
    world.move(second, "new", by="anna")
    assert second.holder in {"boris", "clara"}
    assert second.candidates["anna"] == "had_it"


@pytest.mark.rule("S-32")
def test_deleted_is_withdrawn_and_incidents_stay() -> None:
    world = World()
    lead = world.lead()
    world.until("10:40")
    world.delete(lead)
    assert lead.state == "withdrawn"
    expect_verdicts(lead, "anna missed", "boris void")
    assert len(world.incidents()) == 1
    world.forward(hours=2)
    assert len(world.incidents()) == 1
    assert Lead.objects.filter(pk=lead.id).exists()


@pytest.mark.rule("S-33")
def test_declined_with_a_reason_passes_on_at_once() -> None:
    world = World()
    lead = world.lead()
    world.forward(minutes=3)
    world.decline(lead, by="anna", reason="не мой регион")
    expect_offer(lead, to="boris", due="10:33", turn=2)
    expect_verdicts(lead, "anna returned")
    assert lead.turns[0].reason == "не мой регион"
    assert (world.incidents(), lead.cycle.misses) == ([], 0)


@pytest.mark.rule("S-33")
def test_declining_needs_a_reason_and_ones_own_open_turn() -> None:
    world = World()
    lead = world.lead()
    for by, reason in (("anna", ""), ("anna", "  "), ("boris", "мне не надо")):
        with pytest.raises(Refused):
            world.decline(lead, by=by, reason=reason)
    expect_offer(lead, to="anna", turn=1)
    old = lead.turn
    world.until("10:30")
    with pytest.raises(Refused):
        world.decline_turn(old, by="anna")
    expect_offer(lead, to="boris", turn=2)


@pytest.mark.rule("S-34")
def test_an_old_button_says_who_has_it_now_and_changes_nothing() -> None:
    world = World()
    lead = world.lead()
    old = lead.turn
    world.until("10:35")
    journal = lead.journal
    answer = world.press(old, by="anna")
    assert isinstance(answer, Stale)
    assert (answer.code, answer.holder, answer.until) == ("passed_on", world.pk("boris"), world.at("11:00"))
    assert lead.journal == journal
    world.take(lead, by="boris")
    answer = world.press(old, by="anna")
    assert isinstance(answer, Stale)
    assert (answer.code, answer.holder) == ("taken", world.pk("boris"))


@pytest.mark.rule("S-34")
def test_a_button_is_bound_to_the_person() -> None:
    world = World()
    lead = world.lead()
    answer = world.press(lead.turn, by="boris")
    assert isinstance(answer, Stale)
    assert (answer.code, answer.holder) == ("not_yours", world.pk("anna"))
    expect_offer(lead, to="anna", turn=1)


@pytest.mark.rule("S-35")
def test_two_presses_one_take() -> None:
    world = World(strategy="claim")
    lead = world.lead()
    turn = lead.turn
    assert not isinstance(world.press(turn, by="boris"), Stale)
    answer = world.press(turn, by="clara")
    assert isinstance(answer, Stale)
    assert (answer.code, answer.holder) == ("taken", world.pk("boris"))
    assert [turn.verdict for turn in lead.turns] == ["taken"]
    expect_taken(lead, by="boris")


@pytest.mark.rule("S-35")
def test_take_and_deadline_at_the_same_moment() -> None:
    world = World()
    lead = world.lead()
    world.jump(minutes=30)
    assert not isinstance(world.take(lead, by="anna"), Stale)  # the take came first
    world.tick()
    expect_taken(lead, by="anna")
    other = world.lead()
    assert other.holder == "boris"
    turn = other.turn
    world.jump(minutes=30)
    world.tick()  # the deadline came first
    answer = world.press(turn, by="boris")
    assert isinstance(answer, Stale)
    assert answer.code == "passed_on"


@pytest.mark.rule("S-36", "S-39")
def test_learned_late_that_it_was_taken_in_time() -> None:
    world = World()
    lead = world.lead()
    world.until("10:40")
    expect_offer(lead, to="boris")
    # The board's own record shows a move the engine was not told of: restored from a journal of another process.
    stage = lead.row.stage.__class__.objects.get(company=world.company_id, key="in_work")
    moved = Lead.objects.filter(pk=lead.id)
    moved.update(stage=stage, owner=world.pk("anna"), moved_at=world.at("10:20"), moved_by=world.pk("anna"))
    world.look_again(lead)
    expect_taken(lead, by="anna")
    assert [(turn.number, turn.verdict) for turn in lead.turns] == [(1, "missed"), (2, "void")]
    (incident,) = lead.incidents
    assert incident.annulled_at is not None
    assert incident.annulled_by_id is None  # by the system
    assert "annulled" in world.notices("anna")
    assert "gone" in world.notices("boris")


@pytest.mark.rule("S-36")
@pytest.mark.parametrize("where", ["held", "with_head"])
def test_learned_late_while_nobody_has_it(where: str) -> None:
    world = World(roster={"people": ["anna"]}, escalate_after=4 if where == "held" else 1, escalation="freeze")
    lead = world.lead()
    world.until("10:40")
    assert lead.state == where
    stage = lead.row.stage.__class__.objects.get(company=world.company_id, key="in_work")
    Lead.objects.filter(pk=lead.id).update(stage=stage, moved_at=world.at("10:20"), moved_by=world.pk("anna"))
    world.look_again(lead)
    expect_taken(lead, by="anna")
    assert lead.incidents[0].annulled_at == world.now
    assert world.notices("anna")[-2:] == ["annulled", "taken"]


@pytest.mark.rule("S-36")
def test_a_take_after_the_verdict_annuls_nothing() -> None:
    world = World(roster={"people": ["anna"]})
    lead = world.lead()
    world.until("10:30:01")  # within the tolerance of the deadline, but the verdict has fallen
    world.take_card(lead, by="anna")
    expect_taken(lead, by="anna")
    assert lead.incidents[0].annulled_at is None


@pytest.mark.rule("S-37")
def test_the_running_turn_keeps_its_version_the_next_takes_the_newest() -> None:
    world = World()
    lead = world.lead()
    world.forward(minutes=5)
    world.edit(budget="10m")
    expect_offer(lead, to="anna", due="10:30", turn=1)
    world.until("10:30")
    expect_offer(lead, to="boris", due="10:40", turn=2)
    assert lead.turns[0].policy_version + 1 == lead.cycle.turn["policy_version"]


@pytest.mark.rule("S-37")
def test_somebody_removed_from_the_roster_is_skipped_at_once() -> None:
    world = World()
    lead = world.lead()
    world.edit(roster={"people": ["anna", "clara"]})
    world.until("10:30")
    expect_offer(lead, to="clara")


@pytest.mark.rule("S-55")
def test_missed_in_a_row_pauses_tells_him_and_his_head() -> None:
    world = World(pause_after=2, roster={"people": ["anna", "boris"]}, cooldown="1s", open_offers_cap=10)
    world.leads(4)  # two each
    world.until("10:30")
    assert world.person("anna").paused_at is not None
    assert "paused" in world.notices("anna")
    assert "paused" in world.notices("olga")
    lead = world.lead()
    assert lead.candidates["anna"] == "paused"
    world.resume("anna")
    assert world.person("anna").paused_at is None
    world.tick()
    assert "anna" in holders([world.lead(), world.lead()])


@pytest.mark.rule("S-55", "S-24")
def test_who_is_paused_by_his_misses_holds_nothing_more() -> None:
    world = World(pause_after=1, roster={"people": ["anna", "boris"]}, cooldown="1s")
    first = world.lead(owner="anna")
    world.forward(minutes=10)
    second = world.lead(owner="anna")
    expect_offer(second, to="anna", due="10:40")
    world.until("10:30")
    expect_offer(first, to="boris")
    expect_offer(second, to="boris", due="11:00")
    expect_verdicts(second, "anna void")
    assert second.turns[0].reason == "paused"
    assert len(world.incidents()) == 1


@pytest.mark.rule("S-55")
def test_a_take_between_two_misses_breaks_the_row() -> None:
    world = World(pause_after=2, roster={"people": ["anna"]}, cooldown="1s")
    first = world.lead()
    world.until("10:30:01")
    world.take(first, by="anna")
    world.lead()
    world.forward(minutes=31)
    assert world.person("anna").paused_at is None


@pytest.mark.rule("S-55")
def test_who_was_away_has_no_leads_to_make_up_for() -> None:
    for strategy in ("circle", "weighted"):
        world = World(strategy=strategy)
        absence = world.absent("anna", "10:00", "fri 18:00")
        for _ in range(12):
            world.forward(minutes=1)
            lead = world.lead()
            world.take(lead, by=str(lead.holder))
        world.back(absence)
        shares = []
        for _ in range(6):
            world.forward(minutes=1)
            lead = world.lead()
            shares.append(str(lead.holder))
            world.take(lead, by=shares[-1])
        assert shares.count("anna") == 2, strategy


@pytest.mark.rule("S-55")
def test_made_up_for_as_far_as_the_drum_allows() -> None:
    world = World(strategy="weighted", make_up=2)
    absence = world.absent("anna", "10:00", "fri 18:00")
    for _ in range(12):
        world.forward(minutes=1)
        lead = world.lead()
        world.take(lead, by=str(lead.holder))
    world.back(absence)
    taken = []
    for _ in range(12):
        world.forward(minutes=1)
        lead = world.lead()
        taken.append(str(lead.holder))
        world.take(lead, by=taken[-1])
    assert taken[:2] == ["anna", "anna"]
    assert sorted(map(taken.count, ("anna", "boris", "clara"))) == [3, 3, 6]  # her four of twelve and two more
    assert taken.count("anna") == 6


@pytest.mark.rule("S-55")
def test_off_by_default_and_a_newcomer_starts_level() -> None:
    world = World(roster={"people": ["anna"]}, escalate_after=1000, cooldown="1s")
    world.lead()
    world.forward(hours=20)
    assert world.person("anna").paused_at is None
    assert world.person("anna").streak > 5
    world = World(strategy="weighted")
    for _ in range(30):
        lead = world.lead()
        world.take(lead, by=str(lead.holder))
    world.person_table("dina")
    world.edit(roster={"people": ["anna", "boris", "clara", "dina"]})
    shares = []
    for _ in range(8):
        lead = world.lead()
        shares.append(str(lead.holder))
        world.take(lead, by=shares[-1])
    assert shares.count("dina") == 2  # his share, not thirty leads to make up for


@pytest.mark.rule("S-56")
def test_a_stage_deadline_reminds_records_and_escalates_but_leaves_the_lead_with_its_owner() -> None:
    world = World()
    term = {"entry": ["in_work"], "rotate": False, "budget": "1h", "calendar": "office", "escalate_after": 2}
    world.edit("qualification", name="Квалификация", verdict_delay="0s", cooldown="0s", **term)
    lead = world.lead()
    world.take(lead, by="anna")
    assert (lead.cycle.number, lead.cycle.drum.key) == (2, "qualification")
    expect_offer(lead, to="anna", due="11:00", turn=1)
    world.until("11:00")
    assert "reminder" in world.notices("anna")
    expect_offer(lead, to="anna", due="12:00", turn=2)
    assert [incident.person_id for incident in world.incidents()] == [world.pk("anna")]
    assert world.notices("olga") == []
    world.until("12:00")
    assert world.notices("olga") == ["escalated"]
    assert lead.owner == "anna"


@pytest.mark.rule("S-56", "S-12")
def test_an_absence_of_the_owner_prolongs_his_term() -> None:
    world = World()
    world.edit("term", name="Срок", entry=["in_work"], rotate=False, budget="1h", calendar="office", verdict_delay="0s")
    lead = world.lead()
    world.take(lead, by="anna")
    expect_offer(lead, to="anna", due="11:00")
    absence = world.absent("anna", "10:30", "11:30")
    expect_offer(lead, to="anna", due="12:00", turn=1)
    assert world.notices("anna")[-1] == "moved"
    world.back(absence)  # it was never taken
    expect_offer(lead, to="anna", due="11:00", turn=1)
    world.absent("anna", "09:00", "15:00")
    world.until("15:59")
    expect_offer(lead, to="anna", due="16:00", turn=1)
    assert world.incidents() == []


@pytest.mark.rule("S-56", "S-55")
def test_a_pause_does_not_take_it_away_from_its_owner() -> None:
    world = World()
    term = {"entry": ["in_work"], "rotate": False, "budget": "1h", "calendar": "office", "pause_after": 1}
    world.edit("term", name="Срок", verdict_delay="0s", **term)
    lead = world.lead()
    world.take(lead, by="anna")
    world.until("11:30")
    assert world.person("anna").paused_at is not None
    expect_offer(lead, to="anna", due="12:00", turn=2)


@pytest.mark.rule("S-56")
def test_moving_on_closes_one_cycle_and_opens_the_next_stages() -> None:
    world = World()
    term = {"entry": ["in_work"], "rotate": False, "budget": "1h", "calendar": "office"}
    world.edit("qualification", name="Квалификация", **term)
    lead = world.lead()
    world.move(lead, "in_work", by="anna")
    assert [(cycle.drum.key, cycle.state) for cycle in cycles(lead.id)] == [
        ("drum", "taken"),
        ("qualification", "offered"),
    ]
    world.forward(minutes=10)
    world.move(lead, "qualified", by="anna")
    assert [cycle.state for cycle in cycles(lead.id)] == ["taken", "taken"]
    world.jump(hours=1)
    assert world.now - lead.row.arrived_at == timedelta(minutes=70)


def cycles(lead: int) -> list[Cycle]:
    return list(Cycle.objects.filter(lead=lead).select_related("drum").order_by("number"))
