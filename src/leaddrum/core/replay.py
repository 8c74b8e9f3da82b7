"""The arrivals of a period once more, under another policy: a discrete-event simulation with `rules.run` itself (S-52).

In memory, without a database or a clock: what the engine does with rows is done here with a handful of dictionaries, so
that a run of a month takes a second and a hundred runs can be compared. People's reactions are drawn from the curves
that were fitted to what they really did, declines and the help of colleagues too; what lies beyond the longest budget
tried was never seen, and there nobody takes anything. Who had the first right to a lead then has it again.

Pauses that people took of their own accord, or that their head gave them, are played when they were; nobody foresees
one. Whom his misses pause is paused anew by the misses of the run (S-55), and comes back after as much working time as
one of those who really were.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from leaddrum.core import asked, decided
from leaddrum.core import cycle as c
from leaddrum.core.course import Facts
from leaddrum.core.cycle import Cycle, Reading, State
from leaddrum.core.policy import Meaning, Strategy
from leaddrum.core.pool import Candidate, Pool
from leaddrum.core.replayed import Played
from leaddrum.core.roster import ELIGIBLE, credit
from leaddrum.core.rules import run
from leaddrum.core.scene import Coming, Player, Scene
from leaddrum.core.survival import Curve, drawn
from leaddrum.core.worktime import BeyondHorizon, NeverOpens

PATIENCE = timedelta(days=30)  # after the last arrival: what is not taken by then is left


def play(scene: Scene, dice: random.Random) -> Played:
    """One run."""
    return _Run(scene, dice).go()


class _Run:
    """The events to come lie in a heap: (when, order, what, cycle, turn, person)."""

    def __init__(self, scene: Scene, dice: random.Random) -> None:
        self.scene, self.dice = scene, dice
        # Reminders change nothing here. If nobody has come back from a pause by misses, nobody knows when one would.
        pause_after = scene.policy.pause_after if scene.returns else 0
        self.policy = replace(scene.policy, warn_at=(), pause_after=pause_after)
        self.people = {
            player.id: Candidate(
                player.id, position, player.hours, absences=player.absences, weight=player.weight, head=player.head
            )
            for position, player in enumerate(scene.players)
        }
        self.players = {player.id: player for player in scene.players}
        self.cycles: dict[int, Cycle] = {}
        self.holding: dict[int, list[int]] = defaultdict(list)  # person -> the cycles whose turn is his
        self.pauses = Counter[int]()  # person -> his pauses that run: one by misses may run into one of his own
        self.held: list[int] = []  # in the order of their arrival
        self.ready: datetime | None = None  # when a look at the held ones is planned
        self.todo: list[tuple[datetime, int, str, int, int, int]] = []
        self.order = 0
        self.result = Played(leads=len(scene.arrivals))
        self.end = scene.arrivals[-1].at + PATIENCE if scene.arrivals else None
        for player in scene.players:
            for start, end in player.pauses:
                self.plan(start, "steps_out", person=player.id)
                if end is not None:
                    self.plan(end, "is_back", person=player.id)
        for number, coming in enumerate(scene.arrivals):
            self.plan(coming.at, "arrives", number)

    def go(self) -> Played:
        while self.todo:
            now, _, what, number, turn, person = heapq.heappop(self.todo)
            if self.end is not None and now > self.end:
                break
            pool = self.pool(now)
            if what == "arrives":
                self.cycles[number] = Cycle(number, number, 1, State.HELD)
                self.look(pool, number, ask=asked.Arrival("replay"))
            elif what == "release":
                self.release(pool)
            elif what == "steps_out":
                self.steps_out(pool, person)
            elif what == "is_back":
                self.is_back(person, now)
            elif (open_turn := self.cycles[number].turn) is not None and open_turn.number == turn:
                decline = asked.Decline(person, turn, "") if what == "declines" else None
                self.look(pool, number, ask=decline, by=person if what == "takes" else None)
        return self.result

    def plan(self, at: datetime, what: str, number: int = -1, turn: int = 0, person: int = 0) -> None:
        self.order += 1
        heapq.heappush(self.todo, (at, self.order, what, number, turn, person))

    def pool(self, now: datetime) -> Pool:
        for candidate in self.people.values():
            candidate.before = candidate.open_offers
        return Pool(now, self.scene.service, self.people, self.policy, self.scene.head)

    def look(self, pool: Pool, number: int, *, ask: asked.Ask | None = None, by: int | None = None) -> bool:
        """Decide on one cycle. Returns whether it was offered."""
        cycle, now = self.cycles[number], pool.now
        coming = self.scene.arrivals[number]
        events, after = run(Facts(cycle, _reading(coming, by, now), pool, self.policy, ask), self.policy, now)
        self.cycles[number] = after
        freed = offered = False
        paused: int | None = None
        turn = cycle.turn
        for event in events:
            match event:
                case decided.Offered(turn):
                    offered = True
                    self.offered(pool, number, turn)
                case decided.Taken():
                    freed |= self.ended(number, turn)
                    self.taken(event, coming.at, now)
                case decided.Missed():
                    freed |= self.ended(number, turn)
                    paused = self.missed(event)
                case decided.Returned() | decided.Voided():
                    self.result.declines += isinstance(event, decided.Returned)
                    freed |= self.ended(number, turn)
                case decided.Escalated():
                    self.result.alerts += 1
                case decided.Held(hold):
                    self.hold(number, hold.until)
                case _:
                    pass
        if after.state is State.WITH_HEAD:
            self.result.with_head += 1
        if after.state is not State.HELD and number in self.held:
            self.held.remove(number)
        if freed and self.held:
            self.wake(now)
        if paused is not None:
            self.paused(pool, paused)
        return offered

    def offered(self, pool: Pool, number: int, turn: c.Turn) -> None:
        result, policy = self.result, self.policy
        result.handovers += turn.number > 1
        ends = []
        for person in turn.everybody():
            result.offers[person] += 1
            ends += self.reactions(person, turn)
            if turn.sticky:
                continue  # costs him no place (S-25)
            if turn.person is not None and policy.strategy is Strategy.WEIGHTED:
                credit(pool, person, [line.person for line in turn.candidates if line.code in ELIGIBLE])
            pool.offered(person)
        if turn.person is not None:
            self.people[turn.person].open_offers += 1
            self.holding[turn.person].append(number)
        if ends:
            at, what, person = min(ends)
            self.plan(at, what, number, turn.number, person)
        self.plan(turn.due_at + timedelta(seconds=policy.verdict_delay), "due", number, turn.number)
        if turn.person is not None:
            leaves = self.people[turn.person].leaves_before(turn.due_at, pool.now)
            if leaves is not None:
                self.plan(leaves, "due", number, turn.number)

    def reactions(self, person: int, turn: c.Turn) -> list[tuple[datetime, str, int]]:
        """What may end it before the deadline, when and by whom: he takes it, or declines; a colleague takes it."""
        player = self.players[person]
        found = [(self.after(player.curve, player, turn), "takes", person)]
        if turn.person is not None:
            found.append((self.after(player.declines, player, turn), "declines", person))
            helped = self.after(self.scene.helped, player, turn)
            if helped is not None and (helper := self.helper(person, helped)) is not None:
                found.append((helped, "takes", helper))
        return [(at, what, who) for at, what, who in found if at is not None]

    def after(self, curve: Curve | None, player: Player, turn: c.Turn) -> datetime | None:
        """An instant drawn from the curve, in his working time; None: not before the deadline."""
        seconds = drawn(curve, self.dice.random()) if curve is not None else None
        if seconds is None or seconds > turn.budget:
            return None
        try:
            return player.hours.add(turn.offered_at, seconds)
        except (NeverOpens, BeyondHorizon):
            return None

    def helper(self, person: int, at: datetime) -> int | None:
        """A colleague who is there at that instant."""
        there = [one.id for one in self.scene.players if self.could_help(one, at) and one.id != person]
        return self.dice.choice(there) if there else None

    def could_help(self, player: Player, at: datetime) -> bool:
        """He is at work then, and on no pause of his own; what his misses will bring nobody knows yet."""
        out = any(start <= at and (end is None or at < end) for start, end in player.pauses)
        return player.hours.is_open(at) and not out

    def ended(self, number: int, turn: c.Turn | None) -> bool:
        """His hands are free again. Once only: a colleague's take voids the turn as well."""
        if turn is None or turn.person is None or number not in self.holding[turn.person]:
            return False
        self.people[turn.person].open_offers -= 1
        self.holding[turn.person].remove(number)
        return True

    def taken(self, event: decided.Taken, came: datetime, now: datetime) -> None:
        self.result.waits.append((now - came).total_seconds())
        self.result.worked.append(self.scene.service.between(came, now))
        self.result.first += event.turn == 1
        if event.by is not None:
            self.people[event.by].streak = 0

    def missed(self, event: decided.Missed) -> int | None:
        """Count it. Returns whom it pauses."""
        self.result.misses += 1
        if event.person is None:
            return None
        self.result.missed[event.person] += 1
        if not event.excuse:
            self.people[event.person].streak += 1
        return event.person if event.paused else None

    # Pauses (S-24, S-55).

    def steps_out(self, pool: Pool, person: int) -> None:
        """Nothing is offered to him, and what he holds passes on at once."""
        self.pauses[person] += 1
        self.people[person].barred = "paused"
        pool.forget(person)
        for number in list(self.holding[person]):
            self.look(pool, number, ask=asked.Gone("paused"))

    def paused(self, pool: Pool, person: int) -> None:
        """By his misses: he is back after as long as somebody really was."""
        self.steps_out(pool, person)
        try:
            back = self.players[person].hours.add(pool.now, self.dice.choice(self.scene.returns))
        except (NeverOpens, BeyondHorizon):
            return
        self.plan(back, "is_back", person=person)

    def is_back(self, person: int, now: datetime) -> None:
        self.pauses[person] -= 1
        if self.pauses[person] == 0:
            self.people[person].barred, self.people[person].streak = "", 0
            if self.held:
                self.wake(now)

    # Holds.

    def hold(self, number: int, until: datetime | None) -> None:
        if number not in self.held:
            self.held.append(number)
            self.held.sort()
        if until is not None:
            self.wake(until)

    def wake(self, at: datetime) -> None:
        if self.ready is None or at < self.ready:
            self.ready = at
            self.plan(at, "release")

    def release(self, pool: Pool) -> None:
        """Oldest first, as long as somebody can be offered one (S-21, S-22)."""
        if self.ready is not None and self.ready <= pool.now:
            self.ready = None
        for number in list(self.held):
            if not self.look(pool, number) and self.cycles[number].state is State.HELD:
                reason = self.cycles[number].hold
                if reason is None or reason.reason != "cooldown":
                    break
        if self.held and self.ready is None:
            service = self.scene.service
            comes = pool.next_on_duty() if service.is_open(pool.now) else service.next_open(pool.now)
            cooling = [
                hold.until
                for number in self.held
                if (hold := self.cycles[number].hold) is not None and hold.until is not None and hold.until > pool.now
            ]
            soonest = min([*cooling, *([comes] if comes is not None and comes > pool.now else [])], default=None)
            if soonest is not None:
                self.wake(soonest)


def _reading(coming: Coming, by: int | None, now: datetime) -> Reading:
    """The lead as it stands: untouched, or just taken by somebody."""
    return Reading(
        exists=True,
        stage="",
        meaning=Meaning.ENTRY if by is None else Meaning.TAKE,
        owner=coming.owner,
        moved_at=coming.at if by is None else now,
        moved_by=by,
        moved_by_robot=False,
        source=coming.source,
        read_at=now,
        known_owner=coming.known,
    )
