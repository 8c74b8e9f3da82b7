"""A company's portal as a CRM apart: what it reads there, what it writes there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from leaddrum import clock
from leaddrum.company.portal import from_plain
from leaddrum.crm.base import Answer, Applied, Asked, Change, Rejected, Told, Unreachable, Unsure
from leaddrum.crm.bitrix24 import clients, contacts, items, offline, presses, shadows, sweeping, telling, touched
from leaddrum.crm.bitrix24.access import NoAccess
from leaddrum.crm.bitrix24.answers import Later, Ok, Refused, Reply
from leaddrum.crm.bitrix24.budget import MOST, Urgency
from leaddrum.crm.bitrix24.client import Call, Client
from leaddrum.crm.bitrix24.judging import answer, doubtful
from leaddrum.crm.bitrix24.keys import item_of, stage_key, user_of
from leaddrum.engine import Contact
from leaddrum.engine.mirror import Seen
from leaddrum.models import Company, Cycle, Lead, Portal

PAGE = 50
LIST = "crm.item.list"


class Bitrix24:
    """Made for one round of work; people and stages are those of its beginning."""

    batch = 10 * PAGE  # leads in one reading: ten pages in one request

    def __init__(self, company: Company) -> None:
        """
        Raises:
            Unreachable: the company has no portal, or nothing is there to get into it with.
        """
        portal = Portal.objects.select_related("company").filter(company=company).first()
        settings = from_plain(portal.settings) if portal else None
        if portal is None or settings is None:
            raise Unreachable("the portal is not connected")
        self.portal, self.settings = portal, settings
        try:
            self.client: Client = clients.of(portal)
        except NoAccess as error:
            raise Unreachable(str(error)) from error
        self._users = {person: user_of(key) for person, key in items.people_of(company)}
        self.names = items.names_of(company, portal)
        self._observers: dict[str, list[int]] = {}
        self.hidden: set[str] = set()
        self._shows: bool | None = None  # anything at all, where something was hidden
        self._beside = sweeping.Beside(self)

    @cached_property
    def sweep(self) -> timedelta:
        """As the company file has it; longer where so many wait that looking at all of them so often would use up the
        portal's working time, and leave none for verdicts."""
        waiting = Cycle.objects.filter(company=self.portal.company_id, ended_at=None).count()
        return timedelta(seconds=max(self.settings.sweep, self.client.budget.between(LIST, waiting // PAGE)))

    @property
    def together(self) -> int:
        """Changes in one request, by how long they take there."""
        return self.fits("crm.item.update")

    # Reading

    def read(self, keys: Sequence[str]) -> list[Seen]:
        """In pages by number, all in one request; what is not among them is asked for one by one: gone, or hidden.

        Raises:
            Unreachable: all are hidden, and so is everything else.
        """
        self._in_earnest()
        keys = self._of_ours(keys)
        if not keys:
            return []
        asked = _by_entity(keys)
        calls = [
            Call(LIST, listing(entity, {"@id": numbers[start : start + PAGE]}))
            for entity, numbers in asked.items()
            for start in range(0, len(numbers), PAGE)
        ]
        answered = self.asked(calls, Urgency.VERDICT, presses.calls(self.portal))
        presses.heard(self.portal, answered[len(calls) :], clock.now())  # a press comes before the verdict it prevents
        found = [seen for call, reply in answered[: len(calls)] for seen in self.page(call, reply)]
        there = {seen.key for seen in found}
        missing = [key for key in dict.fromkeys(keys) if key not in there]
        found += self._missing(missing)
        if not found and self.hidden.intersection(missing) and not self._shows_any(asked):
            raise Unreachable("the portal's access does not show these leads any more: check its rights in the CRM")
        return self.shadowed(contacts.recognised(self, found))

    def _of_ours(self, keys: Sequence[str]) -> Sequence[str]:
        """Without items of types that nothing watches: a portal tells of every deal, whatever its drums are about. Nor
        those that were hidden a moment ago."""
        keys = [key for key in keys if key not in self.hidden]
        watched = {watch.entity for watch in self.settings.watches}
        foreign = {key for key in keys if item_of(key)[0] not in watched}
        if not foreign:
            return keys
        known = Lead.objects.filter(company=self.portal.company_id, crm_key__in=foreign)
        foreign.difference_update(known.values_list("crm_key", flat=True))
        return [key for key in keys if key not in foreign]

    def _missing(self, keys: Sequence[str]) -> Iterator[Seen]:
        """Those that are gone. What the portal says it may not show is no deletion."""
        for start in range(0, len(keys), MOST):
            some = keys[start : start + MOST]
            calls = [Call("crm.item.get", {"entityTypeId": item_of(key)[0], "id": item_of(key)[1]}) for key in some]
            for key, (call, reply) in zip(some, self.asked(calls, Urgency.VERDICT), strict=True):
                if isinstance(reply, Ok):
                    yield self.seen(int(call.params["entityTypeId"]), reply.value["item"])
                elif isinstance(reply, Refused) and reply.code.upper() == "NOT_FOUND":
                    yield Seen(key, exists=False)
                else:
                    self.hidden.add(key)

    def _shows_any(self, entities: Iterable[int]) -> bool:
        """Whether one lead is hidden, or our access has lost its rights."""
        if self._shows is None:
            calls = [Call(LIST, {**listing(entity, {}), "select": ["id"]}) for entity in entities]
            replies = [reply for _call, reply in self.asked(calls, Urgency.VERDICT)]
            self._shows = any(isinstance(reply, Ok) and bool(reply.value.get("items")) for reply in replies)
        return self._shows

    def entering(self, stages: Sequence[str], waiting: Sequence[str]) -> Iterator[list[Seen]]:
        self._in_earnest()
        for found in sweeping.pages(self, stages, waiting):
            yield self.shadowed(contacts.recognised(self, found))

    def beside(self, now: datetime) -> None:
        self._beside.done(now)

    def contacts(self, asked: Sequence[tuple[str, datetime]]) -> dict[str, list[Contact]]:
        answered = self.asked(touched.calls([key for key, _since in asked]), Urgency.NOTICE)
        return touched.found(asked, answered, self.names)

    def hears(self, now: datetime) -> datetime | None:
        return offline.due(self.portal, now)

    def hear(self, now: datetime) -> None:
        offline.heard(self.portal, self.asked(offline.calls(self.portal), Urgency.NOTICE), now)

    def besides(self) -> sweeping.Beside:
        """What is asked in the same request as the first page of a sweep."""
        return self._beside

    def asked(self, calls: Sequence[Call], urgency: Urgency, besides: Sequence[Call] = ()) -> list[tuple[Call, Reply]]:
        """Readings, in as few requests as may be: none longer than a portal bears.

        Args:
            besides: what is asked in the same requests and does not matter as much: it may fail alone.

        Raises:
            Unreachable: not answered, or the access is shut.
            Busy: the budget is used up for now.
        """
        answered: list[tuple[Call, Reply]] = []
        whole = [*calls, *besides]
        while len(answered) < len(whole):
            rest = whole[len(answered) :]
            some = rest[: self.client.budget.fitting([call.method for call in rest])]
            for call, reply in zip(some, self.client.batch(some, urgency=urgency), strict=True):
                if len(answered) < len(calls):
                    doubtful(reply)
                answered.append((call, reply))
        return answered

    def fits(self, method: str) -> int:
        """How many such calls one request holds."""
        return self.client.budget.fitting([method] * MOST)

    def page(self, call: Call, reply: Reply) -> list[Seen]:
        """
        Raises:
            Unreachable: it was refused, or is no page.
        """
        if not isinstance(reply, Ok):
            raise Unreachable(f"{call.method}: {reply}")
        try:
            return [self.seen(int(call.params["entityTypeId"]), item) for item in reply.value["items"]]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreachable(f"{call.method}: an answer that cannot be read ({type(error).__name__})") from error

    def seen(self, entity: int, item: dict[str, Any]) -> Seen:
        reading = items.seen(entity, item, self.names)
        if "observers" in item:
            self._observers[reading.key] = items.observers(item)
        return reading

    def _in_earnest(self) -> None:
        if not self.settings.watch_only:
            shadows.leave(self.portal.company_id, clock.now())

    def shadowed(self, found: list[Seen]) -> list[Seen]:
        return shadows.over(self.portal.company_id, found) if self.settings.watch_only else found

    # Writing

    def has(self, change: Change, seen: Seen) -> bool:
        match change.kind:
            case "owner":
                return seen.owner == change.person
            case "stage":
                return seen.stage == change.stage
            case "observer":
                return self.user(change.person) in self._observers.get(seen.key, ())
        return False

    def write(self, asked: Sequence[Asked]) -> list[Answer]:
        if self.settings.watch_only:
            return [Applied() for _ in asked]
        answers: dict[int, Answer] = {}
        calls: list[tuple[int, Call]] = []
        ours = offline.own(self.portal)
        for place, one in enumerate(asked):
            values = self._values(one)
            if isinstance(values, str):
                answers[place] = Rejected(values)
            else:
                entity, number = item_of(one.key)
                params = {"entityTypeId": entity, "id": number, "fields": values, **ours}
                calls.append((place, Call("crm.item.update", params)))
        replies = self.client.batch([call for _, call in calls], urgency=Urgency.VERDICT, reads=False)
        shut = next((reply for reply in replies if isinstance(reply, Later) and reply.closed), None)
        if shut is not None:
            raise Unreachable(shut.why)
        for (place, call), reply in zip(calls, replies, strict=True):
            answers[place] = self._written(call, reply)
        return [answers[place] for place in range(len(asked))]

    def _values(self, one: Asked) -> dict[str, Any] | str:
        """The fields to be written, or why it cannot be."""
        change = one.change
        user = self.user(change.person)
        if change.kind == "owner":
            return {"assignedById": user} if user else "he is not an employee of the portal"
        if change.kind == "observer":
            return {"observers": [*self._observers.get(one.key, ()), user]} if user else "he is not in the portal"
        entity, _number = item_of(one.key)
        prefix = stage_key(entity, "")
        if not change.stage.startswith(prefix):
            return f"the stage {change.stage} is none of this item's"
        return {"stageId": change.stage.removeprefix(prefix)}

    def _written(self, call: Call, reply: Reply) -> Answer:
        match reply:
            case Ok(value):
                try:
                    return Applied(self.seen(int(call.params["entityTypeId"]), value["item"]))
                except (KeyError, TypeError, ValueError):
                    return Unsure("an answer that cannot be read")
        return answer(reply)

    def user(self, person: int | None) -> int | None:
        return self._users.get(person) if person is not None else None

    def tell(self, told: Sequence[Told]) -> list[Answer]:
        if self.settings.watch_only:
            return [Applied() for _ in told]
        return telling.tell(self, told)


def listing(entity: int, filter_: dict[str, Any]) -> dict[str, Any]:
    """A page by number, without counting: `start` -1."""
    return {
        "entityTypeId": entity,
        "select": items.select(entity),
        "filter": filter_,
        "order": {"id": "ASC"},
        "start": -1,
    }


def _by_entity(keys: Iterable[str]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for key in dict.fromkeys(keys):
        entity, number = item_of(key)
        found[entity].append(number)
    return found
