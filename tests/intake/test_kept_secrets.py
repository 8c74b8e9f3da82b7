"""What older versions kept with secrets in it loses them with an upgrade."""

from __future__ import annotations

from importlib import import_module

from axes.models import AccessLog
from django.apps import apps

from leaddrum.intake import ways
from leaddrum.models import Company, Lead, Request, Way
from tests.world import World

migration = import_module("leaddrum.migrations.0039_kept_without_secrets")
KEY = {"raw": "vpbx_api_key=5ecret&sign=ab&json=%7B"}
TOKEN = {"raw": '{"leaddrum_token": "5ecret", "phone": 7', "by": "olga"}


def way(world: World, kind: str, preset: str) -> Way:
    company = Company.objects.get(pk=world.company_id)
    return ways.make(company, kind, "Вход", preset=preset, settings={}, secret={}, now=world.now)


def keep(way: Way, payload: dict[str, str], lead: Lead | None = None) -> Request:
    about = {"channel": "call", "received_at": way.created_at, "payload": payload, "lead": lead}
    return Request.objects.create(company=way.company, way_id=way.pk, **about)


def test_what_proved_the_sender_of_a_call_that_could_not_be_read_is_forgotten(world: World) -> None:
    mango, tilda, mailbox = way(world, "calls", "mango"), way(world, "form", "tilda"), way(world, "mailbox", "")
    world.lead()
    rescued = Lead.objects.get()
    Lead.objects.filter(pk=rescued.pk).update(text=TOKEN["raw"])
    kept = [keep(mango, KEY), keep(mango, {"call": "7"}), keep(tilda, TOKEN, rescued), keep(mailbox, KEY)]
    migration.calls(apps, None)
    payloads = dict(Request.objects.values_list("pk", "payload"))
    raw = '{"leaddrum_token": "…", "phone": 7'
    assert [payloads[one.pk] for one in kept] == [
        {"raw": "vpbx_api_key=…&sign=ab&json=%7B"},
        {"call": "7"},
        {"raw": raw, "by": "olga"},
        KEY,  # what a client wrote
    ]
    rescued.refresh_from_db()
    assert rescued.text == raw


def test_the_last_call_of_a_telephony_is_forgotten_and_that_of_a_form_is_not(world: World) -> None:
    for kind, preset in (("calls", "mango"), ("form", "tilda")):
        Way.objects.filter(pk=way(world, kind, preset).pk).update(last_payload={"vpbx_api_key": "5ecret"})
    migration.calls(apps, None)
    kept = Way.objects.filter(kind__in=("calls", "form")).values_list("kind", "last_payload")
    assert dict(kept) == {"calls": None, "form": {"vpbx_api_key": "5ecret"}}


def test_links_that_people_signed_in_by_are_forgotten(db: None) -> None:
    for path in ("/sign-in/link/5ecret", "/sign-in"):
        AccessLog.objects.create(username="anna", path_info=path)
    migration.links(apps, None)
    assert list(AccessLog.objects.order_by("path_info").values_list("path_info", flat=True)) == [
        "/sign-in",
        "/sign-in/link/…",
    ]
