"""Logs carry an id for each request, and neither secrets nor personal data."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest
import structlog
from django.test import Client

from leaddrum import links, logs
from tests.crash.site import Site, fast_company, until


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to stderr, as a service would have it."""
    kept, level = logging.getLogger().handlers[:], logging.getLogger().level
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    logs.configure("debug")
    yield out
    logging.getLogger().handlers[:] = kept
    logging.getLogger().setLevel(level)


def said(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /t/abc.def:123 404", "GET /t/… 404"),
        ("/sign-in/link/s3cret", "/sign-in/link/…"),
        ("POST /in/s3cret/calls 200", "POST /in/…/calls 200"),
        ("POST /bitrix24/bot/7/5ec3e7a1 200", "POST /bitrix24/bot/7/… 200"),
        ("Authorization: Bearer ld_abc", "Authorization: Bearer …"),
        ("postgres://user:pass@host/db", "postgres://user:…@host/db"),
        ("mail to anna.kim@example.com failed", "mail to …@… failed"),
        ("call +7 (921) 000-00-00 now", "call … now"),
        ("at 2026-03-02T07:30:00.123456 took 12 ms", "at 2026-03-02T07:30:00.123456 took 12 ms"),
        ("<WSGIRequest: GET '/form/a/b?name=%D0%98&phone=8'>", "<WSGIRequest: GET '/form/a/b?…'>"),
        ("lead 12345", "lead 12345"),
        ("not null\nDETAIL:  Failing row contains (7, Иван Петров).\nline", "not null\nDETAIL:  …\nline"),
        ("name [type=x, input_value='Иван', input_type=str]", "name [type=x, input_value=…, input_type=str]"),
    ],
)
def test_what_is_hidden_in_a_text(text: str, kept: str) -> None:
    assert logs.hidden(text) == kept


def test_lines_are_json_without_personal_data(lines: io.StringIO) -> None:
    log = structlog.stdlib.get_logger("leaddrum.test")
    log.info("told", lead=7, name="Иван Петров", phone="+79210000000", token="ld_x")
    try:
        raise ValueError("cannot reach anna@example.com with password=hunter2")
    except ValueError:
        log.exception("failed")
    logging.getLogger("django.request").warning("Not Found: %s", "/t/secret")
    text = lines.getvalue()
    for secret in ("Иван", "79210000000", "ld_x", "anna@", "hunter2", "/t/secret"):
        assert secret not in text
    told, failed, foreign = said(lines)
    assert (told["event"], told["lead"], told["level"], told["name"]) == ("told", 7, "info", "…")
    assert "ValueError" in str(failed["exception"])
    assert foreign["event"] == "Not Found: /t/…"
    assert str(told["timestamp"]).endswith("Z")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/t/s3cret-of-a-turn",
        "/sign-in/link/s3cret-of-a-person",
        "/f/none/none?name=s3cret&phone=79210000000",
        "/api/v1/people/anna/notices?token=s3cret",
    ],
)
def test_an_address_that_fails_is_logged_without_what_it_carries(
    lines: io.StringIO, client: Client, address: str
) -> None:
    """Django hands its loggers the request itself, whose text is the whole address."""
    for method in ("GET", "POST", "PUT"):
        assert client.generic(method, address).status_code >= 400
    told = [line for line in said(lines) if line["logger"] == "django.request"]
    assert len(told) == 3
    assert "s3cret" not in lines.getvalue()
    assert "79210000000" not in lines.getvalue()
    assert all({"request", "_record"}.isdisjoint(line) for line in told)


def test_values_that_are_no_text_are_looked_at_too(lines: io.StringIO) -> None:
    log = structlog.stdlib.get_logger("leaddrum.test")
    log.info("told", whom=["anna@example.com"], error=ValueError("token=s3cret"), lead=7, at=None, well=True)
    (told,) = said(lines)
    assert (told["whom"], told["error"], told["lead"]) == ("['…@…']", "token=…", 7)
    assert (told["at"], told["well"]) == (None, True)


@pytest.mark.django_db
def test_a_request_has_one_id_in_its_lines_and_its_answer(lines: io.StringIO, client: Client) -> None:
    answer = client.get(f"/t/{links.make(1, 1, 1)}x", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    request = next(line for line in said(lines) if line["event"] == "request")
    assert request["request_id"] == "from-the-proxy-1"
    assert request["path"] == "/t/…"
    made = client.get("/health", headers={"X-Request-ID": "bad id\u0000"})["X-Request-ID"]
    assert len(made) == 16


def test_a_real_run_leaves_nobody_in_the_log(make_site: Callable[..., Site]) -> None:
    """A server that logs all it can, leads by form and API, refusals, links and a mail server that refuses."""
    company = fast_company(budget="1h")
    for person in company["people"]:
        person["email"] = f"{person['id']}@example.com"
    site = make_site(company)
    settings = {"LEADDRUM_LOG": "debug", "LEADDRUM_MAIL_URL": "smtp://robot:hunter2@127.0.0.1:9"}
    token = site.leaddrum("token", "crm").stdout.strip()
    serving = site.start("serve", "--port", "0", **settings)
    sign_in = site.leaddrum("login", "anna").stdout.strip()
    lead = {
        "title": "Окна Зиновьеву",
        "name": "Аркадий Зиновьев",
        "phone": "+7 921 555-44-33",
        "email": "zin@mail.example",
    }
    with httpx.Client(base_url=serving.url, headers={"Authorization": f"Bearer {token}"}) as caller:
        assert caller.post("/api/v1/leads", json=lead).status_code == 201
        assert caller.post("/api/v1/leads", json=lead | {"owner": "Зиновьев"}).status_code == 422
        assert caller.post("/api/v1/leads", content=f'{{"name": "{lead["name"]}"'.encode()).status_code == 400
        assert caller.get("/api/v1/leads/1").status_code == 200
        assert caller.get("/api/v1/leads/1", headers={"Authorization": "Bearer ld_wrong-and-secret"}).status_code == 401
        assert caller.get("/f/okna/drum", params=lead).status_code == 200
        assert caller.post("/f/okna/drum?phone=79215554433", data=lead).status_code == 422
        assert caller.post("/sign-in", data={"name": "anna@example.com", "password": "s3cret"}).status_code == 403
        assert caller.get(sign_in + "x").status_code in {404, 410}
        assert caller.get(sign_in).status_code == 200
        assert caller.get("/t/wrong:s3cret").status_code in {400, 404}
    until(lambda: "lane fails" in serving.output)
    assert serving.stop() == 0
    secret = [
        *lead.values(),
        "Зиновьев",
        "Аркадий",
        "79215554433",
        "921 555",
        "anna@",
        token,
        "wrong-and-secret",
        "s3cret",
    ]
    secret += ["hunter2", "password=", sign_in.rpartition("/")[2], "Анна", "Ким"]
    assert [words for words in secret if words in serving.output] == []
    assert len(re.findall(r'"event": "request"', serving.output)) >= 11
