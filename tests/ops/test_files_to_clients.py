"""Files that go to a client with an answer: by mail, by his bot, by a gateway; from the page and from Telegram."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from telegram import Bot as IndependentBot

from leaddrum import engine
from leaddrum.engine import answering
from leaddrum.facts import masking
from leaddrum.intake import replies
from leaddrum.intake.mail import receive
from leaddrum.models import Enclosure, Lead, Reply, Touch, Way
from tests import apart
from tests.facts.conftest import keep_books
from tests.intake.letters import letter
from tests.ops import botserver
from tests.ops.botserver import Telegram
from tests.ops.test_telegram import ANNA, office, send
from tests.ops.test_telegram_answers import asks, clients, newest, reply, way
from tests.ops.test_ways_back import CLIENT, Gateway, made, only, say, signed_in
from tests.world import World

__all__ = ["clients", "office", "way"]
PLAN, PRICE = b"%PDF-1.7 plan", b"\x00\xff" * 40


def plan() -> SimpleUploadedFile:
    return SimpleUploadedFile("план.pdf", PLAN, "application/pdf")


def price() -> SimpleUploadedFile:
    return SimpleUploadedFile("цены.xlsx", PRICE, "no type; at all")


def pressed(client: Client, lead: int, **said: Any) -> str:
    answer = client.post(f"/leads/{lead}/reply", {"after": 0, **said}, follow=True)
    return answer.content.decode()


def documents(telegram: Telegram) -> list[tuple[str, str, bytes]]:
    sent = [message["document"] for message in telegram.to(CLIENT) if "document" in message]
    return [(one["file_name"], one["mime_type"], telegram.files[one["file_id"]]) for one in sent]


def test_by_mail_they_are_parts_of_one_letter(world: World) -> None:
    box = made(world, "mailbox", address="sales@oknadom.example")
    receive.take_in(box, letter(), now=world.now)
    anna, lead = signed_in(world, "anna"), only()
    for _twice in range(2):
        assert "Отправляем клиенту" in pressed(anna, lead.id, text="Вот план.", files=[plan(), price()])
    replies.send_due(world.now)
    (sent,) = mail.outbox
    assert sent.body == "Вот план."
    found = [tuple(one) for one in sent.attachments]
    assert found == [
        ("план.pdf", PLAN, "application/pdf"),
        ("цены.xlsx", PRICE, "application/octet-stream"),
    ]
    assert sent.message().as_bytes()
    assert Touch.objects.count() == 1
    file = Enclosure.objects.get(name="план.pdf")
    assert file.name in anna.get(f"/leads/{lead.id}").content.decode()
    got = anna.get(f"/files/sent/{file.pk}")
    assert (got.content, got["Content-Type"]) == (PLAN, "application/pdf")
    assert got["Content-Disposition"].startswith("attachment;")
    world.person_table("stranger")["departments"] = ["firm"]
    world.apply()
    assert signed_in(world, "stranger").get(f"/files/sent/{file.pk}").status_code == 404
    pressed(anna, lead.id, text="Вот план.", files=[plan()])
    assert Reply.objects.count() == 2  # the same words with other files are no repeat


def test_in_a_messenger_each_is_a_message_and_only_what_did_not_go_goes_again(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    lead = asks(way, clients, "Окно")
    anna = signed_in(office, "anna")
    pressed(anna, lead.id, text="Вот.", files=[plan(), price()])
    down = iter([None, "drop"])
    clients.fails = lambda method, _values: next(down, None) if method == "sendDocument" else None
    replies.send_due(office.now)
    assert clients.texts(CLIENT)[0] == "Вот."
    assert documents(clients)[0] == ("план.pdf", "application/pdf", PLAN)
    assert [reply.state for reply in Reply.objects.order_by("pk")] == ["sent", "sent", "failed"]
    failed = Reply.objects.latest("pk")
    assert failed.in_doubt
    pressed(anna, lead.id, after=failed.pk, text="", again=failed.pk)
    replies.send_due(office.now + timedelta(seconds=5))
    assert [name for name, _kind, _content in documents(clients)] == ["план.pdf", "цены.xlsx", "цены.xlsx"]
    assert documents(clients)[-1][2] == PRICE
    assert clients.texts(CLIENT).count("Вот.") == 1
    office.check()


def test_a_gateway_gets_them_as_it_sends_its_own(world: World, settings: Any) -> None:
    settings.POST_TO = ("127.0.0.0/8",)
    gateway = Gateway()
    way = made(world, "chat", reply_url=f"http://127.0.0.1:{gateway.server_port}/answers")
    say(way, id="m1", conversation="wa-1", text="Окно")
    engine.answer(only().id, "", [engine.File("a.png", "image/png", PLAN)], by=world.pk("anna"), now=world.now)
    replies.send_due(world.now)
    ((_signed, said),) = gateway.got
    assert said["text"] == ""
    assert said["files"] == [{"name": "a.png", "type": "image/png", "content": base64.b64encode(PLAN).decode()}]
    gateway.shutdown()
    gateway.server_close()


def test_too_many_too_large_and_nothing_at_all_are_refused(world: World) -> None:
    box = made(world, "mailbox", address="sales@oknadom.example")
    receive.take_in(box, letter(), now=world.now)
    anna, lead = signed_in(world, "anna"), only()
    large = b"x" * (answering.LARGEST_FILES // 2)
    for said, why in (
        ({"text": "  "}, "текст пуст"),
        ({"text": "Вот", "files": [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(6)]}, "не больше 5 файлов"),
        ({"files": [SimpleUploadedFile(f"{n}.bin", large) for n in range(3)]}, "не больше 5 файлов"),
    ):
        assert why in pressed(anna, lead.id, **said)
    assert not Reply.objects.exists()
    assert "Отправляем" in pressed(anna, lead.id, files=[SimpleUploadedFile(f"{n}.bin", large) for n in range(2)])


@pytest.mark.rule("S-54")
def test_a_file_in_a_reply_in_telegram_reaches_the_client(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    office.edit(take_signals=["chat"])
    lead = asks(way, clients, "Сколько стоит?")
    send(office)
    telegram.files = {"kp": PRICE}
    document = {"file_id": "kp", "file_name": "КП\u202e.pdf", "mime_type": "application/pdf", "file_size": len(PRICE)}
    offer = newest(telegram, ANNA, "Новый лид")
    said = reply(office, telegram, ANNA, offer, document=document, caption="Смета")
    assert said == "Отправляем клиенту. Лид ваш."
    assert lead.state == "taken"
    replies.send_due(office.now)
    assert clients.texts(CLIENT)[0] == "Смета"
    assert documents(clients) == [("КП.pdf", "application/pdf", PRICE)]


def test_while_telegram_gives_no_file_nothing_is_sent_and_he_is_told(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    asks(way, clients, "Окно")
    send(office)
    telegram.files = {"kp": PRICE}

    def busy(method: str, _values: dict[str, Any]) -> None:
        if method == "getFile":
            raise botserver.BadRequest("Too Many Requests: retry after 1", 429, retry_after=1)

    offer = newest(telegram, ANNA, "Новый лид")
    telegram.fails = busy
    document = {"file_id": "kp", "file_size": 1}
    assert "Клиенту ничего не отправлено." in reply(office, telegram, ANNA, offer, document=document, caption="Смета")
    assert not Reply.objects.exists()
    telegram.fails = lambda _method, _values: None
    assert "Отправляем клиенту." in reply(office, telegram, ANNA, offer, document=document)
    assert bytes(Enclosure.objects.get().content) == PRICE


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("403 Forbidden: bot was blocked by the user", "клиент заблокировал бота"),
        ("550", "почтовый сервер клиента не принимает письмо (550)"),
        ("HTTP 410", "шлюз мессенджера не принимает сообщение (HTTP 410)"),
        ("ConnectError", "не доставлено: ConnectError"),
    ],
)
def test_the_page_says_in_words_why_it_did_not_arrive(world: World, error: str, said: str) -> None:
    box = made(world, "mailbox", address="sales@oknadom.example")
    receive.take_in(box, letter(), now=world.now)
    lead = only()
    engine.answer(lead.id, "Вот", by=world.pk("anna"), now=world.now)
    Reply.objects.update(state="failed", error=error)
    assert said in signed_in(world, "anna").get(f"/leads/{lead.id}").content.decode()


def test_they_are_forgotten_with_the_client(world: World) -> None:
    box = made(world, "mailbox", address="sales@oknadom.example")
    receive.take_in(box, letter(), now=world.now)
    lead = only()
    engine.answer(lead.id, "Вот", [engine.File("a.pdf", "", PLAN)], by=world.pk("anna"), now=world.now)
    world.take_card(lead, by="anna")
    keep_books(world)
    masking.mask(Lead.objects.get(pk=lead.id), by=None, now=world.now)
    assert not Enclosure.objects.exists()


def test_an_independent_client_sends_a_file_to_the_same_double(telegram: Telegram) -> None:
    telegram.says(CLIENT, "/start")

    async def play() -> None:
        async with IndependentBot(botserver.TOKEN, base_url=f"{telegram.url}/bot") as bot:
            sent = await bot.send_document(CLIENT, PLAN, filename="план.pdf", caption="Вот")
            assert sent.document is not None
            assert (sent.document.file_name, sent.document.file_size) == ("план.pdf", len(PLAN))

    apart.awaited(play())
    assert documents(telegram) == [("план.pdf", "application/pdf", PLAN)]
