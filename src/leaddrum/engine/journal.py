"""Events as the journal keeps them: plain JSON, instants as ISO 8601, people as numbers."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson

from leaddrum.core import decided
from leaddrum.engine.rows import Iso


def kind(event: decided.Event) -> str:
    """The entry's kind: the event's name in snake case."""
    return _KINDS[type(event)]


def text(event: decided.Event, iso: Iso, candidates: str) -> str:
    """The entry's data as JSON; `candidates` are those of the newest choice, encoded already."""
    plain = orjson.dumps(data(event, iso)).decode()
    if isinstance(event, decided.Offered | decided.Held):
        return f'{plain[:-1]},"candidates":{candidates}}}'
    return plain


def data(event: decided.Event, iso: Iso) -> dict[str, Any]:
    """The entry's data, without the candidates of a choice."""
    match event:
        case decided.Offered(turn, next_up, cause):
            return {
                "turn": turn.number,
                "person": turn.person,
                "offered_at": iso(turn.offered_at),
                "due_at": iso(turn.due_at),
                "budget": turn.budget,
                "policy_version": turn.policy_version,
                "sticky": turn.sticky,
                "pinned": turn.pinned,
                "next_up": next_up,
                "after": cause,
            }
        case decided.Missed():
            return {
                "turn": event.turn,
                "person": event.person,
                "at": iso(event.at),
                "due_at": iso(event.due_at),
                "misses": event.misses,
                "open_offers": event.open_offers,
                "excuse": event.excuse,
                "paused": event.paused,
            }
        case decided.Held(hold):
            return {
                "reason": hold.reason,
                "since": hold.since.isoformat(),
                "until": hold.until.isoformat() if hold.until else None,
            }
        case _:
            return {name: _plain(getattr(event, name)) for name in _FIELDS[type(event)]}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


_EVENTS = decided.Event.__args__
_KINDS = {event: re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower() for event in _EVENTS}
_FIELDS = {event: tuple(field.name for field in fields(event)) for event in _EVENTS}
