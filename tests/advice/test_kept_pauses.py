"""The pauses a replay finds: everybody's own of its period, and when people came back from those by misses (S-52)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from leaddrum.adviser import reading
from leaddrum.adviser.pauses import pauses
from leaddrum.adviser.scene import Change, stage
from leaddrum.core.replay import PATIENCE
from leaddrum.engine import org
from leaddrum.engine.pauses import between
from leaddrum.models import Company, Drum, Pause, Person
from tests.advice.conftest import UNTIL

pytestmark = pytest.mark.django_db
SINCE = UNTIL - timedelta(days=31)


def test_others_keep_their_pauses_under_another_roster_too(sample: Company) -> None:
    kira, darya = (Person.objects.get(company=sample, key=key) for key in ("kira", "darya"))
    Pause.objects.create(company=sample, person=kira, starts_at=UNTIL - timedelta(days=9), why="склад")
    for day in (20, 15):
        start = UNTIL - timedelta(days=day)
        Pause.objects.create(
            company=sample, person=darya, starts_at=start, ends_at=start + timedelta(days=1), why="замер"
        )
    drum = Drum.objects.get(company=sample, key="site")
    made = stage(sample, reading.asked(sample, drum, UNTIL), Change(roster=[kira, darya]), UNTIL)
    assert made.other is not None
    assert [len(player.pauses) for player in made.other.players] == [1, 2]
    assert made.other.players[0].pauses[0][1] is None


@pytest.mark.rule("S-55")
def test_pauses_by_misses_say_when_people_come_back_and_are_not_played_as_they_were(sample: Company) -> None:
    """Working time: from a quarter to two on a Tuesday till ten past, of which she is at work all the while."""
    zhanna, drum = Person.objects.get(company=sample, key="zhanna"), Drum.objects.get(company=sample, key="site")
    noon = UNTIL - timedelta(days=6) + timedelta(hours=7, minutes=45)
    for minutes in (0, 30):
        start = noon + timedelta(minutes=minutes)
        Pause.objects.create(company=sample, person=zhanna, starts_at=start, ends_at=start + timedelta(minutes=20),
                             why="misses")  # fmt: skip
    Pause.objects.create(
        company=sample,
        person=zhanna,
        starts_at=noon - timedelta(days=90),
        ends_at=noon - timedelta(days=89),
        why="misses",
    )  # fmt: skip  before the period: not asked for
    found = pauses(org.of(sample, UNTIL), drum.pk, [zhanna.pk], SINCE, UNTIL)
    assert (found.own, found.returns) == ({}, [1200.0, 1200.0])


def test_what_began_before_the_period_and_runs_into_it_counts(sample: Company) -> None:
    """Found as each one's last before it, by the index: not by reading all that ever were."""
    ilya, drum = Person.objects.get(company=sample, key="ilya"), Drum.objects.get(company=sample, key="site")
    for day in (50, 40, 33):
        Pause.objects.create(company=sample, person=ilya, starts_at=UNTIL - timedelta(days=day),
                             ends_at=UNTIL - timedelta(days=day - 5), why="обучение")  # fmt: skip
    found = pauses(org.of(sample, UNTIL), drum.pk, [ilya.pk], SINCE, UNTIL + PATIENCE)
    assert found.own[ilya.pk] == ((UNTIL - timedelta(days=33), UNTIL - timedelta(days=28)),)
    if connection.vendor == "sqlite":
        plan = between([ilya.pk], SINCE, UNTIL).explain()
        assert "SCAN leaddrum_pause" not in plan, plan
        assert plan.count("pause_person") >= 2, plan
