"""What each event leaves behind: the cycle once it has happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from leaddrum.core import decided
from leaddrum.core.cycle import Cycle, Part, State, Turn
from leaddrum.core.policy import Escalation


def after(cycle: Cycle, event: decided.Event) -> Cycle:
    """The cycle once the event has happened."""
    match event:
        case decided.Offered(turn):
            return _moved(cycle, State.OFFERED, turn, cycle.misses, cycle.seen, _pin(cycle, turn))
        case decided.Missed(number, person):
            seen = _seen(cycle, person, number, event)
            return _moved(cycle, State.HELD, None, event.misses, seen, cycle.pinned)
        case decided.Returned(number, person):
            return _moved(cycle, State.HELD, None, cycle.misses, _seen(cycle, person, number, event), None)
        case decided.Voided(number, person):
            return _moved(cycle, State.HELD, None, cycle.misses, _seen(cycle, person, number, event), None)
        case decided.Held(hold):
            return replace(cycle, state=State.HELD, turn=None, hold=hold)
        case decided.HoldTold() if cycle.hold is not None:
            return replace(cycle, hold=replace(cycle.hold, alert_at=None, told=True))
        case decided.Escalated(_, _, mode) if mode != Escalation.OBSERVE.value:
            return replace(cycle, state=State.WITH_HEAD, turn=None, hold=None)
        case decided.Taken():
            return replace(cycle, state=State.TAKEN, turn=None, hold=None)
        case decided.Closed():
            return replace(cycle, state=State.CLOSED, turn=None, hold=None)
        case decided.Withdrawn():
            return replace(cycle, state=State.WITHDRAWN, turn=None, hold=None)
        case _:
            return _slight(cycle, event)


def _moved(
    cycle: Cycle, state: State, turn: Turn | None, misses: int, seen: Mapping[int, Part], pinned: int | None
) -> Cycle:
    """The cycle with another turn, or none. Spelled out: it happens with every hand-over, and `replace` is slow."""
    return Cycle(
        cycle.id,
        cycle.lead,
        cycle.number,
        state,
        misses,
        turn,
        turn.number if turn else cycle.last_turn,
        None,
        seen,
        pinned,
        cycle.priority,
    )


def _slight(cycle: Cycle, event: decided.Event) -> Cycle:
    turn = cycle.turn
    match event:
        case decided.Arrived(returned_by=person) if person is not None:
            return replace(cycle, seen={**cycle.seen, person: Part(last_turn=0.5)})
        case decided.Pinned(to):
            return replace(cycle, pinned=to)
        case decided.Joined(priority=priority):
            return replace(cycle, priority=priority)
        case decided.Reminded(share=share) if turn is not None:
            left = tuple(reminder for reminder in turn.remind_at if reminder[0] > share)
            return replace(cycle, turn=replace(turn, remind_at=left))
        case decided.Started(at=at, due_at=due_at, remind_at=remind_at) if turn is not None:
            started = replace(turn, offered_at=at, due_at=due_at, remind_at=remind_at, asked="", next_up=None)
            return replace(cycle, turn=started)
        case decided.Extended(due_at=due_at, remind_at=remind_at, budget=budget) if turn is not None:
            later = replace(turn, due_at=due_at, remind_at=remind_at, budget=budget or turn.budget)
            return replace(cycle, turn=later)
        case decided.OfferUndelivered() if turn is not None:
            return replace(cycle, turn=replace(turn, excuse="undelivered"))
        case _:
            return cycle


def _pin(cycle: Cycle, turn: Turn) -> int | None:
    return cycle.pinned if turn.person == cycle.pinned else None


def _seen(
    cycle: Cycle, person: int | None, number: int, event: decided.Missed | decided.Returned | decided.Voided
) -> Mapping[int, Part]:
    """His part after his turn ended. A turn that ended through nobody's fault leaves no cooldown, but for a refusal by
    the CRM, which would only be repeated."""
    if person is None or cycle.turn is None:
        return cycle.seen
    before = cycle.seen.get(person, Part())
    if isinstance(event, decided.Voided) and event.at is not None:
        part = Part(number, event.at, refused=True)
    elif isinstance(event, decided.Voided):
        part = Part(number, before.passed_at, before.returned, before.refused)
    else:
        part = Part(number, event.at, isinstance(event, decided.Returned))
    return {**cycle.seen, person: part}
