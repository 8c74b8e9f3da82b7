"""Notices of the browser: subscribed on the page, sealed for one browser, forgotten when it has gone (S-3, S-45)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from leaddrum import access, outbox
from leaddrum.channels import push_keys
from leaddrum.channels.base import Message
from leaddrum.channels.push import payload
from leaddrum.engine import org
from leaddrum.models import Effect, Reach, Remembered
from leaddrum.words import Notice
from tests.ops.pushservice import Browser, opened, plain
from tests.world import World, expect_taken


@pytest.fixture
def browser(settings: Any) -> Iterator[Browser]:
    settings.POST_TO = ("127.0.0.0/8",)
    settings.PUBLIC_URL = "https://leads.example.com"
    made = Browser()
    yield made
    made.stop()


@pytest.fixture
def anna(world: World, client: Client) -> Client:
    client.force_login(access.account_of(world.person("anna")), "django.contrib.auth.backends.ModelBackend")
    return client


def subscribe(client: Client, browser: Browser, **changes: Any) -> Any:
    said = browser.subscription() | changes
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    return client.post("/my/channels/push", said, content_type="application/json", headers={"User-Agent": agent})


def send(world: World) -> outbox.Sent:
    world.jump(seconds=1)
    return outbox.send_due(world.now)


def test_the_opener_of_these_tests_follows_the_standard() -> None:
    """RFC 8291 section 5: its own example."""
    secret = int.from_bytes(plain("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
    sealed = plain(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl"
        "95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    private = ec.derive_private_key(secret, ec.SECP256R1())
    said = opened(sealed, private, plain("BTBZMqHH6r4Tts7J_aSIgg"))
    assert said == b"When I grow up, I want to be a watermelon"


@pytest.mark.rule("S-3")
def test_an_offer_is_pushed_sealed_and_its_press_takes(world: World, anna: Client, browser: Browser) -> None:
    assert subscribe(anna, browser).status_code == 201
    page = anna.get("/my/channels").content.decode()
    assert "Chrome, Windows" in page
    assert push_keys.shown() in page
    lead = world.lead("Окна на дачу", phone="+7 921 000-00-00", text="Нужны два окна")
    assert send(world).done == 1
    (said,) = browser.got
    assert said["title"] == "Новый лид, взять до 10:30: Окна на дачу"
    assert "30 мин рабочего времени" in said["body"]
    assert "921" not in str(said)  # a locked screen shows it to whoever passes by
    (head,) = browser.heads
    assert head["urgency"] == "high"
    assert int(head["ttl"]) == 1800  # worth nothing after the deadline
    (sender,) = browser.senders
    assert sender["key"] == push_keys.shown()
    assert sender["sub"].startswith("mailto:")
    address = said["url"].removeprefix("https://leads.example.com")
    assert Client().get(address).status_code == 200
    assert Client().post(address).status_code == 200
    expect_taken(lead, by="anna")
    send(world)
    assert browser.got[-1]["tag"] == said["tag"]  # it takes the place of the offer
    assert "Лид ваш" in browser.got[-1]["title"]


@pytest.mark.rule("S-45")
@pytest.mark.parametrize("answer", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_mail_follows(
    world: World, anna: Client, browser: Browser, postbox: Any, answer: int
) -> None:
    world.person_table("anna")["email"] = "anna@example.com"
    world.apply()
    subscribe(anna, browser)
    browser.answer = answer
    world.lead()
    send(world)
    send(world)
    assert not Reach.objects.exists()
    assert len(postbox.to("anna@example.com")) == 1
    assert org.of(world.company_id, world.now).people[world.pk("anna")].ways == ("email",)


@pytest.mark.rule("S-45")
@pytest.mark.parametrize("answer", [429, 503])
def test_a_push_service_that_puts_off_is_asked_again(world: World, anna: Client, browser: Browser, answer: int) -> None:
    subscribe(anna, browser)
    browser.answer = answer
    world.lead()
    assert send(world).retried == 1
    browser.answer = 201
    world.jump(seconds=60)
    send(world)
    (offer,) = world.told("anna", "offer")
    assert (offer.state, offer.attempts, len(browser.got)) == (Effect.State.DONE, 2, 1)


def test_several_browsers_of_one_person_all_show_it(world: World, anna: Client, browser: Browser) -> None:
    second = Browser()
    try:
        subscribe(anna, browser)
        subscribe(anna, second)
        browser.answer = 410
        world.lead()
        assert send(world).done == 1
        assert len(second.got) == 1
        assert Reach.objects.get().address.startswith(second.origin)
    finally:
        second.stop()


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "http://push.example.com/1"},
        {"endpoint": "https://10.0.0.1/admin"},
        {"endpoint": "https://user:pass@push.example.com/"},
        {"endpoint": "file:///etc/passwd"},
        {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"keys": None},
    ],
)
def test_what_is_no_subscription_is_refused(
    anna: Client, browser: Browser, settings: Any, changes: dict[str, Any]
) -> None:
    settings.POST_TO = ()
    assert subscribe(anna, browser, **changes).status_code == 422
    assert not Reach.objects.exists()


def test_subscribing_needs_somebody_who_is_signed_in(browser: Browser, db: None) -> None:
    assert subscribe(Client(), browser).status_code == 302


def test_the_keys_are_made_once(db: None) -> None:
    assert push_keys.private() == push_keys.private()
    assert b"PRIVATE" not in push_keys.public()
    assert "PRIVATE" not in Remembered.objects.get(name="vapid").value


def test_another_key_of_the_installation_makes_another_pair(db: None, settings: Any) -> None:
    before = push_keys.shown()
    settings.SECRET_KEY = "another"
    assert push_keys.shown() == push_keys.shown() != before


@pytest.mark.rule("S-45")
def test_browsers_of_another_pair_are_asked_to_subscribe_anew(
    world: World, anna: Client, browser: Browser, settings: Any
) -> None:
    """Their push services take messages under the key they know and no other: nobody counts on them any more."""
    assert push_keys.shown()  # as the page did that he pressed on
    assert subscribe(anna, browser).status_code == 201
    assert "push" in org.of(world.company_id, world.now).people[world.pk("anna")].ways
    settings.SECRET_KEY = "another"
    assert push_keys.shown()
    assert not Reach.objects.filter(channel="push").exists()
    assert "push" not in org.of(world.company_id, world.now).people[world.pk("anna")].ways


def test_a_long_notice_still_fits() -> None:
    notice = Notice("т" * 1000, ("я" * 3000,), (), "", takes=True)
    said = payload(Message("1:1:offer:1", "1", notice, "https://leads.example.com/t/" + "x" * 200))
    assert len(str(said).encode()) < 3000


def test_the_service_worker_comes_from_the_root(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "worker-src 'self'" in answer["Content-Security-Policy"]
    assert b"showNotification" in answer.content
