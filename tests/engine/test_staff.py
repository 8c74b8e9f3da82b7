"""What is kept of a company's people says the same as working it out anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaddrum.core.hours import Hours
from leaddrum.core.policy import Policy, Roster
from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens
from leaddrum.engine.members import Member, Unit
from leaddrum.engine.staff import Org

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
LATE = timedelta(days=790)  # near the end of what calendars know
WEEK = {"weekdays": ["09:00-13:00", "14:00-18:00"]}
SPECS = {
    "office": Hours.from_spec(WEEK, "Europe/Moscow", {}),
    "mornings": Hours.from_spec({"weekdays": ["08:00-12:00"]}, "Europe/Moscow", {}),
}


def org(people: list[Member], rosters: list[Roster]) -> Org:
    units = [
        Unit(1, "firm", None, None, None, (1,)),
        Unit(2, "sales", 1, None, None, (2, 3)),
        Unit(3, "x", 1, None, None, (3, 4)),
    ]
    return Org(
        company=1,
        version=1,
        zone="Europe/Moscow",
        built_at=NOW,
        people={member.id: member for member in people},
        units={unit.id: unit for unit in units},
        stages={},
        drums={number: f"d{number}" for number in range(len(rosters))},
        policies={
            number: Policy(f"d{number}", 1, roster, ("new",), calendar="office")
            for number, roster in enumerate(rosters)
        },
        specs=SPECS,
        zoned=frozenset(),
        routes=[],
        default_drum=0,
        apart=False,
    )


def member(number: int, **values: object) -> Member:
    told = Member(number, f"p{number}", "", "employee", "", "Europe/Moscow", "ru", "", True, False, (), ())
    return replace(told, **values)  # type: ignore[arg-type]  # given by name below


def deadline(hours: Calendar, start: datetime, seconds: int) -> datetime | str:
    try:
        return hours.add(start, seconds)
    except (NeverOpens, BeyondHorizon) as error:
        return type(error).__name__


quarters = st.integers(-100, 400).map(lambda number: NOW + timedelta(minutes=15 * number))
spans = st.tuples(quarters, st.integers(1, 100) | st.just(100_000)).map(
    lambda pair: (pair[0], pair[0] + timedelta(minutes=15 * pair[1]), "")
)


@given(
    calendar=st.sampled_from(["", "office", "mornings"]),
    zone=st.sampled_from(["Europe/Moscow", "Asia/Yekaterinburg"]),
    absences=st.lists(spans, max_size=3).map(tuple),
    start=quarters | st.just(NOW + LATE),
    seconds=st.sampled_from([0, 60, 900, 1800, 4 * 3600, 40 * 3600]),
)
def test_a_deadline_is_the_same_whether_absences_that_do_not_touch_it_count_or_not(
    calendar: str, zone: str, absences: tuple[tuple[datetime, datetime, str], ...], start: datetime, seconds: int
) -> None:
    people = org([member(1, calendar=calendar, zone=zone, absences=absences)], [Roster(people=("p1",))])
    whole, near = people.hours(1, 0), people.hours_from(1, 0, start, seconds)
    for share in (1.0, 0.8, 0.5):
        assert deadline(near, start, round(seconds * share)) == deadline(whole, start, round(seconds * share))


def test_people_who_are_away_at_another_time_share_a_calendar() -> None:
    away = ((NOW + timedelta(days=30), NOW + timedelta(days=40), ""),)
    people = org(
        [member(1, calendar="mornings"), member(2, calendar="mornings", absences=away)], [Roster(people=("p1",))]
    )
    assert people.hours_from(2, 0, NOW, 1800) is people.hours_from(1, 0, NOW, 1800)
    assert people.hours_from(2, 0, NOW + timedelta(days=31), 1800) is people.hours(2, 0)


@pytest.mark.parametrize("owners", [[1, 2, 3, 4, None, 9], [4, 3, 2, 1, 9, None]])
def test_a_roster_that_is_kept_is_that_of_the_drum_and_of_the_owners_departments(owners: list[int | None]) -> None:
    people = [
        member(1, departments=(1,)),
        member(2, departments=(2,)),
        member(3, departments=(2, 3)),
        member(4, departments=(3,), active=False),
    ]
    rosters = [
        Roster(people=("p4", "p2", "gone")),
        Roster(department="sales"),
        Roster(department="firm", subdepartments=True),
        Roster(owners_department=True),
        Roster(owners_department=True, subdepartments=True),
    ]
    kept = org(people, rosters)
    for owner in owners:
        for drum in range(len(rosters)):
            anew = org(people, rosters).roster(drum, owner)
            assert kept.roster(drum, owner) == anew
            assert {person for person in range(1, 6) if kept.in_roster(drum, owner, person)} == set(anew)
    assert kept.roster(0, None) == (4, 2)
    assert [kept.roster(3, owner) for owner in (1, 2, 3, None)] == [(1,), (2, 3), (2, 3), ()]
    assert kept.roster(4, 1) == (1, 2, 3)
