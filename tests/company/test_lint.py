"""What is doubtful in a file that is right in itself (S-26), and the worst case in words (S-53)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from leaddrum.company import Level, lint, read, worst_case
from leaddrum.company.hours import Rota
from leaddrum.company.shape import Drum
from tests.company.files import EXAMPLE, MORE, SMALL, line_of, small

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)  # a Tuesday


WARNINGS = [
    (
        "anna@example.com",
        "olga@example.com",
        "people[anna].email",
        "Olga has the same address",
        'email = "olga@example.com"\ndep',
    ),
    ('email = "anna@example.com"\n', "", "people[anna]", "has no e-mail", '[[people]]\nid = "anna"'),
    (
        'email = "anna@example.com"\ndepartments = ["sales"]',
        'email = "anna@example.com"',
        "people[anna]",
        "is in no department and no drum",
        '[[people]]\nid = "anna"',
    ),
    ('head = "olga"\n', "", "departments[sales]", "has no head", "[[departments]]"),
    ('role = "head"', "active = false", "departments[sales].head", "Olga works here no more", "head ="),
    (
        '{ department = "sales" }',
        '{ people = ["anna"] }',
        "drums[leads].roster",
        "Anna is alone in the roster",
        "roster",
    ),
    ('budget = "30m"', 'budget = "10h"', "drums[leads].budget", "longer than the longest shift (9 h)", "budget"),
    (
        'budget = "30m"',
        'budget = "30m"\nbudget_by_source = { mail = "12h" }',
        "drums[leads].budget_by_source.mail",
        "12 h is longer",
        "budget_by_source",
    ),
    (
        '{ department = "sales" }',
        '{ department = "sales", weights = { anna = 2 } }',
        "drums[leads].roster.weights",
        'count only with strategy = "weighted"',
        "roster",
    ),
    ('entry = ["new"]', 'entry = ["new", "junk"]', "drums[leads].entry", "“Junk” means that nothing", "entry = "),
    (
        "[routing]",
        MORE + "[routing]",
        "drums[more]",
        "no rule leads here, so leads come only by its own form, by ways in that are set to it, or by hand",
        '[[drums]]\nid = "more"',
    ),
    (
        "[routing]",
        '[[routes]]\nwhen = { source = ["Call"], "fields.region" = ["Omsk"] }\ndrum = "leads"\n[routing]',
        "routes[2]",
        "never wins, for rule 1 takes all of its leads",
        '[[routes]]\nwhen = { source = ["Call"]',
    ),
]


def whole(said: str) -> str:
    """Where a ~ stands no line ends."""
    return said.replace("~", "\N{NO-BREAK SPACE}")


def doubts(text: str) -> list[tuple[int, str, str]]:
    with translation.override("en"):
        found = lint(read(text), now=NOW)
    assert not found.errors
    return [(problem.line, problem.key, problem.what) for problem in found.problems]


@pytest.mark.rule("S-26")
@pytest.mark.parametrize(("old", "new", "key", "what", "where"), WARNINGS, ids=[f"{w[2]} {w[3]}" for w in WARNINGS])
def test_a_doubt_is_told_with_its_line_and_key(old: str, new: str, key: str, what: str, where: str) -> None:
    text = small((old, new))
    found = [line for line, at, said in doubts(text) if at == key and what in said]
    assert found == [line_of(text, where)], doubts(text)


def test_of_two_drums_at_a_later_stage_the_second_gets_nothing() -> None:
    """None is brought there by a rule: whoever moves a lead there brings it to the first."""
    second = MORE.replace('["new"]', '["work"]')
    text = small(('entry = ["new"]', 'entry = ["new", "work"]'), ("[routing]", second + "[routing]"))
    assert doubts(text) == [
        (
            line_of(text, 'entry = ["work"]'),
            "drums[more].entry",
            "“In work” is watched by “Leads” already, which gets its leads",
        )
    ]


def test_the_small_file_is_above_doubt() -> None:
    assert doubts(SMALL) == []


def test_hours_with_nobody_on_duty_come_with_an_example() -> None:
    mornings = small(
        ("[[departments]]", '[calendars.mornings]\nweekdays = ["09:00-14:00"]\n[[departments]]'),
        ('"Olga"', '"Olga"\ncalendar = "mornings"'),
        ('"Anna"', '"Anna"\ncalendar = "mornings"'),
    )
    (said,) = [what for _, key, what in doubts(mornings) if key == "drums[leads].calendar"]
    assert said.startswith(whole("in service hours nobody is on duty (Tuesday~24.11~14:00–18:00 and 19 more times"))


def test_everybody_absent_is_told_apart() -> None:
    absent = small(
        ("to = 2026-12-15", 'to = 2026-12-15\n[[absences]]\nperson = "olga"\nfrom = 2026-12-03\nto = 2026-12-03')
    )
    (said,) = [what for _, key, what in doubts(absent) if key == "drums[leads].calendar"]
    assert said == whole("everybody is absent (Thursday~03.12~09:00–18:00)")


def test_a_roster_of_nobody() -> None:
    text = small(
        ('departments = ["sales"]', "departments = []"),
        ('anna@example.com"\ndepartments = ["sales"]', 'anna@example.com"\ndepartments = []'),
    )
    assert "nobody is in the roster, so every lead waits for the head" in [what for _, _, what in doubts(text)]
    with translation.override("en"):
        assert lint(read(text), now=NOW).worst_cases == (
            "Drum “Leads”: nobody is in the roster, so every lead waits for the head.",
        )


@pytest.mark.rule("S-14")
def test_a_calendar_that_only_opened_in_the_past_is_an_error() -> None:
    past = small(
        (
            'weekdays = ["09:00-18:00"]',
            'exceptions = [{ date = 2020-01-09, hours = ["09:00-18:00"] }]',
        )
    )
    with translation.override("en"):
        (problem,) = lint(read(past), now=NOW).errors
    assert (problem.key, problem.what) == ("calendars.office", "never opens in the next two years")
    assert problem.level is Level.ERROR


@pytest.mark.rule("S-26")
def test_overlapping_rules_of_different_drums_are_told() -> None:
    text = small(
        (
            "[routing]",
            MORE + '[[routes]]\nwhen = { "fields.region" = ["Omsk"] }\ndrum = "more"\n[routing]',
        )
    )
    assert "a lead can fit this rule and rule 1, which then wins" in [what for _, key, what in doubts(text)]


@pytest.mark.rule("S-53")
def test_the_worst_case_in_words() -> None:
    text = small(('budget = "30m"', 'budget = "30m"\nverdict_delay = "0s"\ncooldown = "0s"'))
    with translation.override("en"):
        (said,) = lint(read(text), now=NOW).worst_cases
    assert said == whole(
        "Drum “Leads”: a lead of Friday~27.11~17:50 reaches the head not later than Monday~30.11~10:50 "
        "(4 missed turns of 30 min each)."
    )
    with translation.override("ru"):
        (said,) = lint(read(text), now=NOW).worst_cases
    assert said == whole(
        "Барабан «Leads»: лид, пришедший пт~27.11~17:50, дойдёт до руководителя не позже пн~30.11~10:50 "
        "(4 пропущенных хода по 30 мин)."
    )


def test_the_worst_case_is_worked_out_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of set-up asks for it at every change in a field, of all drums."""
    asked: list[datetime] = []

    def said(rota: Rota, _drum: Drum) -> str:
        asked.append(rota.now)
        return ""

    monkeypatch.setattr(worst_case, "_known", {})
    monkeypatch.setattr(worst_case, "_worst_case", said)
    times = [NOW, NOW + timedelta(minutes=59), NOW + timedelta(minutes=60)]
    for now in times:
        lint(read(SMALL), now=now)
    assert asked == [times[0], times[2]]


def test_every_drum_of_the_example_has_a_worst_case_and_nothing_is_wrong_with_it() -> None:
    found = lint(read(EXAMPLE), now=NOW)
    assert len(found.worst_cases) == 3
    assert not found.errors
