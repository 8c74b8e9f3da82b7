"""What a transaction is about to write: events folded into rows. `leaddrum.engine.store` writes them in one go."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from leaddrum.core import cycle as c
from leaddrum.core.aftercare import terms
from leaddrum.core.cycle import Cycle, State, Turn
from leaddrum.core.effects import notices
from leaddrum.core.policy import Strategy
from leaddrum.core.roster import Pool, credit
from leaddrum.core.rules import Facts
from leaddrum.engine import journal
from leaddrum.engine.org import Org, Post
from leaddrum.engine.pools import Pools
from leaddrum.engine.rows import hold_rest, plain_lines, plain_seen, turn_rest
from leaddrum.models import Aftercare, CrmWrite

TOLD = frozenset({"incident", "note", "todo"})  # what a CRM apart is told and that changes nothing of the lead
NOTED = (c.Missed, c.Returned, c.Escalated, c.Annulled)  # what stands in the lead's own history there
FOLLOWING = frozenset({"telegram"})  # channels whose messages change when their turn is over
ELIGIBLE = frozenset({"chosen", "short_rest", "had_it", "cannot_fit", "later"})

Row = tuple[Any, ...]


def dumped(value: Any) -> str:
    return orjson.dumps(value).decode()


@dataclass(slots=True)
class Changes:
    """Rows to write, in the order of the columns that `leaddrum.engine.store` names."""

    org: Org
    pools: Pools
    now: datetime
    cycles: list[Row] = field(default_factory=list)
    handed: list[Row] = field(default_factory=list)  # cycles that were and stay offered
    turns: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    effects: list[Row] = field(default_factory=list)
    owners: list[tuple[int, int]] = field(default_factory=list)  # (owner, lead)
    writes: list[CrmWrite] = field(default_factory=list)  # what a CRM apart is asked for
    observers: list[tuple[int, int]] = field(default_factory=list)  # (lead, person)
    annulled: list[Row] = field(default_factory=list)
    aftercare: list[Aftercare] = field(default_factory=list)  # clocks that begin with a take (S-38)
    alarms: list[tuple[datetime | None, int]] = field(default_factory=list)  # (next_at, cycle) and nothing else
    offers: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # person -> open offers more or fewer
    streaks: dict[int, int] = field(default_factory=dict)
    paused: list[int] = field(default_factory=list)
    standings: dict[tuple[int, int], Pool] = field(default_factory=dict)  # (drum, person): written from the pool
    releases: dict[int, datetime] = field(default_factory=dict)  # drum -> look at its held leads then
    freed: bool = False  # somebody may take a held lead now
    bumped: int = 0  # changes that pages show and no journal entry tells of
    lanes: set[str] = field(default_factory=set)  # channels with something to send
    posted: set[tuple[int, int | None, int, str]] = field(default_factory=set)  # what a post is told already

    def add(
        self, facts: Facts, drum: int, seq: int, candidates: str, events: tuple[c.Event, ...], after: Cycle
    ) -> None:
        """Book the events of one decision; `seq` is the number of the cycle's last journal entry, `candidates` its
        open turn's."""
        before, iso = facts.cycle, facts.pool.iso
        turn = before.turn
        first = seq + 1
        book = _Book(self, facts, drum, before, candidates)
        for event in events:
            seq += 1
            turn = book.event(event, turn)
            text = journal.text(event, iso, book.candidates)
            self.entries.append((self.org.company, before.id, seq, self.now, journal.kind(event), text))
        book.close(after)
        if facts.apart and any(isinstance(event, NOTED) for event in events):
            self.ask_crm(before.lead, "note", before.id, seq=first)
        for notice in notices(events, iso):
            late_at = facts.pool.late_at(notice.person, notice.data["budget"]) if notice.kind == "offer" else None
            self.tell(notice.person, notice.kind, notice.data, before.id, seq, after.last_turn, late_at)
        self._cycle_row(facts, after, seq, seq - len(events), book)
        if after.hold is not None and after.hold.until is not None:
            known = self.releases.get(drum)
            self.releases[drum] = min(known, after.hold.until) if known else after.hold.until

    def tell(
        self,
        person: int,
        kind: str,
        data: dict[str, Any],
        cycle: int | None = None,
        seq: int = 0,
        turn_number: int = 0,
        late_at: datetime | None = None,
        by: str = "",
    ) -> None:
        """One notice: in-app at once, by the first of his channels (or `by` this one) as soon as its lane gets to it;
        and the posts that hear of such."""
        member = self.org.people[person]
        way = by or next(iter(member.ways if member.active else ()), "")
        text = dumped(data)
        about = (self.org.company, cycle, seq, turn_number, person, kind, text, self.now)
        if way and way != "inapp":
            self.lanes.add(way)
            self.effects.append((*about, way, "pending", self.now, late_at, None, None))
        else:
            self.effects.append((*about, "inapp", "done", None, None, self.now, None))
        for post in self.org.posts:
            key = (post.id, cycle, seq, kind)
            # What is said to several people at once is said there once.
            if cycle is not None and post.hears(kind, person) and key not in self.posted:
                self.posted.add(key)
                self.tell_post(post, about)

    def tell_post(self, post: Post, about: Row) -> None:
        """`about`: the first columns of a notice, up to when it was written."""
        self.lanes.add(post.channel)
        self.effects.append((*about, post.channel, "pending", self.now, None, None, post.id))

    def ask_crm(self, lead: int, kind: str, cycle: int | None = None, **values: Any) -> None:
        """A write into a CRM apart; `values` are the other columns of CrmWrite."""
        self.lanes.add("crm-told" if kind in TOLD else "crm")
        self.writes.append(
            CrmWrite(
                company_id=self.org.company,
                lead_id=lead,
                cycle_id=cycle,
                kind=kind,
                created_at=self.now,
                ready_at=self.now,
                **values,
            )
        )

    def _cycle_row(self, facts: Facts, after: Cycle, seq: int, old_seq: int, book: _Book) -> None:
        turn, hold, before = after.turn, after.hold, facts.cycle
        common = (
            seq,
            after.misses,
            after.last_turn,
            turn.person if turn else None,
            turn.offered_at if turn else None,
            turn.due_at if turn else None,
            turn.budget if turn else 0,
            dumped(turn_rest(turn, facts.pool.iso)) if turn else "{}",
            book.candidates if after.state in c.OPEN else "[]",
            dumped(plain_seen(after, facts.pool.iso)),
        )
        alarm = next_at(facts, after)
        if turn and before.turn and before.pinned == after.pinned and before.priority == after.priority:
            self.handed.append((*common, alarm, after.id, old_seq))
            return
        ended = after.state not in c.OPEN
        self.cycles.append(
            (
                after.state.value,
                *common,
                after.pinned,
                after.priority,
                hold.reason if hold else "",
                dumped(hold_rest(hold)) if hold else "{}",
                book.taken_by,
                self.now if ended else None,
                alarm,
                after.id,
                old_seq,
            )
        )


def next_at(facts: Facts, cycle: Cycle) -> datetime | None:
    """When a tick must look at this cycle again; None when something else wakes it (its drum, a person, the CRM)."""
    turn, hold = cycle.turn, cycle.hold
    if turn is not None:
        if turn.asked:
            return None  # the CRM's answer wakes it
        policy = facts.running
        if turn.policy_version != policy.version:
            policy = facts.pool.policy
        alarms = [turn.due_at + timedelta(seconds=policy.verdict_delay)]
        if turn.remind_at:
            alarms.append(turn.remind_at[0][1])
        holder = facts.pool.people.get(turn.person) if turn.person is not None else None
        if holder is not None and holder.absences:
            leaves = holder.leaves_before(turn.due_at, facts.pool.now)
            if leaves is not None:
                alarms.append(leaves)
        return min(alarms)
    if hold is None or cycle.state is not State.HELD:
        return None
    own = [hold.alert_at] if hold.alert_at else []
    if hold.reason == "cooldown" and hold.until:
        own.append(hold.until)
    return min(own) if own else None


class _Book:
    """The rows of one cycle's events besides the cycle's own."""

    def __init__(self, changes: Changes, facts: Facts, drum: int, before: Cycle, candidates: str) -> None:
        self.changes = changes
        self.facts = facts
        self.drum = drum
        self.cycle = before
        self.candidates = candidates  # of the newest choice, as JSON: made once, written wherever it stands
        self.missed: tuple[c.Missed, Turn] | None = None
        self.chosen = False  # a choice followed
        self.taken_by: int | None = None

    def event(self, event: c.Event, turn: Turn | None) -> Turn | None:
        """Book one event; returns the turn that is open after it."""
        changes = self.changes
        match event:
            case c.Offered(new):
                self._choice(new.candidates)
                self._offered(new)
                return new
            case c.Held(_, lines):
                self._choice(lines)
            case c.Missed() if turn is not None:
                self._end(turn, "missed", event.at, event.excuse)
                self._missed(event, turn)
                return None
            case c.Returned(reason=reason, at=at) if turn is not None:
                self._end(turn, "returned", at, reason)
                return None
            case c.Voided(reason=reason) if turn is not None:
                self._end(turn, "void", changes.now, reason)
                return None
            case c.Taken():
                self._taken(event, turn)
                return None
            case c.Started(at=at, due_at=due_at, remind_at=remind_at) if turn is not None:
                return replace(turn, offered_at=at, due_at=due_at, remind_at=remind_at, asked="", next_up=None)
            case c.Escalated(head=head) if head is not None:
                self._escalated(event, head)
            case c.Annulled(turn=number, taken_at=taken_at):
                changes.annulled.append((changes.now, f"taken_in_time {taken_at.isoformat()}", self.cycle.id, number))
                self._record(number)
            case _:
                pass
        return turn

    def _escalated(self, event: c.Escalated, head: int) -> None:
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

    def _choice(self, lines: tuple[c.Line, ...]) -> None:
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

    def _missed(self, event: c.Missed, turn: Turn) -> None:
        changes = self.changes
        self.missed = (event, turn)
        if turn.person is not None and not event.excuse:
            value = changes.pools.streaks.get(turn.person, 0) + 1
            changes.pools.streak(turn.person, 0 if event.paused else value)
            changes.streaks[turn.person] = 0 if event.paused else value
        if event.paused and turn.person is not None:
            changes.paused.append(turn.person)
            changes.pools.bar(turn.person, "paused", changes.now.isoformat())

    def _taken(self, event: c.Taken, turn: Turn | None) -> None:
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
