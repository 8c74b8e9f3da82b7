"""The loop: when it sleeps and until when, what it does about failures, how it ends (S-42, S-43)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connections

from leaddrum import clock, engine, loop, wake
from leaddrum.facts import keep
from leaddrum.guard import Guard, Look
from leaddrum.models import Heartbeat
from tests.world import World, expect_offer

START = datetime(2026, 3, 2, 7, tzinfo=UTC)


@pytest.fixture
def still() -> Iterator[None]:
    with clock.reading(lambda: START):
        yield


@pytest.mark.parametrize(
    ("next_at", "pause"),
    [(None, 1.0), (START + timedelta(milliseconds=40), 0.04), (START + timedelta(hours=1), 1.0), (START, 0.0)],
)
def test_it_sleeps_exactly_until_something_is_due(still: None, next_at: datetime | None, pause: float) -> None:
    assert loop.Loop("test", lambda: next_at, longest=1.0).once() == pytest.approx(pause)


def _noting(pauses: list[float]) -> Callable[[float], bool]:
    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    return wait


@pytest.mark.django_db
def test_a_failure_is_tried_again_with_growing_pauses(still: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "close_all", lambda: None)  # this test's own connection
    broken = True

    def step() -> datetime | None:
        if broken:
            raise ConnectionError("gone")
        return None

    turning = loop.Loop("test", step)
    pauses: list[float] = []
    monkeypatch.setattr(turning.stopping, "wait", _noting(pauses))
    for _attempt in range(9):
        turning.once()
    assert pauses == sorted(pauses)
    assert pauses[-1] == loop.PAUSES[-1]
    broken = False
    assert turning.once() > 0
    assert turning.failures == 0


def test_a_call_wakes_it_and_a_stop_ends_it() -> None:
    worked = threading.Semaphore(0)

    def step() -> datetime | None:
        worked.release()
        return None

    turning = loop.Loop("test", step, longest=60.0)
    turning.start()
    assert worked.acquire(timeout=30)
    wake.call()
    assert worked.acquire(timeout=30)
    turning.stop()
    turning.join(30)
    assert not turning.is_alive()


def test_it_ticks_until_nothing_is_due_and_beats(world: World) -> None:
    leads = world.leads(3)
    turning = loop.Turning(Guard(wall=lambda: world.now, boot=lambda: world.now.timestamp()), "here:1")
    turning()
    world.jump(minutes=31)
    next_at = turning()
    assert next_at is not None
    assert next_at > world.now
    assert [len(lead.turns) for lead in leads] == [1, 1, 1]
    beat = Heartbeat.objects.get()
    assert (beat.worker, beat.beat_at, beat.note) == ("here:1", world.now, "")


@pytest.mark.rule("S-42")
def test_a_start_after_a_break_tells_the_first_tick_how_long_nobody_was_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard(wall=lambda: world.now, boot=lambda: world.now.timestamp())
    stopped = loop.Turning(guard, "here:1")
    stopped()
    stopped.end()
    left_at = world.now
    world.jump(hours=1)
    told: list[object] = []
    tick = engine.tick

    def spy(now: datetime, limit: int, *, away: tuple[datetime, datetime] | None = None) -> object:
        told.append(away)
        return tick(now, limit, away=away)

    monkeypatch.setattr(engine, "tick", spy)
    started = loop.Turning(guard, "here:2")
    started()
    started()
    assert told[0] == (left_at, world.now)
    assert told[-1] is None


@pytest.mark.rule("S-43")
def test_no_verdict_falls_on_a_clock_that_jumped(world: World) -> None:
    lead = world.lead()
    boot = world.now.timestamp()
    turning = loop.Turning(Guard(wall=lambda: world.now, boot=lambda: boot), "here:1")
    turning()
    world.jump(hours=2)
    turning()
    expect_offer(lead, to="anna", due="10:30")
    assert "jumped" in Heartbeat.objects.get().note
    world.now -= timedelta(hours=2)
    turning()
    assert Heartbeat.objects.get().note == ""


def test_old_heartbeats_are_forgotten(world: World) -> None:
    Heartbeat.objects.create(worker="old", started_at=world.now, beat_at=world.now - timedelta(days=2))
    loop.Turning(Guard(wall=lambda: world.now, boot=lambda: 0.0), "here:1").beat(Look(world.now, trusted=True))
    assert list(Heartbeat.objects.values_list("worker", flat=True)) == ["here:1"]


@pytest.mark.rule("S-42")
def test_an_engine_that_was_frozen_knows_that_nobody_was_there(world: World) -> None:
    """A machine that slept, a database that was gone: to whoever waits it is the same as a stopped engine."""
    lead = world.lead()
    turning = loop.Turning(Guard(wall=lambda: world.now, boot=lambda: world.now.timestamp()), "here:1")
    turning()
    world.jump(minutes=40)
    turning()
    assert [incident.excuse for incident in lead.incidents] == ["outage"]
    again = world.lead("второй", owner="clara")
    for _second in range(31 * 60 // 5):
        world.jump(seconds=5)
        turning()
    assert [incident.excuse for incident in again.incidents] == [""]


@pytest.mark.rule("S-43")
def test_who_is_offered_a_lead_after_the_clock_ran_back_has_his_whole_budget(world: World) -> None:
    boot = world.now.timestamp()
    turning = loop.Turning(Guard(wall=lambda: world.now, boot=lambda: boot), "here:1")
    turning()
    world.now -= timedelta(hours=1)
    lead = world.lead()
    turning()
    expect_offer(lead, to="anna", due="09:30")


def test_books_have_half_of_the_time_and_rest_when_they_are_kept_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until nothing is left it is at them again at once, after a rest as long as the work was."""
    boot, stopwatch, left = world.now.timestamp(), [100.0], [True, True, False]
    rests: list[float] = []

    def step(_now: datetime) -> bool:
        stopwatch[0] += 2.5
        return left.pop(0)

    turning = loop.Engine()
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: stopwatch[0]))
    monkeypatch.setattr(turning.keep.stopping, "wait", _noting(rests))
    monkeypatch.setattr(keep, "step", step)
    trusted = Guard(wall=lambda: world.now, boot=lambda: boot)
    assert [turning._keep(trusted) for _step in range(3)] == [world.now, world.now, None]
    assert rests == [2.5, 2.5, loop.SOON]
    jumped = Guard(wall=lambda: world.now, boot=lambda: boot)
    jumped.look()
    world.jump(hours=2)  # on a clock that nobody trusts it has nothing to do
    assert turning._keep(jumped) is None
    assert rests[3:] == [loop.SOON]
