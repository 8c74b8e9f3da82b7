"""What people do: visitors fill in the public form, salespeople look at their offers sooner or later, the head acts."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urlencode

from django.urls import reverse

from leaddrum import engine
from leaddrum.demo import cast
from leaddrum.demo.stage import HOST, Stage
from leaddrum.models import Company, Cycle, Effect, Person


class FormRefusedError(RuntimeError):
    """The public form did not take what a visitor sent."""


class _Inputs(HTMLParser):
    """The hidden inputs of a page, as a browser would send them back."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "input" and said.get("type") == "hidden" and said.get("name"):
            self.found[str(said["name"])] = said.get("value") or ""


class Visitors:
    """They open the form at one step and send it at the next, over HTTP like everybody."""

    def __init__(self, stage: Stage, began: datetime) -> None:
        self._stage, self._began = stage, began
        self._coming = list(cast.VISITORS)
        self._writing: list[tuple[cast.Visitor, dict[str, str]]] = []
        self._path = reverse("form", args=["demo", "site"])

    def act(self) -> None:
        for visitor, inputs in self._writing:
            self._send(visitor, inputs)
        self._writing = []
        while self._coming and self._began + timedelta(seconds=self._coming[0].at) <= self._stage.now:
            self._writing.append((self._coming.pop(0), self._form()))

    def _form(self) -> dict[str, str]:
        inputs = _Inputs()
        inputs.feed(self._talk("GET")[1])
        return inputs.found

    def _send(self, visitor: cast.Visitor, inputs: dict[str, str]) -> None:
        lang = self._stage.lang
        said = {"name": visitor.name[lang], "phone": visitor.phone[lang], "text": visitor.text[lang], "consent": "1"}
        status, page = self._talk("POST", urlencode({**inputs, **said}))
        if status != 303:
            raise FormRefusedError(f"{status}: {page[:200]}")

    def _talk(self, method: str, body: str | None = None) -> tuple[int, str]:
        line = HTTPConnection(HOST, self._stage.port, timeout=30)
        try:
            line.request(method, self._path, body, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody will do with an offer, and when; `when` None: he forgets it."""

    when: datetime | None
    declines: bool = False


class Floor:
    """The salespeople and their head. The same seed, the same day."""

    def __init__(self, company: Company, seed: int, lang: str, began: datetime) -> None:
        self._company, self._lang, self._began = company, lang, began
        self._people = {person.pk: person.key for person in Person.objects.filter(company=company)}
        self._ids = {key: pk for pk, key in self._people.items()}
        self._dice = {key: random.Random(f"{seed}:{key}") for key in cast.HABITS}  # noqa: S311  a play, no secret
        self._plans: dict[tuple[int, int], Plan] = {}
        self._offers: Counter[str] = Counter()

    def act(self, now: datetime) -> None:
        open_turns = Cycle.objects.filter(company=self._company, state=Cycle.State.OFFERED).select_related("lead")
        for cycle in open_turns.order_by("pk"):
            self._answer(cycle, now)
        self._head(now)
        self._pause(now)

    def _answer(self, cycle: Cycle, now: datetime) -> None:
        key = (cycle.pk, cycle.turn_number)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._plan(cycle, now)
        if cycle.holder_id is None or plan.when is None or now < plan.when:
            return
        if plan.declines:
            reason = {"ru": "этот клиент у коллеги из салона", "en": "a colleague in the shop has this client"}
            engine.decline(*key, by=cycle.holder_id, reason=reason[self._lang], now=now)
        else:
            engine.take(*key, by=cycle.holder_id, now=now)

    def _plan(self, cycle: Cycle, now: datetime) -> Plan:
        key = self._people[cycle.holder_id or 0]
        habit, dice = cast.HABITS[key], self._dice[key]
        self._offers[key] += 1
        wait = timedelta(seconds=dice.randint(habit.soonest, habit.latest))
        forgets = dice.random() < habit.forgets
        if cycle.pinned_id is not None:
            return Plan(now + timedelta(seconds=habit.soonest))
        if forgets or (cycle.misses < 2 and cycle.lead.phone in cast.HARD_PHONES):
            return Plan(None)
        return Plan(now + wait, declines=self._offers[key] == habit.declines)

    def _pause(self, now: datetime) -> None:
        """The diligent one goes out for a while (S-24), and comes back by one press."""
        person = Person.objects.get(pk=self._ids[cast.DILIGENT])
        out = timedelta(seconds=cast.AWAY) <= now - self._began < timedelta(seconds=cast.BACK)
        if out and person.paused_at is None:
            reason = {"ru": "на замере у клиента", "en": "measuring at a client's"}
            engine.pause(person.pk, reason=reason[self._lang], now=now)
        if not out and person.paused_at is not None:
            engine.resume(person.pk, now=now)

    def _head(self, now: datetime) -> None:
        """Called, she reads the story and gives the lead to somebody by name."""
        before = now - timedelta(seconds=cast.HEAD_READS)
        called = Effect.objects.filter(company=self._company, kind="escalated", read_at=None, created_at__lte=before)
        for call in called.select_related("cycle").order_by("pk"):
            Effect.objects.filter(pk=call.pk).update(read_at=now)
            cycle = call.cycle
            if cycle is not None and cycle.state == Cycle.State.OFFERED and cycle.holder_id != self._ids[cast.DILIGENT]:
                engine.assign(cycle.lead_id, self._ids[cast.DILIGENT], by=self._ids[cast.HEAD], now=now)
