"""Notices on their way: mail that takes the lead, quiet hours, refusals, a server that is down (S-3, S-34, S-45)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum import engine, lanes, links, outbox
from leaddrum.channels import CHANNELS
from leaddrum.channels.base import Message, Result, Wait
from leaddrum.models import Effect, Lane
from leaddrum.outbox import settling, writing
from tests.ops.postbox import Postbox, html_of, text_of
from tests.world import Card, World, expect_offer, expect_taken

ANNA, BORIS, OLGA = "anna@example.com", "boris@example.com", "olga@example.com"


@pytest.fixture
def office(world: World, postbox: Postbox) -> World:
    """The story's people, with mail addresses."""
    for key in ("anna", "boris", "olga"):
        world.person_table(key)["email"] = f"{key}@example.com"
    world.apply()
    return world


def send(world: World) -> outbox.Sent:
    return outbox.send_due(world.now)


def lane(world: World) -> Lane:
    return Lane.objects.get(company=world.company_id, channel="email")


@pytest.mark.rule("S-3")
def test_an_offer_says_what_to_do_until_when_and_who_comes_next(office: World, postbox: Postbox) -> None:
    lead = office.lead("Окна на дачу", name="Иван Петров", phone="+7 921 000-00-00", text="Нужны два окна")
    assert send(office).done == 1
    (mail,) = postbox.to(ANNA)
    assert mail["Subject"].strip() == "Новый лид, взять до 10:30: Окна на дачу"
    for said in (text_of(mail), html_of(mail)):
        assert "Возьмите лид в работу до 10:30, на это есть 30 мин рабочего времени." in said
        assert "Если не успеть, лид перейдёт дальше: Борис Левин." in said
        assert "+7 921 000-00-00" in said
        assert "Нужны два окна" in said
    (effect,) = office.told("anna", "offer")
    assert effect.state == Effect.State.DONE
    assert mail["X-LeadDrum-Key"] == effect.key
    assert mail["Message-ID"] == f"<{effect.key.replace(':', '.')}@leaddrum>"
    assert lead.cycle.state == "offered"
    assert lane(office).next_send_at is None


class Crowded:
    """A channel that has room for nothing now, and counts what it is asked."""

    spacing, together = 0.0, 50

    def __init__(self) -> None:
        self.asked: list[int] = []

    def address(self, _person: object) -> str:
        return ANNA

    @contextmanager
    def open(self) -> Iterator[Callable[[Message], Result]]:
        yield self.send

    def send(self, message: Message) -> Result:
        self.asked.append(message.effect)
        return Wait(5.0)


def test_what_there_is_no_room_for_is_put_off_together(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crowded = Crowded()
    monkeypatch.setitem(CHANNELS, "email", crowded)
    office.edit(open_offers_cap=50)
    for number in range(20):
        office.lead(f"Окна {number}")
    with CaptureQueriesContext(connection) as queries:
        assert send(office).done == 0
    waiting = Effect.objects.filter(channel="email", state=Effect.State.PENDING)
    assert sorted(crowded.asked) == sorted(waiting.values_list("pk", flat=True))
    assert len(crowded.asked) > 10
    assert not waiting.filter(ready_at__lt=office.now + timedelta(seconds=5)).exists()
    written = [query["sql"] for query in queries if query["sql"].startswith('UPDATE "leaddrum_effect"')]
    assert len(written) == 1
    soonest = lane(office).next_send_at
    assert soonest is not None
    assert soonest >= office.now + timedelta(seconds=5)


@pytest.mark.rule("S-34")
def test_the_link_takes_only_when_it_is_pressed(office: World, postbox: Postbox, client: Client) -> None:
    lead = office.lead()
    send(office)
    address = re.search(r"https://leads\.example\.com(/t/\S+)", text_of(postbox.to(ANNA)[0]))
    assert address is not None
    assert client.get(address[1]).status_code == 200
    expect_offer(lead, to="anna")
    assert client.post(address[1]).status_code == 200
    expect_taken(lead, by="anna")


def test_a_client_cannot_write_into_the_head_or_the_page_of_a_mail(office: World, postbox: Postbox) -> None:
    office.lead("Окна\r\nBcc: all@example.com", text="<script>alert(1)</script>")
    send(office)
    (mail,) = postbox.to(ANNA)
    assert mail["Bcc"] is None
    assert "<script>" not in html_of(mail)
    assert "&lt;script&gt;" in html_of(mail)


def test_each_reader_has_his_language_and_zone(office: World, postbox: Postbox) -> None:
    office.person_table("anna").update(language="en", zone="Asia/Yekaterinburg")
    office.apply()
    office.lead()
    send(office)
    (mail,) = postbox.to(ANNA)
    assert mail["Subject"].strip() == "New lead, take it by 12:30: Окна на дачу"
    assert "30 min of working time" in text_of(mail)


@pytest.mark.rule("S-34")
def test_an_offer_that_is_over_is_not_sent(office: World, postbox: Postbox) -> None:
    lead = office.lead()
    office.take(lead, by="anna")
    sent = send(office)
    assert (sent.stale, postbox.to(ANNA)[0]["Subject"].strip()) == (1, "Лид ваш: Окна на дачу")
    (offer,) = office.told("anna", "offer")
    assert (offer.state, offer.error) == (Effect.State.DONE, "stale")


@pytest.mark.parametrize(
    ("quiet", "sent_at"),
    [
        (["22:00-10:05"], "10:05"),  # waits until they end
        (["09:00-10:03", "10:03-10:06"], "10:06"),  # two that touch are one
        (["09:00-10:20"], "10:00"),  # the end would be too late for an offer: he must know of it
        (["11:00-12:00"], "10:00"),
        (["9:00 – 10:03"], "10:03"),  # as people write it
    ],
)
def test_quiet_hours(office: World, postbox: Postbox, quiet: list[str], sent_at: str) -> None:
    office.person_table("anna")["quiet"] = quiet
    office.apply()
    office.lead()
    send(office)
    if sent_at != "10:00":
        assert postbox.mails == []
        office.until(office.at(sent_at) - timedelta(seconds=1))
        send(office)
        assert postbox.mails == []
        assert lane(office).next_send_at == office.at(sent_at)
        office.until(sent_at)
        send(office)
    assert len(postbox.to(ANNA)) == 1


def test_hours_that_cannot_be_read_stop_nobodys_mail(office: World, postbox: Postbox) -> None:
    """They may stand in the tables since an earlier release: the lane is everybody's."""
    engine.ways.choose(office.pk("anna"), (), (), ["0900Z-18:00", "nine"], now=office.now)
    office.lead()
    office.lead(owner="boris")
    assert send(office).done == 2
    assert [len(postbox.to(to)) for to in (ANNA, BORIS)] == [1, 1]


@pytest.mark.rule("S-45")
def test_a_refused_mailbox_warns_the_head_at_a_quarter_of_the_budget(office: World, postbox: Postbox) -> None:
    postbox.answers[ANNA] = "550 no such mailbox"
    lead = office.lead()
    assert send(office).failed == 1
    (offer,) = office.told("anna", "offer")
    assert offer.state == Effect.State.FAILED
    assert "550" in offer.error
    assert (office.notices("anna"), office.notices("olga")) == (["offer", "broken"], ["broken"])
    office.forward(seconds=1)
    send(office)
    assert lane(office).next_send_at == office.at("10:07:30")
    office.until("10:07:30")
    assert send(office).undelivered == 1
    assert office.notices("olga") == ["broken", "undelivered"]
    assert "offer_undelivered" in lead.journal
    office.forward(seconds=1)
    send(office)
    assert [mail["Subject"].strip() for mail in postbox.to(OLGA)] == [
        "До сотрудника не доходят сообщения",
        "Предложение не дошло до сотрудника: Окна на дачу",
    ]
    assert "Анна Ким" in text_of(postbox.to(OLGA)[1])
    office.until("10:30")
    assert lead.incidents[0].excuse == "undelivered"
    assert send(office).undelivered == 0


@pytest.mark.rule("S-45")
def test_a_mailbox_that_puts_off_is_tried_again(office: World, postbox: Postbox) -> None:
    postbox.answers[ANNA] = "451 later"
    office.lead()
    assert send(office).retried == 1
    assert lane(office).failures == 0  # the way itself is open
    postbox.answers.clear()
    assert send(office).done == 0
    office.forward(seconds=40)
    assert send(office).done == 1
    assert office.told("anna", "offer")[0].attempts == 2


@pytest.mark.rule("S-45")
def test_a_server_that_is_down_is_tried_with_growing_pauses(office: World, postbox: Postbox, settings: Any) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    office.leads(2)
    assert send(office).retried == 1  # the first one tells it all
    pauses = []
    for _attempt in range(8):
        row = lane(office)
        assert row.next_send_at is not None
        pauses.append((row.next_send_at - office.now).total_seconds())
        office.until(row.next_send_at)
        send(office)
    assert pauses[0] >= 2
    assert max(pauses) <= lanes.LONGEST_PAUSE + 10  # a busy machine takes its time
    assert lane(office).failures > 3
    settings.EMAIL_PORT = port
    office.forward(seconds=61)
    assert send(office).done >= 2
    assert lane(office).failures == 0


@pytest.mark.rule("S-45")
def test_a_notice_is_not_given_up_because_the_database_was_busy(
    office: World, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, written = [OperationalError("lock timeout"), InterfaceError("connection already closed")], writing.message

    def message(*values: Any) -> Any:
        if busy:
            raise busy.pop()
        return written(*values)

    monkeypatch.setattr(writing, "message", message)
    office.lead()
    for fault in (InterfaceError, OperationalError):
        with pytest.raises(fault):
            send(office)
        office.jump(seconds=lanes.LEASE.total_seconds() + 1)
    assert send(office).done == 1
    assert len(postbox.to(ANNA)) == 1


@pytest.mark.rule("S-24")
def test_who_has_left_meanwhile_is_told_nothing_more(office: World, postbox: Postbox) -> None:
    office.person_table("anna")["quiet"] = ["10:00-11:00"]
    office.apply()
    office.take(office.lead(), by="anna")
    send(office)
    office.person_table("anna")["active"] = False
    office.apply()
    office.until("11:00")
    assert send(office).stale == 1
    assert postbox.to(ANNA) == []


@pytest.mark.rule("S-45")
def test_a_mailbox_that_refuses_him_who_has_just_left_stops_nothing(
    office: World, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    postbox.answers[ANNA] = "550 no such mailbox"
    office.lead()
    office.lead("второй")
    note = settling.note_address

    def leaving(*values: Any, **named: Any) -> None:
        office.person_table("anna")["active"] = False
        office.apply()
        note(*values, **named)

    monkeypatch.setattr(settling, "note_address", leaving)
    send(office)
    assert len(postbox.to(BORIS)) >= 1
    assert lane(office).lease == ""


@pytest.mark.rule("S-45")
def test_a_server_that_is_back_after_the_warning_still_delivers_the_offer(
    office: World, postbox: Postbox, settings: Any
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    lead = office.lead()
    send(office)
    office.until("10:07:30")
    assert send(office).undelivered == 1
    assert "offer_undelivered" in lead.journal
    settings.EMAIL_PORT = port
    office.until("10:10")
    send(office)
    assert [mail["Subject"].strip() for mail in postbox.to(ANNA)] == ["Новый лид, взять до 10:30: Окна на дачу"]
    assert send(office).undelivered == 0


@pytest.mark.rule("S-45")
def test_while_a_way_is_closed_who_has_another_is_told_by_that(office: World, postbox: Postbox, settings: Any) -> None:
    settings.TELEGRAM_TOKEN, settings.TELEGRAM_API = "1:x", "http://127.0.0.1:1"
    engine.ways.link(office.pk("anna"), engine.ways.Address("telegram", "7", "@anna"), now=office.now)
    lead = office.lead()
    send(office)
    assert office.told("anna", "offer")[0].channel == "telegram"
    time.sleep(1.1)  # a chat is written to once in a second of the machine's own time
    for minutes in (5, 1):  # tried once more; and by the other way
        office.forward(minutes=minutes)
        send(office)
    assert [mail["Subject"].strip() for mail in postbox.to(ANNA)] == ["Новый лид, взять до 10:30: Окна на дачу"]
    office.until("10:30")
    assert lead.incidents[0].excuse == ""


@pytest.mark.rule("S-40", "S-45")
@pytest.mark.parametrize("end", ["drop", "hang"])
def test_a_server_that_breaks_off_after_the_whole_message(
    office: World, postbox: Postbox, settings: Any, end: str
) -> None:
    """Nobody knows whether it was kept: repeated once with the same key, and not for ever; the head learns of it."""
    settings.EMAIL_TIMEOUT = 0.5
    postbox.ends[ANNA] = end
    lead = office.lead()
    assert send(office).retried == 1
    (offer,) = office.told("anna", "offer")
    assert offer.error.startswith("perhaps delivered: ")
    assert lane(office).failures == 1
    office.forward(seconds=40)
    send(office)
    (offer,) = office.told("anna", "offer")
    assert (offer.state, offer.attempts) == (Effect.State.FAILED, 2)
    first, second = postbox.to(ANNA)
    assert first["Message-ID"] == second["Message-ID"]
    office.until("10:07:30")
    assert send(office).undelivered == 1
    for _ in range(5):
        office.forward(minutes=2)
        send(office)
    offers = [mail for mail in postbox.to(ANNA) if mail["X-LeadDrum-Key"] == offer.key]
    assert len(offers) == 2
    assert "offer_undelivered" in lead.journal
    office.until("10:30")
    assert lead.incidents[0].excuse == "undelivered"


@pytest.mark.rule("S-45")
def test_a_message_that_was_broken_off_once_is_delivered_by_the_next_try(office: World, postbox: Postbox) -> None:
    postbox.ends[ANNA] = "drop"
    office.lead()
    send(office)
    postbox.ends.clear()
    office.forward(seconds=40)
    assert send(office).done == 1
    (offer,) = office.told("anna", "offer")
    assert (offer.state, offer.error, offer.attempts) == (Effect.State.DONE, "", 2)
    assert lane(office).failures == 0


@pytest.mark.rule("S-45")
@pytest.mark.parametrize("refusal", ["550 no such mailbox", "451 later"])
@pytest.mark.parametrize("after_the_text", [False, True])
def test_one_refused_recipient_keeps_nobody_else_waiting(
    office: World, postbox: Postbox, refusal: str, after_the_text: bool
) -> None:
    (postbox.ends if after_the_text else postbox.answers)[ANNA] = refusal
    office.leads(2)
    sent = send(office)
    assert (sent.done, sent.failed + sent.retried) == (1, 1)
    assert len(postbox.to(BORIS)) == 1
    assert lane(office).failures == 0
    (offer,) = office.told("anna", "offer")
    assert refusal in offer.error
    assert not offer.error.startswith("perhaps")


def test_what_was_sent_but_not_settled_comes_again_with_the_same_key(office: World, postbox: Postbox) -> None:
    office.lead()
    claimed = lanes.claim(office.now, CHANNELS)
    assert claimed is not None
    assert lanes.claim(office.now, CHANNELS) is None  # leased
    office.jump(seconds=lanes.LEASE.total_seconds() + 1)  # its worker died after sending
    send(office)
    Effect.objects.filter(kind="offer").update(state="pending", ready_at=office.now)
    Lane.objects.update(next_send_at=office.now)
    send(office)
    first, second = postbox.to(ANNA)
    assert first["Message-ID"] == second["Message-ID"]


def test_a_worker_whose_lease_ran_out_settles_nothing(office: World, postbox: Postbox) -> None:
    office.lead()
    slow = lanes.claim(office.now, CHANNELS)
    assert slow is not None
    office.jump(seconds=lanes.LEASE.total_seconds() + 1)
    other = lanes.claim(office.now, CHANNELS)
    assert other is not None
    with pytest.raises(lanes.Lost):
        outbox.settling.lane_again(slow, office.now, 0.0, "")
    outbox.settling.lane_again(other, office.now, 0.0, "")
    assert lane(office).lease == ""


def test_a_notice_written_while_its_lane_is_being_sent_is_not_forgotten(office: World, postbox: Postbox) -> None:
    office.lead("Первый")
    busy = lanes.claim(office.now, CHANNELS)
    assert busy is not None
    office.lead("Второй")
    outbox.settling.lane_again(busy, office.now, 0.0, "")
    assert send(office).done == 2


def test_a_stop_leaves_no_lease_behind(office: World, postbox: Postbox) -> None:
    office.leads(3)
    sent = outbox.send_due(office.now, stopping=lambda: bool(postbox.mails))
    assert sent.done == 1
    assert lane(office).lease == ""
    office.forward(seconds=1)
    send(office)
    assert len(postbox.mails) == 2  # the third lead is Clara's, who has no address


def test_somebody_without_an_address_has_his_notice_on_the_pages_only(office: World, postbox: Postbox) -> None:
    del office.person_table("anna")["email"]
    office.apply()
    office.lead()
    (offer,) = office.told("anna", "offer")
    assert (offer.channel, offer.state) == ("inapp", "done")
    send(office)
    assert postbox.to(ANNA) == []


def test_a_link_is_bound_to_turn_and_person_and_cannot_be_forged() -> None:
    token = links.make(7, 2, 11)
    assert links.read(token) == links.TurnLink(7, 2, 11)
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), "", "a:b:c", "\x00"):
        with pytest.raises(links.BadLink):
            links.read(wrong)


def test_the_take_button_of_an_old_mail_says_who_has_it(office: World, postbox: Postbox, client: Client) -> None:
    lead = office.lead()
    send(office)
    office.until("10:31")
    assert isinstance(lead, Card)
    expect_offer(lead, to="boris")
    address = re.search(r"(/t/\S+)", text_of(postbox.to(ANNA)[0]))
    assert address is not None
    page = client.post(address[1])
    assert page.status_code == 409
    assert "Борис Левин" in page.content.decode()
    expect_offer(lead, to="boris")
