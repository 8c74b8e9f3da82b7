"""When the head hears of a lead at the latest (S-53), checked against following every course by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leaddrum.core.worktime import Calendar
from leaddrum.core.worst_case import Crew, Terms, Worst, head_at, worst

pytestmark = pytest.mark.rule("S-53")

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WINDOW = MONDAY, MONDAY + timedelta(days=60)
OFFICE = [(day, 9, 18) for day in range(60) if (MONDAY + timedelta(days=day)).weekday() < 5]


def calendar(shifts: list[tuple[int, int, int]]) -> Calendar:
    """Of (day, from hour, to hour)."""
    spans = [(at(day, start), at(day, end)) for day, start, end in shifts]
    return Calendar(spans, WINDOW)


def at(day: int, hour: float) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


def terms(**changes: int) -> Terms:
    return Terms(**{"budget": 1800, "misses": 4, "verdict_delay": 0, "cooldown": 1800, "shortest": 1800} | changes)


def test_friday_evening_reaches_the_head_on_monday_morning() -> None:
    crews = [Crew(calendar(OFFICE), people=5)]
    assert head_at(crews, terms(), at(4, 17 + 50 / 60)) == at(7, 10 + 50 / 60)


def test_the_worst_arrival_of_a_week_is_friday_evening() -> None:
    crews = [Crew(calendar(OFFICE), people=5)]
    arrivals = [at(0, 0) + timedelta(minutes=10 * step) for step in range(7 * 24 * 6)]
    found = worst(crews, terms(), [arrival for arrival in arrivals if crews[0].hours.is_open(arrival)])
    assert found is not None
    assert (found.arrival, found.reached) == (at(4, 17 + 50 / 60), at(7, 10 + 50 / 60))


def test_one_alone_waits_for_his_cooldown_between_the_offers() -> None:
    alone, two = [Crew(calendar(OFFICE))], [Crew(calendar(OFFICE), people=2)]
    assert head_at(alone, terms(), at(0, 9)) == at(0, 12.5)  # four budgets and three cooldowns
    assert head_at(two, terms(), at(0, 9)) == at(0, 11)
    assert head_at(alone, terms(cooldown=0), at(0, 9)) == at(0, 11)


def test_the_verdict_delay_is_clock_time_and_adds_up() -> None:
    crews = [Crew(calendar(OFFICE), people=5)]
    assert head_at(crews, terms(verdict_delay=20), at(0, 9)) == at(0, 11) + timedelta(seconds=80)


def test_an_absence_that_begins_during_a_turn_passes_it_on_without_a_miss() -> None:
    leaving = Crew(calendar(OFFICE), away=((at(0, 9.25), at(9, 0)),))
    crews = [leaving, Crew(calendar(OFFICE), people=9)]
    assert head_at(crews, terms(), at(0, 9)) == at(0, 11.25)


def test_a_lead_of_the_night_starts_in_the_morning() -> None:
    assert head_at([Crew(calendar(OFFICE), people=5)], terms(), at(5, 12)) == at(7, 11)


def test_nobody_ever_on_duty_is_unknown() -> None:
    assert head_at([Crew(calendar([(0, 9, 10)]))], terms(), at(1, 0)) is None
    assert worst([], terms(), [at(0, 9)]) is None


def test_a_hundred_misses_of_people_who_keep_the_same_hours() -> None:
    crews = [Crew(calendar(OFFICE), people=3)]
    arrivals = [at(day, 9 + step / 6) for day in range(5) for step in range(54)]
    found = worst(crews, terms(misses=100, shortest=600, cooldown=1800), arrivals)
    assert found is not None
    assert found.reached == head_at(crews, terms(misses=100, shortest=600, cooldown=1800), found.arrival)


def test_too_many_courses_to_follow_are_unknown_not_a_standstill() -> None:
    hours = [calendar([(day, start, start + 8) for day in range(60)]) for start in (8, 9, 11)]
    terms_of_many = terms(misses=100, verdict_delay=20, shortest=600)
    assert worst([Crew(own) for own in hours], terms_of_many, [at(0, 9)]) is None


SHIFTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20), st.integers(1, 4)), min_size=1, max_size=8)


@example([[(0, 0, 2)], [(1, 0, 3)], [(2, 0, 1)]], 0, 4, 3, 1800)
@example([[(1, 0, 1)], [(0, 0, 4), (1, 1, 2)]], 0, 6, 2, 5400)
@given(
    st.lists(SHIFTS, min_size=1, max_size=3),
    st.integers(0, 24 * 9 * 2),
    st.integers(1, 8),
    st.integers(1, 3),
    st.sampled_from([0, 1800, 5400]),
)
def test_no_course_ends_later(
    shifts: list[list[tuple[int, int, int]]], start: int, halves: int, misses: int, rest: int
) -> None:
    """Every person in turn, with cooldowns kept exactly: the bound holds for each course."""
    tail = [(day, 9, 18) for day in range(10, 60)]  # later on everybody keeps office hours, so every course ends
    people = [calendar([(day, hour, hour + length) for day, hour, length in own] + tail) for own in shifts]
    known = terms(budget=halves * 1800, misses=misses, cooldown=rest, shortest=halves * 1800)
    arrival = MONDAY + timedelta(minutes=30 * start)
    bound = head_at([Crew(hours) for hours in people], known, arrival)
    assert bound is not None
    assert max(courses(people, known, arrival, {}, 0)) <= bound


@given(
    st.lists(SHIFTS, min_size=1, max_size=3), st.lists(st.integers(0, 600), min_size=1, max_size=20), st.integers(1, 3)
)
def test_the_worst_of_many_arrivals_is_the_worst_of_each(
    shifts: list[list[tuple[int, int, int]]], sixths: list[int], misses: int
) -> None:
    tail = [(day, 9, 18) for day in range(10, 60)]
    crews = [Crew(calendar([(day, hour, hour + length) for day, hour, length in own] + tail)) for own in shifts]
    known = terms(misses=misses, shortest=600)
    waits = {arrival: head_at(crews, known, arrival) for arrival in (at(0, step / 6) for step in sorted({*sixths}))}
    longest = max(reached - arrival for arrival, reached in waits.items() if reached)
    latest = max(arrival for arrival, end in waits.items() if end and end - arrival >= longest - timedelta(minutes=1))
    assert worst(crews, known, waits) == Worst(latest, waits[latest] or latest)


def courses(
    people: list[Calendar], known: Terms, now: datetime, missed: dict[int, datetime], misses: int
) -> list[datetime]:
    """The ends of all courses from here: at each turn, every person who may be offered the lead is."""
    if misses == known.misses:
        return [now]
    free = [
        person
        for person, hours in enumerate(people)
        if hours.is_open(now) and (person not in missed or hours.add(missed[person], known.cooldown) <= now)
    ]
    if not free:
        opening = [opens for hours in people if (opens := hours.next_open(now)) is not None and opens > now]
        rested = [people[person].add(when, known.cooldown) for person, when in missed.items()]
        return courses(people, known, min(instant for instant in opening + rested if instant > now), missed, misses)
    ends: list[datetime] = []
    for person in free:
        end = people[person].add(now, known.budget)
        ends += courses(people, known, end, missed | {person: end}, misses + 1)
    return ends
