"""When an engine looks whether ways in are broken: in its own time, and not before they could be tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from django.db import OperationalError

from leaddrum import loop
from leaddrum.engine import broken_ways
from leaddrum.guard import Guard
from leaddrum.intake import ways
from leaddrum.intake.watching import GAP, GRACE, Watching
from leaddrum.models import Company, Way
from tests.world import World

MINUTE = timedelta(minutes=1)


def broken_since_now(world: World) -> Way:
    way = ways.make(Company.objects.get(pk=world.company_id), "mailbox", "Почта", now=world.now)
    ways.ill(way, "AUTHENTICATIONFAILED", world.now)
    return way


def test_whoever_has_just_begun_lets_them_be_tried_first(world: World) -> None:
    """It was broken when the engine stopped; whether it still is shows only when somebody reads it again."""
    way = broken_since_now(world)
    world.jump(hours=8)
    watch = Watching()
    for _minute in range(GRACE // MINUTE):
        watch(world.now)
        world.jump(minutes=1)
    assert world.notices("irina") == []
    watch(world.now)
    assert world.notices("irina") == ["way_broken"]
    again = Watching()  # a restart
    for _moment in range(3):
        again(world.now)
        world.jump(seconds=GRACE.total_seconds() / 2)
    assert world.notices("irina") == ["way_broken"]
    way.refresh_from_db()
    ways.well(way, world.now)
    again(world.now)
    assert world.notices("irina") == ["way_broken", "way_works"]


def test_after_a_long_gap_they_are_tried_first_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[datetime] = []

    def looked(now: datetime) -> None:
        looks.append(now)

    monkeypatch.setattr(broken_ways, "look", looked)
    watch, start = Watching(), world.now

    def at(minutes: float) -> int:
        watch(start + timedelta(minutes=minutes))
        return len(looks)

    assert [at(0), at(3), at(6), at(6.1), at(6.2)] == [0, 0, 1, 1, 2]
    gap = GAP.total_seconds() / 60
    assert [at(6.2 + gap), at(6.3 + 2 * gap), at(8 + 2 * gap)] == [3, 3, 3]  # at the second nobody had looked so long
    assert at(6) == 3  # the clock was set back: it counts anew

    def unreachable(_now: datetime) -> None:
        raise OperationalError("gone")

    assert [at(9), at(12)] == [3, 4]
    monkeypatch.setattr(broken_ways, "look", unreachable)
    for minutes in (12.5, 15):
        with pytest.raises(OperationalError):
            at(minutes)
    monkeypatch.setattr(broken_ways, "look", looked)
    assert [at(18), at(21), at(24)] == [4, 4, 5]  # nobody could look for longer than the gap


def test_the_engine_looks_whatever_its_readers_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_since_now(world)
    turning = loop.Engine()
    monkeypatch.setattr(turning.keep.stopping, "wait", lambda _seconds: False)
    guard = cast("Guard", SimpleNamespace(look=lambda: SimpleNamespace(trusted=True, now=world.now)))
    turning._keep(guard)
    world.jump(minutes=4)
    turning._keep(guard)
    world.jump(minutes=4)
    turning._keep(guard)
    assert world.notices("irina") == []  # eight minutes
    world.jump(minutes=4)
    turning._keep(guard)
    assert world.notices("irina") == ["way_broken"]
