"""A drum's people at one instant, with what changes from turn to turn read afresh inside the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from leaddrum.core.pool import Candidate, Pool
from leaddrum.engine import sql
from leaddrum.engine.rows import instant
from leaddrum.engine.staff import Org


class Pools:
    """The pools of one transaction, each built once; a person's counts are shared by all of them."""

    def __init__(self, org: Org, now: datetime) -> None:
        self.org = org
        self.now = now
        self.open_offers: dict[int, int] = {}
        self.streaks: dict[int, int] = {}
        self._barred: dict[int, tuple[str, str]] = {}
        self._pools: dict[tuple[int, int | None], Pool] = {}

    def of(self, drum: int, owner: int | None, guests: Iterable[int | None] = ()) -> Pool:
        """The drum's pool for a lead of this owner; `guests` are people who may be named besides the roster."""
        key = (drum, self.org.team(drum, owner))
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = self._build(drum, owner)
        for guest in guests:
            if guest is not None and guest not in pool.people and guest in self.org.people:
                self._read([guest])
                pool.people[guest] = self._candidate(drum, guest, len(pool.people) + 1_000_000, guest=True)
                self._stand(drum, pool.people, " AND person_id = %s", guest)
        return pool

    def changed(self, person: int, offers: int) -> None:
        """He holds so many open offers more, or fewer, in every pool."""
        self.open_offers[person] = self.open_offers.get(person, 0) + offers
        for pool in self._pools.values():
            if person in pool.people:
                pool.people[person].open_offers = self.open_offers[person]

    def loaded(self, drum: int, person: int, leads: int) -> None:
        """So many more leads of this drum, or fewer, are his work, in every pool of it."""
        for (of, _team), pool in self._pools.items():
            if of == drum and person in pool.people:
                candidate = pool.people[person]
                candidate.open_leads = max(0, candidate.open_leads + leads)

    def streak(self, person: int, value: int) -> None:
        self.streaks[person] = value
        for pool in self._pools.values():
            if person in pool.people:
                pool.people[person].streak = value

    def bar(self, person: int, code: str, value: str) -> None:
        """He is paused from now on."""
        self._barred[person] = (code, value)
        for pool in self._pools.values():
            if person in pool.people:
                pool.people[person].barred, pool.people[person].barred_value = code, value
                pool.forget(person)

    def _build(self, drum: int, owner: int | None) -> Pool:
        org, now = self.org, self.now
        roster = org.roster(drum, owner)
        self._read(roster)
        weights = org.policies[drum].roster.weights
        people = {}
        for position, person in enumerate(roster):
            people[person] = self._candidate(drum, person, position)
            people[person].weight = weights.get(org.people[person].key, 1.0)
        self._stand(drum, people)
        head = org.drum_head(drum, roster, now)
        return Pool(now, org.service(drum), people, org.policies[drum], head)

    def _stand(self, drum: int, people: dict[int, Candidate], of: str = "", *values: int) -> None:
        """What these have had from the drum so far; a guest too, who may be of another team of it, or was once."""
        for person, last, credit, open_leads in sql.read(
            f"SELECT person_id, {sql.instants('last_offer_at')}, credit, open_leads"  # noqa: S608 - of our own
            f" FROM leaddrum_standing WHERE drum_id = %s{of}",
            [drum, *values],
        ):
            if person in people:
                candidate = people[person]
                candidate.last_offer = instant(last) if last else None
                candidate.credit, candidate.open_leads = credit, open_leads

    def _read(self, people: Iterable[int]) -> None:
        unknown = [person for person in people if person not in self.open_offers]
        if not unknown:
            return
        where, values = "company_id = %s", [self.org.company]
        if len(unknown) < 500:  # above that the whole company is read: an IN list would be longer than the answer
            where += f" AND id IN ({', '.join(['%s'] * len(unknown))})"
            values += unknown
        columns = f"id, open_offers, streak, {sql.instants('paused_at')}"
        for pk, open_offers, streak, paused_at in sql.read(
            f"SELECT {columns} FROM leaddrum_person WHERE {where}",  # noqa: S608 - names of our own
            values,
        ):
            self.open_offers.setdefault(pk, open_offers)
            self.streaks.setdefault(pk, streak)
            if paused_at is not None:
                self._barred.setdefault(pk, ("paused", instant(paused_at).isoformat()))

    def _candidate(self, drum: int, person: int, position: int, *, guest: bool = False) -> Candidate:
        member = self.org.people[person]
        barred, value = self._barred.get(person, ("", ""))
        if not member.active:
            barred, value = "inactive", ""
        elif member.technical:
            barred, value = "technical", ""
        return Candidate(
            id=person,
            position=position,
            hours=self.org.hours(person, drum),
            barred=barred,
            barred_value=value,
            absences=member.absences,
            open_offers=self.open_offers.get(person, 0),
            before=self.open_offers.get(person, 0),
            streak=self.streaks.get(person, 0),
            head=self.org.head_of(person, self.now),
            guest=guest,
        )
