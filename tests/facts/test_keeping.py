"""The books behind the engine: facts that follow the journal, and cost what changed (S-50)."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leaddrum import engine
from leaddrum.facts import keep
from leaddrum.facts import query as star
from leaddrum.models import Company, Day, Entry, FactIncident, FactLead, FactTurn, Incident, Keeping, Person, Seal
from tests.world import Card, World


def kept(world: World) -> None:
    while keep.step(world.now):
        pass


def lead_of(card: Card) -> FactLead:
    return FactLead.objects.filter(lead_id=card.id).latest("passage")


def test_a_lead_that_was_missed_and_then_taken_is_counted_on_both_clocks(world: World) -> None:
    card = world.lead(source="site")
    world.forward(minutes=30)  # Anna's budget is over: it goes to Boris
    world.forward(minutes=12)
    world.take(card, by="boris")
    kept(world)

    fact = lead_of(card)
    assert (fact.state, fact.is_taken, fact.is_taken_in_time) == ("taken", True, False)
    assert (fact.turns, fact.hand_overs, fact.misses, fact.taken_turn) == (2, 1, 1, 2)
    assert fact.wait_seconds == fact.service_seconds == 42 * 60
    assert (fact.offered_seconds, fact.held_seconds, fact.system_seconds) == (42 * 60, 0, 0)
    missed, taken = FactTurn.objects.filter(lead_id=card.id).order_by("turn_number")
    assert (missed.verdict, missed.worked_seconds, missed.take_seconds, missed.is_answerable) == (
        *("missed", 30 * 60, None),
        True,
    )
    assert (taken.verdict, taken.take_seconds, taken.offered_hour) == ("taken", 12 * 60, 10)
    incident = FactIncident.objects.get(lead_id=card.id)
    assert (incident.is_answerable, incident.next_person_id) == (True, Person.objects.get(key="boris").pk)


def test_lunch_is_on_the_clients_clock_and_on_nobody_elses(world: World) -> None:
    world.until("12:50")
    card = world.lead()
    world.until("14:05")
    world.take(card, by="anna")
    kept(world)
    turn = FactTurn.objects.get(lead_id=card.id)
    assert (turn.take_seconds, turn.elapsed_seconds) == (15 * 60, 75 * 60)
    assert lead_of(card).wait_seconds == 75 * 60
    assert lead_of(card).service_seconds == 15 * 60


def test_the_night_before_an_offer_is_on_hold(world: World) -> None:
    world.until("18:30")
    card = world.lead()
    world.until("tue 09:10")
    world.take(card, by="anna")
    kept(world)
    fact = lead_of(card)
    assert fact.holds == 1
    assert fact.wait_seconds == fact.held_seconds + fact.offered_seconds + fact.system_seconds
    assert (fact.held_seconds, fact.offered_seconds) == (14.5 * 3600, 600)


def test_an_annulment_reaches_every_fact_and_only_these_get_a_new_stamp(world: World) -> None:
    other, card = world.lead(), world.lead()
    world.forward(minutes=30)
    kept(world)
    before = {fact.passage_id: fact.change_stamp for fact in FactLead.objects.all()}
    incident = Incident.objects.get(lead=card.id)
    engine.annul(incident.pk, by=Person.objects.get(key="olga").pk, why="был на встрече", now=world.now)
    kept(world)

    assert FactIncident.objects.get(incident_id=incident.pk).is_annulled
    turn = FactTurn.objects.get(lead_id=card.id)
    assert turn.is_annulled
    assert not turn.is_answerable
    assert lead_of(card).misses_annulled == 1
    assert lead_of(card).change_stamp > before[lead_of(card).passage_id]
    assert lead_of(other).change_stamp == before[lead_of(other).passage_id]


def test_a_deleted_lead_is_marked_even_when_it_was_taken_long_ago(world: World) -> None:
    card = world.lead()
    world.take(card, by="anna")
    kept(world)
    assert not lead_of(card).is_deleted
    engine.delete(card.id, by=None, now=world.now)
    kept(world)
    assert lead_of(card).is_deleted
    assert FactTurn.objects.get(lead_id=card.id).is_deleted


def test_the_calendar_of_days_has_no_holes(world: World) -> None:
    world.lead()
    kept(world)
    days = list(Day.objects.order_by("date"))
    assert (days[-1].date - days[0].date).days == len(days) - 1
    assert str(days[-1].date) == "2026-12-31"
    assert {day.working_seconds for day in days if day.weekday == 1} == {8 * 3600}
    assert {day.working_seconds for day in days if day.weekday == 7} == {0}


def test_what_has_not_changed_is_not_looked_at(world: World) -> None:
    for _ in range(5):
        world.lead()
    kept(world)
    with CaptureQueriesContext(connection) as queries:
        assert not keep.step(world.now)
    assert len(queries) == 2  # companies that moved, day sheets that are due


def test_long_histories_come_in_steps_and_end_with_the_same_facts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        world.lead()
        world.forward(minutes=31)
    kept(world)
    names = [f.attname for f in FactTurn._meta.local_concrete_fields if not f.attname.startswith("change")]
    at_once = list(FactTurn.objects.order_by("pk").values_list(*names))
    FactTurn.objects.all().delete()
    Keeping.objects.all().delete()
    Seal.objects.all().delete()
    monkeypatch.setattr(keep, "LIMIT", 3)
    kept(world)
    assert list(FactTurn.objects.order_by("pk").values_list(*names)) == at_once
    assert Keeping.objects.get().head == Company.objects.get().head


def test_a_quiet_company_skips_what_others_have_journalled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.lead()
    kept(world)
    quiet = Company.objects.create(key="quiet", name="Тихая", zone="Europe/Moscow")
    monkeypatch.setattr(keep, "FAR", 1)
    kept(world)
    assert Keeping.objects.get(company=quiet).entry == Entry.objects.latest("pk").pk


def test_the_views_hold_the_same_rows_under_their_promised_names(world: World) -> None:
    card = world.lead(source="site")
    world.forward(minutes=30)
    kept(world)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.company, p.person_key, s.source_name, d.drum_key, t.budget_seconds, t.verdict FROM fact_turn t"
            " JOIN dim_person p ON p.person_id = t.person_id JOIN dim_source s ON s.source_id = t.source_id"
            " JOIN dim_drum d ON d.drum_id = t.drum_id JOIN dim_date y ON y.date = t.offered_on WHERE t.lead_id = %s",
            [card.id],
        )
        assert cursor.fetchall() == [(Company.objects.get().key, "anna", "site", "drum", 1800, "missed")]
    assert FactTurn.objects.get(lead_id=card.id).changed_at == world.now.replace(microsecond=0)


def test_a_person_renamed_and_a_new_source_reach_an_incremental_refresh_and_nothing_else_does(world: World) -> None:
    world.lead(source="site")
    kept(world)

    def since(stamp: int) -> list[tuple[str, object]]:
        found = []
        for name in ("dim_person", "dim_department", "dim_drum", "dim_source", "dim_date"):
            query = star.whole(name, world.company_id, since=stamp)
            found += [(name, row[1]) for row in star.rows(query)]
        return found

    assert len(since(0)) > 300  # every day of the year among them
    before = Keeping.objects.get().stamp
    assert since(before) == []
    world.person_table("anna")["name"] = "Анна Лебедева"
    world.apply()
    kept(world)
    assert since(before) == [("dim_person", "anna")]
    before = Keeping.objects.get().stamp
    world.lead(source="fair")
    kept(world)
    assert since(before) == [("dim_source", "fair")]
    stamps = set(FactLead.objects.values_list("change_stamp", flat=True))
    assert before + 1 == max(stamps)


def test_a_deleted_lead_is_marked_in_all_of_its_passages(world: World) -> None:
    card = world.lead()
    world.take(card, by=card.holder or "")
    world.move(card, "new", by="anna")
    kept(world)
    world.delete(card)
    kept(world)
    assert list(FactLead.objects.order_by("passage").values_list("passage", "is_deleted")) == [(1, True), (2, True)]
    assert set(FactTurn.objects.values_list("is_deleted", flat=True)) == {True}


def test_of_two_that_became_one_every_passage_says_so(world: World) -> None:
    first = world.lead()
    world.take(first, by=first.holder or "")
    world.forward(minutes=5)
    second = world.lead()
    world.take(second, by=second.holder or "")
    kept(world)
    engine.merge(first.id, into=second.id, by=world.pk("irina"), now=world.now)
    kept(world)
    assert lead_of(first).is_deleted
    assert not lead_of(second).is_deleted
    assert lead_of(second).arrived_at == lead_of(first).arrived_at


def test_edited_hours_reach_the_days_to_come_and_no_earlier_ones(world: World) -> None:
    world.lead()
    kept(world)
    day = Day.objects.filter(date=world.now.date())
    was = day.get().working_seconds
    world.jump(days=7)
    world.file["calendars"]["office"]["weekdays"] = ["10:00-12:00"]
    world.apply()
    stamp = Keeping.objects.get().stamp
    kept(world)
    assert day.get().working_seconds == was
    assert Day.objects.get(date=world.now.date()).working_seconds == 2 * 3600
    since = star.whole("dim_date", world.company_id, stamp)
    assert {row[0] for row in star.rows(since)} >= {"2026-03-09"}
    assert "2026-03-02" not in {row[0] for row in star.rows(since)}


def test_one_companys_trouble_keeps_no_other_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    Company.objects.create(pk=world.company_id - 1, key="a-first", name="Чужая", zone="Europe/Moscow")
    step = keep.company_step

    def failing(company: Company, now: datetime) -> bool:
        if company.pk != world.company_id:
            raise ValueError("this company's zone is gone")
        return step(company, now)

    world.lead()
    monkeypatch.setattr(keep, "company_step", failing)
    with pytest.raises(ValueError, match="zone"):
        keep.step(world.now)
    assert FactLead.objects.count() == 1
