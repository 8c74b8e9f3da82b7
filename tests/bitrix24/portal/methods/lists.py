"""Universal lists (`lists.*`)."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

from tests.bitrix24.portal import filters
from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, Result, denied
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.kinds import Kind, integer, listed, mapping, text
from tests.bitrix24.portal.lists import Element, ListField, UniversalList

KINDS = ("lists", "bitrix_processes", "lists_socnet")
TYPES = {
    "S",
    "N",
    "L",
    "F",
    "G",
    "E",
    "S:Date",
    "S:DateTime",
    "S:HTML",
    "E:EList",
    "N:Sequence",
    "S:ECrm",
    "S:Money",
    "S:DiskFile",
    "S:employee",
}
SYSTEM = {
    "SORT",
    "ACTIVE_FROM",
    "ACTIVE_TO",
    "PREVIEW_PICTURE",
    "PREVIEW_TEXT",
    "DETAIL_PICTURE",
    "DETAIL_TEXT",
    "DATE_CREATE",
    "CREATED_BY",
    "TIMESTAMP_X",
    "MODIFIED_BY",
}
STRENGTH = {level: strength for strength, level in enumerate("DRESTUWX")}
WHICH: dict[str, Kind] = {"IBLOCK_TYPE_ID": text}
ONE: dict[str, Kind] = {"IBLOCK_ID": integer, "IBLOCK_CODE": text, "SOCNET_GROUP_ID": integer}
ROW: dict[str, Kind] = {"ELEMENT_ID": integer, "ELEMENT_CODE": text}


def lost(name: str) -> Refusal:
    return Refusal(400, "ERROR_REQUIRED_PARAMETERS_MISSING", f"Required parameter `{name}` is missing")


def _list(caller: Caller, params: Params, level: str) -> UniversalList:
    """The list named, if the caller may do so much with it.

    Raises:
        Refusal: there is none, or he may not.
    """
    if params["IBLOCK_TYPE_ID"] not in KINDS:
        raise denied()
    if "IBLOCK_ID" not in params and "IBLOCK_CODE" not in params:
        raise lost("IBLOCK_CODE")
    found = next((each for each in caller.portal.lists.values() if _is(each, params)), None)
    if found is None:
        raise Refusal(400, "ERROR_IBLOCK_NOT_FOUND", "Iblock not found")
    if STRENGTH[_level(caller, found)] < STRENGTH[level]:
        raise denied()
    return found


def _is(each: UniversalList, params: Params) -> bool:
    return bool(params.get("IBLOCK_ID", each.id) == each.id and params.get("IBLOCK_CODE", each.code) == each.code)


def _level(caller: Caller, found: UniversalList) -> str:
    if caller.admin:
        return "X"
    subjects = {f"U{caller.user.id}", "*"} | {f"D{number}" for number in caller.user.departments}
    subjects |= {f"DR{number}" for number in _above(caller)}
    return max(
        (found.rights[subject] for subject in subjects & set(found.rights)), key=STRENGTH.__getitem__, default="D"
    )


def _above(caller: Caller) -> set[int]:
    found: set[int] = set()
    waiting = list(caller.user.departments)
    while waiting:
        number = waiting.pop()
        if number not in found and number in caller.portal.departments:
            found.add(number)
            waiting.append(caller.portal.departments[number].parent)
    return found


@method(
    "lists.add",
    "lists",
    required=WHICH | {"IBLOCK_CODE": text, "FIELDS": mapping},
    optional={"SOCNET_GROUP_ID": integer, "MESSAGES": mapping, "RIGHTS": mapping},
    missing=lost,
    admin=denied(),
)
def add(caller: Caller, params: Params) -> int:
    if not params["FIELDS"].get("NAME"):
        raise lost("NAME")
    if any(each.code == params["IBLOCK_CODE"] for each in caller.portal.lists.values()):
        raise Refusal(400, "ERROR_IBLOCK_ALREADY_EXISTS", "Iblock already exists")
    rights = {str(subject): str(level) for subject, level in params.get("RIGHTS", {}).items()}
    for level in rights.values():
        if level not in STRENGTH:
            raise Refusal(400, "ERROR_ADD_IBLOCK", f"Unknown access level {level}")
    found = UniversalList(
        caller.portal.number("list", 109),
        params["IBLOCK_CODE"],
        str(params["FIELDS"]["NAME"]),
        params["IBLOCK_TYPE_ID"],
        str(params["FIELDS"].get("DESCRIPTION", "")),
        rights=rights or {f"U{caller.user.id}": "X"},
    )
    found.fields["NAME"] = ListField("NAME", "Название", "NAME", "NAME", required=True)
    caller.portal.lists[found.id] = found
    return found.id


@method("lists.get", "lists", required=WHICH, optional=ONE | {"IBLOCK_ORDER": mapping, "start": integer}, missing=lost)
def get(caller: Caller, params: Params) -> Result:
    found = [
        {
            "ID": str(each.id),
            "IBLOCK_TYPE_ID": each.kind,
            "CODE": each.code,
            "NAME": each.name,
            "DESCRIPTION": each.description,
            "SORT": str(each.sort),
            "ACTIVE": "Y",
            "BIZPROC": "N",
        }
        for each in caller.portal.lists.values()
        if each.kind == params["IBLOCK_TYPE_ID"] and _is(each, params) and _level(caller, each) != "D"
    ]
    page, total, following = filters.page(found, params.get("start"))
    return Result(page, total=total, next=following)


@method("lists.delete", "lists", required=WHICH, optional=ONE, missing=lost)
def delete(caller: Caller, params: Params) -> bool:
    del caller.portal.lists[_list(caller, params, "X").id]
    return True


@method("lists.field.add", "lists", required=WHICH | {"FIELDS": mapping}, optional=ONE, missing=lost)
def field_add(caller: Caller, params: Params) -> str:
    found, fields = _list(caller, params, "X"), params["FIELDS"]
    for name in ("NAME", "TYPE"):
        if not fields.get(name):
            raise lost(name)
    kind = str(fields["TYPE"])
    if kind in SYSTEM:
        found.fields[kind] = ListField(kind, str(fields["NAME"]), kind, kind)
        return kind
    if kind not in TYPES:
        raise Refusal(400, "ERROR_SAVE_FIELD", f"Unknown field type {kind}")
    code = str(fields.get("CODE") or "")
    if not code:
        raise lost("CODE")
    if found.field_by_code(code) is not None:
        raise Refusal(400, "ERROR_SAVE_FIELD", "Property already exists")
    column = ListField(
        f"PROPERTY_{caller.portal.number('property', 1151)}",
        str(fields["NAME"]),
        kind,
        code,
        int(fields.get("SORT", 10)),
        fields.get("IS_REQUIRED") == "Y",
        fields.get("MULTIPLE") == "Y",
        settings=fields.get("USER_TYPE_SETTINGS") or {},
    )
    if kind == "L":
        texts = [str(each["VALUE"]) for each in listed(fields.get("LIST", []))]
        texts += str(fields.get("LIST_TEXT_VALUES") or "").split("\n")
        column.options = {str(caller.portal.number("option", 1669)): word for word in texts if word}
    found.fields[column.id] = column
    return column.id


@method("lists.field.get", "lists", required=WHICH, optional=ONE | {"FIELD_ID": text}, missing=lost)
def field_get(caller: Caller, params: Params) -> Any:
    """All by their `FIELD_ID`; one alone by its type, as the documentation shows it."""
    found = _list(caller, params, "R")
    if "FIELD_ID" not in params:
        return {column.id: _column(column) for column in found.fields.values()}
    one = found.fields.get(params["FIELD_ID"])
    return {one.kind: _column(one)} if one else []


def _column(column: ListField) -> dict[str, Any]:
    told: dict[str, Any] = {
        "FIELD_ID": column.id,
        "SORT": str(column.sort),
        "NAME": column.name,
        "IS_REQUIRED": "Y" if column.required else "N",
        "MULTIPLE": "Y" if column.multiple else "N",
        "DEFAULT_VALUE": None,
        "TYPE": column.kind,
    }
    if column.id.startswith("PROPERTY_"):
        base, _, own = column.kind.partition(":")
        told |= {"PROPERTY_TYPE": base, "PROPERTY_USER_TYPE": {"USER_TYPE": own} if own else False}
        told |= {"CODE": column.code, "ID": column.id.removeprefix("PROPERTY_"), "LINK_IBLOCK_ID": None}
        told |= {"USER_TYPE_SETTINGS": column.settings or None}
    if column.options:
        told["DISPLAY_VALUES_FORM"] = dict(column.options)
    return told


@method(
    "lists.element.add",
    "lists",
    required=WHICH | {"ELEMENT_CODE": text, "FIELDS": mapping},
    optional=ONE | {"IBLOCK_SECTION_ID": integer, "LIST_ELEMENT_URL": text},
    missing=lost,
)
def element_add(caller: Caller, params: Params) -> int:
    found = _list(caller, params, "E")
    if found.by_code(params["ELEMENT_CODE"]) is not None:
        raise Refusal(400, "ERROR_ELEMENT_ALREADY_EXISTS", "Element already exists")
    name, values = _row(caller, found, params["FIELDS"])
    now = caller.portal.clock.now()
    element = Element(caller.portal.number("element", 6999), params["ELEMENT_CODE"], name, caller.user.id, now, values)
    found.elements[element.id] = element
    return element.id


def _row(caller: Caller, found: UniversalList, fields: dict[str, Any]) -> tuple[str, dict[str, list[tuple[str, Any]]]]:
    if not fields.get("NAME"):
        raise Refusal(400, "ERROR_ADD_ELEMENT", "Не заполнено поле «Название»")
    values: dict[str, list[tuple[str, Any]]] = {}
    for name, value in fields.items():
        column = found.fields.get(name)
        if column is None:
            caller.portal.complaints.append(f"lists.element: no such field: {name}")
            continue
        if name == "NAME":
            continue
        many = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
        if len(many) > 1 and not column.multiple:
            raise Refusal(400, "ERROR_ELEMENT_FIELD_VALUE", f"Field {name} is not multiple")
        stored = [_value(caller, column, each) for each in many if each not in (None, "")]
        values[name] = [(str(caller.portal.number("value", 3743)), each) for each in stored]
    for column in found.fields.values():
        if column.required and column.id != "NAME" and not values.get(column.id):
            raise Refusal(400, "ERROR_ADD_ELEMENT", f"Не заполнено поле «{column.name}»")
    return str(fields["NAME"]), values


def _value(caller: Caller, column: ListField, value: Any) -> Any:
    """A value as it is kept; a date in a format that the portal does not know is an error."""
    try:
        if column.kind == "N":
            return float(value) if "." in str(value) else int(value)
        if column.kind == "L":
            if str(value) not in column.options:
                raise ValueError(value)
            return str(value)
        if column.kind == "S:employee":
            if int(value) not in caller.portal.users:
                raise ValueError(value)
            return str(value)
        if column.kind == "S:DateTime":
            return datetime.fromisoformat(str(value))
    except (ValueError, TypeError):
        raise Refusal(400, "ERROR_ELEMENT_FIELD_VALUE", f"Wrong value of the field {column.code}") from None
    if isinstance(value, list | dict):
        raise Refusal(400, "ERROR_ELEMENT_FIELD_VALUE", f"Wrong value of the field {column.code}")
    return str(value)


@method(
    "lists.element.get",
    "lists",
    required=WHICH,
    optional=ONE | ROW | {"SELECT": listed, "FILTER": mapping, "ELEMENT_ORDER": mapping, "start": integer},
    missing=lost,
)
def element_get(caller: Caller, params: Params) -> Result:
    found = _list(caller, params, "R")
    rows = [_element(caller, each) for each in found.elements.values() if _chosen(each, params)]
    rows = [row for row in rows if all(_fits(row, key, value) for key, value in params.get("FILTER", {}).items())]
    for name, way in params.get("ELEMENT_ORDER", {}).items():
        rows.sort(key=functools.partial(_rank, name), reverse=str(way).upper() == "DESC")
    page, total, following = filters.page(rows, params.get("start"))
    if "SELECT" in params:
        page = [{name: value for name, value in row.items() if name in params["SELECT"]} for row in page]
    return Result(page, total=total, next=following)


def _rank(name: str, row: dict[str, Any]) -> tuple[int, str]:
    return (int(row[name]), "") if name == "ID" else (0, str(row.get(name)))


def _chosen(each: Element, params: Params) -> bool:
    return bool(params.get("ELEMENT_ID", each.id) == each.id and params.get("ELEMENT_CODE", each.code) == each.code)


def _fits(row: dict[str, Any], key: str, value: Any) -> bool:
    match = filters.PREFIX.match(key)
    assert match is not None
    prefix, held = match.group(1) or "=", row.get(match.group(2))
    plain = [str(each) for each in held.values()] if isinstance(held, dict) else [str(held or "")]
    wanted = [str(each) for each in (value if isinstance(value, list) else [value])]
    if prefix in (">", ">=", "<", "<="):
        if not plain or not plain[0]:
            return False
        left, right = float(plain[0]), float(wanted[0])
        return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[prefix]
    if "%" in prefix:
        return any(wanted[0].strip("%").lower() in each.lower() for each in plain) is not prefix.startswith("!")
    return bool(set(plain) & set(wanted)) is not prefix.startswith("!")


def _element(caller: Caller, each: Element) -> dict[str, Any]:
    """Values by their numbers; instants in the portal's own way of writing, in its zone."""
    row: dict[str, Any] = {
        "ID": str(each.id),
        "CODE": each.code,
        "NAME": each.name,
        "IBLOCK_SECTION_ID": None,
        "CREATED_BY": str(each.author),
        "DATE_CREATE": each.at.astimezone(caller.portal.zone).strftime("%d.%m.%Y %H:%M:%S"),
    }
    for name, pairs in each.values.items():
        if pairs:
            row[name] = {
                number: value.strftime("%d.%m.%Y %H:%M:%S") if isinstance(value, datetime) else str(value)
                for number, value in pairs
            }
    return row


@method("lists.element.update", "lists", required=WHICH | {"FIELDS": mapping}, optional=ONE | ROW, missing=lost)
def element_update(caller: Caller, params: Params) -> bool:
    """What is not sent is cleared."""
    found = _list(caller, params, "W")
    element = _one(found, params)
    element.name, element.values = _row(caller, found, params["FIELDS"])
    return True


@method("lists.element.delete", "lists", required=WHICH, optional=ONE | ROW, missing=lost)
def element_delete(caller: Caller, params: Params) -> bool:
    found = _list(caller, params, "W")
    del found.elements[_one(found, params).id]
    return True


def _one(found: UniversalList, params: Params) -> Element:
    if "ELEMENT_ID" not in params and "ELEMENT_CODE" not in params:
        raise lost("ELEMENT_CODE")
    element = next((each for each in found.elements.values() if _chosen(each, params)), None)
    if element is None:
        raise Refusal(400, "ERROR_ELEMENT_NOT_FOUND", "Element not found")
    return element


@method("lists.field.type.get", "lists", required=WHICH, optional=ONE | {"FIELD_ID": text}, missing=lost)
def field_types(caller: Caller, params: Params) -> Any:
    return {kind: kind for kind in sorted(TYPES | SYSTEM)}
