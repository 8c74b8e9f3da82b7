"""Calendars of instants: deadlines and stretches by example (S-9, S-11, S-12, S-14, S-19, I6)."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens, Span

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = (MONDAY, MONDAY + timedelta(days=28))
HALF_HOUR = 1800


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def office() -> Calendar:
    days = [day for day in range(28) if day % 7 < 5]
    return Calendar([(at(day, h), at(day, h + 4)) for day in days for h in (9, 14)], WINDOW)


@pytest.mark.parametrize(
    ("start", "seconds", "due"),
    [
        (at(0, 9), HALF_HOUR, at(0, 9, 30)),
        (at(0, 12, 30), HALF_HOUR, at(0, 13)),  # spent when the morning ends: due then, not when work goes on
        (at(0, 12, 31), HALF_HOUR, at(0, 14, 1)),
        (at(0, 13), HALF_HOUR, at(0, 14, 30)),  # lunch is a gap
        (at(0, 13, 59), HALF_HOUR, at(0, 14, 30)),
        (at(0, 7), HALF_HOUR, at(0, 9, 30)),
        (at(4, 17, 50), HALF_HOUR, at(7, 9, 20)),  # Friday evening
        (at(5, 12), HALF_HOUR, at(7, 9, 30)),  # Saturday
        (at(0, 9), 8 * 3600, at(0, 18)),
        (at(0, 9), 80 * 3600, at(11, 18)),
        (at(0, 3), 0, at(0, 3)),  # nothing to wait for
        (at(0, 9), 0.25, at(0, 9) + timedelta(milliseconds=250)),
    ],
)
def test_a_deadline_counts_working_time_only(start: datetime, seconds: float, due: datetime) -> None:
    assert office().add(start, seconds) == due
    assert office().between(start, due) == seconds


def test_intervals_are_half_open() -> None:
    calendar = office()
    assert calendar.is_open(at(0, 9))
    assert not calendar.is_open(at(0, 13))
    assert calendar.closes_at(at(0, 9)) == at(0, 13)
    assert calendar.closes_at(at(0, 13)) is None
    assert calendar.next_open(at(0, 13)) == at(0, 14)
    assert calendar.next_open(at(0, 14)) == at(0, 14)
    assert calendar.next_open(at(27, 12)) is None


def test_a_shift_goes_over_lunch_but_not_over_night() -> None:
    calendar = office()
    assert calendar.shift_left(at(0, 9)) == 8 * 3600
    assert calendar.shift_left(at(0, 12, 30)) == 4.5 * 3600
    assert calendar.shift_left(at(0, 17, 50)) == 600
    assert calendar.shift_left(at(0, 13, 30)) == 0
    split = Calendar([(at(0, 9), at(0, 11)), (at(0, 13), at(0, 15)), (at(0, 17, 1), at(0, 18))], WINDOW)
    assert split.shift_left(at(0, 10)) == 3 * 3600  # a gap of two hours is still a break, a minute more is not


def test_touching_and_overlapping_spans_are_one() -> None:
    calendar = Calendar([(at(1, 0), at(2, 0)), (at(0, 0), at(1, 0)), (at(1, 12), at(2, 12))], WINDOW)
    assert list(calendar.spans()) == [Span(at(0, 0), at(2, 12))]
    assert calendar.closes_at(at(0, 23)) == at(2, 12)
    assert Calendar.always(WINDOW).closes_at(at(0, 23, 59)) == WINDOW[1]


def test_what_lies_outside_the_window_is_cut_off() -> None:
    calendar = Calendar([(at(-1, 0), at(0, 1)), (at(27, 23), at(30, 0))], WINDOW)
    assert list(calendar.spans()) == [Span(at(0, 0), at(0, 1)), Span(at(27, 23), at(28, 0))]


def test_hours_of_a_person_in_the_hours_of_a_drum_without_his_absence() -> None:
    person = Calendar([(at(day, 10), at(day, 19)) for day in range(7)], WINDOW)
    both = (office() & person).without([(at(0, 11), at(0, 12)), (at(1, 0), at(3, 0)), (at(0, 11, 30), at(0, 12, 30))])
    assert list(both.spans())[:4] == [
        Span(at(0, 10), at(0, 11)),
        Span(at(0, 12, 30), at(0, 13)),
        Span(at(0, 14), at(0, 18)),
        Span(at(3, 10), at(3, 13)),
    ]
    assert both.add(at(0, 17), 2 * 3600) == at(3, 11)


def test_an_absence_longer_than_the_window_leaves_nothing() -> None:
    assert list(office().without([(at(-9, 0), at(99, 0))]).spans()) == []
    assert office().without([]) == office()
    assert office().without([(at(-9, 0), at(-8, 0)), (at(98, 0), at(99, 0))]) == office()


def test_what_never_opens_says_so_and_names_the_window() -> None:
    closed = Calendar([], WINDOW)
    with pytest.raises(NeverOpens, match=r"never opens from 2026-03-02 10:00:00 UTC .* to 2026-03-30 00:00 UTC"):
        closed.add(at(0, 10), HALF_HOUR)
    with pytest.raises(NeverOpens):
        office().add(at(27, 12), HALF_HOUR)  # the last Sunday: nothing after it is known
    with pytest.raises(BeyondHorizon, match=r"only 3600 are left .* to 2026-03-30 00:00 UTC"):
        office().add(at(25, 17), 2 * 3600)


@pytest.mark.parametrize("ask", ["is_open", "next_open", "closes_at", "shift_left"])
def test_what_lies_outside_the_window_is_not_guessed(ask: str) -> None:
    for t in (WINDOW[0] - timedelta(microseconds=1), WINDOW[1]):
        with pytest.raises(BeyondHorizon, match="outside the calendar"):
            getattr(office(), ask)(t)
        with pytest.raises(BeyondHorizon):
            office().add(t, HALF_HOUR)
    assert office().between(*WINDOW) == 20 * 8 * 3600


def test_a_naive_datetime_is_an_error() -> None:
    naive = datetime(2026, 3, 2, 10)  # noqa: DTZ001  that is the point
    calendar = office()
    for ask in (calendar.is_open, calendar.next_open, calendar.closes_at, calendar.shift_left):
        with pytest.raises(ValueError, match="naive datetime 2026-03-02T10:00:00"):
            ask(naive)
    for call in (
        lambda: calendar.add(naive, 1),
        lambda: calendar.explain(naive, 1),
        lambda: calendar.between(naive, at(0, 11)),
        lambda: calendar.between(at(0, 9), naive),
        lambda: calendar.without([(naive, at(0, 11))]),
        lambda: Calendar([(at(0, 9), naive)], WINDOW),
        lambda: Calendar([], (naive, at(1, 0))),
    ):
        with pytest.raises(ValueError, match="naive"):
            call()


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_budget_is_a_number_of_seconds(seconds: float) -> None:
    with pytest.raises(ValueError, match="budget"):
        office().add(at(0, 9), seconds)


def test_senseless_spans_and_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        Calendar([(at(1, 0), at(0, 0))], WINDOW)
    with pytest.raises(ValueError, match="window is empty"):
        Calendar([], (at(1, 0), at(1, 0)))
    with pytest.raises(ValueError, match="before the start"):
        office().between(at(1, 0), at(0, 0))


def test_calendars_are_values() -> None:
    assert office() == office()
    assert hash(office()) == hash(office())
    assert office() != Calendar([], WINDOW)
    assert pickle.loads(pickle.dumps(office())) == office()  # noqa: S301  its own bytes


def test_any_zone_may_ask() -> None:
    from zoneinfo import ZoneInfo

    moscow = at(0, 9).astimezone(ZoneInfo("Europe/Moscow"))
    assert office().add(moscow, HALF_HOUR) == at(0, 9, 30)
    assert office().add(moscow, HALF_HOUR).tzinfo is UTC
