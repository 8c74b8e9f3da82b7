"""When a way in is unusually silent, judged by its own history in working time (`core.silence`)."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaddrum.core import silence
from leaddrum.core.silence import Rhythm
from leaddrum.core.worktime import Calendar

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = (MONDAY - timedelta(days=60), MONDAY + timedelta(days=60))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALWAYS = Calendar.always(WINDOW)


def office() -> Calendar:
    """09-18, Monday to Friday."""
    days = (MONDAY + DAY * n for n in range(-56, 56))
    return Calendar([(day + 9 * HOUR, day + 18 * HOUR) for day in days if day.weekday() < 5], WINDOW)


def daily(times: int = 2, days: int = 21, before: datetime = MONDAY) -> list[datetime]:
    """Every working day at nine, and every four hours after."""
    known = (before - DAY * n for n in range(1, days + 1))
    return [day + 9 * HOUR + 4 * HOUR * n for day in known if day.weekday() < 5 for n in range(times)]


def test_the_longest_pause_is_counted_in_working_time() -> None:
    """13:00 to 09:00 is five hours of it, with a weekend between or not."""
    assert silence.rhythm(daily(), office()) == Rhythm(5 * 3600.0, 15 * 3600.0)


def test_a_quiet_sunday_is_none() -> None:
    found = silence.rhythm(daily(), office())
    assert found is not None
    friday = MONDAY - 3 * DAY + 13 * HOUR
    assert silence.silent_from(found, friday, office()) == MONDAY + DAY + 10 * HOUR  # 5 on Friday, 9 on Monday, 1
    assert silence.silent_from(Rhythm(10.0, 10 * 9 * 3600.0 * 60), friday, office()) is None


def test_however_often_it_comes_some_hours_are_no_silence() -> None:
    every_hour = [MONDAY - HOUR * n for n in range(24 * 15)]
    assert silence.rhythm(every_hour, ALWAYS) == Rhythm(3600.0, 4 * 3600.0)
    outside = [day + 20 * HOUR - 9 * HOUR for day in daily(1, 28)]  # each evening, when nobody is there
    assert silence.rhythm([at + timedelta(minutes=n) for at in outside for n in range(3)], office()) == Rhythm(
        9 * 3600.0, 27 * 3600.0
    )


@pytest.mark.parametrize(
    ("came", "known"),
    [
        ([], False),
        (daily(2, 17), True),  # two weeks and four hours
        (daily(2, 16), False),
        (daily(1, 28), True),
        (daily(1, 27), False),
        ([MONDAY] * 10_000, True),
        ([MONDAY] * 9_999, False),
        ([MONDAY - DAY * 29, *[MONDAY - HOUR * n for n in range(40)]], False),  # what was before is another time
        ([MONDAY - DAY * 27, *[MONDAY - HOUR * n for n in range(40)]], True),
        ([MONDAY - DAY * 300, *daily(2, 13)], False),
    ],
)
def test_of_what_is_hardly_known_nothing_is_said(came: list[datetime], known: bool) -> None:
    assert (silence.rhythm(came, ALWAYS) is not None) == known


@given(
    came=st.lists(st.integers(0, 27 * 24 * 60), min_size=25, max_size=60),
    moved=st.integers(0, 100),
    again=st.integers(0, 27 * 24 * 60),
)
def test_what_is_usual_does_not_depend_on_order_or_date_and_one_more_makes_no_pause_longer(
    came: list[int], moved: int, again: int
) -> None:
    def at(minutes: list[int], days: int = 0) -> list[datetime]:
        return [MONDAY - DAY * 27 + timedelta(minutes=minute) + DAY * days / 10 for minute in minutes]

    ends = [0, 27 * 24 * 60]
    found = silence.rhythm(at([*came, *ends]), ALWAYS)
    assert found is not None
    assert found.most >= max(silence.LEAST, found.usual)
    assert silence.rhythm(at([*ends, *sorted(came)]), ALWAYS) == found
    assert silence.rhythm(at([*came, *ends], moved), ALWAYS) == found
    more = silence.rhythm(at([*came, *ends, again]), ALWAYS)
    assert more is not None
    assert more.usual <= found.usual


@given(st.lists(st.integers(0, 20 * 9 * 60), min_size=30, max_size=60, unique=True))
def test_no_pause_that_there_was_would_have_been_called_silence(minutes: list[int]) -> None:
    """Whatever the way did before, each of its own pauses is shorter than what it is blamed for."""
    calendar = office()
    start = MONDAY - DAY * 28 + 9 * HOUR
    came = sorted({calendar.add(start, minute * 60) for minute in [*minutes, 0, 20 * 9 * 60]})
    found = silence.rhythm(came, calendar)
    assert found is not None
    for before, after in pairwise(came):
        at = silence.silent_from(found, before, calendar)
        assert at is None or at > after


def test_chance_alone_rings_as_seldom_as_is_said() -> None:
    """n!·K!/(n+K)! of the pauses after n random ones is K times their longest: 1 in 1,540 of those after 19."""
    n, rounds = 19, 60_000
    expected = rounds * math.factorial(n) * math.factorial(silence.TIMES) / math.factorial(n + silence.TIMES)
    assert round(rounds / expected) == 1540
    dice = random.Random(1)
    rung = sum(
        dice.expovariate(1) > silence.TIMES * max(dice.expovariate(1) for _pause in range(n))
        for _round in range(rounds)
    )
    assert abs(rung - expected) < 4 * math.sqrt(expected)
