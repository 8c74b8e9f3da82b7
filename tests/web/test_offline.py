"""What a browser keeps for the time without a connection: one page for everybody, and nothing of any client."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from leaddrum.web import offline
from tests.web.reader import Browser
from tests.world import World


def said(worker: bytes, name: str) -> object:
    found = re.search(rf"^const {name} = (.*);$", worker.decode(), re.MULTILINE)
    assert found is not None
    return json.loads(found[1])


def test_everything_the_worker_keeps_is_there_for_anybody(client: Client) -> None:
    kept = said(client.get("/sw.js").content, "KEPT")
    assert isinstance(kept, list)
    assert kept[0] == "/offline"
    assert client.get(kept[0]).status_code == 200
    assert [path for path in kept[1:] if not finders.find(path.removeprefix("/static/"))] == []


def test_the_page_is_the_same_whoever_asks(world: World, browser: Browser) -> None:
    world.lead("Тайная сделка", name="Иван Клиентов")
    page = browser("anna").get("/offline")
    assert page.content == Client().get("/offline").content
    assert not page.cookies
    text = page.content.decode()
    assert "Нет связи" in text
    assert "No connection" in text
    assert "Vary" not in page or "Cookie" not in page["Vary"]


def test_a_new_release_is_seen_by_its_worker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = said(client.get("/sw.js").content, "RELEASE")
    offline._release.cache_clear()
    monkeypatch.setattr(offline, "__version__", "9.9.9")
    after = said(client.get("/sw.js").content, "RELEASE")
    offline._release.cache_clear()
    assert before != after
