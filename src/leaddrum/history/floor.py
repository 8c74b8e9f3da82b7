"""What the people of a sample history do with an offer, once it is theirs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from leaddrum import engine
from leaddrum.core.worktime import BeyondHorizon, NeverOpens
from leaddrum.engine import org
from leaddrum.history import truth
from leaddrum.models import Company, Cycle

Deed: TypeAlias = Callable[[datetime], None]
Plan: TypeAlias = tuple[datetime, Deed]
JUNK, LOST, WON = 0.05, 0.2, 0.1  # what becomes of a taken lead, of all that are taken
HEAD_ACTS, HEAD_TAKES_TIME = 0.3, timedelta(minutes=20)
DECLINES = {
    "ru": ("Клиент уже у коллеги", "Не моё направление", "Говорит на другом языке"),
    "en": ("A colleague has this client", "Not my field", "Speaks another language"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as the journal tells of it."""

    cycle: int
    lead: int
    drum: int
    source: str
    turn: int
    person: int
    offered_at: datetime
    budget: int


class Floor:
    """Draws what happens; the same seed, the same months."""

    def __init__(self, company: Company, seed: int, lang: str) -> None:
        self._company, self._lang = company.pk, lang
        self._dice = random.Random(f"{seed}:floor")  # noqa: S311  a play, no secret
        self.version = company.staff_version  # whoever plays keeps it up to date

    def answer(self, offer: Offer) -> Plan | None:
        """What becomes of an offer and when; None: nothing before its deadline."""
        dice, company = self._dice, org.at(self._company, self.version, offer.offered_at)
        key = company.people[offer.person].key
        after = truth.HABITS[key].takes(dice, truth.SOURCES[offer.source][1])
        deed: Deed = lambda now: self._take(offer, now)  # noqa: E731
        lot, other = dice.random(), dice.uniform(*truth.OTHER_ENDING)
        if lot < truth.DECLINED + truth.SPAM + truth.SNATCHED and other < after:
            after, deed = other, self._other_ending(offer, lot)
        if after > offer.budget:
            return None
        hours = company.hours(offer.person, offer.drum)
        try:
            return hours.add(offer.offered_at, after), deed
        except (NeverOpens, BeyondHorizon):
            return None

    def afterwards(self, lead: int, by: int, now: datetime) -> Plan | None:
        """What becomes of a lead that was taken."""
        lot = self._dice.random()
        days = timedelta(days=self._dice.uniform(1, 20))
        if lot < JUNK:
            return now + days / 100, lambda at: self._move(lead, "junk", by, at)
        if lot < JUNK + LOST + WON:
            stage = "lost" if lot < JUNK + LOST else "won"
            return now + days, lambda at: self._move(lead, stage, by, at)
        return None

    def called(self, cycle: int, lead: int, head: int, now: datetime) -> Plan | None:
        """A head who is pulled in sometimes gives the lead to somebody by name."""
        if self._dice.random() >= HEAD_ACTS:
            return None
        return now + HEAD_TAKES_TIME, lambda at: self._assign(cycle, lead, head, at)

    # Deeds. Whatever has changed meanwhile, the engine refuses or answers that it is too late.

    def _take(self, offer: Offer, now: datetime) -> None:
        engine.take(offer.cycle, offer.turn, by=offer.person, now=now)

    def _other_ending(self, offer: Offer, lot: float) -> Deed:
        if lot < truth.DECLINED:
            reason = self._dice.choice(DECLINES[self._lang])
            return lambda now: self._decline(offer, reason, now)
        if lot < truth.DECLINED + truth.SPAM:
            return lambda now: self._move(offer.lead, "junk", offer.person, now)
        return lambda now: self._snatch(offer, now)

    def _decline(self, offer: Offer, reason: str, now: datetime) -> None:
        try:
            engine.decline(offer.cycle, offer.turn, by=offer.person, reason=reason, now=now)
        except engine.Refused:
            return

    def _snatch(self, offer: Offer, now: datetime) -> None:
        """A colleague of the same drum takes it from the board."""
        company = org.at(self._company, self.version, now)
        others = [person for person in company.roster(offer.drum, None) if person != offer.person]
        at_work = [person for person in others if company.hours(person, offer.drum).is_open(now)]
        if at_work and self._is_open(offer.cycle, offer.turn):
            engine.take_lead(offer.lead, by=self._dice.choice(at_work), now=now)

    def _assign(self, cycle: int, lead: int, head: int, now: datetime) -> None:
        company = org.at(self._company, self.version, now)
        row = Cycle.objects.filter(pk=cycle, state=Cycle.State.OFFERED).first()
        if row is None:
            return
        at_work = [
            person
            for person in company.roster(row.drum_id, None)
            if person != row.holder_id and company.hours(person, row.drum_id).is_open(now)
        ]
        if at_work:
            quickest = min(at_work, key=lambda person: truth.HABITS[company.people[person].key].median)
            engine.assign(lead, quickest, by=head, now=now)

    def _move(self, lead: int, stage: str, by: int, now: datetime) -> None:
        engine.move(lead, stage, by=by, now=now)

    @staticmethod
    def _is_open(cycle: int, turn: int) -> bool:
        return Cycle.objects.filter(pk=cycle, state=Cycle.State.OFFERED, turn_number=turn).exists()
