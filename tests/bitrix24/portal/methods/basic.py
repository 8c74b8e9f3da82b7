"""System methods: everybody may call them."""

from __future__ import annotations

from typing import Any

from tests.bitrix24.portal.access import ALL_SCOPES, Caller
from tests.bitrix24.portal.answers import Refusal, denied
from tests.bitrix24.portal.calls import METHODS, Params, method
from tests.bitrix24.portal.kinds import anything, text


@method("server.time")
def server_time(caller: Caller, params: Params) -> str:
    return caller.portal.now().isoformat(timespec="seconds")


@method("scope", optional={"full": anything})
def scope(caller: Caller, params: Params) -> Any:
    return sorted(ALL_SCOPES if str(params.get("full", "")).lower() in ("true", "1", "y") else caller.scopes)


@method("methods", optional={"scope": text, "full": anything})
def methods(caller: Caller, params: Params) -> Any:
    missing = caller.portal.missing
    wanted = params.get("scope")
    return sorted(
        each.name
        for each in METHODS.values()
        if each.name not in missing
        and (wanted in each.scopes if wanted else not each.scopes or bool(caller.scopes & set(each.scopes)))
    )


@method("method.get", optional={"name": text})
def method_get(caller: Caller, params: Params) -> Any:
    name = params.get("name", "").lower()
    found = None if name in caller.portal.missing else METHODS.get(name)
    available = found is not None and (not found.scopes or bool(caller.scopes & set(found.scopes)))
    return {"isExisting": found is not None, "isAvailable": available}


@method("feature.get", required={"CODE": text})
def feature(caller: Caller, params: Params) -> Any:
    return {"value": caller.portal.features.get(params["CODE"], "N")}


@method("app.info", app=denied("Application context required"))
def app_info(caller: Caller, params: Params) -> Any:
    app = caller.app
    assert app is not None
    return {
        "ID": 7,
        "CODE": app.client_id,
        "SCOPE": sorted(app.scopes),
        "VERSION": app.version,
        "STATUS": "L",
        "INSTALLED": app.installed,
        "PAYMENT_EXPIRED": "N",
        "DAYS": None,
        "LANGUAGE_ID": "ru",
        "LICENSE": "ru_basic",
        "LICENSE_TYPE": "basic",
        "LICENSE_FAMILY": "basic",
    }


@method("access.name", optional={"ACCESS": anything})
def access_name(caller: Caller, params: Params) -> Any:
    raise Refusal(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")


def _option(kind: str) -> None:
    store: dict[int, dict[str, Any]] = {}

    @method(f"{kind}.option.get", optional={"option": text})
    def get(caller: Caller, params: Params) -> Any:
        held = store.get(id(caller.portal), {})
        return held.get(params["option"]) if "option" in params else held

    @method(f"{kind}.option.set", required={"options": anything})
    def put(caller: Caller, params: Params) -> bool:
        store.setdefault(id(caller.portal), {}).update(params["options"])
        return True


_option("app")
