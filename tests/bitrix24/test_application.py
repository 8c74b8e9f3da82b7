"""The portal's side of an application: tokens, events, the offline queue, placements, robots."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bitrix24.asking import ask, result
from tests.bitrix24.portal import Portal, Server, php
from tests.bitrix24.portal.access import ALL_SCOPES, App
from tests.bitrix24.portal.sample import ANNA, BORIS


class _Listener(http.server.ThreadingHTTPServer):
    """An application that writes down what it is sent."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _Sink)


class _Sink(http.server.BaseHTTPRequestHandler):
    server: _Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, php.decode(body.decode())))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sink() -> Iterator[_Listener]:
    with _Listener() as listener:
        threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
        yield listener
        listener.shutdown()


@pytest.fixture
def home(sink: _Listener) -> str:
    return f"http://127.0.0.1:{sink.server_address[1]}"


@pytest.fixture
def app(portal: Portal, server: Server, home: str) -> App:
    assert portal.cloud is not None
    return portal.cloud.register(portal, f"{home}/app", ALL_SCOPES)


class _Caller:
    """Calls with a token, as an application does."""

    def __init__(self, portal: Portal, app: App, user: int = 1) -> None:
        assert portal.cloud is not None
        self.portal, self.pair = portal, portal.cloud.pair(portal, app, user)

    def ask(self, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
        return ask(f"{self.portal.url}/rest/", method, params | {"auth": self.pair["access_token"]})

    def result(self, method: str, **params: Any) -> Any:
        return result(f"{self.portal.url}/rest/", method, params | {"auth": self.pair["access_token"]})


@pytest.fixture
def caller(portal: Portal, app: App) -> _Caller:
    return _Caller(portal, app)


def test_a_refresh_token_works_once(portal: Portal, app: App, caller: _Caller) -> None:
    assert caller.result("app.info")["STATUS"] == "L"
    portal.clock.forward(3601)
    assert caller.ask("app.info")[1]["error"] == "expired_token"
    refresh = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": caller.pair["refresh_token"],
    }
    _, new = ask(portal.url, "/oauth/token/", refresh)
    assert new["member_id"] == portal.member_id
    caller.pair = new
    assert caller.result("user.current")["ID"] == "1"
    assert ask(portal.url, "/oauth/token/", refresh)[1]["error"] == "invalid_grant"
    assert ask(portal.url, "/oauth/token/", refresh | {"client_secret": "x"})[1]["error"] == "invalid_client"


def test_events_say_what_and_who_but_no_values(
    portal: Portal, app: App, caller: _Caller, home: str, sink: _Listener
) -> None:
    assert portal.delivery is not None
    assert caller.result("event.bind", event="OnCrmLeadAdd", handler=f"{home}/event") is True
    assert caller.ask("event.bind", event="OnCrmLeadAdd", handler=f"{home}/event")[0] == 400
    assert caller.result("event.get") == [
        {"event": "ONCRMLEADADD", "handler": f"{home}/event", "auth_type": "0", "offline": 0}
    ]
    number = portal.lead(by=ANNA)
    assert portal.delivery.pump() == 1
    ((path, body),) = sink.got
    assert (path, body["event"], body["data"]) == ("/event", "ONCRMLEADADD", {"FIELDS": {"ID": str(number)}})
    assert body["auth"]["application_token"] == app.application_token
    assert body["auth"]["user_id"] == str(ANNA)
    assert caller.result("event.unbind", event="ONCRMLEADADD", handler=f"{home}/event") == {"count": 1}


def test_a_deals_change_of_pipeline_comes_instead_of_its_update(portal: Portal, caller: _Caller, home: str) -> None:
    assert portal.delivery is not None
    for event in ("ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY", "ONCRMDYNAMICITEMUPDATE_1040"):
        caller.result("event.bind", event=event, handler=f"{home}/event")
    number = portal.lead(entity=2)
    portal.change(number, by=ANNA, entity=2, categoryId=2, stageId="C2:NEW")
    portal.change(portal.lead(entity=1040), by=ANNA, entity=1040, title="x")
    names = [post.body["event"] for post in portal.delivery.queue]
    assert names == ["ONCRMDEALMOVETOCATEGORY", "ONCRMDYNAMICITEMUPDATE_1040"]
    assert portal.delivery.queue[0].body["data"]["FIELDS"] == {"ID": number, "CATEGORY_ID": 2, "STAGE_ID": "C2:NEW"}
    assert (
        caller.ask("event.bind", event="ONCRMDYNAMICITEMADD_999", handler=home)[1]["error"] == "ERROR_EVENT_NOT_FOUND"
    )


def test_events_get_lost_doubled_and_out_of_order(portal: Portal, caller: _Caller, home: str, sink: _Listener) -> None:
    assert portal.delivery is not None
    caller.result("event.bind", event="ONCRMLEADADD", handler=f"{home}/event")
    portal.delivery.chaos(lost=0.3, doubled=0.1, reordered=0.1, seed=3)
    portal.import_(300)
    portal.delivery.pump()
    got = [int(body["data"]["FIELDS"]["ID"]) for _, body in sink.got]
    assert 50 < 300 - len(set(got)) < 130
    assert len(got) > len(set(got))
    assert got != sorted(got)


def test_the_offline_queue_keeps_one_record_per_object_and_event(portal: Portal, caller: _Caller) -> None:
    assert caller.result("feature.get", CODE="rest_offline_extended") == {"value": "N"}
    caller.result("event.bind", event="ONCRMLEADUPDATE", event_type="offline")
    number = portal.lead()
    for title in "abc":
        portal.change(number, by=ANNA, title=title)
    assert caller.ask("event.offline.get", clear=0)[1]["error"] == "ACCESS_DENIED"  # not on this plan
    portal.features["rest_offline_extended"] = "Y"
    reserved = caller.result("event.offline.get", clear=0)
    assert [event["EVENT_NAME"] for event in reserved["events"]] == ["ONCRMLEADUPDATE"]
    assert caller.result("event.offline.get", clear=0)["events"] == []  # reserved
    messages = [event["MESSAGE_ID"] for event in reserved["events"]]
    caller.result("event.offline.clear", process_id=reserved["process_id"], message_id=messages)
    assert caller.result("event.offline.list") == []


def test_the_offline_queue_filters_orders_and_forgets_what_was_reserved(
    portal: Portal, app: App, caller: _Caller
) -> None:
    portal.features["rest_offline_extended"] = "Y"
    for event in ("ONCRMLEADADD", "ONCRMLEADUPDATE"):
        caller.result("event.bind", event=event, event_type="offline")
    for number in (portal.lead(), portal.lead()):
        portal.clock.forward(1)
        portal.change(number, by=ANNA, title="x")
    newest = caller.result("event.offline.list", order={"ID": "DESC"}, filter={"=EVENT_NAME": "ONCRMLEADUPDATE"})
    assert [event["EVENT_DATA"]["FIELDS"]["ID"] for event in newest] == [2, 1]
    assert newest[0]["ERROR"] == "0"
    reserved = caller.result("event.offline.get", clear=0, limit=1)
    assert len(reserved["events"]) == 1
    again = caller.result("event.offline.get", clear=0, process_id=reserved["process_id"])
    assert again["events"] == reserved["events"]
    assert caller.ask("event.offline.get", filter={"=TITLE": "x"})[0] == 400
    wrong = [event["MESSAGE_ID"] for event in again["events"]]
    caller.result("event.offline.error", process_id=reserved["process_id"], message_id=wrong)
    assert caller.result("event.offline.get", clear=0, process_id=reserved["process_id"])["events"] == []
    assert len(caller.result("event.offline.list")) == 4
    portal.clock.forward(31 * 24 * 3600)
    later = _Caller(portal, app)
    assert len(later.result("event.offline.list")) == 3


@pytest.mark.rule("S-44")
def test_a_source_does_not_hear_of_its_own_changes(portal: Portal, caller: _Caller) -> None:
    portal.features["rest_auth_connector"] = "Y"
    caller.result("event.bind", event="ONCRMLEADUPDATE", event_type="offline", auth_connector="ours")
    number = portal.lead()
    change = {"entityTypeId": 1, "id": number, "fields": {"title": "ours"}, "auth_connector": "ours"}
    caller.result("crm.item.update", **change)
    assert caller.result("event.offline.get", auth_connector="ours")["events"] == []
    portal.change(number, by=ANNA, title="theirs")
    assert caller.result("event.offline.get")["events"] == []  # of the queue without a source
    assert len(caller.result("event.offline.get", auth_connector="ours")["events"]) == 1


def test_only_an_administrator_binds_placements_and_robots(
    portal: Portal, app: App, caller: _Caller, home: str
) -> None:
    plain = _Caller(portal, app, BORIS)
    tab = {"PLACEMENT": "CRM_LEAD_DETAIL_TAB", "HANDLER": f"{home}/tab", "LANG_ALL": {"ru": {"TITLE": "Барабан"}}}
    assert plain.ask("placement.bind", **tab) == (
        403,
        {"error": "ACCESS_DENIED", "error_description": "Access denied!"},
    )
    assert caller.result("placement.bind", **tab) is True
    assert caller.result("placement.get")[0]["title"] == "Барабан"
    assert caller.ask("placement.bind", PLACEMENT="CRM_DYNAMIC_7_DETAIL_TAB", HANDLER=home)[1]["error"] == (
        "ERROR_PLACEMENT_NOT_FOUND"
    )
    status, body = caller.ask("placement.bind", **tab | {"USER_ID": 1})
    assert (status, body["error"]) == (200, "ERROR_PLACEMENT_USER_MODE")
    assert caller.result("placement.unbind", PLACEMENT="CRM_LEAD_DETAIL_TAB") == {"count": 2}
    robot = {"CODE": "drum", "HANDLER": f"{home}/robot", "NAME": {"ru": "Барабан"}, "USE_SUBSCRIPTION": "N"}
    assert plain.ask("bizproc.robot.add", **robot)[1]["error"] == "ACCESS_DENIED"
    assert caller.result("bizproc.robot.add", **robot) is True
    assert caller.ask("bizproc.robot.add", **robot)[1]["error"] == "ERROR_ACTIVITY_ALREADY_INSTALLED"
    assert caller.ask("bizproc.robot.add", **robot | {"HANDLER": "http://other.example/"})[1]["error"] == (
        "ERROR_WRONG_HANDLER_URL"
    )
    assert caller.result("bizproc.robot.list") == ["drum"]


def test_triggers_are_fired_for_an_item(portal: Portal, caller: _Caller) -> None:
    number = portal.lead()
    fire = {"CODE": "missed", "OWNER_TYPE_ID": 1, "OWNER_ID": number}
    assert caller.ask("crm.automation.trigger.execute", **fire) == (
        400,
        {"error": "", "error_description": "Trigger with code missed is not registered."},
    )
    caller.result("crm.automation.trigger.add", CODE="missed", NAME="Лид просрочен")
    caller.result("crm.automation.trigger.execute", **fire)
    assert portal.fired == [("missed", 1, number)]


def test_what_happens_when_it_is_deleted(portal: Portal, app: App, caller: _Caller, home: str, sink: _Listener) -> None:
    assert portal.delivery is not None
    caller.result("event.bind", event="ONAPPUNINSTALL", handler=f"{home}/gone")
    portal.delivery.uninstall(app)
    portal.delivery.pump()
    ((_, body),) = sink.got
    assert body["auth"]["application_token"] == app.application_token
    assert "access_token" not in body["auth"]
    assert caller.ask("server.time")[0] == 401
    assert portal.bindings == []
