"""Who is told what: events in, notices out. The sentences are made by `leaddrum.words`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leaddrum.core import cycle as c


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be said to one person. `data` is plain JSON: what the journal's entry cannot be asked for."""

    person: int
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def notices(events: Sequence[c.Event], iso: Callable[[datetime], str] = datetime.isoformat) -> Iterator[Notice]:
    """The notices of one decision (S-3 to S-8, S-22, S-25, S-27, S-36, S-45)."""
    for index, event in enumerate(events):
        yield from _of(event, events[index + 1 :], iso)


def _of(event: c.Event, rest: Sequence[c.Event], iso: Callable[[datetime], str]) -> Iterator[Notice]:
    match event:
        case c.Offered(turn, next_up, cause):
            data = {
                "due_at": iso(turn.due_at),
                "budget": turn.budget,
                "next_up": next_up,
                "after": cause,
                "turn": turn.number,
            }
            to = [turn.person] if turn.person is not None else _chosen(turn.candidates)
            yield from (Notice(person, "offer", data) for person in to)
        case c.Reminded(number, person, share, due_at) if person is not None:
            yield Notice(person, "reminder", {"share": share, "due_at": due_at.isoformat(), "turn": number})
        case c.Missed():
            yield from _missed(event, rest, iso)
        case c.Taken(by=by, at=at) if by is not None:
            yield Notice(by, "taken", {"at": at.isoformat()})
        case c.Voided(number, person, reason) if person is not None:
            yield Notice(person, "gone", {"reason": reason, "turn": number, **_whose_now(rest, iso)})
        case c.Escalated(misses, head, mode) if head is not None:
            yield Notice(head, "escalated", {"misses": misses, "mode": mode})
        case c.HoldTold(reason, since, head) if head is not None:
            yield Notice(head, "hold", {"reason": reason, "since": since.isoformat()})
        case c.OfferUndelivered(number, person, head, error) if head is not None:
            yield Notice(head, "undelivered", {"holder": person, "error": error, "turn": number})
        case c.Joined(channel, _, holder) if holder is not None:
            yield Notice(holder, "joined", {"channel": channel})
        case c.Annulled(number, person, taken_at) if person is not None:
            yield Notice(person, "annulled", {"turn": number, "taken_at": taken_at.isoformat()})
        case _:
            return


def _missed(event: c.Missed, rest: Sequence[c.Event], iso: Callable[[datetime], str]) -> Iterator[Notice]:
    """He is told that the miss is in the journal, and to whom the lead went (S-6)."""
    if event.person is None:
        return
    data = {"due_at": iso(event.due_at), "turn": event.turn, "excuse": event.excuse, **_whose_now(rest, iso)}
    yield Notice(event.person, "missed", data)
    if event.paused:
        yield Notice(event.person, "paused", {"reason": "misses"})
        if event.head is not None:
            yield Notice(event.head, "paused", {"reason": "misses", "holder": event.person})


def _whose_now(rest: Sequence[c.Event], iso: Callable[[datetime], str]) -> dict[str, Any]:
    """Where the lead went: to the next person, to whoever took it, or into a hold."""
    for event in rest:
        match event:
            case c.Offered(turn):
                return {"to": turn.person, "until": iso(turn.due_at)}
            case c.Taken(by=by):
                return {"by": by}
            case c.Held(hold):
                return {"hold": hold.reason}
            case c.Closed(by=by):
                return {"by": by}
            case _:
                continue
    return {}


def _chosen(lines: tuple[c.Line, ...]) -> list[int]:
    return [line.person for line in lines if line.code == "chosen"]
