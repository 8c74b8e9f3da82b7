"""The CRM of a portal: types, pipelines, stages, items, what happened to them, their timeline and activities.

`change` is the only way an item changes, for people, robots and the REST interface alike, so that who moved it, since
when, the history and the events are always told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.bitrix24.portal import fields
from tests.bitrix24.portal.fields import CONTACT, DEAL, FIRST_PROCESS, LEAD, Field

SYSTEM = 0  # a robot, a workflow, an agent


@dataclass
class Stage:
    """`semantics`: P in work, S success, F failure."""

    id: str
    name: str
    sort: int
    semantics: str = "P"


@dataclass
class Pipeline:
    id: int
    name: str
    stages: list[Stage]
    sort: int = 100
    default: bool = False


@dataclass
class Type:
    """Leads, deals or a smart process. `custom`: its own fields by their names in `crm.item.*`."""

    id: int
    name: str
    pipelines: dict[int, Pipeline]
    staged: bool = True
    custom: dict[str, Field] = field(default_factory=dict)
    required: dict[str, list[str]] = field(default_factory=dict)  # stage: fields that must be filled to get there

    @property
    def fields(self) -> dict[str, Field]:
        return fields.of(self.id, self.custom)

    def pipeline_of(self, stage: str) -> Pipeline | None:
        return next((p for p in self.pipelines.values() if any(each.id == stage for each in p.stages)), None)

    def stage(self, stage: str) -> Stage | None:
        found = self.pipeline_of(stage)
        return next(each for each in found.stages if each.id == stage) if found else None

    def dictionary(self, pipeline: int) -> str:
        """The `ENTITY_ID` of a pipeline's stages."""
        if self.id == LEAD:
            return "STATUS"
        if self.id == DEAL:
            return f"DEAL_STAGE_{pipeline}" if pipeline else "DEAL_STAGE"
        return f"DYNAMIC_{self.id}_STAGE_{pipeline}"


@dataclass
class Moved:
    id: int
    entity: int
    item: int
    kind: int  # 1 created, 2 intermediate, 3 final, 5 another pipeline
    at: datetime
    stage: str
    pipeline: int


@dataclass
class Note:
    """A comment in an item's timeline."""

    id: int
    entity: int
    item: int
    text: str
    author: int
    at: datetime


@dataclass
class Activity:
    id: int
    entity: int
    item: int
    title: str
    text: str
    responsible: int
    author: int
    deadline: datetime
    at: datetime
    kind: str = "CRM_TODO"
    completed: bool = False
    direction: int = 0
    missed: bool = False
    seconds: int = 0


Item = dict[str, Any]
Raise = Callable[[str, Type, Item, int], None]  # (what: add | update | delete | move, type, item, who)


class Crm:
    """Items by type and number. `simple`: the portal has no leads; a new one is a deal at once."""

    def __init__(self, now: Callable[[], datetime], raise_: Raise, person: Callable[[int], bool]) -> None:
        self._now, self._raise, self._person = now, raise_, person
        self.types: dict[int, Type] = {
            LEAD: Type(LEAD, "Лид", {0: leads()}),
            DEAL: Type(DEAL, "Сделка", {0: deals()}),
            CONTACT: Type(CONTACT, "Контакт", {0: Pipeline(0, "", [Stage("", "", 0, "P")])}),
        }
        self.items: dict[int, dict[int, Item]] = {LEAD: {}, DEAL: {}, CONTACT: {}}
        self.history: list[Moved] = []
        self.notes: list[Note] = []
        self.activities: list[Activity] = []
        self.simple = False
        self.saves = 0  # changes that were saved
        self._last: dict[int, int] = {}  # type: the newest number
        self._standing: dict[tuple[int, str], set[int]] = {}  # (type, stage): the numbers of what stands there
        self.owners: list[tuple[int, int, int, int]] = []  # (type, item, owner, by): each change of the owner

    def type_of_process(self, number: int, name: str) -> Type:
        assert number >= FIRST_PROCESS
        first = Pipeline(number * 10, "Общая", process(number, number * 10), default=True)
        self.types[number] = Type(number, name, {first.id: first})
        self.items[number] = {}
        return self.types[number]

    def pipeline(self, entity: int, number: int, name: str) -> Pipeline:
        stages = deals(number).stages if entity == DEAL else process(entity, number)
        found = self.types[entity].pipelines[number] = Pipeline(number, name, stages, sort=100 * (number + 1))
        return found

    def add(self, entity: int, values: dict[str, Any], by: int) -> Item:
        """A new item; without a stage it comes into its pipeline's first."""
        kind = self.types[entity]
        pipeline = kind.pipelines[int(values.get("categoryId") or next(iter(kind.pipelines)))]
        now = self._now()
        number = self._last[entity] = self._last.get(entity, 0) + 1
        item: Item = {name: empty(each) for name, each in kind.fields.items()} | {
            "stageId": min(pipeline.stages, key=lambda stage: stage.sort).id,
            "assignedById": by or 1,
            "opened": "Y",
            "isManualOpportunity": "N",
            "title": f"{kind.name} #{number}",
        }
        item |= {name: value for name, value in values.items() if name in kind.fields and name != "id"}
        item |= {"id": number, "createdTime": now, "updatedTime": now, "movedTime": now, "lastActivityTime": now}
        item |= dict.fromkeys(("createdBy", "updatedBy", "movedBy", "lastActivityBy"), by)
        self._derive(kind, item)
        self.items[entity][number] = item
        self._standing.setdefault((entity, item["stageId"]), set()).add(number)
        self._moved(kind, item, 1)
        self._raise("add", kind, item, by)
        if self.simple and entity == LEAD:
            del self.items[LEAD][number]
            self._standing[LEAD, item["stageId"]].discard(number)
            return self.add(DEAL, {"title": item["title"], "assignedById": item["assignedById"], "leadId": number}, by)
        return item

    def change(self, entity: int, number: int, values: dict[str, Any], by: int) -> bool:
        """Whether anything was saved; what is so already is no change."""
        kind, item = self.types[entity], self.items[entity][number]
        new = {name: value for name, value in values.items() if item.get(name) != value}
        if not new:
            return False
        now = self._now()
        before, pipeline = item["stageId"], item.get("categoryId")
        if "assignedById" in new:
            self.owners.append((entity, number, new["assignedById"], by))
        item.update(new)
        item |= {"updatedTime": now, "updatedBy": by}
        if item["stageId"] != before:
            self._standing[entity, before].discard(number)
            self._standing.setdefault((entity, item["stageId"]), set()).add(number)
            item |= {"movedTime": now, "movedBy": by}
            if "previousStageId" in item:
                item["previousStageId"] = before
        self._derive(kind, item)
        another = item.get("categoryId") != pipeline
        if item["stageId"] != before:
            final = (kind.stage(item["stageId"]) or Stage("", "", 0)).semantics != "P"
            self._moved(kind, item, 5 if another else 3 if final else 2)
        self.saves += 1
        self._raise("move" if another and entity == DEAL else "update", kind, item, by)
        return True

    def delete(self, entity: int, number: int, by: int) -> None:
        item = self.items[entity].pop(number)
        self._standing[entity, item["stageId"]].discard(number)
        self._raise("delete", self.types[entity], item, by)

    def candidates(self, entity: int, filter_: dict[str, Any]) -> Iterable[Item]:
        """What a filter by numbers or stages can find at all; the filter itself says what it finds. A portal with many
        items has indexes too."""
        items = self.items[entity]
        for name in ("@id", "=id", "id"):
            if name in filter_:
                return [items[number] for number in sorted(_numbers(filter_[name])) if number in items]
        if isinstance(stages := filter_.get("@stageId"), list):
            standing = [self._standing.get((entity, str(stage)), set()) for stage in stages]
            return [items[number] for number in sorted(set().union(*standing))]
        return items.values()

    def note(self, entity: int, number: int, text: str, by: int) -> Note:
        found = Note(len(self.notes) + 1, entity, number, text, by, self._now())
        self.notes.append(found)
        return found

    def activity(self, entity: int, number: int, by: int, **values: Any) -> Activity:
        found = Activity(len(self.activities) + 1, entity, number, author=by, at=self._now(), **values)
        self.activities.append(found)
        return found

    def all_items(self) -> Iterator[tuple[Type, Item]]:
        for entity, items in self.items.items():
            for item in items.values():
                yield self.types[entity], item

    def is_person(self, number: int) -> bool:
        return self._person(number)

    def _derive(self, kind: Type, item: Item) -> None:
        stage = kind.stage(item["stageId"])
        if "stageSemanticId" in item and stage is not None:
            item["stageSemanticId"] = stage.semantics
        if "categoryId" in item:
            found = kind.pipeline_of(item["stageId"])
            item["categoryId"] = found.id if found else item["categoryId"]
        if kind.id == LEAD:
            for flag, which in (("hasPhone", "PHONE"), ("hasEmail", "EMAIL")):
                item[flag] = "Y" if any(each["typeId"] == which for each in item["fm"] or []) else "N"

    def _moved(self, kind: Type, item: Item, how: int) -> None:
        pipeline = item.get("categoryId") or 0
        row = Moved(len(self.history) + 1, kind.id, item["id"], how, item["movedTime"], item["stageId"], pipeline)
        self.history.append(row)


def empty(kind: Field) -> Any:
    if kind.multiple:
        return []
    return {"boolean": "N", "user": 0, "integer": 0, "double": 0, "crm_company": 0, "crm_contact": 0}.get(kind.kind)


def leads() -> Pipeline:
    rows = [
        ("NEW", "Не обработан", 10, "P"),
        ("IN_PROCESS", "В работе", 20, "P"),
        ("PROCESSED", "Обработан", 30, "P"),
        ("CONVERTED", "Качественный лид", 40, "S"),
        ("JUNK", "Некачественный лид", 50, "F"),
    ]
    return Pipeline(0, "Лиды", [Stage(*row) for row in rows], default=True)


def deals(number: int = 0) -> Pipeline:
    prefix = f"C{number}:" if number else ""
    rows = [
        ("NEW", "Новая", 10, "P"),
        ("PREPARATION", "Подготовка документов", 20, "P"),
        ("EXECUTING", "В работе", 30, "P"),
        ("WON", "Сделка успешна", 40, "S"),
        ("LOSE", "Сделка провалена", 50, "F"),
    ]
    return Pipeline(number, "Общее", [Stage(prefix + row[0], *row[1:]) for row in rows], default=not number)


def process(entity: int, pipeline: int) -> list[Stage]:
    rows = [
        ("NEW", "Начало", 10, "P"),
        ("PREPARATION", "Подготовка", 20, "P"),
        ("CLIENT", "Согласование", 30, "P"),
        ("SUCCESS", "Успех", 40, "S"),
        ("FAIL", "Провал", 50, "F"),
    ]
    return [Stage(f"DT{entity}_{pipeline}:{row[0]}", *row[1:]) for row in rows]


def _numbers(value: Any) -> set[int]:
    given = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return {int(each) for each in given if str(each).isdigit()}
