"""A CRM apart that loses answers, sleeps, forgets to call, refuses and is meddled with (S-36, S-39 to S-41, S-44)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leaddrum import engine, lanes
from leaddrum.core.course import Facts
from leaddrum.core.rules import run
from leaddrum.crm import reading
from leaddrum.engine import desk, writes
from leaddrum.models import Company, CrmWrite, Lane, Lead, Request
from tests.crm.floor import PortalWorld
from tests.crm.portal import Died, Portal
from tests.world import Card, expect_offer, expect_taken, expect_verdicts, wall


@pytest.mark.rule("S-1", "S-39")
def test_a_lead_that_no_event_told_of_is_found_by_the_sweep() -> None:
    world = PortalWorld()
    world.tick()
    keys = [world.portal.add(title=f"Лид {number}") for number in range(120)]  # three pages
    world.edit(open_offers_cap=100)
    world.forward(minutes=2)
    assert Lead.objects.filter(crm_key__in=keys).count() == 120
    assert {wall(lead.arrived_at) for lead in Lead.objects.all()} == {"mon 10:00"}


@pytest.mark.rule("S-39")
def test_events_lost_doubled_and_out_of_order_change_nothing_but_latency() -> None:
    world = PortalWorld()
    lead = world.lead()
    key = world.key_of(lead)
    for _ in range(3):
        world.hint(key)
    world.hints = False
    world.move(lead, "in_work", by="anna")
    assert lead.state == "offered"  # nobody told us
    world.forward(minutes=2)  # the sweep does not find it in the entry stage any more
    expect_taken(lead, by="anna")
    old = [world.portal.leads[key]]
    engine.mirror.seen(world.company_id, old, read_at=world.now - timedelta(minutes=5), now=world.now)
    assert lead.journal == ["arrived", "offered", "started", "taken"]


@pytest.mark.rule("S-39")
def test_a_reading_older_than_what_is_known_is_not_believed() -> None:
    world = PortalWorld()
    lead = world.lead()
    before = world.portal.leads[world.key_of(lead)]
    world.forward(minutes=1)
    world.take_card(lead, by="anna")
    engine.mirror.seen(world.company_id, [before], read_at=world.now - timedelta(seconds=30), now=world.now)
    assert lead.state == "taken"
    assert lead.stage == "in_work"


@pytest.mark.rule("S-3", "S-40")
@pytest.mark.parametrize("answer", ["unsure", "lost", "busy"])
def test_a_turn_starts_when_the_owner_is_confirmed_and_not_before(answer: str) -> None:
    world = PortalWorld()
    world.tick()  # the first sweep has been
    world.portal.answers = [answer]
    lead = world.lead()
    assert lead.cycle.turn["asked"] == "arrived"
    assert world.notices("anna") == []
    world.forward(seconds=30)
    assert lead.owner == "anna"
    assert lead.cycle.turn.get("asked") is None
    assert lead.due is not None
    assert wall(lead.due)[:9] == "mon 10:30"
    assert lead.due > world.at("10:30")  # the whole budget from the confirmation on
    assert world.notices("anna") == ["offer"]
    sent = [write for write in world.portal.writes if write[1] == "owner"]
    assert len(sent) == (1 if answer == "unsure" else 2)  # read back: what was applied is not sent again
    CrmWrite.objects.get(state="done")


@pytest.mark.rule("S-40", "S-44")
def test_a_request_that_lands_late_does_not_give_the_lead_to_a_former_holder() -> None:
    world = PortalWorld()
    world.portal.answers = ["late"]
    lead = world.lead()
    world.pause("anna")  # before anything is known of that request
    world.forward(seconds=5)
    expect_offer(lead, to="boris")
    assert lead.owner == "boris"
    for key, change in world.portal.late:
        world.portal.apply(key, change)  # now it lands: the owner is anna
    world.hint(world.key_of(lead))
    world.forward(seconds=5)
    expect_offer(lead, to="boris")
    assert world.portal.leads[world.key_of(lead)].owner == world.pk("boris")
    assert "pinned" not in lead.journal


@pytest.mark.rule("S-44")
def test_our_own_writes_come_back_as_events() -> None:
    world = PortalWorld()
    lead = world.lead()
    world.forward(minutes=31)
    before = lead.journal
    world.hint(world.key_of(lead))
    assert lead.journal == before
    assert lead.cycle.number == 1
    assert lead.cycle.pinned is None


@pytest.mark.rule("S-3")
def test_somebody_the_crm_does_not_accept_is_passed_over_with_the_reason() -> None:
    world = PortalWorld()
    world.portal.strangers = {world.pk("anna")}
    lead = world.lead()
    expect_offer(lead, to="boris", due="10:30", turn=2)
    expect_verdicts(lead, "anna void")
    assert lead.candidates["anna"] == "refused"
    assert world.notices("anna") == []  # he was never told of an offer, so there is nothing to take back
    assert lead.incidents == []


@pytest.mark.rule("S-3")
def test_nobody_whom_the_crm_accepts_is_a_visible_hold() -> None:
    world = PortalWorld()
    world.portal.strangers = {world.pk(person) for person in ("anna", "boris", "clara")}
    lead = world.lead()
    assert (lead.state, lead.cycle.hold_reason) == ("held", "cooldown")
    world.portal.strangers = set()
    world.forward(minutes=31)
    expect_offer(lead, to="anna")


@pytest.mark.rule("S-41")
def test_no_verdict_while_the_crm_does_not_answer() -> None:
    world = PortalWorld()
    lead = world.lead()
    world.forward(minutes=28)
    world.portal.down = True
    world.forward(minutes=30)
    assert lead.state == "offered"
    assert lead.incidents == []
    company = Company.objects.get(pk=world.company_id)
    assert company.crm_down_at is not None
    assert "timed out" in company.crm_error


@pytest.mark.rule("S-41")
def test_a_take_made_meanwhile_counts_when_it_is_back() -> None:
    world = PortalWorld()
    lead = world.lead()
    world.forward(minutes=25)
    world.portal.down = True
    world.hints = False
    world.portal.move(world.key_of(lead), "in_work", world.pk("anna"), at=world.now + timedelta(minutes=4))
    world.forward(minutes=60)
    assert lead.state == "offered"
    world.portal.down = False
    world.forward(minutes=2)
    expect_taken(lead, by="anna")
    expect_verdicts(lead, "anna taken")
    assert lead.incidents == []
    assert Company.objects.get(pk=world.company_id).crm_down_at is None


@pytest.mark.rule("S-41")
def test_a_long_outage_makes_the_turn_longer_by_itself() -> None:
    world = PortalWorld()
    lead = world.lead()
    world.forward(minutes=10)
    world.portal.down = True
    world.forward(minutes=40)  # noticed by the sweep, within a minute
    world.portal.down = False
    world.forward(minutes=2)
    (moved,) = lead.entries("extended")
    assert moved.data["reason"] == "outage"
    assert lead.due is not None
    assert timedelta(minutes=58) <= lead.due - world.at("10:10") <= timedelta(minutes=63)
    assert lead.incidents == []
    world.forward(minutes=30)
    expect_verdicts(lead, "anna missed")
    assert lead.incidents[0].excuse == ""


@pytest.mark.rule("S-41")
def test_a_short_one_changes_nothing() -> None:
    world = PortalWorld()
    lead = world.lead()
    world.forward(minutes=10)
    world.portal.down = True
    world.forward(minutes=3)
    world.portal.down = False
    world.forward(minutes=2)
    assert lead.entries("extended") == []
    assert wall(lead.due) == "mon 10:30"


@pytest.mark.rule("S-36")
def test_learned_late_that_it_was_taken_in_time() -> None:
    """The portal shows the take only after its cache expired: the miss has fallen meanwhile."""
    world = PortalWorld()
    lead = world.lead()
    world.hints = False
    world.forward(minutes=31)
    expect_offer(lead, to="boris")
    world.portal.move(world.key_of(lead), "in_work", world.pk("anna"), at=world.at("10:29"))
    world.look(world.key_of(lead))
    world.tick()
    expect_taken(lead, by="anna")
    expect_verdicts(lead, "anna missed", "boris void")
    assert lead.incidents[0].annulled_at is not None
    assert world.portal.leads[world.key_of(lead)].owner == world.pk("anna")


def test_what_people_change_between_our_reading_and_our_writing_is_seen() -> None:
    """I4: there is no compare-and-set over REST; the answer to the write, or the next reading, shows what happened."""
    world = PortalWorld()
    lead = world.lead()
    world.forward(minutes=29, seconds=50)
    world.portal.meddle = [(world.key_of(lead), world.pk("clara"), world.pk("olga"))]
    world.forward(seconds=15)
    assert lead.state == "offered"
    assert lead.owner == lead.holder


@pytest.mark.rule("S-34", "S-40")
def test_a_press_in_time_counts_although_the_crm_is_asleep() -> None:
    world = PortalWorld()
    lead = world.lead()
    world.forward(minutes=29)
    world.portal.down = True
    world.take(lead, by="anna")
    world.forward(minutes=10)
    expect_taken(lead, by="anna")
    world.portal.down = False
    world.forward(minutes=3)
    assert world.portal.leads[world.key_of(lead)].stage == "in_work"
    expect_verdicts(lead, "anna taken")
    assert lead.cycle.number == 1


def test_many_deadlines_are_read_in_batches() -> None:
    world = PortalWorld(open_offers_cap=100)
    leads = [world.lead(f"Лид {number}") for number in range(60)]
    world.forward(minutes=29)
    world.hints = False
    world.portal.reads = 0
    world.forward(minutes=1, seconds=5)
    assert all(card.cycle.misses == 1 for card in leads)
    assert world.portal.reads <= 12  # two batches for the verdicts, some for the owners and the sweep


def test_what_only_the_crm_can_do_is_refused_with_the_reason() -> None:
    world = PortalWorld()
    lead = world.lead()
    with pytest.raises(engine.Refused, match="in_crm"):
        engine.delete(lead.id, by=world.pk("irina"), now=world.now)
    with pytest.raises(engine.Refused, match="in_crm"):
        engine.arrive(world.company_id, engine.Arrival(title="С сайта"), now=world.now)


def test_assigned_from_our_own_page() -> None:
    world = PortalWorld()
    lead = world.lead()
    engine.assign(lead.id, world.pk("clara"), by=world.pk("olga"), now=world.now)
    world.tick()
    expect_offer(lead, to="clara", due="10:30")
    assert world.portal.leads[world.key_of(lead)].owner == world.pk("clara")
    assert lead.cycle.pinned_id == world.pk("clara")


@pytest.mark.rule("S-40")
def test_a_process_that_dies_with_a_request_under_way_leaves_nothing_doubled() -> None:
    world = PortalWorld()
    world.tick()
    world.portal.answers = ["dies"]
    with pytest.raises(Died):
        world.lead()
    world.forward(minutes=3)  # its lease has run out, and another one reads before it writes
    lead = Card(world, Lead.objects.get().pk)
    expect_offer(lead, to="anna")
    assert lead.cycle.turn.get("asked") is None
    assert [kind for _, kind, _ in world.portal.writes] == ["owner"]
    assert world.notices("anna")[0] == "offer"


@pytest.mark.rule("S-31", "S-34")
def test_a_take_that_the_crm_refuses_brings_the_lead_back() -> None:
    world = PortalWorld()
    lead = world.lead()
    world.forward(minutes=5)
    world.portal.locked = True
    world.take(lead, by="anna")
    assert lead.state == "taken"
    world.forward(minutes=2)
    assert "Budget" in CrmWrite.objects.get(kind="stage").error
    assert lead.cycle.number == 2
    expect_offer(lead, to="anna")


def test_answers_nobody_has_foreseen_keep_no_other_company_waiting() -> None:
    strange = PortalWorld()
    lead = strange.lead()
    strange.portal.strange = True
    strange.hints = False
    strange.forward(minutes=40)
    lane = Lane.objects.get(company=strange.company_id, channel="crm-read")
    assert (lane.error, lane.lease) == ("KeyError", "")
    assert lane.failures > 1
    assert lead.incidents == []  # I3
    strange.portal.strange = False
    strange.forward(minutes=2)
    assert len(lead.incidents) == 1


def test_a_reading_longer_than_a_lease_stays_with_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    world = PortalWorld(open_offers_cap=100)
    world.tick()
    for number in range(120):
        world.portal.add(title=f"Лид {number}")
    Lane.objects.filter(channel="crm-read").update(next_send_at=world.now)
    lane = lanes.claim(world.now, ["crm-read"])
    assert lane is not None
    watch = lanes.Watch(world.now)
    monkeypatch.setattr(Portal, "sweep", timedelta(0))
    at = iter(world.now + timedelta(seconds=20 * number) for number in range(1000))
    monkeypatch.setattr(lanes.Watch, "now", lambda _: next(at))
    reading.serve(lane, watch)
    assert Lead.objects.count() == 120
    lane.refresh_from_db()
    assert lane.next_send_at is not None
    assert lane.next_send_at > world.now + lanes.LEASE  # nobody else could have claimed it meanwhile


@pytest.mark.rule("S-46", "I5")
def test_a_lead_that_cannot_be_decided_about_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one that waits for its verdict nor one that has just come."""
    world = PortalWorld()
    bad, good = world.lead("плохой"), world.lead("хороший")
    titles = {"плохой", "новый плохой"}

    def deciding(facts: Facts, *rest: Any) -> Any:
        if Lead.objects.get(pk=facts.cycle.lead).title in titles:
            raise ArithmeticError("no way")
        return run(facts, *rest)

    monkeypatch.setattr(desk, "run", deciding)
    fresh, fine = world.portal.add(title="новый плохой"), world.portal.add(title="новый")
    world.forward(minutes=32)
    assert [(lead.holder, bool(lead.cycle.error)) for lead in (bad, good)] == [("anna", True), ("anna", False)]
    assert bad.journal.count("failed") == 1
    assert set(Lead.objects.values_list("crm_key", flat=True)) >= {fine}
    (kept,) = Request.objects.filter(lead=None)
    assert (kept.payload["title"], kept.external_id) == ("новый плохой", f"crm:{fresh}")
    titles.clear()
    world.forward(hours=1)
    assert (bad.cycle.error, bad.verdicts[0]) == ("", ("anna", "missed"))
    kept.refresh_from_db()
    assert (kept.lead_id, kept.errors) == (Lead.objects.get(crm_key=fresh).pk, [])


@pytest.mark.rule("S-41", "I5")
def test_a_lead_that_cannot_be_decided_about_ends_the_outage_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    world = PortalWorld()
    bad, good = world.lead("плохой"), world.lead("хороший")

    def deciding(facts: Facts, *rest: Any) -> Any:
        if facts.cycle.lead == bad.id:
            raise ArithmeticError("no way")
        return run(facts, *rest)

    monkeypatch.setattr(desk, "run", deciding)
    world.portal.down = True
    world.forward(minutes=10)
    world.portal.down = False
    world.forward(minutes=2)
    assert Company.objects.get(pk=world.company_id).crm_down_at is None
    assert (len(good.entries("extended")), bad.journal.count("failed")) == (1, 1)


@pytest.mark.rule("S-49")
def test_what_waits_to_be_told_is_not_tried_through_while_nothing_is_taken() -> None:
    world = PortalWorld(open_offers_cap=50)
    world.portal.deaf = True
    leads = [world.lead(f"Лид {number}") for number in range(20)]
    world.forward(minutes=31)
    waiting = CrmWrite.objects.filter(done_at=None).count()
    assert waiting >= 20
    before = world.portal.tellings
    world.forward(minutes=1)
    assert 2 < world.portal.tellings - before <= 12  # one at a time, five seconds apart
    world.portal.deaf = False
    world.forward(minutes=1)
    assert not CrmWrite.objects.filter(done_at=None).exists()
    assert sum(one.kind == "incident" for one in world.portal.told) == sum(len(lead.incidents) for lead in leads)


@pytest.mark.rule("S-40")
@pytest.mark.parametrize("earlier", [0, 1])
def test_what_was_surely_not_sent_leaves_open_what_an_earlier_attempt_did(earlier: int) -> None:
    world = PortalWorld()
    lead = world.lead()
    row = CrmWrite.objects.create(
        company_id=world.company_id, lead=lead.row, kind="note", created_at=world.now, ready_at=world.now
    )
    for _ in range(earlier):
        writes.trying([row.pk], world.now)
        writes.failed([row.pk], "no answer", world.now)
    writes.trying([row.pk], world.now)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("unsure", earlier + 1)
    writes.failed([row.pk], "over the limit", world.now, untried=True)
    row.refresh_from_db()
    assert row.state == ("unsure" if earlier else "pending")  # an unsure one is looked for before it is sent again


@pytest.mark.rule("S-3", "S-40")
def test_an_answer_counts_at_once_and_once() -> None:
    """Before any reading shows the new owner; and not at all when the request's time was over."""
    world = PortalWorld()
    world.tick()
    world.portal.answers = ["lost", "lost"]
    late, lead = world.lead("поздно"), world.lead("вовремя")
    asked = {row.lead_id: row.pk for row in CrmWrite.objects.filter(kind="owner", done_at=None)}
    writes.unwanted(asked[late.id], now=world.now)
    for one in (late, lead):
        writes.written([asked[one.id]], now=world.now)
        writes.refused([asked[one.id]], "no such user", now=world.now)
    assert lead.row.owner_id == lead.cycle.holder_id
    assert lead.cycle.turn.get("asked") is None
    assert late.row.owner_id is None
    assert late.cycle.turn["asked"] == "arrived"
    assert {row.pk: row.state for row in CrmWrite.objects.filter(pk__in=asked.values())} == {
        asked[late.id]: "stale",
        asked[lead.id]: "done",
    }


@pytest.mark.rule("S-46")
def test_a_nul_in_a_title_stops_nothing() -> None:
    world = PortalWorld()
    lead = world.lead("Ок\x00на", name="Иван\x00" + "ов" * 200)
    assert lead.row.title == "Окна"
    expect_offer(lead, to="anna")
