"""Hours of the week, exceptions, holidays, shift plans, clock changes; what a bad specification is told (S-11…S-16)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leaddrum.core.dayrule import BadHours, DayRule, parse_range, shortened
from leaddrum.core.hours import HORIZON, Hours, day_notes, require_opening
from leaddrum.core.hours import compile as compiled
from leaddrum.core.worktime import Calendar, NeverOpens

MOSCOW = "Europe/Moscow"
OFFICE: dict[str, Any] = {"weekdays": ["09:00-13:00", "14:00-18:00"]}
WINDOW = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def wall(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]  # year, month, day, hour, minute


def calendar(spec: dict[str, Any], zone: str = MOSCOW, holidays: dict[date, DayRule] | None = None) -> Calendar:
    return compiled(Hours.from_spec(spec, zone, holidays), WINDOW)


def opened(spec: dict[str, Any], day: date, zone: str = MOSCOW) -> float:
    """Working hours between one midnight and the next."""
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return calendar(spec, zone).between(start, start + timedelta(days=1)) / 3600


def test_the_narrower_key_wins() -> None:
    spec = {"every_day": ["10:00-11:00"], "weekdays": ["10:00-12:00"], "friday": ["10:00-13:00"], "sunday": []}
    monday = date(2026, 3, 2)
    assert [opened(spec, monday + timedelta(days=n)) for n in range(7)] == [2, 2, 2, 2, 3, 1, 0]


def test_an_exception_wins_over_a_holiday_and_the_week() -> None:
    day = date(2026, 12, 31)
    spec = OFFICE | {"holidays": "RU", "exceptions": [{"date": day, "hours": ["09:00-14:00"], "reason": "Short"}]}
    holidays = {day: DayRule("Holiday", ()), date(2026, 12, 30): DayRule("Holiday", ())}
    hours = Hours.from_spec(spec, MOSCOW, holidays)
    assert hours.on(day) == ((540, 840),)
    assert hours.on(date(2026, 12, 30)) == ()
    assert hours.on(date(2026, 12, 29)) == ((540, 780), (840, 1080))
    extra = Hours.from_spec(OFFICE | {"exceptions": [{"date": "2026-03-07", "hours": ["10:00-12:00"]}]}, MOSCOW)
    assert extra.on(date(2026, 3, 7)) == ((600, 720),)  # a working Saturday


def test_a_short_day_and_a_working_saturday() -> None:
    holidays = {
        date(2024, 11, 2): DayRule("Working day instead of 30.04.2024", like=1, shorter=60),
        date(2024, 6, 11): DayRule("Short", shorter=60),
    }
    spec = OFFICE | {"holidays": "RU", "tuesday": ["08:00-12:00"]}
    hours = Hours.from_spec(spec, MOSCOW, holidays)
    assert hours.on(date(2024, 6, 11)) == ((480, 660),)
    assert hours.on(date(2024, 11, 2)) == ((480, 660),)  # a Saturday with a Tuesday's hours, one less
    own = Hours.from_spec(spec | {"saturday": ["10:00-15:00"]}, MOSCOW, holidays)
    assert own.on(date(2024, 11, 2)) == ((600, 840),)  # who works on Saturdays anyway keeps his hours


@pytest.mark.parametrize(
    ("minutes", "left"),
    [(0, ((540, 780), (840, 870))), (20, ((540, 780), (840, 850))), (60, ((540, 750),)), (999, ())],
)
def test_a_shorter_day_loses_its_end(minutes: int, left: tuple[tuple[int, int], ...]) -> None:
    assert shortened(((540, 780), (840, 870)), minutes) == left


def test_a_night_shift_belongs_to_the_date_it_starts_on() -> None:
    spec = {"friday": ["22:00-06:00"]}
    night = calendar(spec)
    assert night.is_open(wall(MOSCOW, 2026, 3, 7, 5, 59))
    assert not night.is_open(wall(MOSCOW, 2026, 3, 7, 6))
    closed_saturday = spec | {"exceptions": [{"date": "2026-03-07", "hours": []}]}
    assert calendar(closed_saturday).is_open(wall(MOSCOW, 2026, 3, 7, 5))  # Friday's shift ends as it always does
    closed_friday = spec | {"exceptions": [{"date": "2026-03-06", "hours": []}]}
    assert not calendar(closed_friday).is_open(wall(MOSCOW, 2026, 3, 7, 5))


def test_round_the_clock_does_not_close_at_midnight() -> None:
    always = calendar({"every_day": ["00:00-24:00"]})
    assert len(list(always.spans())) == 1
    assert calendar({"every_day": ["18:00-00:00", "00:00-18:00"]}) == always
    assert calendar({"every_day": ["08:00-08:00"]}) == always  # a day on from eight to eight


def test_the_window_begins_within_a_night_shift() -> None:
    hours = Hours.from_spec({"every_day": ["22:00-06:00"]}, "UTC")
    window = (datetime(2026, 3, 1, 2, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC))
    assert compiled(hours, window).between(*window) == 5 * 3600


def test_two_days_on_two_off() -> None:
    day = ["08:00-20:00"]
    spec = {"shifts": {"anchor": date(2026, 1, 5), "pattern": [day, day, [], []]}}
    first = date(2026, 1, 1)
    assert [bool(opened(spec, first + timedelta(days=n))) for n in range(1, 13)] == [
        True, False, False, True, True, False, False, True, True, False, False, True,
    ]  # fmt: skip
    hours = Hours.from_spec(spec, MOSCOW)
    assert hours.usual(date(2025, 12, 28)) == ((480, 1200),)  # it repeats backwards too: 2 × 4 days before the anchor
    assert json.loads(json.dumps(hours.to_spec())) == hours.to_spec()
    assert Hours.from_spec(hours.to_spec(), "UTC") == hours


# Clocks change: Berlin 29.03.2026 02:00 → 03:00 and 25.10.2026 03:00 → 02:00


@pytest.mark.parametrize(
    ("spec", "day", "hours"),
    [
        (["22:00-06:00"], (2026, 3, 28), 7),
        (["22:00-06:00"], (2026, 10, 24), 9),
        (["22:00-06:00"], (2026, 3, 27), 8),
        (["02:00-03:00"], (2026, 3, 29), 0),  # the hour that is missing
        (["02:15-02:45"], (2026, 3, 29), 0),
        (["02:30-05:00"], (2026, 3, 29), 2),  # from the jump on
        (["00:00-02:30"], (2026, 3, 29), 2),
        (["00:00-02:30"], (2026, 10, 25), 2.5),  # until the first 02:30
        (["02:30-05:00"], (2026, 10, 25), 3.5),  # from the first 02:30
        (["00:00-24:00"], (2026, 3, 29), 23),
        (["00:00-24:00"], (2026, 10, 25), 25),
    ],
)
def test_hours_on_the_day_the_clocks_change(spec: list[str], day: tuple[int, int, int], hours: float) -> None:
    days = {"exceptions": [{"date": date(*day), "hours": spec}]}
    found = calendar(days, "Europe/Berlin")
    assert found.between(*WINDOW) / 3600 == hours


def test_half_an_hour_of_lord_howe_and_a_day_that_samoa_skipped() -> None:
    window = (datetime(2011, 1, 1, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC))
    lord_howe = Hours.from_spec(
        {"exceptions": [{"date": "2011-10-02", "hours": ["02:10-03:00"]}]}, "Australia/Lord_Howe"
    )
    assert compiled(lord_howe, window).between(*window) == 30 * 60  # 02:00 became 02:30
    samoa = Hours.from_spec({"exceptions": [{"date": "2011-12-30", "hours": ["09:00-18:00"]}]}, "Pacific/Apia")
    assert compiled(samoa, window).between(*window) == 0  # there was no 30 December
    moscow = Hours.from_spec({"every_day": ["09:00-18:00"]}, MOSCOW)
    assert compiled(moscow, window).is_open(datetime(2011, 3, 26, 6, tzinfo=UTC))  # UTC+3, then for good UTC+4
    assert compiled(moscow, window).is_open(datetime(2011, 11, 26, 5, tzinfo=UTC))


def test_a_person_in_another_zone_in_the_drums_hours() -> None:
    drum = calendar(OFFICE)
    person = calendar(OFFICE, "Asia/Yekaterinburg")  # two hours ahead
    both = drum & person
    start = wall(MOSCOW, 2026, 3, 2, 0)
    assert [(a - start, b - start) for a, b, _ in list(both.spans()) if start <= a < start + timedelta(days=1)] == [
        (timedelta(hours=9), timedelta(hours=11)),
        (timedelta(hours=12), timedelta(hours=13)),
        (timedelta(hours=14), timedelta(hours=16)),
    ]


# What cannot be


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"weekday": []}, "weekday: unknown key; known are name, zone, every_day, weekdays, monday"),
        ({"weekdays": "09:00-18:00"}, "weekdays: a list of hours like .* not a text"),
        ({"weekdays": ["9-18"]}, r"weekdays\[0\]: '9-18' is not a range of times like 09:00-13:00"),
        ({"weekdays": ["09:00-18:00", 9]}, r"weekdays\[1\]: a text like 09:00-18:00, not a number"),
        ({"weekdays": ["09:00-25:00"]}, r"weekdays\[0\]: 25:00 is not a time of day; they go from 00:00 to 24:00"),
        ({"weekdays": ["09:60-10:00"]}, "09:60 is not a time of day"),
        ({"weekdays": ["24:00-06:00"]}, "starts at 24:00; write 00:00 on the next day"),
        ({"monday": ["09:00-13:00", "12:00-18:00"]}, "monday: 09:00-13:00 and 12:00-18:00 overlap"),
        ({"zone": "Moscow"}, "zone: 'Moscow' is not a known time zone; an example is Europe/Moscow"),
        ({"zone": "../etc"}, "zone: '../etc' is not a known time zone"),
        ({"zone": 3}, "zone: 3 is not a known"),
        ({"holidays": True}, 'holidays: a country code like "RU", not true or false'),
        ({"exceptions": {}}, "exceptions: a list of {date, hours, reason}, not a table"),
        ({"exceptions": ["2026-01-01"]}, r"exceptions\[0\]: a table of date, hours and reason, not a text"),
        ({"exceptions": [{"hours": []}]}, r"exceptions\[0\].date: missing; a date looks like 2026-12-31"),
        (
            {"exceptions": [{"date": "31.12.2026", "hours": []}]},
            r"exceptions\[0\].date: '31.12.2026'; a date looks like",
        ),
        ({"exceptions": [{"date": "2026-12-31"}]}, r"exceptions\[0\].hours: missing; an empty list closes the day"),
        ({"exceptions": [{"date": "2026-12-31", "hours": [], "x": 1}]}, r"exceptions\[0\].x: unknown key"),
        ({"exceptions": [{"date": "2026-12-31", "hours": []}] * 2}, r"exceptions\[1\].date: 2026-12-31 already has"),
        ({"exceptions": [{"date": "2026-12-31", "hours": [], "reason": 5}]}, r"exceptions\[0\].reason: a text"),
        ({"shifts": {"anchor": "2026-01-05"}}, "shifts: a table of exactly anchor"),
        ({"shifts": {"anchor": "2026-01-05", "pattern": []}}, "shifts.pattern: a list of 1 to 366 days"),
        ({"shifts": {"anchor": 5, "pattern": [[]]}}, "shifts.anchor: 5; a date looks like"),
        ({"shifts": {"anchor": "2026-01-05", "pattern": [["x"]]}}, r"shifts.pattern\[0\]\[0\]: 'x' is not a range"),
        ({"monday": [], "shifts": {"anchor": "2026-01-05", "pattern": [[]]}}, "stands instead of days of the week"),
        (["09:00-18:00"], "hours are a table of keys, not a list"),
        (None, "hours are a table of keys, not nothing"),
    ],
)
def test_a_bad_specification_is_told_what_and_where(spec: object, message: str) -> None:
    with pytest.raises(BadHours, match=message):
        Hours.from_spec(spec, MOSCOW)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(BadHours) as raised:
        Hours.from_spec({"x": 1, "monday": ["a", "b"], "exceptions": [{}]}, "Nowhere")
    where = [problem.where for problem in raised.value.problems]
    assert where == ["x", "zone", "monday[0]", "monday[1]", "exceptions[0].date", "exceptions[0].hours"]


def test_holidays_that_are_not_given_are_not_forgotten() -> None:
    with pytest.raises(ValueError, match="holidays of 'RU', which are not given"):
        Hours.from_spec(OFFICE | {"holidays": "RU"}, MOSCOW)


@pytest.mark.parametrize("text", [" 09:00 - 13:00 ", "9:00-13:00", "09:00–13:00"])
def test_small_liberties_in_writing(text: str) -> None:
    assert parse_range(text) == (540, 780)


def test_a_calendar_that_never_opens_is_refused() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    past = {"exceptions": [{"date": "2026-03-01", "hours": ["09:00-10:00"]}]}
    far = {"exceptions": [{"date": "2028-03-05", "hours": ["09:00-10:00"]}]}
    specs: list[dict[str, Any]] = [{}, {"monday": []}, past, far]
    for spec in specs:
        with pytest.raises(NeverOpens, match="never opens between 2026-03-02 and 2028-03-02"):
            require_opening(Hours.from_spec(spec, MOSCOW), now)
    assert require_opening(Hours.from_spec(OFFICE, MOSCOW), now).window == (now, now + HORIZON)


# What was skipped, and why


def skipped(spec: dict[str, Any], start: datetime, seconds: float, **notes: Any) -> list[tuple[str, str, str]]:
    hours = Hours.from_spec(spec, MOSCOW, notes.pop("holidays", None))
    absences = notes.pop("absences", ())
    found = compiled(hours, WINDOW).without([(a, b) for a, b, _ in absences])
    derivation = found.explain(start, seconds, day_notes(hours, absences=absences))
    assert derivation.end == found.add(start, seconds)
    return [(f"{skip.date:%d.%m}", skip.code, skip.note) for skip in derivation.skipped]


def test_what_was_skipped_and_why() -> None:
    assert skipped(OFFICE, wall(MOSCOW, 2026, 3, 2, 12, 50), 1800) == [("02.03", "break", "")]
    assert skipped(OFFICE, wall(MOSCOW, 2026, 3, 6, 17, 50), 1800) == [
        ("06.03", "outside_hours", ""),
        ("07.03", "closed_weekday", ""),
        ("09.03", "outside_hours", ""),
    ]
    assert skipped(OFFICE, wall(MOSCOW, 2026, 3, 3, 17, 50), 1800) == [
        ("03.03", "outside_hours", "")
    ]  # one night, one line
    moved = OFFICE | {
        "holidays": "RU",
        "exceptions": [{"date": "2026-03-10", "hours": [], "reason": "Inventory"}, {"date": "2026-03-06", "hours": []}],
    }
    holidays = {date(2026, 3, 9): DayRule("Women's Day", ()), date(2026, 3, 5): DayRule("Eve", shorter=60)}
    assert skipped(moved, wall(MOSCOW, 2026, 3, 5, 16, 50), 1800, holidays=holidays) == [
        ("05.03", "outside_hours", "Eve"),
        ("06.03", "exception", ""),
        ("07.03", "closed_weekday", ""),
        ("09.03", "holiday", "Women's Day"),
        ("10.03", "exception", "Inventory"),
        ("11.03", "outside_hours", ""),
    ]


def test_an_absence_is_named() -> None:
    away = [(wall(MOSCOW, 2026, 3, 3, 0), wall(MOSCOW, 2026, 3, 5, 0), "отпуск")]
    assert skipped(OFFICE, wall(MOSCOW, 2026, 3, 2, 17, 50), 1800, absences=away) == [
        ("02.03", "outside_hours", ""),
        ("03.03", "absence", "отпуск"),
        ("05.03", "outside_hours", ""),
    ]


def test_days_off_of_a_shift_plan() -> None:
    plan = {"shifts": {"anchor": "2026-03-02", "pattern": [["08:00-20:00"], [], []]}}
    assert ("03.03", "day_off", "") in skipped(plan, wall(MOSCOW, 2026, 3, 2, 19, 50), 1800)


def test_a_long_derivation_stays_short() -> None:
    hours = Hours.from_spec(OFFICE, MOSCOW)
    found = compiled(hours, WINDOW).explain(wall(MOSCOW, 2026, 3, 2, 9), 1000 * 3600, day_notes(hours))
    assert len(found.steps) == 45
    assert found.more_steps == 205
    assert sum(step.seconds for step in found.steps) + found.more_seconds == 1000 * 3600
    assert found.steps[-1].end == found.end
    rare = Hours.from_spec({"exceptions": [{"date": "2026-12-01", "hours": ["09:00-18:00"]}]}, MOSCOW)
    far = compiled(rare, WINDOW).explain(wall(MOSCOW, 2026, 1, 2, 9), 60, day_notes(rare))
    assert [skip.code for skip in far.skipped] == ["closed_weekday", "unlisted"]
