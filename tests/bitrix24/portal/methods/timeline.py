"""Comments and log lines in an item's timeline, to-dos and other activities."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import Any, TypeVar

from tests.bitrix24.portal import filters
from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, Result, denied
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.crm import Activity, Note
from tests.bitrix24.portal.fields import DEAL, LEAD, Field
from tests.bitrix24.portal.kinds import instant, integer, listed, mapping, text
from tests.bitrix24.portal.methods.items import item_of, type_of

PROVIDERS = {"2": "VOXIMPLANT_CALL", "4": "CRM_EMAIL"}  # of the older kinds of activities; the others name their own
NAMES = {"lead": LEAD, "deal": DEAL}


def _owner(caller: Caller, entity: int, number: int) -> None:
    kind = caller.portal.crm.types.get(entity)
    if kind is None or number not in caller.portal.crm.items[entity]:
        raise Refusal(400, "OWNER_NOT_FOUND", "Owner was not found")
    item_of(caller, type_of(caller, entity), number)


def _entity(name: Any) -> int:
    known = str(name).lower()
    if known.startswith("dynamic_") and known[8:].isdigit():
        return int(known[8:])
    return NAMES.get(known, 0)


@method("crm.timeline.comment.add", "crm", required={"fields": mapping})
def comment_add(caller: Caller, params: Params) -> int:
    fields = params["fields"]
    number, text_ = fields.get("ENTITY_ID"), fields.get("COMMENT")
    if not str(number or "").isdigit() or not fields.get("ENTITY_TYPE"):
        raise Refusal(400, "100", "Could not find value for parameter {ENTITY_ID}")
    if not text_:
        raise Refusal(400, "INVALID_ARG_VALUE", "Comment is empty")
    entity = _entity(fields["ENTITY_TYPE"])
    _owner(caller, entity, int(str(number)))
    return caller.portal.crm.note(entity, int(str(number)), str(text_), caller.user.id).id


@method(
    "crm.timeline.comment.list",
    "crm",
    required={"filter": mapping},
    optional={"select": listed, "order": mapping, "start": integer},
)
def comment_list(caller: Caller, params: Params) -> Result:
    wanted = params["filter"]
    entity, number = _entity(wanted.get("ENTITY_TYPE")), int(wanted.get("ENTITY_ID") or 0)
    if not entity or not number:
        raise Refusal(400, "100", "ENTITY_ID and ENTITY_TYPE are expected in the filter")
    _owner(caller, entity, number)
    found = [note for note in caller.portal.crm.notes if (note.entity, note.item) == (entity, number)]
    found = _ordered(found, params, {"ID": "id", "CREATED": "at", "AUTHOR_ID": "author"}, {"ID": "ASC"})
    page, total, following = filters.page(found, params.get("start"))
    return Result([_note(caller, note) for note in page], total=total, next=following)


Row = TypeVar("Row", Note, Activity)


def _ordered(rows: list[Row], params: Params, known: dict[str, str], usual: dict[str, str]) -> list[Row]:
    """By the fields that may stand in an order."""
    found = list(rows)
    for name, way in reversed((params.get("order") or usual).items()):
        if name not in known:
            raise Refusal(400, "INVALID_ARG_VALUE", f"Invalid order: field '{name}'")
        found.sort(key=attrgetter(known[name]), reverse=str(way).upper() == "DESC")
    return found


def _note(caller: Caller, note: Note) -> dict[str, Any]:
    return {
        "ID": str(note.id),
        "ENTITY_ID": note.item,
        "ENTITY_TYPE": {LEAD: "lead", DEAL: "deal"}.get(note.entity, f"dynamic_{note.entity}"),
        "CREATED": note.at.astimezone(caller.portal.zone).isoformat(timespec="seconds"),
        "COMMENT": note.text,
        "AUTHOR_ID": str(note.author),
    }


@method("crm.timeline.logmessage.add", "crm", required={"fields": mapping})
def log_add(caller: Caller, params: Params) -> Any:
    fields = params["fields"]
    for name in ("entityTypeId", "entityId", "title", "text", "iconCode"):
        if not fields.get(name):
            raise Refusal(400, "100", f"Could not find value for parameter {{{name}}}")
    entity, number = integer(fields["entityTypeId"]), integer(fields["entityId"])
    _owner(caller, entity, number)
    note = caller.portal.crm.note(entity, number, f"{fields['title']}\n{fields['text']}", caller.user.id)
    return {"logMessage": {"id": note.id, "title": fields["title"], "text": fields["text"], "authorId": note.author}}


def _when(value: Any) -> Any:
    try:
        return instant(value)
    except ValueError:
        raise Refusal(400, "WRONG_DATETIME_FORMAT", "Wrong datetime format") from None


@method(
    "crm.activity.todo.add",
    "crm",
    required={"ownerTypeId": integer, "ownerId": integer, "deadline": _when},
    optional={
        "title": text,
        "description": text,
        "responsibleId": integer,
        "parentActivityId": integer,
        "pingOffsets": listed,
        "colorId": text,
    },
)
def todo_add(caller: Caller, params: Params) -> Any:
    _owner(caller, params["ownerTypeId"], params["ownerId"])
    responsible = params.get("responsibleId", caller.user.id)
    if responsible not in caller.portal.users:
        raise denied()
    if "colorId" in params and params["colorId"] not in "1234567":
        raise Refusal(400, "100", "Wrong colorId")
    made = caller.portal.crm.activity(
        params["ownerTypeId"],
        params["ownerId"],
        caller.user.id,
        title=params.get("title", ""),
        text=params.get("description", ""),
        responsible=responsible,
        deadline=params["deadline"],
    )
    return {"id": made.id}


@method("crm.activity.list", "crm", optional={"filter": mapping, "order": mapping, "select": listed, "start": integer})
def activities(caller: Caller, params: Params) -> Result:
    known = {"ID": "id", "CREATED": "at", "START_TIME": "at", "RESPONSIBLE_ID": "responsible"}
    ordered = _ordered(caller.portal.crm.activities, params, known, {"START_TIME": "ASC"})
    rows = [_activity(caller, each) for each in ordered]
    fields = {name: Field("string") for name in rows[0]} if rows else {}
    if not rows:
        return Result([], total=0)
    test = filters.compiled(params.get("filter", {}), fields, caller.portal.zone)
    page, total, following = filters.page([row for row in rows if test(row)], params.get("start"))
    return Result(page, total=total, next=following)


def _activity(caller: Caller, each: Activity) -> dict[str, Any]:
    zone = caller.portal.zone
    return {
        "ID": str(each.id),
        "OWNER_ID": str(each.item),
        "OWNER_TYPE_ID": str(each.entity),
        "PROVIDER_ID": PROVIDERS.get(each.kind, each.kind),
        "PROVIDER_TYPE_ID": {"CRM_TODO": "TODO", "2": "CALL", "4": "EMAIL"}.get(each.kind, ""),
        "TYPE_ID": each.kind if each.kind in PROVIDERS else "6",
        "SUBJECT": each.title,
        "DESCRIPTION": each.text,
        "RESPONSIBLE_ID": str(each.responsible),
        "AUTHOR_ID": str(each.author),
        "DIRECTION": str(each.direction),
        "COMPLETED": "Y" if each.completed else "N",
        "CREATED": each.at.astimezone(zone).isoformat(timespec="seconds"),
        "START_TIME": each.at.astimezone(zone).isoformat(timespec="seconds"),
        "END_TIME": (each.at + timedelta(seconds=each.seconds)).astimezone(zone).isoformat(timespec="seconds"),
        "SETTINGS": {"MISSED_CALL": True} if each.missed else [],
        "DEADLINE": each.deadline.astimezone(zone).isoformat(timespec="seconds"),
    }
