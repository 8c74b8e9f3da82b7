"""The journal and what people were told, page by page; pauses, absences, annulments."""

from __future__ import annotations

from typing import Any

import pytest

from leaddrum.models import Absence
from tests.api.conftest import Caller
from tests.world import World


def _all(admin: Caller, path: str, **query: str) -> list[Any]:
    """Every item, `limit` at a time."""
    items: list[Any] = []
    after = ""
    while True:
        page = admin.get(path, limit="2", **query, **({"after": after} if after else {}))
        assert page.status == 200
        items += page.body["items"]
        if page.body["next"] is None:
            return items
        assert len(page.body["items"]) == 2
        after = page.body["next"]


@pytest.mark.rule("S-47")
def test_the_journal_page_by_page(world: World, admin: Caller) -> None:
    lead = world.lead(owner="anna")
    world.forward(minutes=95)  # anna, boris, clara
    found = _all(admin, "incidents")
    assert [(item["lead"], item["cycle"], item["turn"], item["person"]) for item in found] == [
        (lead.id, 1, 1, "anna"),
        (lead.id, 1, 2, "boris"),
        (lead.id, 1, 3, "clara"),
    ]
    assert [item["next_person"] for item in found][:2] == ["boris", "clara"]
    assert len(_all(admin, "incidents", person="boris")) == 1
    assert len(_all(admin, "incidents", drum="drum")) == 3
    assert len(_all(admin, "incidents", since="2026-03-02T10:31:00+03:00")) == 2
    assert len(_all(admin, "incidents", since="2026-03-02T10:31:00+03:00", until="2026-03-02T11:30:00+03:00")) == 1


@pytest.mark.parametrize(
    ("query", "status", "where"),
    [
        ({"since": "yesterday"}, 422, "since"),
        ({"since": "2026-03-02T10:00:00"}, 422, "since"),
        ({"since": "0001-01-01T00:00:00+03:00"}, 422, "since"),
        ({"until": "9999-12-31T23:59:59-03:00"}, 422, "until"),
        ({"person": "nobody"}, 404, "person"),
        ({"person": "\x00"}, 404, "person"),
        ({"drum": "nothing"}, 404, "drum"),
        ({"after": "x"}, 404, "after"),
        ({"after": "-1"}, 404, "after"),
        ({"limit": "0"}, 422, "limit"),
        ({"limit": "100000"}, 422, "limit"),
    ],
)
def test_wrong_questions(world: World, admin: Caller, query: dict[str, str], status: int, where: str) -> None:
    answer = admin.get("incidents", **query)
    assert (answer.status, answer.where) == (status, [where])


def test_what_a_person_was_told(world: World, admin: Caller) -> None:
    lead = world.lead(owner="anna")
    world.forward(minutes=31)
    told = _all(admin, "people/anna/notices")
    assert [notice["kind"] for notice in told] == world.notices("anna")
    assert told[0]["kind"] == "offer"
    assert told[0]["turn"] == f"{lead.cycle.pk}-1"
    assert told[0]["data"]["next_up"] == "boris"
    assert all(notice["subject"] and notice["lead"] == lead.id for notice in told)
    assert admin.get("people/nobody/notices").status == 404


@pytest.mark.rule("S-24")
def test_pausing_and_absences(world: World, admin: Caller) -> None:
    lead = world.lead(owner="anna")
    assert admin.post("people/anna/pause", {"reason": "обед"}).status == 200
    assert lead.verdicts == [("anna", "void")]
    assert admin.post("people/anna/resume").status == 200
    away = {"from": "2026-03-02T10:00:00+03:00", "to": "2026-03-03T10:00:00+03:00", "reason": "отпуск"}
    made = admin.post("people/boris/absences", away)
    assert made.status == 201
    assert Absence.objects.get(pk=made.body["id"]).person.key == "boris"
    assert lead.verdicts == [("anna", "void"), ("boris", "void")]
    assert admin.post("people/boris/absences", away | {"to": away["from"]}).where == ["to"]
    assert admin.post("people/boris/absences", away | {"to": "2026-03-03T10:00:00"}).where == ["to"]


@pytest.mark.rule("S-24")
def test_an_incident_is_annulled_once(world: World, admin: Caller) -> None:
    lead = world.lead(owner="anna")
    world.forward(minutes=31)
    path = f"incidents/{lead.cycle.pk}-1/annul"
    assert admin.post(path, {"by": "olga", "why": "была на больничном"}).status == 200
    assert admin.get("incidents").body["items"][0]["annulled_why"] == "была на больничном"
    assert admin.post(path, {"by": "olga", "why": "ещё раз"}).status == 409
    assert admin.post(f"incidents/{lead.cycle.pk}-2/annul", {"by": "olga", "why": "нет"}).where == ["incident"]
