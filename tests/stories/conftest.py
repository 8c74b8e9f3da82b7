"""Every story has a database and tells the pages' and the API's clock the time of its world."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leaddrum import clock
from tests.world import World


@pytest.fixture(autouse=True)
def world_clock(db: None) -> Iterator[None]:
    with clock.reading(lambda: World.newest.now):
        yield
