"""A period in which one of three was paused half of the time, replayed (S-52, S-24)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from leaddrum import clock, engine
from leaddrum.adviser import reading, replaying
from leaddrum.adviser.pauses import pauses
from leaddrum.adviser.scene import Change, Stage, stage
from leaddrum.core.replay import PATIENCE, play
from leaddrum.core.replayed import spread
from leaddrum.engine import org
from leaddrum.engine.pauses import between
from leaddrum.facts.keep import catch_up
from leaddrum.history.play import _Months
from leaddrum.models import Company, Drum, Pause, Person, Turn
from tests.advice.conftest import UNTIL

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a month is played: once is enough"),
]
SINCE = UNTIL - timedelta(days=31)
THREE = 'roster = { people = ["darya", "zhanna", "ilya"] }'


@pytest.fixture(scope="module")
def halved(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Company]:
    """May with one drum of three; every other day at half past eleven Darya steps out for 24 hours."""
    file = (files("leaddrum.history") / "company.ru.toml").read_text(encoding="utf-8")
    file = file.replace('key = "okna"', 'key = "halved"')  # beside the sample of the other tests here
    before = 'roster = { people = ["anna", "boris", "vera", "gleb", "darya", "egor", "zhanna", "ilya"] }'
    text = file.replace(before, THREE)
    assert text.count(THREE) == 1
    text = text[: text.index("[[routes]]")] + '[routing]\ndefault_drum = "site"\n'
    with django_db_blocker.unblock(), clock.reading(lambda: UNTIL):
        org.forget()
        with transaction.atomic():
            months = _Months(text, 330, 11, "ru", SINCE, UNTIL)
            darya = Person.objects.get(company=months.firm, key="darya").pk
            for day in range(0, 31, 2):
                at = SINCE + timedelta(days=day, hours=8, minutes=30)
                months._plan(at, lambda now: engine.pause(darya, reason="замер", now=now))
                months._plan(at + timedelta(days=1), lambda now: engine.resume(darya, now=now))
            list(months.steps())
            catch_up(months.firm.pk, UNTIL)
            months.firm.refresh_from_db()
            yield months.firm
            transaction.set_rollback(True)
        org.forget()


def staged(company: Company, change: Change | None = None) -> tuple[Stage, int]:
    """The whole month on the stage, and who was paused in it."""
    drum = Drum.objects.get(company=company, key="site")
    darya = Person.objects.get(company=company, key="darya").pk
    return stage(company, reading.asked(company, drum, UNTIL), change or Change(), UNTIL), darya


@pytest.mark.rule("S-52", "S-24")
def test_who_was_paused_half_of_the_time_has_what_she_really_had(halved: Company) -> None:
    """And without her pauses the replay would give her about a third of everything."""
    made, darya = staged(halved)
    out = next(player.pauses for player in made.same.players if player.id == darya)
    assert len(out) == 16
    real = list(Turn.objects.filter(company=halved, person=darya).values_list("offered_at", flat=True))
    assert not any(start <= at and (end is None or at < end) for at in real for start, end in out)
    blind = replace(made.same, players=[replace(player, pauses=()) for player in made.same.players])
    hers = [spread(play(scene, replaying._dice(3, run)).offers[darya] for run in range(25))
            for scene in (made.same, blind)]  # fmt: skip
    assert hers[0].low <= len(real) <= hers[0].high, (len(real), hers)
    assert hers[1].low > len(real), (len(real), hers)


@pytest.mark.rule("S-52")
def test_a_period_with_pauses_comes_out_as_it_was(halved: Company) -> None:
    made, _darya = staged(halved)
    lines = replaying.compared(made, list(replaying.runs(made, 0, 30, 3)))
    figures = {line.name: line for line in lines}
    for name in ("missed", "worked", "wait", "first"):
        assert figures[name].reproduced, figures[name]


def test_others_keep_their_pauses_under_another_roster_too(halved: Company) -> None:
    kira, darya = (Person.objects.get(company=halved, key=key) for key in ("kira", "darya"))
    Pause.objects.create(company=halved, person=kira, starts_at=UNTIL - timedelta(days=9), why="склад")
    made, _darya = staged(halved, Change(roster=[kira, darya]))
    assert made.other is not None
    assert [len(player.pauses) for player in made.other.players] == [1, 16]
    assert made.other.players[0].pauses[0][1] is None


@pytest.mark.rule("S-55")
def test_pauses_by_misses_say_when_people_come_back_and_are_not_played_as_they_were(halved: Company) -> None:
    """Working time: from a quarter to two on a Tuesday till ten past, of which she is at work all the while."""
    zhanna, drum = Person.objects.get(company=halved, key="zhanna"), Drum.objects.get(company=halved, key="site")
    noon = UNTIL - timedelta(days=6) + timedelta(hours=7, minutes=45)
    for minutes in (0, 30):
        start = noon + timedelta(minutes=minutes)
        Pause.objects.create(company=halved, person=zhanna, starts_at=start, ends_at=start + timedelta(minutes=20),
                             why="misses")  # fmt: skip
    Pause.objects.create(
        company=halved,
        person=zhanna,
        starts_at=noon - timedelta(days=90),
        ends_at=noon - timedelta(days=89),
        why="misses",
    )  # fmt: skip  before the period: not asked for
    found = pauses(org.of(halved, UNTIL), drum.pk, [zhanna.pk], SINCE, UNTIL)
    assert (found.own, found.returns) == ({}, [1200.0, 1200.0])


def test_what_began_before_the_period_and_runs_into_it_counts(halved: Company) -> None:
    """Found as each one's last before it, by the index: not by reading all that ever were."""
    ilya, drum = Person.objects.get(company=halved, key="ilya"), Drum.objects.get(company=halved, key="site")
    for day in (50, 40, 33):
        Pause.objects.create(company=halved, person=ilya, starts_at=UNTIL - timedelta(days=day),
                             ends_at=UNTIL - timedelta(days=day - 5), why="обучение")  # fmt: skip
    found = pauses(org.of(halved, UNTIL), drum.pk, [ilya.pk], SINCE, UNTIL + PATIENCE)
    assert found.own[ilya.pk] == ((UNTIL - timedelta(days=33), UNTIL - timedelta(days=28)),)
    if connection.vendor == "sqlite":
        plan = between([ilya.pk], SINCE, UNTIL).explain()
        assert "SCAN leaddrum_pause" not in plan, plan
        assert plan.count("pause_person") >= 2, plan
