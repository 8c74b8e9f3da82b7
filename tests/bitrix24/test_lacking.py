"""A portal that lacks something, being an older edition or without a module: the drum turns all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest

from leaddrum import clock, lanes
from leaddrum.crm.bitrix24 import clients
from leaddrum.engine import org
from leaddrum.models import Company
from tests.bitrix24.driving import Drum
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import Server, sample
from tests.bitrix24.portal.calls import METHODS

ANNA, BORIS = sample.ANNA, sample.BORIS


@pytest.fixture
def drum(
    db: None, portal: Double, server: Server, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> Iterator[Callable[..., Drum]]:
    settings.DATA = tmp_path
    monkeypatch.setattr(lanes.Watch, "now", lambda _watch: portal.clock.now())
    with clock.reading(portal.clock.now):
        yield lambda **options: Drum(portal, **options)
    clients.forget()
    org.forget()
    assert portal.complaints == []


ESSENTIAL = {"batch", "crm.item.list", "crm.item.update", "crm.status.list", "user.get"}
OF_THE_LOOK = ["scope", "user.current", "user.admin", "server.time", "department.get"]


def turns(drum: Callable[..., Drum], portal: Double) -> None:
    """A lead is offered, missed twice and taken."""
    lead = portal.lead("Окна на дачу", by=0)
    turning = drum()
    turning.run()
    assert portal.item(lead)["assignedById"] == ANNA
    turning.forward(minutes=30, seconds=25)
    assert portal.item(lead)["assignedById"] == BORIS
    turning.forward(minutes=31)
    assert turning.incidents() == 2
    portal.move(lead, "IN_PROCESS", by=ANNA)
    turning.look()
    assert turning.cycle(lead).state == "taken"


@pytest.mark.parametrize("method", OF_THE_LOOK)
def test_what_the_first_look_asks_is_missing(drum: Callable[..., Drum], portal: Double, method: str) -> None:
    portal.missing.add(method)
    lead = portal.lead("Окна на дачу", by=0)
    drum().run()
    assert portal.item(lead)["assignedById"] == ANNA


def test_nothing_is_there_but_leads_stages_and_people(drum: Callable[..., Drum], portal: Double) -> None:
    portal.missing |= METHODS.keys() - ESSENTIAL
    turns(drum, portal)


@pytest.mark.parametrize("method", sorted(ESSENTIAL - {"crm.item.update"}))
def test_what_cannot_be_done_without_is_named(drum: Callable[..., Drum], portal: Double, method: str) -> None:
    portal.missing.add(method)
    with pytest.raises(click.ClickException, match=r"ERROR_METHOD_NOT_FOUND"):
        drum()
    assert not Company.objects.exists()
