"""The portal's queue of offline events as a source of hints (S-39, S-44)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from leaddrum.crm.bitrix24 import application, offline
from leaddrum.models import Hint, Incident, PortalApp
from tests.bitrix24.office import USERS, Office

Floor = Callable[..., Office]
RESERVED, SOURCE = "rest_offline_extended", "rest_auth_connector"
pytestmark = [pytest.mark.parametrize("floor", ["application"], indirect=True), pytest.mark.rule("S-39")]


def deaf(floor: Floor, sweep: str = "1h", features: str = "") -> Office:
    """No event reaches us, and the next full look is far away."""
    world = floor(sweep=sweep, features=features)
    world.tick()
    world.events = False
    return world


def there(world: Office) -> list[str]:
    """What stands in the queue."""
    assert world.portal.delivery is not None
    return [row["event"] for row in world.portal.delivery.offline]


@pytest.mark.parametrize("features", ["", RESERVED, f"{RESERVED} {SOURCE}"])
def test_what_no_event_told_of_is_in_the_queue(floor: Floor, features: str) -> None:
    world = deaf(floor, features=features)
    number = world.portal.lead("Окна", by=0, assignedById=USERS["irina"])
    world.forward(seconds=25)
    lead = world.found(number)
    assert lead.holder == "anna"
    world.portal.move(number, "IN_PROCESS", by=USERS["anna"])
    world.forward(seconds=25)
    assert lead.state == "taken"
    world.forward(minutes=1)
    assert there(world) == []  # what became a hint was cleared
    assert not Hint.objects.exists()


@pytest.mark.rule("S-44")
def test_where_the_plan_knows_sources_our_own_changes_are_not_in_it(floor: Floor) -> None:
    world = deaf(floor, features=f"{RESERVED} {SOURCE}")
    world.portal.import_(3, by=0, assignedById=USERS["irina"])
    world.forward(seconds=25)
    assert "ONCRMLEADUPDATE" not in there(world)  # three owners were set
    assert {each.connector for each in world.portal.bindings if each.offline} == {offline.CONNECTOR}


def test_after_an_outage_it_tells_what_was_missed(floor: Floor) -> None:
    world = deaf(floor, features=RESERVED)
    lead = world.found(world.portal.lead("Окна", by=0, assignedById=USERS["irina"]), after=25)
    world.portal.faults.plan("drop_before", times=0)
    world.forward(minutes=5)
    world.portal.move(world.number(lead), "IN_PROCESS", by=USERS["anna"])
    world.portal.faults.clear()
    world.forward(minutes=2)
    assert lead.state == "taken"
    assert not Incident.objects.exists()


def test_an_answer_that_is_lost_with_what_it_took_off_is_made_good_by_the_sweep(floor: Floor) -> None:
    world = deaf(floor, sweep="5m")
    world.portal.lead("Окна", by=0, assignedById=USERS["irina"])
    world.portal.faults.plan("drop_after", "batch")
    world.forward(seconds=25)
    assert there(world) == []
    world.forward(minutes=5)
    assert world.found(1).holder == "anna"


def test_a_record_that_names_nothing_makes_us_look_at_everything(floor: Floor) -> None:
    world = deaf(floor)
    world.portal.lead("Окна", by=0, assignedById=USERS["irina"])
    assert world.portal.delivery is not None
    for row in world.portal.delivery.offline:
        row["data"] = False
    world.forward(seconds=30)
    assert world.found(1).holder == "anna"


def test_a_portal_that_refuses_is_not_asked_again(floor: Floor) -> None:
    world = deaf(floor)
    world.portal.missing.add(offline.GET)
    world.forward(minutes=1)
    asked = len(world.portal.asked)
    world.forward(minutes=5)
    assert len(world.portal.asked) == asked
    assert "ERROR_METHOD_NOT_FOUND" in PortalApp.objects.get().queue["refused"]
    world.portal.missing.clear()
    application.look_after(PortalApp.objects.get(), now=world.now)
    world.portal.lead("Окна", by=0, assignedById=USERS["irina"])
    world.forward(seconds=25)
    assert world.found(1).holder == "anna"


def test_without_a_public_address_the_queue_alone_is_bound(floor: Floor, settings: Settings) -> None:
    world = deaf(floor)
    world.portal.bindings.clear()
    settings.PUBLIC_URL = ""
    refused = application.look_after(PortalApp.objects.get(), now=world.now)
    assert refused == ["LEADDRUM_URL is not set: the portal cannot reach these pages"]
    assert world.portal.bindings
    assert all(each.offline for each in world.portal.bindings)
