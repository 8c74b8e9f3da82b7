"""Logs carry an id for each request, and neither secrets nor personal data."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from django.test import Client

from leaddrum import links, logs


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
        ("Authorization: Bearer ld_abc", "Authorization: Bearer …"),
        ("postgres://user:pass@host/db", "postgres://user:…@host/db"),
        ("mail to anna.kim@example.com failed", "mail to …@… failed"),
        ("call +7 (921) 000-00-00 now", "call … now"),
        ("at 2026-03-02T07:30:00.123456 took 12 ms", "at 2026-03-02T07:30:00.123456 took 12 ms"),
        ("lead 12345", "lead 12345"),
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
def test_a_request_has_one_id_in_its_lines_and_its_answer(lines: io.StringIO, client: Client) -> None:
    answer = client.get(f"/t/{links.make(1, 1, 1)}x", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    request = next(line for line in said(lines) if line["event"] == "request")
    assert request["request_id"] == "from-the-proxy-1"
    assert request["path"] == "/t/…"
    made = client.get("/health", headers={"X-Request-ID": "bad id\u0000"})["X-Request-ID"]
    assert len(made) == 16
