"""A look at an edit: it says of running turns what saving does to them, and the company is not held meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from leaddrum import company as companies
from leaddrum import engine
from leaddrum.company import editing, settings, worst_case
from leaddrum.company.lint import lint
from leaddrum.company.scope import ALL
from leaddrum.models import Company, Cycle, Entry
from tests.company.files import MORE, small
from tests.company.test_apply import NOW, applied, arrived

pytestmark = pytest.mark.django_db

BUDGET, LUNCH = ('budget = "30m"', 'budget = "50m"'), ('["09:00-18:00"]', '["09:00-12:10", "13:00-18:00"]')
LEAVES = ('roster = { department = "sales" }', 'roster = { people = ["anna"] }')
NAME = ('name = "Leads"', 'name = "All leads"')

RULE = '[[routes]]\nwhen = {{ {when} }}\ndrum = "{drum}"\n'


def looked(company: Company, text: str, running: bool) -> editing.Look[Any]:
    base = settings.newest(company)
    return editing.look(company, base, text, scope=ALL, now=NOW, drum="leads", running=running)


@pytest.mark.rule("S-15", "S-37")
@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize(
    "edits",
    [(NAME,), (BUDGET,), (LUNCH,), (LEAVES,), (LUNCH, BUDGET), (LEAVES, BUDGET)],
    ids=lambda some: str(len(some)),
)
def test_it_says_what_doing_it_does(edits: tuple[tuple[str, str], ...], running: bool) -> None:
    company = applied(small())
    for _lead in range(3):
        arrived(company)
    text = small(*edits)
    done = companies.preview(companies.read(text), now=NOW, company=company, running=["leads"] if running else False)
    found = looked(company, text, running)
    assert found.changes == done.changes
    assert sorted(found.moved, key=str) == sorted(done.moved, key=str)
    follow = companies.preview(companies.read(text), now=NOW, company=company, running=["leads"])
    if running:
        assert found.runs == len(follow.moved)
    else:
        assert found.runs == len(follow.moved) - len(done.moved)


def test_nothing_of_it_stays_and_the_company_is_not_held_while_turns_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    company = applied(small())
    cycle = arrived(company)
    entries = Entry.objects.count()
    held: list[int] = []
    really = engine.would_move

    def watched(*args: Any, **options: Any) -> Any:
        held.append(len(connection.savepoint_ids))
        return really(*args, **options)

    monkeypatch.setattr(engine, "would_move", watched)
    outside = len(connection.savepoint_ids)
    found = looked(company, small(LUNCH, BUDGET), running=True)
    assert len(found.moved) == 2  # by the lunch, and by the budget
    assert held == [outside]  # in no transaction of its own: the engine works on
    version = company.version
    company.refresh_from_db()
    assert company.version == version
    assert Entry.objects.count() == entries
    due = cycle.due_at
    cycle.refresh_from_db()
    assert cycle.due_at == due
    assert Cycle.objects.filter(holder=None).count() == 0


def test_a_version_is_read_once_and_everybody_changes_a_copy_of_his_own() -> None:
    company = applied(small())
    found = settings.newest(company)
    found.tree["company"]["name"] = "Doors"
    again = settings.newest(company)
    assert again.file is found.file
    assert again.tree["company"]["name"] == again.file.name != "Doors"


def test_a_worst_case_that_is_kept_is_that_of_these_settings() -> None:
    """Each edit that a drum's worst case hangs on gives another sentence than was kept of the file before."""
    edits = [
        (),
        (BUDGET,),
        (LUNCH,),
        (('"09:00-18:00"', '"10:00-12:00"'),),
        (("from = 2026-12-01T00:00:00\nto = 2026-12-15", "from = 2026-11-24T10:00:00\nto = 2026-11-27"),),
        (('zone = "Europe/Moscow"', 'zone = "Asia/Yekaterinburg"'),),
        (('id = "anna"\nname = "Anna"', 'id = "anna"\nactive = false\nname = "Anna"'),),
        (('name = "Leads"', 'name = "All leads"'),),
    ]
    said = []
    for some in edits:
        file = companies.read(small(*some))
        worst_case._known.clear()
        anew = lint(file, now=NOW).worst_cases
        worst_case._known.clear()  # or what is kept of this very file would hide what is kept of another
        for other in edits:
            if other != some:
                lint(companies.read(small(*other)), now=NOW)
        assert lint(file, now=NOW).worst_cases == anew
        said.append(anew)
    assert len(set(said)) == len(edits) - 2  # another lunch and another zone change none of its words
    with translation.override("ru"):
        assert "барабан" in lint(companies.read(small()), now=NOW).worst_cases[0].lower()
    assert lint(companies.read(small()), now=NOW + timedelta(days=10)).worst_cases != said[0]


@pytest.mark.rule("S-26")
def test_a_doubt_about_two_rules_is_the_same_when_a_rule_above_them_goes() -> None:
    call, omsk, tver = (
        RULE.format(when='source = ["call"]', drum="leads"),
        RULE.format(when='"fields.region" = ["Omsk"]', drum="more"),
        RULE.format(when='"fields.city" = ["Tver"]', drum="leads"),
    )
    company = applied(small((call, MORE + call + omsk + tver)))
    without = looked(company, small((call, MORE + omsk + tver)), running=False)
    assert without.new_doubts == ()
    assert [problem.key for problem in without.gone_doubts] == ["routes[2]"]  # the call's rule and the one from Omsk
    swapped = looked(company, small((call, MORE + call + tver + omsk)), running=False)
    assert [len(some) for some in (swapped.new_doubts, swapped.gone_doubts)] == [1, 1]


@pytest.mark.rule("S-26")
def test_a_rule_that_never_wins_is_the_same_doubt_when_a_rule_above_it_goes() -> None:
    rules = [RULE.format(when=f'source = ["{source}"]', drum="more") for source in ("mail", "call", "call")]
    company = applied(small(("[routing]", MORE + "".join(rules) + "[routing]")))
    found = looked(company, small(("[routing]", MORE + "".join(rules[1:]) + "[routing]")), running=False)
    assert [problem.key for problem in (*found.new_doubts, *found.gone_doubts)] == []
