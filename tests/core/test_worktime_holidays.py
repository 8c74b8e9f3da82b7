"""Holidays: Russia by the official production calendar, the rule for years without one, other countries (S-13)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from leaddrum import holidays_data
from leaddrum.core.hours import Hours
from leaddrum.core.hours import compile as compiled

FORTY_HOURS = {"weekdays": ["09:00-13:00", "14:00-18:00"], "holidays": "RU"}

# Norms of working time for a 40-hour week in the published production calendars, hours a year.
NORMS = {2024: 1979, 2025: 1972, 2026: 1972}


@pytest.mark.parametrize("year", NORMS)
def test_the_year_has_its_official_number_of_working_hours(year: int) -> None:
    hours = Hours.from_spec(FORTY_HOURS, "Europe/Moscow", holidays_data.rules(FORTY_HOURS))
    window = (datetime(year - 1, 12, 31, 21, tzinfo=UTC), datetime(year, 12, 31, 21, tzinfo=UTC))
    assert compiled(hours, window).between(*window) / 3600 == NORMS[year]


@pytest.mark.parametrize("year", sorted(holidays_data.official_years()))
def test_rule_and_library_give_what_the_official_calendar_says(year: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the rule can be trusted for the years that have no official data yet."""
    official = holidays_data.days("RU", [year])
    monkeypatch.setattr(holidays_data, "_official", dict)
    holidays_data._year.cache_clear()
    try:
        assert holidays_data.days("RU", [year]) == official
    finally:
        holidays_data._year.cache_clear()


def test_moved_working_and_short_days() -> None:
    days = holidays_data.days("RU", [2024], "ru")
    assert days[date(2024, 4, 29)].spans == ()
    assert days[date(2024, 4, 29)].reason == "Выходной, перенесён с 27.04.2024"
    saturday = days[date(2024, 4, 27)]
    assert (saturday.spans, saturday.like, saturday.shorter) == (None, 0, 0)
    short_saturday = days[date(2024, 11, 2)]
    assert (short_saturday.like, short_saturday.shorter) == (1, 60)
    assert short_saturday.reason == "Рабочий день вместо 30.04.2024; предпраздничный день, короче на час"
    assert {day for day, rule in days.items() if rule.shorter} == {
        date(2024, 2, 22), date(2024, 3, 7), date(2024, 5, 8), date(2024, 6, 11), date(2024, 11, 2),
    }  # fmt: skip


def test_a_year_whose_decree_is_not_known_follows_the_labour_code() -> None:
    days = holidays_data.days("RU", [2044])  # 12 June 2044 is a Sunday
    assert days[date(2044, 6, 13)].spans == ()
    assert days[date(2044, 2, 22)].shorter == 60
    assert date(2044, 1, 9) not in days  # a Saturday; only a decree moves the days of January


def test_other_countries_work_the_same_way() -> None:
    assert holidays_data.days("KZ", [2026])[date(2026, 12, 16)].spans == ()
    assert date(2026, 1, 6) in holidays_data.days("DE-BY", [2026])
    assert date(2026, 1, 6) not in holidays_data.days("DE-BE", [2026])
    china = holidays_data.days("CN", [2025])
    assert china[date(2025, 1, 26)].like == 0  # a working Sunday for Monday 3 February


@pytest.mark.parametrize("code", ["XX", "ru", "DE-XX", "Россия"])
def test_an_unknown_country_is_refused(code: str) -> None:
    with pytest.raises(holidays_data.UnknownCountry, match=code.partition("-")[0]):
        holidays_data.rules({"holidays": code})


def test_no_holidays_named() -> None:
    assert holidays_data.rules({}) == {}


def test_the_table_of_disagreements_in_the_docs_is_true() -> None:
    """Every row of the page's first table: the day, and whether it is off."""
    page = (Path(__file__).parents[2] / "docs/holidays.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| 20")]
    assert len(rows) == 14
    for row in rows:
        day, official = date.fromisoformat(row[0].strip()[:10]), row[1].strip()
        rule = holidays_data.days("RU", [day.year]).get(day)
        assert (rule is not None and rule.spans == ()) == (official == "off")
