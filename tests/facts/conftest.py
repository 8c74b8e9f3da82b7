"""Two lively days on the books, and whoever reads them."""

from __future__ import annotations

import pytest

from leaddrum import access
from leaddrum.facts import keep
from tests.world import World


def keep_books(world: World) -> None:
    while keep.step(world.now):
        pass


@pytest.fixture
def lively(world: World) -> World:
    """Leads of two sources on two days: taken, missed, declined, deleted, annulled."""
    first, second, third = world.lead(source="site"), world.lead(source="call"), world.lead("=1+1", source="site")
    world.take(first, by=first.holder or "")
    world.decline(second, by=second.holder or "")
    world.forward(minutes=30)
    world.take(third, by=third.holder or "")
    world.annul(world.incidents()[0])
    world.delete(first)
    world.jump(days=1)
    world.tick()
    fourth = world.lead(source="site")
    world.take(fourth, by=fourth.holder or "")
    keep_books(world)
    return world


@pytest.fixture
def feed_token(world: World) -> str:
    return access.make_token(world.company, "power-bi", "feed", now=world.now)
