"""Several processes with one bot keep Telegram's limits together (PostgreSQL)."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, connections

from leaddrum.channels import pace
from leaddrum.channels.botapi import Bot, number_of
from leaddrum.channels.crew import Crew
from leaddrum.channels.pace import A_SECOND
from leaddrum.channels.shared_pace import SharedPace
from leaddrum.models import Pacing
from tests.ops import botserver
from tests.ops.botserver import Telegram

ENGINES = 3


@pytest.fixture(autouse=True)
def _on_postgres(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one process sends: its limits are its own")


def test_its_table_is_not_logged() -> None:
    """It is written before every message, and worth nothing after a crash."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'leaddrum_pacing'")
        assert cursor.fetchall() == [("u",)]


@pytest.mark.django_db(transaction=True)
def test_three_engines_with_one_bot_are_never_told_to_wait(telegram: Telegram, full: bool) -> None:
    each = 170 if full else 30
    telegram.limits, telegram.latency = True, 0.01
    for account in range(1, ENGINES * each + 1):
        telegram.chats[account] = {"id": account, "type": "private", "first_name": "Анна"}
    failed: list[BaseException] = []

    def engine(first: int) -> None:
        try:
            with Bot(botserver.TOKEN, telegram.url) as bot:
                bot.limits = SharedPace(number_of(botserver.TOKEN))
                with Crew[int](bot) as crew:
                    for account in range(first, first + each):
                        crew.call(account, "sendMessage", str(account), chat_id=account, text="Лид")
                        failed.extend(answer for _to, answer in crew.answered() if isinstance(answer, BaseException))
                    failed.extend(answer for _to, answer in crew.rest() if isinstance(answer, BaseException))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=engine, args=(1 + number * each,)) for number in range(ENGINES)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    sent = ENGINES * each
    print(f"{sent} messages of {ENGINES} engines in {took:.1f} s, {sent / took:.1f} a second")
    assert (failed, telegram.refused) == ([], 0)
    assert len(telegram.messages) == sent
    assert took >= (sent - A_SECOND) / A_SECOND


def test_a_chat_is_one_engines_at_a_time() -> None:
    one, other = SharedPace(7), SharedPace(7)
    assert one.chat_free_in("101") == 0.0
    assert 0.5 < other.chat_free_in("101") <= 1.0
    assert other.chat_free_in("-500") == 0.0
    assert 2.5 < one.chat_free_in("-500") <= 3.0
    assert SharedPace(8).chat_free_in("101") == 0.0  # another bot's


def test_told_to_wait_all_of_them_wait() -> None:
    one, other = SharedPace(7), SharedPace(7)
    one.give_back(one.take())
    one.shut(1.2)
    assert 0.5 < other.shut_for() <= 1.2
    began = time.monotonic()
    other.take()
    assert time.monotonic() - began > 0.5
    assert other.shut_for() == 0.0


def test_the_places_of_an_engine_that_died_free_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    dead, other = SharedPace(7), SharedPace(7)
    for _place in range(A_SECOND):
        dead.take()
    assert not Pacing.objects.filter(bot=7, key__startswith="place:", free_at__lte=_clock()).exists()
    _later(59)
    assert not Pacing.objects.filter(bot=7, key__startswith="place:", free_at__lte=_clock()).exists()
    _later(2)
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"it waits {seconds} s"))
    other.take()


def test_a_place_is_free_a_second_after_its_answer() -> None:
    one, other = SharedPace(7), SharedPace(7)
    places = [one.take() for _place in range(A_SECOND)]
    assert len(set(places)) == A_SECOND
    began = time.monotonic()
    one.give_back(places[0])
    one.settle()
    assert other.take() == places[0]
    assert time.monotonic() - began > 0.9


def test_the_bot_of_an_installation_finds_the_limits_of_its_database() -> None:
    assert isinstance(pace.of(7), SharedPace)
    assert pace.of(7) is pace.of(7)


def _clock() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _later(seconds: int) -> None:
    """As if so much time had passed."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leaddrum_pacing SET free_at = free_at - make_interval(secs => %s)", [seconds])
