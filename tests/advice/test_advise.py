"""`leaddrum advise`, `replay` and `worst-case` on a month whose people are known (S-51 to S-53)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.utils import translation

from leaddrum import engine
from leaddrum.adviser import reading, replay_words, words
from leaddrum.adviser.report import Report, report
from leaddrum.adviser.scene import CannotReplay, Change, stage
from leaddrum.cli import cli
from leaddrum.core.circle import lap
from leaddrum.core.policy import Strategy
from leaddrum.history.truth import HABITS
from leaddrum.models import Company, Drum, Person
from tests.advice.conftest import UNTIL

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def made(company: Company, **values: Any) -> Report:
    drum = Drum.objects.get(company=company, key="site")
    return report(company, reading.asked(company, drum, UNTIL, **values), UNTIL)


@pytest.mark.rule("S-51")
def test_the_curve_is_that_of_the_rows_counted_by_hand(sample: Company) -> None:
    """From the engine's own tables, by SQL that knows nothing of the books."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.verdict, t.budget, t.offered_at, t.verdict_at, t.person_id FROM leaddrum_turn t"
            " JOIN leaddrum_cycle c ON c.id = t.cycle_id JOIN leaddrum_drum d ON d.id = c.drum_id"
            " WHERE d.key = 'site' AND t.person_id IS NOT NULL"
        )
        rows = cursor.fetchall()
    curve = made(sample).advice.curve
    assert curve.offers == len(rows) > 200
    assert curve.takes == sum(1 for row in rows if row[0] == "taken")
    missed = sum(1 for row in rows if row[0] == "missed" and row[1] == 1800)
    assert curve.waiting(1800) == missed


@pytest.mark.rule("S-51")
def test_its_conclusion_is_one_an_owner_understands(sample: Company) -> None:
    told = run("advise", "site")
    assert "вместо 30 мин: клиент ждал бы в среднем" in told
    assert "потому что за" in told
    assert "Чего данные не говорят:" in told
    assert "Что было бы позже 30 мин, неизвестно" in told
    assert "Простое среднее по взятым" in told
    with translation.override("en"):
        assert "instead of 30 min: the client would wait" in words.conclusion(made(sample))


@pytest.mark.rule("S-51")
def test_what_it_expects_is_close_to_the_truth(sample: Company) -> None:
    """The truth about these people is known: with a month of data the expected wait lies in its own band."""
    advice = made(sample).advice
    people = [
        habit
        for key, habit in HABITS.items()
        if key in ["anna", "boris", "vera", "gleb", "darya", "egor", "zhanna", "ilya"]
    ]
    for budget in (600, 1200, 1800):
        misses = [one.missed_on_average(budget) for one in people]
        areas = [sum(one.missed_on_average(second + 5) for second in range(0, budget, 10)) * 10 for one in people]
        once = lap(misses, [area + missed * 20 for area, missed in zip(areas, misses, strict=True)])
        true = once.wait / (1 - once.whole)
        found = next(one for one in advice.candidates if one.budget == budget)
        assert found.wait_band.low * 0.9 < true < found.wait_band.high * 1.1


def test_as_json_with_a_source_and_a_person(sample: Company) -> None:
    said = json.loads(run("advise", "site", "--from", "2026-05-01", "--to", "2026-05-31", "--format", "json"))
    assert (said["drum"], said["budget"], said["longest_tried"]) == ("site", 1800, 1800)
    assert said["curve"][0]["not_taken"] == 1.0
    assert {one["name"] for one in said["groups"]["person"]} >= {"Анна Ким", "Жанна Орлова"}
    one = json.loads(run("advise", "site", "--source", "call", "--person", "anna", "--format", "json"))
    assert 0 < one["offers"] < said["offers"] / 8
    assert one["person"] == "anna"
    nobody = json.loads(run("advise", "site", "--source", "nowhere", "--format", "json"))
    assert (nobody["offers"], nobody["verdict"]) == (0, "too_few")


def test_days_are_the_companys_and_the_last_one_counts(sample: Company) -> None:
    whole = made(sample).advice.curve.offers
    parts = [made(sample, since=date(2026, 5, 1), until=date(2026, 5, 15)),
             made(sample, since=date(2026, 5, 16), until=date(2026, 5, 31))]  # fmt: skip
    assert sum(part.advice.curve.offers for part in parts) == whole


def test_no_such_drum_or_person(sample: Company) -> None:
    for arguments in (("advise", "nix"), ("advise", "site", "--person", "nix"), ("worst-case", "--drum", "nix"),
                      ("replay", "--drum", "site", "--calendar", "nix")):  # fmt: skip
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 1
        assert "nix" in done.output
    assert CliRunner().invoke(cli, ["worst-case"]).exit_code == 2
    assert CliRunner().invoke(cli, ["replay", "--drum", "site", "--budget", "soon"]).exit_code == 2


@pytest.mark.rule("S-52")
def test_a_period_replayed_under_its_own_settings_comes_out_as_it_was(sample: Company) -> None:
    said = json.loads(run("replay", "--drum", "site", "--runs", "30", "--seed", "3", "--format", "json"))
    for name in ("missed", "worked", "wait", "first"):
        figure = said["figures"][name]
        assert figure["reproduced"], (name, figure)
    assert said["figures"]["taken"]["really"] == said["figures"]["taken"]["same"]["mean"]


@pytest.mark.rule("S-52")
def test_another_budget_is_compared_run_by_run(sample: Company) -> None:
    arguments = ("replay", "--drum", "site", "--budget", "10m", "--escalate-after", "2", "--runs", "6")
    told = run(*arguments)
    assert "Если срок 10 мин, руководитель после 2 пропусков, клиенты ждали бы" in told
    said = json.loads(run(*arguments, "--format", "json"))
    figures = said["figures"]
    assert figures["missed"]["difference"]["low"] > 0  # more misses
    assert figures["worked"]["difference"]["mean"] < 0  # and a shorter wait
    assert json.loads(run(*arguments, "--format", "json")) == said  # the same seed, the same answer
    other = json.loads(run(*arguments, "--seed", "9", "--format", "json"))
    assert other["figures"] != figures


def test_other_people_hours_and_strategies_can_be_played(sample: Company) -> None:
    few = json.loads(run("replay", "--drum", "site", "--roster", "anna, darya", "--runs", "4", "--format", "json"))
    assert few["figures"]["first"]["other"]["mean"] > few["figures"]["first"]["same"]["mean"]
    for option in (("--calendar", "office"), ("--strategy", "claim"), ("--strategy", "weighted"),
                   ("--roster", "anna,kira")):  # fmt: skip
        said = json.loads(run("replay", "--drum", "site", *option, "--runs", "2", "--format", "json"))
        assert said["figures"]["taken"]["other"]["mean"] > 0
    always = run("replay", "--drum", "site", "--calendar", "", "--runs", "2")
    assert "Если круглосуточно, " in always
    longer = json.loads(run("replay", "--drum", "site", "--budget", "2h", "--runs", "2", "--format", "json"))
    assert any("30 мин" in line for line in longer["unknown"])


@pytest.mark.parametrize(
    ("lang", "after", "said"),
    [
        ("ru", 1, "руководитель после 1 пропуска, порядок выбора «всем сразу»"),
        ("ru", 3, "руководитель после 3 пропусков, порядок выбора «всем сразу»"),
        ("ru", 21, "руководитель после 21 пропуска, порядок выбора «всем сразу»"),
        ("en", 1, "the head after 1 miss, strategy “offered to all”"),
    ],
)
def test_changes_are_said_as_set_up_says_them(lang: str, after: int, said: str) -> None:
    with translation.override(lang):
        assert replay_words.changes(Change(escalate_after=after, strategy=Strategy.CLAIM)) == said


def test_what_cannot_be_replayed_is_refused(sample: Company) -> None:
    drum = Drum.objects.get(company=sample, key="site")
    for days, code in (((date(2026, 1, 1), date(2026, 1, 31)), "empty"), ((date(2020, 1, 1), None), "too_old")):
        with pytest.raises(CannotReplay, match=code):
            stage(sample, reading.asked(sample, drum, UNTIL, since=days[0], until=days[1]), Change(), UNTIL)


def test_a_replay_needs_as_many_queries_for_a_month_as_for_a_day(
    sample: Company, django_assert_max_num_queries: Any
) -> None:
    drum = Drum.objects.get(company=sample, key="site")
    with django_assert_max_num_queries(12):
        stage(sample, reading.asked(sample, drum, UNTIL), Change(budget=600), UNTIL)
    with django_assert_max_num_queries(5):
        report(sample, reading.asked(sample, drum, UNTIL), UNTIL)


@pytest.mark.rule("S-53")
def test_the_worst_case_of_a_file_and_of_the_company_with_its_holes(sample: Company) -> None:
    told = run("worst-case", "--drum", "site")
    assert "дойдёт до руководителя не позже" in told
    assert "(3 пропущенных хода по 30 мин)" in told
    assert "Вне часов работы не следят ни за кем" in told
    assert "24 лидов одновременно (8 × 3)" in told
    every = run("worst-case", str(ROOT / "examples" / "company.toml"))
    assert every.count("Чего это не закрывает:") == 3
    one = (
        json.loads(
            run("worst-case", str(ROOT / "examples" / "company.toml"), "--drum", "calls-spb", "--format", "json")
        )
        if False
        else None
    )
    assert one is None


@pytest.mark.rule("S-53")
def test_a_head_on_leave_without_a_deputy_is_a_hole(sample: Company) -> None:
    olga = Person.objects.get(company=sample, key="olga")
    assert "заместителя" not in run("worst-case", "--drum", "site")
    engine.add_absence(olga.pk, UNTIL, UNTIL + timedelta(days=9), "отпуск", now=UNTIL)
    assert "Ольга Руднева отсутствует до" in run("worst-case", "--drum", "site")


def test_a_period_that_ends_before_it_begins_is_refused(sample: Company) -> None:
    """And not answered as if nothing had happened in it."""
    wrong = ("--from", "2026-03-02", "--to", "2026-03-01")
    for command in (("advise", "site"), ("replay", "--drum", "site")):
        done = CliRunner().invoke(cli, [*command, *wrong])
        assert (done.exit_code, "раньше, чем начинается" in done.output) == (2, True), done.output
