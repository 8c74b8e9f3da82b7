"""Fixtures of the portal's tests: a small sales department, served on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.bitrix24.portal import Clock, Portal, Server, sample

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
