"""What waits is offered again, whatever else waits or fails beside it (S-21, S-22, I5)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from leaddrum import engine
from leaddrum.core.rules import run
from leaddrum.engine import desk, org
from leaddrum.models import Company
from tests.world import Card, World, expect_hold, expect_offer


@pytest.fixture
def stumbles(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Leads that the engine cannot decide about."""
    leads: list[int] = []

    def deciding(facts: Any, *rest: Any) -> Any:
        if facts.cycle.lead in leads:
            raise ArithmeticError("no way")
        return run(facts, *rest)

    monkeypatch.setattr(desk, "run", deciding)
    return leads


@pytest.mark.rule("I5", "S-21")
def test_a_held_lead_that_fails_stops_no_other(world: World, stumbles: list[int]) -> None:
    offered = world.lead()
    world.until("10:20")
    for person in ("anna", "boris", "clara"):
        world.pause(person)
    bad, good = world.lead("плохой"), world.lead("хороший")
    expect_hold(bad, "nobody")
    stumbles.append(bad.id)
    world.resume("clara")
    world.until("10:25")
    assert "ArithmeticError" in bad.cycle.error
    assert bad.journal.count("failed") == 1
    expect_offer(good, to="clara")
    assert offered.holder == "clara"
    stumbles.clear()
    world.until("11:24")
    assert bad.holder == "clara"
    assert bad.cycle.error == ""


@pytest.mark.rule("I5")
def test_what_was_mended_is_no_longer_shown_as_failed(world: World, stumbles: list[int]) -> None:
    lead = world.lead()
    stumbles.append(lead.id)
    world.until("10:31")
    assert lead.cycle.error
    stumbles.clear()
    world.take(lead, by="anna")
    assert lead.cycle.error == ""


@pytest.mark.rule("S-22", "I5")
@pytest.mark.parametrize("comes", ["back", "on duty"])
def test_a_departments_leads_do_not_wait_for_another_departments_people(world: World, comes: str) -> None:
    world.file["departments"].append({"id": "service", "name": "Сервис", "parent": "firm", "head": "viktor"})
    world.person_table("dina")["departments"] = ["service"]
    world.edit(roster={"owners_department": True})
    for person in ("anna", "boris", "clara", "olga"):
        world.pause(person)
    if comes == "back":
        world.pause("dina")
    else:
        world.absent("dina", "09:00", "11:00")
    sales, service = world.lead("продажи", owner="anna"), world.lead("сервис", owner="dina")
    expect_hold(sales, "nobody")
    expect_hold(service, "nobody")
    world.until("10:59")
    if comes == "back":
        world.resume("dina")
    world.until("11:00")
    expect_offer(service, to="dina")
    expect_hold(sales, "nobody")


@pytest.mark.rule("S-18", "S-22")
def test_leads_that_rest_let_those_behind_them_pass(db: None) -> None:
    """The last one is come to by the queue alone: its own alarm is hours away."""
    world = World(roster={"people": ["anna"]}, open_offers_cap=2, cooldown="8h", hold_alert="4h")
    missed, waits = world.leads(2), world.lead("третий")
    expect_hold(waits, "cap")
    world.jump(minutes=30)
    _ticks(world, limit=2)
    assert [lead.state for lead in missed] == ["held", "held"]
    expect_offer(waits, to="anna")


def _ticks(world: World, limit: int) -> None:
    for _ in range(20):
        if not engine.tick(world.now, limit=limit).more:
            world.check()
            return
    pytest.fail("the engine has no end of work and none to do")


@pytest.mark.rule("S-21", "S-22")
def test_a_long_queue_is_relabelled_and_left_alone(db: None) -> None:
    """Leads of nobody's department have no roster: whatever the batch, the engine comes to rest."""
    world = World(roster={"owners_department": True}, open_offers_cap=1)
    leads = [world.lead(f"Лид {number}", owner="anna" if number % 2 else None) for number in range(12)]
    for _hour in range(10):
        world.jump(hours=1)
        _ticks(world, limit=3)
    assert {lead.state for lead in leads} <= {"offered", "held"}


@pytest.mark.rule("I5")
def test_a_company_that_fails_as_a_whole_stops_no_other(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, other = World(), World()
    lead: Card = other.lead()
    Company.objects.filter(pk=broken.company_id).update(wake_at=broken.now)
    at = org.at

    def reading(company: int, *rest: Any) -> Any:
        if company == broken.company_id:
            raise KeyError("its zone is gone")
        return at(company, *rest)

    monkeypatch.setattr(org, "at", reading)
    other.jump(minutes=30)
    with pytest.raises(KeyError):
        engine.tick(other.now)
    for _ in range(3):
        with suppress(KeyError):
            engine.tick(other.now)
    expect_offer(lead, to="boris")
    assert Company.objects.get(pk=broken.company_id).wake_at is not None
