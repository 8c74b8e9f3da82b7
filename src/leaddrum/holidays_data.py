"""Holidays of a country as rules for dates, ready for `leaddrum.core.hours` (S-13).

Public holidays, transferred days off and transferred working days come from the `holidays` library. What it does not
know about Russia, the days one hour shorter, comes from ``data/production_calendar_ru.toml`` for the years that file
names, which also wins there over the library; for other years from the rule of the Labour Code:

- the working day before a public holiday is one hour shorter (article 95; not before a day off that was only moved);
- a working Saturday is as long as the day it is worked for, so it is shorter when that day would have been;
- when no transfer at all is known for a year, its decree is not out yet: a holiday on a weekend moves to the next
  working day (article 112), apart from those of January, which only a decree moves.

The table of what was checked against the official calendars is in ``docs/holidays.md``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import holidays as library

from leaddrum.core.dayrule import DayRule

SHORTER = 60  # minutes (Labour Code of Russia, article 95)

YEARS = range(2000, 2100)  # those that iteration goes through; any other can be looked up

# Names of what the library does not name, in its languages that this product speaks.
WORDS = {
    "en": {
        "moved": "Day off, moved from {day:%d.%m.%Y}",
        "worked": "Working day instead of {day:%d.%m.%Y}",
        "extra": "Working day",
        "short": "one hour shorter before a holiday",
    },
    "ru": {
        "moved": "Выходной, перенесён с {day:%d.%m.%Y}",
        "worked": "Рабочий день вместо {day:%d.%m.%Y}",
        "extra": "Рабочий день по переносу",
        "short": "предпраздничный день, короче на час",
    },
}


class UnknownCountry(ValueError):
    """No holidays are known for this code."""


@dataclass(frozen=True, slots=True)
class Rules(Mapping[date, DayRule]):
    """The special dates of a country, each year looked up when first asked for."""

    country: str
    language: str = "en"

    def __getitem__(self, day: date) -> DayRule:
        return _year(self.country, day.year, self.language)[day]

    def get(self, day: date, default: Any = None) -> Any:  # the inherited one raises and catches for each ordinary day
        return _year(self.country, day.year, self.language).get(day, default)

    def __iter__(self) -> Iterator[date]:
        return (day for year in YEARS for day in sorted(_year(self.country, year, self.language)))

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return sum(len(_year(self.country, year, self.language)) for year in YEARS)


def rules(spec: Mapping[str, Any], language: str = "en") -> Mapping[date, DayRule]:
    """The holidays that a calendar's specification names, in a language of the product; empty when it names none.

    Raises UnknownCountry.
    """
    country = spec.get("holidays") or ""
    if country:
        check(country)
    return Rules(country, _language(language)) if country else {}


def days(country: str, years: Iterable[int], language: str = "en") -> dict[date, DayRule]:
    """What is special about the dates of these years; `country` is "RU", or with a region "DE-BY".

    Raises UnknownCountry.
    """
    check(country)
    found: dict[date, DayRule] = {}
    for year in sorted(set(years)):
        found |= _year(country, year, _language(language))
    return found


def check(country: str) -> None:
    """Raises UnknownCountry, with what is known, when the code means nothing here."""
    code, _, region = country.partition("-")
    regions = library.list_supported_countries(include_aliases=False).get(code)
    if regions is None:
        raise UnknownCountry(f"no holidays are known for {country!r}; a code has two letters, like RU, KZ or DE-BY")
    if region and region not in regions:
        raise UnknownCountry(f"{code} has no region {region!r}; known are {', '.join(regions) or 'none'}")


@cache
def official_years() -> frozenset[int]:
    """The years whose Russian calendar is taken from the Government's decree, not from the rule."""
    return frozenset(int(year) for year in _official())


@cache
def _official() -> dict[str, Any]:
    text = files("leaddrum").joinpath("data/production_calendar_ru.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _year(country: str, year: int, language: str) -> Mapping[date, DayRule]:
    """One year. The neighbours are asked too: the last day of a year may be the eve of the next year's holiday."""
    code, _, region = country.partition("-")
    known = library.country_holidays(
        code, subdiv=region or None, years=range(year, year + 2), language=_spoken(code, language)
    )
    moves = _moves(known)
    public = {day: name for day, name in known.items() if day not in moves.values()}
    official = _official().get(str(year)) if code == "RU" else None
    if official:
        moves = {day: to for day, to in moves.items() if to.year != year}
        moves |= {entry["from"]: entry["to"] for entry in official["moved"]}
    worked: dict[date, date | None] = {day: moves.get(day) for day in known.weekend_workdays}
    if official:
        worked = {day: to for day, to in moves.items() if day not in public}
    if code == "RU" and not any(to.year == year for to in moves.values()):
        moves |= _unmoved(year, public)
    closed = {to: WORDS[language]["moved"].format(day=day) for day, to in moves.items()} | public
    short: set[date] = set()
    if code == "RU":
        short = set(official["short"]) if official else _eves(year, public, closed, worked)
    rules = {day: DayRule(name, spans=()) for day, name in closed.items()}
    rules |= {day: _working(day, worked, day in short, WORDS[language]) for day in {*worked, *short}}
    return {day: rule for day, rule in rules.items() if day.year == year}


def _working(day: date, worked: Mapping[date, date | None], short: bool, words: Mapping[str, str]) -> DayRule:
    """A transferred working day, a short day, or both."""
    reasons, like = [], None
    if day in worked:
        instead = worked[day]
        like = instead.weekday() if instead else 0
        reasons.append(words["worked"].format(day=instead) if instead else words["extra"])
    if short:
        reasons.append(words["short"])
    return DayRule("; ".join(reasons), like=like, shorter=SHORTER if short else 0)


def _moves(known: library.HolidayBase) -> dict[date, date]:
    """Transferred days off, from → to, as the library's names tell them ("Day off (substituted from 27.04.2024)")."""
    label, format_ = getattr(known, "substituted_label", None), getattr(known, "substituted_date_format", None)
    if not label or not format_:
        return {}
    label, format_ = known.tr(label), known.tr(format_)
    by_name = {name: day for day, name in known.items()}
    years = {day.year for day in known}
    candidates = (date(year, 1, 1) + timedelta(days=n) for year in years for n in range(366))
    return {day: by_name[name] for day in candidates if (name := label % day.strftime(format_)) in by_name}


def _eves(
    year: int, public: Mapping[date, str], closed: Mapping[date, str], worked: Mapping[date, date | None]
) -> set[date]:
    """The days one hour shorter by the rule at the top of this file."""
    every = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    lasts_like = {day: worked.get(day, day if day.weekday() < 5 else None) for day in every if day not in closed}
    return {day for day, like in lasts_like.items() if like and like + timedelta(days=1) in public}


def _unmoved(year: int, public: Mapping[date, str]) -> dict[date, date]:
    """Days off by article 112 alone: a holiday on a weekend, the New Year's ones apart, is made up for on the next
    working day. For years whose decree is not known yet."""
    moves: dict[date, date] = {}
    for day in sorted(day for day in public if day.year == year and day.month > 1 and day.weekday() > 4):
        to = day + timedelta(days=1)
        while to in public or to.weekday() > 4 or to in moves.values():
            to += timedelta(days=1)
        moves[day] = to
    return moves


def _language(language: str) -> str:
    return "ru" if language.startswith("ru") else "en"


def _spoken(code: str, language: str) -> str | None:
    """The library's name of a language for a country, its own language when it does not speak this one."""
    spoken = library.country_holidays(code).supported_languages
    for name in (language, "en_US", "en_GB", "en"):
        if name in spoken and (language == "en" or name == language):
            return name
    return "en_US" if "en_US" in spoken else None
