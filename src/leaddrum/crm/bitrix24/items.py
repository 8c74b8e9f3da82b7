"""An item of `crm.item.*` as the engine sees a lead: people by our numbers, stages by the company's keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leaddrum.company.portal import OTHER, from_plain
from leaddrum.crm.bitrix24.keys import LEAD, item_key, stage_key, user_of
from leaddrum.engine.mirror import Seen
from leaddrum.models import Company, Person, Portal, Stage

COMMON = ("id", "title", "stageId", "assignedById", "createdTime", "movedTime", "movedBy", "updatedBy", "observers")
SELECT = {
    "lead": (*COMMON, "sourceId", "name", "lastName", "utmSource", "utmMedium", "utmCampaign"),
    "other": (*COMMON, "categoryId", "sourceId", "utmSource", "utmMedium", "utmCampaign"),
}


def select(entity: int) -> tuple[str, ...]:
    return SELECT["lead" if entity == LEAD else "other"]


@dataclass(frozen=True, slots=True)
class Names:
    """What is known here: users of the portal -> our people, stages, pipelines that are watched."""

    people: Mapping[int, int]
    stages: frozenset[str]
    pipelines: frozenset[tuple[int, int]]
    user: int  # as whom we ask


def names_of(company: Company, portal: Portal) -> Names:
    """People and stages as they are now."""
    settings = from_plain(portal.settings)
    people = {user: person for person, key in people_of(company) if (user := user_of(key)) is not None}
    return Names(
        people=people,
        stages=frozenset(Stage.objects.filter(company=company, active=True).values_list("key", flat=True)),
        pipelines=frozenset((watch.entity, watch.pipeline) for watch in (settings.watches if settings else ())),
        user=portal.user,
    )


def people_of(company: Company) -> list[tuple[int, str]]:
    """Our numbers and keys of those who are in the portal."""
    return list(Person.objects.filter(company=company, key__startswith="b24:").values_list("pk", "key"))


def seen(entity: int, item: Mapping[str, Any], names: Names) -> Seen:
    """
    Raises:
        ValueError, KeyError, TypeError: it is no item as the documentation has it.
    """
    number = int(item["id"])
    changed = _number(item.get("updatedBy"))
    return Seen(
        item_key(entity, number),
        stage=_stage(entity, item, names),
        owner=names.people.get(_number(item.get("assignedById"))),
        moved_at=instant(item.get("movedTime")),
        moved_by=names.people.get(_number(item.get("movedBy"))),
        changed_by=names.people.get(changed),
        by_us=changed == names.user,
        created_at=instant(item.get("createdTime")),
        title=str(item.get("title") or f"#{number}"),
        name=" ".join(str(item[part]) for part in ("name", "lastName") if item.get(part)),
        source=str(item.get("sourceId") or ""),
        fields={name: str(item[name]) for name in ("utmSource", "utmMedium", "utmCampaign") if item.get(name)},
    )


def _stage(entity: int, item: Mapping[str, Any], names: Names) -> str:
    """The stage's key; an item that has left for a pipeline that nothing watches is in `other`."""
    key = stage_key(entity, str(item["stageId"]))
    if key not in names.stages and entity != LEAD and (entity, _number(item.get("categoryId"))) not in names.pipelines:
        return stage_key(entity, OTHER)
    return key


def observers(item: Mapping[str, Any]) -> list[int]:
    given = item.get("observers")
    return [_number(one) for one in given] if isinstance(given, list) else []


def _number(value: Any) -> int:
    return int(value) if value not in (None, "") else 0


def instant(value: Any) -> datetime | None:
    """An instant of the portal: ISO 8601 with an offset."""
    if not value:
        return None
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError(f"an instant without an offset: {value}")
    return found.astimezone(UTC)
