"""Very many open boards share what a machine has for drawing them; a few of them notice nothing of it."""

from __future__ import annotations

import pytest
from django.test import Client

from leaddrum.web import board
from leaddrum.web.pace import LONGEST, SHARE, Pace
from tests.web.reader import Browser
from tests.world import World

COST = 0.05  # seconds a drawing takes
ASKS = 2.0  # seconds between two questions of one board


def lively(boards: int, seconds: int = 120) -> tuple[float, float]:
    """So many boards, every second something new: the share of a core it took, the longest that one waited."""
    pace, spent, longest = Pace(), 0.0, 0.0
    drawn = dict.fromkeys(range(boards), 0.0)
    warm = 30.0
    for step in range(int(seconds / ASKS)):
        for number in range(boards):
            now = 1000 + ASKS * (step + number / boards)
            if pace.too_soon(number, now):
                continue
            pace.drew(number, now, COST)
            if now > 1000 + warm:
                spent += COST
                longest = max(longest, now - drawn[number])
            drawn[number] = now
    return spent / (seconds - warm), longest


def test_a_few_boards_see_everything_at_once() -> None:
    assert lively(5)[1] == pytest.approx(ASKS)
    assert lively(20)[1] == pytest.approx(ASKS)


def test_many_boards_together_leave_room_for_presses() -> None:
    share, longest = lively(100)
    assert share <= SHARE * 1.1
    assert longest <= LONGEST
    share, longest = lively(200)
    assert share < 0.75  # the longest wait is reached: 200 drawings in 16 seconds
    assert longest <= LONGEST + ASKS


def test_closed_boards_are_forgotten() -> None:
    pace = Pace()
    for number in range(500):
        pace.too_soon(number, 100.0)
        pace.drew(number, 100.0, COST)
    assert pace.too_soon(0, 101.5)
    assert not pace.too_soon(0, 130.0)
    assert pace.pause < 1


def test_whoever_pressed_something_waits_for_nothing(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded = Pace(cost=5.0)
    monkeypatch.setattr(board, "PACE", crowded)
    olga: Client = browser("olga")
    first = olga.get("/board/live")
    world.lead("Новое на доске")
    waits = olga.get("/board/live", headers={"If-None-Match": first["ETag"]})
    assert (waits.status_code, waits["ETag"]) == (304, first["ETag"])  # it will ask with the same tag again
    pressed = olga.get("/board/live")
    assert "Новое на доске" in pressed.content.decode()
    crowded.cost = 0.01
    crowded._counted = 0.0
    world.lead("И ещё одно")
    later = olga.get("/board/live", headers={"If-None-Match": first["ETag"]})
    assert "И ещё одно" in later.content.decode()
