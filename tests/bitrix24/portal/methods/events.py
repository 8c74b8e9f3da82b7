"""Subscriptions (`event.*`) and the queue of offline events."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from tests.bitrix24.portal import filters
from tests.bitrix24.portal.access import Binding, Caller
from tests.bitrix24.portal.answers import Refusal
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.fields import Field
from tests.bitrix24.portal.kinds import anything, integer, listed, mapping, text

CRM = [f"ONCRM{kind}{what}" for kind in ("LEAD", "DEAL", "DYNAMICITEM") for what in ("ADD", "UPDATE", "DELETE")]
KNOWN = {
    *CRM,
    "ONCRMDEALMOVETOCATEGORY",
    "ONAPPINSTALL",
    "ONAPPUNINSTALL",
    "ONAPPUPDATE",
    "ONAPPTEST",
    "ONOFFLINEEVENT",
    "ONUSERADD",
}
NO_APP = Refusal(403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method")
QUEUE_PAGE = 50
RESERVED = timedelta(days=30)
FILTERED = {name: Field("string") for name in ("ID", "TIMESTAMP_X", "EVENT_NAME", "MESSAGE_ID")}


def known(caller: Caller, event: str) -> bool:
    """Smart processes have events of their own, by their numbers."""
    for what in ("ADD", "UPDATE", "DELETE"):
        head, _, number = event.partition(f"ONCRMDYNAMICITEM{what}_")
        if not head and number.isdigit():
            return int(number) in caller.portal.crm.types
    return event in KNOWN


@method("events", optional={"SCOPE": text, "FULL": anything}, app=NO_APP)
def events(caller: Caller, params: Params) -> Any:
    processes = [number for number in caller.portal.crm.types if number >= 128]
    return sorted(KNOWN | {f"ONCRMDYNAMICITEM{w}_{n}" for n in processes for w in ("ADD", "UPDATE", "DELETE")})


@method(
    "event.bind",
    required={"event": text},
    optional={
        "handler": text,
        "auth_type": integer,
        "event_type": text,
        "auth_connector": text,
        "options": mapping,
    },
    app=NO_APP,
)
def bind(caller: Caller, params: Params) -> bool:
    event, offline = params["event"].upper(), params.get("event_type", "online") == "offline"
    if not known(caller, event):
        raise Refusal(400, "ERROR_EVENT_NOT_FOUND", "Event not found")
    if offline and not caller.admin:
        raise Refusal(
            403, "ACCESS_DENIED", "Access denied! Offline events binding requires administrator access rights"
        )
    auth = params.get("auth_type", 0)
    if auth and auth != caller.user.id and not caller.admin:
        raise Refusal(
            403, "ACCESS_DENIED", "Access denied! Event binding with AUTH_TYPE requires administrator access rights"
        )
    if not offline and not params.get("handler"):
        raise Refusal(400, "100", "Could not find value for parameter {handler}")
    connector = params.get("auth_connector", "") if caller.portal.features["rest_auth_connector"] == "Y" else ""
    made = Binding(0, event, params.get("handler", ""), caller.app, auth, offline, connector)
    if any(_same(each, made) for each in caller.portal.bindings):
        raise Refusal(400, "ERROR_CORE", "Unable to set event handler: Handler already binded")
    made.id = caller.portal.number("binding", 700)
    caller.portal.bindings.append(made)
    return True


def _same(one: Binding, other: Binding) -> bool:
    return (one.event, one.handler, one.app, one.offline, one.auth, one.connector) == (
        (other.event, other.handler, other.app, other.offline, other.auth, other.connector)
    )


@method(
    "event.unbind",
    required={"event": text},
    optional={"handler": text, "auth_type": integer, "event_type": text, "auth_connector": text},
    app=NO_APP,
)
def unbind(caller: Caller, params: Params) -> Any:
    offline = params.get("event_type", "online") == "offline"
    gone = [
        each
        for each in caller.portal.bindings
        if each.app is caller.app
        and each.event == params["event"].upper()
        and each.offline is offline
        and (offline or each.handler == params.get("handler"))
        and params.get("auth_type", each.auth) == each.auth
    ]
    caller.portal.bindings = [each for each in caller.portal.bindings if each not in gone]
    return {"count": len(gone)}


@method("event.get", app=NO_APP)
def get(caller: Caller, params: Params) -> Any:
    return [
        {"event": each.event, "handler": each.handler, "auth_type": str(each.auth), "offline": int(each.offline)}
        | ({"connector_id": each.connector} if each.offline else {})
        for each in caller.portal.bindings
        if each.app is caller.app and (caller.admin or each.auth == caller.user.id)
    ]


@method("event.test", optional={"any": anything}, app=NO_APP)
def test(caller: Caller, params: Params) -> int:
    if caller.portal.delivery is not None and caller.app is not None:
        caller.portal.delivery.event("ONAPPTEST", {"QUERY": params}, caller.user.id, only=caller.app)
    return 1


def _admin(caller: Caller) -> None:
    if not caller.admin:
        raise Refusal(403, "ACCESS_DENIED", "Access denied!")


@method(
    "event.offline.get",
    optional={
        "filter": mapping,
        "order": mapping,
        "limit": integer,
        "clear": integer,
        "process_id": text,
        "auth_connector": text,
        "error": integer,
    },
    app=NO_APP,
)
def offline_get(caller: Caller, params: Params) -> Any:
    """With `clear=1` they are gone; with 0 they are reserved for a process until it clears them."""
    _admin(caller)
    clear = params.get("clear", 1) != 0
    if not clear and caller.portal.features["rest_offline_extended"] != "Y":
        raise Refusal(403, "ACCESS_DENIED", "Extended mode of offline events is not available on your plan")
    rows = _queue(caller, params.get("auth_connector", ""))
    process = params.get("process_id", "")
    if process:
        found = [row for row in rows if row["process"] == process and row["error"] == bool(params.get("error"))]
    else:
        found = [row for row in rows if not row["process"]]
    found = _sorted(caller, found, params, {"TIMESTAMP_X": "ASC"})[: params.get("limit", QUEUE_PAGE)]
    if clear:
        _drop(caller, found)
    elif not process:
        process = secrets.token_hex(16)
        for row in found:
            row["process"], row["reserved"] = process, caller.portal.clock.now()
    return {"process_id": process or None, "events": [_shown(caller, row) for row in found]}


def _queue(caller: Caller, connector: str) -> list[dict[str, Any]]:
    """Of this source alone; what was reserved a month ago is gone."""
    delivery, over = caller.portal.delivery, caller.portal.clock.now() - RESERVED
    rows = delivery.offline if delivery else []
    rows = [row for row in rows if not row["process"] or row["reserved"] > over]
    return [row for row in rows if row["app"] is caller.app and row["connector"] == connector]


def _sorted(caller: Caller, rows: list[dict[str, Any]], params: Params, usual: dict[str, str]) -> list[dict[str, Any]]:
    """By the filter and the order of the call, over the fields that may stand in them."""
    shown = {id(row): _shown(caller, row) for row in rows}
    test = filters.compiled(params.get("filter", {}), FILTERED, caller.portal.zone)
    found = [row for row in rows if test(shown[id(row)])]
    for name, way in reversed((params.get("order") or usual).items()):
        if name not in FILTERED:
            raise Refusal(400, "INVALID_ARG_VALUE", f"Invalid order: field '{name}'")
        key = (lambda row: int(row["id"])) if name == "ID" else (lambda row, name=name: shown[id(row)][name])
        found.sort(key=key, reverse=str(way).upper() == "DESC")
    return found


def _drop(caller: Caller, found: list[dict[str, Any]]) -> None:
    delivery = caller.portal.delivery
    if delivery is not None:
        gone = {id(row) for row in found}
        delivery.offline = [row for row in delivery.offline if id(row) not in gone]


def _shown(caller: Caller, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "ID": str(row["id"]),
        "TIMESTAMP_X": row["at"].astimezone(caller.portal.zone).isoformat(timespec="seconds"),
        "EVENT_NAME": row["event"],
        "EVENT_DATA": row["data"],
        "EVENT_ADDITIONAL": False,
        "MESSAGE_ID": row["message"],
    }


@method(
    "event.offline.list",
    optional={"filter": mapping, "order": mapping, "start": integer, "auth_connector": text},
    app=NO_APP,
)
def offline_list(caller: Caller, params: Params) -> Any:
    _admin(caller)
    rows = _sorted(caller, _queue(caller, params.get("auth_connector", "")), params, {"ID": "ASC"})
    start = params.get("start", 0)
    return [
        _shown(caller, row) | {"PROCESS_ID": row["process"], "ERROR": str(int(row["error"]))}
        for row in rows[start : start + QUEUE_PAGE]
    ]


@method("event.offline.clear", required={"process_id": text}, optional={"id": listed, "message_id": listed}, app=NO_APP)
def offline_clear(caller: Caller, params: Params) -> bool:
    _admin(caller)
    _drop(caller, _reserved(caller, params))
    return True


@method("event.offline.error", required={"process_id": text, "message_id": listed}, app=NO_APP)
def offline_error(caller: Caller, params: Params) -> bool:
    _admin(caller)
    for row in _reserved(caller, params):
        row["error"] = True
    return True


def _reserved(caller: Caller, params: Params) -> list[dict[str, Any]]:
    delivery = caller.portal.delivery
    rows = [row for row in (delivery.offline if delivery else []) if row["process"] == params["process_id"]]
    if "id" in params:  # then `message_id` does not count
        return [row for row in rows if str(row["id"]) in {str(each) for each in params["id"]}]
    if "message_id" in params:
        return [row for row in rows if row["message"] in params["message_id"]]
    return rows
