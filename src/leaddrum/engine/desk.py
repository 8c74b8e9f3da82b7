"""One transaction's working table: cycles are read, decided on, and everything is written at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import F

from leaddrum import wake
from leaddrum.core import asked, decided
from leaddrum.core import cycle as c
from leaddrum.core.after import after
from leaddrum.core.course import Facts, Past
from leaddrum.core.cycle import Reading
from leaddrum.core.policy import Meaning
from leaddrum.core.rules import run
from leaddrum.engine import clients, org, store
from leaddrum.engine.calls import Calls, calls_since
from leaddrum.engine.cards import Card, open_turns
from leaddrum.engine.changes import Changes, next_at
from leaddrum.engine.lock import in_company
from leaddrum.engine.pools import Pools
from leaddrum.engine.rows import dumped
from leaddrum.models import Cycle as CycleRow
from leaddrum.models import Turn

READING = timedelta(seconds=60)


class Desk:
    """Everything one transaction decides about one company."""

    def __init__(self, company: int, version: int, now: datetime) -> None:
        """`version` is the company's `staff_version`.

        Raises:
            ValueError: `now` is naive (I6); one of another zone is the same instant in UTC.
        """
        if now.tzinfo is None:
            raise ValueError("a naive datetime is no instant")
        now = now.astimezone(UTC)
        self.company = company
        self.now = now
        self.org = org.at(company, version, now)
        self.pools = Pools(self.org, now)
        self.changes = Changes(self.org, self.pools, now)
        self.at: int | None = None  # the cycle being decided on: what fails now fails because of it
        self.away: tuple[datetime, datetime] | None = None  # when nobody could take, because nothing ran (S-42)
        self._calls: Calls | None = None  # read when the first turn is judged
        self._paused: list[int] = []  # by their misses (S-55): what they hold besides passes on too

    def look(self, card: Card, ask: asked.Ask | None = None, *, fresh: bool = False) -> tuple[decided.Event, ...]:
        """Decide on one cycle and book what was decided."""
        self.at = card.cycle.id
        facts = self.facts(card, ask, fresh=fresh)
        events, changed = run(facts, facts.pool.policy, self.now)
        if events:
            misses = [event for event in events if isinstance(event, decided.Missed)]
            self._paused += [miss.person for miss in misses if miss.paused and miss.person is not None]
            events = _with_history(card.cycle.id, events)
            self.changes.add(facts, card.drum, card.seq, card.candidates, events, changed)
        elif card.next_at is not None and card.next_at <= self.now:
            self._snooze(facts, card)
        if card.stumbled:
            self.changes.mended.append(card.cycle.id)
        self.at = None
        return events

    def book(self, card: Card, events: tuple[decided.Event, ...]) -> None:
        """Book events that an edit decided, not the rules."""
        facts = self.facts(card, None, fresh=False)
        cycle = card.cycle
        for event in events:
            cycle = after(cycle, event)
        self.changes.add(facts, card.drum, card.seq, card.candidates, events, cycle)

    def note(self, cycle_id: int, kind: str, data: dict[str, Any]) -> int:
        """A journal entry about a cycle whose state does not change by it. Returns its number. A card of the cycle that
        was read before must be read again."""
        CycleRow.objects.filter(pk=cycle_id).update(seq=F("seq") + 1)
        seq = CycleRow.objects.values_list("seq", flat=True).get(pk=cycle_id)
        self.changes.entries.append((self.company, cycle_id, seq, self.now, kind, dumped(data)))
        return int(seq)

    def renew(self) -> None:
        """Read the people anew: they were edited in this transaction."""
        self.org = org.of(self.company, self.now)
        self.pools = Pools(self.org, self.now)
        self.changes = Changes(self.org, self.pools, self.now)

    def facts(self, card: Card, ask: asked.Ask | None, *, fresh: bool) -> Facts:
        """All that a decision about this cycle may look at."""
        cycle, turn = card.cycle, card.cycle.turn
        policy = self.org.policies[card.drum]
        lead = self._reading(card, fresh=fresh)
        guests = (
            turn.person if turn else None,
            cycle.pinned,
            lead.known_owner,
            None if policy.rotate else card.owner,
            ask.to if isinstance(ask, asked.Reassign) else None,
        )
        pool = self.pools.of(card.drum, card.owner, guests)
        began = turn.offered_at if turn is not None else self.now
        late_news = cycle.last_turn > 0 and lead.meaning is Meaning.TAKE and lead.moved_at < began
        if turn is not None and turn.person is None:
            cycle = replace(cycle, turn=replace(turn, candidates=_lines(card.candidates)))
        return Facts(
            cycle=cycle,
            lead=lead,
            pool=pool,
            running=policy if turn is None else self.org.policy(card.drum, turn.policy_version),
            ask=ask,
            past=_past(cycle.id) if late_news else (),
            outage=self._outage(card, pool.people[turn.person].hours) if turn and turn.person and self.away else 0.0,
            on_call=self._on_call(turn),
            apart=self.org.apart,
            watched=self.org.watched,
        )

    def _reading(self, card: Card, *, fresh: bool) -> Reading:
        mover = self.org.people.get(card.moved_by) if card.moved_by is not None else None
        known = None
        if card.cycle.last_turn == 0 and not card.deleted:
            known = clients.known_owner(self.company, card.cycle.lead)
        return Reading(
            exists=not card.deleted,
            stage=self.org.stages[card.stage].key,
            meaning=self.org.meaning(card.drum, card.stage),
            owner=card.owner,
            moved_at=card.moved_at,
            moved_by=card.moved_by,
            moved_by_robot=mover is None or mover.technical,
            source=card.source,
            read_at=card.read_at if self.org.apart else self.now,
            known_owner=known,
            fresh=fresh,
        )

    def _outage(self, card: Card, hours: Any) -> float:
        turn = card.cycle.turn
        if turn is None or self.away is None:
            return 0.0
        start, end = max(turn.offered_at, self.away[0]), min(turn.due_at, self.away[1])
        return float(hours.between(start, end)) if start < end else 0.0

    def _on_call(self, turn: c.Turn | None) -> bool:
        """Whether its holder was on the phone with a client when his time ran out (S-48)."""
        if turn is None or turn.person is None or turn.due_at > self.now:
            return False
        if self._calls is None or turn.due_at < self._calls.since:
            self._calls = calls_since(self.company, turn.due_at)
        return self._calls.covers(turn.person, turn.due_at)

    def _snooze(self, facts: Facts, card: Card) -> None:
        """Nothing was due after all: ask again at the next alarm, at least a second from now. A verdict that waits for
        a reading of a CRM apart falls with that reading; the alarm is only there so that it is never forgotten."""
        alarm = next_at(facts, card.cycle)
        if alarm is not None:
            alarm = max(alarm, self.now + (READING if facts.apart else timedelta(seconds=1)))
        self.changes.alarms.append((alarm, card.cycle.id))

    def flush(self) -> None:
        """Write what was decided so far, so that the next look reads it."""
        store.write(self.company, self.changes)
        self.changes = Changes(self.org, self.pools, self.now)

    def finish(self) -> None:
        """Write it all and wake whoever must know."""
        self.flush()
        while self._paused:
            for card in open_turns("c.holder_id = %s", self._paused.pop()):
                self.look(card, asked.Gone("paused"))
            self.flush()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, '')", [wake.CHANNEL])
        transaction.on_commit(wake.call)


@contextmanager
def desk(company_id: int, now: datetime) -> Iterator[Desk]:
    """A transaction over one company; what was decided in it is written at its end."""
    with in_company(company_id) as company:
        table = Desk(company.pk, company.staff_version, now)
        yield table
        table.finish()


def _lines(candidates: str) -> tuple[c.Line, ...]:
    return tuple(c.Line(*line) for line in orjson.loads(candidates))


def _past(cycle: int) -> tuple[Past, ...]:
    rows = Turn.objects.filter(cycle_id=cycle).order_by("number")
    return tuple(
        Past(turn.number, turn.person_id, turn.offered_at, turn.due_at, turn.verdict == "missed", turn.verdict_at)
        for turn in rows.defer("candidates")
    )


def _with_history(cycle: int, events: tuple[decided.Event, ...]) -> tuple[decided.Event, ...]:
    """The head who is pulled in is told of all the misses so far (S-8)."""
    if not any(isinstance(event, decided.Escalated) for event in events):
        return events
    missed = [(past.person, past.due_at) for past in _past(cycle) if past.missed]
    missed += [(event.person, event.due_at) for event in events if isinstance(event, decided.Missed)]
    return tuple(replace(e, history=tuple(missed)) if isinstance(e, decided.Escalated) else e for e in events)
