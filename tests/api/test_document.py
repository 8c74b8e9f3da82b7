"""The OpenAPI document, health and metrics."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openapi_spec_validator import validate
from pytest_django import Settings

from leaddrum.models import Heartbeat
from tests.api.conftest import Caller, caller
from tests.world import World

PROMISED = {
    "/api/v1/leads": {"post"},
    "/api/v1/leads/{lead_id}": {"get"},
    "/api/v1/leads/{lead_id}/move": {"post"},
    "/api/v1/leads/{lead_id}/assign": {"post"},
    "/api/v1/turns/{turn_id}/decline": {"post"},
    "/api/v1/turns/{turn_id}/take": {"post"},
    "/api/v1/incidents": {"get"},
    "/api/v1/people/{person}/notices": {"get"},
}


def test_the_document_is_valid_and_names_every_promised_call(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json")
    document = answer.json()
    validate(document)
    described = {path: set(calls) for path, calls in document["paths"].items()}
    assert PROMISED.items() <= described.items()
    lead = document["paths"]["/api/v1/leads"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert {"title", "name", "phone", "email", "source", "owner", "external_id", "fields"} <= set(lead["properties"])
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            assert call["security"], f"{method} {path} is open to everybody"


def test_health_follows_the_engine(world: World, client: Client) -> None:
    assert client.get("/health").status_code == 503
    Heartbeat.objects.create(worker="w", started_at=world.now, beat_at=world.now)
    well = client.get("/health")
    assert (well.status_code, well.json()["status"], well.json()["database"]) == (200, "ok", "ok")
    world.jump(minutes=1)
    dead = client.get("/health")
    assert (dead.status_code, dead.json()["engine"]) == (503, "silent")


def test_metrics_are_the_tokens_companys(world: World, admin: Caller) -> None:
    world.leads(3)
    other = caller(World(), name="other")
    world.jump(minutes=31)  # nobody ticks: three turns are overdue
    text = admin.client.get("/metrics", headers=admin.headers).content.decode()
    assert 'leaddrum_leads{state="offered"} 3.0' in text
    assert "leaddrum_turns_overdue" in text
    theirs = other.client.get("/metrics", headers=other.headers).content.decode()
    assert 'leaddrum_leads{state="offered"} 0.0' in theirs
    admin.get("incidents")
    assert 'route="/api/v1/incidents"' in admin.client.get("/metrics", headers=admin.headers).content.decode()


@pytest.mark.parametrize("proxies", [0, 1])
def test_metrics_are_for_nobody_without_a_token(world: World, client: Client, settings: Settings, proxies: int) -> None:
    settings.PROXIES = proxies
    assert client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 401
    intake = caller(world, "intake")
    assert intake.client.get("/metrics", headers=intake.headers).status_code == 403


def test_a_long_story_costs_as_many_queries_as_a_short_one(world: World, admin: Caller) -> None:
    lead = world.lead(owner="anna")
    world.forward(minutes=31)
    paths = (f"leads/{lead.id}", "incidents", "people/anna/notices")
    admin.get("incidents")  # the token's use of this minute is noted
    short = [_queries(admin, path) for path in paths]
    world.until("12:55")
    assert len(admin.get(f"leads/{lead.id}").body["cycles"][0]["turns"]) > 4
    assert [_queries(admin, path) for path in paths] == short
    assert max(short) < 10


def _queries(admin: Caller, path: str) -> int:
    with CaptureQueriesContext(connection) as done:
        assert admin.get(path).status == 200
    return len(done)
