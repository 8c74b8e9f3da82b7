"""Telephony: a missed call is a lead with the shortest time, an answered one the take (S-54)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.test import Client

from leaddrum.intake import asterisk, ways
from leaddrum.intake.calls import Ring, extensions
from leaddrum.intake.hooks.call import signature
from leaddrum.intake.listening import Hold, TroubleError
from leaddrum.models import Company, Lead, Request, Touch, Way
from tests.intake.test_mailbox import Kept, Until
from tests.world import Card, World

PEOPLE = "101 = anna, 102 = boris"
FORM = "application/x-www-form-urlencoded"


def way_of(world: World, preset: str, secret: dict[str, str], **settings: Any) -> Way:
    company = Company.objects.get(pk=world.company_id)
    said = {"people": PEOPLE, **settings}
    return ways.make(company, "calls", "АТС", preset=preset, settings=said, secret=secret, now=world.now)


def only() -> Lead:
    return Lead.objects.get()


# Mango Office, in the shape of its documentation

KEY, SALT = "vpbx-key", "vpbx-salt"


def mango(way: Way, path: str, said: dict[str, Any], salt: str = SALT) -> Any:
    text = orjson.dumps(said).decode()
    form = {"vpbx_api_key": KEY, "sign": hashlib.sha256(f"{KEY}{text}{salt}".encode()).hexdigest(), "json": text}
    return Client().post(f"/in/{way.token}/{path}", data=urlencode(form), content_type=FORM)


def summary(world: World, *, talk: int = 0, direction: int = 1, number: str = "79161234567") -> dict[str, Any]:
    """A call that ends now; `talk`: seconds of it."""
    end = int(world.now.timestamp())
    client, ours = {"number": number}, {"extension": "101", "number": "sip:anna@firm"}
    return {
        "entry_id": f"MTo{end}",
        "call_direction": direction,
        "from": ours if direction == 2 else client,
        "to": client if direction == 2 else ours,
        "line_number": "74951234567",
        "create_time": end - talk - 20,
        "forward_time": end - talk - 15,
        "talk_time": end - talk if talk else 0,
        "end_time": end,
        "entry_result": int(bool(talk)),
        "disconnect_reason": 1110,
    }


def test_mango_a_missed_call_is_a_lead_with_the_shortest_time(world: World) -> None:
    world.edit(budget_by_source={"call": "5m"})
    way = way_of(world, "mango", {"api_key": KEY, "api_salt": SALT})
    said = summary(world)
    for _again in range(5):
        assert mango(way, "events/summary", said).status_code == 200
    lead = only()
    assert (lead.title, lead.phone_key, lead.source) == ("Пропущенный звонок: +79161234567", "+79161234567", "call")
    assert lead.fields == {"line": "74951234567"}
    assert Card(world, lead.pk).cycle.budget == 300
    assert Lead.objects.count() == Request.objects.count() == 1
    world.check()


@pytest.mark.rule("S-54")
def test_mango_an_answered_call_of_somebody_new_is_a_lead_and_taken(world: World) -> None:
    world.edit(take_signals=["call"])
    way = way_of(world, "mango", {"api_key": KEY, "api_salt": SALT})
    mango(way, "events/summary", summary(world, talk=90))
    lead = Card(world, only().pk)
    assert (lead.state, lead.owner) == ("taken", "anna")
    touch = Touch.objects.get()
    assert (touch.lead_id, touch.seconds, touch.outward) == (lead.id, 90, False)
    world.check()


@pytest.mark.rule("S-48")
def test_mango_a_running_call_excuses_and_its_end_takes(world: World) -> None:
    world.edit(take_signals=["call"])
    way = way_of(world, "mango", {"api_key": KEY, "api_salt": SALT})
    other = world.lead("Другой")
    world.forward(minutes=29)
    connected = {
        "entry_id": "MTo1",
        "call_id": "x",
        "timestamp": int(world.now.timestamp()),
        "seq": 2,
        "call_state": "Connected",
        "location": "abonent",
        "from": {"number": "79161234567"},
        "to": {"extension": "101", "number": "sip:anna@firm", "line_number": "74951234567"},
    }
    mango(way, "events/call", connected)
    mango(way, "events/call", {**connected, "call_state": "Appeared", "seq": 1})  # out of order
    world.forward(minutes=2)
    assert [incident.excuse for incident in other.incidents] == ["call"]
    ended = summary(world, talk=120) | {"entry_id": "MTo1"}
    mango(way, "events/summary", ended)
    assert Touch.objects.get().seconds == 120


def test_mango_an_outgoing_call_is_logged_and_internal_ones_are_nothing(world: World) -> None:
    way = way_of(world, "mango", {"api_key": KEY, "api_salt": SALT})
    lead = world.lead(phone="+79161234567", phone_key="+79161234567")
    mango(way, "events/summary", summary(world, talk=60, direction=2))
    mango(way, "events/summary", summary(world, talk=60) | {"call_direction": 0})
    touch = Touch.objects.get()
    assert (touch.lead_id, touch.outward, touch.person_id) == (lead.id, True, world.pk("anna"))
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("salt", ["", "wrong"])
def test_mango_signed_by_nobody_is_nothing(world: World, salt: str) -> None:
    way = way_of(world, "mango", {"api_key": KEY, "api_salt": SALT})
    assert mango(way, "events/summary", summary(world), salt).status_code == 403
    bare = way_of(world, "mango", {})
    assert mango(bare, "events/summary", summary(world), "").status_code == 403
    assert not Request.objects.exists()


# Zadarma

SECRET = "zadarma-secret"


def zadarma(way: Way, fields: tuple[str, ...], secret: str = SECRET, **said: str) -> Any:
    text = "".join(said[name] for name in fields)
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()
    headers = {"Signature": base64.b64encode(digest.encode()).decode()}
    return Client().post(f"/in/{way.token}", data=urlencode(said), content_type=FORM, headers=headers)


def local(when: datetime) -> str:
    return when.astimezone(ZoneInfo("Europe/Moscow")).strftime("%Y-%m-%d %H:%M:%S")


def test_zadarma(world: World) -> None:
    world.edit(take_signals=["call"])
    way = way_of(world, "zadarma", {"api_secret": SECRET})
    assert Client().get(f"/in/{way.token}?zd_echo=abc123").content == b"abc123"
    began = world.now - timedelta(seconds=100)
    end = {
        "event": "NOTIFY_END",
        "call_start": local(began),
        "pbx_call_id": "in_1",
        "caller_id": "79161234567",
        "called_did": "74951234567",
        "internal": "102",
        "duration": "0",
        "disposition": "no answer",
    }
    fields = ("caller_id", "called_did", "call_start")
    assert zadarma(way, fields, "guessed", **end).status_code == 403
    for _again in range(5):
        assert zadarma(way, fields, **end).status_code == 200
    lead = Card(world, only().pk)
    assert lead.state == "offered"
    out = {
        "event": "NOTIFY_OUT_END",
        "call_start": local(began),
        "pbx_call_id": "out_1",
        "internal": "102",
        "destination": "79161234567",
        "duration": "80",
        "disposition": "answered",
    }
    zadarma(way, ("internal", "destination", "call_start"), **out)
    assert (lead.state, lead.owner) == ("taken", "boris")
    assert zadarma(way, fields, **end | {"pbx_call_id": "in_2", "call_start": "yesterday"}).status_code == 422
    world.check()


# Any PBX


def test_any_pbx_in_our_own_words(world: World) -> None:
    way = way_of(world, "", {})
    said = {"id": 5, "direction": "in", "client": "8 916 123-45-67", "ended_at": world.now.isoformat()}
    body = orjson.dumps(said)
    headers = {"X-LeadDrum-Signature": signature(ways.secret_of(way), body)}
    Client().post(f"/in/{way.token}", data=body, content_type="application/json", headers=headers)
    assert only().phone_key == "+79161234567"
    for wrong in ({"ended_at": "2026-03-02T10:00"}, {"ended_at": "1999-01-01T00:00:00+00:00"}, {"client": None}):
        body = orjson.dumps(said | {"id": 6} | wrong)
        headers = {"X-LeadDrum-Signature": signature(ways.secret_of(way), body)}
        answer = Client().post(f"/in/{way.token}", data=body, content_type="application/json", headers=headers)
        assert answer.status_code == 422


def test_extensions_are_read_as_people_write_them() -> None:
    assert extensions("101 = anna, 102:boris;\n*3=clara, nonsense, =, 104=") == {
        "101": "anna",
        "102": "boris",
        "*3": "clara",
    }


# Asterisk, as its manager interface speaks


class Ami:
    """A recorded session: says its banner, wants a login, then sends what it is told to."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.queue: list[str] = []
        self.heard = b""
        self.line: socket.socket | None = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            self.line, _address = self.listener.accept()
            self.line.sendall(b"Asterisk Call Manager/7.0.3\r\n")
            while b"\r\n\r\n" not in self.heard:
                self.heard += self.line.recv(4096)
            good = b"Secret: ami-secret\r\n" in self.heard
            said = "Success\r\nMessage: Authentication accepted" if good else "Error\r\nMessage: Authentication failed"
            self.line.sendall(f"Response: {said}\r\n\r\n".encode())
            if good:
                for part in self.queue:
                    self.line.sendall(part.encode())

    def close(self) -> None:
        self.thread.join(5)
        self.listener.close()
        if self.line is not None:
            self.line.close()


def event(kind: str, **fields: str) -> str:
    lines = [f"Event: {kind}", "Privilege: call,all", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines) + "\r\n\r\n"


def incoming(number: str, linked: str, *, answered: bool) -> list[str]:
    call = {"Uniqueid": linked, "Linkedid": linked}
    trunk = {"Channel": f"PJSIP/trunk-0000{linked[-4:]}", "CallerIDNum": number, "Exten": "74951234567"}
    leg = {"Uniqueid": f"{linked}9", "Linkedid": linked, "Channel": "PJSIP/101-0000002a", "Exten": "s"}
    said = [event("Newchannel", **trunk, **call), event("Newchannel", **leg)]
    status = "ANSWER" if answered else "NOANSWER"
    said.append(event("DialEnd", DialStatus=status, DestChannel="PJSIP/101-0000002a", **call))
    said.append(event("Hangup", Uniqueid=f"{linked}9", Linkedid=linked, Cause="16"))
    said.append(event("Hangup", Cause="16", **call))
    return said


def listen(way: Way, so: Callable[[], bool]) -> None:
    hold = Until(way, so)
    mine = hold.take()
    assert mine is not None
    asterisk.session(mine, hold)


def test_asterisk(world: World) -> None:
    world.edit(take_signals=["call"], call_seconds="1s")
    ami = Ami()
    whole = "".join(
        [
            *incoming("+79161234567", "1700000000.1001", answered=False),
            *incoming("+79167654321", "1700000000.1002", answered=True),
            "Event: Junk\r\nno colon here\r\n\r\n",
            event("Hangup", Uniqueid="unknown", Linkedid="unknown"),
        ]
    )
    ami.queue = [whole[at : at + 97] for at in range(0, len(whole), 97)]  # as TCP cuts it
    way = way_of(world, "asterisk", {"password": "ami-secret"}, host="127.0.0.1", port=str(ami.port), user="leaddrum")
    listen(way, lambda: Lead.objects.count() == 2 and Touch.objects.filter(ended_at__isnull=False).exists())
    ami.close()
    assert sorted(Lead.objects.values_list("title", flat=True)) == [
        "Звонок: +79167654321",
        "Пропущенный звонок: +79161234567",
    ]
    touch = Touch.objects.get()
    assert (touch.person_id, touch.outward) == (world.pk("anna"), False)
    assert b"Username: leaddrum" in ami.heard
    way.refresh_from_db()
    assert way.trouble == ""
    world.check()


def test_asterisk_that_lets_nobody_in_is_told(world: World) -> None:
    ami = Ami()
    way = way_of(world, "asterisk", {"password": "wrong"}, host="127.0.0.1", port=str(ami.port), user="leaddrum")
    with pytest.raises(TroubleError, match="Authentication failed"):
        listen(way, lambda: False)
    ami.close()
    with pytest.raises(TroubleError, match=r"127\.0\.0\.1:9"):
        listen(way_of(world, "asterisk", {}, host="127.0.0.1", port="9"), lambda: False)


def test_an_asterisks_outgoing_call_is_told_by_the_extension_that_makes_it(world: World) -> None:
    board = asterisk.Board(frozenset({"101"}))
    first = {"uniqueid": "1", "linkedid": "1"}
    said = [
        {"event": "Newchannel", "channel": "PJSIP/101-0000002a", "calleridnum": "101", "exten": "89161234567", **first},
        {"event": "DialEnd", "dialstatus": "ANSWER", "destchannel": "PJSIP/trunk-0000002b", **first},
        {"event": "Hangup", **first},
    ]
    rings = [ring for one in said for ring in board.hears(one, world.now)]
    assert [(ring.outward, ring.client, ring.extension) for ring in rings] == [(True, "89161234567", "101")] * 2
    assert board.running == {}


def test_a_call_told_while_there_is_no_database_waits_for_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asterisk tells of a call once."""
    gone = [OperationalError("the server closed the connection"), InterfaceError("connection already closed")]
    arrive = ways.arrive

    def failing(*values: Any, **more: Any) -> Any:
        if gone:
            raise gone.pop()
        return arrive(*values, **more)

    monkeypatch.setattr(ways, "arrive", failing)
    monkeypatch.setattr(asterisk, "WITHOUT", 0.0)
    monkeypatch.setattr(asterisk, "connections", Kept())
    way = way_of(world, "asterisk", {}, host="127.0.0.1")
    missed = Ring("1", False, "+79161234567", "", world.now, None, world.now)
    asterisk._surely(way, missed, Hold(way, "test"))
    assert only().phone_key == "+79161234567"
    gone.append(DataError("a zero byte"))  # the call's own fault: kept, and no other waits for it
    asterisk._surely(way, replace(missed, number="2"), Hold(way, "test"))
    assert Request.objects.get(lead=None).payload["call"] == "2"
    gone.append(OperationalError("still"))
    stopped = Hold(way, "test")
    stopped.stopping.set()
    with pytest.raises(OperationalError):
        asterisk._surely(way, missed, stopped)


def test_asterisk_is_listened_to_while_there_is_no_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hung up would tell nobody of the calls that run."""
    gone, unnoted = [OperationalError("gone"), InterfaceError("closed")], [OperationalError("gone")]
    ami = Ami()
    ami.queue = incoming("+79161234567", "1700000000.1001", answered=False)
    way = way_of(world, "asterisk", {"password": "ami-secret"}, host="127.0.0.1", port=str(ami.port), user="leaddrum")
    hold = Until(way, lambda: Lead.objects.exists())
    still, well, mine = hold.still, ways.well, hold.take()
    assert mine is not None

    def holding() -> bool:
        if gone:
            raise gone.pop()
        return still()

    def noting(*values: Any, **more: Any) -> None:
        if unnoted:
            raise unnoted.pop()
        well(*values, **more)

    monkeypatch.setattr(hold, "still", holding)
    monkeypatch.setattr(ways, "well", noting)
    monkeypatch.setattr(asterisk, "connections", Kept())
    asterisk.session(mine, hold)
    ami.close()
    assert only().phone_key == "+79161234567"
    assert (gone, unnoted) == ([], [])
