"""A head in a storm gets one table, in every channel, and nothing of it is lost (S-8, S-45)."""

from __future__ import annotations

from typing import Any

import pytest

from leaddrum import bundles, engine, outbox
from leaddrum.channels import pace
from leaddrum.models import Delivery, Effect, Lane, Person
from leaddrum.outbox import writing
from tests.ops.botserver import Telegram
from tests.ops.postbox import Postbox, html_of, text_of
from tests.world import World

OLGA = "olga@example.com"


@pytest.fixture
def storm(world: World) -> World:
    """Nobody is there: whatever comes waits, and the head is told of each after a quarter of an hour."""
    world.person_table("olga")["email"] = OLGA
    world.apply()
    for person in ("anna", "boris", "clara"):
        world.pause(person)
    return world


def send(world: World) -> outbox.Sent:
    pace.forget()
    world.jump(seconds=1)
    return outbox.send_due(world.now)


def waiting(world: World, number: int) -> None:
    world.leads(number)
    world.forward(minutes=15)


def test_one_alone_is_told_as_it_is(storm: World, postbox: Postbox) -> None:
    waiting(storm, 1)
    assert send(storm).done == 1
    assert [mail["Subject"].strip() for mail in postbox.to(OLGA)] == ["Лид ждёт, он ни у кого: Лид 1"]


def test_fifteen_at_once_are_one_table(storm: World, postbox: Postbox) -> None:
    waiting(storm, 15)
    assert send(storm).done == 15
    (mail,) = postbox.to(OLGA)
    assert mail["Subject"].strip() == "Вас ждёт 15 событий"
    for number in range(1, 16):
        assert f"Лид ждёт, он ни у кого: Лид {number}" in text_of(mail)
    assert html_of(mail).count("<tr>") == 15
    assert "https://leads.example.com/leads/" in html_of(mail)
    assert storm.notices("olga") == ["hold"] * 15  # on the pages each stands for itself
    assert Delivery.objects.filter(kind="hold", result="done").count() == 15


def test_what_comes_soon_after_waits_and_is_told_together(storm: World, postbox: Postbox) -> None:
    waiting(storm, 1)
    send(storm)
    told_at = storm.now
    for _moment in range(3):
        storm.leads(1)
        storm.forward(seconds=1)
    storm.forward(minutes=15)
    Effect.objects.filter(kind="hold", state="done").update(done_at=storm.now)  # the first one was told just now
    assert send(storm).done == 0
    lane = Lane.objects.get(channel="email")
    assert lane.next_send_at is not None
    assert lane.next_send_at > told_at + bundles.WINDOW
    storm.forward(minutes=2)
    assert send(storm).done == 3
    assert [mail["Subject"].strip() for mail in postbox.to(OLGA)][1:] == ["Вас ждут 3 события"]


def test_an_offer_waits_for_no_bundle(storm: World, postbox: Postbox) -> None:
    storm.drum_table()["roster"] = {"people": ["olga"]}
    waiting(storm, 2)
    storm.apply()
    storm.forward(seconds=1)
    send(storm)
    subjects = [mail["Subject"].strip() for mail in postbox.to(OLGA)]
    assert "Вас ждут 2 события" in subjects
    assert [one for one in subjects if one.startswith("Новый лид")]


def test_in_telegram_it_is_one_message_too(storm: World, telegram: Telegram) -> None:
    telegram.chats[7] = {"id": 7, "type": "private"}
    engine.ways.link(storm.pk("olga"), engine.ways.Address("telegram", "7", "@olga"), now=storm.now)
    waiting(storm, 15)
    send(storm)
    (text,) = telegram.texts(7)
    assert text.startswith("Вас ждёт 15 событий")
    assert text.count("Лид ждёт") == 15
    assert '<a href="https://leads.example.com/leads/' in telegram.to(7)[0]["text"]


@pytest.mark.rule("S-45")
def test_a_table_that_is_refused_goes_the_next_way_whole(storm: World, telegram: Telegram, postbox: Any) -> None:
    telegram.chats[7] = {"id": 7, "type": "private"}
    telegram.blocked.add(7)
    engine.ways.link(storm.pk("olga"), engine.ways.Address("telegram", "7", "@olga"), now=storm.now)
    waiting(storm, 4)
    send(storm)
    send(storm)
    subjects = [mail["Subject"].strip() for mail in postbox.to(OLGA)]
    assert "Вас ждут 4 события" in subjects


def test_one_that_cannot_be_written_stops_none_of_the_others(
    storm: World, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(storm, 3)
    bad = storm.told("olga", "hold")[1].pk
    written = writing.message

    def message(effect: Effect, *rest: Any) -> Any:
        if effect.pk == bad:
            raise KeyError("due_at")
        return written(effect, *rest)

    monkeypatch.setattr(writing, "message", message)
    send(storm)
    assert len(postbox.to(OLGA)) == 2
    assert Effect.objects.get(pk=bad).state == Effect.State.DEAD


def test_what_nobody_is_to_be_told_any_more_stands_in_no_table(storm: World, postbox: Postbox) -> None:
    """He has left meanwhile: neither each nor all of it together goes to him."""
    waiting(storm, 3)
    Person.objects.filter(key="olga").update(active=False)
    done = send(storm)
    assert (done.done, done.stale) == (0, 3)
    assert postbox.to(OLGA) == []
