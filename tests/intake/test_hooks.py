"""Forms of sites: proved, mapped, once however often they are repeated; nothing is lost and nothing breaks (S-46)."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest
from django.db import DataError
from django.test import Client

from leaddrum import engine, sealed
from leaddrum.intake import ways
from leaddrum.intake.hooks.call import signature
from leaddrum.intake.hooks.formats import FORMATS
from leaddrum.models import Company, Drum, Lead, Reply, Request, Way
from tests.world import World


def way_of(world: World, preset: str = "", kind: str = "form", **settings: Any) -> Way:
    company = Company.objects.get(pk=world.company_id)
    return ways.make(company, kind, "Сайт", preset=preset, settings=settings, now=world.now)


def post(way: Way, body: bytes, kind: str = "application/json", **headers: str) -> Any:
    return Client().post(f"/in/{way.token}", data=body, content_type=kind, headers=headers)


def signed(way: Way, payload: Any) -> Any:
    body = orjson.dumps(payload)
    return post(way, body, **{"X-LeadDrum-Signature": signature(ways.secret_of(way), body)})


PAYLOAD = {
    "id": 17,
    "client": {"name": "Иван", "phone": "8 916 123-45-67"},
    "comment": "Окна на дачу",
    "area": 12.5,
    "utm_source": "yandex",
    "referer": "https://ya.ru/",
}


def test_a_signed_form_is_a_lead(world: World) -> None:
    way = way_of(world)
    answer = signed(way, PAYLOAD)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "created"})
    lead = Lead.objects.get()
    assert (lead.name, lead.phone_key, lead.text, lead.source) == ("Иван", "+79161234567", "Окна на дачу", "form")
    assert lead.fields == {"area": 12.5, "utm_source": "yandex", "referrer": "https://ya.ru/"}
    way.refresh_from_db()
    assert (way.lead_id, way.trouble, way.last_payload) == (lead.pk, "", PAYLOAD)
    world.check()


def test_five_times_the_same_is_one_lead(world: World) -> None:
    way = way_of(world)
    assert [signed(way, PAYLOAD).json()["outcome"] for _ in range(5)] == ["created", *["repeated"] * 4]
    nameless = {name: value for name, value in PAYLOAD.items() if name != "id"} | {"client": {"phone": "+79990000000"}}
    assert [signed(way, nameless).json()["outcome"] for _ in range(5)] == ["created", *["repeated"] * 4]
    world.forward(days=1)
    assert signed(way, nameless).json()["outcome"] == "repeated"
    assert Lead.objects.count() == 2


@pytest.mark.parametrize("proof", ["", "sha256=00", "sha256=é"])
def test_nobody_else_makes_a_lead_or_leaves_a_trace(world: World, proof: str) -> None:
    way = way_of(world)
    headers = {"X-LeadDrum-Signature": proof} if proof.isascii() and proof else {}
    assert post(way, orjson.dumps(PAYLOAD), **headers).status_code == 403
    assert post(way, orjson.dumps(PAYLOAD), **{"X-LeadDrum-Token": "guessed"}).status_code == 403
    assert not Request.objects.exists()
    assert Client().post("/in/0000", data={}).status_code == 404
    Way.objects.update(active=False)
    assert signed(way, PAYLOAD).status_code == 404


def test_a_new_secret_ends_the_old_one(world: World) -> None:
    way = way_of(world)
    old = ways.secret_of(way)
    way.generation += 1
    way.save()
    body = orjson.dumps(PAYLOAD)
    assert post(way, body, **{"X-LeadDrum-Signature": signature(old, body)}).status_code == 403
    assert signed(way, PAYLOAD).status_code == 200


def test_tilda(world: World) -> None:
    """As its help describes: a form, cookies with UTM, a first call with test=test."""
    way = way_of(world, "tilda")
    assert post(way, b"test=test", "application/x-www-form-urlencoded").content == b"ok"
    body = (
        "Name=%D0%9C%D0%B0%D1%80%D0%B8%D1%8F&Phone=%2B7+%28916%29+765-43-21&Email=m%40client.example&Area=12"
        "&COOKIES=_ym_uid%3D1%3B+TILDAUTM%3Dutm_source%253Dvk%257C%257C%257Cutm_campaign%253Dspring"
        f"&tranid=1234%3A567&formid=form42&formname=Замер&leaddrum_token={ways.secret_of(way)}"
    )
    for _again in range(5):
        assert post(way, body.encode(), "application/x-www-form-urlencoded").content == b"ok"
    lead = Lead.objects.get()
    assert (lead.title, lead.name, lead.phone_key) == ("Сайт: Замер", "Мария", "+79167654321")
    assert lead.fields == {"Area": "12", "utm_source": "vk", "utm_campaign": "spring"}
    assert "leaddrum_token" not in Request.objects.get().payload


def test_yandex_forms(world: World) -> None:
    way = way_of(world, "yandex")
    call = {
        "jsonrpc": "2.0",
        "method": "lead",
        "id": "5",
        "params": {"id": "99", "name": "Олег", "phone": "+79030000000"},
    }
    answer = post(way, orjson.dumps(call), **{"X-LeadDrum-Token": ways.secret_of(way)})
    assert answer.json() == {"jsonrpc": "2.0", "id": "5", "result": "created"}
    assert Lead.objects.get().name == "Олег"


def test_the_fields_are_what_the_page_says(world: World) -> None:
    way = way_of(world, map={"a": "name", "b": "phone", "id": "", "c": "text"})
    signed(way, {"a": "Иван", "b": "+79161234567", "c": "Окна", "id": "x"})
    assert Lead.objects.values_list("name", "phone", "text", "fields").get() == ("Иван", "+79161234567", "Окна", {})


@pytest.mark.rule("S-46")
def test_what_cannot_be_read_is_kept_and_told(world: World) -> None:
    way = way_of(world)
    body = b"{not json"
    answer = post(way, body, **{"X-LeadDrum-Signature": signature(ways.secret_of(way), body)})
    assert answer.status_code == 422
    assert signed(way, {"nothing": ""}).status_code == 422
    kept = list(Request.objects.filter(lead=None))
    assert len(kept) == 2
    assert all(request.errors and request.way_id == way.pk for request in kept)


@pytest.mark.rule("S-46")
def test_of_what_cannot_be_read_the_secret_is_not_kept(world: World) -> None:
    form, mango = way_of(world, "tilda"), way_of(world, "mango", "calls")
    mango.sealed = sealed.seal({"api_key": "key-of-mango", "api_salt": "salt-of-mango"})
    mango.save()
    own = ways.secret_of(form)
    said = f"Area=12&Phone={'1' * 70}&leaddrum_token={own}"
    assert post(form, said.encode(), "application/x-www-form-urlencoded").status_code == 422
    sign = hashlib.sha256(b"key-of-mango{}}salt-of-mango").hexdigest()
    said = f"vpbx_api_key=key-of-mango&sign={sign}&json={{}}}}"
    assert post(mango, said.encode(), "application/x-www-form-urlencoded").status_code == 422
    raw = [request.payload["raw"] for request in Request.objects.order_by("pk")]
    assert raw == [f"Area=12&Phone={'1' * 70}&leaddrum_token=…", f"vpbx_api_key=…&sign={sign}&json={{}}}}"]


@pytest.mark.rule("S-46")
def test_what_is_too_large_is_refused(world: World) -> None:
    assert post(way_of(world), b"x" * 300_000).status_code == 413


@pytest.mark.parametrize(("kind", "preset"), sorted(FORMATS))
def test_every_format_understands_its_own_sample(world: World, kind: str, preset: str) -> None:
    from leaddrum.intake import trying

    way = way_of(world, preset, kind)
    way.sealed = sealed.seal({"api_key": "k", "api_salt": "s", "api_secret": "z"})
    lead = trying.send(way, now=world.now)
    assert Lead.objects.get().pk == lead
    world.check()


def test_a_number_that_is_the_same_for_every_client_loses_none(world: World) -> None:
    """Elementor's `form.id`, JSON-RPC's `id` of a form whose set-up forgot the parameter: they name no request."""
    way, yandex = way_of(world), way_of(world, "yandex")
    for name, phone in (("Иван", "+79161234567"), ("Мария", "+79160000001")):
        said = {"form": {"id": "contact", "name": "Контакты"}, "fields": {"name": name, "phone": phone}}
        assert [signed(way, said).json()["outcome"] for _ in range(2)] == ["created", "repeated"]
        call = orjson.dumps({"jsonrpc": "2.0", "method": "lead", "id": 1, "params": {"phone": phone[:-1] + "9"}})
        answer = post(yandex, call, **{"X-LeadDrum-Token": ways.secret_of(yandex)})
        assert answer.json()["result"] == "created"
    assert Lead.objects.count() == 4
    own = {"id": 1, "ваше-имя": "Пётр"}
    outcomes = [signed(way, own | {"площадь": area}).json()["outcome"] for area in (1, 2, 2)]
    assert outcomes == ["created", "created", "repeated"]


def test_long_numbers_are_told_apart_to_their_end(world: World) -> None:
    """Instagram's message ids have some 190 characters and differ at their end only."""
    way, calls = way_of(world, kind="chat"), way_of(world, kind="calls")
    mid = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQx" * 4
    for end in ("1", "2"):
        assert signed(way, {"id": mid + end, "conversation": f"c{end}", "text": "окно"}).json()["outcome"] == "created"
        assert signed(way, {"id": mid + end, "conversation": f"c{end}", "text": "окно"}).json()["outcome"] == "repeated"
    assert signed(way, {"id": mid + "3", "conversation": "c1", "text": "и дверь"}).json()["outcome"] == "joined"
    missed = {"direction": "in", "started_at": world.now.isoformat(), "ended_at": world.now.isoformat()}
    for end, client in (("1", "+79161234567"), ("2", "+79160000001")):
        assert signed(calls, missed | {"id": mid + end, "client": client}).json()["outcome"] == "created"


@pytest.mark.rule("S-46")
def test_a_conversation_without_room_is_kept_and_not_cut(world: World) -> None:
    answer = signed(way_of(world, kind="chat"), {"id": "1", "conversation": "c" * 151, "text": "окно"})
    assert answer.status_code == 422
    assert Request.objects.get().errors[0]["where"] == "conversation"


def test_an_answer_goes_to_the_conversation_by_its_whole_name(world: World) -> None:
    way = way_of(world, kind="chat", reply_url="https://x.example")
    signed(way, {"id": "1", "conversation": "!room:matrix.example", "text": "окно"})
    engine.answer(Lead.objects.get().pk, "Добрый день", by=world.pk("anna"), now=world.now)
    assert Reply.objects.get().to == "!room:matrix.example"


@pytest.mark.rule("S-1")
def test_a_way_whose_drum_has_left_the_file_goes_by_the_routes(world: World) -> None:
    world.edit("second", entry=["new"], roster={"people": ["clara"]}, budget="5m")
    way = way_of(world)
    way.drum = Drum.objects.get(key="second")
    way.save()
    assert signed(way, PAYLOAD).json()["outcome"] == "created"
    world.file["drums"] = [drum for drum in world.file["drums"] if drum["id"] != "second"]
    world.apply()
    other = PAYLOAD | {"id": 18, "client": {"phone": "+79160000001"}}
    assert signed(way, other).json()["outcome"] == "created"
    assert Lead.objects.latest("pk").cycles.get().drum.key == "drum"
    assert not Request.objects.filter(lead=None).exists()


@pytest.mark.rule("S-46")
def test_what_the_database_does_not_take_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_values: Any, **_more: Any) -> None:
        raise DataError("invalid byte sequence")

    way = way_of(world)
    monkeypatch.setattr(engine, "arrive", refuse)
    assert signed(way, PAYLOAD).status_code == 422
    assert "Иван" in Request.objects.get().payload["raw"]
