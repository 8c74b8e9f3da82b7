"""After the take, contacts that the portal itself keeps count: comments, calls, mails, chats (S-38)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leaddrum import engine
from leaddrum.crm.bitrix24 import touched
from leaddrum.crm.bitrix24.answers import Ok, Refused, Reply
from leaddrum.crm.bitrix24.client import Call
from leaddrum.crm.bitrix24.items import Names, instant
from leaddrum.models import Aftercare, Entry, Incident, Portal
from tests.bitrix24.office import USERS, Office
from tests.world import Card

Floor = Callable[..., Office]
pytestmark = [pytest.mark.rule("S-38"), pytest.mark.usefixtures("few_looks")]
ANNA = USERS["anna"]


def taken(floor: Floor) -> tuple[Office, Card]:
    """At 10:00, by Anna; half of her time is over at 10:30, all of it at 11:00."""
    world = floor(relapse="60m", sweep="1h")
    lead = world.lead()
    world.take_card(lead, by="anna")
    assert lead.state == "taken"
    return world, lead


def asked(world: Office) -> int:
    return sum(name == touched.COMMENTS for name, _ in world.portal.called)


DONE: dict[str, dict[str, Any]] = {
    "comment": {},
    "call": {"kind": "2", "direction": 2, "completed": True, "seconds": 90},
    "answered": {"kind": "2", "direction": 1, "completed": True, "seconds": 30},
    "mail": {"kind": "4", "direction": 2, "completed": True},
    "chat": {"kind": "IMOPENLINES_SESSION", "direction": 2, "completed": True},
}
NOT_DONE: dict[str, dict[str, Any]] = {
    "missed": {"kind": "2", "direction": 1, "completed": True, "missed": True},
    "planned": {"kind": "2", "direction": 2, "completed": False},
    "to-do": {"kind": "CRM_TODO", "completed": True},
    "his mail": {"kind": "4", "direction": 1, "completed": True},
}


@pytest.mark.parametrize("what", DONE)
def test_a_contact_in_the_portal_ends_the_clock(floor: Floor, what: str) -> None:
    world, lead = taken(floor)
    world.forward(minutes=10)
    if what == "comment":
        world.portal.comment(world.number(lead), "Позвонила, завтра замер", by=ANNA)
    else:
        world.portal.activity(world.number(lead), by=ANNA, **DONE[what])
    before = asked(world)
    world.until("11:30")
    assert Aftercare.objects.get().state == "contacted"
    assert not Incident.objects.exists()
    assert lead.state == "taken"
    (told,) = Entry.objects.filter(kind="contact")
    assert told.data["person"] == world.pk("anna")
    assert asked(world) - before == 1  # when half of the time was over, and never again


@pytest.mark.parametrize("what", NOT_DONE)
def test_what_is_no_contact_is_none(floor: Floor, what: str) -> None:
    world, lead = taken(floor)
    world.portal.activity(world.number(lead), by=ANNA, **NOT_DONE[what])
    world.until("10:31")
    assert "no_contact" in world.notices("anna")
    world.until("11:01")
    assert Aftercare.objects.get().state == "false"
    assert lead.cycle.number == 2
    assert asked(world) == 2  # once for the reminder, once for the end


def test_a_false_take_counts_against_nobody_while_the_portal_is_only_watched(floor: Floor) -> None:
    world, _lead = taken(floor)
    Portal.objects.update(settings=Portal.objects.get().settings | {"watch_only": True})
    engine.staff_changed(world.company_id, now=world.now)
    world.until("11:01")
    assert [(one.turn_number, one.excuse) for one in Incident.objects.all()] == [(0, "watched")]


def test_our_own_notes_and_what_was_written_before_the_take_do_not_count(floor: Floor) -> None:
    world = floor(relapse="60m", sweep="1h")
    lead = world.lead()
    world.portal.comment(world.number(lead), "Видела, беру", by=ANNA)
    world.forward(minutes=5)
    world.take_card(lead, by="anna")
    world.forward(minutes=1)
    world.portal.comment(world.number(lead), "Взято вовремя.\nLeadDrum 12-3", by=USERS["irina"])
    world.portal.comment(world.number(lead), "Робот: лид обогащён", by=0)
    world.until("11:06")
    assert Aftercare.objects.get().state == "false"


def test_no_false_take_while_the_portal_does_not_answer(floor: Floor) -> None:
    world, lead = taken(floor)
    world.until("10:50")
    world.portal.activity(world.number(lead), by=ANNA, **DONE["call"])
    world.portal.faults.plan("drop_before", times=0)
    world.until("11:20")
    assert Aftercare.objects.get().state == "running"
    assert not Incident.objects.exists()
    world.portal.faults.clear()
    world.until("11:25")
    assert Aftercare.objects.get().state == "contacted"


def test_without_the_clock_nothing_is_asked(floor: Floor) -> None:
    world = floor(sweep="1h")
    lead = world.lead()
    world.take_card(lead, by="anna")
    world.until("11:30")
    assert asked(world) == 0


def test_strange_answers_are_no_contacts() -> None:
    names = Names(people={ANNA: 1}, stages=frozenset(), pipelines=frozenset(), user=1)
    since = instant("2026-03-02T10:00:00+03:00")
    assert since is not None
    strange: list[Any] = [
        {},
        {"COMMENT": "x"},
        {"COMMENT": "x", "CREATED": "yesterday", "AUTHOR_ID": "27"},
        {"TYPE_ID": 2},
    ]
    replies: list[Reply] = [Ok(strange), Refused("OWNER_NOT_FOUND", "gone")]
    pairs = [(Call("x"), reply) for reply in replies]
    assert touched.found([("lead:1", since)], pairs, names) == {"lead:1": []}
