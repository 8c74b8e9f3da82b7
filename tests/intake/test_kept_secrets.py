"""What older versions kept with secrets in it loses them with an upgrade."""

from __future__ import annotations

from importlib import import_module

from axes.models import AccessLog
from django.apps import apps

from leaddrum.intake import ways
from leaddrum.models import Company, Request, Way
from tests.world import World

migration = import_module("leaddrum.migrations.0039_kept_without_secrets")
RAW = {"raw": "vpbx_api_key=5ecret&sign=ab&json=%7B"}


def calls(world: World, preset: str) -> Way:
    company = Company.objects.get(pk=world.company_id)
    return ways.make(company, "calls", "Телефон", preset=preset, settings={}, secret={}, now=world.now)


def keep(way: Way, payload: dict[str, str], number: str) -> int:
    about = {"channel": "call", "external_id": number, "received_at": way.created_at, "payload": payload}
    return Request.objects.create(company=way.company, way_id=way.pk, **about).pk


def test_a_key_of_an_account_of_telephony_is_forgotten(world: World) -> None:
    mango, other = calls(world, "mango"), calls(world, "zadarma")
    Way.objects.filter(pk__in=(mango.pk, other.pk)).update(last_payload=RAW)
    kept = [keep(mango, RAW, "1"), keep(mango, {"call": "7"}, "2"), keep(other, RAW, "3")]
    migration.calls(apps, None)
    payloads = dict(Request.objects.values_list("pk", "payload"))
    assert [payloads[one] for one in kept] == [{"raw": "vpbx_api_key=…&sign=ab&json=%7B"}, {"call": "7"}, RAW]
    assert dict(Way.objects.filter(kind="calls").values_list("preset", "last_payload")) == {
        "mango": None,
        "zadarma": RAW,
    }


def test_links_that_people_signed_in_by_are_forgotten(db: None) -> None:
    for path in ("/sign-in/link/5ecret", "/sign-in"):
        AccessLog.objects.create(username="anna", path_info=path)
    migration.links(apps, None)
    assert list(AccessLog.objects.order_by("path_info").values_list("path_info", flat=True)) == [
        "/sign-in",
        "/sign-in/link/…",
    ]
