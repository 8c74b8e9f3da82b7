"""Fixtures of the CRM tests: no time passes while they talk to a CRM."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from leaddrum import clock, crm, lanes
from tests.crm.floor import PortalWorld
from tests.crm.portal import Portal
from tests.world import World


@pytest.fixture(autouse=True)
def still(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(lanes.Watch, "now", lambda watch: watch._now)
    with clock.reading(lambda: World.newest.now):
        yield
    crm.CRMS.pop("test", None)


@pytest.fixture(params=["board", "portal"])
def floor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    """Makes a world whose leads live on the board, and one whose leads live in a CRM apart."""
    monkeypatch.setattr(Portal, "sweep", timedelta(minutes=30))  # a night has many minutes
    return World if request.param == "board" else PortalWorld
