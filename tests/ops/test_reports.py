"""A lead's story and the journal in the shapes others rely on, in a constant number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from leaddrum import reports
from tests.world import Card, World


def story(lead: Card) -> dict[str, Any]:
    return reports.lead_story(lead.id, now=lead.world.now)


def queries(call: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as counted:
        call()
    return len(counted)


def test_a_story_has_ended_turns_and_the_running_one(world: World) -> None:
    lead = world.lead("Окна")
    world.until("10:31")
    told = story(lead)
    (cycle,) = told["cycles"]
    assert (told["id"], told["stage"], told["owner"]) == (lead.id, "new", "boris")
    assert (cycle["number"], cycle["drum"], cycle["state"], cycle["misses"]) == (1, "drum", "offered", 1)
    missed, running = cycle["turns"]
    cycle_id = lead.cycle.pk
    assert missed["id"] == f"{cycle_id}-1"
    assert (missed["number"], missed["person"], missed["verdict"]) == (1, "anna", "missed")
    assert missed["due_at"] == "2026-03-02T07:30:00+00:00"
    assert (running["number"], running["person"], running["verdict"], running["verdict_at"]) == (2, "boris", None, None)
    assert {line["person"] for line in running["candidates"]} == {"anna", "boris", "clara"}
    assert [line["person"] for line in running["candidates"] if line["chosen"]] == ["boris"]


@pytest.mark.rule("S-20")
def test_reasons_are_sentences_in_the_language_that_is_active(world: World) -> None:
    lead = world.lead()
    world.until("10:31")
    for language, said in (("ru", "уже был пропуск этого лида, 10:30"), ("en", "missed this lead at 10:30")):
        with translation.override(language):
            running = story(lead)["cycles"][0]["turns"][-1]
        assert {line["person"]: line["reason"] for line in running["candidates"]}["anna"] == said


def test_a_story_costs_the_same_however_long_it_is(world: World) -> None:
    lead = world.lead()
    short = queries(lambda: story(lead))
    world.forward(hours=30)
    assert len(story(lead)["cycles"][0]["turns"]) > 5
    assert queries(lambda: story(lead)) == short <= 5


def test_a_taken_lead_has_no_running_turn(world: World) -> None:
    lead = world.lead()
    world.take(lead, by="anna")
    (cycle,) = story(lead)["cycles"]
    assert (cycle["state"], [turn["verdict"] for turn in cycle["turns"]]) == ("taken", ["taken"])
    assert cycle["taken_by"] == "anna"


def test_the_journal_comes_in_pages_without_gaps(world: World) -> None:
    world.leads(4)
    world.forward(hours=6)
    whole, following = reports.incidents(world.company_id, limit=1000)
    assert following is None
    assert len(whole) == len(world.incidents()) > 5
    after, paged = None, []
    while True:
        items, after = reports.incidents(world.company_id, after=after, limit=2)
        paged += items
        if after is None:
            break
    assert paged == whole
    assert queries(lambda: reports.incidents(world.company_id, limit=2)) == queries(
        lambda: reports.incidents(world.company_id, limit=1000)
    )


def test_the_journal_can_be_narrowed(world: World) -> None:
    world.leads(3)
    world.forward(hours=3)
    anna, _next = reports.incidents(world.company_id, person=world.pk("anna"))
    assert anna
    assert {item["person"] for item in anna} == {"anna"}
    early, _next = reports.incidents(world.company_id, until=world.at("10:31"))
    late, _next = reports.incidents(world.company_id, since=world.at("10:31"))
    assert len(early) == 3
    assert len(early) + len(late) == len(world.incidents())
    item = early[0]
    assert (item["cycle"], item["turn"], item["drum"], item["overdue_seconds"]) == (1, 1, "drum", 0)
    assert item["next_person"]


def test_an_annulled_incident_says_by_whom_and_why(world: World) -> None:
    world.lead()
    world.until("10:31")
    (incident,) = world.incidents()
    world.annul(incident, by="olga", why="был на больничном")
    (item,), _next = reports.incidents(world.company_id)
    assert (item["annulled"], item["annulled_by"], item["annulled_why"]) == (True, "olga", "был на больничном")
