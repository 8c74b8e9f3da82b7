"""More calls than can be taken in at once: kept as they came, taken in in their order, none lost (S-46)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from django.core.signals import request_finished, request_started
from django.db import DataError, close_old_connections

from leaddrum import sealed
from leaddrum.intake import rate, ways
from leaddrum.intake.hooks import knocks, receive
from leaddrum.intake.hooks.call import Call, signature
from leaddrum.intake.hooks.formats import FORMATS
from leaddrum.models import Company, Knock, Lead, Request, Way
from leaddrum.web.door import Door
from leaddrum.wsgi import pages
from tests.world import World


class Alone(knocks.Writer):
    """Commits in the caller's own thread: a test's transaction is seen by no other."""

    def keep(self, way: Way, call: Call, *, at: datetime) -> None:
        row = Knock(company_id=way.company_id, way_id=way.pk, received_at=at, body=call.body)
        row.headers = {name: call.headers[name] for name in knocks.READ_BY if name in call.headers}
        done: Future[None] = Future()
        knocks._commit([knocks._Given(row, done)])
        done.result(0)


class Busy:
    """The door of a server in whose hands there are as many calls as it takes, until it is `free`."""

    def __init__(self) -> None:
        self.door = Door(pages)
        self.door._writer = Alone()
        self.door._calls.acquire()
        self.door._calls.acquire()

    def free(self) -> None:
        self.door._calls.release()
        self.door._calls.release()

    def post(self, way: Way, call: Call, token: str = "") -> tuple[int, Any]:
        self.door._looked = 0.0  # it looks as often as it is asked
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/in/{token or way.token}",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "CONTENT_TYPE": call.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(call.body)),
            "wsgi.input": io.BytesIO(call.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in call.headers.items()},
        }
        said: list[str] = []
        body = b"".join(self.door(environ, lambda status, _headers, _error=None: said.append(status)))  # type: ignore[arg-type]  # a recorder
        return int(said[0][:3]), orjson.loads(body) if body[:1] in b"{[" else body.decode()


@pytest.fixture
def busy() -> Iterator[Busy]:
    for signal in (request_started, request_finished):  # as Django's own client: the connection is the test's
        signal.disconnect(close_old_connections)
    yield Busy()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def made(world: World, kind: str = "form", preset: str = "") -> Way:
    way = ways.make(Company.objects.get(pk=world.company_id), kind, "Сайт", preset=preset, now=world.now)
    way.sealed = sealed.seal({"api_key": "key-of-theirs", "api_salt": "salt-of-theirs", "api_secret": "their-secret"})
    way.save()
    return way


def signed(way: Way, **said: Any) -> Call:
    body = orjson.dumps(said)
    return Call(
        body, {"content-type": "application/json", "x-leaddrum-signature": signature(ways.secret_of(way), body)}, {}
    )


def take_in_all(world: World) -> None:
    while knocks.take_in_due(world.now):
        world.check()


@pytest.mark.rule("S-46")
def test_who_comes_to_a_full_house_is_kept_and_taken_in_in_order(world: World, busy: Busy) -> None:
    way = made(world)
    came = world.now
    for number in range(8):
        assert busy.post(way, signed(way, id=number, name=f"Клиент {number}")) == (200, {"outcome": "kept"})
    assert busy.post(way, signed(way, id=3, name="Клиент 3")) == (200, {"outcome": "kept"})  # a gateway repeats itself
    busy.free()
    assert busy.post(way, signed(way, id=8, name="Клиент 8"))[1] == {"outcome": "kept"}  # behind those that wait
    assert not Lead.objects.exists()
    assert all(row.headers == {"content-type": "application/json"} for row in Knock.objects.all())
    world.jump(minutes=3)
    take_in_all(world)
    leads = list(Lead.objects.order_by("pk"))
    assert [lead.name for lead in leads] == [f"Клиент {number}" for number in range(9)]
    assert {lead.arrived_at for lead in leads} == {came}  # the client's clock has run since then
    assert set(Request.objects.values_list("received_at", flat=True)) == {came}
    assert not Knock.objects.exists()
    assert busy.post(way, signed(way, id=9, name="Клиент 9")) == (200, {"outcome": "created"})


@pytest.mark.parametrize(("kind", "preset"), sorted(FORMATS))
def test_every_sender_hears_what_he_expects_and_his_lead_comes(
    world: World, busy: Busy, kind: str, preset: str
) -> None:
    way = made(world, kind, preset)
    status, said = busy.post(way, FORMATS[kind, preset].sample(way))
    assert status == 200
    if preset == "yandex":
        assert said == {"jsonrpc": "2.0", "id": 1, "result": "kept"}
    take_in_all(world)
    assert Lead.objects.count() == 1


@pytest.mark.rule("S-46")
def test_nobody_is_kept_who_does_not_prove_himself(world: World, busy: Busy, settings: Any) -> None:
    way = made(world)
    forged = Call(b'{"name":"x"}', {"content-type": "application/json", "x-leaddrum-signature": "sha256=00"}, {})
    assert busy.post(way, forged)[0] == 403
    assert busy.post(way, signed(way, name="x"), token="0" * 32)[0] == 404
    assert busy.post(way, Call(b"x" * 300_000, {}, {}))[0] == 413
    assert busy.post(way, Call(b"", {}, {}))[0] == 403
    assert not Knock.objects.exists()
    settings.API_RATE = "1/minute"
    rate.forget()
    statuses = [busy.post(way, signed(way, id=number, name="x"))[0] for number in range(3)]
    assert statuses == [200, 429, 429]
    assert Knock.objects.count() == 1


@pytest.mark.rule("S-46")
def test_what_cannot_be_read_is_shown_when_its_turn_comes(world: World, busy: Busy) -> None:
    way = made(world)
    body = b"{not json"
    broken = Call(
        body, {"content-type": "application/json", "x-leaddrum-signature": signature(ways.secret_of(way), body)}, {}
    )
    assert busy.post(way, broken)[0] == 200
    assert busy.post(way, signed(way, id=1, name="Иван"))[0] == 200
    take_in_all(world)
    assert Request.objects.get(lead=None).payload == {"raw": "{not json"}
    assert Lead.objects.get().name == "Иван"


@pytest.mark.rule("S-46")
def test_one_that_the_database_refuses_stops_nobody_for_long(
    world: World, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = made(world)
    for name in ("Первый", "Второй", "Третий"):
        busy.post(way, signed(way, id=name, name=name, key="their-secret"))
    hear = receive.hear

    def refusing(way: Way, spoken: Any, call: Call, *, now: datetime, at: datetime | None = None) -> Any:
        if "Второй".encode() in call.body:
            raise DataError("too much for a column")
        return hear(way, spoken, call, now=now, at=at)

    monkeypatch.setattr(receive, "hear", refusing)
    for _attempt in range(knocks.MOST_FAILURES):
        with pytest.raises(DataError):
            knocks.take_in_due(world.now)
    assert not Lead.objects.exists()  # all or nothing, each time
    world.now += timedelta(seconds=1)
    take_in_all(world)
    assert sorted(Lead.objects.values_list("name", flat=True)) == ["Первый", "Третий"]
    given_up = Request.objects.get(lead=None).payload["raw"]
    assert given_up.endswith('"name":"Второй","key":"…"}')  # what proved its sender is shown to nobody


def test_when_the_database_does_not_take_them_each_sender_is_told_to_come_again(
    world: World, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = made(world)

    def full(*_values: Any, **_more: Any) -> None:
        raise DataError("disk full")

    monkeypatch.setattr(Knock.objects, "bulk_create", full)
    monkeypatch.setattr(
        "leaddrum.intake.hooks.knocks.connections", type("Kept", (), {"close_all": lambda _self: None})()
    )
    assert busy.post(way, signed(way, name="x"))[0] == 503
