"""Presses of the bot's buttons, fetched and posted (S-34, S-35, S-36)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from leaddrum import lanes
from leaddrum.crm import work, writing
from leaddrum.crm.bitrix24 import bot, checking, presses, replying
from leaddrum.models import CrmWrite, Hint, Incident, Lane, Press
from leaddrum.models import Portal as OurPortal
from tests.bitrix24.driving import Drum
from tests.bitrix24.office import FORM, HOME, USERS, Office
from tests.bitrix24.portal import Portal, php
from tests.bitrix24.portal.chat import Message
from tests.bitrix24.portal.delivery import Post
from tests.bitrix24.portal.sample import ANNA, BORIS
from tests.world import World

Turning = Callable[..., Drum]
Floor = Callable[..., Office]
TAKE, DECLINE = "Взять в работу", "Отказаться"


# Fetched


@pytest.mark.rule("S-35", "S-36")
def test_a_press_in_the_last_second_counts_however_late_it_is_fetched(drum: Turning, portal: Portal) -> None:
    lead = portal.lead()
    turning = drum(sweep=3600)
    turning.forward(minutes=29, seconds=59)
    (message,) = portal.messages(ANNA)
    assert portal.press(message, TAKE, by=ANNA)
    turning.forward(minutes=5)
    assert turning.cycle(lead).state == "taken"
    assert turning.incidents() == 0
    assert "taken" in turning.journal(lead)
    assert "Взято, лид ваш" in message.text


def test_a_fetch_that_fails_alone_keeps_no_verdict_waiting(drum: Turning, portal: Portal) -> None:
    lead = portal.lead()
    turning = drum()
    turning.run()
    portal.missing.add("imbot.v2.event.get")
    turning.forward(minutes=31)
    assert turning.cycle(lead).misses == 1
    portal.missing.clear()


def test_a_press_whose_answer_got_lost_is_answered_once(drum: Turning, portal: Portal) -> None:
    lead = portal.lead()
    turning = drum()
    turning.run()
    (message,) = portal.messages(ANNA)
    portal.press(message, TAKE, by=BORIS)  # it is not his: answered below the message
    asked = len(portal.chat.messages)
    turning.look()
    portal.faults.plan("drop_after", "batch")
    turning.forward(minutes=2)
    assert turning.cycle(lead).state == "offered"
    assert len(portal.chat.messages) == asked + 1
    assert Press.objects.get().answered_at is not None


# Posted


def quiet(world: Office) -> None:
    """What else the portal has to tell is told."""
    assert world.portal.delivery is not None
    world.tick()
    while world.portal.delivery.queue:
        world.tick()


def told(world: Office, message: Message, button: str, by: str) -> list[int]:
    quiet(world)
    assert world.portal.press(message, button, by=USERS[by])
    return world.deliver()


def newest(world: Office, person: str) -> Message:
    return world.portal.messages(USERS[person])[-1]


@pytest.mark.rule("S-34", "S-35")
def test_a_posted_press_takes_at_once(floor: Floor) -> None:
    world = floor(sweep="1h")
    lead = world.lead()
    assert OurPortal.objects.get().bot["mode"] == "webhook"
    message = newest(world, "anna")
    quiet(world)
    assert world.portal.press(message, TAKE, by=USERS["anna"])
    asked = len(world.portal.asked)
    assert world.deliver() == [200]
    assert lead.state == "taken"
    assert len(world.portal.asked) == asked  # decided without a question
    world.tick()
    assert world.portal.item(world.number(lead))["stageId"] == "IN_PROCESS"
    assert "Взято, лид ваш" in message.text
    assert message.keyboard == []


@pytest.mark.rule("S-33", "S-34")
def test_old_and_foreign_buttons_are_answered_precisely(floor: Floor) -> None:
    world = floor(sweep="1h")
    lead = world.lead()
    to_anna = newest(world, "anna")
    assert told(world, to_anna, TAKE, "boris") == [200]
    world.tick()
    assert "Эта кнопка" in newest(world, "anna").text
    assert told(world, to_anna, DECLINE, "anna") == [200]
    world.tick()
    assert lead.holder == "boris"
    assert "Отказ принят" in to_anna.text or to_anna.keyboard == []
    to_anna.keyboard = [{"TEXT": TAKE, "COMMAND": bot.TAKE, "COMMAND_PARAMS": _params(lead)}]  # an old client's picture
    for button in (bot.TAKE, bot.DECLINE):
        to_anna.keyboard = [{"TEXT": "old", "COMMAND": button, "COMMAND_PARAMS": _params(lead)}]
        assert told(world, to_anna, "old", "anna") == [200]
        world.tick()
        assert "(Борис Левин), срок до 10:30" in to_anna.text
    assert lead.holder == "boris"


def _params(lead: Any) -> str:
    cycle = lead.row.cycles.get()
    return f"{cycle.pk}:1:{bot.seal(cycle.pk, 1)}"


@pytest.mark.rule("S-35", "I8")
def test_a_press_that_is_posted_twice_is_one(floor: Floor) -> None:
    world = floor(sweep="1h")
    lead = world.lead()
    message = newest(world, "anna")
    delivery = world.portal.delivery
    assert delivery is not None
    delivery.chaos(doubled=1.0)
    assert told(world, message, TAKE, "boris") == [200, 200]
    said = len(world.portal.chat.messages)
    world.tick()
    assert len(world.portal.chat.messages) == said + 1
    assert told(world, message, DECLINE, "anna") == [200, 200]
    assert lead.holder == "boris"
    assert Press.objects.count() == 2


def posted(world: Office) -> Post:
    """Anna's press, on its way."""
    quiet(world)
    world.portal.press(newest(world, "anna"), TAKE, by=USERS["anna"])
    assert world.portal.delivery is not None
    (post,) = world.portal.delivery.queue
    world.portal.delivery.queue = []
    return post


@pytest.mark.parametrize("trick", ["secret", "portal", "number", "application", "no_application"])
def test_a_press_of_a_stranger_is_refused(floor: Floor, trick: str) -> None:
    world = floor()
    lead = world.lead()
    post = posted(world)
    path, body = urlsplit(post.url).path, dict(post.body)
    wrong = {
        "secret": (path[:-1] + ("0" if path[-1] != "0" else "1"), body),
        "portal": (path.replace("/bot/", "/bot/9"), body),
        "number": (path.replace("/bot/", "/bot/x" + "9" * 30), body),
        "application": (path, body | {"auth": {**body["auth"], "application_token": "f" * 32}}),
        "no_application": (path, {key: value for key, value in body.items() if key != "auth"}),
    }[trick]
    status = Browser().post(wrong[0], php.encode(wrong[1]), content_type=FORM).status_code
    proven = trick in ("application", "no_application") and not world.application  # the address alone is the proof
    assert status == (200 if proven else 403)
    assert lead.state == ("taken" if proven else "offered")


def test_events_of_the_bot_that_are_no_presses_do_nothing(floor: Floor) -> None:
    world = floor()
    world.lead()
    post = posted(world)
    for name, data in (("ONIMBOTV2MESSAGEADD", post.body["data"]), ("ONIMBOTV2COMMANDADD", {"user": {"id": "x"}})):
        body = php.encode(post.body | {"event": name, "data": data})
        assert Browser().post(urlsplit(post.url).path, body, content_type=FORM).status_code == 200
    big = php.encode(post.body | {"data": {"x": "y" * 100_000}})
    assert Browser().post(urlsplit(post.url).path, big, content_type=FORM).status_code == 413
    assert not Press.objects.exists()
    assert not Hint.objects.filter(key="").exists()


# Which way


def test_the_way_follows_our_address_at_the_next_start(drum: Turning, portal: Portal, settings: Settings) -> None:
    lead = portal.lead()
    turning = drum(sweep=3600)
    turning.run()
    (made,) = portal.chat.bots.values()
    (message,) = portal.messages(ANNA)
    assert made.mode == "fetch"
    portal.press(message, DECLINE, by=ANNA)  # waits to be fetched while we are away

    def start(url: str) -> None:
        settings.PUBLIC_URL = url
        replying._looked.clear()
        turning.forward(seconds=30)

    start(HOME)
    assert (made.mode, made.url) == ("webhook", f"{HOME}{bot.PATH}{turning.portal.pk}/{bot.secret(turning.portal)}")
    assert turning.cycle(lead).holder != _anna(turning)
    assert made.url not in str(turning.portal.bot)
    calls = len(portal.called)
    start(HOME)
    assert not [name for name, _ in portal.called[calls:] if name.startswith("imbot.v2.Bot")]  # nothing to change
    start("https://drum-2.example")
    assert made.url.startswith("https://drum-2.example/")
    start("")
    assert made.mode == "fetch"
    settings.BITRIX24_PRESSES = "webhook"
    start("http://127.0.0.1:8000")
    assert made.mode == "webhook"


def _anna(turning: Drum) -> Any:
    return turning.company.person_set.get(key=f"b24:{ANNA}")


@pytest.mark.parametrize(("url", "way"), [("", "fetched"), (HOME, "posted: the portal must reach LEADDRUM_URL")])
def test_the_doctor_says_which_way(drum: Turning, settings: Settings, url: str, way: str) -> None:
    settings.PUBLIC_URL = url
    turning = drum()
    said = dict(checking.findings(turning.portal, turning.now))
    assert said[f"presses of its buttons are {way}"]
    assert said["the bot is there"]


def test_a_portal_that_refuses_the_way_is_asked_again(drum: Turning, portal: Portal, settings: Settings) -> None:
    turning = drum()
    turning.run()
    settings.PUBLIC_URL = HOME
    replying._looked.clear()
    portal.missing.add("imbot.v2.bot.update")
    turning.run()
    lane = Lane.objects.get(channel=presses.LANE)
    assert "ERROR_METHOD_NOT_FOUND" in lane.error
    portal.missing.clear()
    turning.forward(minutes=2)
    assert turning.portal.bot["mode"] == "webhook"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://drum.example.com", True),
        ("https://93.184.216.34", True),
        ("http://drum.example.com", False),
        ("https://localhost", False),
        ("https://drum", False),
        ("https://drum.firm.local", False),
        ("https://192.168.1.5", False),
        ("https://[::1]", False),
        ("", False),
    ],
)
def test_which_address_a_portal_can_reach(url: str, expected: bool) -> None:
    assert bot.public(url) is expected


# Lanes


def test_what_is_queued_while_a_lane_is_given_back_is_not_forgotten(
    drum: Turning, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = portal.lead()
    turning = drum()
    turning.run()
    number = turning.lead(lead)

    def late(lane: Lane, watch: lanes.Watch) -> tuple[datetime | None, str]:
        found = writing.serve(lane, watch)
        if not CrmWrite.objects.filter(kind="stage").exists():
            CrmWrite.objects.create(
                company_id=lane.company_id,
                lead=number,
                kind="stage",
                stage="lead:PROCESSED",
                ready_at=turning.now,
                created_at=turning.now,
            )
        return found

    monkeypatch.setitem(work.LANES, "crm", late)
    Lane.objects.filter(channel="crm").update(next_send_at=turning.now)
    turning.run()
    assert portal.item(lead)["stageId"] == "PROCESSED"


@pytest.mark.rule("S-36")
def test_a_press_learned_of_after_the_verdict_annuls_it(world: World) -> None:
    from leaddrum import engine

    lead = world.lead()
    pressed_at = world.now
    world.forward(minutes=31)
    assert lead.holder == "boris"
    cycle = lead.row.cycles.get()
    late = engine.take(cycle.pk, 1, by=world.pk("clara"), now=world.now, at=pressed_at)
    assert isinstance(late, engine.Stale)
    assert isinstance(engine.take(cycle.pk, 1, by=world.pk("anna"), now=world.now, at=pressed_at), engine.Pressed)
    world.tick()
    assert lead.state == "taken"
    assert Incident.objects.get().annulled_at is not None
    assert lead.row.owner_id == world.pk("anna")
