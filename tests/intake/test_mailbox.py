"""A mailbox of a real IMAP server: read, woken by IDLE, cut off in the middle, read once."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import InterfaceError

from leaddrum import sealed
from leaddrum.intake import ways
from leaddrum.intake.listening import LEASE, Hold, Listening, Reader, TroubleError
from leaddrum.intake.mail import mailbox, oauth
from leaddrum.models import Company, Lead, Request, Way
from tests.intake.dovecot import PASSWORD, USER, Cutter, Dovecot
from tests.intake.letters import letter
from tests.world import World

PATIENCE = 60.0  # seconds after which what must happen has not


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    # Not below pytest's own folder: that is closed to the user whose mail it is.
    with tempfile.TemporaryDirectory(prefix="leaddrum-imap-") as folder:
        Path(folder).chmod(0o755)
        server = Dovecot(Path(folder))
        server.start()
        yield server
        server.stop()


def box(world: World, port: int, **settings: Any) -> Way:
    said = {"host": "127.0.0.1", "port": port, "security": "plain", "user": USER, "old": "all", **settings}
    company = Company.objects.get(pk=world.company_id)
    return ways.make(company, "mailbox", "Продажи", settings=said, secret={"password": PASSWORD}, now=world.now)


class Until(Hold):
    """Holds the way until something is so."""

    def __init__(self, way: Way, so: Callable[[], bool], worker: str = "test") -> None:
        super().__init__(way, worker)
        self.so, self.latest = so, time.monotonic() + PATIENCE

    def still(self) -> bool:
        assert time.monotonic() < self.latest, "it did not come"
        return not self.so()


def read_until(way: Way, so: Callable[[], bool]) -> Way:
    """The mailbox is read, as in the engine's process, until something is so."""
    hold = Until(way, so)
    mine = hold.take()
    assert mine is not None
    mailbox.session(mine, hold)
    hold.release()
    way.refresh_from_db()
    return way


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [
        letter(sender=f"c{n}@client.example", number=f"<{n}@client.example>", subject=f"Заявка {n}")
        for n in range(start, start + count)
    ]


def leads() -> int:
    return Lead.objects.count()


def test_what_comes_while_it_idles_is_a_lead_at_once(
    world: World, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "ASK_EVERY", mailbox.IDLE_FOR)  # so nothing but the server's word tells of it in time
    way = box(world, dovecot.port)
    dovecot.put(*numbered(3))
    later = threading.Timer(2.0, lambda: dovecot.put(*numbered(1, 3)))

    def so() -> bool:
        if leads() == 3 and later.ident is None:
            later.start()
        return leads() == 4

    read_until(way, so)
    assert (way.trouble, way.held_by, way.lead_id) == ("", "", Lead.objects.latest("pk").pk)
    assert way.position["INBOX"][1] == 4
    assert dovecot.flags() == [()] * 4  # nothing is marked that nobody asked to mark
    world.check()


def test_a_line_cut_in_the_middle_loses_and_repeats_nothing(world: World, dovecot: Dovecot) -> None:
    cutter = Cutter(dovecot.port)
    cutter.after = 4000  # bytes: some letters in
    dovecot.put(*numbered(40), b"\r\n", *numbered(5, 40))
    way = box(world, cutter.port)
    for _again in range(60):
        try:
            read_until(way, lambda: leads() == 45)
            break
        except TroubleError:
            cutter.after += 2000
    cutter.close()
    assert cutter.cuts >= 3
    assert sorted(Lead.objects.values_list("title", flat=True)) == sorted(f"Заявка {n}" for n in range(45))
    assert Request.objects.filter(lead=None).count() == 1  # the letter that is none, kept
    world.check()


def test_letters_are_marked_after_the_commit_when_asked(world: World, dovecot: Dovecot) -> None:
    dovecot.put(*numbered(2))
    read_until(box(world, dovecot.port, afterwards="seen"), lambda: dovecot.flags() == [(b"\\Seen",)] * 2)
    assert leads() == 2


def test_only_what_comes_from_now_on_unless_asked(world: World, dovecot: Dovecot) -> None:
    dovecot.put(*numbered(2))
    way = box(world, dovecot.port, old="new")
    read_until(way, lambda: bool(Way.objects.get(pk=way.pk).position))
    dovecot.put(*numbered(1, 2))
    read_until(way, lambda: leads() == 1)
    assert Lead.objects.get().title == "Заявка 2"


def test_a_mailbox_numbered_anew_repeats_nothing(world: World, dovecot: Dovecot) -> None:
    dovecot.put(*numbered(3))
    way = read_until(box(world, dovecot.port), lambda: leads() == 3)
    validity, uid = way.position["INBOX"]
    Way.objects.filter(pk=way.pk).update(position={"INBOX": [validity - 1, uid + 100]})
    dovecot.put(*numbered(1, 3))
    read_until(way, lambda: leads() == 4)
    assert leads() == 4


def test_a_wrong_password_and_a_dead_server_are_told(world: World, dovecot: Dovecot) -> None:
    way = box(world, dovecot.port)
    way.sealed = sealed.seal({"password": "wrong"})
    with pytest.raises(TroubleError, match=USER):
        mailbox.session(way, Hold(way, "test"))
    way = box(world, 9)
    reader = Reader(Hold(way, "test"), mailbox.session)
    assert reader._once()
    way.refresh_from_db()
    assert "127.0.0.1" in way.trouble
    assert (way.trouble_at, way.held_by) == (world.now, "")


def test_one_process_reads_a_mailbox_at_a_time(world: World) -> None:
    way = box(world, 9)
    one, other = Hold(way, "one"), Hold(way, "other")
    assert one.take() is not None
    assert other.take() is None
    world.now += LEASE + timedelta(seconds=1)  # the process that had it is gone
    assert other.take() is not None
    one._renewed = 0
    assert not one.still()


def test_a_copy_of_what_was_sent_takes_the_lead(world: World, dovecot: Dovecot) -> None:
    world.person_table("anna")["email"] = "anna@firm.example"
    world.edit(take_signals=["mail"])
    dovecot.put(letter())
    reply = letter(
        sender="anna@firm.example", number="<r@x>", to="ivan@client.example", In_Reply_To="<1@client.example>"
    )
    dovecot.put(reply, folder="Sent")
    taken = Lead.objects.filter(stage__key="in_work", owner__key="anna")
    read_until(box(world, dovecot.port, sent_folder="Sent"), taken.exists)


class Tokens(HTTPServer):
    """An OAuth provider: gives access tokens, and tells the mail server which are good."""

    good = "good-token"
    asked = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        server = self.server
        assert isinstance(server, Tokens)
        if self.path == "/introspect":
            said: dict[str, Any] = {"active": form["token"][0] == server.good, "email": USER}
        elif form.get("refresh_token") == ["refresh"] and form.get("client_id") == ["id"]:
            server.asked += 1
            said = {"access_token": server.good, "expires_in": 3600}
        else:
            said = {"error": "invalid_grant"}
        body = json.dumps(said).encode()
        self.send_response(200 if "error" not in said else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Not on the test's output."""


def test_oauth2_signs_in_with_a_token_that_is_renewed(world: World, settings: Any) -> None:
    settings.POST_TO = ("127.0.0.0/8",)
    tokens = Tokens()
    threading.Thread(target=tokens.serve_forever, daemon=True).start()
    oauth._kept.clear()
    with tempfile.TemporaryDirectory(prefix="leaddrum-imap-") as folder:
        Path(folder).chmod(0o755)
        server = Dovecot(Path(folder), introspect=tokens.server_port)
        server.start()
        url = f"http://127.0.0.1:{tokens.server_port}/token"
        way = box(world, server.port, auth="oauth2", token_url=url, client_id="id")
        way.sealed = sealed.seal({"refresh_token": "refresh", "client_secret": "s"})
        assert mailbox.check(way) == "0"
        assert mailbox.check(way) == "0"
        assert tokens.asked == 1
        way.sealed = sealed.seal({"refresh_token": "stolen", "client_secret": "s"})
        with pytest.raises(TroubleError, match="invalid_grant"):
            mailbox.check(way)
        settings.POST_TO = ()
        with pytest.raises(TroubleError, match="Forbidden"):  # somebody typed an address of our own network
            mailbox.check(way)
        server.stop()
    tokens.shutdown()
    tokens.server_close()


class Listing:
    """As much of a server as looking for what is new takes."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def search(self, criteria: list[Any]) -> list[int]:
        self.asked.append(criteria)
        return [5, 6]


def test_another_mailbox_is_read_anew_though_it_counts_alike(world: World) -> None:
    """Gmail gives every mailbox the same UIDVALIDITY."""
    way, server = box(world, 9, user="one@gmail.example"), Listing()
    mailbox._reached(way, "Sent", 1, 40)
    mailbox._reached(way, "INBOX", 1, 5000)
    assert mailbox._new(server, way, "INBOX", 1, 5001) == []
    way.settings["user"] = "two@gmail.example"
    assert mailbox._new(server, way, "INBOX", 1, 7) == [5, 6]
    assert server.asked[-1] == ["ALL"]
    mailbox._reached(way, "INBOX", 1, 6)
    assert {folder for folder in way.position if folder != mailbox.WHOSE} == {"INBOX"}
    old = box(world, 9, user="one@gmail.example")
    old.position = {"INBOX": [1, 4]}  # as the release before wrote it
    assert mailbox._new(server, old, "INBOX", 1, 7) == [5, 6]


def test_numbered_anew_what_lay_there_before_is_left_alone(world: World) -> None:
    way, server = box(world, 9, old="new"), Listing()
    mailbox._reached(way, "INBOX", 1, 5)
    world.jump(days=3)
    mailbox._new(server, way, "INBOX", 2, 7)
    way.settings["old"] = "all"
    mailbox._new(server, way, "INBOX", 2, 7)
    assert server.asked == [["SINCE", way.created_at.date()], ["SINCE", (world.now - mailbox.ANEW).date()]]


def test_whatever_breaks_a_look_at_the_ways_the_next_one_comes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = Listening("test", {})
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise InterfaceError("connection already closed")
        listening.stop()

    monkeypatch.setattr(listening, "look", look)
    monkeypatch.setattr("leaddrum.intake.listening.LOOK", 0.0)
    monkeypatch.setattr("leaddrum.intake.listening.connections", Kept())
    listening.run()
    assert len(looks) == 2


class Kept:
    def close_all(self) -> None:
        """The test goes on with its connection."""
