"""Our application in a portal: it is installed, renews its tokens, hears events, shows pages in a frame, and goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from leaddrum import clock, crm
from leaddrum.crm import hints
from leaddrum.crm.bitrix24 import application, events, install, oauth, placements
from leaddrum.crm.bitrix24.access import NoAccess
from leaddrum.crm.bitrix24.address import WrongAddress
from leaddrum.crm.bitrix24.answers import Ok
from leaddrum.crm.bitrix24.books import InMemory
from leaddrum.crm.bitrix24.client import Client
from leaddrum.models import Hint, Lane, Lead, Person, PortalApp
from leaddrum.models import Portal as OurPortal
from leaddrum.sealed import seal_one, unseal_one
from tests.bitrix24.portal import Cloud, Portal, Server, php, sample
from tests.bitrix24.portal.access import ALL_SCOPES, App, Robot
from tests.bitrix24.portal.sample import ADMIN, ANNA, BORIS, DIRECTOR, HEAD
from tests.world import World

HOME = "https://drum.example"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def world(db: None, settings: Settings, portal: Portal) -> Iterator[World]:
    settings.PUBLIC_URL = HOME
    settings.ALLOWED_HOSTS = ["testserver", "drum.example"]
    application._looked.clear()
    made = World()
    portal.clock._at, portal.clock._read = None, lambda: made.now
    with clock.reading(lambda: made.now):
        yield made
    crm.CRMS.pop("test", None)


@pytest.fixture
def cloud(portal: Portal, server: Server) -> Cloud:
    assert portal.cloud is not None
    return portal.cloud


@pytest.fixture
def app(world: World, portal: Portal, cloud: Cloud) -> App:
    """Its card in the portal is filled in, and it is expected here."""
    made = cloud.register(portal, f"{HOME}/bitrix24/frame", ALL_SCOPES)
    install.expect(world.company, portal.url, made.client_id, made.client_secret)
    return made


def opens(portal: Portal, app: App, user: int, placement: str = "DEFAULT", options: str = "", **changed: str) -> Any:
    """A user's browser opens our page in the portal's frame."""
    assert portal.cloud is not None
    query, body = portal.cloud.frame(portal, app, user, placement, options)
    return Browser().post(f"/bitrix24/frame?{query}", body | changed)


def carried(portal: Portal) -> list[int]:
    """Events that wait in the portal are delivered to us; the statuses of our answers."""
    assert portal.delivery is not None
    posts, portal.delivery.queue = portal.delivery.queue, []
    browser = Browser()
    return [
        browser.post(urlsplit(post.url).path, php.encode(post.body), content_type=FORM).status_code for post in posts
    ]


@pytest.fixture
def installed(portal: Portal, app: App) -> PortalApp:
    opens(portal, app, ADMIN)
    return PortalApp.objects.get()


def test_an_administrator_opens_it_once_and_everything_is_there(portal: Portal, app: App) -> None:
    answer = opens(portal, app, ADMIN)
    assert answer.status_code == 200
    kept = PortalApp.objects.get()
    assert (kept.state, kept.member_id, kept.user) == ("installed", portal.member_id, ADMIN)
    assert kept.error == ""
    assert {each.event for each in portal.bindings} >= {"ONAPPUNINSTALL", "ONCRMLEADADD", "ONCRMDEALMOVETOCATEGORY"}
    codes = {each.code for each in portal.placements}
    assert codes == {"CRM_LEAD_DETAIL_TAB", "CRM_DEAL_DETAIL_TAB", "LEFT_MENU"}
    assert [robot.code for robot in portal.robots.values()] == ["leaddrum"]
    assert list(portal.triggers) == [(app.client_id, "leaddrum.missed")]
    assert portal.complaints == []
    columns = [getattr(kept, name) for name in ("access", "refresh", "client_secret", "application_token")]
    assert not any(secret in column for column in columns for secret in (app.client_secret, app.application_token))
    requests = len(portal.asked)
    application.look_after(kept, now=clock.now())
    assert len(portal.asked) == requests + 2  # what is there, and the robot's address once more
    assert len(portal.bindings) == len({(each.event, each.handler) for each in portal.bindings})


def test_at_another_address_what_leads_to_the_old_one_goes(
    portal: Portal, installed: PortalApp, settings: Settings
) -> None:
    """A tab in which nothing comes up would stay beside the new one."""
    settings.PUBLIC_URL = "https://new.example"
    application.look_after(installed, now=clock.now())
    handlers = [each.handler for each in portal.placements] + [each.handler for each in portal.bindings]
    assert [handler for handler in handlers if urlsplit(handler).netloc != "new.example"] == []
    assert len(portal.placements) == 3


def test_a_process_that_is_watched_has_its_tab_at_once(portal: Portal, installed: PortalApp) -> None:
    """Before it has had a lead, too."""
    watch = {"drum": "a", "entity": 1040, "pipeline": 0, "entry": ["NEW"]}
    OurPortal.objects.create(company=installed.company, base=installed.base, settings={"watches": [watch]})
    application.look_after(installed, now=clock.now())
    assert "CRM_DYNAMIC_1040_DETAIL_TAB" in {each.code for each in portal.placements}
    assert "ONCRMDYNAMICITEMADD" in {each.event for each in portal.bindings}


def test_installed_anew_it_is_looked_after_at_once(
    world: World, portal: Portal, installed: PortalApp, app: App, cloud: Cloud
) -> None:
    """By its event, when no page of ours was opened."""
    assert portal.delivery is not None
    Lane.objects.create(company=world.company, channel=install.LANE)  # what is left when it was deleted there
    portal.delivery.uninstall(app)
    another = cloud.register(portal, f"{HOME}/bitrix24/frame", ALL_SCOPES)
    another.installer = f"{HOME}/bitrix24/events"
    assert carried(portal) == [200]
    install.expect(world.company, portal.url, another.client_id, another.client_secret)
    portal.delivery.install(another, ADMIN)
    assert carried(portal) == [200]
    assert Lane.objects.get().next_send_at == world.now


def test_an_address_in_letters_of_its_own_is_compared_too(world: World) -> None:
    install.expect(world.company, "https://портал.рф", "local.1", "secret")
    strange = {"AUTH_ID": "x", "member_id": "m"}
    for page in ("install", "frame"):
        assert Browser().post(f"/bitrix24/{page}?DOMAIN=портал.ру", strange).status_code == 403


def test_the_installer_page_ends_the_installation(portal: Portal, app: App, cloud: Cloud) -> None:
    query, body = cloud.frame(portal, app, ADMIN)
    answer = Browser().post(f"/bitrix24/install?{query}", body)
    assert answer.status_code == 200
    assert "leaddrum/installed.js" in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "https://api.bitrix24.com" in policy
    assert f"frame-ancestors {portal.url}" in policy
    assert "X-Frame-Options" not in answer


def test_an_application_without_pages_is_installed_by_its_event(portal: Portal, app: App) -> None:
    assert portal.delivery is not None
    app.installer = f"{HOME}/bitrix24/events"
    portal.delivery.install(app, ADMIN)
    assert carried(portal) == [200]
    assert PortalApp.objects.get().state == "installed"


@pytest.mark.parametrize("trick", ["not_admin", "other_app", "no_token", "other_portal", "made_up"])
def test_nobody_else_installs_it(portal: Portal, app: App, cloud: Cloud, trick: str) -> None:
    if trick == "other_portal":  # of another tenant, with good tokens there
        stranger = sample.portal()
        with Server(stranger):
            assert stranger.cloud is not None
            theirs = stranger.cloud.register(stranger, f"{HOME}/bitrix24/frame", ALL_SCOPES)
            query, body = stranger.cloud.frame(stranger, theirs, ADMIN)
            answer = Browser().post(f"/bitrix24/frame?{query}", body)
            query = query.replace(stranger.host.replace(":", "%3A"), portal.host.replace(":", "%3A"))
            pretending = Browser().post(f"/bitrix24/frame?{query}", body)
            assert stranger.asked == []  # we ask only the portal that we know
        assert pretending.status_code == 403
    elif trick == "not_admin":
        answer = opens(portal, app, ANNA)
    elif trick == "other_app":
        answer = opens(portal, cloud.register(portal, HOME, ALL_SCOPES), ADMIN)
    else:
        answer = opens(portal, app, ADMIN, AUTH_ID="" if trick == "no_token" else "f" * 70)
    assert answer.status_code == 403
    assert PortalApp.objects.get().state == "expected"


def test_an_address_that_would_show_the_secret_is_refused(world: World) -> None:
    for address in ("http://portal.example", "ftp://portal.example", "https://user@portal.example", ""):
        with pytest.raises(WrongAddress):
            install.expect(world.company, address, "local.1", "secret")


# Tokens


Opens = Callable[[], Client]


@pytest.fixture
def client_of(installed: PortalApp) -> Iterator[Opens]:
    """Asks as the application, with its tokens as they are kept now."""
    made: list[Client] = []

    def opened() -> Client:
        installed.refresh_from_db()
        made.append(Client(oauth.ByApplication(installed), InMemory()))
        return made[-1]

    yield opened
    for client in made:
        client.close()


def test_an_expired_token_is_renewed_once_and_kept(
    client_of: Opens, portal: Portal, installed: PortalApp, cloud: Cloud, app: App
) -> None:
    client = client_of()
    cloud.expire(app)
    before = installed.refresh
    reply = client.call("profile")
    assert isinstance(reply, Ok)
    assert reply.value["ID"] == str(ADMIN)
    installed.refresh_from_db()
    assert installed.refresh != before
    assert installed.renewing == ""
    assert cloud.refreshed == 1
    assert isinstance(client.call("profile"), Ok)
    assert cloud.refreshed == 1


def test_an_application_whose_access_was_withdrawn_says_so_and_heals_when_it_is_opened(
    client_of: Opens, portal: Portal, installed: PortalApp, cloud: Cloud, app: App
) -> None:
    client = client_of()
    cloud.expire(app)
    cloud.refreshes.clear()
    assert not isinstance(client.call("profile"), Ok)
    installed.refresh_from_db()
    assert (installed.state, installed.error) == ("lost", "renewing the access: invalid_grant")
    with pytest.raises(NoAccess):
        oauth.ByApplication(installed)
    opens(portal, app, ADMIN)
    assert isinstance(client_of().call("profile"), Ok)


def test_the_authorization_server_sleeps_for_a_while(
    client_of: Opens, installed: PortalApp, cloud: Cloud, app: App
) -> None:
    client = client_of()
    cloud.expire(app)
    cloud.down = True
    assert not isinstance(client.call("profile"), Ok)
    cloud.down = False
    assert isinstance(client.call("profile"), Ok)
    installed.refresh_from_db()
    assert installed.state == "installed"


def test_where_tokens_are_renewed_is_not_for_a_browser_to_say() -> None:
    assert oauth.authority("https://oauth.bitrix24.tech/rest/", "p.bitrix24.ru") == "https://oauth.bitrix24.tech/"
    for told in (
        "https://evil.example/rest/",
        "https://bitrix24.tech.evil.example/",
        "http://oauth.bitrix.info/",
        "x",
        "http://127.0.0.1/",
    ):
        assert oauth.authority(told, "p.bitrix24.ru") == "https://oauth.bitrix.info/"


def test_a_renamed_portal_stays_the_same(client_of: Opens, portal: Portal, installed: PortalApp) -> None:
    client = client_of()
    old = portal.host
    with Server(portal):  # its new address
        new = portal.host
        elsewhere = sample.portal()
        elsewhere.moved_to = f"http://{new}"
        with Server(elsewhere):
            PortalApp.objects.update(base=f"http://{elsewhere.host}/rest/")
            client = client_of()
            assert isinstance(client.call("profile"), Ok)
            installed.refresh_from_db()
            assert installed.base == f"http://{new}/rest/"
    assert old != new
    assert installed.member_id == portal.member_id


def test_of_many_who_find_it_expired_one_renews(
    installed: PortalApp, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second one comes while the first asks the authorization server, a third when it is done."""
    old = unseal_one(installed.access)
    ask, waited = oauth.ask, []

    def slow(row: PortalApp, grant: Mapping[str, str]) -> dict[str, Any] | None:
        assert not oauth._claimed(PortalApp.objects.get(), "the second")
        waited.append(row.pk)
        return ask(row, grant)

    monkeypatch.setattr(oauth, "ask", slow)
    first = oauth.renewed(installed.pk, old)
    assert first is not None
    assert oauth.renewed(installed.pk, old) == first
    assert (cloud.refreshed, len(waited)) == (1, 1)


def test_whoever_waits_for_a_renewal_gets_its_token(
    installed: PortalApp, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = unseal_one(installed.access)
    PortalApp.objects.update(renewing="somebody", renewing_until=clock.now() + oauth.LEASE)

    def meanwhile(_seconds: float) -> None:
        PortalApp.objects.update(access=seal_one("new"), renewing="", renewing_until=None)

    monkeypatch.setattr("leaddrum.crm.bitrix24.oauth.time.sleep", meanwhile)
    found = oauth.renewed(installed.pk, old)
    assert found is not None
    assert found[0] == "new"
    assert cloud.refreshed == 0


def test_a_renewal_whose_process_died_is_taken_over(world: World, installed: PortalApp, cloud: Cloud) -> None:
    PortalApp.objects.update(renewing="somebody", renewing_until=world.now - oauth.LEASE)
    assert oauth.renewed(installed.pk, unseal_one(installed.access)) is not None
    assert cloud.refreshed == 1


# Events


@pytest.mark.rule("S-39")
def test_an_event_is_a_hint_whoever_sends_it_twice(portal: Portal, installed: PortalApp) -> None:
    number = portal.lead(by=ANNA)
    portal.change(number, by=ANNA, title="x")
    portal.lead(entity=2)
    assert set(carried(portal)) == {200}
    assert sorted(hints.waiting(installed.company_id, 9)) == ["deal:1", f"lead:{number}"]
    hints.done(installed.company_id, [f"lead:{number}"], clock.now())
    assert Hint.objects.count() == 2  # named in this very instant: it is read again
    with clock.reading(lambda: portal.clock.now()):
        hints.done(installed.company_id, ["deal:1", f"lead:{number}"], Hint.objects.latest("at").at.replace(year=2099))
    assert not Hint.objects.exists()


def sent(body: dict[str, Any]) -> Any:
    return Browser().post("/bitrix24/events", php.encode(body), content_type=FORM)


def test_strangers_are_refused_and_not_written_down(
    portal: Portal, installed: PortalApp, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    good = {"member_id": portal.member_id, "application_token": app.application_token}
    event = {"event": "ONCRMLEADADD", "data": {"FIELDS": {"ID": 5}}, "ts": 1}
    assert sent(event | {"auth": good}).status_code == 200
    Hint.objects.all().delete()
    bad: list[dict[str, str]] = [
        good | {"application_token": "f" * 32},
        good | {"application_token": ""},
        good | {"member_id": "0" * 32},
        {},
    ]
    for auth in bad:
        assert sent(event | {"auth": auth}).status_code == 403
        assert sent({"event": "ONAPPUNINSTALL", "auth": auth}).status_code == 403
    assert not Hint.objects.exists()
    assert app.application_token not in caplog.text
    assert PortalApp.objects.get().state == "installed"
    assert Browser().get("/bitrix24/events").status_code == 405


def test_ten_megabytes_and_nonsense_do_no_harm(portal: Portal, installed: PortalApp, app: App) -> None:
    auth = {"member_id": portal.member_id, "application_token": app.application_token}
    assert sent({"event": "x" * 10_000_000, "auth": auth}).status_code == 413
    for data in ({"FIELDS": {"ID": "-1"}}, {"FIELDS": {"ID": "1" * 400}}, {"FIELDS": "x"}, {}, {"FIELDS": {"ID": "٣"}}):
        for name in ("ONCRMLEADADD", "ONCRMDYNAMICITEMADD", "NONSENSE", ""):
            assert sent({"event": name, "data": data, "auth": auth}).status_code == 200
    assert set(Hint.objects.values_list("key", flat=True)) <= {f"lead:{'1' * 400}"[:64]}


def test_an_event_costs_three_statements(
    portal: Portal, installed: PortalApp, app: App, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    body = {
        "event": "ONCRMLEADADD",
        "data[FIELDS][ID]": "5",
        "auth[member_id]": portal.member_id,
        "auth[application_token]": app.application_token,
    }
    with django_assert_max_num_queries(2):
        assert events.take_in(body, now=clock.now()) == 200


def test_the_robot_makes_us_look_now(portal: Portal, installed: PortalApp) -> None:
    assert portal.delivery is not None
    (robot,) = portal.robots.values()
    assert isinstance(robot, Robot)
    portal.delivery.robot(robot, 1, 915)
    portal.delivery.robot(robot, 186, 22)
    assert carried(portal) == [200, 200]
    assert sorted(hints.waiting(installed.company_id, 9)) == ["TBA:22", "lead:915"]


def test_deleted_in_the_portal(portal: Portal, installed: PortalApp, app: App) -> None:
    assert portal.delivery is not None
    portal.delivery.uninstall(app)
    assert carried(portal) == [200]
    installed.refresh_from_db()
    assert (installed.state, installed.access, installed.refresh) == ("removed", "", "")
    with pytest.raises(NoAccess):
        oauth.ByApplication(installed)


def test_a_scope_that_is_missing_is_said_and_stops_nothing(world: World, portal: Portal, cloud: Cloud) -> None:
    app = cloud.register(portal, f"{HOME}/bitrix24/frame", ALL_SCOPES - {"bizproc", "placement"})
    install.expect(world.company, portal.url, app.client_id, app.client_secret)
    assert opens(portal, app, ADMIN).status_code == 200
    kept = PortalApp.objects.get()
    assert "insufficient_scope" in kept.error
    assert len(portal.bindings) == 8
    assert portal.placements == []


# Pages in the frame


@pytest.fixture
def anna(world: World, installed: PortalApp) -> Person:
    """Anna of the company is user 27 of the portal, and so on."""
    for key, number in (("anna", ANNA), ("boris", BORIS), ("olga", HEAD)):
        Person.objects.filter(pk=world.pk(key)).update(key=f"b24:{number}")
    return Person.objects.get(key=f"b24:{ANNA}")


@pytest.fixture
def offered(world: World, anna: Person) -> Lead:
    lead = world.lead("Окна на дачу").row
    Lead.objects.filter(pk=lead.pk).update(crm_key="lead:5")
    lead.refresh_from_db()
    return lead


def test_the_tab_in_a_card_shows_the_story_and_takes(portal: Portal, app: App, offered: Lead, anna: Person) -> None:
    page = opens(portal, app, ANNA, "CRM_LEAD_DETAIL_TAB", '{"ID":"5"}')
    text = page.content.decode()
    assert "Ваша очередь" in text or "Ваш ход" in text
    assert f"frame-ancestors {portal.url}" in page["Content-Security-Policy"]
    assert "X-Frame-Options" not in page
    assert portal.host not in str(page.headers.get("Location", ""))
    fields = {
        "pass": _field(text, "pass"),
        "key": "lead:5",
        "cycle": _field(text, "cycle"),
        "turn": _field(text, "turn"),
    }
    late = Browser().post("/bitrix24/frame/take", fields | {"turn": "9"})
    assert offered.cycles.get().state == "offered"
    assert late.status_code == 200
    assert "alert" in late.content.decode()
    Browser().post("/bitrix24/frame/take", fields)
    cycle = offered.cycles.get()
    assert (cycle.state, cycle.taken_by) == ("taken", anna)


def test_the_page_of_the_menu_lists_the_leads_with_whose_they_are_and_opens_them(
    portal: Portal, app: App, world: World, offered: Lead
) -> None:
    with CaptureQueriesContext(connection) as of_one:
        text = opens(portal, app, HEAD).content.decode()
    column = text.partition('class="sheet portal-column"')[2]
    assert "Окна на дачу" in column
    assert "Анна Ким · до 10:30" in column
    assert _field(column, "key") == "lead:5"
    opened = Browser().post("/bitrix24/frame/lead", {"pass": _field(column, "pass"), "key": "lead:5"})
    assert "Ход 1" in opened.content.decode()
    for number in range(6, 9):
        more = world.lead(f"Двери {number}").row
        Lead.objects.filter(pk=more.pk).update(crm_key=f"lead:{number}")
    with CaptureQueriesContext(connection) as of_four:
        text = opens(portal, app, HEAD).content.decode()
    assert all(f"Двери {number}" in text for number in range(6, 9))
    assert len(of_four) == len(of_one)


def _field(text: str, name: str) -> str:
    return text.partition(f'name="{name}" value="')[2].partition('"')[0]


def test_who_looks_is_what_the_portal_says_and_not_the_browser(portal: Portal, app: App, offered: Lead) -> None:
    assert opens(portal, app, ANNA, AUTH_ID="0" * 70).status_code == 403
    text = opens(portal, app, BORIS, "CRM_LEAD_DETAIL_TAB", '{"ID":"5"}').content.decode()
    assert "Предложен" in text
    assert Browser().post("/bitrix24/frame/board", {"pass": "nonsense"}).status_code == 403
    assert Browser().post("/bitrix24/frame/board", {"pass": _field(text, "pass")}).status_code == 200
    assert Browser().get("/bitrix24/frame").status_code == 405
    other = World()
    stranger = Person.objects.get(company=other.company_id, key="boris")
    forged = {"pass": _field(text, "pass")}
    assert Browser().post("/bitrix24/frame/journal", forged).status_code == 200
    Person.objects.filter(key=f"b24:{BORIS}").update(active=False)
    assert Browser().post("/bitrix24/frame/journal", forged).status_code == 403
    assert stranger.active


@pytest.mark.parametrize("rights", ["all", "own"])
def test_a_card_is_read_by_whom_the_portal_lets_read_it(
    world: World, portal: Portal, app: App, offered: Lead, rights: str
) -> None:
    portal.crm.add(1, {"title": "Окна на дачу", "assignedById": ANNA}, ANNA)
    number = max(portal.crm.items[1])
    Lead.objects.filter(pk=offered.pk).update(crm_key=f"lead:{number}")
    Person.objects.filter(pk=world.pk("irina")).update(key=f"b24:{DIRECTOR}", role="employee")  # he is in no drum
    portal.users[DIRECTOR].crm = rights
    text = opens(portal, app, DIRECTOR, "CRM_LEAD_DETAIL_TAB", f'{{"ID":"{number}"}}').content.decode()
    again = {"pass": _field(text, "pass"), "key": f"lead:{number}"}
    once_more = Browser().post("/bitrix24/frame/lead", again).content.decode()
    assert ("Предложен" in text, "Предложен" in once_more) == (rights == "all", rights == "all")
    boris = opens(portal, app, BORIS, "CRM_LEAD_DETAIL_TAB", '{"ID":"77"}').content.decode()
    other = Browser().post("/bitrix24/frame/lead", {"pass": _field(boris, "pass"), "key": f"lead:{number}"})
    assert "Предложен" in other.content.decode()  # he is in the drum: of its leads he sees all
    another = world.lead("Балкон").row
    Lead.objects.filter(pk=another.pk).update(crm_key="lead:900")
    theirs = {"pass": _field(text, "pass"), "key": "lead:900"}
    assert "Предложен" not in Browser().post("/bitrix24/frame/lead", theirs).content.decode()


def test_the_page_of_the_menu_has_board_and_journal(world: World, portal: Portal, app: App, offered: Lead) -> None:
    board = opens(portal, app, ANNA, "LEFT_MENU").content.decode()
    assert "Окна на дачу" in board
    world.forward(minutes=31)
    passed = _field(opens(portal, app, HEAD, "LEFT_MENU").content.decode(), "pass")
    journal = Browser().post("/bitrix24/frame/journal", {"pass": passed}).content.decode()
    assert "Окна на дачу" in journal
    assert 'href="https://drum.example/journal"' in journal
    nothing = opens(portal, app, ANNA, "CRM_DEAL_DETAIL_TAB", '{"ID":"77"}')
    assert nothing.status_code == 200
    assert 'name="cycle"' not in nothing.content.decode()
    for options in ("", "[]", "nonsense", '{"ID":"x"}'):
        assert opens(portal, app, ANNA, "CRM_LEAD_DETAIL_TAB", options).status_code == 200


def test_somebody_who_takes_part_in_no_drum(portal: Portal, app: App, anna: Person) -> None:
    assert "leaddrum connect bitrix24" in opens(portal, app, ADMIN).content.decode()
    assert "leaddrum connect bitrix24" not in opens(portal, app, sample.CLARA).content.decode()


def test_places_are_named_by_type() -> None:
    assert placements.places([1, 2, 1040]) == [
        "CRM_LEAD_DETAIL_TAB",
        "CRM_DEAL_DETAIL_TAB",
        "CRM_DYNAMIC_1040_DETAIL_TAB",
        "LEFT_MENU",
    ]
    assert httpx.URL(HOME).host == "drum.example"


def test_a_miss_fires_the_trigger_once(floor: Callable[..., Any]) -> None:
    world = floor()
    world.lead()
    world.forward(minutes=31)
    fired = [("leaddrum.missed", 1, 1)] if world.application else []
    assert world.portal.fired == fired
    world.forward(minutes=5)
    assert world.portal.fired == fired


@pytest.mark.parametrize("floor", ["application"], indirect=True)
def test_a_take_in_the_portal_is_seen_at_once_by_its_event(floor: Callable[..., Any]) -> None:
    """The sweep is half an hour away."""
    world = floor()
    lead = world.lead()
    world.forward(minutes=3)
    world.portal.move(world.number(lead), "IN_PROCESS", by=ANNA)
    asked = len(world.portal.asked)
    world.tick()
    assert lead.state == "taken"
    assert len(world.portal.asked) - asked <= 4


def test_connected_by_the_command_as_an_application(
    portal: Portal, app: App, world: World, settings: Settings, tmp_path: Path
) -> None:
    from leaddrum.crm.bitrix24.command import Given, connect

    settings.DATA = tmp_path
    opens(portal, app, ADMIN)
    said = dict.fromkeys(("entity", "pipeline", "entry", "users", "owners_department", "budget", "escalate_after"))
    connect(portal.url, Given(**said, department="5", calendar="always", watch_only=False), yes=True)
    found = OurPortal.objects.get()
    assert (found.company_id, found.application, found.company.crm) == (world.company_id, True, "bitrix24")
    assert found.journal["fields"]
    assert list(tmp_path.glob("*.webhook")) == []
