"""A sample history: real, repeatable, and true to the curves it was drawn from (S-51)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction

from leaddrum.core.survival import Seen, kaplan_meier
from leaddrum.engine import org
from leaddrum.history import truth
from leaddrum.history.play import HoldsACompanyError, play
from leaddrum.models import Company, Cycle, Incident, Lead, Turn
from tests import invariants

pytestmark = pytest.mark.django_db
UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "DATA", tmp_path)
    org.forget()


def told() -> list[Any]:
    """Everything that happened, without the numbers that a database gives."""
    turns = Turn.objects.order_by("offered_at", "cycle__lead__email", "number")
    return list(turns.values_list("person__key", "number", "budget", "verdict", "offered_at", "verdict_at", "reason"))


def test_it_is_played_by_the_real_engine_and_leaves_nothing_half_done() -> None:
    company = play(months=1, leads=120, seed=1, lang="ru", until=UNTIL)
    assert Cycle.objects.filter(company=company).count() >= 110  # the others wrote twice
    assert set(Cycle.objects.values_list("state", flat=True)) <= {"taken", "closed"}
    assert Incident.objects.count() == Turn.objects.filter(verdict="missed").count() > 5
    arrivals = Lead.objects.order_by("arrived_at").values_list("arrived_at", flat=True)
    assert datetime(2026, 4, 30, tzinfo=UTC) < arrivals[0]
    assert max(arrivals) < UNTIL
    assert {(60 * 60), 40 * 60, 30 * 60} == set(Turn.objects.exclude(budget=600).values_list("budget", flat=True))
    invariants.check(company.pk)


def test_the_same_seed_is_the_same_history_and_another_is_not() -> None:
    histories = []
    for seed in (1, 1, 2):
        with transaction.atomic():
            play(months=1, leads=25, seed=seed, lang="en", until=UNTIL)
            histories.append(told())
            transaction.set_rollback(True)
        org.forget()
    assert histories[0] == histories[1] != histories[2]


@pytest.mark.rule("S-51")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="a month of its own is played: once is enough")
def test_people_react_as_the_truth_beside_it_says(tmp_path: Path) -> None:
    company = play(months=1, leads=250, seed=4, lang="ru", until=UNTIL)
    said = json.loads((tmp_path / "truth.json").read_text())
    people = org.of(company.pk, UNTIL)
    site = next(drum for drum, key in people.drums.items() if key == "site")
    seen, expected = [], []
    for turn in Turn.objects.filter(cycle__drum=site, budget=1800).select_related("person"):
        assert turn.person is not None
        worked = people.hours(turn.person.pk, site).between(turn.offered_at, turn.verdict_at)
        seen.append(Seen(min(worked, 1800), turn.verdict == "taken"))
        expected.append(said["people"][turn.person.key]["not_taken_after"]["600"])
    band = kaplan_meier(seen).band(600, level=0.999)
    assert band.low < sum(expected) / len(expected) < band.high


def test_a_company_of_somebodys_own_is_left_alone() -> None:
    Company.objects.create(key="mine", name="Mine", zone="Europe/Moscow")
    with pytest.raises(HoldsACompanyError):
        play(months=1, leads=1, seed=1, lang="ru", until=UNTIL)
    assert not Lead.objects.exists()


def test_the_truth_is_a_curve() -> None:
    for habit in truth.HABITS.values():
        values = [habit.missed_on_average(second) for second in range(0, 7200, 60)]
        assert values == sorted(values, reverse=True)
        assert values[0] == pytest.approx(1.0)
        assert values[-1] >= 1 - habit.notices
