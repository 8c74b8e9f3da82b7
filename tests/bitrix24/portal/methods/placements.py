"""Placements (`placement.*`): our pages inside the portal's."""

from __future__ import annotations

import re
from typing import Any

from tests.bitrix24.portal.access import Caller, Placement
from tests.bitrix24.portal.answers import Refusal
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.kinds import anything, integer, mapping, text

NO_APP = Refusal(
    403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method Application context required"
)
NO_ADMIN = Refusal(403, "ACCESS_DENIED", "Access denied!")
CODES = re.compile(
    r"LEFT_MENU|CRM_ANALYTICS_MENU|BI_ANALYTICS_MENU|PAGE_BACKGROUND_WORKER|REST_APP_URI|"
    r"CRM_(LEAD|DEAL|DYNAMIC_\d+)_(DETAIL_TAB|LIST_TOOLBAR|LIST_MENU|DETAIL_TOOLBAR|DETAIL_ACTIVITY)"
)


def known(caller: Caller, code: str) -> bool:
    dynamic = re.search(r"DYNAMIC_(\d+)", code)
    return bool(CODES.fullmatch(code)) and (dynamic is None or int(dynamic.group(1)) in caller.portal.crm.types)


@method(
    "placement.bind",
    "placement",
    required={"PLACEMENT": text, "HANDLER": text},
    optional={
        "TITLE": text,
        "DESCRIPTION": text,
        "GROUP_NAME": text,
        "LANG_ALL": mapping,
        "OPTIONS": mapping,
        "USER_ID": integer,
    },
    missing=lambda name: Refusal(400, "ERROR_ARGUMENT", f"Argument '{name}' is null or empty"),
    app=NO_APP,
    admin=NO_ADMIN,
)
def bind(caller: Caller, params: Params) -> bool:
    code = params["PLACEMENT"].upper()
    if not known(caller, code):
        raise Refusal(400, "ERROR_PLACEMENT_NOT_FOUND", "Placement not found")
    if "USER_ID" in params and code != "PAGE_BACKGROUND_WORKER":
        raise Refusal(200, "ERROR_PLACEMENT_USER_MODE", "User mode is not available")
    portal = caller.portal
    assert caller.app is not None
    if any((each.app, each.code, each.handler) == (caller.app, code, params["HANDLER"]) for each in portal.placements):
        raise Refusal(400, "ERROR_CORE", "Unable to set placement handler: Handler already binded")
    languages = params.get("LANG_ALL", {})
    title = params.get("TITLE") or next((each.get("TITLE", "") for each in languages.values()), caller.app.name)
    portal.placements.append(
        Placement(code, params["HANDLER"], caller.app, title, languages, params.get("OPTIONS", {}))
    )
    return True


@method(
    "placement.unbind",
    "placement",
    required={"PLACEMENT": text},
    optional={"HANDLER": text, "USER_ID": integer},
    missing=lambda name: Refusal(400, "ERROR_ARGUMENT", f"Argument '{name}' is null or empty"),
    app=NO_APP,
    admin=NO_ADMIN,
)
def unbind(caller: Caller, params: Params) -> Any:
    """Counts each twice: once as found, once as removed, as documented."""
    code = params["PLACEMENT"].upper()
    gone = [
        each
        for each in caller.portal.placements
        if each.app is caller.app and each.code == code and params.get("HANDLER", each.handler) == each.handler
    ]
    caller.portal.placements = [each for each in caller.portal.placements if each not in gone]
    return {"count": 2 * len(gone)}


@method("placement.get", "placement", app=NO_APP)
def get(caller: Caller, params: Params) -> Any:
    return [
        {
            "placement": each.code,
            "userId": 0,
            "handler": each.handler,
            "options": each.options or [],
            "title": each.title,
            "description": "",
            "langAll": each.languages or [],
        }
        for each in caller.portal.placements
        if each.app is caller.app
    ]


@method("placement.list", "placement", optional={"SCOPE": anything}, app=NO_APP)
def codes(caller: Caller, params: Params) -> Any:
    kinds = ["LEAD", "DEAL", *[f"DYNAMIC_{number}" for number in caller.portal.crm.types if number >= 128]]
    return ["LEFT_MENU", "CRM_ANALYTICS_MENU", *[f"CRM_{kind}_DETAIL_TAB" for kind in kinds]]
