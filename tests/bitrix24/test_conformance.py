"""The stories of `tests/crm/test_conformance.py` once more, in a portal: by webhook, and as an application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings

from leaddrum import clock, lanes
from leaddrum.crm.bitrix24 import application, clients
from leaddrum.engine import org
from tests.bitrix24 import office
from tests.bitrix24.portal import Server
from tests.crm.test_conformance import *  # noqa: F403  # the same stories
from tests.world import World


@pytest.fixture(params=["webhook", "application"])
def floor(
    request: pytest.FixtureRequest, db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., World]]:
    settings.DATA, settings.PUBLIC_URL, settings.ALLOWED_HOSTS = tmp_path, office.HOME, ["*"]
    monkeypatch.setattr(lanes.Watch, "now", lambda watch: watch._now)
    monkeypatch.setattr(clock, "now", lambda: World.newest.now)
    org.forget()
    cache.clear()
    clients.forget()
    application._looked.clear()
    served = office.portal()
    served.limits.rate = 0
    with Server(served), clock.reading(lambda: World.newest.now):
        yield lambda **drum: office.Office(served, application=request.param == "application", **drum)
    clients.forget()
    assert served.complaints == []
