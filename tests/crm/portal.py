"""A CRM apart for tests: leads that live outside our tables, changed by people there, and a network that fails.

It keeps no promise that a real one does not: answers get lost before or after the change was applied, people change
leads between our reading and our writing, some are not accepted as responsible persons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from leaddrum.crm.base import Answer, Applied, Asked, Change, NotNow, Rejected, Told, Unreachable, Unsure
from leaddrum.engine import Contact
from leaddrum.engine.mirror import Seen
from tests.world import World

ROBOT = None


class Died(BaseException):
    """The process is gone, with the request under way."""


@dataclass
class Portal:
    """`reads` and `writes` count requests; `writes` names what was asked for."""

    world: World
    batch: int = 50
    hidden: set[str] = field(default_factory=set)
    together: int = 1
    sweep: ClassVar[timedelta] = timedelta(seconds=60)
    down: bool = False  # no answer to anything
    deaf: bool = False  # is told nothing for now
    tellings: int = 0
    answers: list[str] = field(default_factory=list)  # of the next writes: ok | late | lost | unsure | busy | dies
    strange: bool = False  # answers nobody has foreseen
    locked: bool = False  # a required field is empty: no stage can be changed
    strangers: set[int] = field(default_factory=set)  # people it does not accept as responsible
    leads: dict[str, Seen] = field(default_factory=dict)
    reads: int = 0
    writes: list[tuple[str, str, int | None]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    contacted: dict[str, list[Contact]] = field(default_factory=dict)  # what it keeps of calls, mails, comments
    contacts_asked: list[str] = field(default_factory=list)
    late: list[tuple[str, Change]] = field(default_factory=list)  # requests that will be applied after all
    meddle: list[tuple[str, int, int]] = field(default_factory=list)  # (lead, person, by) done just before a write

    # What people do there

    def add(self, *, owner: int | None = None, stage: str = "new", by: int | None = None, **values: str) -> str:
        key = str(len(self.leads) + 100)
        self.leads[key] = Seen(
            key,
            stage=stage,
            owner=owner,
            moved_at=self.world.now,
            moved_by=by,
            changed_by=by,
            created_at=self.world.now,
            title=values.pop("title", "Окна"),
            **values,  # type: ignore[arg-type]
        )
        return key

    def move(self, key: str, stage: str, by: int | None, at: datetime | None = None) -> None:
        moved_at = at or self.world.now
        self._set(key, stage=stage, moved_at=moved_at, moved_by=by, changed_by=by, by_us=False)

    def assign(self, key: str, person: int | None, by: int | None) -> None:
        self._set(key, owner=person, changed_by=by, by_us=False)

    def delete(self, key: str) -> None:
        self.leads[key] = Seen(key, exists=False)

    def _set(self, key: str, **values: object) -> None:
        self.leads[key] = replace(self.leads[key], **values)  # type: ignore[arg-type]

    # What LeadDrum asks

    def read(self, keys: Sequence[str]) -> list[Seen]:
        assert len(keys) <= self.batch
        self.reads += 1
        if self.down:
            raise Unreachable("connection timed out")
        if self.strange:
            raise KeyError("result")
        return [self.leads.get(key, Seen(key, exists=False)) for key in keys]

    def entering(self, stages: Sequence[str], waiting: Sequence[str]) -> Iterator[list[Seen]]:
        del waiting
        if self.down:
            raise Unreachable("connection timed out")
        found = [lead for lead in self.leads.values() if lead.exists and lead.stage in stages]
        for start in range(0, len(found), self.batch):
            yield found[start : start + self.batch]

    def contacts(self, asked: Sequence[tuple[str, datetime]]) -> dict[str, list[Contact]]:
        self.contacts_asked += [key for key, _since in asked]
        return {key: [one for one in self.contacted.get(key, []) if one.at >= since] for key, since in asked}

    def hears(self, now: datetime) -> datetime | None:
        return None

    def hear(self, now: datetime) -> None:
        raise AssertionError("it keeps no list of changes")

    def beside(self, now: datetime) -> None:
        """It has nothing else to say."""

    def tell(self, told: Sequence[Told]) -> list[Answer]:
        self.tellings += 1
        if self.down:
            return [NotNow("connection refused") for _ in told]
        if self.deaf:
            return [NotNow("its budget is used up") for _ in told]
        self.told += told
        return [Applied() for _ in told]

    def write(self, asked: Sequence[Asked]) -> list[Answer]:
        return [self._write(one.key, one.change) for one in asked]

    def _write(self, key: str, change: Change) -> Answer:
        if self.down:
            return NotNow("connection refused")
        for lead, person, by in self.meddle:
            self.assign(lead, person, by)
        self.meddle.clear()
        self.writes.append((key, change.kind, change.person))
        how = self.answers.pop(0) if self.answers else "ok"
        if how == "busy":
            return NotNow("too many requests", 10)
        if change.kind == "owner" and change.person in self.strangers:
            return Rejected("no such employee")
        if change.kind == "stage" and self.locked:
            return Rejected("the field “Budget” is empty")
        if how == "lost":  # on the way there: never applied
            return Unsure("timed out")
        if how == "late":  # it will be, some time
            self.late.append((key, change))
            return Unsure("timed out")
        self.apply(key, change)
        if how == "dies":
            raise Died
        return Unsure("timed out") if how == "unsure" else Applied(self.leads[key])

    def apply(self, key: str, change: Change) -> None:
        if change.kind == "owner":
            self._set(key, owner=change.person, changed_by=ROBOT, by_us=True)
        elif change.kind == "stage":
            self._set(
                key, stage=change.stage, moved_at=self.world.now, moved_by=change.person, changed_by=ROBOT, by_us=True
            )

    def has(self, change: Change, seen: Seen) -> bool:
        if change.kind == "owner":
            return seen.owner == change.person
        if change.kind == "stage":
            return seen.stage == change.stage
        return False
