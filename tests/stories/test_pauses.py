"""Every pause is kept, from its beginning to its end, with its reason (S-24, S-55)."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from leaddrum import engine
from leaddrum.models import Pause
from tests import invariants
from tests.world import World, wall

migration = import_module("leaddrum.migrations.0033_pauses")


def kept(world: World, person: str = "anna") -> list[tuple[str, str, str]]:
    """(from, to, why) of each of his pauses, by the company's wall clock; to is empty while it runs."""
    rows = Pause.objects.filter(company=world.company, person=world.pk(person)).order_by("starts_at", "pk")
    return [(wall(row.starts_at)[4:], wall(row.ends_at)[4:] if row.ends_at else "", row.why) for row in rows]


@pytest.mark.rule("S-24")
def test_pauses_are_kept_with_their_beginning_end_and_reason() -> None:
    world = World()
    world.pause("anna", "замер")
    world.forward(minutes=20)
    world.resume("anna")
    world.forward(minutes=10)
    engine.pause(world.pk("anna"), reason="склад", now=world.now, by=world.pk("olga"))
    assert kept(world) == [("10:00", "10:20", "замер"), ("10:30", "", "склад")]
    assert kept(world, "boris") == []


def test_a_second_press_neither_doubles_a_pause_nor_moves_its_end() -> None:
    world = World()
    world.pause("anna", "замер")
    world.forward(minutes=5)
    world.pause("anna", "обед")
    assert kept(world) == [("10:00", "", "замер")]
    world.resume("anna")
    world.forward(minutes=5)
    world.resume("anna")
    assert kept(world) == [("10:00", "10:05", "замер")]


@pytest.mark.rule("S-55")
def test_a_pause_by_misses_is_kept_like_any_other() -> None:
    world = World(pause_after=2, roster={"people": ["anna", "boris"]}, cooldown="1s", open_offers_cap=10)
    world.leads(6)  # both would miss twice, and once more in the same tick
    world.until("10:30")
    assert kept(world) == [("10:30", "", "misses")]
    world.forward(minutes=15)
    world.resume("anna")
    assert kept(world) == [("10:30", "10:45", "misses")]


def test_a_clock_that_was_set_back_ends_no_pause_before_it_began() -> None:
    world = World()
    world.forward(minutes=30)
    world.pause("anna", "замер")
    engine.resume(world.pk("anna"), now=world.at("10:10"))
    assert kept(world) == [("10:30", "10:30", "замер")]


def test_what_runs_when_the_table_comes_is_in_it() -> None:
    world = World()
    world.pause("anna", "замер")
    world.forward(minutes=20)
    Pause.objects.all().delete()  # as it was before there was the table
    with pytest.raises(AssertionError, match="is paused"):
        invariants.check(world.company)
    with connection.cursor() as cursor:
        cursor.execute(migration.FILL)
    assert kept(world) == [("10:00", "", "замер")]
    world.resume("anna")
    assert kept(world) == [("10:00", "10:20", "замер")]
