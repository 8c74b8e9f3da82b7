"""Webhooks: signed, repeated by the outbox, and never into our own network (S-45)."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client

from leaddrum import access, outbox
from leaddrum.channels import outside
from leaddrum.models import Effect, Outlet
from tests.world import World


class Receiver:
    """A program that checks signatures. `answers`: what it says to the next posts, then 204."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.raw: list[bytes] = []
        self.answers: list[int] = []
        self.paths: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.raw.append(body)
                receiver.got.append(json.loads(body))
                receiver.heads.append({name.lower(): value for name, value in self.headers.items()})
                receiver.paths.append(self.path)
                code = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(code)
                if code in {301, 302, 307}:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_values: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def signed_with(self, secret: str) -> bool:
        """As the guide tells a receiver to check."""
        head, body = self.heads[-1]["leaddrum-signature"], self.raw[-1]
        stamp, given = (part.partition("=")[2] for part in head.split(","))
        made = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(made, given) and abs(time.time() - int(stamp)) < 10**9

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.POST_TO = ("127.0.0.0/8",)
    settings.PUBLIC_URL = "https://leads.example.com"
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def irina(world: World, client: Client) -> Client:
    client.force_login(access.account_of(world.person("irina")), "django.contrib.auth.backends.ModelBackend")
    return client


def add(client: Client, url: str, **values: str) -> str:
    """Adds a webhook on the page; returns its secret."""
    page = client.post("/settings/posts/webhook", {"url": url, "shape": "json", **values})
    assert page.status_code == 200, page.content.decode()
    return page.content.decode().partition('<code class="typed" id="secret">')[2].partition("</code>")[0]


def send(world: World) -> outbox.Sent:
    world.jump(seconds=1)
    return outbox.send_due(world.now)


@pytest.mark.rule("S-30")
def test_a_lead_that_was_closed_and_never_taken_is_posted(world: World, irina: Client, receiver: Receiver) -> None:
    add(irina, receiver.url)
    lead = world.lead()
    send(world)
    world.move(lead, "junk", by="boris")
    send(world)
    assert [said["kind"] for said in receiver.got] == ["offer", "closed"]
    assert "closed" not in world.notices("olga")


def test_an_offer_is_posted_signed_and_without_the_clients_details(
    world: World, irina: Client, receiver: Receiver
) -> None:
    secret = add(irina, receiver.url)
    lead = world.lead("Окна", phone="+7 921 000-00-00", text="Нужны два окна")
    send(world)
    assert receiver.signed_with(secret)
    assert not receiver.signed_with("another")
    (said,) = receiver.got
    assert (said["kind"], said["person"], said["lead"]) == ("offer", "Анна Ким", lead.id)
    assert said["due_at"].startswith("2026-03-02T07:30:00")
    assert "921" not in str(said)
    assert said["id"] == receiver.heads[0]["leaddrum-id"]
    world.take(lead, by="anna")
    send(world)
    assert [said["kind"] for said in receiver.got] == ["offer", "taken"]
    assert secret not in str(list(Outlet.objects.values()))  # the database alone does not tell it
    assert secret not in irina.get("/settings/posts").content.decode()


def test_as_text_it_is_what_slack_and_mattermost_take(world: World, irina: Client, receiver: Receiver) -> None:
    add(irina, receiver.url, shape="text")
    lead = world.lead("Окна")
    send(world)
    (said,) = receiver.got
    assert set(said) == {"text"}
    first, *_rest, last = said["text"].splitlines()
    assert first == "Анна Ким: Новый лид, взять до 10:30: Окна"
    assert last == f"https://leads.example.com/leads/{lead.id}"


def test_of_a_department_only_its_own_people_are_told(world: World, irina: Client, receiver: Receiver) -> None:
    world.file["departments"].append({"id": "other", "name": "Другие", "parent": "firm"})
    world.person_table("anna")["departments"] = ["other"]
    world.apply()
    add(irina, receiver.url, department="other")
    world.leads(2)
    send(world)
    assert [said["person"] for said in receiver.got] == ["Анна Ким"]


@pytest.mark.rule("S-45")
def test_what_is_put_off_is_repeated_with_growing_pauses_under_the_same_name(
    world: World, irina: Client, receiver: Receiver
) -> None:
    add(irina, receiver.url)
    receiver.answers = [503, 429, 500]
    world.lead()
    pauses = []
    for _attempt in range(3):
        send(world)
        effect = Effect.objects.exclude(outlet=None).get()
        assert effect.ready_at is not None
        pauses.append(round((effect.ready_at - world.now).total_seconds()))
        world.jump(seconds=pauses[-1] + 1)
    send(world)
    assert pauses == [15, 30, 60]
    assert len({head["leaddrum-id"] for head in receiver.heads}) == 1
    assert Effect.objects.exclude(outlet=None).get().state == Effect.State.DONE
    assert world.told("anna", "offer")[0].channel == "inapp"  # her own notice is another one


def test_one_that_does_not_answer_keeps_no_other_waiting(world: World, irina: Client, receiver: Receiver) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        add(irina, f"http://127.0.0.1:{closed.getsockname()[1]}/")
    add(irina, receiver.url)
    world.leads(3)
    sent = send(world)
    assert len(receiver.got) == 3
    assert (sent.done, sent.retried) == (3, 1)  # the first refusal tells it all


@pytest.mark.parametrize("code", [301, 302, 307, 400, 404, 410])
def test_a_redirect_or_a_refusal_ends_it_and_is_shown(
    world: World, irina: Client, receiver: Receiver, code: int
) -> None:
    add(irina, receiver.url)
    receiver.answers = [code]
    world.lead()
    send(world)
    assert receiver.paths == ["/in"]  # nothing was followed
    assert Effect.objects.exclude(outlet=None).get().state == Effect.State.DEAD
    broken = Outlet.objects.get().broken_at is not None
    assert broken == (code in {404, 410})
    assert ("не доставляет" in irina.get("/settings/posts").content.decode()) == broken
    world.lead("Другой")
    send(world)
    assert Outlet.objects.get().broken_at is None  # it works again


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "http://hooks.example.com/",
        "https://user:secret@hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "https://",
        "not an address",
        "https://" + "x" * 1000,
    ],
)
def test_addresses_that_are_refused(world: World, irina: Client, settings: Any, url: str) -> None:
    settings.POST_TO = ()
    assert irina.post("/settings/posts/webhook", {"url": url}).status_code == 422
    assert not Outlet.objects.exists()


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001"])
def test_a_name_that_leads_into_our_own_network_is_not_connected_to(
    receiver: Receiver, settings: Any, host: str
) -> None:
    """Looked at when it is connected to, whatever it was called when it was typed."""
    settings.POST_TO = ("192.0.2.0/24",)  # another network, so that http:// is no reason
    port = receiver.server.server_port
    with outside.Outside() as out, pytest.raises(outside.Forbidden):
        out.post(f"http://{host}:{port}/in", b"{}", {})
    assert receiver.raw == []


def test_a_test_reaches_it_and_only_administrators_may(world: World, irina: Client, receiver: Receiver) -> None:
    add(irina, receiver.url)
    outlet = Outlet.objects.get()
    anna = Client()
    anna.force_login(access.account_of(world.person("anna")), "django.contrib.auth.backends.ModelBackend")
    for address in ("webhook", f"{outlet.pk}/test", f"{outlet.pk}/close"):
        assert anna.post(f"/settings/posts/{address}", {"url": receiver.url}).status_code == 403
    other = World()
    stranger = Client()
    stranger.force_login(access.account_of(other.person("irina")), "django.contrib.auth.backends.ModelBackend")
    assert stranger.post(f"/settings/posts/{outlet.pk}/close").status_code == 404
    assert irina.post(f"/settings/posts/{outlet.pk}/test").status_code == 302
    send(world)
    assert [said["kind"] for said in receiver.got] == ["test"]
    irina.post(f"/settings/posts/{outlet.pk}/close")
    world.lead()
    send(world)
    assert len(receiver.got) == 1


def test_plain_http_goes_into_the_networks_that_are_meant_and_nowhere_else(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POST_TO = ()
    assert outside.looks_right("http://93.184.215.14/in") == "no_https"
    settings.POST_TO = ("127.0.0.0/8",)
    assert outside.looks_right("http://93.184.215.14/in") == "no_https"
    assert outside.looks_right("http://127.0.0.1/in") == ""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_more: found)
    with outside.Outside() as out, pytest.raises(outside.Forbidden, match="https"):
        out.post("http://example.com/in", b"{}", {})


def test_a_receiver_that_drips_is_left_after_a_while(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part comes in time, and the whole never ends: the next webhook must not wait for it."""
    settings.POST_TO = ("127.0.0.0/8",)
    monkeypatch.setattr(outside, "WHOLE", 0.3)
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        """An answer that would be well, had anybody two seconds for it."""
        taken, _ = listening.accept()
        with taken, suppress(OSError):
            for part in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
                if over.wait(0.05):
                    return
                taken.send(bytes([part]))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, args=[listening], daemon=True).start()
        with outside.Outside() as out, pytest.raises(outside.Unanswered) as left:
            out.post(f"http://127.0.0.1:{listening.getsockname()[1]}/in", b"{}", {})
        over.set()
    assert left.value.doubtful
