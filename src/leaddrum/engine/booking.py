"""The rows that the events of one decision make, besides the cycle's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from leaddrum.core import decided
from leaddrum.core.aftercare import terms
from leaddrum.core.course import Facts
from leaddrum.core.cycle import Cycle, Line, Turn
from leaddrum.core.policy import Strategy
from leaddrum.core.roster import ELIGIBLE, credit
from leaddrum.engine.rows import dumped, plain_lines
from leaddrum.models import Aftercare

if TYPE_CHECKING:
    from leaddrum.engine.changes import Changes

FOLLOWING = frozenset({"telegram"})  # channels whose messages change when their turn is over


class Book:
    """Made for one decision about one cycle."""

    def __init__(self, changes: Changes, facts: Facts, drum: int, before: Cycle, candidates: str) -> None:
        self.changes = changes
        self.facts = facts
        self.drum = drum
        self.cycle = before
        self.candidates = candidates  # of the newest choice, as JSON: made once, written wherever it stands
        self.missed: tuple[decided.Missed, Turn] | None = None
        self.chosen = False  # a choice followed
        self.taken_by: int | None = None

    def event(self, event: decided.Event, turn: Turn | None) -> Turn | None:
        """Book one event; returns the turn that is open after it."""
        changes = self.changes
        match event:
            case decided.Offered(new):
                self._choice(new.candidates)
                self._offered(new)
                return new
            case decided.Held(_, lines):
                self._choice(lines)
            case decided.Missed() if turn is not None:
                self._end(turn, "missed", event.at, event.excuse)
                self._missed(event, turn)
                return None
            case decided.Returned(reason=reason, at=at) if turn is not None:
                self._end(turn, "returned", at, reason)
                return None
            case decided.Voided(reason=reason) if turn is not None:
                self._end(turn, "void", changes.now, reason)
                return None
            case decided.Taken():
                self._taken(event, turn)
                return None
            case decided.Started(at=at, due_at=due_at, remind_at=remind_at) if turn is not None:
                return replace(turn, offered_at=at, due_at=due_at, remind_at=remind_at, asked="", next_up=None)
            case decided.Escalated(head=head) if head is not None:
                self._escalated(event, head)
            case decided.Annulled(turn=number, taken_at=taken_at):
                changes.annulled.append((changes.now, f"taken_in_time {taken_at.isoformat()}", self.cycle.id, number))
                self._record(number)
            case _:
                pass
        return turn

    def _escalated(self, event: decided.Escalated, head: int) -> None:
        """The head becomes an observer, and in a CRM apart he gets a to-do as well (S-8)."""
        self.changes.observers.append((self.cycle.lead, head))
        if self.facts.apart:
            for kind in ("observer", "todo"):
                asked = event.misses if kind == "todo" else 0
                self.changes.ask_crm(self.cycle.lead, kind, self.cycle.id, person_id=head, turn_number=asked)
        if event.mode == "own":
            self._own(head)

    def _record(self, number: int) -> None:
        """The journal's copy in a CRM apart gets this incident, or its new state (S-49)."""
        if self.facts.apart:
            self.changes.ask_crm(self.cycle.lead, "incident", self.cycle.id, turn_number=number)

    def _offered(self, turn: Turn) -> None:
        changes, pool = self.changes, self.facts.pool
        if turn.person is None:
            for line in turn.candidates:
                if line.code == "chosen":
                    self._count(line.person)
            return
        self._own(turn.person, turn.number if turn.asked else 0)
        changes.offers[turn.person] += 1
        changes.pools.changed(turn.person, 1)
        if not turn.sticky and not turn.pinned:
            if pool.policy.strategy is Strategy.WEIGHTED:
                eligible = [line.person for line in turn.candidates if line.code in ELIGIBLE]
                absent = [line.person for line in turn.candidates if line.code == "absent"]
                credited = credit(pool, turn.person, eligible, absent)
                changes.standings.update({(self.drum, person): pool for person in credited})
            self._count(turn.person)

    def _own(self, person: int, turn: int = 0) -> None:
        """He becomes the responsible person: at once on the board, by request in a CRM apart; `turn` starts with it."""
        if not self.facts.apart:
            self.changes.owners.append((person, self.cycle.lead))
        elif turn or self.facts.lead.owner != person:
            self.changes.ask_crm(self.cycle.lead, "owner", self.cycle.id, person_id=person, turn_number=turn)

    def _count(self, person: int) -> None:
        """His place in the circle moves to its end."""
        self.facts.pool.offered(person)
        self.changes.standings[self.drum, person] = self.facts.pool

    def _end(self, turn: Turn, verdict: str, at: datetime, reason: str, person: int | None = None) -> None:
        changes = self.changes
        changes.lanes.update(FOLLOWING & changes.org.channels)
        if turn.person is not None:
            changes.offers[turn.person] -= 1
            changes.pools.changed(turn.person, -1)
            changes.freed = True
        changes.turns.append(
            (
                changes.org.company,
                self.cycle.id,
                turn.number,
                turn.person if person is None else person,
                turn.policy_version,
                turn.offered_at,
                turn.due_at,
                turn.budget,
                verdict,
                at,
                changes.now,
                reason,
                self.candidates,
            )
        )

    def _choice(self, lines: tuple[Line, ...]) -> None:
        self.candidates = dumped(plain_lines(lines))
        self.chosen = True

    def close(self, after: Cycle) -> None:
        """The incident, when there was a miss: it names whom the lead went to and why (S-47)."""
        if self.missed is None:
            return
        event, turn = self.missed
        self._record(turn.number)
        self.changes.incidents.append(
            (
                self.changes.org.company,
                self.cycle.id,
                turn.number,
                self.cycle.lead,
                self.drum,
                turn.person,
                turn.policy_version,
                turn.offered_at,
                turn.due_at,
                event.at,
                turn.budget,
                event.open_offers,
                event.excuse,
                after.turn.person if after.turn else None,
                self.candidates if self.chosen else "[]",
            )
        )

    def _missed(self, event: decided.Missed, turn: Turn) -> None:
        changes = self.changes
        self.missed = (event, turn)
        if turn.person is not None and not event.excuse:
            value = changes.pools.streaks.get(turn.person, 0) + 1
            changes.pools.streak(turn.person, 0 if event.paused else value)
            changes.streaks[turn.person] = 0 if event.paused else value
        if event.paused and turn.person is not None:
            changes.paused.append(turn.person)
            changes.pools.bar(turn.person, "paused", changes.now.isoformat())

    def _taken(self, event: decided.Taken, turn: Turn | None) -> None:
        changes, pool = self.changes, self.facts.pool
        self.taken_by = event.by
        if turn is not None:
            self._end(turn, "taken", event.at, "", person=event.by)
        if event.by is None:
            return
        self._own(event.by)
        self._watch(event.by, event.at)
        if turn is not None and changes.pools.streaks.get(event.by, 0):
            changes.pools.streak(event.by, 0)
            changes.streaks[event.by] = 0
        if event.by in pool.people and not pool.people[event.by].guest:
            pool.people[event.by].open_leads += 1
            changes.standings[self.drum, event.by] = pool

    def _watch(self, person: int, at: datetime) -> None:
        """The clock after the take begins, where the drum has one (S-38)."""
        policy, pool = self.facts.pool.policy, self.facts.pool
        if not policy.relapse:
            return
        hours = pool.people[person].hours if person in pool.people else pool.service
        until = terms(hours, pool.service, at, policy.relapse)
        self.changes.aftercare.append(
            Aftercare(
                company_id=self.changes.org.company,
                cycle_id=self.cycle.id,
                person_id=person,
                policy_version=policy.version,
                budget=policy.relapse,
                taken_at=at,
                remind_at=until.remind_at,
                due_at=until.due_at,
                next_at=until.remind_at,
            )
        )
