"""Every kind of mistake in a company file is found, with its line and key, all of them at once (S-46)."""

from __future__ import annotations

import pytest

from leaddrum.company import Problem, Unreadable, read
from tests.company.files import EXAMPLE, SMALL, line_of, small

# What is replaced, by what, which key is named, what the sentence says, and where: the piece at which it points.
MISTAKES = [
    # the company
    ('name = "Окна"', 'name = ""', "company.name", "is empty", 'name = ""'),
    ('name = "Окна"', "name = 7", "company.name", "must be a string in quotes, not a number", "name = 7"),
    ('name = "Окна"', f'name = "{"x" * 201}"', "company.name", "too long", "name = "),
    ('name = "Окна"', r'name = "a\u0000b"', "company.name", "control characters", "name = "),
    ('name = "Окна"', r'name = "a\u202eb"', "company.name", "control characters", "name = "),
    ('name = "Окна"', 'nme = "Окна"', "company.nme", "unknown key, did you mean “name”?", "nme"),
    ('name = "Окна"\n', "", "company", "“name” is missing", "[company]"),
    ('name = "Окна"', 'name = "Окна"\nmask_after = "1y"', "company.mask_after", "must be a whole number", "mask_after"),
    ('name = "Окна"', 'name = "Окна"\nmask_after = 601', "company.mask_after", "must be from 0 to 600", "mask_after"),
    ("Europe/Moscow", "Europe/Moskow", "company.zone", "unknown time zone", "zone"),
    ("Europe/Moscow", "../../etc/passwd", "company.zone", "unknown time zone", "zone"),
    ("Europe/Moscow", "Europe", "company.zone", "unknown time zone", "zone"),
    ('language = "en"', 'language = "en"\nkey = "a b"', "company.key", "Latin letters", 'key = "a b"'),
    ("[routing]", "[extra]\n[routing]", "extra", "unknown key", "[extra]"),
    # stages
    ('"entry" }', '"first" }', "stages.new.meaning", "not one of: entry, take, close, ignore", "new ="),
    ('meaning = "take"', 'meaning = "close"', "stages", "needs a stage that means “take”", "[stages]"),
    ('title = "New", ', "", "stages.new", "“title” is missing", "new ="),
    ('new = { title = "New"', '"нов" = { title = "New"', "stages.нов", "Latin letters", '"нов"'),
    # calendars
    ('["09:00-18:00"]', '["09:00-18:00", "17:00-19:00"]', "calendars.office.weekdays", "overlap", "weekdays"),
    ('["09:00-18:00"]', '["9-18"]', "calendars.office.weekdays[1]", "no span of time", "weekdays"),
    ('["09:00-18:00"]', '["09:00-25:00"]', "calendars.office.weekdays[1]", "no span of time", "weekdays"),
    ('["09:00-18:00"]', "[]", "calendars.office", "never opens", "[calendars.office]"),
    ('["09:00-18:00"]', '"09:00-18:00"', "calendars.office.weekdays", "a list in square brackets", "weekdays"),
    ("weekdays =", "weekday =", "calendars.office.weekday", "did you mean “weekdays”?", "weekday ="),
    (
        '["09:00-18:00"]',
        '["09:00-18:00"]\nholidays = "XX"',
        "calendars.office.holidays",
        "no public holidays",
        "holidays",
    ),
    (
        '["09:00-18:00"]',
        '["09:00-18:00"]\nshifts = { anchor = 2026-01-05, pattern = [["08:00-20:00"], []] }',
        "calendars.office.shifts",
        "either the hours of the week or a shift plan",
        "shifts",
    ),
    (
        'weekdays = ["09:00-18:00"]',
        "shifts = { anchor = 2026-01-05, pattern = [] }",
        "calendars.office.shifts.pattern",
        "must list 1 to 366 days",
        "shifts",
    ),
    (
        'weekdays = ["09:00-18:00"]',
        'shifts = { anchor = "2026-01-05", pattern = [["08:00-20:00"], []] }',
        "calendars.office.shifts.anchor",
        "a date without quotes",
        "shifts",
    ),
    (
        'weekdays = ["09:00-18:00"]',
        'weekdays = ["09:00-18:00"]\n[[calendars.office.exceptions]]\ndate = "2026-12-31"\nhours = []',
        "calendars.office.exceptions[1].date",
        "a date without quotes",
        'date = "2026',
    ),
    # departments
    ('head = "olga"', 'head = "olag"', "departments[sales].head", "no person “olag”", "head ="),
    ('head = "olga"', 'parent = "sales"', "departments[sales].parent", "above itself", "parent"),
    ('id = "sales"\n', "", "departments[1]", "“id” is missing", "[[departments]]"),
    # people
    ("anna@example.com", "anna", "people[anna].email", "no e-mail address", 'email = "anna"'),
    ('id = "anna"', 'id = "olga"', "people[olga].id", "another one above", 'id = "olga"\nname = "Anna"'),
    ('id = "anna"', 'id = "Анна"', "people[2].id", "Latin letters", 'id = "Анна"'),
    ('"Anna"', '"Anna"\nrole = "boss"', "people[anna].role", "not one of: employee, head, admin", 'role = "boss"'),
    ('"Anna"', '"Anna"\nzone = "Mars"', "people[anna].zone", "unknown time zone", 'zone = "Mars"'),
    ('"Anna"', '"Anna"\nlanguage = "de"', "people[anna].language", "not one of: ru, en", 'language = "de"'),
    ('"Anna"', '"Anna"\ncalendar = "night"', "people[anna].calendar", "no calendar “night”", 'calendar = "night"'),
    ('"Anna"', '"Anna"\nquiet = ["22-8"]', "people[anna].quiet[1]", "no span of time", "quiet"),
    ('"Anna"', '"Anna"\nactive = "yes"', "people[anna].active", "true or false", "active"),
    # absences
    ("to = 2026-12-15", "to = 2026-11-15", "absences[1].to", "after the beginning", "to ="),
    ("to = 2026-12-15", 'to = "soon"', "absences[1].to", "without quotes", "to ="),
    ("to = 2026-12-15\n", "", "absences[1]", "“to” is missing", "[[absences]]"),
    ("to = 2026-12-15", "to = 12:00:00", "absences[1].to", "not a time of day", "to ="),
    ("2026-12-01T00", "1026-12-01T00", "absences[1].from", "years 2000 to 2100", "from ="),
    # drums
    ('budget = "30m"', 'budget = "0m"', "drums[leads].budget", "longer than nothing", "budget"),
    ('budget = "30m"', 'budget = "-5m"', "drums[leads].budget", "no duration", "budget"),
    ('budget = "30m"', "budget = 30", "drums[leads].budget", "a string in quotes", "budget"),
    ('budget = "30m"', 'budget = "30"', "drums[leads].budget", "no duration", "budget"),
    ('budget = "30m"', 'budget = "99999h"', "drums[leads].budget", "too long", "budget"),
    ('budget = "30m"\n', "", "drums[leads]", "“budget” is missing", "[[drums]]"),
    (
        'budget = "30m"',
        'budget = "30m"\nbudget_by_source = { call = "5x" }',
        "drums[leads].budget_by_source.call",
        "no duration",
        "budget_by_source",
    ),
    ('entry = ["new"]', "entry = []", "drums[leads].entry", "at least one stage", "entry = []"),
    ('entry = ["new"]', 'entry = ["old"]', "drums[leads].entry[1]", "no stage “old”", 'entry = ["old"]'),
    ('entry = ["new"]', 'entry = ["new", "new"]', "drums[leads].entry[2]", "stands here twice", "entry = "),
    (
        'entry = ["new"]',
        'entry = ["work"]',
        "routing.default_drum",
        "watches no stage that means “entry”",
        "default_drum",
    ),
    ('{ department = "sales" }', "{}", "drums[leads].roster", "exactly one of", "roster"),
    (
        '{ department = "sales" }',
        '{ department = "sales", owners_department = true }',
        "drums[leads].roster",
        "exactly one of",
        "roster",
    ),
    (
        '{ department = "sales" }',
        '{ department = "sale" }',
        "drums[leads].roster.department",
        "no department",
        "roster",
    ),
    ('{ department = "sales" }', '{ people = ["ann"] }', "drums[leads].roster.people[1]", "no person “ann”", "roster"),
    ('{ department = "sales" }', "{ people = [] }", "drums[leads].roster.people", "at least one person", "roster"),
    (
        '{ department = "sales" }',
        '{ department = "sales", weights = { anna = 0 } }',
        "drums[leads].roster.weights.anna",
        "above 0",
        "roster",
    ),
    (
        '{ department = "sales" }',
        "{ bitrix24_department = 5 }",
        "drums[leads].roster.bitrix24_department",
        "needs the section [bitrix24]",
        "roster",
    ),
    ('roster = { department = "sales" }\n', "", "drums[leads]", "“roster” is missing", "[[drums]]"),
    ('calendar = "office"', 'calendar = "offce"', "drums[leads].calendar", "no calendar “offce”", 'calendar = "offce"'),
    ('calendar = "office"', 'strategy = "random"', "drums[leads].strategy", "not one of: circle, weighted", "strategy"),
    ('calendar = "office"', 'escalation = "shout"', "drums[leads].escalation", "not one of: observe", "escalation"),
    ('calendar = "office"', 'first_turn = "me"', "drums[leads].first_turn", "not one of: owner, drum", "first_turn"),
    ('calendar = "office"', "escalate_after = 0", "drums[leads].escalate_after", "from 1 to 1000", "escalate_after"),
    ('calendar = "office"', "escalate_after = 1.5", "drums[leads].escalate_after", "a whole number", "escalate_after"),
    ('calendar = "office"', "escalate_after = true", "drums[leads].escalate_after", "a whole number", "escalate_after"),
    ('calendar = "office"', "warn_at = [0.5, 1.0]", "drums[leads].warn_at[2]", "between 0 and 1", "warn_at"),
    ('calendar = "office"', "warn_at = [nan]", "drums[leads].warn_at[1]", "between 0 and 1", "warn_at"),
    ('calendar = "office"', 'verdict_delay = "25h"', "drums[leads].verdict_delay", "at most 24 hours", "verdict_delay"),
    ('calendar = "office"', 'take_stage = "new"', "drums[leads].take_stage", "means “take”", "take_stage"),
    ('calendar = "office"', 'cool_down = "5m"', "drums[leads].cool_down", "did you mean “cooldown”?", "cool_down"),
    # routes
    ('drum = "leads"\n[routing]', 'drum = "lead"\n[routing]', "routes[1].drum", "no drum “lead”", 'drum = "lead"\n'),
    ('{ source = ["call"] }', "{}", "routes[1].when", "says nothing", "when"),
    ('{ source = ["call"] }', '{ sourse = ["call"] }', "routes[1].when.sourse", "a lead has: source", "when"),
    ('{ source = ["call"] }', "{ source = [] }", "routes[1].when.source", "at least one value", "when"),
    ('{ source = ["call"] }', "{ source = [[1]] }", "routes[1].when.source[1]", "not a list", "when"),
    (
        '{ source = ["call"] }',
        "{ fields.sum = { min = 5, max = 1 } }",
        "routes[1].when.fields.sum",
        "“min” is above “max”",
        "when",
    ),
    (
        '{ source = ["call"] }',
        "{ fields.sum = { least = 5 } }",
        "routes[1].when.fields.sum.least",
        "unknown key",
        "when",
    ),
    ('default_drum = "leads"', 'default_drum = "lead"', "routing.default_drum", "no drum “lead”", "default_drum"),
    # the portal
    ("[routing]", "[bitrix24]\n[routing]", "bitrix24", "stages come from the portal", "[bitrix24]"),
]


def problems_of(content: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(Unreadable) as caught:
        read(content, language="en")
    return caught.value.problems


@pytest.mark.parametrize(("old", "new", "key", "what", "where"), MISTAKES, ids=[f"{m[2]}: {m[3]}" for m in MISTAKES])
def test_a_mistake_is_named_with_its_line_and_key(old: str, new: str, key: str, what: str, where: str) -> None:
    text = small((old, new))
    found = [problem for problem in problems_of(text) if problem.key == key and what in problem.what]
    assert [problem.line for problem in found] == [line_of(text, where)], problems_of(text)


def test_hours_that_cannot_be_read_are_not_said_to_be_none() -> None:
    shifts = 'shifts = { anchor = "2026-01-05", pattern = [["08:00-20:00"], []] }'
    assert len(problems_of(small(('weekdays = ["09:00-18:00"]', shifts)))) == 1


def test_the_files_that_the_mistakes_are_made_in_have_none() -> None:
    assert read(SMALL).default_drum == "leads"
    assert read(EXAMPLE).key == ""


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = small(('"30m"', '"x"'), ("anna@example.com", "anna"), ("Europe/Moscow", "Moscow"), ('["call"]', "[]"))
    found = problems_of(text)
    assert [problem.key for problem in found] == [
        "company.zone",
        "people[anna].email",
        "drums[leads].budget",
        "routes[1].when.source",
    ]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"", 1, "empty"),
        (b" \n\n", 1, "empty"),
        ('[company]\nname = "Окна"\n'.encode("cp1251"), 2, "not UTF-8"),
        (SMALL.encode("utf-16"), 1, "UTF-16"),
        (b"#" * (17 * 1024 * 1024), 1, "larger than 16 MiB"),
        (b"[company]\nname\n", 2, "“=” is missing"),
        (b'[company]\nname = "a', 2, "closing quote"),
        (b"[company]\nname = a\n", 2, "strings need quotes"),
        (b'[company]\nname = "a"\nname = "b"\n', 3, "stands here twice"),
        (b"[company]\n[company]\n", 2, "stands here twice"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, 1, "cannot be read"),
        (b"a = " + b"1" * 5000, 1, "cannot be read"),
        (b"[company]\nx = 2026-02-30\n", 2, "no such date"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_text_that_is_no_company_file(content: bytes, line: int, what: str) -> None:
    (problem,) = problems_of(content)
    assert what in problem.what
    assert problem.line == line


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert read(content) == read(SMALL)


def test_any_section_may_be_of_a_wrong_type() -> None:
    for section in (
        "company",
        "stages",
        "calendars",
        "departments",
        "people",
        "absences",
        "drums",
        "routes",
        "routing",
    ):
        for value in ("1", '"x"', "[1]", "[]", "true"):
            try:
                read(f"{section} = {value}\n")
            except Unreadable as unreadable:
                assert unreadable.problems  # noqa: PT017  some values are merely incomplete, but none may crash


def test_mistakes_are_told_in_the_language_of_the_file() -> None:
    with pytest.raises(Unreadable) as caught:
        read(small(('language = "en"', 'language = "ru"'), ('"30m"', '"x"')))
    assert "не длительность" in caught.value.problems[0].what


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("90s", 90),
        ("2h", 7200),
        ("1h30m", 5400),
        ("PT30M", 1800),
        ("PT1H30M5S", 5405),
        (" 1h 5s ", 3605),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    file = read(small(('"30m"', f'"{text}"')))
    assert file.drums[0].policy.budget == seconds
