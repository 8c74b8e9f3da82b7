"""Whatever is sent, the answer is a 4xx that says what is wrong and where; never a fault of ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from leaddrum import access
from leaddrum.models import ApiToken, Lead, Request
from tests.api.conftest import Caller, caller
from tests.world import World

MEGABYTE = "я" * (1024 * 1024 // 2)


@pytest.mark.rule("S-46")
@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ("", 400, "body"),
        ("{", 400, "body"),
        ("null", 400, "body"),
        ("[]", 400, "body"),
        ('"text"', 400, "body"),
        ("{}", 422, "title"),
        ('{"title": "  \\u0000\\u0007 "}', 422, "title"),
        ('{"title": 5}', 422, "title"),
        ('{"title": ["x"]}', 422, "title"),
        ('{"title": "x", "phone": 1.5}', 422, "phone"),
        ('{"title": "x", "phone": true}', 422, "phone"),
        ('{"title": "x", "Title": "y"}', 422, "Title"),
        ('{"title": "x", "region": "y"}', 422, "region"),
        ('{"title": "x", "owner": "nobody"}', 422, "owner"),
        ('{"title": "x", "fields": []}', 422, "fields"),
        ('{"title": "x", "fields": {"a": {"b": 1}}}', 422, "fields.a"),
        ('{"title": "x", "fields": {"a": [[1]]}}', 422, "fields.a"),
        ('{"title": "x", "fields": {"": 1}}', 422, "fields."),
        ('{"title": "x", "fields": {"a": 1e999}}', 400, "body"),
        ('{"title": "x", "fields": {"a": NaN}}', 400, "body"),
        ('{"title": "\\ud800"}', 400, "body"),
        ("[" * 100_000, 400, "body"),
        ('{"title": "' + "x" * 301 + '"}', 422, "title"),
        ('{"title": "x", "text": "' + "я" * 20_001 + '"}', 422, "text"),
        ('{"title": "' + MEGABYTE + '"}', 413, "body"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_input_is_refused_with_what_is_wrong_and_where(
    world: World, admin: Caller, body: str, status: int, where: str
) -> None:
    answer = admin.raw("leads", body)
    assert answer.status == status
    assert where in answer.where
    assert not Lead.objects.exists()
    assert Request.objects.filter(lead=None).count() == (0 if status == 413 else 1)


def test_bytes_that_are_no_text_are_kept_as_far_as_they_are(world: World, admin: Caller) -> None:
    assert admin.raw("leads", b'{"title": "\xcf\xf0\xe8\xe2\xe5\xf2 \x00"}').status == 400
    kept = Request.objects.get()
    assert kept.lead is None
    assert kept.errors[0]["where"] == "body"
    assert "title" in kept.payload["raw"]


def test_every_problem_is_named_at_once_but_not_ten_thousand(world: World, admin: Caller) -> None:
    answer = admin.post("leads", {"title": 1, "email": 2, "colour": "red"})
    assert sorted(answer.where) == ["colour", "email", "title"]
    flood = admin.post("leads", {f"key{number}": 1 for number in range(3000)})
    assert (flood.status, len(flood.where)) == (422, 50)


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE leaddrum_lead; --",
        "<script>alert(1)</script>",
        "שלום עולם",
        "مرحبا بالعالم",
        "Семья 👨‍👩‍👧‍👦 🇷🇺",
        "%s %(x)s {0} {{ x }}",
        "\\x00 \\u0000",
    ],
)
def test_what_a_name_may_be_is_kept_as_it_is(world: World, admin: Caller, text: str) -> None:
    made = admin.post("leads", {"title": text, "name": text, "fields": {text: text}})
    assert made.status == 201
    lead = Lead.objects.get()
    assert (lead.title, lead.name, lead.fields) == (text, text, {text: text})
    assert admin.get(f"leads/{lead.pk}").body["title"] == text


def test_control_characters_go_and_direction_overrides_too(world: World, admin: Caller) -> None:
    raw = "a\x00b\x07c\u202ed\u2066e\r\nf\tg"
    admin.post("leads", {"title": raw, "text": raw, "fields": {"x": [raw]}})
    lead = Lead.objects.get()
    assert lead.title == "abcde f g"
    assert lead.text == "abcde\nf\tg"
    assert lead.fields == {"x": ["abcde\nf\tg"]}
    assert Request.objects.get().payload["title"] == raw.replace("\x00", "\ufffd")


@pytest.mark.parametrize("phone", ["звоните после шести", "0", "+", "12345", "++7++912", "١٢٣", "8" * 60, "\u200b"])
def test_a_phone_that_is_none_recognises_nobody(world: World, admin: Caller, phone: str) -> None:
    for number in range(2):
        assert admin.post("leads", {"title": f"{number}", "phone": phone, "email": "не адрес@"}).status == 201
    assert set(Lead.objects.values_list("phone_key", "email_key")) == {("", "")}


@pytest.mark.parametrize("token", [None, "", "wrong", "ld_", "\u00ff" * 50, "x" * 5000])
def test_without_a_good_token_nothing_is_done(world: World, token: str | None) -> None:
    nobody = Caller(token)
    for answer in (nobody.get("leads/1"), nobody.post("leads", {"title": "x"}), nobody.raw("leads", "{")):
        assert (answer.status, answer.where) == (401, ["authorization"])
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not Request.objects.exists()


def test_a_token_ends(world: World) -> None:
    for_a_day = Caller(access.make_token(world.company, "day", "admin", now=world.now, days=1))
    revoked = Caller(access.make_token(world.company, "revoked", "admin", now=world.now))
    assert for_a_day.post("leads", {"title": "x"}).status == 201
    access.revoke_token(world.company, "revoked", now=world.now)
    assert revoked.post("leads", {"title": "x"}).status == 401
    world.jump(days=1)
    assert for_a_day.post("leads", {"title": "x"}).status == 401


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("admin", {"post", "get", "move", "notices", "incidents"}),
        ("intake", {"post"}),
        ("read", {"get", "notices", "incidents"}),
    ],
)
def test_a_role_does_only_what_it_may(world: World, role: str, allowed: set[str]) -> None:
    lead = world.lead()
    someone = caller(world, role)
    answers = {
        "post": someone.post("leads", {"title": "x"}),
        "get": someone.get(f"leads/{lead.id}"),
        "move": someone.post(f"leads/{lead.id}/move", {"stage": "in_work"}),
        "notices": someone.get("people/anna/notices"),
        "incidents": someone.get("incidents"),
    }
    assert {name for name, answer in answers.items() if answer.status < 300} == allowed
    assert all(answer.where == ["authorization"] for answer in answers.values() if answer.status == 403)


def test_the_last_use_is_written_at_most_once_a_minute(world: World, admin: Caller) -> None:
    token = ApiToken.objects.get()
    first = world.now
    for seconds, expected in ((0, first), (59, first), (1, first + timedelta(seconds=60))):
        world.jump(seconds=seconds)
        admin.get("incidents")
        token.refresh_from_db()
        assert token.last_used_at == expected


def test_too_many_calls_wait(world: World, admin: Caller, settings: Settings) -> None:
    settings.API_RATE = "3/minute"
    statuses = [admin.get("incidents").status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    late = admin.get("incidents")
    assert late.where == ["authorization"]
    assert 0 < int(late.headers["Retry-After"]) <= 60
    assert caller(world, name="another").get("incidents").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "where"),
    [
        ("PUT", "leads", 405, "method"),
        ("GET", "leads", 405, "method"),
        ("DELETE", "leads/1", 405, "method"),
        ("GET", "nothing", 404, "path"),
        ("POST", "leads/", 404, "path"),
        ("GET", "", 404, "path"),
    ],
)
def test_wrong_methods_and_addresses(
    world: World, admin: Caller, method: str, path: str, status: int, where: str
) -> None:
    answer = Caller._answer(admin.client.generic(method, f"/api/v1/{path}", headers=admin.headers))
    assert (answer.status, answer.where) == (status, [where])


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from([
    "title", "name", "phone", "email", "source", "text", "owner", "external_id", "fields", "by", "stage", "person",
    "reason", "from", "to",
])  # fmt: skip
_PATHS = ["leads", "leads/{lead}/move", "leads/{lead}/assign", "turns/{turn}/decline", "turns/{turn}/take",
          "people/anna/pause", "people/anna/absences", "incidents/{turn}/annul"]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(_PATHS), body=st.dictionaries(_names | st.text(), _json, max_size=5) | _json)
def test_no_payload_is_a_fault_of_ours(world: World, admin: Caller, path: str, body: Any) -> None:
    lead = Lead.objects.values_list("pk", flat=True).first() or world.lead().id
    try:
        raw = orjson.dumps(body)
    except (orjson.JSONEncodeError, TypeError):
        return  # beyond 64 bits, lone surrogates
    answer = admin.raw(path.format(lead=lead, turn="1-1"), raw)
    assert answer.status < 500
    assert answer.status < 300 or answer.where


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(_PATHS), raw=st.binary(max_size=200))
def test_no_bytes_are_a_fault_of_ours(world: World, admin: Caller, path: str, raw: bytes) -> None:
    answer = admin.raw(path.format(lead=1, turn="1-1"), raw)
    assert 400 <= answer.status < 500 or answer.status == 201
