"""Who is told what: events in, notices out. The sentences are made by `leaddrum.words`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leaddrum.core import decided
from leaddrum.core.policy import Escalation


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be said to one person. `data` is plain JSON: what the journal's entry cannot be asked for."""

    person: int
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def notices(events: Sequence[decided.Event], iso: Callable[[datetime], str] = datetime.isoformat) -> Iterator[Notice]:
    """The notices of one decision (S-3 to S-8, S-22, S-25, S-27, S-36, S-45)."""
    for index, event in enumerate(events):
        yield from _to_people(event, events[index + 1 :], iso)
        yield from _to_head(event, iso)


def _to_people(event: decided.Event, rest: Sequence[decided.Event], iso: Callable[[datetime], str]) -> Iterator[Notice]:
    match event:
        case decided.Offered(turn, next_up, cause) if not turn.asked:  # else the CRM is asked first (S-3)
            data = _offer(turn.number, turn.due_at, turn.budget, next_up, cause, iso)
            if turn.person is None:
                data["to_all"] = True  # whoever of them is first has it: it is nobody's own turn (S-17)
            yield from (Notice(person, "offer", data) for person in turn.everybody())
        case decided.Started(number, person, _, due_at, budget, _, next_up, cause) if person is not None:
            yield Notice(person, "offer", _offer(number, due_at, budget, next_up, cause, iso))
        case decided.Reminded(number, _, share, due_at, told):
            data = {"share": share, "due_at": due_at.isoformat(), "turn": number}
            yield from (Notice(person, "reminder", data) for person in told)
        case decided.Missed():
            yield from _missed(event, rest, iso)
        case decided.Taken(by=by, at=at) if by is not None:
            yield Notice(by, "taken", {"at": at.isoformat()})
        case decided.Voided(number, person, reason) if person is not None and reason != "refused":  # he was never told
            yield Notice(person, "gone", {"reason": reason, "turn": number, **_whose_now(rest, iso)})
        case decided.Extended(number, person, due_at, was, reason) if person is not None:
            moved = {"due_at": iso(due_at), "was": iso(was), "reason": reason, "turn": number}
            yield Notice(person, "moved", moved)
        case decided.Joined(channel, _, _, told):
            yield from (Notice(person, "joined", {"channel": channel}) for person in told)
        case decided.Annulled(number, person, taken_at) if person is not None:
            yield Notice(person, "annulled", {"turn": number, "taken_at": taken_at.isoformat()})
        case _:
            return


def _offer(
    turn: int, due_at: datetime, budget: int, next_up: int | None, cause: str, iso: Callable[[datetime], str]
) -> dict[str, Any]:
    return {"due_at": iso(due_at), "budget": budget, "next_up": next_up, "after": cause, "turn": turn}


def _to_head(event: decided.Event, iso: Callable[[datetime], str]) -> Iterator[Notice]:
    match event:
        case decided.Escalated(misses, head, mode, history) if head is not None:
            missed = [[person, iso(due_at)] for person, due_at in history]
            yield Notice(head, "escalated", {"misses": misses, "mode": mode, "history": missed})
        case decided.HoldTold(reason, since, head) if head is not None:
            yield Notice(head, "hold", {"reason": reason, "since": since.isoformat()})
        case decided.OfferUndelivered(number, person, head, error) if head is not None:
            yield Notice(head, "undelivered", {"holder": person, "error": error, "turn": number})
        case _:
            return


def _missed(event: decided.Missed, rest: Sequence[decided.Event], iso: Callable[[datetime], str]) -> Iterator[Notice]:
    """He is told that the miss is in the journal, and to whom the lead went (S-6)."""
    if event.person is None:
        return
    data = {"due_at": iso(event.due_at), "turn": event.turn, "excuse": event.excuse, **_whose_now(rest, iso)}
    yield Notice(event.person, "missed", data)
    if event.paused:
        yield Notice(event.person, "paused", {"reason": "misses"})
        if event.head is not None:
            yield Notice(event.head, "paused", {"reason": "misses", "holder": event.person})


def _whose_now(rest: Sequence[decided.Event], iso: Callable[[datetime], str]) -> dict[str, Any]:
    """Where the lead went: to the next person, to whoever took it, or into a hold."""
    for event in rest:
        match event:
            case decided.Offered(turn):
                return {"to": turn.person, "until": iso(turn.due_at)}
            case decided.Taken(by=by):
                return {"by": by}
            case decided.Held(hold):
                return {"hold": hold.reason}
            case decided.Closed(by=by):
                return {"by": by}
            case decided.Escalated(head=head, mode=mode) if mode != Escalation.OBSERVE:
                return {"to": head}
            case _:
                continue
    return {}
