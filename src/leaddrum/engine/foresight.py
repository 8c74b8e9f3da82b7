"""What would become of a lead that came now, if nobody ever took it: told by the rules themselves, written nowhere.

The people are as they are now, with their offers, pauses and absences; so it is the answer to "who is next, and then",
not a promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from leaddrum.core import asked, decided
from leaddrum.core import cycle as c
from leaddrum.core.course import Facts
from leaddrum.core.policy import Meaning
from leaddrum.core.rules import run
from leaddrum.engine.pools import Pools
from leaddrum.engine.staff import Org

MOST = 12  # steps; a lead that waits longer for nobody's sake is told as far as that


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that would happen. `kind` is `offered`, `held` or `head`."""

    kind: str
    at: datetime
    person: int | None = None  # of an offer, None: to everybody; of `head`: the head
    until: datetime | None = None  # the deadline, or when the hold may end
    reason: str = ""  # of a hold: its reason; of an offer: by what he was chosen; of `head`: the mode
    misses: int = 0


def unanswered(org: Org, drum: int, now: datetime, *, owner: int | None = None) -> tuple[Step, ...]:
    """The steps from the arrival until the head is pulled in, or nothing more is known.

    1. The lead arrives and the newest policy offers or holds it. 2. Each deadline passes, the verdict falls, the next
    one has it. 3. A hold is looked at again when it may end. It ends with the head, or after `MOST` steps.
    """
    return tuple(_steps(org, drum, now.astimezone(UTC), owner))


def _steps(org: Org, drum: int, now: datetime, owner: int | None) -> Iterator[Step]:
    policy = org.policies[drum]
    cycle = c.Cycle(id=0, lead=0, number=1, state=c.State.HELD)
    ask: asked.Ask | None = asked.Arrival("hand")
    for _step in range(MOST):
        reading = c.Reading(
            exists=True,
            stage=policy.entry[0],
            meaning=Meaning.ENTRY,
            owner=owner,
            moved_at=now,
            moved_by=None,
            moved_by_robot=False,
            read_at=now,
        )
        pool = Pools(org, now).of(drum, owner, () if policy.rotate else (owner,))
        events, cycle = run(Facts(cycle=cycle, lead=reading, pool=pool, running=policy, ask=ask), policy, now)
        ask = None
        for event in events:
            match event:
                case decided.Offered(turn):
                    why = next((line.value for line in turn.candidates if line.code == "chosen"), "")
                    yield Step("offered", now, turn.person, turn.due_at, why, cycle.misses)
                case decided.Held(hold):
                    yield Step("held", now, None, hold.until, hold.reason, cycle.misses)
                case decided.Escalated(misses, head, mode):
                    yield Step("head", now, head, None, mode, misses)
                    return
        if cycle.turn is not None:
            cycle = replace(cycle, turn=replace(cycle.turn, remind_at=()))
            now = cycle.turn.due_at + timedelta(seconds=policy.verdict_delay) if cycle.turn else now
        elif cycle.hold is not None and cycle.hold.until is not None and cycle.hold.until > now:
            now = cycle.hold.until
        else:
            return
