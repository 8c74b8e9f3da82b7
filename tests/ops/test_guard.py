"""S-43: a forward jump freezes verdicts until it is confirmed, a backward jump re-opens nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leaddrum import guard
from leaddrum.guard import Guard

START = datetime(2026, 3, 2, 7, tzinfo=UTC)
pytestmark = pytest.mark.rule("S-43")


class Machine:
    """Its clocks: the wall clock can be set, the other one only runs."""

    def __init__(self, folder: Path) -> None:
        self.boot = 1000.0
        self.wall = START
        self.server: datetime | None = None  # the database's clock
        self.file = folder / "clock.json"

    def guard(self, *, witness: bool = False) -> Guard:
        return Guard(
            wall=lambda: self.wall,
            boot=lambda: self.boot,
            witness=(lambda: self.server or self.wall) if witness else None,
            confirmation=self.file,
        )

    def run(self, seconds: float) -> None:
        self.boot += seconds
        self.wall += timedelta(seconds=seconds)
        if self.server is not None:
            self.server += timedelta(seconds=seconds)

    def set(self, **by: float) -> None:
        self.wall += timedelta(**by)

    def confirm(self) -> None:
        guard.confirm(self.file, wall=self.wall, boot=self.boot)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_time_runs_and_small_corrections_pass(machine: Machine) -> None:
    watch = machine.guard()
    for correction in (0.0, 1.5, 60.0, -0.5):
        machine.run(10)
        machine.set(seconds=correction)
        look = watch.look()
        assert look.trusted
        assert look.note == ""
    assert look.now == machine.wall + timedelta(seconds=0.5) - timedelta(seconds=0.5)


def test_a_forward_jump_freezes_until_the_clock_is_back(machine: Machine) -> None:
    watch = machine.guard()
    machine.run(5)
    before = watch.look().now
    machine.set(hours=1)
    look = watch.look()
    assert not look.trusted
    assert look.now == before
    assert "1:00:00" in look.note
    machine.run(60)
    machine.set(hours=-1)
    look = watch.look()
    assert (look.trusted, look.note, look.now) == (True, "", machine.wall)


def test_a_forward_jump_is_believed_when_it_has_stood_for_ten_minutes(machine: Machine) -> None:
    watch = machine.guard()
    machine.set(hours=1)
    assert not watch.look().trusted
    machine.run(guard.SETTLED - 1)
    assert not watch.look().trusted
    machine.set(hours=1)  # and again: the wait begins anew
    assert not watch.look().trusted
    machine.run(guard.SETTLED - 1)
    assert not watch.look().trusted
    machine.run(1)
    assert watch.look().trusted
    assert watch.look().now == machine.wall


def test_the_operator_confirms_a_forward_jump(machine: Machine) -> None:
    watch = machine.guard()
    machine.confirm()  # of the time before: says nothing of the new one
    machine.set(days=1)
    assert not watch.look().trusted
    machine.confirm()
    machine.run(3)
    assert watch.look().trusted


def test_the_databases_clock_confirms_or_denies_it(machine: Machine) -> None:
    machine.server = machine.wall
    watch = machine.guard(witness=True)
    machine.set(hours=1)
    assert not watch.look().trusted
    machine.run(guard.SETTLED * 3)
    assert not watch.look().trusted  # there is somebody to ask, and he says no
    machine.server = machine.wall
    assert watch.look().trusted


def test_a_machine_that_starts_with_another_time_than_the_databases_judges_nobody(machine: Machine) -> None:
    machine.server = machine.wall - timedelta(minutes=10)
    watch = machine.guard(witness=True)
    look = watch.look()
    assert not look.trusted
    assert "0:10:00 ahead of the database's" in look.note
    machine.run(guard.SETTLED * 3)
    assert not watch.look().trusted
    machine.set(minutes=-10)
    look = watch.look()
    assert (look.trusted, look.now, look.note) == (True, machine.wall, "")


def test_a_machine_that_drifts_away_from_the_database_is_noticed_and_the_operator_may_know_better(
    machine: Machine,
) -> None:
    machine.server = machine.wall
    watch = machine.guard(witness=True)
    assert watch.look().trusted
    machine.server += timedelta(minutes=10)
    machine.run(guard.ASKED_AGAIN)
    assert not watch.look().trusted
    machine.confirm()
    assert watch.look().trusted


def test_a_backward_jump_stands_still_until_the_clock_catches_up(machine: Machine) -> None:
    watch = machine.guard()
    machine.run(10)
    reached = watch.look().now
    machine.set(minutes=-30)
    look = watch.look()
    assert look.trusted
    assert look.now == reached
    assert "back" in look.note
    machine.run(1801)
    look = watch.look()
    assert (look.now, look.note) == (machine.wall, "")


def test_a_clock_that_was_back_for_a_while_and_is_set_right_has_not_jumped(machine: Machine) -> None:
    watch = machine.guard()
    machine.set(minutes=-30)
    watch.look()
    machine.run(60)
    machine.set(minutes=30)
    look = watch.look()
    assert (look.trusted, look.now, look.note) == (True, machine.wall, "")


def test_the_operator_confirms_a_backward_jump(machine: Machine) -> None:
    watch = machine.guard()
    machine.set(days=-1)
    assert watch.look().now > machine.wall
    machine.confirm()
    assert watch.look().now == machine.wall


def test_a_machine_that_slept_did_not_jump(machine: Machine) -> None:
    watch = machine.guard()
    machine.run(8 * 3600)  # the other clock counts sleep too
    assert watch.look().trusted


def test_a_damaged_confirmation_confirms_nothing(machine: Machine) -> None:
    watch = machine.guard()
    machine.set(hours=1)
    for text in ("", "[]", '{"offset": "x"}', "\x00"):
        machine.file.write_text(text)
        assert not watch.look().trusted
