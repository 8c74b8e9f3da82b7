"""Two portals in one installation turn at once, and neither waits for the other, nor sees anything of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from leaddrum import clock, lanes
from leaddrum.crm import work
from leaddrum.crm.bitrix24 import application, clients
from leaddrum.engine import org
from leaddrum.models import Company, Cycle, Incident, Lane
from tests.bitrix24 import office
from tests.bitrix24.office import USERS, Office
from tests.bitrix24.portal import Portal, Server
from tests.world import World


@pytest.fixture
def two(
    db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], tuple[Office, Office]]]:
    settings.DATA, settings.PUBLIC_URL, settings.ALLOWED_HOSTS = tmp_path, office.HOME, ["*"]
    monkeypatch.setattr(lanes.Watch, "now", lambda watch: watch._now)
    application._looked.clear()
    clients.forget()
    first, second = office.portal(), office.portal()
    with Server(first), Server(second), clock.reading(lambda: World.newest.now):
        yield lambda: (connected(first), connected(second))
    clients.forget()
    org.forget()
    assert first.complaints == second.complaints == []


def connected(portal: Portal) -> Office:
    return Office(portal, application=True, checked=False, budget="5m")


pytestmark = pytest.mark.usefixtures("few_looks")


def misses(world: Office) -> int:
    return Incident.objects.filter(company=world.company_id).count()


def test_both_turn_and_one_that_is_silent_holds_nobody_up(two: Callable[[], tuple[Office, Office]]) -> None:
    here, there = two()
    assert Company.objects.count() == 2
    numbers = [
        world.portal.lead(f"Окна {place}", by=0, assignedById=USERS["irina"])
        for place, world in enumerate((here, there))
    ]
    there.deliver()
    here.now = there.now
    there.forward(minutes=1)
    assert [misses(world) for world in (here, there)] == [0, 0]
    for world, number in zip((here, there), numbers, strict=True):
        cycle = Cycle.objects.get(company=world.company_id, lead__crm_key=f"lead:{number}")
        assert world.portal.item(number)["assignedById"] == int(str(cycle.holder.key if cycle.holder else "")[4:])
        assert world.portal.item(number)["title"].endswith(str((here, there).index(world)))
    here.portal.faults.plan("drop_before", times=0)  # it says nothing any more
    there.forward(minutes=8)
    assert [misses(world) for world in (here, there)] == [0, 1]  # a verdict needs a reading (I3); the other's came
    assert len(there.portal.journal("leaddrum_journal").elements) == 1
    assert here.company.crm_down_at is not None
    assert there.company.crm_down_at is None
    here.portal.faults.clear()
    there.forward(minutes=5)
    assert misses(here) in (0, 1)  # longer by the outage, or missed; and never told to the other portal
    assert len(there.portal.journal("leaddrum_journal").elements) == misses(there)


def test_what_is_under_way_for_one_company_is_left_to_it(two: Callable[[], tuple[Office, Office]]) -> None:
    """Another thread's round: its company's other lanes wait for it, the other company's do not (`work.ALONE`)."""
    here, there = two()
    there.forward(minutes=1)
    for world in (here, there):
        Lane.objects.get_or_create(company_id=world.company_id, channel="crm")
    Lane.objects.filter(channel__in=("crm-read", "crm")).update(next_send_at=there.now)
    Lane.objects.filter(company=here.company_id, channel="crm-read").update(
        lease="another", next_send_at=there.now + lanes.LEASE
    )
    claimed = [lanes.claim(there.now, work.LANES, alone=work.ALONE) for _ in range(2)]
    assert [lane.company_id for lane in claimed if lane] == [there.company_id]
    assert lanes.next_due(["crm"], there.now, alone=work.ALONE) is None
    Lane.objects.filter(lease="another").update(lease="", next_send_at=there.now)
    Lane.objects.filter(company=there.company_id).update(lease="", next_send_at=None)
    lane = lanes.claim(there.now, work.WRITES, alone=work.ALONE)
    assert lane is not None
    assert lane.company_id == here.company_id
