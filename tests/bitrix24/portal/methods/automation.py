"""Automation: robots of an application, their answers, and triggers that customers hang their own robots on."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlparse

from tests.bitrix24.portal.access import Caller, Robot
from tests.bitrix24.portal.answers import Refusal, denied
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.kinds import Kind, anything, integer, listed, mapping, text

NO_APP = denied("Application context required")
NO_ADMIN = denied("Access denied!")
TRIGGER_NO_APP = denied("Access denied! Application context required")
TRIGGER_NO_ADMIN = denied("Access denied! Admin permissions required")
CODE = re.compile(r"[a-zA-Z0-9._-]+")
PROPERTY = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
TYPES = {"bool", "date", "datetime", "double", "file", "int", "select", "string", "text", "user"}
FIELDS: dict[str, Kind] = {
    "HANDLER": text,
    "AUTH_USER_ID": integer,
    "USE_SUBSCRIPTION": text,
    "NAME": anything,
    "DESCRIPTION": anything,
    "PROPERTIES": mapping,
    "RETURN_PROPERTIES": mapping,
    "DOCUMENT_TYPE": listed,
    "FILTER": mapping,
    "USE_PLACEMENT": text,
    "PLACEMENT_HANDLER": text,
}


def invalid(what: str) -> Refusal:
    return Refusal(400, "ERROR_ACTIVITY_VALIDATION_FAILURE", what)


@method(
    "bizproc.robot.add",
    "bizproc",
    required={"CODE": text, "HANDLER": text, "NAME": anything},
    optional=FIELDS,
    missing=lambda name: invalid(f"Empty robot {name}!"),
    app=NO_APP,
    admin=NO_ADMIN,
)
def robot_add(caller: Caller, params: Params) -> bool:
    app = caller.app
    assert app is not None
    if not CODE.fullmatch(params["CODE"]):
        raise invalid("Wrong activity code!")
    _handler(app.handler, params["HANDLER"])
    for properties in (params.get("PROPERTIES", {}), params.get("RETURN_PROPERTIES", {})):
        for name, each in properties.items():
            if not PROPERTY.fullmatch(name):
                raise invalid(f"Wrong property key ({name})!")
            if not each.get("Name"):
                raise invalid(f"Empty property NAME ({name})!")
            if each.get("Type") not in TYPES:
                raise invalid(f"Wrong property type ({name})!")
    key = (app.client_id, params["CODE"])
    if key in caller.portal.robots:
        raise Refusal(400, "ERROR_ACTIVITY_ALREADY_INSTALLED", "Activity or Robot already installed!")
    caller.portal.robots[key] = Robot(
        params["CODE"],
        params["HANDLER"],
        app,
        params["NAME"],
        params.get("PROPERTIES", {}),
        params.get("AUTH_USER_ID", 0),
        params.get("USE_SUBSCRIPTION") != "N",
        params.get("DOCUMENT_TYPE", []),
    )
    return True


def _handler(home: str, handler: str) -> None:
    """On the application's own host.

    Raises:
        Refusal: it is not.
    """
    address = urlparse(handler)
    if address.scheme not in ("http", "https"):
        raise Refusal(400, "ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol")
    if address.hostname != urlparse(home).hostname:
        raise Refusal(400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL")


def _robot(caller: Caller, params: Params) -> Robot:
    assert caller.app is not None
    found = caller.portal.robots.get((caller.app.client_id, params["CODE"]))
    if found is None:
        raise Refusal(400, "ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!")
    return found


@method("bizproc.robot.update", "bizproc", required={"CODE": text, "FIELDS": mapping}, app=NO_APP, admin=NO_ADMIN)
def robot_update(caller: Caller, params: Params) -> bool:
    found, fields = _robot(caller, params), params["FIELDS"]
    if "HANDLER" in fields:
        _handler(found.app.handler, fields["HANDLER"])
        found.handler = fields["HANDLER"]
    found.name = fields.get("NAME", found.name)
    found.properties = fields.get("PROPERTIES", found.properties)
    return True


@method("bizproc.robot.delete", "bizproc", required={"CODE": text}, app=NO_APP, admin=NO_ADMIN)
def robot_delete(caller: Caller, params: Params) -> bool:
    found = _robot(caller, params)
    del caller.portal.robots[found.app.client_id, found.code]
    return True


@method("bizproc.robot.list", "bizproc", app=NO_APP, admin=NO_ADMIN)
def robot_list(caller: Caller, params: Params) -> Any:
    return [each.code for each in caller.portal.robots.values() if each.app is caller.app]


@method(
    "bizproc.event.send",
    "bizproc",
    required={"EVENT_TOKEN": text},
    optional={"RETURN_VALUES": mapping, "LOG_MESSAGE": text},
)
def event_send(caller: Caller, params: Params) -> bool:
    waiting = caller.portal.delivery.waiting if caller.portal.delivery else {}
    if params["EVENT_TOKEN"] not in waiting:
        raise denied("Access denied!", 403)
    waiting[params["EVENT_TOKEN"]] = params
    return True


@method("bizproc.activity.log", "bizproc", required={"EVENT_TOKEN": text, "LOG_MESSAGE": text})
def activity_log(caller: Caller, params: Params) -> bool:
    return True


def _trigger(caller: Caller, params: Params) -> tuple[str, str]:
    code = params.get("CODE", "")
    if not code:
        raise Refusal(400, "", "Empty trigger code!")
    if not re.fullmatch(r"[a-z0-9.\-_]+", code):
        raise Refusal(400, "", "Wrong trigger code!")
    assert caller.app is not None
    return caller.app.client_id, code


@method(
    "crm.automation.trigger.add",
    "crm",
    optional={"CODE": text, "NAME": text},
    app=TRIGGER_NO_APP,
    admin=TRIGGER_NO_ADMIN,
)
def trigger_add(caller: Caller, params: Params) -> bool:
    key = _trigger(caller, params)
    if not params.get("NAME"):
        raise Refusal(400, "", "Empty trigger name!")
    caller.portal.triggers[key] = params["NAME"]
    return True


@method("crm.automation.trigger.list", "crm", app=TRIGGER_NO_APP, admin=TRIGGER_NO_ADMIN)
def trigger_list(caller: Caller, params: Params) -> Any:
    assert caller.app is not None
    own = [(code, name) for (app, code), name in caller.portal.triggers.items() if app == caller.app.client_id]
    return [{"NAME": name, "CODE": code} for code, name in own]


@method("crm.automation.trigger.delete", "crm", optional={"CODE": text}, app=TRIGGER_NO_APP, admin=TRIGGER_NO_ADMIN)
def trigger_delete(caller: Caller, params: Params) -> bool:
    caller.portal.triggers.pop(_trigger(caller, params), None)
    return True


@method(
    "crm.automation.trigger.execute",
    "crm",
    optional={"CODE": text, "OWNER_TYPE_ID": integer, "OWNER_ID": integer},
    app=TRIGGER_NO_APP,
    admin=TRIGGER_NO_ADMIN,
)
def trigger_execute(caller: Caller, params: Params) -> bool:
    key = _trigger(caller, params)
    if key not in caller.portal.triggers:
        raise Refusal(400, "", f"Trigger with code {key[1]} is not registered.")
    if params.get("OWNER_TYPE_ID") not in caller.portal.crm.types:
        raise Refusal(400, "", "Incorrect parameter OWNER_TYPE_ID.")
    if params.get("OWNER_ID", 0) <= 0:
        raise Refusal(400, "", "Incorrect parameter OWNER_ID.")
    caller.portal.fired.append((key[1], params["OWNER_TYPE_ID"], params["OWNER_ID"]))
    return True
