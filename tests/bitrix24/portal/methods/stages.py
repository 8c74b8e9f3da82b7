"""Types, pipelines, stages, the mode of the CRM, and the history of stages."""

from __future__ import annotations

from typing import Any

from tests.bitrix24.portal import filters
from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, Result, denied
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.crm import Stage
from tests.bitrix24.portal.fields import FIRST_PROCESS, LEAD, Field
from tests.bitrix24.portal.kinds import integer, listed, mapping
from tests.bitrix24.portal.methods.items import ENTITY, type_of

SEMANTICS = {"P": None, "S": "S", "F": "F"}
EXTRA = {"P": "process", "S": "success", "F": "failure"}


@method("crm.settings.mode.get", "crm")
def mode(caller: Caller, params: Params) -> int:
    return 2 if caller.portal.crm.simple else 1


@method("crm.type.list", "crm", optional={"filter": mapping, "order": mapping, "start": integer})
def types(caller: Caller, params: Params) -> Result:
    if not caller.admin and caller.user.crm != "all":
        raise denied()
    found = [
        {
            "id": number,
            "title": kind.name,
            "code": "",
            "entityTypeId": kind.id,
            "isStagesEnabled": "Y" if kind.staged else "N",
            "isCategoriesEnabled": "Y" if len(kind.pipelines) > 1 else "N",
            "isAutomationEnabled": "Y",
            "isObserversEnabled": "Y",
        }
        for number, kind in enumerate((k for k in caller.portal.crm.types.values() if k.id >= FIRST_PROCESS), 1)
    ]
    page, total, following = filters.page(found, params.get("start"))
    return Result({"types": page}, total=total, next=following)


@method("crm.category.list", "crm", required=ENTITY)
def categories(caller: Caller, params: Params) -> Result:
    kind = type_of(caller, params["entityTypeId"])
    if kind.id == LEAD:
        raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    found = [
        {
            "id": pipeline.id,
            "name": pipeline.name,
            "sort": pipeline.sort,
            "entityTypeId": kind.id,
            "isDefault": "Y" if pipeline.default else "N",
        }
        for pipeline in sorted(kind.pipelines.values(), key=lambda each: each.sort)
    ]
    return Result({"categories": found}, total=len(found))


@method("crm.status.list", "crm", optional={"filter": mapping, "order": mapping, "start": integer})
def statuses(caller: Caller, params: Params) -> Result:
    rows = []
    for kind in caller.portal.crm.types.values():
        for pipeline in kind.pipelines.values():
            rows += [_status(kind.dictionary(pipeline.id), pipeline.id, stage) for stage in pipeline.stages]
    for number, row in enumerate(rows, 1):
        row["ID"] = str(number)
    fields = {name: Field("string") for name in ("ID", "ENTITY_ID", "STATUS_ID", "NAME", "SORT", "CATEGORY_ID")}
    test = filters.compiled(params.get("filter", {}), fields, caller.portal.zone)
    found = sorted((row for row in rows if test(row)), key=lambda row: int(row["SORT"]))
    return Result(found, total=len(found))  # never paged


def _status(dictionary: str, pipeline: int, stage: Stage) -> dict[str, Any]:
    return {
        "ID": "",
        "ENTITY_ID": dictionary,
        "STATUS_ID": stage.id,
        "NAME": stage.name,
        "NAME_INIT": "",
        "SORT": str(stage.sort),
        "SYSTEM": "N",
        "COLOR": "",
        "SEMANTICS": SEMANTICS[stage.semantics],
        "CATEGORY_ID": str(pipeline),
        "EXTRA": {"SEMANTICS": EXTRA[stage.semantics], "COLOR": ""},
    }


@method(
    "crm.stagehistory.list",
    "crm",
    required=ENTITY,
    optional={"filter": mapping, "order": mapping, "select": listed, "start": integer},
)
def history(caller: Caller, params: Params) -> Result:
    """Of the item's present pipeline only, and without who did it."""
    kind = type_of(caller, params["entityTypeId"])
    lead = kind.id == LEAD
    rows = []
    for moved in caller.portal.crm.history:
        item = caller.portal.crm.items[kind.id].get(moved.item) if moved.entity == kind.id else None
        if item is None or (not lead and item["categoryId"] != moved.pipeline):
            continue
        semantics = (kind.stage(moved.stage) or Stage("", "", 0)).semantics
        row: dict[str, Any] = {"ID": moved.id, "TYPE_ID": moved.kind, "OWNER_ID": moved.item, "CREATED_TIME": moved.at}
        if lead:
            row |= {"STATUS_SEMANTIC_ID": semantics, "STATUS_ID": moved.stage}
        else:
            row |= {"CATEGORY_ID": moved.pipeline, "STAGE_SEMANTIC_ID": semantics, "STAGE_ID": moved.stage}
        rows.append(row)
    numbers, times = ("ID", "TYPE_ID", "OWNER_ID", "CATEGORY_ID"), ("CREATED_TIME",)
    names = (*numbers, *times, "STATUS_ID", "STATUS_SEMANTIC_ID", "STAGE_ID", "STAGE_SEMANTIC_ID")
    fields = {n: Field("integer" if n in numbers else "datetime" if n in times else "string") for n in names}
    test = filters.compiled(params.get("filter", {}), fields, caller.portal.zone)
    found = filters.ordered((row for row in rows if test(row)), params.get("order", {"ID": "ASC"}), fields)
    page, total, following = filters.page(found, params.get("start"))
    zone = caller.portal.zone
    page = [row | {"CREATED_TIME": row["CREATED_TIME"].astimezone(zone).isoformat(timespec="seconds")} for row in page]
    return Result({"items": page}, total=total, next=following)
