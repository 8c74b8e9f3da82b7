"""The form pages and the API are ways in like all others: listed, watched for silence, told of; but nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum import doctor, engine
from leaddrum.engine import built_in, silent_ways
from leaddrum.intake import ways
from leaddrum.models import Company, Drum, Lead, Request, Way
from tests.api.conftest import Caller, caller
from tests.intake.test_form import GOOD, Visitor
from tests.web.reader import text
from tests.web.test_plans import scans
from tests.world import World

migration = import_module("leaddrum.migrations.0038_what_came_by_them")

DAY = timedelta(days=1)
Browser = Callable[..., Client]


@pytest.fixture
def api(world: World) -> Caller:
    return caller(world, "intake")


@pytest.fixture
def form(world: World) -> Visitor:
    return Visitor(world)


def ask(form: Visitor, **said: str) -> int:
    """A visitor sends the form; the answer's status."""
    return int(form.send(form.open() | GOOD | said).status_code)


def drum(world: World, key: str = "drum") -> Drum:
    return Drum.objects.get(company=world.company_id, key=key)


def row(world: World, kind: str) -> Way:
    return built_in.row(world.company_id, kind, drum(world).pk if kind == "page" else None, world.now)


def history(world: World, way: Way, days: int = 28) -> None:
    """Something came at ten and at four of every working day so far, the last time now: at most five hours of working
    time between."""
    found = [world.now - DAY * n + timedelta(hours=after) for n in range(1, days + 1) for after in (0, 6)]
    for at in [at for at in sorted(found) if at.weekday() < 5] + [world.now]:
        ways.keep(way, ways.CHANNELS[way.kind], {"raw": "?"}, now=at)


def look(world: World, when: str = "") -> int:
    if when:
        world.now = world.at(when)
    return silent_ways.look(world.now)


def silent(world: World, kind: str) -> Way:
    """One that they have been told of: nothing since Monday at ten."""
    way = row(world, kind)
    history(world, way)
    assert look(world, "wed 11:00") == 1
    return Way.objects.get(pk=way.pk)


# What comes in.


def test_a_lead_by_the_api_names_its_way_and_shows_that_it_works(world: World, api: Caller) -> None:
    first = api.post("leads", {"title": "Окна", "external_id": "1"})
    way = Way.objects.get()
    assert (way.kind, way.name, way.drum, way.company_id) == ("api", "API", None, world.company_id)
    assert (way.lead_id, way.lead_at, way.seen_at, way.quiet_since) == (first.body["id"], *[world.now] * 3)
    world.jump(seconds=1)
    second = api.post("leads", {"title": "Двери"})
    world.jump(seconds=1)
    assert api.post("leads", {"title": "Окна", "external_id": "1"}).body["outcome"] == "repeated"
    way.refresh_from_db()
    assert (way.lead_id, way.lead_at) == (second.body["id"], world.now - timedelta(seconds=1))
    assert (way.seen_at, way.quiet_since) == (world.now, world.now)  # it works, whatever it says
    assert list(Request.objects.values_list("way", flat=True)) == [way.pk, way.pk]
    world.check()


def test_a_request_of_a_form_page_names_the_page_of_its_drum(world: World, form: Visitor) -> None:
    world.edit("second", entry=["new"], roster={"people": ["clara"]}, budget="5m")
    assert ask(form) == 303
    assert ask(Visitor(world, "second"), phone="8 912 345-67-90") == 303
    assert ask(Visitor(world, "second"), phone="8 912 345-67-91") == 303
    pages = {way.drum_id: way for way in Way.objects.all()}
    assert {pk: way.kind for pk, way in pages.items()} == dict.fromkeys(
        [drum(world).pk, drum(world, "second").pk], "page"
    )
    came = [pages[drum(world).pk].pk, *[pages[drum(world, "second").pk].pk] * 2]
    assert list(Request.objects.order_by("pk").values_list("way", flat=True)) == came
    assert pages[drum(world, "second").pk].lead_id == Lead.objects.latest("pk").pk


def test_what_is_refused_is_no_sign_of_life(world: World, api: Caller, form: Visitor) -> None:
    """Who cannot prove himself, who may not, what a person has to send once more: nothing came. What a program with a
    good token says and nobody understands is kept, and shows that it speaks."""
    page = row(world, "page")
    assert Caller("x" * 40).post("leads", {"title": "Окна"}).status == 401
    assert caller(world, "read").post("leads", {"title": "Окна"}).status == 403
    assert ask(form, phone="") == 422
    assert ask(form, fax_extension="x") == 422
    assert [(way.pk, way.seen_at, way.quiet_since) for way in Way.objects.all()] == [(page.pk, None, None)]
    assert api.raw("leads", b"{").status == 400
    way = Way.objects.get(kind="api")
    assert (way.seen_at, way.quiet_since, way.lead_at) == (world.now, world.now, None)
    assert Request.objects.get().way_id == way.pk


def test_there_is_one_of_each_and_no_second(world: World) -> None:
    page, api = row(world, "page"), row(world, "api")
    assert (row(world, "page"), row(world, "api")) == (page, api)
    for way in (page, api):
        with pytest.raises(IntegrityError), transaction.atomic():
            Way.objects.create(
                company_id=world.company_id,
                kind=way.kind,
                drum_id=way.drum_id,
                name="x",
                token=way.kind,
                created_at=world.now,
            )
    ways.make(world.company, "form", "Сайт", drum=drum(world), now=world.now)  # of all others there may be several
    ways.make(world.company, "form", "Сайт", drum=drum(world), now=world.now)


@pytest.mark.django_db(transaction=True)
def test_its_row_is_looked_for_once_and_not_believed_when_it_came_to_nothing(world: World, api: Caller) -> None:
    with transaction.atomic():
        engine.arrive(world.company_id, engine.Arrival(title="Окна", built_in="api"), now=world.now)
        transaction.set_rollback(True)
    assert not Way.objects.exists()
    assert api.post("leads", {"title": "Окна"}).status == 201
    world.jump(seconds=1)
    noted = []
    for _twice in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert api.post("leads", {"title": "Окна"}).status == 201
        noted.append([one["sql"].split()[0] for one in asked if re.search(r"(FROM|UPDATE) .?leaddrum_way", one["sql"])])
    assert noted == [["UPDATE"], []]  # of many in one second the first
    world.jump(seconds=-5)  # the clock was wrong
    assert api.post("leads", {"title": "Окна"}).status == 201
    assert (Way.objects.get().lead_id, Way.objects.get().seen_at) == (Lead.objects.latest("pk").pk, world.now)


# Silence.


def test_one_that_is_not_watched_takes_leads_and_is_never_silent(world: World, browser: Browser, api: Caller) -> None:
    way = row(world, "api")
    history(world, way)
    irina = browser("irina", "en")
    page = text(irina.post(f"/ways/{way.pk}/switch", {"on": ""}, follow=True).content)
    assert "It is not watched any more." in page
    assert "Leads come in as before. If it falls silent, nobody is told." in page
    assert look(world, "2026-03-20 12:00") == 0
    assert api.post("leads", {"title": "Окна"}).status == 201
    assert "not watched" in text(irina.get("/ways").content)
    world.now = world.at("2026-03-27 12:00")
    page = text(irina.post(f"/ways/{way.pk}/switch", {"on": "1"}, follow=True).content)
    assert "It is watched from now on." in page
    assert look(world) == 0  # from now on


def test_while_its_drum_is_not_in_the_file_its_page_is_not_there(world: World) -> None:
    world.edit("second", entry=["new"], roster={"people": ["clara"]}, budget="5m")
    world.file["routing"]["default_drum"] = "second"
    world.apply()
    way = silent(world, "page")
    tables = world.file["drums"]
    gone = tables.pop(0)
    world.apply()
    assert not Way.objects.get().is_silent
    world.now = world.at("2026-03-20 12:00")
    assert look(world) == 0
    assert not [one for one in doctor._ways_in(world.now) if one.what == "way in"]
    tables.insert(0, gone)
    world.apply()
    assert look(world) == 0
    assert Way.objects.get(pk=way.pk).quiet_since == world.now  # it counts anew
    assert look(world, "2026-03-24 17:00") == 1


def test_it_is_called_as_its_drum_is_now(world: World) -> None:
    row(world, "page")
    world.drum_table("drum")["name"] = "Все лиды"
    world.apply()
    assert Way.objects.get().name == "Все лиды"


# What came before there were these rows.


def before(world: World) -> None:
    """As they stood in the tables: no way, no row of it."""
    Request.objects.update(way=None)
    Way.objects.all().delete()


def test_what_came_before_is_known_to_the_watcher_at_once(world: World, api: Caller, form: Visitor) -> None:
    world.edit("second", entry=["new"], roster={"people": ["clara"]}, budget="5m")
    world.jump(days=-28)
    for day in range(28):
        world.now = world.at("2026-02-02 10:00") + DAY * day
        if world.now.weekday() < 5:
            assert ask(form, phone=f"8 912 345-67-{day:02}") == 303
            world.jump(hours=5)
            assert api.post("leads", {"title": "Окна"}).status == 201
    came = {way.kind: (way.lead_id, way.lead_at, way.quiet_since) for way in Way.objects.all()}
    before(world)
    other = ways.make(world.company, "form", "Сайт", now=world.now)
    ways.keep(other, "form", {}, now=world.now)
    engine.arrive(world.company_id, engine.Arrival(title="Руками", channel="hand"), now=world.now)
    for _twice in range(2):
        migration.link(apps, None)
    found = {way.kind: way for way in Way.objects.exclude(pk=other.pk)}
    assert {kind: (way.lead_id, way.lead_at, way.quiet_since) for kind, way in found.items()} == came
    assert (found["page"].drum_id, found["page"].name) == (drum(world).pk, "Новые лиды")
    assert {kind: Request.objects.filter(way=way).count() for kind, way in found.items()} == {"page": 20, "api": 20}
    assert Request.objects.get(channel="hand").way_id is None
    world.now = world.at("2026-03-02 12:00")
    assert look(world) == 0
    assert look(world, "2026-03-06 09:30") == 2  # 24 working hours after the last, at least


def test_what_is_old_or_joined_another_lead_is_left(world: World, api: Caller, form: Visitor) -> None:
    """Which page a request came by that joined a lead nobody can tell any more."""
    assert api.post("leads", {"title": "Старый"}).status == 201
    world.jump(days=29)
    assert api.post("leads", {"title": "Окна", "phone": GOOD["phone"]}).status == 201
    assert ask(form) == 303
    before(world)
    migration.link(apps, None)
    assert [(way.kind, way.lead.title if way.lead else "") for way in Way.objects.all()] == [("api", "Окна")]
    assert Request.objects.filter(way=None).count() == 2


def test_of_very_many_the_newest_are_enough(world: World, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        assert api.post("leads", {"title": str(number)}).status == 201
    for name, value in (("STEP", 2), ("MOST", 6), ("EACH", 5)):
        monkeypatch.setattr(migration, name, value)
    newest = list(Request.objects.order_by("-pk").values_list("pk", flat=True)[:5])
    before(world)
    migration.link(apps, None)
    assert list(Request.objects.exclude(way=None).order_by("-pk").values_list("pk", flat=True)) == newest
    assert Way.objects.get().lead == Lead.objects.latest("pk")


# The pages.


def test_the_list_shows_them_and_each_has_a_page(world: World, browser: Browser, api: Caller, form: Visitor) -> None:
    irina = browser("irina", "en")
    page = text(irina.get("/ways").content)
    assert "Form page: Новые лиды no lead yet" in page
    assert "API no lead yet" in page
    assert ask(form) == 303
    assert api.post("leads", {"title": "Окна"}).status == 201
    raw = irina.get("/ways").content.decode()
    assert "Form page: Новые лиды works last lead: 10:00" in text(raw.encode())
    assert "API works last lead: 10:00" in text(raw.encode())
    for way in Way.objects.all():
        assert f'href="/ways/{way.pk}"' in raw
        shown = irina.get(f"/ways/{way.pk}").content.decode()
        assert "Do not watch" in shown
        assert way.token not in shown
        assert ("/f/" in shown, "last call" in shown) == ((True, False) if way.kind == "page" else (False, True))
        assert "1 lead" in text(shown.encode())


def test_nothing_of_them_can_be_changed_but_whether_they_are_watched(world: World, browser: Browser) -> None:
    irina = browser("irina")
    for kind in ("page", "api"):
        way = row(world, kind)
        said = {"name": "x", "drum": ""}
        assert irina.post(f"/ways/{way.pk}", said).status_code == 404
        for path in ("fields", "test", "renew"):
            assert irina.post(f"/ways/{way.pk}/{path}", said).status_code == 404
        assert irina.get(f"/ways/new/{kind}").status_code == 404
        assert Client().post(f"/in/{way.token}", "{}", "application/json").status_code in {403, 404}
        after = Way.objects.get(pk=way.pk)
        assert (after.name, after.drum_id, after.generation, after.trouble) == (way.name, way.drum_id, 1, "")
        for person in ("anna", "olga"):
            assert browser(person).get(f"/ways/{way.pk}").status_code == 403
            assert browser(person).post(f"/ways/{way.pk}/switch", {"on": ""}).status_code == 403


@pytest.mark.parametrize(("kind", "name"), [("page", "Form page: Новые лиды"), ("api", "API")])
def test_its_silence_stands_wherever_people_look(world: World, browser: Browser, kind: str, name: str) -> None:
    way, irina = silent(world, kind), browser("irina", "en")
    assert f"{name} silent nothing since 02.03 10:00" in text(irina.get("/ways").content)
    page = text(irina.get(f"/ways/{way.pk}").content)
    assert "Usually the longest pause is 5 h; now nothing has come for 17 h of working time." in page
    assert "If it is meant to be silent, press “Do not watch”." in page
    assert f"Nothing has come through “{name}” since 02.03 10:00." in text(irina.get("/now").content)
    (found,) = [one for one in doctor._ways_in(world.now) if one.what == "way in"]
    assert not found.well
    assert "press “Do not watch” on its page" in found.words


def test_what_the_api_said_and_nobody_understood_can_be_dealt_with_or_made_a_lead(
    world: World, browser: Browser, api: Caller
) -> None:
    for _twice in range(2):
        assert api.post("leads", {"title": 5, "phone": "8 912 345-67-89"}).status == 422
    kept, other = Request.objects.order_by("pk")
    irina = browser("irina")
    page = irina.get("/journal/unread").content.decode()
    assert f"/ways/{kept.way_id}/requests/{kept.pk}/lead" in page
    assert irina.post(f"/journal/unread/{kept.pk}/dealt").status_code == 302
    assert irina.post(f"/ways/{kept.way_id}/requests/{other.pk}/lead").status_code == 302
    assert "разобрано" in text(irina.get(f"/ways/{kept.way_id}").content)
    assert not Request.objects.filter(lead=None, set_aside="").exists()
    assert Lead.objects.get().title == "API"


def test_what_a_form_page_had_to_keep_becomes_the_lead_it_would_have_been(
    world: World, browser: Browser, form: Visitor
) -> None:
    Company.objects.filter(pk=world.company_id).update(crm="apart", staff_version=99)
    assert ask(form) == 303
    kept = Request.objects.get()
    assert (kept.lead, kept.way and kept.way.kind, bool(kept.errors)) == (None, "page", True)
    Company.objects.filter(pk=world.company_id).update(crm="board", staff_version=98)
    browser("irina").post(f"/ways/{kept.way_id}/requests/{kept.pk}/lead")
    lead = Lead.objects.get()
    assert (lead.name, lead.phone_key, lead.text) == ("Пётр", "+79123456789", GOOD["text"])
    assert lead.cycles.get().drum == drum(world)
    world.check()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what the tables hold")
def test_no_page_reads_a_whole_table_of_history(world: World, browser: Browser) -> None:
    pages = [silent(world, "page")]
    irina = browser("irina")
    with scans() as found:
        for path in ("/ways", f"/ways/{pages[0].pk}"):
            assert irina.get(path).status_code == 200
    assert found == []


def test_of_very_many_leads_the_newest_are_counted(
    world: World, browser: Browser, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaddrum.web.built_in_ways.COUNTED", 3)
    for number in range(3):
        assert api.post("leads", {"title": str(number)}).status == 201
    page: Any = text(browser("irina", "en").get(f"/ways/{Way.objects.get().pk}").content)
    assert "3+ leads" in page
