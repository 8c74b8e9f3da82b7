"""The drawing of a deadline: every time stands over its mark, and its days, edges and lunch can be seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from leaddrum.core.derivation import Derivation, Step
from leaddrum.core.worktime import Calendar
from leaddrum.web.daybar import HALF, LEFT, RIGHT, WIDTH, Day, Drawing, draw

ZONE = ZoneInfo("UTC")


def at(day: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=UTC)


def drawn(*stretches: tuple[datetime, datetime], now: datetime | None = None, hours: Calendar | None = None) -> Drawing:
    steps = tuple(Step(a.date(), a, b, (b - a).total_seconds()) for a, b in stretches)
    return draw(
        Derivation(stretches[0][0], stretches[-1][1], sum(one.seconds for one in steps), "UTC", steps, ()),
        hours,
        ZONE,
        now,
    )


def labels(day: Day) -> list[tuple[float, str]]:
    return [(label.x, label.words) for label in day.labels]


def place(day: Day, kind: str) -> float:
    return next(mark.x for mark in day.marks if mark.kind == kind)


def test_a_time_stands_over_its_mark() -> None:
    """Early in the day too, where the day's name once pushed it hours away."""
    first, second = drawn((at(24, "17:56"), at(24, "18:00")), (at(25, "09:00"), at(25, "09:26"))).days
    assert labels(first) == [(place(first, "offered"), "17:56")]
    assert labels(second) == [(place(second, "due"), "09:26")]


def test_times_that_are_far_from_each_other_stand_each_over_its_mark() -> None:
    (day,) = drawn((at(24, "09:10"), at(24, "13:00")), (at(24, "14:00"), at(24, "16:10"))).days
    assert labels(day) == [(place(day, "offered"), "09:10"), (place(day, "due"), "16:10")]


def test_times_that_would_touch_are_one_label_over_both_marks() -> None:
    for clock in ("09:11", "23:38"):
        start = at(24, clock)
        (day,) = drawn((start, start + timedelta(minutes=20))).days
        ((x, words),) = labels(day)
        assert words == f"{clock} → {start + timedelta(minutes=20):%H:%M}"
        assert x - HALF <= place(day, "offered") < place(day, "due") <= x + HALF
        assert x + HALF <= WIDTH


def test_a_short_deadline_is_drawn_with_the_hours_around_it() -> None:
    """Twenty minutes of a whole working day would be a hair; of four hours they are a bar."""
    open_at = [(at(24, "09:00"), at(24, "13:00")), (at(24, "14:00"), at(24, "21:00"))]
    office = Calendar(open_at, (at(23, "00:00"), at(26, "00:00")))
    short = drawn((at(24, "12:10"), at(24, "12:30")), hours=office)
    assert [words for _x, words in short.hours] == ["10", "11", "12", "13", "14"]
    (day,) = short.days
    widths = [(piece.width, piece.used) for piece in day.pieces]
    assert widths == [(183.0, False), (20.3, True)]  # of the afternoon no hair is left at the edge
    long = drawn((at(24, "09:10"), at(24, "11:30")), hours=office)
    assert [words for _x, words in long.hours] == ["08", "10", "12", "14", "16", "18", "20", "22"]


def test_a_mark_outside_the_working_hours_is_on_the_scale() -> None:
    """Offered late in the evening: the bars reach so far, the mark is not squeezed to their end."""
    step = Step(at(25, "09:00").date(), at(25, "09:00"), at(25, "09:30"), 1800)
    found = Derivation(at(24, "22:30"), at(25, "09:30"), 1800, "UTC", (step,), ())
    drawing = draw(found, None, ZONE, at(24, "23:15"))
    hours = {words: x for x, words in drawing.hours}
    late, next_day = drawing.days
    assert hours["20"] < place(late, "offered") < place(late, "now") <= RIGHT
    assert labels(late) == [(place(late, "offered"), "22:30")]
    assert LEFT <= hours["08"] < place(next_day, "due") < hours["12"]
