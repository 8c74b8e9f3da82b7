"""The months themselves: leads come, the engine's clock ticks, people react, each at its very instant."""

from __future__ import annotations

import heapq
import itertools
import json
import random
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from django.conf import settings
from django.db import connection, transaction

from leaddrum import clock, company, engine
from leaddrum.engine import org
from leaddrum.engine.rows import instant
from leaddrum.history import coming, truth
from leaddrum.history.floor import Deed, Floor, Offer
from leaddrum.models import Company, Person

MONTH = timedelta(days=365.25 / 12)
CHANGE = "60m", "40m"  # the corporate drum's budget in the first half of the time, and then
COMMIT = 200  # steps in one transaction
HOLIDAY = timedelta(days=12)
SICK, SICK_DAYS = 0.012, 3  # chance of falling ill on a day
REASONS = {"ru": ("отпуск", "больничный"), "en": ("holiday", "ill")}


class HoldsACompanyError(Exception):
    """The data folder is somebody's: a sample history would mix invented leads into it."""


def play(*, months: int, leads: int, seed: int, lang: str, until: datetime | None) -> Company:
    """Play so many months that end at `until` (else with yesterday), and write `truth.json` beside the database.

    Raises:
        HoldsACompanyError: there is a company already.
    """
    if Company.objects.exists():
        raise HoldsACompanyError("This folder already holds a company. Name an empty one with --data DIR.")
    text = (Path(__file__).parent / f"company.{lang}.toml").read_text(encoding="utf-8")
    zone = ZoneInfo(company.read(text.encode()).zone)
    last = until if until is None or until.tzinfo else until.replace(tzinfo=zone)  # a day named is the company's
    end = (last or clock.now()).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    months_played = _Months(text, leads, seed, lang, end - months * MONTH, end)
    with click.progressbar(
        months_played.steps(), length=leads, label="leads", file=sys.stderr, update_min_steps=50
    ) as bar:
        for _lead in bar:
            pass
    told = json.dumps(truth.described(seed), indent=1, ensure_ascii=False)
    Path(settings.DATA, "truth.json").write_text(told, encoding="utf-8")
    return months_played.firm


class _Months:
    """One play. What is to be done lies in a heap by its instant; the engine's own alarm is asked after every step."""

    def __init__(self, text: str, count: int, seed: int, lang: str, since: datetime, until: datetime) -> None:
        self._text, self._lang = text, lang
        self._dice = random.Random(f"{seed}:coming")  # noqa: S311  a play, no secret
        self._numbers = itertools.count()
        self._todo: list[tuple[datetime, int, Deed]] = []
        self._entries = 0  # of the journal, read so far
        self._since, self._until = since.astimezone(clock.now().tzinfo), until.astimezone(clock.now().tzinfo)
        self.firm = company.apply(company.read(text.encode()), text, by="sample-history", now=self._since)
        self._zone = ZoneInfo(self.firm.zone)
        self._floor = Floor(self.firm, seed, lang)
        self._arrived = 0
        self._people = list(Person.objects.filter(company=self.firm, key__in=truth.HABITS))
        self._away()
        self._plan(self._since + (self._until - self._since) / 2, self._change_budget)
        for one in coming.leads(count, self._since, self._last_arrival(), self._zone, lang, self._dice):
            self._plan(one.at, self._arrive(one))

    def steps(self) -> Iterator[int]:
        """Yields the leads one by one as they have come; a few hundred steps share a commit."""
        running = True
        while running:
            before = self._arrived
            with transaction.atomic():
                for _ in range(COMMIT):
                    running = self._step()
                    if not running:
                        break
            yield from range(before, self._arrived)

    def _step(self) -> bool:
        """The next thing that happens; False: nothing more before the end."""
        alarm = self._alarm()
        at = self._todo[0][0] if self._todo else None
        if alarm is not None and (at is None or alarm <= at):
            if alarm >= self._until:
                return False
            while engine.tick(alarm).more:
                pass
            now = alarm
        elif at is not None and at < self._until:
            now, _, deed = heapq.heappop(self._todo)
            deed(now)
        else:
            return False
        self._listen(now)
        return True

    def _alarm(self) -> datetime | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT wake_at, staff_version FROM leaddrum_company WHERE id = %s", [self.firm.pk])
            at, self._floor.version = cursor.fetchone()
        if at is None:
            return None
        found = instant(at)
        return found if found.tzinfo else found.replace(tzinfo=self._since.tzinfo)

    def _plan(self, at: datetime, deed: Deed) -> None:
        heapq.heappush(self._todo, (at, next(self._numbers), deed))

    def _listen(self, now: datetime) -> None:
        """What the journal has got by this step, and what people will do about it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.id, e.kind, e.cycle_id, c.lead_id, c.drum_id, l.source, e.data FROM leaddrum_entry e"
                " JOIN leaddrum_cycle c ON c.id = e.cycle_id JOIN leaddrum_lead l ON l.id = c.lead_id"
                " WHERE e.id > %s ORDER BY e.id",
                [self._entries],
            )
            for number, kind, cycle, lead, drum, source, data in cursor.fetchall():
                self._entries = number
                told = json.loads(data)
                plan = None
                if kind == "offered":
                    plan = self._floor.answer(
                        Offer(cycle, lead, drum, source, told["turn"], told["person"], now, told["budget"])
                    )
                elif kind == "taken" and told["by"] is not None:
                    plan = self._floor.afterwards(lead, told["by"], now)
                elif kind == "escalated" and told["head"] is not None:
                    plan = self._floor.called(cycle, lead, told["head"], now)
                if plan is not None:
                    self._plan(*plan)

    # What is known beforehand.

    def _arrive(self, one: coming.Coming) -> Deed:
        def arrive(now: datetime) -> None:
            engine.arrive(self.firm.pk, one.arrival, now=now)
            self._arrived += 1

        return arrive

    def _last_arrival(self) -> datetime:
        """No lead comes in the last hours of work: the history ends with nothing half done."""
        hours = org.of(self.firm, self._since).calendar("office")
        closing = max(span.end for span in hours.spans() if span.end <= self._until)
        return closing - timedelta(hours=4)

    def _change_budget(self, now: datetime) -> None:
        text = self._text.replace(f'budget = "{CHANGE[0]}"', f'budget = "{CHANGE[1]}"')
        company.apply(company.read(text.encode()), text, by="sample-history", now=now)

    def _away(self) -> None:
        """Everybody has a holiday in half a year, entered beforehand, and is ill now and then, entered that morning."""
        holiday, ill = REASONS[self._lang]
        days = (self._until - self._since).days
        for person in self._people:
            for half in range(0, max(days - 30, 0), 183):
                begins = self._midnight(half + self._dice.randrange(10, max(11, min(170, days - half - 15))))
                self._plan(begins - timedelta(days=10), self._leave(person.pk, begins, begins + HOLIDAY, holiday))
            for day in range(days):
                if self._dice.random() < SICK / SICK_DAYS:
                    begins = self._midnight(day)
                    self._plan(
                        begins + timedelta(hours=8, minutes=40),
                        self._leave(person.pk, begins, begins + timedelta(days=SICK_DAYS), ill),
                    )

    def _leave(self, person: int, begins: datetime, ends: datetime, reason: str) -> Callable[[datetime], None]:
        return lambda now: _add_absence(person, begins, ends, reason, now)

    def _midnight(self, day: int) -> datetime:
        local = (self._since + timedelta(days=day)).astimezone(self._zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(self._since.tzinfo)


def _add_absence(person: int, begins: datetime, ends: datetime, reason: str, now: datetime) -> None:
    engine.add_absence(person, begins, ends, reason, now=now)
