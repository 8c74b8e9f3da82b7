"""One portal: its people, CRM, messenger, lists, accesses and clock, and what people do in it.

Tests work it as people do: `portal.move(5, "IN_PROCESS", by=27)`, `portal.press(message, "Взять", by=27)`. The REST
interface (`calls.py`, `methods/`) works the same state.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.bitrix24.portal import crm
from tests.bitrix24.portal.access import ALL_SCOPES, App, Binding, Placement, Robot, Webhook
from tests.bitrix24.portal.chat import Chat, Message
from tests.bitrix24.portal.clock import Clock
from tests.bitrix24.portal.faults import Faults
from tests.bitrix24.portal.fields import LEAD
from tests.bitrix24.portal.limits import Limits
from tests.bitrix24.portal.lists import UniversalList
from tests.bitrix24.portal.people import Absence, Department, Schedule, User, WorkingTime

if TYPE_CHECKING:
    from tests.bitrix24.portal.cloud import Cloud
    from tests.bitrix24.portal.delivery import Delivery


class Portal:
    """`strict`: refuses parameters that the documentation does not know; a real portal ignores them in silence.

    Attributes:
        asked: every request's method, in order; a batch is `batch`.
        called: every call, those inside batches too, with its parameters.
        complaints: what a real portal would have swallowed: unknown fields, writes to read-only ones.
    """

    def __init__(self, clock: Clock | None = None, *, zone: str = "Europe/Moscow", strict: bool = True) -> None:
        self.clock = clock or Clock()
        self.zone = ZoneInfo(zone)
        self.zone_name = zone
        self.strict = strict
        self.lock = threading.RLock()
        self.host = ""  # set by the server
        self.scheme = "http"
        self.member_id = secrets.token_hex(16)
        self.cloud: Cloud | None = None
        self.delivery: Delivery | None = None
        self.limits, self.faults = Limits(), Faults()
        self.users: dict[int, User] = {}
        self.departments: dict[int, Department] = {}
        self.absences: list[Absence] = []
        self.working_time = WorkingTime()
        self.schedules: dict[int, Schedule] = {}
        self.crm = crm.Crm(self.clock.now, self._changed, lambda number: number in self.users)
        self.chat = Chat()
        self.lists: dict[int, UniversalList] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.apps: dict[str, App] = {}
        self.bindings: list[Binding] = []
        self.placements: list[Placement] = []
        self.robots: dict[tuple[str, str], Robot] = {}
        self.triggers: dict[tuple[str, str], str] = {}
        self.fired: list[tuple[str, int, int]] = []  # triggers: (code, type, item)
        self.plan_rest = True  # whether the plan has REST at all
        self.features = {"rest_offline_extended": "N", "rest_auth_connector": "N"}
        self.source = ""  # in whose name the present call changes something (`auth_connector`)
        self.missing: set[str] = set()  # methods this portal does not have
        self.moved_to = ""  # renamed: the new address
        self.deleted = False
        self.cut_after: int | None = None  # the connection is dropped after so many calls of the present batch
        self.worked = 0.0  # seconds of work on all calls so far
        self.takes: Callable[[float], None] | None = None  # told of each request's seconds: a clock goes on by them
        self.asked: list[str] = []
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.complaints: list[str] = []
        self._numbers: dict[str, int] = {}

    # Setting up

    def number(self, of: str, first: int = 1) -> int:
        self._numbers[of] = self._numbers.get(of, first - 1) + 1
        return self._numbers[of]

    def user(self, number: int, name: str, last_name: str = "", **values: Any) -> User:
        found = self.users[number] = User(number, name, last_name, **values)
        return found

    def department(self, number: int, name: str, *, parent: int = 0, head: int = 0) -> Department:
        found = self.departments[number] = Department(number, name, parent, head)
        return found

    def webhook(self, user: int, scopes: Iterable[str] = ALL_SCOPES, secret: str = "") -> str:
        """An inbound webhook's address."""
        found = Webhook(user, secret or secrets.token_hex(8), frozenset(scopes))
        self.webhooks[found.secret] = found
        return f"{self.url}/rest/{user}/{found.secret}/"

    def outgoing(self, event: str, handler: str) -> Binding:
        """An outgoing webhook, as made in the portal's interface."""
        found = Binding(self.number("binding", 700), event.upper(), handler, token=secrets.token_hex(16))
        self.bindings.append(found)
        return found

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    def now(self) -> datetime:
        """The clock, in the portal's zone."""
        return self.clock.now().astimezone(self.zone)

    # What people do in it

    def lead(self, title: str = "", *, by: int = 0, entity: int = LEAD, **values: Any) -> int:
        """A new item; its number. `by=0`: a form, a call, a robot."""
        with self.lock:
            named = {"title": title} if title else {}
            return int(self.crm.add(entity, named | values, by)["id"])

    def import_(self, count: int, *, by: int = 1, entity: int = LEAD, **values: Any) -> list[int]:
        """A mass import: an event per item, no pacing."""
        return [self.lead(f"Импорт {number + 1}", by=by, entity=entity, **values) for number in range(count)]

    def move(self, number: int, stage: str, *, by: int, entity: int = LEAD) -> None:
        with self.lock:
            self.crm.change(entity, number, {"stageId": stage}, by)

    def assign(self, number: int, to: int, *, by: int, entity: int = LEAD) -> None:
        with self.lock:
            self.crm.change(entity, number, {"assignedById": to}, by)

    def change(self, number: int, *, by: int, entity: int = LEAD, **values: Any) -> None:
        with self.lock:
            self.crm.change(entity, number, values, by)

    def delete(self, number: int, *, by: int, entity: int = LEAD) -> None:
        with self.lock:
            self.crm.delete(entity, number, by)

    def comment(self, number: int, text: str, *, by: int, entity: int = LEAD) -> None:
        """Somebody writes into an item's timeline."""
        with self.lock:
            self.crm.note(entity, number, text, by)

    def activity(self, number: int, kind: str, *, by: int, entity: int = LEAD, **values: Any) -> None:
        """Of an item. `kind`: 2 a call, 4 a mail, or the provider of another one."""
        with self.lock:
            made = {"title": "", "text": "", "responsible": by, "deadline": self.clock.now(), "kind": kind}
            self.crm.activity(entity, number, by, **(made | values))

    def item(self, number: int, entity: int = LEAD) -> dict[str, Any]:
        return self.crm.items[entity][number]

    def dismiss(self, number: int) -> None:
        self.users[number].active = False

    def absent(self, user: int, starts: datetime, ends: datetime, **values: Any) -> Absence:
        found = Absence(user, starts, ends, **values)
        self.absences.append(found)
        return found

    def rename_stage(self, entity: int, old: str, new: str | None) -> None:
        """A stage is renamed, or deleted: its items stay there, as orphans do."""
        for pipeline in self.crm.types[entity].pipelines.values():
            pipeline.stages = [each for each in pipeline.stages if new is not None or each.id != old]
            for stage in pipeline.stages:
                if stage.id == old and new is not None:
                    stage.name = new

    def journal(self, code: str) -> UniversalList:
        return next(each for each in self.lists.values() if each.code == code)

    def notices(self, user: int) -> list[str]:
        return [notice.text for notice in self.chat.notices if notice.user == user]

    def messages(self, user: int) -> list[Message]:
        return self.chat.of_user(user)

    def press(self, message: Message, button: str, *, by: int) -> bool:
        """Somebody presses a bot's button; whether it was there to be pressed."""
        from tests.bitrix24.portal import pressing

        with self.lock:
            return pressing.press(self, message, button, by)

    def _changed(self, what: str, kind: crm.Type, item: crm.Item, by: int) -> None:
        if self.delivery is not None:
            self.delivery.changed(what, kind, item, by)
