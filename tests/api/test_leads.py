"""Leads through the API: in, read, moved, assigned, declined, taken."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from leaddrum.models import Lead, Request
from tests.api.conftest import Caller, caller
from tests.world import World

LEAD = {
    "title": "Окна на дачу",
    "name": "Пётр",
    "phone": "8 (912) 345-67-89",
    "email": "Petr@Example.COM",
    "source": "call",
    "owner": "boris",
    "external_id": "crm-17",
    "fields": {"region": "Пермь", "sum": 120000, "tags": ["дача", "срочно"]},
}


@pytest.mark.rule("S-1")
def test_a_lead_comes_in_and_is_offered(world: World, admin: Caller) -> None:
    made = admin.post("leads", LEAD)
    assert made.status == 201
    lead = Lead.objects.get(pk=made.body["id"])
    assert (lead.phone_key, lead.email_key) == ("+79123456789", "petr@example.com")
    assert lead.fields == LEAD["fields"]
    kept = Request.objects.get(lead=lead)
    assert (kept.channel, kept.external_id, kept.payload) == ("api", "crm-17", LEAD)

    story = admin.get(f"leads/{lead.pk}")
    assert story.status == 200
    assert (story.body["stage"], story.body["owner"]) == ("new", "boris")
    (cycle,) = story.body["cycles"]
    assert (cycle["number"], cycle["drum"], cycle["state"], cycle["misses"]) == (1, "drum", "offered", 0)
    (turn,) = cycle["turns"]
    assert (turn["number"], turn["person"], turn["verdict"]) == (1, "boris", None)
    assert turn["due_at"] == "2026-03-02T07:30:00+00:00" or turn["due_at"] == "2026-03-02T07:30:00Z"
    chosen = [line["person"] for line in turn["candidates"] if line["chosen"]]
    assert chosen == ["boris"]
    assert all(line["reason"] for line in turn["candidates"])


def test_the_same_external_id_is_the_same_lead(world: World, admin: Caller) -> None:
    first = admin.post("leads", LEAD)
    again = admin.post("leads", LEAD | {"title": "Другое"})
    assert (again.status, again.body["id"], again.body["outcome"]) == (200, first.body["id"], "repeated")
    assert Lead.objects.count() == 1


@pytest.mark.rule("S-25")
@pytest.mark.parametrize("again", [{"phone": "+7 912 345 67 89"}, {"email": "PETR@example.com", "name": "Другой"}])
def test_a_known_client_joins_his_open_lead(world: World, admin: Caller, again: dict[str, str]) -> None:
    first = admin.post("leads", LEAD)
    joined = admin.post("leads", again)
    assert joined.status == 200
    assert joined.body == {"id": first.body["id"], "outcome": "joined", "joined": True}
    assert Request.objects.filter(lead=first.body["id"]).count() == 2


def test_a_number_may_be_sent_as_a_number_and_null_is_nothing(world: World, admin: Caller) -> None:
    made = admin.post("leads", {"name": None, "phone": 79123456789, "external_id": 17, "fields": None})
    assert made.status == 201
    assert Lead.objects.get(pk=made.body["id"]).phone_key == "+79123456789"
    assert Request.objects.get().external_id == "17"


def test_moving_assigning_declining_taking(world: World, admin: Caller) -> None:
    lead = world.lead(owner="anna")
    cycle, number = lead.turn
    gone = admin.post(f"turns/{cycle}-{number}/decline", {"by": "anna", "reason": "не мой профиль"})
    assert gone.status == 200
    assert gone.body["cycles"][0]["turns"][0]["verdict"] == "returned"
    late = admin.post(f"turns/{cycle}-{number}/take", {"by": "anna"})
    assert late.status == 409
    assert late.where == ["turn"]
    given = admin.post(f"leads/{lead.id}/assign", {"person": "clara", "by": "olga"})
    assert (given.status, given.body["owner"]) == (200, "clara")
    cycle, number = lead.turn
    taken = admin.post(f"turns/{cycle}-{number}/take", {"by": "clara"})
    assert (taken.status, taken.body["cycles"][0]["state"]) == (200, "taken")
    moved = admin.post(f"leads/{lead.id}/move", {"stage": "qualified", "by": "clara"})
    assert (moved.status, moved.body["stage"]) == (200, "qualified")
    world.check()


@pytest.mark.parametrize(
    ("path", "body", "status", "where"),
    [
        ("leads/{lead}/move", {"stage": "нет", "by": "anna"}, 422, "stage"),
        ("leads/{lead}/move", {"stage": "in_work", "by": "nobody"}, 422, "by"),
        ("leads/{lead}/move", {"stage": 5}, 422, "stage"),
        ("leads/{lead}/move", {"stage": "in_work", "who": "anna"}, 422, "who"),
        ("leads/{lead}/move", {}, 422, "stage"),
        ("leads/{lead}/move", [], 422, "body"),
        ("leads/{lead}/assign", {"person": "nobody"}, 422, "person"),
        ("leads/999999/move", {"stage": "in_work"}, 404, "lead"),
        ("leads/abc/move", {"stage": "in_work"}, 404, "lead"),
        ("leads/99999999999999999999999/move", {"stage": "in_work"}, 404, "lead"),
        ("turns/{turn}/decline", {"by": "boris", "reason": "нет"}, 409, "not_yours"),
        ("turns/{turn}/decline", {"by": "anna", "reason": "\u0007 "}, 422, "reason"),
        ("turns/1-2-3/decline", {"by": "anna", "reason": "нет"}, 404, "turn"),
        ("turns/{turn}9/decline", {"by": "anna", "reason": "нет"}, 404, "turn"),
        ("turns/٣-١/take", {"by": "anna"}, 404, "turn"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_place(
    world: World, admin: Caller, path: str, body: Any, status: int, where: str
) -> None:
    lead = world.lead(owner="anna")
    answer = admin.post(path.format(lead=lead.id, turn="{}-{}".format(*lead.turn)), body)
    assert (answer.status, answer.where) == (status, [where])


def test_a_lead_of_another_company_is_not_there(world: World) -> None:
    lead = world.lead(owner="anna")
    other = World()
    stranger = caller(other)
    turn = "{}-{}".format(*lead.turn)
    for answer in (
        stranger.get(f"leads/{lead.id}"),
        stranger.post(f"leads/{lead.id}/move", {"stage": "junk"}),
        stranger.post(f"turns/{turn}/take", {"by": "anna"}),
        stranger.post(f"turns/{turn}/decline", {"by": "anna", "reason": "нет"}),
        stranger.post(f"incidents/{turn}/annul", {"by": "anna", "why": "нет"}),
    ):
        assert answer.status == 404
    assert lead.stage == "new"


def test_an_arrival_costs_the_same_few_queries(
    world: World, admin: Caller, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    admin.post("leads", LEAD)
    with django_assert_max_num_queries(40):
        admin.post("leads", {"title": "Ещё один", "phone": "+7 912 000 00 01"})
