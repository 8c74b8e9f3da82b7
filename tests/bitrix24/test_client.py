"""Asking a portal: what is known of an answer, what is never repeated, what is never shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.utils import translation

from leaddrum.crm.bitrix24 import budget, query
from leaddrum.crm.bitrix24.access import ByWebhook
from leaddrum.crm.bitrix24.address import WrongAddress, webhook
from leaddrum.crm.bitrix24.answers import Later, Ok, Refused, Unknown
from leaddrum.crm.bitrix24.books import InMemory
from leaddrum.crm.bitrix24.budget import Limits, State, Urgency
from leaddrum.crm.bitrix24.client import Call, Client
from tests.bitrix24.portal import Portal, Server, php, sample

SECRET = "s3cr3tw0rd"
pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
def client(portal: Portal, server: Server) -> Iterator[Client]:
    hook = webhook(portal.webhook(sample.ADMIN, secret=SECRET))
    made = Client(ByWebhook(hook), InMemory(now=lambda: portal.clock.now().timestamp()))
    yield made
    made.close()


def test_a_call_and_a_batch(client: Client, portal: Portal) -> None:
    lead = portal.lead("Окна")
    listed = client.call("crm.item.list", {"entityTypeId": 1, "select": ["id", "title"], "start": -1})
    assert listed == Ok({"items": [{"id": lead, "title": "Окна"}]})
    update = {"entityTypeId": 1, "id": lead, "fields": {"title": "Двери & окна [2]", "observers": [13, 27]}}
    changed, wrong, got = client.batch(
        [
            Call("crm.item.update", update),
            Call("crm.item.get", {"entityTypeId": 1, "id": 999}),
            Call("crm.item.get", {"entityTypeId": 1, "id": lead}),
        ],
        reads=False,
    )
    assert isinstance(changed, Ok)
    assert isinstance(wrong, Refused)
    assert wrong.code == "NOT_FOUND"
    assert isinstance(got, Ok)
    assert got.value["item"]["title"] == "Двери & окна [2]"
    assert got.value["item"]["observers"] == [13, 27]
    assert portal.complaints == []


@pytest.mark.rule("S-40")
@pytest.mark.parametrize(
    ("fault", "applied", "kind"),
    [
        ("drop_after", True, Unknown),
        ("internal_after", True, Unknown),
        ("html_after", True, Unknown),
        ("drop_before", False, Unknown),
        ("internal", False, Unknown),
        ("html", False, Unknown),
        ("limit", False, Later),
        ("overload", False, Later),
        ("operating", False, Later),
    ],
)
def test_a_write_is_sent_once_and_what_is_not_known_is_said(
    client: Client, portal: Portal, fault: str, applied: bool, kind: type
) -> None:
    lead = portal.lead()
    portal.faults.plan(fault)
    reply = client.call("crm.item.update", {"entityTypeId": 1, "id": lead, "fields": {"assignedById": 27}}, reads=False)
    assert type(reply) is kind
    assert (portal.item(lead)["assignedById"] == 27) is applied
    assert len(portal.asked) == 1


def test_a_batch_cut_in_the_middle_is_unknown_as_a_whole(client: Client, portal: Portal) -> None:
    leads = portal.import_(5)
    portal.faults.plan("cut", after=2)
    calls = [Call("crm.item.update", {"entityTypeId": 1, "id": n, "fields": {"assignedById": 27}}) for n in leads]
    assert {type(reply) for reply in client.batch(calls, reads=False)} == {Unknown}
    assert [portal.item(n)["assignedById"] for n in leads].count(27) == 2


def test_a_lost_reading_is_asked_for_again_once(client: Client, portal: Portal) -> None:
    portal.faults.plan("drop_after")
    assert isinstance(client.call("crm.item.list", {"entityTypeId": 1}), Ok)
    portal.faults.plan("html", times=2)
    assert isinstance(client.call("crm.item.list", {"entityTypeId": 1}), Unknown)
    assert len(portal.asked) == 4


def test_a_renamed_portal_gets_the_same_question_at_its_new_address(client: Client, portal: Portal) -> None:
    lead = portal.lead()
    other = sample.portal(portal.clock)
    other.crm, other.webhooks = portal.crm, portal.webhooks
    with Server(other) as moved:
        portal.moved_to = other.url
        call = {"entityTypeId": 1, "id": lead, "fields": {"assignedById": 31}}
        assert isinstance(client.call("crm.item.update", call, reads=False), Ok)
        assert client.access.base == f"{other.url}/rest/"
        assert str(moved.port) in client.access.base
    assert portal.item(lead)["assignedById"] == 31


def test_a_page_elsewhere_is_no_new_address_of_the_portal(client: Client, portal: Portal) -> None:
    """A blocked portal, or one under repair, leads to a page of the vendor: nothing of that is kept."""
    home = client.access.base
    with Server(sample.portal(portal.clock)) as running:
        running.portal.faults.plan("html", times=0)
        portal.moved_to = running.portal.url
        assert not isinstance(client.call("server.time"), Ok)
        assert client.access.base == home
        portal.moved_to = ""
        assert isinstance(client.call("server.time"), Ok)


def test_it_does_not_follow_to_an_address_that_shows_the_secret(client: Client, portal: Portal) -> None:
    portal.moved_to = "http://portal.example.com"
    reply = client.call("server.time")
    assert isinstance(reply, Later)
    assert reply.closed


def test_the_secret_is_never_shown(client: Client, portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    portal.webhooks.clear()
    refused = client.call("server.time")
    assert isinstance(refused, Later)
    assert refused.closed
    gone = Client(ByWebhook(webhook(f"http://127.0.0.1:9/rest/1/{SECRET}/")), InMemory()).call("server.time")
    assert isinstance(gone, Later)
    shown = f"{caplog.text} {refused} {gone} {client.access!r} {webhook(f'http://127.0.0.1:9/rest/1/{SECRET}/')!r}"
    assert SECRET not in shown


# The budget


def test_no_request_is_ever_refused_for_the_rate(client: Client, portal: Portal) -> None:
    portal.limits.rate = 2.0
    sent = 0
    for _ in range(300):
        reply = client.call("server.time", urgency=Urgency.VERDICT)
        if isinstance(reply, Later):
            portal.clock.forward(reply.after)
        else:
            sent += 1
    assert sent > 150
    assert portal.limits.refused == 0


def test_others_on_the_same_address_are_given_way_to(client: Client, portal: Portal) -> None:
    portal.limits.rate = 2.0
    portal.limits.levels["127.0.0.1"] = (50.0, portal.clock.now().timestamp())
    refused = client.call("server.time")
    assert isinstance(refused, Later)
    assert isinstance(client.call("server.time"), Later)
    assert len(portal.asked) == 1  # the second was not even sent
    portal.clock.forward(60)
    assert isinstance(client.call("server.time"), Ok)


@pytest.mark.rule("S-43")
def test_a_clock_that_was_ahead_keeps_nobody_out() -> None:
    at = [2_000_000.0]
    book = InMemory(now=lambda: at[0])
    while not book.admitted(Urgency.VERDICT):
        pass
    book.full(60.0)
    book.park("crm.item.update", 5.0, at[0] * 1000)  # milliseconds
    at[0] = 1_000_000.0  # it was wrong by days
    assert book.admitted(Urgency.VERDICT) < 30
    at[0] += 30
    assert book.admitted(Urgency.VERDICT) == 0
    assert book.parked(["crm.item.update"]) == {}


def test_so_many_wait_that_looking_at_them_must_be_seldom() -> None:
    book = InMemory(now=lambda: 0.0)
    book.heard({"crm.item.list": {"duration": 0.3}})
    assert 0 < book.between("crm.item.list", 10) < 20
    rounds = 600 / book.between("crm.item.list", 200)
    assert rounds * 200 * 0.3 <= 480 / 2


def test_notes_leave_room_for_verdicts() -> None:
    state, limits = State(at=1000.0, level=30.0), Limits()
    assert budget.wait(state, limits, Urgency.NOTE, 1000.0) > 0
    assert budget.wait(state, limits, Urgency.NOTICE, 1000.0) == 0
    assert budget.wait(State(at=1000.0, level=40.0), limits, Urgency.VERDICT, 1000.0) == 0


@pytest.mark.parametrize("accounting", ["inner", "batch"])
def test_operating_time_is_counted_whichever_way_the_portal_counts(
    client: Client, portal: Portal, accounting: str
) -> None:
    portal.limits.accounting = accounting
    portal.limits.costs |= {"crm.item.list": 5.0, "batch": 5.0}
    calls = [Call("crm.item.list", {"entityTypeId": 1})]
    ends: set[str] = set()
    for _ in range(110):
        portal.clock.forward(1)
        ends |= {reply.code if isinstance(reply, Later) else "ok" for reply in client.batch(calls)}
    assert ends == {"ok", "PARKED"}  # it stops by itself, before the portal says so
    other = client.call("user.current")
    assert isinstance(other, Ok)  # other methods go on
    portal.clock.forward(1200)
    assert isinstance(client.batch(calls)[0], Ok)


def test_a_method_that_has_used_up_its_time_does_not_stop_the_others_in_a_batch(client: Client, portal: Portal) -> None:
    portal.faults.plan("operating", "crm.item.list")
    assert isinstance(client.call("crm.item.list", {"entityTypeId": 1}), Later)
    resting, going = client.batch([Call("crm.item.list", {"entityTypeId": 1}), Call("server.time")])
    assert isinstance(resting, Later)
    assert isinstance(going, Ok)


def test_batches_grow_smaller_when_calls_take_long() -> None:
    state, limits = State(), Limits()
    assert budget.together(state, "crm.item.update") == 50
    for _ in range(20):
        budget.heard(state, limits, "crm.item.update", {"duration": 2.0}, 0.0)
    assert budget.together(state, "crm.item.update") == 10


# Addresses and parameters


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("portal.bitrix24.ru/rest/1/abc", "https://"),
        ("http://portal.bitrix24.ru/rest/1/abc/", "plain http"),
        ("ftp://portal.bitrix24.ru/rest/1/abc/", "https://"),
        ("https://portal.bitrix24.ru/", "no inbound webhook"),
        ("https://portal.bitrix24.ru/rest/abc/", "no inbound webhook"),
        ("https://portal.bitrix24.ru:99999/rest/1/abc/", "cannot be read"),
        ("https://u:p@portal.bitrix24.ru/rest/1/abc/", "must look like"),
    ],
)
def test_wrong_addresses(text: str, problem: str) -> None:
    with translation.override("en"), pytest.raises(WrongAddress, match=problem):
        webhook(text)


def test_an_address_is_read_as_it_is_copied() -> None:
    hook = webhook(" https://portal.bitrix24.ru/rest/1/abc123/crm.lead.list.json ")
    assert (hook.base, hook.user, hook.secret) == ("https://portal.bitrix24.ru/rest/", 1, "abc123")
    assert webhook("http://[::1]:8024/rest/1/abc").base == "http://[::1]:8024/rest/"
    assert webhook("http://localhost:8024/rest/1/abc").url == "http://localhost:8024/rest/1/abc/"


def test_parameters_are_read_there_as_they_were_meant() -> None:
    params = {"filter": {"@id": [1, 2], ">movedTime": "2026-11-23T10:00:00+03:00", "=title": "а&б=в [г]"}, "start": -1}
    read = php.decode(query.encoded(params))
    assert read == {
        "filter": {"@id": ["1", "2"], ">movedTime": "2026-11-23T10:00:00+03:00", "=title": "а&б=в [г]"},
        "start": "-1",
    }
