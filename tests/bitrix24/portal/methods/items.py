"""`crm.item.*`: leads, deals and smart processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.bitrix24.portal import filters
from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, Result, denied
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.crm import Item, Type
from tests.bitrix24.portal.fields import LEAD, Field, known, upper
from tests.bitrix24.portal.kinds import Kind, anything, flag, integer, listed, mapping

ENTITY: dict[str, Kind] = {"entityTypeId": integer}
RAW: dict[str, Kind] = {"useOriginalUfNames": flag}


def type_of(caller: Caller, entity: int) -> Type:
    if not caller.user.intranet:
        raise Refusal(403, "allowed_only_intranet_user", "Action is allowed only for intranet users")
    if entity == 5:  # invoices of old
        raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    found = caller.portal.crm.types.get(entity)
    if found is None:
        raise Refusal(400, "NOT_FOUND", "Smart process not found")
    if caller.user.crm == "none" or (entity == LEAD and caller.portal.crm.simple):
        raise denied()
    return found


def visible(caller: Caller, item: Item) -> bool:
    return caller.user.crm == "all" or item["assignedById"] == caller.user.id


def item_of(caller: Caller, kind: Type, number: int) -> Item:
    found = caller.portal.crm.items[kind.id].get(number)
    if found is None:
        raise Refusal(400, "NOT_FOUND", "Item not found")
    if not visible(caller, found):
        raise denied()
    return found


def shown(caller: Caller, kind: Type, item: Item, select: list[str] | None = None) -> dict[str, Any]:
    """An item as JSON: instants in the portal's zone. Multifields only come when everything is asked for."""
    if not select or "*" in select:
        return {name: _out(caller, field, item.get(name)) for name, field in kind.fields.items()} | {
            "entityTypeId": kind.id
        }
    chosen = {known(name, kind.fields) for name in select}
    names = ["id", *[name for name in kind.fields if name in chosen and name not in ("id", "fm")]]
    return {name: _out(caller, kind.fields[name], item.get(name)) for name in names}


def _out(caller: Caller, field: Field, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(caller.portal.zone).isoformat(timespec="seconds")
    return list(value) if isinstance(value, list) else value


@method(
    "crm.item.list",
    "crm",
    required=ENTITY,
    optional={"select": listed, "filter": mapping, "order": mapping, "start": integer} | RAW,
)
def item_list(caller: Caller, params: Params) -> Result:
    kind = type_of(caller, params["entityTypeId"])
    test = filters.compiled(params.get("filter", {}), kind.fields, caller.portal.zone)
    near = caller.portal.crm.candidates(kind.id, params.get("filter", {}))
    rows = (item for item in near if test(item) and visible(caller, item))
    found = filters.ordered(rows, params.get("order", {"id": "ASC"}), kind.fields)
    page, total, following = filters.page(found, params.get("start"))
    select = params.get("select", ["*"]) or None
    items = [shown(caller, kind, item, select) for item in page]
    return Result({"items": items}, total=total, next=following)


@method("crm.item.get", "crm", required=ENTITY | {"id": integer}, optional=RAW)
def item_get(caller: Caller, params: Params) -> Any:
    kind = type_of(caller, params["entityTypeId"])
    return {"item": shown(caller, kind, item_of(caller, kind, params["id"]))}


@method("crm.item.add", "crm", required=ENTITY | {"fields": mapping}, optional=RAW)
def item_add(caller: Caller, params: Params) -> Any:
    kind = type_of(caller, params["entityTypeId"])
    values = _values(caller, kind, params["fields"], None)
    item = caller.portal.crm.add(kind.id, values, caller.user.id)
    return {"item": shown(caller, kind, item)}


@method("crm.item.update", "crm", required=ENTITY | {"id": integer, "fields": mapping}, optional=RAW)
def item_update(caller: Caller, params: Params) -> Any:
    kind = type_of(caller, params["entityTypeId"])
    item = item_of(caller, kind, params["id"])
    values = _values(caller, kind, params["fields"], item)
    stage = str(values.get("stageId", item["stageId"]))
    if stage != item["stageId"]:
        for name in kind.required.get(stage, []):
            if not values.get(name, item.get(name)):
                raise Refusal(400, "CRM_FIELD_ERROR_REQUIRED", f'Не заполнено обязательное поле "{name}"')
    caller.portal.crm.change(kind.id, item["id"], values, caller.user.id)
    return {"item": shown(caller, kind, item)}


@method("crm.item.delete", "crm", required=ENTITY | {"id": integer})
def item_delete(caller: Caller, params: Params) -> Any:
    kind = type_of(caller, params["entityTypeId"])
    caller.portal.crm.delete(kind.id, item_of(caller, kind, params["id"])["id"], caller.user.id)
    return []


@method("crm.item.fields", "crm", required=ENTITY, optional=RAW)
def item_fields(caller: Caller, params: Params) -> Any:
    kind = type_of(caller, params["entityTypeId"])
    return {
        "fields": {
            name: {
                "type": field.kind,
                "isRequired": False,
                "isReadOnly": field.read_only,
                "isImmutable": False,
                "isMultiple": field.multiple,
                "isDynamic": name in kind.custom,
                "title": field.title or name,
                "upperName": upper(name),
            }
            for name, field in kind.fields.items()
        }
    }


def _values(caller: Caller, kind: Type, given: dict[str, Any], item: Item | None) -> dict[str, Any]:
    """What is to be written. A portal ignores unknown and read-only fields in silence; here they are complaints too."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        field = kind.fields.get(name)
        if field is None or field.read_only:
            caller.portal.complaints.append(f"crm.item: {'unknown' if field is None else 'read-only'} field: {name}")
            continue
        values[name] = _read(caller, kind, name, field, value)
    if "categoryId" in values and values["categoryId"] not in kind.pipelines:
        raise _invalid("categoryId")
    if "stageId" in values and kind.stage(values["stageId"]) is None:
        raise _invalid("stageId")
    moves = item is not None and values.get("categoryId", item.get("categoryId")) != item.get("categoryId")
    if moves and "stageId" not in values:
        values["stageId"] = kind.pipelines[values["categoryId"]].stages[0].id
    return values


def _read(caller: Caller, kind: Type, name: str, field: Field, value: Any) -> Any:
    if field.multiple and not isinstance(value, list | dict):
        problem = f"Expected iterable value for multiple field, but got {type(value).__name__} instead"
        raise Refusal(400, "100", problem)
    if field.kind == "crm_multifield":
        return _multifields(value)
    try:
        if field.multiple:
            return [_one(caller, field, each) for each in (value.values() if isinstance(value, dict) else value)]
        return _one(caller, field, value)
    except (ValueError, TypeError):
        raise _invalid(name) from None


def _one(caller: Caller, field: Field, value: Any) -> Any:
    if field.kind == "user":
        number = integer(value)
        if not caller.portal.crm.is_person(number):
            raise ValueError(number)
        return number
    if field.kind in ("integer", "crm_category", "crm_company", "crm_contact", "crm_lead"):
        return integer(value)
    if field.kind == "double":
        return float(value)
    if field.kind == "boolean":
        return "Y" if flag(value) else "N"
    if isinstance(value, list | dict):
        raise TypeError(value)
    return anything(value)


def _multifields(value: Any) -> list[dict[str, Any]]:
    rows = value.values() if isinstance(value, dict) else value
    return [
        {"id": number} | {key: row.get(key, "") for key in ("typeId", "valueType", "value")}
        for number, row in enumerate(rows, 1)
    ]


def _invalid(name: str) -> Refusal:
    return Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{name}"')
