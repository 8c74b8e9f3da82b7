"""What a transaction is about to write: events folded into rows. `leaddrum.engine.store` writes them in one go."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leaddrum.core import cycle as c
from leaddrum.core import decided
from leaddrum.core.course import Facts
from leaddrum.core.cycle import Cycle, State
from leaddrum.core.effects import notices
from leaddrum.core.pool import Pool
from leaddrum.engine import journal
from leaddrum.engine.booking import Book
from leaddrum.engine.members import Post
from leaddrum.engine.pools import Pools
from leaddrum.engine.rows import dumped, hold_rest, plain_seen, turn_rest
from leaddrum.engine.staff import Org
from leaddrum.models import Aftercare, CrmWrite

TOLD = frozenset({"incident", "note", "todo"})  # what a CRM apart is told and that changes nothing of the lead
# What stands in the lead's own history there.
NOTED = (decided.Missed, decided.Returned, decided.Escalated, decided.Annulled)

Row = tuple[Any, ...]


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
    mended: list[int] = field(default_factory=list)  # cycles that the engine had stumbled over
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
        self, facts: Facts, drum: int, seq: int, candidates: str, events: tuple[decided.Event, ...], after: Cycle
    ) -> None:
        """Book the events of one decision; `seq` is the number of the cycle's last journal entry, `candidates` its
        open turn's."""
        before, iso = facts.cycle, facts.pool.iso
        turn = before.turn
        first = seq + 1
        book = Book(self, facts, drum, before, candidates)
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
        for event in events:
            if isinstance(event, decided.Closed) and event.untaken:
                self._closed(event, before, seq)
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
        self._tell_posts(about)

    def _closed(self, event: decided.Closed, before: Cycle, seq: int) -> None:
        """Closed and never taken: the head has a page of these, and only posts are told (S-30)."""
        holder = before.turn.person if before.turn else None
        person = next((one for one in (holder, event.by, event.head) if one is not None), None)
        if person is not None:
            text = dumped({"by": event.by, "stage": event.stage})
            self._tell_posts((self.org.company, before.id, seq, before.last_turn, person, "closed", text, self.now))

    def _tell_posts(self, about: Row) -> None:
        """What is said to several people at once is said there once."""
        _company, cycle, seq, _turn, person, kind, *_rest = about
        for post in self.org.posts:
            key = (post.id, cycle, seq, kind)
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

    def _cycle_row(self, facts: Facts, after: Cycle, seq: int, old_seq: int, book: Book) -> None:
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
