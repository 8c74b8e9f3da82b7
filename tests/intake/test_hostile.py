"""Nonsense at every door, by senders who can prove themselves: 4xx, or kept as it came; never a fault of ours, never a
lost lead (S-46). 10,000 payloads with `--full`."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import Client

from leaddrum import access, sealed
from leaddrum.intake import rate, telegram_in, ways
from leaddrum.intake.hooks.call import Call, signature
from leaddrum.intake.hooks.formats import FORMATS
from leaddrum.intake.hooks.telephony import Mango, Zadarma
from leaddrum.intake.mail import receive
from leaddrum.models import Company, Lead, Request, Way
from tests.intake.letters import HOSTILE, letter
from tests.intake.test_form import GOOD, Visitor
from tests.world import World

SEED = 6
ATOMS: list[Any] = [
    *("", "x" * 30_000, "\x00", "\ud800", "‮", "<script>", "' OR 1=1", "+7" * 500, 10**400, -1, 1e308, None, True),
    *([], {}, [[[]]], {"a": {"b": {"c": []}}}, [None] * 500, "💣" * 500, "2026-02-30T25:61", "9" * 40, -(2**63)),
]
Door = Callable[[random.Random], int]


def mutated(chance: random.Random, said: dict[str, Any]) -> dict[str, Any]:
    """A good payload with a few of its values, or of its names, replaced."""
    found = dict(said)
    for _change in range(chance.randrange(4)):
        name = chance.choice([*found, "", "\x00", "a" * 5000, "fields", "owner", "utm_source"])
        kind = chance.randrange(3)
        if kind == 0:
            found.pop(name, None)
        else:
            found[name] = chance.choice(ATOMS) if kind == 1 else mutated(chance, {"number": 1, "extension": []})
    return found


def torn(chance: random.Random, body: bytes) -> bytes:
    """Bytes with a few of them cut out or replaced."""
    for _cut in range(chance.choice([0, 0, 0, 1, 3])):
        at = chance.randrange(len(body) + 1)
        body = body[:at] + bytes(chance.randrange(256) for _ in range(chance.randrange(4))) + body[at + 1 :]
    return body


def jsoned(said: dict[str, Any]) -> bytes:
    return json.dumps(said).encode()


def formed(said: dict[str, Any]) -> bytes:
    plain = {name: value if isinstance(value, str) else json.dumps(value) for name, value in said.items()}
    return urlencode(plain, errors="replace").encode()


class Hook:
    """One of the formats: its own sample, spoilt, and proved as its sender proves it."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.key = (way.kind, way.preset)
        sample = FORMATS[self.key].sample(way)
        self.form = self.key in {("form", "tilda"), ("calls", "mango"), ("calls", "zadarma")}
        self.said: dict[str, Any] = dict(parse_qsl(sample.body.decode())) if self.form else json.loads(sample.body)

    def __call__(self, chance: random.Random) -> int:
        call = self._proved(chance)
        kind = call.headers["content-type"]
        headers = {name: value for name, value in call.headers.items() if name != "content-type"}
        return Client().post(f"/in/{self.way.token}", data=call.body, content_type=kind, headers=headers).status_code

    def _proved(self, chance: random.Random) -> Call:
        form, plain = {"content-type": "application/x-www-form-urlencoded"}, {"content-type": "application/json"}
        secret = ways.secret_of(self.way)
        if self.way.preset == "mango":
            text = torn(chance, jsoned(mutated(chance, json.loads(self.said["json"])))).decode("utf-8", "replace")
            return Call(formed({**self.said, "json": text, "sign": Mango._sign("k", text, "s")}), form, {})
        if self.way.preset == "zadarma":
            event = chance.choice([*Zadarma.SIGNED])
            body = formed({**mutated(chance, self.said), "event": event})
            sign = Zadarma()._sign("z", dict(parse_qsl(body.decode(), keep_blank_values=True)))
            return Call(body, form | {"signature": sign}, {})
        if self.way.preset == "tilda":
            return Call(torn(chance, formed(mutated(chance, self.said))), form | {"x-leaddrum-token": secret}, {})
        body = torn(chance, jsoned(mutated(chance, self.said)))
        return Call(body, chance.choice([form, plain, plain]) | {"x-leaddrum-signature": signature(secret, body)}, {})


def made(world: World, kind: str, preset: str = "") -> Way:
    way = ways.make(Company.objects.get(pk=world.company_id), kind, "Канал", preset=preset, now=world.now)
    way.sealed = sealed.seal({"api_key": "k", "api_salt": "s", "api_secret": "z"})
    way.save()
    return way


def api(world: World) -> Door:
    token = access.make_token(world.company, "hostile", "intake", now=world.now)
    good = {"title": "Окна", "phone": "+79161234567", "external_id": "1", "fields": {"utm_source": "x"}}

    def post(chance: random.Random) -> int:
        body = torn(chance, jsoned(mutated(chance, {**good, "external_id": str(chance.random())})))
        head = {"authorization": f"Bearer {token}"}
        return Client().post("/api/v1/leads", data=body, content_type="application/json", headers=head).status_code

    return post


def form_page(world: World) -> Door:
    visitor = Visitor(world)
    hidden = visitor.open()
    world.jump(seconds=5)

    def post(chance: random.Random) -> int:
        kind = chance.choice(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
        body = torn(chance, formed(mutated(chance, hidden | GOOD)))
        return visitor.client.post(visitor.url, data=body, content_type=kind).status_code

    return post


def mail(world: World) -> Door:
    way = made(world, "smtp")

    def take(chance: random.Random) -> int:
        raw = chance.choice([letter(number=f"<{chance.random()}@x>"), *HOSTILE.values()])[:40_000]
        receive.take_in(way, torn(chance, raw), now=world.now)
        return 200

    return take


def telegram(world: World) -> Door:
    way = made(world, "telegram")
    good = {"message_id": 1, "chat": {"id": 7, "type": "private"}, "from": {"first_name": "Мария"}, "text": "Окно"}

    def take(chance: random.Random) -> int:
        way.position = {}
        update = {"update_id": chance.randrange(10**9), "message": mutated(chance, good)}
        telegram_in.take_in(None, way, "", json.loads(json.dumps(update)))  # type: ignore[arg-type]  # no file is asked for
        return 200

    return take


@pytest.mark.rule("S-46")
def test_nonsense_is_refused_or_kept_at_every_door(world: World, settings: Any, full: bool) -> None:
    settings.API_RATE = settings.FORM_RATE = "1000000/second"
    rate.forget()
    doors: dict[str, Door] = {f"{kind} {preset}": Hook(made(world, kind, preset)) for kind, preset in sorted(FORMATS)}
    doors |= {"api": api(world), "form page": form_page(world), "mail": mail(world), "telegram": telegram(world)}
    chance, told = random.Random(SEED), Counter[tuple[str, int]]()
    for number in range(10_000 if full else 330):
        name = [*doors][number % len(doors)]
        before = Request.objects.count()
        status = doors[name](chance)
        told[name, status] += 1
        assert status < 500, (name, number)
        if status == 422 and name not in {"api", "form page"}:
            assert Request.objects.count() == before + 1, (name, number)  # kept for the administrator
    print(dict(sorted(told.items())))
    for name in doors:
        assert told[name, 200] + told[name, 201] + told[name, 303] > 0, f"nothing good came through {name}"
    assert {name for name, _status in told} == {*doors}
    Lead.objects.all()[:1].get()
    world.check()
