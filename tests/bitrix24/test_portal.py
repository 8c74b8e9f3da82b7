"""The portal itself: what it answers is what the documentation says."""

from __future__ import annotations

import http.client
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.bitrix24.asking import ask, result
from tests.bitrix24.portal import Portal, Server, php
from tests.bitrix24.portal.sample import ANNA, BORIS, HEAD, PROCESS

BROKEN = (ConnectionError, http.client.RemoteDisconnected)


@pytest.fixture
def hook(portal: Portal, server: Server) -> str:
    return portal.webhook(1)


def test_a_lead_is_found_in_its_first_stage_and_given_to_somebody(portal: Portal, hook: str) -> None:
    number = portal.lead(
        "Окна на дачу", fm=[{"id": 1, "typeId": "PHONE", "valueType": "WORK", "value": "+79161234567"}]
    )
    sweep = {
        "entityTypeId": 1,
        "select": ["id", "title", "stageId", "assignedById", "movedTime", "fm"],
        "filter": {"@stageId": ["NEW"], ">id": 0},
        "order": {"id": "ASC"},
        "start": -1,
    }
    status, body = ask(hook, "crm.item.list", sweep)
    assert status == 200
    (row,) = body["result"]["items"]
    assert (row["id"], row["stageId"], row["movedTime"]) == (number, "NEW", "2026-11-23T10:00:00+03:00")
    assert "fm" not in row  # only with select *
    assert body["total"] == 0
    assert "next" not in body
    given = {"entityTypeId": 1, "id": number, "fields": {"assignedById": ANNA}}
    item = result(hook, "crm.item.update", given)["item"]
    assert (item["assignedById"], item["updatedBy"], item["hasPhone"]) == (ANNA, 1, "Y")
    assert portal.crm.saves == 1
    result(hook, "crm.item.update", given)
    assert portal.crm.saves == 1  # nothing changed, nothing saved


def test_moves_tell_who_and_since_when_and_are_in_the_history(portal: Portal, hook: str) -> None:
    number = portal.lead()
    portal.clock.forward(600)
    portal.move(number, "IN_PROCESS", by=ANNA)
    item = result(hook, "crm.item.get", {"entityTypeId": 1, "id": number})["item"]
    assert (item["movedBy"], item["movedTime"]) == (ANNA, "2026-11-23T10:10:00+03:00")
    rows = result(hook, "crm.stagehistory.list", {"entityTypeId": 1, "filter": {"OWNER_ID": number}})["items"]
    assert [(row["TYPE_ID"], row["STATUS_ID"]) for row in rows] == [(1, "NEW"), (2, "IN_PROCESS")]
    assert all("USER_ID" not in row for row in rows)


def test_pages_of_fifty_counted_and_not(portal: Portal, hook: str) -> None:
    portal.import_(120)
    asked = {"entityTypeId": 1, "select": ["id"], "start": 50}
    _, body = ask(hook, "crm.item.list", asked)
    assert (len(body["result"]["items"]), body["total"], body["next"]) == (50, 120, 100)
    found = result(hook, "crm.item.list", asked | {"start": -1, "filter": {">id": 100}})["items"]
    assert [row["id"] for row in found] == list(range(101, 121))


@pytest.mark.parametrize(
    ("method", "params", "status", "code"),
    [
        ("crm.item.get", {"entityTypeId": 1, "id": 999}, 400, "NOT_FOUND"),
        ("crm.item.get", {"entityTypeId": 1234, "id": 1}, 400, "NOT_FOUND"),
        ("crm.item.list", {"entityTypeId": 1, "filter": {"statusId": "NEW"}}, 400, "INVALID_ARG_VALUE"),
        ("crm.item.list", {"entityTypeId": 1, "order": {"id": "UP"}}, 400, "INVALID_ARG_VALUE"),
        ("crm.item.list", {"filter": {}}, 400, "100"),
        ("crm.item.list", {"entityTypeId": 1, "select": "id"}, 400, "100"),
        ("crm.item.list", {"entityTypeId": 1, "limit": 500}, 400, "STRICT_DOUBLE"),
        ("crm.category.list", {"entityTypeId": 1}, 400, "ENTITY_TYPE_NOT_SUPPORTED"),
        ("event.bind", {"event": "ONCRMLEADADD", "handler": "http://x/"}, 403, "WRONG_AUTH_TYPE"),
        ("placement.bind", {"PLACEMENT": "LEFT_MENU", "HANDLER": "https://x/"}, 403, "WRONG_AUTH_TYPE"),
        ("bizproc.robot.list", {}, 400, "ACCESS_DENIED"),
        ("app.info", {}, 400, "ACCESS_DENIED"),
        ("im.notify.personal.add", {"USER_ID": ANNA, "MESSAGE": "x", "TAG": "t"}, 403, "ACCESS_DENIED"),
        ("im.notify.personal.add", {"MESSAGE": "x"}, 400, "USER_ID_EMPTY"),
        ("lists.element.get", {"IBLOCK_TYPE_ID": "lists"}, 400, "ERROR_REQUIRED_PARAMETERS_MISSING"),
        ("timeman.status", {"USER_ID": 999}, 400, ""),
        ("crm.lead.frobnicate", {}, 404, "ERROR_METHOD_NOT_FOUND"),
    ],
)
def test_refusals_have_their_documented_status_and_code(
    portal: Portal, hook: str, method: str, params: dict[str, object], status: int, code: str
) -> None:
    assert ask(hook, method, params)[0] == status
    assert ask(hook, method, params)[1]["error"] == code


def test_the_same_in_any_case_and_as_a_form(portal: Portal, hook: str, server: Server) -> None:
    number = portal.lead("Двери")
    for way in (
        f"crm.item.Get?entityTypeId=1&id={number}",
        f"CRM.ITEM.GET.json?{urlencode({'entityTypeId': 1, 'id': number})}",
    ):
        assert result(hook, way)["item"]["title"] == "Двери"


def test_brackets_are_read_as_php_reads_them() -> None:
    text = "filter[@stageId][0]=NEW&filter[>id]=5&a[]=1&a[]=2&cmd[x]=crm.item.get%3Fid%3D1"
    assert php.decode(text) == {
        "filter": {"@stageId": ["NEW"], ">id": "5"},
        "a": ["1", "2"],
        "cmd": {"x": "crm.item.get?id=1"},
    }
    assert php.decode(php.encode({"a": {"b": [1, None, True]}})) == {"a": {"b": ["1", "", "1"]}}


def test_a_batch_refers_to_earlier_results_and_goes_on_after_an_error(portal: Portal, hook: str) -> None:
    number = portal.lead(assignedById=ANNA)
    commands = {
        "lead": f"crm.item.get?entityTypeId=1&id={number}",
        "bad": "crm.item.get?entityTypeId=1&id=777",
        "who": "user.get?" + urlencode({"FILTER[ID]": "$result[lead][item][assignedById]"}),
    }
    answer = result(hook, "batch", {"halt": 0, "cmd": commands})
    assert answer["result"]["who"][0]["NAME"] == "Анна"
    assert answer["result_error"]["bad"]["error"] == "NOT_FOUND"
    halted = result(hook, "batch", {"halt": 1, "cmd": commands})
    assert set(halted["result"]) == {"lead"}
    listed = result(hook, "batch", {"cmd": [commands["lead"], commands["lead"]]})
    assert isinstance(listed["result"], list)
    assert listed["result_error"] == []
    many = result(hook, "batch", {"cmd": {f"k{n}": "server.time" for n in range(52)}})
    assert len(many["result"]) == 50
    assert many["result_error"]["k51"]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"
    nested = result(hook, "batch", {"cmd": {"x": "batch?cmd[a]=server.time"}})
    assert nested["result_error"]["x"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


def test_the_rate_is_a_leaky_bucket(portal: Portal, hook: str) -> None:
    portal.limits.rate = 2
    assert [ask(hook, "server.time")[0] for _ in range(51)] == [200] * 50 + [503]
    portal.clock.forward(2)
    assert [ask(hook, "server.time")[0] for _ in range(5)] == [200] * 4 + [503]


@pytest.mark.parametrize(("accounting", "blocked"), [("inner", True), ("batch", False), ("off", False)])
def test_operating_time_is_counted_by_method(portal: Portal, hook: str, accounting: str, *, blocked: bool) -> None:
    portal.limits.accounting, portal.limits.operating = accounting, 1.0
    commands = {f"k{n}": "crm.item.add?entityTypeId=1&fields[title]=x" for n in range(6)}
    _, body = ask(hook, "batch", {"cmd": commands})
    refused = body["result"]["result_error"]
    assert (bool(refused), len(portal.crm.items[1])) == (blocked, 4 if blocked else 6)
    inner = body["result"]["result_time"]["k0"]
    assert {
        "inner": inner.get("operating") == 0.25,
        "batch": inner.get("operating") == 0,
        "off": "operating" not in inner,
    }[accounting]
    if blocked:
        assert refused["k5"]["error"] == "OPERATION_TIME_LIMIT"
        assert ask(hook, "crm.item.add", {"entityTypeId": 1, "fields": {"title": "x"}})[0] == 429
        portal.clock.forward(600)
        assert ask(hook, "crm.item.add", {"entityTypeId": 1, "fields": {"title": "x"}})[0] == 200


def test_faults_before_and_after_the_write(portal: Portal, hook: str) -> None:
    write = ("crm.item.add", {"entityTypeId": 1, "fields": {"title": "x"}})
    for kind, made in (("drop_before", 0), ("drop_after", 1)):
        portal.faults.plan(kind, "crm.item.add")
        with pytest.raises(BROKEN):
            ask(hook, *write)
        assert len(portal.crm.items[1]) == made
    portal.faults.plan("cut", "batch", after=2)
    with pytest.raises(BROKEN):
        ask(hook, "batch", {"cmd": {f"k{n}": "crm.item.add?entityTypeId=1&fields[title]=x" for n in range(5)}})
    assert len(portal.crm.items[1]) == 3
    for kind, status, code in (
        ("limit", 503, "QUERY_LIMIT_EXCEEDED"),
        ("overload", 503, "OVERLOAD_LIMIT"),
        ("operating", 429, "OPERATION_TIME_LIMIT"),
    ):
        portal.faults.plan(kind)
        assert ask(hook, "server.time") == (status, {"error": code, "error_description": ask_text(kind)})
    assert ask(hook, "server.time")[0] == 200


def ask_text(kind: str) -> str:
    return {
        "limit": "Too many requests",
        "overload": "REST API is blocked due to overload.",
        "operating": "Method is blocked due to operation time limit.",
    }[kind]


def test_an_access_that_is_over(portal: Portal, hook: str) -> None:
    assert ask(hook.replace("/1/", "/2/"), "server.time")[1]["error"] == "INVALID_CREDENTIALS"
    narrow = portal.webhook(1, scopes=["crm"])
    assert ask(narrow, "im.notify.system.add", {"USER_ID": ANNA, "MESSAGE": "x"})[1]["error"] == "insufficient_scope"
    assert result(narrow, "scope") == ["crm"]
    own = portal.webhook(BORIS)
    portal.users[BORIS].crm = "own"
    portal.lead(assignedById=ANNA)
    mine = portal.lead(assignedById=BORIS)
    assert [row["id"] for row in result(own, "crm.item.list", {"entityTypeId": 1})["items"]] == [mine]
    portal.dismiss(BORIS)
    assert ask(own, "server.time")[1]["error"] == "user_access_error"
    portal.plan_rest = False
    assert ask(hook, "server.time")[1]["error"] == "ACCESS_DENIED"
    portal.moved_to = "http://127.0.0.1:1"
    assert portal.webhooks


def test_people_departments_and_absences(portal: Portal, hook: str) -> None:
    status, body = ask(hook, "user.get", {"FILTER": {"UF_DEPARTMENT": 5, "ACTIVE": True}})
    assert status == 200
    assert [(row["ID"], row["TIME_ZONE"]) for row in body["result"]] == [
        (str(HEAD), ""),
        (str(ANNA), "Europe/Moscow"),
        (str(BORIS), "Europe/Samara"),
        ("35", ""),
    ]
    rows = result(hook, "department.get")
    assert rows[1] == {"ID": "5", "NAME": "Отдел продаж", "SORT": 500, "PARENT": "1", "UF_HEAD": str(HEAD)}
    now = portal.clock.now()
    portal.absent(ANNA, now, now + timedelta(hours=3))
    portal.absent(BORIS, now, now + timedelta(hours=1), source="calendar")
    away = result(hook, "im.user.list.get", {"ID": [ANNA, BORIS], "RESULT_TYPE": "array"})
    assert [row["absent"] for row in away] == ["2026-11-23T13:00:00+03:00", False]
    busy = result(hook, "calendar.accessibility.get", {"users": [BORIS], "from": "2026-11-23", "to": "2026-11-24"})
    assert busy[str(BORIS)][0]["DATE_TO_TS_UTC"] == str(int((now + timedelta(hours=1)).timestamp()))


def test_notices_with_a_tag_replace_each_other(portal: Portal, hook: str) -> None:
    for text in ("первый", "второй"):
        result(hook, "im.notify.system.add", {"USER_ID": ANNA, "MESSAGE": text, "TAG": "t", "CLIENT_ID": "ld"})
    assert portal.notices(ANNA) == ["второй"]


def test_a_bots_button_is_fetched_once(portal: Portal, hook: str) -> None:
    fields = {"code": "drum", "botToken": "secret", "properties": {"name": "Барабан"}}
    bot = result(hook, "imbot.v2.Bot.register", {"fields": fields})["bot"]["id"]
    assert result(hook, "imbot.v2.Bot.register", {"fields": fields})["bot"]["id"] == bot
    access = {"botId": bot, "botToken": "secret"}
    result(hook, "imbot.v2.Command.register", access | {"fields": {"command": "take", "hidden": True}})
    keyboard = {"BOT_ID": bot, "BUTTONS": [{"TEXT": "Взять", "COMMAND": "take", "COMMAND_PARAMS": "7:1", "BLOCK": "Y"}]}
    result(
        hook,
        "imbot.v2.Chat.Message.send",
        access | {"dialogId": str(ANNA), "fields": {"message": "Лид", "keyboard": keyboard}},
    )
    (message,) = portal.messages(ANNA)
    assert portal.press(message, "Взять", by=ANNA)
    assert not portal.press(message, "Взять", by=ANNA)  # BLOCK
    found = result(hook, "imbot.v2.Event.get", access)
    (event,) = found["events"]
    assert (event["data"]["command"]["params"], event["data"]["user"]["id"]) == ("7:1", ANNA)
    assert result(hook, "imbot.v2.Event.get", access | {"offset": found["nextOffset"]})["events"] == []
    assert ask(hook, "imbot.v2.Event.get", {"botId": bot})[1]["error"] == "BOT_TOKEN_NOT_SPECIFIED"


def test_a_list_knows_each_code_once(portal: Portal, hook: str) -> None:
    which = {"IBLOCK_TYPE_ID": "lists", "IBLOCK_CODE": "journal"}
    result(hook, "lists.add", which | {"FIELDS": {"NAME": "Журнал"}, "RIGHTS": {"U13": "R", "*": "D"}})
    who = result(hook, "lists.field.add", which | {"FIELDS": {"NAME": "Кто", "TYPE": "S:employee", "CODE": "WHO"}})
    at = result(hook, "lists.field.add", which | {"FIELDS": {"NAME": "Когда", "TYPE": "S:DateTime", "CODE": "AT"}})
    row = {"NAME": "Просрочка", who: str(ANNA), at: "2026-11-23 10:30:00"}
    asked = which | {"ELEMENT_CODE": "ld-1", "FIELDS": row}
    result(hook, "lists.element.add", asked)
    assert ask(hook, "lists.element.add", asked)[1]["error"] == "ERROR_ELEMENT_ALREADY_EXISTS"
    (read,) = result(hook, "lists.element.get", which | {"ELEMENT_CODE": "ld-1"})
    assert list(read[who].values()) == [str(ANNA)]
    assert list(read[at].values()) == ["23.11.2026 10:30:00"]
    result(hook, "lists.element.update", which | {"ELEMENT_CODE": "ld-1", "FIELDS": {"NAME": "Просрочка"}})
    assert portal.journal("journal").by_code("ld-1").values == {}  # type: ignore[union-attr]
    assert (
        ask(portal.webhook(HEAD), "lists.element.add", asked | {"ELEMENT_CODE": "ld-2"})[1]["error"] == "ACCESS_DENIED"
    )


def test_deals_and_processes_have_pipelines(portal: Portal, hook: str) -> None:
    names = {row["id"]: row["name"] for row in result(hook, "crm.category.list", {"entityTypeId": 2})["categories"]}
    assert names == {0: "Общее", 2: "Опт"}
    deal = result(hook, "crm.item.add", {"entityTypeId": 2, "fields": {"categoryId": 2, "title": "Опт"}})["item"]
    assert deal["stageId"] == "C2:NEW"
    (process,) = result(hook, "crm.type.list")["types"]
    assert process["entityTypeId"] == PROCESS
    rows = result(hook, "crm.status.list", {"filter": {"ENTITY_ID": f"DYNAMIC_{PROCESS}_STAGE_{PROCESS * 10}"}})
    assert rows[0]["STATUS_ID"] == f"DT{PROCESS}_{PROCESS * 10}:NEW"
    assert [row["SEMANTICS"] for row in rows] == [None, None, None, "S", "F"]


def test_a_portal_without_leads_makes_deals_of_them(portal: Portal, hook: str) -> None:
    portal.crm.simple = True
    portal.lead("Окна")
    assert result(hook, "crm.settings.mode.get") == 2
    assert ask(hook, "crm.item.list", {"entityTypeId": 1})[1]["error"] == "ACCESS_DENIED"
    assert [row["title"] for row in result(hook, "crm.item.list", {"entityTypeId": 2})["items"]] == ["Окна"]
