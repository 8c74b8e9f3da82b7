"""Conversations with clients, there and back: messengers, the promise of an answer, what a colleague writes (S-21)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest
from django.test import Client

from leaddrum import access, engine
from leaddrum.engine import org
from leaddrum.intake import replies, telegram_in, ways
from leaddrum.intake.hooks.call import signature
from leaddrum.intake.listening import TroubleError
from leaddrum.intake.mail import receive
from leaddrum.models import Attachment, Company, Effect, Lead, Reply, Request, Touch, Way
from tests.intake.letters import letter
from tests.intake.test_mailbox import Until
from tests.ops import botserver
from tests.ops.botserver import Telegram
from tests.ops.postbox import Postbox, text_of
from tests.world import Card, World

CLIENT = 777


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    org.forget()


def made(world: World, kind: str, secret: dict[str, str] | None = None, **settings: Any) -> Way:
    company = Company.objects.get(pk=world.company_id)
    return ways.make(company, kind, "Чат", settings=settings, secret=secret, now=world.now)


def fetch(way: Way, so: Callable[[], bool]) -> None:
    hold = Until(way, so)
    mine = hold.take()
    assert mine is not None
    telegram_in.session(mine, hold)
    way.refresh_from_db()


def only() -> Card:
    return Card(World.newest, Lead.objects.get().pk)


def signed_in(world: World, key: str) -> Client:
    client = Client()
    client.force_login(access.account_of(world.person(key)), "django.contrib.auth.backends.ModelBackend")
    return client


# Telegram


def test_a_conversation_with_the_bot_is_a_lead_and_is_answered_there(world: World, telegram: Telegram) -> None:
    world.edit(promise=True, take_signals=["chat"])
    way = made(world, "telegram", {"token": botserver.TOKEN})
    telegram.says(CLIENT, "/start")
    telegram.says(CLIENT, "Сколько стоит окно?", first_name="Мария", username="maria")
    fetch(way, lambda: Lead.objects.count() == 1)
    lead = only()
    assert (lead.row.title, lead.row.name, lead.row.source) == ("Чат: Мария", "Мария", "chat")
    replies.send_due(world.now)
    assert telegram.texts(CLIENT) == ["Здравствуйте! Мы получили ваше обращение. Ответим до 10:30.\n\nОкна"]
    telegram.says(CLIENT, "Два окна", first_name="Мария")
    fetch(way, lambda: Request.objects.count() == 2)
    assert lead.row.priority == 1
    anna = signed_in(world, "anna")
    assert "Написать клиенту" in anna.get(f"/leads/{lead.id}").content.decode()
    pressed = {"text": "Добрый день! 20 тысяч.", "after": Reply.objects.get().pk}
    for _twice in range(2):
        anna.post(f"/leads/{lead.id}/reply", pressed)
    assert (lead.state, lead.owner) == ("taken", "anna")
    replies.send_due(world.now)
    assert telegram.texts(CLIENT)[1:] == ["Добрый день! 20 тысяч."]
    telegram.says(CLIENT, "Спасибо", first_name="Мария")
    fetch(way, lambda: Request.objects.count() == 3)
    assert Effect.objects.filter(person=world.pk("anna"), kind="wrote").exists()
    assert Lead.objects.count() == 1
    world.check()


@pytest.mark.rule("S-46")
def test_an_update_that_is_nonsense_stops_nobody(world: World, telegram: Telegram) -> None:
    way = made(world, "telegram", {"token": botserver.TOKEN})
    telegram._update(message={"chat": {"type": "private"}, "text": "без номера"})
    telegram._update(message={"chat": {"type": "private", "id": 5}, "contact": "x", "message_id": 1})
    telegram.sends(CLIENT, location={"latitude": 10**400, "longitude": 0})
    telegram.says(CLIENT, "В группе", group=-5)
    telegram.says(CLIENT, "Окно")
    fetch(way, lambda: Lead.objects.count() == 1)
    assert Request.objects.filter(lead=None).count() == 3
    assert way.position["offset"]
    world.check()


def test_a_wrong_token_is_told_and_a_blocked_bot_ends_the_reply(world: World, telegram: Telegram) -> None:
    with pytest.raises(TroubleError, match=r"40[14]"):
        telegram_in.check(made(world, "telegram", {"token": "1:wrong"}))
    way = made(world, "telegram", {"token": botserver.TOKEN})
    telegram.says(CLIENT, "Окно")
    fetch(way, lambda: Lead.objects.count() == 1)
    telegram.blocks(CLIENT)
    engine.answer(only().id, "Здравствуйте", by=world.pk("anna"), now=world.now)
    replies.send_due(world.now)
    reply = Reply.objects.get()
    assert (reply.state, reply.error[:3]) == ("failed", "403")
    assert botserver.TOKEN not in reply.error


def test_files_of_a_conversation_come_with_it_within_limits(world: World, telegram: Telegram) -> None:
    way = made(world, "telegram", {"token": botserver.TOKEN})
    telegram.files = {
        "plan": b"%PDF-1.7",
        "small": b"s",
        "large": b"\xff\xd8" + b"p" * 99,
        "long": b"x" * (5 << 20) + b"x",
    }
    plan = {"file_id": "plan", "file_name": "../план.pdf", "mime_type": "application/pdf", "file_size": 8}
    telegram.sends(CLIENT, document=plan, caption="Вот план")
    telegram.sends(CLIENT, photo=[{"file_id": "small", "file_size": 1}, {"file_id": "large", "file_size": 101}])
    telegram.sends(CLIENT, document={"file_id": "long", "file_size": (5 << 20) + 1}, caption="Видео")
    telegram.sends(CLIENT, document={"file_id": "long", "file_size": 1}, caption="Ещё одно, размер неверный")
    telegram.sends(CLIENT, voice={"file_id": "gone", "file_size": 5}, text="")
    telegram.sends(CLIENT, text="И всё")
    fetch(way, lambda: Request.objects.filter(payload__text="И всё").exists())
    found = {file.name: (file.kind, bytes(file.content)) for file in Attachment.objects.all()}
    assert found == {
        ".._план.pdf": ("application/pdf", b"%PDF-1.7"),
        "large": ("image/jpeg", telegram.files["large"]),
    }
    lead = only()
    assert lead.row.text == "Вот план"
    said = [request.payload["text"] for request in Request.objects.order_by("pk")]
    assert (
        said[2] == "Видео\nПришёл файл, который не сохранён (слишком большой или недоступен): application/octet-stream"
    )
    assert said[4:] == ["Пришёл файл, который не сохранён (слишком большой или недоступен): audio/ogg", "И всё"]
    world.check()


@pytest.mark.rule("S-40")
def test_an_answer_that_telegram_may_have_is_not_sent_again_by_itself(world: World, telegram: Telegram) -> None:
    way = made(world, "telegram", {"token": botserver.TOKEN})
    telegram.says(CLIENT, "Окно")
    fetch(way, lambda: Lead.objects.count() == 1)
    lead = only()
    engine.answer(lead.id, "Добрый день!", by=world.pk("anna"), now=world.now)
    telegram.fails = lambda method, _values: "drop" if method == "sendMessage" else None
    assert replies.send_due(world.now) is None
    world.now += timedelta(days=2)
    replies.send_due(world.now)
    assert telegram.texts(CLIENT) == ["Добрый день!"]
    anna = signed_in(world, "anna")
    assert "возможно, доставлено" in anna.get(f"/leads/{lead.id}").content.decode()
    telegram.fails = lambda _method, _values: None
    anna.post(f"/leads/{lead.id}/reply", {"text": Reply.objects.get().text})  # the button “once more”
    replies.send_due(world.now)
    assert telegram.texts(CLIENT) == ["Добрый день!"] * 2


@pytest.mark.rule("S-40")
def test_an_answer_cut_off_by_a_kill_is_in_doubt_for_telegram_and_repeated_for_a_gateway(world: World) -> None:
    way = made(world, "telegram", {"token": botserver.TOKEN})
    lead = world.lead()
    cut = Reply(company_id=world.company_id, lead_id=lead.id, to="777", text="Да", ready_at=world.now, attempts=1)
    cut.way, cut.created_at = way, world.now
    cut.save()  # as a process leaves it that dies between the call and its answer
    replies.send_due(world.now)
    cut.refresh_from_db()
    assert cut.in_doubt


# Another messenger's gateway


class Gateway(HTTPServer):
    """A gateway as ours would be told to write one: it takes signed answers; `status`: what it says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Takes)
        self.status = 200
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.arrived, self.answers = threading.Event(), threading.Event()  # whether it answers
        self.answers.set()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Takes(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        assert isinstance(server, Gateway)
        server.got.append((self.headers["X-LeadDrum-Signature"], json.loads(body)))
        server.arrived.set()
        server.answers.wait(30)
        self.send_response(server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Not on the test's output."""


def say(way: Way, **said: Any) -> Any:
    body = orjson.dumps(said)
    headers = {"X-LeadDrum-Signature": signature(ways.secret_of(way), body)}
    return Client().post(f"/in/{way.token}", data=body, content_type="application/json", headers=headers)


def test_a_gateway_there_and_back(world: World, settings: Any) -> None:
    settings.POST_TO = ("127.0.0.0/8",)
    gateway = Gateway()
    way = made(world, "chat", reply_url=f"http://127.0.0.1:{gateway.server_port}/answers")
    file = {"name": "план.png", "type": "image/png", "content": "aGVsbG8="}
    first: dict[str, Any] = {
        "id": "m1",
        "conversation": "wa-1",
        "name": "Олег",
        "phone": "+79161234567",
        "text": "Окно",
        "files": [file],
    }
    assert [say(way, **first).json()["outcome"] for _ in range(5)] == ["created", *["repeated"] * 4]
    assert say(way, id="m2", conversation="wa-1", text="И дверь").json()["outcome"] == "joined"
    assert say(way, id="m3", conversation="wa-1", files=[{"content": "!"}]).status_code == 422
    assert say(way, conversation="wa-1").status_code == 422
    lead = only()
    assert bytes(Attachment.objects.get().content) == b"hello"
    gateway.status = 503
    engine.answer(lead.id, "Добрый день", by=world.pk("anna"), now=world.now)
    assert replies.send_due(world.now) == world.now + timedelta(seconds=10)
    gateway.status = 200
    world.now += timedelta(seconds=11)
    assert replies.send_due(world.now) is None
    (signed, said), *_again = gateway.got
    assert said == {"id": Reply.objects.get().pk, "conversation": "wa-1", "text": "Добрый день", "lead": lead.id}
    assert signed == signature(ways.secret_of(way), orjson.dumps(said))
    assert Reply.objects.get().state == "sent"
    assert Touch.objects.get().kind == "chat"
    gateway.shutdown()
    gateway.server_close()
    world.check()


def test_answers_are_not_posted_into_our_own_network(world: World) -> None:
    gateway = Gateway()
    way = made(world, "chat", reply_url=f"http://127.0.0.1:{gateway.server_port}/answers")
    say(way, id="m1", conversation="wa-1", text="Окно")
    for address in (way.settings["reply_url"], f"https://localhost:{gateway.server_port}/", "https://169.254.169.254/"):
        Way.objects.filter(pk=way.pk).update(settings={"reply_url": address})
        engine.answer(only().id, "Добрый день", by=world.pk("anna"), now=world.now)
        replies.send_due(world.now)
        assert Reply.objects.latest("pk").state == "failed", address
    assert gateway.got == []
    irina = signed_in(world, "irina")
    page = irina.post(f"/ways/{way.pk}", {"name": "Чат", "reply_url": "https://10.0.0.1/answers"})
    assert page.status_code == 422
    assert "в частной сети" in page.content.decode()
    gateway.shutdown()
    gateway.server_close()


@pytest.mark.rule("S-46")
def test_what_is_neither_words_nor_a_file_is_no_silence(world: World, telegram: Telegram) -> None:
    way = made(world, "telegram", {"token": botserver.TOKEN})
    telegram.sends(CLIENT, location={"latitude": 55.751244, "longitude": 37.618423})
    telegram.sends(CLIENT, sticker={"file_id": "s", "emoji": "👍"})
    fetch(way, lambda: Request.objects.count() == 2)
    assert [request.payload["text"] for request in Request.objects.order_by("pk")] == ["55.751244, 37.618423", "👍"]
    world.check()


def test_an_answer_is_tried_for_a_day(world: World, settings: Any) -> None:
    """Nothing listens there."""
    settings.POST_TO = ("127.0.0.0/8",)
    way = made(world, "chat", reply_url="http://127.0.0.1:9/answers")
    say(way, id="m1", conversation="wa-1", text="Окно")
    engine.answer(only().id, "Добрый день", by=world.pk("anna"), now=world.now)
    began = world.now
    while (reply := Reply.objects.get()).state == "pending":
        world.now = max(world.now, reply.ready_at)
        replies.send_due(world.now)
    assert reply.error == "ConnectError"
    assert timedelta(hours=20) < world.now - began < timedelta(hours=26)


# The promise


@pytest.mark.rule("S-21")
def test_a_client_who_writes_at_night_is_promised_the_morning(world: World, postbox: Postbox) -> None:
    world.edit(promise=True)
    way = made(world, "mailbox", address="sales@firm.example")
    world.until("20:00")
    receive.take_in(way, letter(), now=world.now)
    receive.take_in(way, letter("Ещё раз", number="<2@x>", subject="Другое"), now=world.now)
    replies.send_due(world.now)
    (mail,) = postbox.to("ivan@client.example")
    assert "Ответим до 03.03 09:30" in text_of(mail)
    assert (mail["In-Reply-To"], mail["Auto-Submitted"]) == ("<1@client.example>", "auto-replied")
    assert mail["Reply-To"] == "sales@firm.example"
    assert receive.take_in(way, bytes(mail), now=world.now) == "ours"  # should it come back to us
    world.check()


@pytest.mark.rule("S-21")
def test_robots_are_promised_nothing_and_nobody_where_the_drum_does_not(world: World) -> None:
    way = made(world, "mailbox")
    receive.take_in(way, letter(), now=world.now)
    assert not Reply.objects.exists()
    world.edit(promise=True)
    receive.take_in(way, letter(sender="noreply@shop.example", number="<9@x>"), now=world.now)
    assert not Reply.objects.exists()


@pytest.mark.rule("S-21")
def test_the_journal_says_how_many_promises_were_kept(world: World) -> None:
    world.edit(promise=True)
    way = made(world, "mailbox")
    for number in range(3):
        raw = letter(sender=f"c{number}@client.example", number=f"<{number}@x>", subject=f"Лид {number}")
        receive.take_in(way, raw, now=world.now)
    cards = [Card(world, pk) for pk in Lead.objects.order_by("pk").values_list("pk", flat=True)]
    holder = cards[0].holder
    assert holder is not None
    world.take(cards[0], by=holder)
    contact = engine_contact(world, cards[1])
    assert contact == "logged"
    olga = signed_in(world, "olga")
    assert "обещаний" not in olga.get("/journal").content.decode()  # none of them is due yet
    world.until("12:00")
    assert "Сдержано обещаний клиентам: 2 из 3" in olga.get("/journal").content.decode()


@pytest.mark.rule("S-21")
def test_a_promise_is_of_the_company_as_it_is_now(world: World) -> None:
    """A mailbox is read for weeks with one row of the company in hand."""
    world.edit(promise=True)
    way = made(world, "mailbox")
    assert way.company.name == "Окна"
    world.file["company"] |= {"name": "Окна и двери", "zone": "Asia/Yekaterinburg"}
    world.apply()
    receive.take_in(way, letter(), now=world.now)
    text = Reply.objects.get().text
    assert text.endswith("Окна и двери")
    assert "12:30" in text


def engine_contact(world: World, card: Card) -> str:
    said = engine.Contact("call", at=world.now, ended_at=world.now, seconds=5, lead=card.id, person=world.pk("anna"))
    return engine.touch(world.company_id, said, now=world.now)
