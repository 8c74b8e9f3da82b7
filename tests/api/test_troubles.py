"""When the database fails under a call, or we do: JSON as ever, and nothing half done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from leaddrum import engine
from leaddrum.models import Lead, Request
from tests.api.conftest import Caller
from tests.world import World


@pytest.mark.rule("S-46")
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("database or disk is full"), 503),
        (OperationalError("server closed the connection unexpectedly"), 503),
        (InterfaceError("connection already closed"), 503),
        (IntegrityError("name Иван"), 500),
        (KeyError("Иван"), 500),
    ],
)
def test_a_trouble_of_ours_is_told_in_json_and_keeps_nothing(
    world: World, admin: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    arrive = engine.arrive

    def fails(*args: Any, **kwargs: Any) -> Any:
        raise error

    monkeypatch.setattr(engine, "arrive", fails)
    answer = admin.post("leads", {"title": "x", "external_id": "1"})
    assert (answer.status, answer.where) == (status, ["server"])
    assert "Иван" not in json.dumps(answer.body, ensure_ascii=False)
    assert (answer.headers.get("Retry-After") is not None) == (status == 503)
    assert not Lead.objects.exists()
    assert not Request.objects.exists()
    monkeypatch.setattr(engine, "arrive", arrive)
    assert admin.post("leads", {"title": "x", "external_id": "1"}).status == 201
