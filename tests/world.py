"""A company with people, a fake clock and leads: what the stories are told in.

    world = World(budget="30m")
    lead = world.lead()
    expect_offer(lead, to="anna", due="10:30")
    world.forward(minutes=30)
    expect_offer(lead, to="boris", due="11:00")

The clock starts on Monday, 2 March 2026, 10:00 in Moscow; the office works 09-13 and 14-18 from Monday to Friday. Time
moves only through the instants at which the engine asked to be woken, as its loop does. After every step all invariants
are checked. People, stages and drums are named by their keys, times by the company's wall clock: "10:30" is today's,
"tue 09:30" the first such weekday from today on, "2026-03-09 10:00" is itself.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from leaddrum import company, engine
from leaddrum.models import Company, Cycle, Drum, Effect, Entry, Incident, Lead, Person, Turn
from tests import invariants, toml

ZONE = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 3, 2, 10, tzinfo=ZONE)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

COMPANY: dict[str, Any] = {
    "company": {"name": "Окна", "zone": "Europe/Moscow", "language": "ru"},
    "stages": {
        "new": {"title": "Новый", "meaning": "entry"},
        "in_work": {"title": "В работе", "meaning": "take"},
        "qualified": {"title": "Квалифицирован", "meaning": "take"},
        "later": {"title": "Подумает", "meaning": "ignore"},
        "junk": {"title": "Спам", "meaning": "close"},
    },
    "calendars": {
        "office": {"weekdays": ["09:00-13:00", "14:00-18:00"]},
        "always": {"every_day": ["00:00-24:00"]},
    },
    "departments": [
        {"id": "firm", "name": "Фирма", "head": "viktor"},
        {"id": "sales", "name": "Продажи", "parent": "firm", "head": "olga"},
    ],
    "people": [
        {"id": "viktor", "name": "Виктор Директор", "departments": ["firm"], "role": "head"},
        {"id": "olga", "name": "Ольга Руднева", "departments": ["sales"], "role": "head"},
        {"id": "anna", "name": "Анна Ким", "departments": ["sales"]},
        {"id": "boris", "name": "Борис Левин", "departments": ["sales"]},
        {"id": "clara", "name": "Клара Вайс", "departments": ["sales"]},
        {"id": "irina", "name": "Ирина Админ", "departments": [], "role": "admin"},
    ],
    "drums": [
        {
            "id": "drum",
            "name": "Новые лиды",
            "entry": ["new"],
            "roster": {"people": ["anna", "boris", "clara"]},
            "budget": "30m",
            "calendar": "office",
            "verdict_delay": "0s",  # so that a story's deadlines fall on round times; S-6's own tests set it
        }
    ],
    "routing": {"default_drum": "drum"},
}


_numbers = itertools.count(1)


@dataclass(frozen=True)
class Card:
    """A lead as a story sees it: always read afresh."""

    world: World
    id: int

    @property
    def row(self) -> Lead:
        return Lead.objects.select_related("owner", "stage").get(pk=self.id)

    @property
    def cycle(self) -> Cycle:
        """The newest cycle."""
        return Cycle.objects.filter(lead=self.id).select_related("holder", "drum", "taken_by").latest("number")

    @property
    def holder(self) -> str | None:
        cycle = self.cycle
        return self._named(cycle.holder_id) if cycle.state == "offered" else None

    @property
    def owner(self) -> str | None:
        return self._named(self.row.owner_id)

    @property
    def stage(self) -> str:
        return self.world.stage_name(self.row.stage.key)

    @property
    def state(self) -> str:
        return self.cycle.state

    @property
    def due(self) -> datetime | None:
        return self.cycle.due_at

    @property
    def turn(self) -> tuple[int, int]:
        """The name of the newest turn: what a take button carries (S-34)."""
        cycle = self.cycle
        return cycle.pk, cycle.turn_number

    @property
    def turns(self) -> list[Turn]:
        return list(Turn.objects.filter(cycle__lead=self.id).select_related("person").order_by("cycle_id", "number"))

    @property
    def verdicts(self) -> list[tuple[str | None, str]]:
        """(person, verdict) of every ended turn, of all cycles."""
        return [(self._named(turn.person_id), turn.verdict) for turn in self.turns]

    @property
    def incidents(self) -> list[Incident]:
        found = Incident.objects.filter(lead=self.id).select_related("person", "next_person")
        return list(found.order_by("cycle_id", "turn_number"))

    @property
    def journal(self) -> list[str]:
        """What the journal says of it: the kinds of its entries, of all cycles."""
        return [entry.kind for entry in self.entries()]

    def entries(self, kind: str = "") -> list[Entry]:
        found = Entry.objects.filter(cycle__lead=self.id).order_by("cycle_id", "seq")
        return list(found.filter(kind=kind) if kind else found)

    def _named(self, person: int | None) -> str | None:
        return self.world.key(person) if person is not None else None

    @property
    def candidates(self) -> dict[str, str]:
        """The newest choice: who was considered, and chosen or why not (S-20)."""
        return {person: code for person, code, _ in self._lines()}

    def reason(self, person: str) -> str:
        """The value that belongs to a candidate's code: an instant, "3/3", …"""
        return next(value for key, _, value in self._lines() if key == person)

    def _lines(self) -> list[tuple[str, str, str]]:
        chosen = self.entries("offered") + self.entries("held")
        newest = max(chosen, key=lambda entry: entry.pk)
        return [(self.world.key(pk), code, value) for pk, code, value in newest.data["candidates"]]


@functools.lru_cache
def _checked(text: str, now: datetime) -> None:
    """A company's file is checked before it is applied, once: most stories begin with the same one.

    Raises:
        Unreadable: with the mistakes that are in it.
    """
    mistakes = company.lint(company.read(text), now=now).errors
    if mistakes:
        raise company.Unreadable(mistakes)


class World:
    """One company. Keyword arguments are settings of its drum; `_edit` changes anything else of its file."""

    newest: World  # the one whose clock the pages and the API read

    def __init__(self, *, start: str = "", people: Mapping[str, Mapping[str, Any]] | None = None, **drum: Any) -> None:
        self.now = MONDAY.astimezone(UTC)
        if start:
            self.now = self.at(start)
        self.file = copy.deepcopy(COMPANY)
        self.file["company"]["key"] = f"firm-{next(_numbers)}"  # a story may have several worlds
        self.memory = invariants.Memory()
        for key, values in (people or {}).items():
            self.person_table(key).update(values)
        self.drum_table().update(drum)
        World.newest = self
        self.company_id = self._apply()

    # The company file

    def person_table(self, key: str) -> dict[str, Any]:
        """A person's table in the file; a new one when nobody has that key."""
        for table in self.file["people"]:
            if table["id"] == key:
                return cast("dict[str, Any]", table)
        self.file["people"].append({"id": key, "name": key.title(), "departments": ["sales"]})
        return cast("dict[str, Any]", self.file["people"][-1])

    def drum_table(self, key: str = "drum") -> dict[str, Any]:
        for table in self.file["drums"]:
            if table["id"] == key:
                return cast("dict[str, Any]", table)
        self.file["drums"].append({"id": key, "name": key})
        return cast("dict[str, Any]", self.file["drums"][-1])

    def edit(self, drum: str = "drum", **settings: Any) -> None:
        """The administrator changes a drum's settings and applies the file."""
        self.drum_table(drum).update(settings)
        self.apply()

    def apply(self) -> None:
        """The administrator applies the file as it is now."""
        self._apply()
        self.check()

    def _apply(self) -> int:
        text = toml.dumps(self.file)
        whose = {name: value for name, value in self.file["company"].items() if name != "key"}
        _checked(toml.dumps(self.file | {"company": whose}), self.now)
        return company.apply(company.read(text), text, by="test", now=self.now).pk

    # Time

    def at(self, text: str) -> datetime:
        """An instant named by the company's wall clock; see the module's docstring."""
        local = self.now.astimezone(ZONE)
        first, _, rest = text.partition(" ")
        if first.lower() in WEEKDAYS:
            days = (WEEKDAYS.index(first.lower()) - local.weekday()) % 7
            return datetime.combine(local.date() + timedelta(days), time.fromisoformat(rest), ZONE).astimezone(UTC)
        if rest:
            return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
        return datetime.combine(local.date(), time.fromisoformat(text), ZONE).astimezone(UTC)

    def forward(self, **duration: float) -> None:
        """Let time pass: `forward(minutes=30)`."""
        self.until(self.now + timedelta(**duration))

    def until(self, when: str | datetime) -> None:
        """Let time pass until then, waking the engine whenever it asked to be woken."""
        target = self.at(when) if isinstance(when, str) else when
        assert target >= self.now, f"{target} has passed"
        asked = self.tick()
        same = 0
        while asked is not None and asked <= target:
            same = same + 1 if asked <= self.now else 0
            assert same < 5, f"the engine asks for {asked} again and again"
            self.now = max(self.now, asked)
            asked = self.tick()
        self.now = target
        self.tick()

    def jump(self, **duration: float) -> None:
        """Time passes while the engine does not run; nothing is looked at until the next tick."""
        self.now += timedelta(**duration)

    def tick(self) -> datetime | None:
        """The engine wakes once; returns when it wants to be woken next."""
        for _ in range(100):
            done = engine.tick(self.now)
            self.check()
            if not done.more:
                return done.next_at
        raise AssertionError("a hundred ticks at one instant and still more to do")

    def look_again(self, lead: Card) -> None:
        """A sweep: the engine reads this lead although nothing of it is due."""
        Cycle.objects.filter(pk=lead.cycle.pk).update(next_at=self.now)
        Company.objects.filter(pk=self.company_id).update(wake_at=self.now)
        self.tick()

    # What people do

    def lead(self, title: str = "Окна на дачу", *, owner: str | None = None, drum: str = "", **values: Any) -> Card:
        """A lead comes in now. `values` are those of engine.Arrival."""
        arrival = engine.Arrival(
            title=title,
            owner=self.pk(owner) if owner else None,
            drum=Drum.objects.get(company=self.company_id, key=drum).pk if drum else None,
            **values,
        )
        arrived = engine.arrive(self.company_id, arrival, now=self.now)
        self.check()
        return Card(self, arrived.lead)

    def leads(self, number: int, **values: Any) -> list[Card]:
        return [self.lead(f"Лид {index + 1}", **values) for index in range(number)]

    def take(self, lead: Card, *, by: str) -> engine.Pressed | engine.Stale:
        """He presses the take button of the lead's newest offer."""
        return self.press(lead.turn, by=by)

    def press(self, turn: tuple[int, int], *, by: str) -> engine.Pressed | engine.Stale:
        """He presses a take button, perhaps an old one."""
        answer = engine.take(*turn, by=self.pk(by), now=self.now)
        self.check()
        return answer

    def take_card(self, lead: Card, *, by: str) -> None:
        """He takes the lead from the board, offered to him or not."""
        engine.take_lead(lead.id, by=self.pk(by), now=self.now)
        self.check()

    def decline(self, lead: Card, *, by: str, reason: str = "не мой профиль") -> None:
        self.decline_turn(lead.turn, by=by, reason=reason)

    def decline_turn(self, turn: tuple[int, int], *, by: str, reason: str = "не мой профиль") -> None:
        engine.decline(*turn, by=self.pk(by), reason=reason, now=self.now)
        self.check()

    def move(self, lead: Card, stage: str, *, by: str | None) -> None:
        """Somebody moves the card; `by=None` is a robot."""
        engine.move(lead.id, stage, by=self.pk(by) if by else None, now=self.now)
        self.check()

    def assign(self, lead: Card, to: str, *, by: str | None) -> None:
        engine.assign(lead.id, self.pk(to), by=self.pk(by) if by else None, now=self.now)
        self.check()

    def delete(self, lead: Card, *, by: str = "irina") -> None:
        engine.delete(lead.id, by=self.pk(by), now=self.now)
        self.check()

    def pause(self, person: str, reason: str = "обед") -> None:
        engine.pause(self.pk(person), reason=reason, now=self.now)
        self.check()

    def resume(self, person: str) -> None:
        engine.resume(self.pk(person), now=self.now)
        self.check()

    def absent(self, person: str, start: str, end: str, reason: str = "отпуск") -> int:
        absence = engine.add_absence(self.pk(person), self.at(start), self.at(end), reason, now=self.now)
        self.check()
        return absence

    def away(self, person: str, *, later: int, hours: int) -> int:
        """Absent for some hours, from now or later."""
        start = self.now + timedelta(hours=later)
        absence = engine.add_absence(self.pk(person), start, start + timedelta(hours=hours), "", now=self.now)
        self.check()
        return absence

    def back(self, absence: int) -> None:
        engine.end_absence(absence, now=self.now)
        self.check()

    def head_decides(self, lead: Card, action: str, *, by: str = "olga") -> None:
        engine.head_decides(lead.cycle.pk, action, by=self.pk(by), now=self.now)
        self.check()

    def annul(self, incident: Incident, *, by: str = "olga", why: str = "был на больничном") -> None:
        engine.annul(incident.pk, by=self.pk(by), why=why, now=self.now)
        self.check()

    def explain(self, incident: Incident, text: str, *, by: str) -> None:
        engine.explain(incident.pk, by=self.pk(by), text=text, now=self.now)
        self.check()

    # What can be seen

    def pk(self, person: str) -> int:
        return self.person(person).pk

    def person(self, key: str) -> Person:
        return Person.objects.get(company=self.company_id, key=key)

    def key(self, pk: int) -> str:
        return Person.objects.get(pk=pk).key

    def stage_name(self, key: str) -> str:
        """As the stories call it; a CRM has names of its own."""
        return key

    def told(self, person: str, kind: str = "") -> list[Effect]:
        """His notices, oldest first."""
        found = Effect.objects.filter(person=self.pk(person)).order_by("pk")
        return list(found.filter(kind=kind) if kind else found)

    def notices(self, person: str) -> list[str]:
        """The kinds of his notices, oldest first."""
        return [effect.kind for effect in self.told(person)]

    def incidents(self) -> list[Incident]:
        return list(Incident.objects.filter(company=self.company_id).order_by("pk"))

    def check(self) -> None:
        invariants.check(self.company_id, self.memory)

    @property
    def company(self) -> Company:
        return Company.objects.get(pk=self.company_id)


def wall(when: datetime | None) -> str:
    """An instant as the stories write it: "mon 10:30"."""
    if when is None:
        return "never"
    local = when.astimezone(ZONE)
    seconds = local.strftime(":%S") if local.second else ""
    return f"{WEEKDAYS[local.weekday()]} {local:%H:%M}{seconds}"


def expect_offer(lead: Card, *, to: str | None, due: str = "", turn: int = 0) -> None:
    """The lead is offered to this person (None: to everybody) until then."""
    cycle = lead.cycle
    assert cycle.state == "offered", f"{cycle.state} {cycle.hold}: {lead.journal}"
    assert lead.holder == to, f"offered to {lead.holder}, not {to}: {lead.candidates}"
    if due:
        assert wall(cycle.due_at) == (due if " " in due else f"{wall(lead.world.now)[:3]} {due}")
    if turn:
        assert cycle.turn_number == turn


def expect_hold(lead: Card, reason: str) -> None:
    """The lead waits, visibly, for this reason."""
    cycle = lead.cycle
    assert (cycle.state, cycle.hold.get("reason")) == ("held", reason), f"{cycle.state} {cycle.hold} {lead.holder}"


def expect_taken(lead: Card, *, by: str) -> None:
    cycle = lead.cycle
    assert cycle.state == "taken", f"{cycle.state}: {lead.journal}"
    assert cycle.taken_by is not None
    assert (lead.world.key(cycle.taken_by.pk), lead.owner) == (by, by)


def expect_verdicts(lead: Card, *expected: str) -> None:
    """Every ended turn as "person verdict"."""
    found = [f"{person} {verdict}" for person, verdict in lead.verdicts]
    assert found == list(expected)


def holders(leads: Iterable[Card]) -> list[str | None]:
    return [lead.holder for lead in leads]
