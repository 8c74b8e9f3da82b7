"""`leaddrum check FILE` and `leaddrum apply FILE` as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from leaddrum import clock, engine
from leaddrum.cli import cli
from leaddrum.models import Company, Cycle, Person
from tests.company.files import SMALL, line_of, small


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "company.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def run(command: str, *args: object, answer: str = "") -> Result:
    return CliRunner().invoke(cli, [command, *map(str, args)], input=answer)


def test_check_prints_each_mistake_with_file_line_and_key_and_fails(file: Path) -> None:
    text = small(("30m", "x"), ("Europe/Moscow", "Moscow"))
    file.write_text(text, encoding="utf-8")
    result = run("check", file)
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert first.startswith(f"{file}:{line_of(text, 'zone')}: company.zone: unknown time zone")
    assert second.startswith(f"{file}:{line_of(text, 'budget')}: drums[leads].budget: ")


def test_check_passes_with_warnings_and_tells_the_worst_case(file: Path) -> None:
    file.write_text(small(('email = "anna@example.com"\n', "")), encoding="utf-8")
    result = run("check", file)
    assert result.exit_code == 0
    assert "warning: " in result.stderr
    assert "has no e-mail" in result.stderr
    assert "reaches the head not later than" in result.stdout
    assert "дойдёт до руководителя" in run("check", file, "--lang", "ru").stdout


def test_check_of_a_file_that_is_not_there(file: Path) -> None:
    result = run("check", file.with_name("other.toml"))
    assert result.exit_code == 1
    assert "No such file" in result.stderr


@pytest.mark.django_db
def test_apply_shows_the_changes_and_asks(file: Path) -> None:
    refused = run("apply", file, answer="n\n")
    assert refused.exit_code == 1
    assert "New company “Окна”" in refused.stdout
    assert not Company.objects.exists()
    accepted = run("apply", file, answer="y\n")
    assert accepted.exit_code == 0
    assert "Applied as version 1 of “okna”." in accepted.stdout


@pytest.mark.django_db
def test_apply_with_yes_does_not_ask_and_a_second_time_says_that_nothing_changed(file: Path) -> None:
    assert run("apply", file, "--yes").exit_code == 0
    again = run("apply", file, "--yes")
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "Nothing has changed.")
    assert Company.objects.get().version == 1


@pytest.mark.django_db
@pytest.mark.rule("S-37")
def test_running_turns_take_the_new_budget_when_that_is_asked_for(file: Path) -> None:
    run("apply", file, "--yes")
    now = clock.now()
    arrived = engine.arrive(Company.objects.get().pk, engine.Arrival(title="Окно"), now=now)
    engine.assign(arrived.lead, Person.objects.get(key="anna").pk, by=None, now=now)  # whatever the hour
    file.write_text(small(('budget = "30m"', 'budget = "50m"')), encoding="utf-8")
    plain = run("apply", file, "--yes")
    assert f"Lead {arrived.lead}: due" not in plain.stdout
    asked = run("apply", file, "--running", answer="n\n")
    assert f"Lead {arrived.lead}: due" in asked.stdout
    assert Cycle.objects.get().budget == 1800
    done = run("apply", file, "--running", "--yes")
    assert "The running turns have the budgets of the file." in done.stdout
    assert Cycle.objects.get().budget == 3000
    assert run("apply", file, "--running", "--yes").stdout.splitlines()[-1] == "Nothing has changed."


@pytest.mark.django_db
def test_apply_of_a_wrong_file_changes_nothing(file: Path) -> None:
    file.write_text(small(("30m", "x")), encoding="utf-8")
    assert run("apply", file, "--yes").exit_code == 1
    assert not Company.objects.exists()
