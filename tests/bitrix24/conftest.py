"""Fixtures of the portal's tests: a small sales department, served on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from leaddrum import clock, lanes
from leaddrum.crm.bitrix24 import application, clients, offline, replying
from leaddrum.engine import org
from tests.bitrix24 import office
from tests.bitrix24.driving import Drum
from tests.bitrix24.portal import Clock, Portal, Server, sample
from tests.world import World

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 10:00 in Moscow


@pytest.fixture
def portal() -> Portal:
    """Its clock stands; nothing is limited until a test says so."""
    made = sample.portal(Clock(MONDAY))
    made.limits.rate = 0
    return made


@pytest.fixture
def server(portal: Portal) -> Iterator[Server]:
    with Server(portal) as running:
        yield running


@pytest.fixture
def drum(
    db: None, portal: Portal, server: Server, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> Iterator[Callable[..., Drum]]:
    """A drum that turns in it, reached by webhook."""
    settings.DATA = tmp_path
    monkeypatch.setattr(lanes.Watch, "now", lambda _watch: portal.clock.now())
    portal.limits.rate = 2.0
    replying._looked.clear()
    with clock.reading(portal.clock.now):
        yield lambda **options: Drum(portal, **options)
    clients.forget()
    org.forget()
    assert portal.complaints == []
    assert portal.limits.refused == 0


@pytest.fixture
def few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The offline queue is looked at seldom: a night has thousands of looks, and `test_offline.py` is about them."""
    monkeypatch.setattr(offline, "EVERY", timedelta(minutes=10))


@pytest.fixture(params=["webhook", "application"])
def floor(  # a world of the stories in a portal
    request: pytest.FixtureRequest, db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., World]]:
    settings.DATA, settings.PUBLIC_URL, settings.ALLOWED_HOSTS = tmp_path, office.HOME, ["*"]
    monkeypatch.setattr(lanes.Watch, "now", lambda watch: watch._now)
    org.forget()
    cache.clear()
    clients.forget()
    application._looked.clear()
    replying._looked.clear()
    served = office.portal()
    served.limits.rate = 0
    with Server(served), clock.reading(lambda: World.newest.now):
        yield lambda **drum: office.Office(served, application=request.param == "application", **drum)
    clients.forget()
    assert served.complaints == []
