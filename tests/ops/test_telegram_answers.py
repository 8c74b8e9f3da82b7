"""A client's message is told to whoever has the lead in his Telegram, and his reply there reaches the client (S-54)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from telegram import Bot as IndependentBot

from leaddrum import engine
from leaddrum.channels import pace
from leaddrum.engine import answering
from leaddrum.facts import keep, masking
from leaddrum.intake import replies
from leaddrum.models import Effect, Lead, Posted, Reply, Request, Touch, Way
from tests import apart
from tests.ops import botserver
from tests.ops.botserver import Telegram
from tests.ops.test_telegram import ANNA, BORIS, GROUP, STRANGER, hear, office, send
from tests.ops.test_ways_back import CLIENT, Gateway, fetch, made, only, say
from tests.world import Card, World, expect_offer

__all__ = ["office"]


@pytest.fixture
def clients(telegram: Telegram) -> Iterator[Telegram]:
    """The bot that clients write to, of the same Telegram."""
    double = Telegram(botserver.CLIENT_TOKEN)
    telegram.beside[botserver.CLIENT_TOKEN] = double
    yield double
    double.server.server_close()


@pytest.fixture
def way(office: World, clients: Telegram) -> Way:
    return made(office, "telegram", {"token": clients.token})


def asks(way: Way, clients: Telegram, text: str) -> Card:
    """The client writes, and it is read."""
    before = Request.objects.count()
    clients.says(CLIENT, text, first_name="Мария")
    fetch(way, lambda: Request.objects.count() > before)
    return only()


def newest(telegram: Telegram, chat: int, words: str) -> dict[str, Any]:
    found = [message for message in telegram.to(chat) if words in html.unescape(message["text"])]
    assert found, telegram.texts(chat)
    return found[-1]


def reply(world: World, telegram: Telegram, number: int, to: dict[str, Any], text: str = "", **said: Any) -> str:
    """He replies in Telegram; what the bot says to it, beside his own message."""
    told = telegram.replies(number, to, text, **said)
    hear(world)
    answer = telegram.to(to["chat"]["id"])[-1]
    assert answer["reply_to_message"]["message_id"] == told["message_id"]
    return html.unescape(re.sub(r"<[^>]+>", "", answer["text"]))


@pytest.mark.rule("S-54")
def test_a_conversation_goes_there_and_back_without_a_page(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    office.edit(take_signals=["chat"])
    lead = asks(way, clients, "Сколько стоит <окно>?")
    expect_offer(lead, to="anna")
    send(office)
    offer = newest(telegram, ANNA, "Новый лид")
    assert "Ответьте на это сообщение" in offer["text"]
    said = reply(office, telegram, ANNA, offer, "20 тысяч. <b>Когда замер?</b>")
    assert said == "Отправляем клиенту. Лид ваш."
    assert (lead.state, lead.owner) == ("taken", "anna")
    replies.send_due(office.now)
    assert clients.to(CLIENT)[-1]["text"] == "20 тысяч. <b>Когда замер?</b>"
    assert Touch.objects.get().person_id == office.pk("anna")
    assert "contact" in lead.journal

    asks(way, clients, "Завтра в десять?")
    send(office)
    again = newest(telegram, ANNA, "Клиент снова написал")
    assert "Он пишет: Завтра в десять?" in again["text"]
    assert reply(office, telegram, ANNA, again, "Да, ждём.") == "Отправляем клиенту."
    replies.send_due(office.now)
    assert clients.texts(CLIENT)[-1] == "Да, ждём."
    assert Lead.objects.count() == 1
    office.check()


@pytest.mark.rule("S-34")
def test_an_old_message_says_who_has_the_lead_and_nothing_goes_out(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    lead = asks(way, clients, "Окно")
    send(office)
    offer = newest(telegram, ANNA, "Новый лид")
    office.forward(minutes=30)
    expect_offer(lead, to="boris")
    said = reply(office, telegram, ANNA, offer, "Добрый день!")
    assert said == "Поздно: лид уже у другого сотрудника (Борис Левин), срок до 11:00. Клиенту ничего не отправлено."
    assert not Reply.objects.exists()
    office.take(lead, by="boris")
    assert "Борис Левин. Клиенту ничего не отправлено." in reply(office, telegram, ANNA, offer, "Добрый день!")
    engine.delete(lead.id, by=None, now=office.now)
    assert reply(office, telegram, ANNA, offer, "Добрый день!") == "Лид удалён. Клиенту ничего не отправлено."
    assert not Reply.objects.exists()
    office.check()


def test_by_its_drums_setting_a_reply_is_no_take_and_says_so(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    lead = asks(way, clients, "Окно")
    send(office)
    said = reply(office, telegram, ANNA, newest(telegram, ANNA, "Новый лид"), "Добрый день!")
    assert said == "Отправляем клиенту. Лид этим не взят: нажмите «Взять в работу», его время идёт."
    assert lead.state == "offered"
    assert Reply.objects.get().text == "Добрый день!"


@pytest.mark.rule("S-39")
def test_the_same_reply_told_twice_goes_out_once(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    asks(way, clients, "Окно")
    send(office)
    told = telegram.replies(ANNA, newest(telegram, ANNA, "Новый лид"), "Добрый день!")
    hear(office)
    telegram._update(message=told)
    hear(office)
    assert Reply.objects.count() == Touch.objects.count() == 1


def test_strangers_groups_lost_files_and_other_messages_send_nothing(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    engine.ways.open_outlet(
        office.company_id, engine.ways.Address("telegram", str(GROUP)), department=None, now=office.now
    )
    telegram.chats[GROUP] = {"id": GROUP, "type": "group", "title": "Продажи"}
    asks(way, clients, "Окно")
    send(office)
    offer = newest(telegram, ANNA, "Новый лид")
    assert "не больше 5 МБ" in reply(office, telegram, ANNA, offer, photo=[{"file_id": "x"}], caption="Вот")
    assert "текст и файлы" in reply(office, telegram, ANNA, offer, sticker={"file_id": "s", "emoji": "👍"})
    assert "не больше 4000" in reply(office, telegram, ANNA, offer, "х" * 4001)
    before = len(telegram.to(GROUP))
    telegram.replies(ANNA, newest(telegram, GROUP, "Анна"), "Кто возьмёт?")
    telegram.says(ANNA, "и просто так")
    hear(office)
    assert len(telegram.to(GROUP)) == before
    assert "ответьте на сообщение о его лиде" in telegram.texts(ANNA)[-1]
    assert "ответьте на сообщение о его лиде" in reply(office, telegram, ANNA, telegram.to(ANNA)[-1], "Кому?")
    telegram.says(STRANGER, "привет")
    hear(office)
    pace.forget()  # sooner a stranger is not answered again
    assert "Как мне сообщать" in reply(office, telegram, STRANGER, telegram.to(STRANGER)[-1], "Добрый день!")
    Posted.objects.update(bot=7)  # of a bot before this one: the number says nothing about this lead
    assert "ответьте на сообщение о его лиде" in reply(office, telegram, ANNA, offer, "Добрый день!")
    assert not Reply.objects.exists()
    office.check()


def test_an_account_that_has_become_somebody_elses_answers_for_him(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    asks(way, clients, "Окно")
    send(office)
    offer = newest(telegram, ANNA, "Новый лид")
    engine.ways.unlink(office.pk("anna"), "telegram", now=office.now)
    pace.forget()  # a stranger now: not answered so soon after the last message
    assert "Как мне сообщать" in reply(office, telegram, ANNA, offer, "Добрый день!")
    engine.ways.unlink(office.pk("boris"), "telegram", now=office.now)
    engine.ways.link(office.pk("boris"), engine.ways.Address("telegram", str(ANNA)), now=office.now)
    assert "Поздно: лид уже у другого сотрудника (Анна Ким)" in reply(office, telegram, ANNA, offer, "Добрый день!")
    assert not Reply.objects.exists()


@pytest.mark.rule("S-45")
def test_whoever_wrote_is_told_where_he_wrote_that_it_did_not_arrive(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    lead = asks(way, clients, "Окно")
    send(office)
    clients.blocked.add(CLIENT)
    reply(office, telegram, ANNA, newest(telegram, ANNA, "Новый лид"), "Добрый день!")
    replies.send_due(office.now)
    send(office)
    told = newest(telegram, ANNA, "Ваше сообщение не дошло до клиента")
    assert "клиент заблокировал бота" in told["text"]
    clients.blocked.clear()
    clients.fails = lambda method, _values: "drop" if method == "sendMessage" else None
    reply(office, telegram, ANNA, told, "Вы здесь?")  # it is still about the lead
    replies.send_due(office.now)
    send(office)
    assert "Ваше сообщение, возможно, не дошло" in telegram.texts(ANNA)[-1]
    assert lead.state == "offered"
    office.check()


def test_a_gateways_client_is_answered_from_telegram_too(office: World, telegram: Telegram, settings: Any) -> None:
    settings.POST_TO = ("127.0.0.0/8",)
    gateway = Gateway()
    way = made(office, "chat", reply_url=f"http://127.0.0.1:{gateway.server_port}/answers")
    say(way, id="m1", conversation="wa-1", name="Олег", text="Окно")
    send(office)
    reply(office, telegram, ANNA, newest(telegram, ANNA, "Новый лид"), "Добрый день!")
    replies.send_due(office.now)
    assert [said["text"] for _signed, said in gateway.got] == ["Добрый день!"]
    gateway.shutdown()
    gateway.server_close()


def test_where_there_is_no_way_back_nothing_is_promised(office: World, telegram: Telegram) -> None:
    office.lead()
    send(office)
    offer = newest(telegram, ANNA, "Новый лид")
    assert "Ответьте на это сообщение" not in offer["text"]
    said = reply(office, telegram, ANNA, offer, "Добрый день!")
    assert said.endswith("Клиенту ничего не отправлено.")
    assert not Reply.objects.exists()


def test_the_newest_words_say_whether_there_is_a_way_back(office: World, telegram: Telegram) -> None:
    back, dead_end = made(office, "chat", reply_url="https://gateway.example/answers"), made(office, "chat")
    phone, other = "+7 495 555-01-01", "+7 495 555-01-02"
    say(back, id="o1", conversation="c0", name="Ева", phone=other, text="Окно")
    hers = Lead.objects.get(phone=other).pk
    for number, (way, leads_back) in enumerate([(back, True), (dead_end, False), (back, True)]):
        say(way, id=f"m{number}", conversation=f"c{way.pk}", name="Олег", phone=phone, text=f"Окно {number}")
        lead = Lead.objects.get(phone=phone).pk
        assert Request.objects.filter(lead=lead).count() == number + 1
        assert (answering.way_back(lead) is not None) == leads_back
        assert answering.answerable({lead, hers}) == ({lead, hers} if leads_back else {hers})


@pytest.mark.rule("S-49")
def test_what_a_client_wrote_is_told_no_more_when_it_was_masked(
    office: World, telegram: Telegram, clients: Telegram, way: Way
) -> None:
    lead = asks(way, clients, "Окно")
    office.take(lead, by="anna")
    asks(way, clients, "Мой телефон 123-45-67")
    keep.catch_up(office.company_id, office.now)
    masking.mask(lead.row, by=office.pk("irina"), now=office.now)
    assert "123-45-67" not in str(list(Effect.objects.values_list("data", flat=True)))
    send(office)
    assert "123-45-67" not in str(telegram.texts(ANNA))


def test_a_maintained_library_reads_a_reply_as_it_is_published(telegram: Telegram) -> None:
    telegram.says(ANNA, "/start")

    async def play() -> None:
        async with IndependentBot(botserver.TOKEN, base_url=f"{telegram.url}/bot") as bot:
            (start,) = await bot.get_updates(timeout=0)
            assert start.message is not None
            sent = await bot.send_message(ANNA, "Лид", reply_to_message_id=start.message.message_id)
            assert sent.reply_to_message is not None
            assert sent.reply_to_message.message_id == start.message.message_id
            telegram.replies(ANNA, telegram.to(ANNA)[-1], "Добрый день!")
            (update,) = await bot.get_updates(offset=start.update_id + 1, timeout=0)
            assert update.message is not None
            above = update.message.reply_to_message
            assert above is not None
            assert (above.message_id, above.from_user and above.from_user.id) == (sent.message_id, telegram.number)
            assert above.reply_to_message is None

    apart.awaited(play())
    assert BORIS not in telegram.chats
