"""Calendars and compiled hours against a slow walk over minutes, on random plans (S-11, S-12, S-14, S-15, S-16)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from leaddrum.core.dayrule import DayRule, format_range, parse_range
from leaddrum.core.derivation import Derivation
from leaddrum.core.hours import Hours, day_notes
from leaddrum.core.hours import compile as compiled
from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens
from tests.core.slow_worktime import MINUTE, open_minutes, walk

START = datetime(2026, 1, 5, tzinfo=UTC)
TWO_DAYS = (START, START + timedelta(days=2))
MINUTES = 2 * 1440

pairs = st.tuples(st.integers(0, MINUTES), st.integers(0, MINUTES)).map(sorted)
stretches = st.lists(pairs, max_size=8)
# Calendars that open and close at whole minutes, and instants on them
calendars = stretches.map(
    lambda found: Calendar([(START + a * MINUTE, START + b * MINUTE) for a, b in found], TWO_DAYS)
)
instants = st.integers(0, MINUTES - 1).map(lambda n: START + n * MINUTE)
budgets = st.integers(0, 1200)  # minutes


def minutes_of(calendar: Calendar) -> set[datetime]:
    return {START + n * MINUTE for n in range(MINUTES) if calendar.is_open(START + n * MINUTE)}


@given(calendars, instants, budgets)
def test_a_deadline_is_where_a_walk_over_minutes_ends(calendar: Calendar, start: datetime, minutes: int) -> None:
    expected = walk(minutes_of(calendar), start, minutes, TWO_DAYS[1])
    try:
        assert calendar.add(start, minutes * 60) == expected
    except (BeyondHorizon, NeverOpens):
        assert expected is None


@given(stretches, instants)
def test_open_is_what_some_stretch_covers(found: list[list[int]], t: datetime) -> None:
    calendar = Calendar([(START + a * MINUTE, START + b * MINUTE) for a, b in found], TWO_DAYS)
    assert calendar.is_open(t) == any(START + a * MINUTE <= t < START + b * MINUTE for a, b in found)


@given(calendars, instants, budgets)
def test_between_is_the_inverse_of_add(calendar: Calendar, start: datetime, minutes: int) -> None:
    try:
        due = calendar.add(start, minutes * 60)
    except (BeyondHorizon, NeverOpens):
        return
    assert calendar.between(start, due) == minutes * 60
    if minutes:  # and it is the earliest such instant
        assert calendar.between(start, due - timedelta(microseconds=1)) < minutes * 60


@given(calendars, instants, budgets, budgets)
def test_a_budget_may_be_spent_in_two_parts(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    try:
        whole = calendar.add(start, (first + second) * 60)
    except (BeyondHorizon, NeverOpens):
        return
    halfway = calendar.add(start, first * 60)
    assume(halfway < TWO_DAYS[1])
    assert calendar.add(halfway, second * 60) == whole


@given(calendars, instants, instants, budgets)
def test_who_starts_later_is_never_due_earlier(calendar: Calendar, a: datetime, b: datetime, minutes: int) -> None:
    a, b = sorted((a, b))
    try:
        later = calendar.add(b, minutes * 60)
    except (BeyondHorizon, NeverOpens):
        return
    assert calendar.add(a, minutes * 60) <= later


@given(calendars, instants, instants, instants)
def test_stretches_add_up(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert calendar.between(a, c) == calendar.between(a, b) + calendar.between(b, c)
    assert calendar.between(a, c) == 60 * sum(a <= t < c for t in minutes_of(calendar))


@given(calendars, calendars)
def test_intersection_is_both_and_commutes(one: Calendar, other: Calendar) -> None:
    assert one & other == other & one
    assert minutes_of(one & other) == minutes_of(one) & minutes_of(other)
    assert one & one == one
    assert one & Calendar.always(TWO_DAYS) == one


@given(calendars, stretches)
def test_an_absence_takes_away_exactly_its_minutes(calendar: Calendar, away: list[list[int]]) -> None:
    spans = [(START + a * MINUTE, START + b * MINUTE) for a, b in away]
    left = calendar.without(spans)
    assert minutes_of(left) == {t for t in minutes_of(calendar) if not any(a <= t < b for a, b in spans)}


@given(calendars, instants)
def test_next_opening_and_closing(calendar: Calendar, t: datetime) -> None:
    opened = minutes_of(calendar)
    assert calendar.next_open(t) == min((m for m in opened if m >= t), default=None)
    closes = calendar.closes_at(t)
    assert (closes is not None) == (t in opened)
    if closes:
        assert closes not in opened
        assert all(t + n * MINUTE in opened for n in range(int((closes - t) / MINUTE)))


# Hours in named zones

quarter = st.integers(0, 95).map(lambda n: n * 15)


@st.composite
def day_hours(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Up to three ranges in a day, the last of which may cross midnight."""
    edges = sorted(draw(st.lists(quarter, min_size=0, max_size=6, unique=True)))
    spans = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2:
        spans.append((edges[-1], draw(st.sampled_from([1440, edges[-1] + 480, 1440 + min(360, edges[-1])]))))
    return spans


weeks = st.dictionaries(st.integers(0, 6), day_hours(), max_size=7)
days = st.integers(0, 8).map(lambda n: date(2026, 2, 1) + timedelta(days=n))
zones = st.sampled_from(["Europe/Moscow", "Asia/Kathmandu", "America/New_York", "Pacific/Apia", "UTC"])
NINE_DAYS = (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 10, tzinfo=UTC))  # no clock changes in these zones


@given(weeks, st.dictionaries(days, day_hours(), max_size=4), zones)
def test_hours_are_what_the_wall_clock_says(
    week: dict[int, list[tuple[int, int]]], special: dict[date, list[tuple[int, int]]], zone: str
) -> None:
    hours = Hours(
        zone=zone,
        week={day: tuple(spans) for day, spans in week.items()},
        exceptions={day: DayRule("", tuple(spans)) for day, spans in special.items()},
    )
    calendar = compiled(hours, NINE_DAYS)
    expected = open_minutes(week, special, zone, *NINE_DAYS)
    found = {start + n * MINUTE for start, end, _ in calendar.spans() for n in range(int((end - start) / MINUTE))}
    assert found == expected


@given(weeks, st.dictionaries(days, day_hours(), max_size=4), zones)
def test_hours_survive_being_written_down(
    week: dict[int, list[tuple[int, int]]], special: dict[date, list[tuple[int, int]]], zone: str
) -> None:
    hours = Hours(
        zone=zone,
        week={day: tuple(spans) for day, spans in week.items()},
        exceptions={day: DayRule("why", tuple(spans)) for day, spans in special.items()},
    )
    again = Hours.from_spec(hours.to_spec(), "UTC")
    assert compiled(again, NINE_DAYS) == compiled(hours, NINE_DAYS)
    assert again.to_spec() == hours.to_spec()


@given(
    weeks.filter(lambda week: any(week.values())),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Europe/Moscow"]),
    st.integers(0, 730 * 1440),
    st.integers(1, 6000),
)
def test_deadlines_over_clock_changes(
    week: dict[int, list[tuple[int, int]]], zone: str, offset: int, minutes: int
) -> None:
    window = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    calendar = compiled(Hours(zone=zone, week={day: tuple(spans) for day, spans in week.items()}), window)
    start = window[0] + offset * MINUTE
    try:
        due = calendar.add(start, minutes * 60)
    except BeyondHorizon:
        return
    assert calendar.between(start, due) == minutes * 60
    spans = [(max(a, start), min(b, due)) for a, b, _ in calendar.spans()]
    assert sum(((b - a).total_seconds() for a, b in spans if a < b), 0.0) == minutes * 60  # true durations, on UTC


@given(calendars, instants, budgets, st.lists(pairs, max_size=2))
def test_a_derivation_accounts_for_every_second(
    calendar: Calendar, start: datetime, minutes: int, away: list[list[int]]
) -> None:
    absences = [(START + a * MINUTE, START + b * MINUTE, "ill") for a, b in away]
    calendar = calendar.without([(a, b) for a, b, _ in absences])
    try:
        due = calendar.add(start, minutes * 60)
    except (BeyondHorizon, NeverOpens):
        return
    found = calendar.explain(start, minutes * 60, day_notes(Hours(zone="Asia/Tokyo"), absences=absences))
    assert found.end == due
    assert sum(step.seconds for step in found.steps) + found.more_seconds == minutes * 60
    parts = sorted([(s.start, s.end) for s in found.steps] + [(s.start, s.end) for s in found.skipped])
    assert [end for _, end in parts][:-1] == [start for start, _ in parts][
        1:
    ]  # nothing between start and due is left out
    if parts:
        assert (parts[0][0], parts[-1][1]) == (start, due)
    assert Derivation.from_spec(found.to_spec()) == found


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_ranges_are_read_as_they_are_written(start: int, length: int) -> None:
    assert parse_range(format_range((start, start + length))) == (start, start + length)
