"""A period in which one of three was paused half of the time, replayed (S-52, S-24)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest
from django.db import connection, transaction
from django.db.models import Max
from pytest_django.plugin import DjangoDbBlocker

from leaddrum import clock, engine
from leaddrum.adviser import reading, replaying
from leaddrum.adviser.scene import Change, Stage, stage
from leaddrum.core.replay import play
from leaddrum.core.replayed import spread
from leaddrum.engine import org
from leaddrum.facts.keep import catch_up
from leaddrum.history.play import _Months
from leaddrum.models import Company, Drum, Entry, Person, Turn
from tests.advice.conftest import UNTIL

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a month of its own is played: once is enough"),
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
            months._entries = Entry.objects.aggregate(last=Max("pk"))["last"] or 0  # what the sample did is not its own
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


def staged(company: Company) -> tuple[Stage, int]:
    """The whole month on the stage, and who was paused in it."""
    drum = Drum.objects.get(company=company, key="site")
    darya = Person.objects.get(company=company, key="darya").pk
    return stage(company, reading.asked(company, drum, UNTIL), Change(), UNTIL), darya


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
