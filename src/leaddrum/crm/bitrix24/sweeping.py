"""Looking at everything: what waits in the entry stages, and in the same request whatever else is to be known.

An item that still stands in an entry stage still has its clock running, so a full look at these stages finds what is
new and repairs what events have lost. A thousand waiting items are twenty pages; they are asked for in one request:
the numbers that are known are cut into stretches that fit a page each, and what is new lies beyond the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leaddrum import clock
from leaddrum.company.portal import OTHER
from leaddrum.crm.bitrix24 import items, offline, people, presses
from leaddrum.crm.bitrix24.answers import Reply
from leaddrum.crm.bitrix24.budget import MOST, Urgency
from leaddrum.crm.bitrix24.client import Call
from leaddrum.crm.bitrix24.keys import item_of
from leaddrum.engine.mirror import Seen

if TYPE_CHECKING:
    from leaddrum.crm.bitrix24.apart import Bitrix24

PAGE = 50
STRETCH = 40  # known items in one page: some may come back into it
CHAIN = 10  # pages of one request where nothing is known, each from the last item of the one before


@dataclass(frozen=True, slots=True)
class Stretch:
    """Items of one type in these stages with numbers in `(after, last]`; `last` None: and beyond."""

    entity: int
    stages: tuple[str, ...]
    after: int
    last: int | None

    def call(self, after: int | str | None = None) -> Call:
        filter_: dict[str, Any] = {"@stageId": self.stages, ">id": self.after if after is None else after}
        if self.last is not None:
            filter_["<=id"] = self.last
        params = {
            "entityTypeId": self.entity,
            "select": items.select(self.entity),
            "filter": filter_,
            "order": {"id": "ASC"},
            "start": -1,
        }
        return Call("crm.item.list", params)


def pages(source: Bitrix24, stages: Sequence[str], waiting: Sequence[str]) -> Iterator[list[Seen]]:
    """Each list is one request's.

    Raises:
        Unreachable, Busy: between any two.
    """
    queue = stretches(stages, waiting)
    besides = source.besides().calls()
    while queue or besides:
        some, queue = queue[: MOST - min(len(besides), MOST // 2)], queue[MOST - min(len(besides), MOST // 2) :]
        extra, besides = besides[: MOST - len(some)], besides[MOST - len(some) :]
        answered = source.asked([stretch.call() for stretch in some], Urgency.VERDICT, extra)
        source.besides().heard(answered[len(some) :])
        found = []
        for stretch, (call, reply) in zip(some, answered, strict=False):
            page = source.page(call, reply)
            found += page
            if len(page) == PAGE:
                rest = Stretch(stretch.entity, stretch.stages, item_of(page[-1].key)[1], stretch.last)
                if rest.last is None:
                    yield found
                    found = []
                    yield from _chained(source, rest)
                else:
                    queue.append(rest)
        yield found


def _chained(source: Bitrix24, stretch: Stretch) -> Iterator[list[Seen]]:
    """Pages beyond what is known, ten in a request: each command refers to the last item of the one before. After the
    first short page the references lead nowhere, and what they bring is not looked at."""
    after, chain = stretch.after, min(CHAIN, source.fits("crm.item.list"))
    while True:
        calls = [stretch.call(after)]
        calls += [stretch.call(f"$result[c{place}][items][{PAGE - 1}][id]") for place in range(chain - 1)]
        found: list[Seen] = []
        for call, reply in source.asked(calls, Urgency.VERDICT):
            page = source.page(call, reply)
            found += page
            if len(page) < PAGE:
                yield found
                return
        yield found
        after = item_of(found[-1].key)[1]


def stretches(stages: Sequence[str], waiting: Sequence[str]) -> list[Stretch]:
    """What is to be asked so that each answer fits a page, unless there is news."""
    asked: dict[int, list[str]] = defaultdict(list)
    for key in stages:
        entity_name, _, stage = key.partition(":")
        if stage != OTHER:
            asked[item_of(f"{entity_name}:0")[0]].append(stage)
    known: dict[int, list[int]] = defaultdict(list)
    for key in waiting:
        entity, number = item_of(key)
        known[entity].append(number)
    found = []
    for entity, names in asked.items():
        numbers, after = sorted(known[entity]), 0
        for start in range(0, len(numbers), STRETCH):
            last = numbers[min(start + STRETCH, len(numbers)) - 1]
            found.append(Stretch(entity, tuple(names), after, last))
            after = last
        found.append(Stretch(entity, tuple(names), after, None))
    return found


class Beside:
    """What is asked beside the leads, in the request of a sweep: people each minute, the bot's buttons and the queue of
    what has changed each time."""

    def __init__(self, source: Bitrix24) -> None:
        self._source = source
        self._people: list[Call] = []
        self._answers: list[tuple[Call, Reply]] = []

    def calls(self) -> list[Call]:
        portal = self._source.portal
        self._people = people.due(portal)
        return [*presses.calls(portal), *offline.calls(portal), *self._people]

    def heard(self, answered: Sequence[tuple[Call, Reply]]) -> None:
        """Presses are acted on at once: the leads of the same request are judged next."""
        pressed = [(call, reply) for call, reply in answered if call.method == presses.EVENTS]
        presses.heard(self._source.portal, pressed, clock.now())
        changed = [(call, reply) for call, reply in answered if call.method in (offline.GET, offline.CLEAR)]
        if changed:
            offline.heard(self._source.portal, changed, clock.now())
        beside = {presses.EVENTS, offline.GET, offline.CLEAR}
        self._answers += [(call, reply) for call, reply in answered if call.method not in beside]

    def done(self, now: datetime) -> None:
        """Take note of it, after the leads."""
        if self._people:
            people.synced(self._source.portal, self._answers, self._source.client, now)
