"""What people, other applications and accidents do to a portal while the drum turns in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leaddrum.crm.bitrix24 import access
from leaddrum.crm.bitrix24.address import webhook
from leaddrum.models import Company, Cycle, Entry, Hint, Incident, Lead, Person
from tests.bitrix24.driving import Drum
from tests.bitrix24.office import USERS, Office
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import sample

Turning = Callable[..., Drum]
Floor = Callable[..., Office]
IMPORTED = 600
ANNA, BORIS, CLARA, HEAD = sample.ANNA, sample.BORIS, sample.CLARA, sample.HEAD


def person(user: int) -> Person:
    return Person.objects.get(key=f"b24:{user}")


# Stages, people, access


def test_the_entry_stage_is_deleted(drum: Turning, portal: Double) -> None:
    """What is watched is not there any more: it is said, the leads that wait go round as before."""
    lead = portal.lead()
    turning = drum()
    turning.run()
    portal.rename_stage(1, "NEW", None)
    turning.look()
    assert "NEW" in turning.portal.trouble
    turning.forward(minutes=31)
    assert portal.item(lead)["assignedById"] == BORIS
    assert turning.incidents() == 1


@pytest.mark.rule("S-30")
def test_a_stage_somebody_uses_is_deleted(drum: Turning, portal: Double) -> None:
    lead = portal.lead()
    turning = drum()
    turning.run()
    portal.move(lead, "IN_PROCESS", by=ANNA)
    portal.rename_stage(1, "IN_PROCESS", None)
    turning.look()
    turning.forward(minutes=31)
    assert turning.incidents() == 0
    assert turning.cycle(lead).state in ("taken", "offered")  # nobody is blamed for a stage that nobody knows
    assert Company.objects.get().crm_down_at is None


@pytest.mark.rule("S-41")
def test_the_owner_of_the_webhook_is_dismissed(drum: Turning, portal: Double) -> None:
    """Nobody has missed anything meanwhile; with another webhook it goes on."""
    lead = portal.lead()
    turning = drum()
    turning.forward(minutes=20)
    portal.dismiss(sample.ADMIN)
    turning.forward(minutes=15)
    company = Company.objects.get()
    assert company.crm_down_at is not None
    assert "dismissed" in company.crm_error or "revoked" in company.crm_error
    assert turning.incidents() == 0
    portal.users[sample.ADMIN].active = True
    turning.forward(minutes=2)
    assert Company.objects.get().crm_down_at is None
    assert turning.cycle(lead).state == "offered"


def test_a_webhook_of_another_employee_is_not_taken_silently(drum: Turning, portal: Double) -> None:
    turning = drum()
    turning.run()
    access.keep(turning.company.key, webhook(portal.webhook(HEAD, secret="another")))
    turning.forward(minutes=5)
    assert "connect again" in Company.objects.get().crm_error


# The journal in the portal


def test_the_customer_renames_the_fields_of_the_list(drum: Turning, portal: Double) -> None:
    portal.lead()
    turning = drum()
    turning.forward(minutes=31)
    found = portal.journal("leaddrum_journal")
    for column in found.fields.values():
        column.name = f"Наше: {column.name}"
    found.name = "Нарушения отдела"
    turning.forward(minutes=31)
    assert len(turning.elements()) == 2
    assert turning.elements()[1]["PERSON"] == str(BORIS)
    assert len(portal.lists) == 1


# Events


@pytest.mark.rule("S-39")
def test_a_thousand_events_of_a_few_leads_are_a_few_readings(floor: Floor) -> None:
    world = floor(sweep="1h")
    if not world.application:
        pytest.skip("there are no events by webhook")
    numbers = [world.portal.lead(f"Лид {number}", by=0, assignedById=USERS["irina"]) for number in range(5)]
    world.tick()
    for count in range(200):
        for number in numbers:
            world.portal.change(number, by=0, title=f"Лид {number}, {count}")
    delivery = world.portal.delivery
    assert delivery is not None
    assert len(delivery.queue) >= 1000
    world.deliver()
    assert Hint.objects.count() == 5
    asked = len(world.portal.asked)
    world.forward(seconds=2)
    assert len(world.portal.asked) - asked <= 4
    assert not Hint.objects.exists()
    assert Cycle.objects.filter(state="offered", turn_number=1).count() == 5


# Others who change the same leads


@pytest.mark.rule("I4", "S-28")
def test_another_application_changes_the_same_leads(drum: Turning, portal: Double) -> None:
    """What it writes beside the owner is none of ours; whom it makes responsible stays that (I4), and nobody fights."""
    lead = portal.lead()
    turning = drum(users="27,31,35")
    turning.run()
    for count in range(20):
        portal.change(lead, by=0, title=f"Обогащён {count}", sourceId="WEB")
        turning.look()
    assert turning.cycle(lead).turn_number == 1
    writes = len([1 for name, _ in portal.called if name == "crm.item.update"])
    portal.assign(lead, CLARA, by=0)
    turning.look()
    assert turning.cycle(lead).holder == person(CLARA)
    assert portal.item(lead)["assignedById"] == CLARA
    turning.look()
    assert len([1 for name, _ in portal.called if name == "crm.item.update"]) == writes
    assert turning.incidents() == 0


@pytest.mark.rule("S-28")
def test_an_administrator_reassigns_everything_at_once(drum: Turning, portal: Double) -> None:
    leads = portal.import_(120, by=0)
    turning = drum(users="27,31,35", escalate_after=50)
    turning.forward(minutes=2)
    hers = Cycle.objects.filter(holder=person(CLARA)).count()  # for these nothing changes in the portal
    writes = len([1 for name, _ in portal.called if name == "crm.item.update"])
    for lead in leads:
        portal.assign(lead, CLARA, by=sample.ADMIN)
    turning.look()
    assert Cycle.objects.filter(holder=person(CLARA)).count() == len(leads)
    assert Cycle.objects.filter(pinned=person(CLARA)).count() == len(leads) - hers
    assert {portal.item(lead)["assignedById"] for lead in leads} == {CLARA}
    assert len([1 for name, _ in portal.called if name == "crm.item.update"]) == writes  # what is so needs no write
    assert Entry.objects.filter(kind="pinned").count() == len(leads) - hers
    assert turning.incidents() == 0


@pytest.mark.rule("S-1", "S-21")
def test_a_mass_import_is_found_whole_and_offered_within_the_caps(drum: Turning, portal: Double) -> None:
    turning = drum()
    turning.run()
    asked = len(portal.asked)
    portal.import_(IMPORTED, by=sample.ADMIN)
    turning.look()
    assert Lead.objects.count() == IMPORTED
    held = {state: Cycle.objects.filter(state=state).count() for state in ("offered", "held")}
    assert held == {"offered": 6, "held": IMPORTED - 6}  # two people, three open offers each
    assert len(portal.asked) - asked < 10 + IMPORTED / 100
    assert not Incident.objects.exists()
