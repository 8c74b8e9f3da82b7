"""Telegram from linking an account to the last press, against a strict Telegram on loopback (S-3, S-34, S-45)."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from telegram import Bot as IndependentBot
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, InvalidToken, RetryAfter
from telegram.request import HTTPXRequest

from leaddrum import access, clock, engine, lanes, outbox, reports
from leaddrum.channels import codes, pace, telegram_updates
from leaddrum.engine import org
from leaddrum.models import Effect, Lane, LinkCode, Outlet, Posted, Reach
from tests import apart
from tests.ops import botserver
from tests.ops.botserver import Telegram
from tests.world import Card, World, expect_offer, expect_taken

ANNA, BORIS, STRANGER, GROUP = 101, 102, 666, -500


@pytest.fixture
def office(world: World, telegram: Telegram) -> World:
    """Anna and Boris have linked their accounts as people do."""
    for key, account in (("anna", ANNA), ("boris", BORIS)):
        code = codes.make(world.company, person=world.person(key), now=world.now)
        telegram.says(account, f"/start {code}", username=key)
    hear(world)
    telegram.messages.clear()
    pace.forget()
    return world


def hear(world: World) -> None:
    """The engine asks once for what was pressed and said."""
    hearing = telegram_updates.Hearing()
    with clock.reading(lambda: world.now):
        hearing()
    hearing.end()


def send(world: World) -> outbox.Sent:
    """Everything that is due goes out, however close together."""
    sent = outbox.Sent()
    for _again in range(6):
        pace.forget()
        sent = outbox.send_due(world.now)
        world.jump(seconds=1)
        if not Lane.objects.filter(channel="telegram", next_send_at__lte=world.now).exists():
            break
    return sent


def test_linking_takes_a_code_that_works_once_and_for_a_while(world: World, telegram: Telegram) -> None:
    code = codes.make(world.company, person=world.person("anna"), now=world.now)
    assert len(code) <= 64  # what a deep link may carry
    telegram.says(ANNA, f"/start {code}")
    telegram.says(STRANGER, f"/start {code}")
    telegram.says(ANNA, f"/start {code}")  # Telegram said it twice
    hear(world)
    for text, language in (("/start ' OR 1=1", "en"), ("привет", "ru")):
        pace.forget()  # sooner a stranger is not answered again
        telegram.says(STRANGER, text, language_code=language)
        hear(world)
    assert Reach.objects.get().address == str(ANNA)
    assert telegram.texts(ANNA)[0] == telegram.texts(ANNA)[1]
    assert "Анна Ким, лиды будут приходить сюда" in telegram.texts(ANNA)[0]
    used, wrong, lost = telegram.texts(STRANGER)
    assert "Эта ссылка уже использована" in used
    assert wrong.startswith("This link has been used")
    assert "Как мне сообщать" in lost
    late = codes.make(world.company, person=world.person("boris"), now=world.now)
    world.jump(minutes=codes.MINUTES)
    telegram.says(BORIS, f"/start {late}")
    hear(world)
    assert Reach.objects.count() == 1
    assert code not in str(list(LinkCode.objects.values_list()))  # kept as a digest


def test_one_account_is_one_person_and_may_be_somebody_in_another_company(office: World, telegram: Telegram) -> None:
    other = World()
    with clock.reading(lambda: other.now):
        code = codes.make(other.company, person=other.person("anna"), now=other.now)
        telegram.says(ANNA, f"/start {code}")
        hear(other)
        assert Reach.objects.filter(address=str(ANNA)).count() == 2
        second = codes.make(other.company, person=other.person("boris"), now=other.now)
        telegram.says(ANNA, f"/start {second}")
        hear(other)
    assert "привязан к другому сотруднику" in telegram.texts(ANNA)[-1]
    assert Reach.objects.filter(address=str(ANNA)).count() == 2


@pytest.mark.rule("S-3", "S-34")
def test_an_offer_is_taken_by_its_button(office: World, telegram: Telegram) -> None:
    lead = office.lead("Окна <на> дачу", name="Иван & Ко", phone="+7 921 000-00-00", text="Нужны два окна")
    send(office)
    (text,) = telegram.texts(ANNA)
    assert "Новый лид, взять до 10:30: Окна &lt;на&gt; дачу" in text
    assert "+7 921 000-00-00" in text
    assert telegram.buttons(ANNA) == [["Взять в работу", "Отказаться", "Открыть"]]
    query = telegram.presses(ANNA, "Взять в работу")
    hear(office)
    expect_taken(lead, by="anna")
    assert telegram.answered(query) == "«Окна <на> дачу» ваш. Свяжитесь с клиентом."
    send(office)
    (text,) = telegram.texts(ANNA)  # the same message, and no second one
    assert "Лид ваш" in text
    assert "+7 921 000-00-00" in text
    assert telegram.buttons(ANNA) == [["Открыть"]]
    again = telegram.sends_press(ANNA, next(iter(telegram.messages)), f"take:{lead.cycle.pk}:1")
    hear(office)
    assert "ваш" in telegram.answered(again)


@pytest.mark.rule("S-33")
def test_declining_asks_for_a_reason(office: World, telegram: Telegram) -> None:
    lead = office.lead()
    send(office)
    telegram.presses(ANNA, "Отказаться")
    hear(office)
    assert telegram.buttons(ANNA)[0][-1] == "Назад"
    telegram.presses(ANNA, "Назад")
    hear(office)
    assert telegram.buttons(ANNA) == [["Взять в работу", "Отказаться", "Открыть"]]
    telegram.presses(ANNA, "Отказаться")
    hear(office)
    telegram.presses(ANNA, "Не мой профиль")
    hear(office)
    expect_offer(lead, to="boris")
    assert lead.verdicts == [("anna", "returned")]
    assert lead.turns[0].reason == "Не мой профиль"
    send(office)
    (text,) = telegram.texts(ANNA)
    assert "Сейчас он у сотрудника: Борис Левин, до 10:30" in text
    assert telegram.buttons(ANNA) == [[]]
    assert "Новый лид" in telegram.texts(BORIS)[0]


@pytest.mark.rule("S-4", "S-6", "S-34")
def test_the_message_changes_as_time_passes_and_when_the_lead_is_gone(office: World, telegram: Telegram) -> None:
    lead = office.lead(phone="+7 921 000-00-00")
    send(office)
    office.until("10:15")
    send(office)
    offer, reminder = telegram.to(ANNA)
    assert "Прошло 50\u00a0% срока" in offer["text"]
    assert reminder["reply_to_message"]["message_id"] == offer["message_id"]
    assert telegram.buttons(ANNA)[1][0] == "Взять в работу"
    office.until("10:30")
    send(office)
    expect_offer(lead, to="boris")
    texts = telegram.texts(ANNA)
    assert all("Сейчас он у сотрудника: Борис Левин, до 11:00" in text for text in texts[:2])
    assert "+7 921" not in texts[0] + texts[1]  # the client's details are gone with the lead
    assert "Срок прошёл" in texts[-1]
    assert telegram.buttons(ANNA)[:2] == [[], []]
    old = telegram.sends_press(ANNA, (ANNA, offer["message_id"]), f"take:{lead.cycle.pk}:1")
    hear(office)
    assert telegram.answered(old) == "Сейчас он у сотрудника: Борис Левин, до 11:00."
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-34", "S-35")
def test_a_press_is_bound_to_the_account_that_presses(office: World, telegram: Telegram) -> None:
    lead = office.lead()
    send(office)
    key = next(iter(telegram.messages))
    data = f"take:{lead.cycle.pk}:1"
    stranger = telegram.sends_press(STRANGER, key, data)
    colleague = telegram.sends_press(BORIS, key, data)
    strange = [
        telegram.sends_press(ANNA, key, text) for text in ("", "take", "take:x:y", "take:999999:1", "take:1:2:3:4")
    ]
    hear(office)
    assert "ни к кому не привязан" in telegram.answered(stranger)
    assert telegram.answered(colleague) == "Сейчас он у сотрудника: Анна Ким, до 10:30."
    assert {telegram.answered(one) for one in strange} == {"Такого хода нет."}
    expect_offer(lead, to="anna")


def test_a_team_reads_its_leads_in_a_group_where_everybody_presses_for_himself(
    office: World, telegram: Telegram
) -> None:
    code = codes.make(office.company, now=office.now)
    telegram.says(ANNA, f"/start@{botserver.NAME} {code}", group=GROUP)
    telegram.says(ANNA, "обед?", group=GROUP)
    hear(office)
    assert telegram.texts(GROUP) == ["Лиды компании «Окна» будут видны здесь."]
    lead = office.lead(phone="+7 921 000-00-00")
    send(office)
    group = telegram.to(GROUP)[-1]
    assert f'<a href="tg://user?id={ANNA}">Анна Ким</a>' in group["text"]
    assert "+7 921" not in group["text"]
    assert len(telegram.to(ANNA)) == 1  # she is told for herself besides
    office.until("10:15")
    send(office)
    assert len(telegram.to(GROUP)) == 2  # changed, not sent again
    assert "Прошло 50\u00a0% срока" in telegram.texts(GROUP)[-1]
    wrong = telegram.presses(BORIS, "Взять в работу", chat=GROUP)
    right = telegram.presses(ANNA, "Взять в работу", chat=GROUP)
    hear(office)
    assert "Анна Ким, до 10:30" in telegram.answered(wrong)
    assert "ваш" in telegram.answered(right)
    expect_taken(lead, by="anna")
    send(office)
    assert "Лид взят в работу: Анна Ким." in telegram.texts(GROUP)[-1]
    assert [effect.kind for effect in Effect.objects.filter(outlet=None, kind="offer")] == ["offer"]


@pytest.mark.rule("S-17")
def test_an_offer_to_everybody_is_told_to_the_group_once(office: World, telegram: Telegram) -> None:
    office.edit(strategy="claim")
    code = codes.make(office.company, now=office.now)
    telegram.says(ANNA, f"/start {code}", group=GROUP)
    hear(office)
    lead = office.lead()
    send(office)
    assert len(telegram.to(GROUP)) == 2
    telegram.presses(BORIS, "Взять в работу", chat=GROUP)
    hear(office)
    expect_taken(lead, by="boris")
    send(office)
    assert "Лид взят в работу: Борис Левин." in telegram.texts(ANNA)[0]  # who was not faster reads who was


@pytest.mark.rule("S-45")
def test_too_many_requests_wait_as_long_as_they_are_told(office: World, telegram: Telegram) -> None:
    def busy(method: str, _values: dict[str, Any]) -> None:
        if method == "sendMessage":
            raise botserver.BadRequest("Too Many Requests: retry after 7", 429, retry_after=7)

    telegram.fails = busy
    office.leads(2)
    telegram.calls.clear()
    retried = outbox.send_due(office.now).retried
    assert retried == [method for method, _values in telegram.calls].count("sendMessage") > 0  # those under way as well
    lane = Lane.objects.get(channel="telegram")
    assert lane.next_send_at is not None
    assert lane.next_send_at - office.now >= timedelta(seconds=7)
    calls = len(telegram.calls)
    telegram.fails = lambda _method, _values: None
    office.jump(seconds=3)
    outbox.send_due(office.now)
    assert len(telegram.calls) == calls  # it is left alone
    office.jump(seconds=6)
    send(office)
    assert [len(telegram.to(chat)) for chat in (ANNA, BORIS)] == [1, 1]
    assert Lane.objects.get(channel="telegram").failures == 0


def test_what_is_under_way_when_a_lane_is_lost_stands_there_once(
    office: World, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_given: Any) -> None:
        raise lanes.Lost

    office.leads(2)
    telegram.latency = 0.2
    with monkeypatch.context() as patch:
        patch.setattr(lanes, "keep", lost)
        outbox.send_due(office.now)
    assert not Posted.objects.filter(message=None).exists()
    office.jump(seconds=91)  # its lease is over
    send(office)
    assert [len(telegram.to(chat)) for chat in (ANNA, BORIS)] == [1, 1]


@pytest.mark.rule("S-45")
def test_a_blocked_bot_goes_on_by_mail_and_is_told_of(office: World, telegram: Telegram, postbox: Any) -> None:
    office.person_table("anna")["email"] = "anna@example.com"
    office.apply()
    telegram.blocked.add(ANNA)
    office.lead("Окна")
    send(office)
    assert "Новый лид" in postbox.to("anna@example.com")[0]["Subject"]
    (offer,) = office.told("anna", "offer")
    assert (offer.channel, offer.state) == ("email", Effect.State.DONE)
    assert office.notices("olga") == ["broken"]
    assert "bot was blocked" in Reach.objects.get(address=str(ANNA)).error
    lead = office.lead("Двери", owner="anna")
    send(office)
    assert len(telegram.to(ANNA)) == 0
    assert office.told("anna", "offer")[-1].channel == "email"  # what is broken is not tried first
    telegram.unblocks(ANNA)
    hear(office)
    office.take(lead, by="anna")
    send(office)
    assert "Лид ваш" in telegram.texts(ANNA)[0]


@pytest.mark.rule("S-45")
def test_reached_by_nothing_the_miss_is_excused(office: World, telegram: Telegram) -> None:
    telegram.blocked.add(ANNA)
    lead = office.lead()
    send(office)
    office.until("10:07:30")
    send(office)
    assert office.notices("olga") == ["broken", "undelivered"]
    office.until("10:30")
    assert lead.incidents[0].excuse == "undelivered"


@pytest.mark.rule("S-40")
def test_what_may_have_arrived_says_that_it_is_repeated(office: World, telegram: Telegram) -> None:
    """The answer is lost after Telegram has taken the message."""
    lost = iter(["drop"])
    telegram.fails = lambda method, _values: next(lost, None) if method == "sendMessage" else None
    office.lead()
    assert outbox.send_due(office.now).retried == 1
    office.jump(seconds=40)
    send(office)
    first, second = telegram.texts(ANNA)
    assert "Повтор" not in first
    assert second.startswith("Повтор: возможно, это сообщение уже пришло.")
    (offer,) = office.told("anna", "offer")
    assert (offer.state, offer.attempts) == (Effect.State.DONE, 2)


@pytest.mark.rule("S-45")
@pytest.mark.parametrize("code", [500, 502])
def test_telegrams_own_trouble_is_waited_for(office: World, telegram: Telegram, code: int) -> None:
    """It says that itself is ill: nothing is wrong with the message, and it may have been sent (S-40)."""
    once = iter([code])

    def ill(method: str, _values: dict[str, Any]) -> None:
        if method == "sendMessage" and next(once, None):
            raise botserver.BadRequest("Internal Server Error", code)

    telegram.fails = ill
    office.lead()
    assert outbox.send_due(office.now).retried == 1
    office.jump(seconds=40)
    send(office)
    (offer,) = office.told("anna", "offer")
    assert (offer.state, offer.channel, offer.attempts) == (Effect.State.DONE, "telegram", 2)
    assert telegram.texts(ANNA)[0].startswith("Повтор")


def test_presses_do_not_wait_behind_a_stranger_who_writes_and_writes(
    office: World, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = office.lead()
    send(office)
    waited: list[float] = []

    def waits(seconds: float) -> None:
        waited.append(seconds)
        raise InterruptedError

    monkeypatch.setattr(pace, "BETWEEN", 60.0)  # however slowly this machine reads his words, they come too fast
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=time.monotonic, sleep=waits))
    for count in range(8):
        telegram.says(STRANGER, f"/start {count}" if count % 2 else "ау")
    telegram.presses(ANNA, "Взять в работу")
    hear(office)
    assert waited == []
    expect_taken(card, by="anna")
    assert len(telegram.to(STRANGER)) == 1  # he is told once


@pytest.mark.rule("S-34")
def test_a_press_that_comes_while_there_is_no_database_is_told_again(
    office: World, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = office.lead()
    send(office)
    gone, take = [OperationalError("lock timeout"), InterfaceError("connection already closed")], engine.take

    def taking(*values: Any, **named: Any) -> Any:
        if gone:
            raise gone.pop()
        return take(*values, **named)

    monkeypatch.setattr(engine, "take", taking)
    telegram.presses(ANNA, "Взять в работу")
    hearing = telegram_updates.Hearing()
    with clock.reading(lambda: office.now):
        for fault in (InterfaceError, OperationalError):
            with pytest.raises(fault):
                hearing()
        hearing()
    hearing.end()
    expect_taken(card, by="anna")


def test_what_stands_there_is_not_sent_again_when_its_settling_was_lost(office: World, telegram: Telegram) -> None:
    office.lead()
    send(office)
    Effect.objects.filter(kind="offer").update(state="pending", ready_at=office.now)
    Lane.objects.update(next_send_at=office.now)
    send(office)
    assert len(telegram.to(ANNA)) == 1


def test_a_group_that_becomes_a_supergroup_is_followed(office: World, telegram: Telegram) -> None:
    outlet = engine.ways.open_outlet(
        office.company_id, engine.ways.Address("telegram", str(GROUP), "Продажи"), department=None, now=office.now
    )
    telegram.chats[-1001] = {"id": -1001, "type": "supergroup", "title": "Продажи"}

    def upgraded(method: str, values: dict[str, Any]) -> None:
        if method == "sendMessage" and int(values["chat_id"]) == GROUP:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise botserver.BadRequest(text, migrate_to_chat_id=-1001)

    telegram.fails = upgraded
    office.lead()
    send(office)
    send(office)
    assert len(telegram.to(-1001)) == 1
    assert Outlet.objects.get(pk=outlet).address == "-1001"


def test_a_message_that_was_deleted_or_changed_already_stops_nothing(office: World, telegram: Telegram) -> None:
    lead = office.lead()
    send(office)
    telegram.messages.clear()
    office.until("10:31")
    send(office)
    assert not Posted.objects.filter(running=True, effect__person=office.pk("anna")).exists()
    assert "Новый лид" in telegram.texts(BORIS)[0]
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-34")
def test_by_webhook_the_secret_is_the_proof(office: World, telegram: Telegram, settings: Any, client: Client) -> None:
    settings.TELEGRAM_UPDATES = "webhook"
    hear(office)
    assert telegram.webhook["url"] == "https://leads.example.com/hooks/telegram"
    secret = telegram.webhook["secret_token"]
    telegram.webhook = {}
    lead = office.lead()
    send(office)
    telegram.presses(ANNA, "Взять в работу")
    update = telegram.updates.popleft()
    for head in ({}, {"X-Telegram-Bot-Api-Secret-Token": "x" * 64}):
        answer = client.post("/hooks/telegram", update, content_type="application/json", headers=head)
        assert answer.status_code == 403
    expect_offer(lead, to="anna")
    good = {"X-Telegram-Bot-Api-Secret-Token": secret}
    for body in (b"[]", b"{", b"null"):
        assert client.post("/hooks/telegram", body, content_type="application/json", headers=good).status_code == 400
    assert client.post("/hooks/telegram", update, content_type="application/json", headers=good).status_code == 200
    expect_taken(lead, by="anna")
    settings.TELEGRAM_UPDATES = "poll"
    assert client.post("/hooks/telegram", update, content_type="application/json", headers=good).status_code == 404


def test_the_pace_keeps_telegrams_limits(office: World, telegram: Telegram) -> None:
    """Fifteen messages to one chat and some to others: none is refused, none is lost."""
    telegram.limits = True
    pace.forget()
    people = [office.pk("anna")] * 3 + [office.pk("boris")] * 2
    for person in people:
        engine.ways.test(person, "telegram", now=office.now)
    for _second in range(5):
        outbox.send_due(office.now)
        if Effect.objects.filter(kind="test", state="done").count() == len(people):
            break
        time.sleep(1.05)  # Telegram counts by the real clock
        Lane.objects.filter(channel="telegram").update(next_send_at=office.now)
        Effect.objects.filter(kind="test", state="pending").update(ready_at=office.now)
    assert telegram.refused == 0
    assert [len(telegram.to(chat)) for chat in (ANNA, BORIS)] == [3, 2]


def test_the_token_reaches_no_log_and_no_error(
    office: World, telegram: Telegram, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TELEGRAM_API = "http://127.0.0.1:1"
    with caplog.at_level(logging.INFO):
        office.lead()
        outbox.send_due(office.now)
    (offer,) = office.told("anna", "offer")
    assert offer.error == "ConnectError"
    assert botserver.TOKEN not in caplog.text + offer.error
    settings.TELEGRAM_API, settings.TELEGRAM_TOKEN = telegram.url, "1:wrong"
    office.jump(seconds=40)
    pace.forget()
    outbox.send_due(office.now)
    assert "LEADDRUM_TELEGRAM_TOKEN is not valid" in Effect.objects.get(pk=offer.pk).error


def test_a_maintained_library_finds_this_telegram_as_it_is_published(
    telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """python-telegram-bot against the same double: it is no friend made for our client."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    telegram.says(ANNA, "/start")

    async def play() -> None:
        bot = IndependentBot(
            botserver.TOKEN, base_url=f"{telegram.url}/bot", request=HTTPXRequest(), get_updates_request=HTTPXRequest()
        )
        async with bot:
            assert bot.username == botserver.NAME
            (update,) = await bot.get_updates(timeout=0, allowed_updates=["message"])
            assert update.message is not None
            assert update.message.text == "/start"
            markup = InlineKeyboardMarkup([[InlineKeyboardButton("Взять", callback_data="take:1:1")]])
            sent = await bot.send_message(ANNA, "<b>Лид</b>", parse_mode="HTML", reply_markup=markup)
            telegram.presses(ANNA, "Взять")
            (press,) = await bot.get_updates(offset=update.update_id + 1, timeout=0)
            assert press.callback_query is not None
            assert press.callback_query.data == "take:1:1"
            await press.callback_query.answer("Ваш")
            await bot.edit_message_text("Лид ваш", chat_id=ANNA, message_id=sent.message_id)
            for wrong in ("<b>не закрыт", "<h1>нет такого</h1>", "   ", "х" * 5000):
                with pytest.raises(BadRequest):
                    await bot.send_message(ANNA, wrong, parse_mode="HTML")
            with pytest.raises(BadRequest, match="Chat not found"):
                await bot.send_message(7, "кому?")
            telegram.limits = True
            await bot.send_message(ANNA, "1")
            with pytest.raises(RetryAfter):
                await bot.send_message(ANNA, "2")

    apart.awaited(play())
    assert telegram.texts(ANNA)[0] == "Лид ваш"

    async def stranger() -> None:
        async with IndependentBot("1:AAwrong", base_url=f"{telegram.url}/bot"):
            raise AssertionError("let in")

    with pytest.raises(InvalidToken):
        apart.awaited(stranger())


def test_the_page_links_tests_orders_and_unlinks(office: World, telegram: Telegram, client: Client) -> None:
    office.person_table("anna")["email"] = "anna@example.com"
    office.apply()
    client.force_login(access.account_of(office.person("anna")), "django.contrib.auth.backends.ModelBackend")
    page = client.get("/my/channels").content.decode()
    assert page.index("Telegram") < page.index("anna@example.com")
    assert "@anna" in page
    client.post("/my/channels/choose", {"act": "up:email"})
    assert org.of(office.company_id, office.now).people[office.pk("anna")].ways == ("email", "telegram")
    client.post("/my/channels/choose", {"act": "off:email"})
    assert org.of(office.company_id, office.now).people[office.pk("anna")].ways == ("telegram",)
    assert "Тестовое сообщение отправляется" in client.post("/my/channels/telegram/test", follow=True).content.decode()
    send(office)
    assert "Тестовое сообщение" in telegram.texts(ANNA)[0]
    assert "доставлено" in client.get("/my/channels").content.decode()
    refused = client.post("/my/channels/choose", {"act": "quiet:", "quiet": "поздно"}, follow=True)
    assert "22:00-08:00, 13:00-14:00" in refused.content.decode()
    client.post("/my/channels/choose", {"act": "quiet:", "quiet": "22:00-08:00, 13:00-14:00"})
    assert org.of(office.company_id, office.now).people[office.pk("anna")].quiet == (
        "22:00-08:00",
        "13:00-14:00",
    )
    client.post("/my/channels/telegram/unlink")
    assert not Reach.objects.filter(person=office.pk("anna")).exists()
    page = client.post("/my/channels/telegram").content.decode()
    assert f"https://t.me/{botserver.NAME}?start=" in page


def test_only_an_administrator_opens_a_teams_chat(office: World, telegram: Telegram, client: Client) -> None:
    for person, status in (("anna", 403), ("irina", 200)):
        client.force_login(access.account_of(office.person(person)), "django.contrib.auth.backends.ModelBackend")
        assert client.post("/settings/posts/chat").status_code == status
        assert client.get("/settings/posts").status_code == status


def test_who_left_the_company_presses_nothing(office: World, telegram: Telegram) -> None:
    lead = office.lead()
    send(office)
    office.person_table("anna")["active"] = False
    office.apply()
    assert isinstance(lead, Card)
    query = telegram.sends_press(ANNA, next(iter(telegram.messages)), f"take:{lead.cycle.pk}:1")
    hear(office)
    assert "ни к кому не привязан" in telegram.answered(query)
    expect_offer(lead, to="boris")


def test_what_waits_for_its_chat_is_no_repeat(office: World, telegram: Telegram) -> None:
    for title in ("Окно", "Дверь"):
        office.lead(title, owner="anna")
    outbox.send_due(office.now)
    assert len(telegram.to(ANNA)) == 1  # one message a second into one chat
    office.jump(seconds=5)
    send(office)
    assert len(telegram.to(ANNA)) == 2
    assert "Повтор" not in str(telegram.texts(ANNA))


@pytest.mark.rule("S-47")
def test_the_incident_says_by_which_channels_its_offer_went(
    office: World, telegram: Telegram, postbox: Any, client: Client
) -> None:
    office.person_table("anna")["email"] = "anna@example.com"
    office.apply()
    telegram.blocked.add(ANNA)
    lead = office.lead()
    send(office)
    office.until("10:30")
    incident = lead.incidents[0]
    items, _next = reports.incidents(office.company_id)
    told = [(one["kind"], one["channel"], one["result"]) for one in items[0]["deliveries"]]
    assert told[:2] == [("offer", "telegram", "refused"), ("offer", "email", "done")]
    client.force_login(access.account_of(office.person("olga")), "django.contrib.auth.backends.ModelBackend")
    for address in ("/journal", f"/leads/{incident.lead_id}"):
        page = client.get(address).content.decode()
        assert "Telegram, предложение: отклонено 10:00 (403 Forbidden: bot was blocked by the user)" in page
        assert "почта, предложение: доставлено 10:00" in page
    table = b"".join(client.get("/journal.csv").streaming_content).decode()  # type: ignore[attr-defined]  # a stream
    assert "telegram refused 2026-03-02T07:00:0" in table
