"""How much may be asked of a portal: one budget for everything we do there.

Two limits hold at once (bitrix24 documentation: `limits`):

- Requests: a leaky bucket per portal and sender's address, draining 2 a second with room for 50 (Enterprise: 5 and
  250). A batch of fifty calls is one request. We fill nine tenths of it: other integrations may share our address.
- Operating time: 480 seconds of the portal's own work per method and access in ten minutes. What was used is told with
  every answer. Whether a batch is billed as itself or as what is in it differs between portals, so both are looked at.

Whoever wants to ask says how urgent it is. Notices leave room for verdicts and owner changes, notes leave more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol

SHARE = 0.9  # of each limit
ROOM = (1.0, 0.75, 0.5)  # share of the bucket that each urgency may fill
SECONDS = 20.0  # of the portal's work in one batch: far below the 60 at which it is cut off
MOST = 50  # calls in a batch
CRUMB = 1e-6  # of a request: what is left of it by arithmetic is no request
MEMORY = 0.3  # weight of the newest duration in a method's mean
WINDOW = 600.0  # seconds in which operating time is counted
LONGEST = 3600.0  # seconds: nobody sends us away for longer; the window of operating times has ten minutes


class Urgency(IntEnum):
    VERDICT = 0  # readings before a verdict, owners, stages
    NOTICE = 1
    NOTE = 2  # notes, the list, everything that looks around


@dataclass(frozen=True, slots=True)
class Limits:
    rate: float = 2.0  # requests a second
    burst: float = 50.0
    operating: float = 480.0  # seconds per method in ten minutes

    @classmethod
    def of(cls, plan: str) -> Limits:
        return cls(5.0, 250.0) if "enterprise" in plan.lower() or plan.lower().startswith("ent") else cls()


@dataclass(slots=True)
class State:
    """What has been used. `parked`: method -> not before (Unix seconds); `mean`: method -> seconds a call."""

    level: float = 0.0
    at: float = 0.0
    closed_until: float = 0.0
    parked: dict[str, float] = field(default_factory=dict)
    mean: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> State:
        return cls(
            float(plain.get("level", 0.0)),
            float(plain.get("at", 0.0)),
            float(plain.get("closed_until", 0.0)),
            dict(plain.get("parked", {})),
            dict(plain.get("mean", {})),
        )

    def plain(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("level", "at", "closed_until", "parked", "mean")}


def wait(state: State, limits: Limits, urgency: Urgency, now: float) -> float:
    """Seconds until one more request may go; 0: it may."""
    if state.closed_until > now:
        return state.closed_until - now
    room = max(1.0, limits.burst * SHARE * ROOM[urgency])
    level = _drained(state, limits, now)
    over = level + 1 - room
    return over / (limits.rate * SHARE) if over > CRUMB else 0.0


def spend(state: State, limits: Limits, now: float) -> None:
    """One request goes out."""
    state.level, state.at = _drained(state, limits, now) + 1, now


def sane(state: State, now: float) -> None:
    """A clock that was ahead, the portal's or ours, must not keep us out until it is right again (S-43)."""
    state.at = min(state.at, now)
    if state.closed_until > now + LONGEST:
        state.closed_until = 0.0
    state.parked = {method: until for method, until in state.parked.items() if until <= now + LONGEST}


def _drained(state: State, limits: Limits, now: float) -> float:
    return max(0.0, state.level - max(0.0, now - state.at) * limits.rate * SHARE)


def full(state: State, limits: Limits, now: float, after: float) -> None:
    """The portal has refused a request for its rate: others have used what we thought was ours.

    After the pause even a note may go. Were the bucket taken for full, each refusal would hold notes back for a quarter
    of a minute, and a portal that others keep busy would never get one.
    """
    state.level = max(_drained(state, limits, now), limits.burst * SHARE * ROOM[Urgency.NOTE])
    state.at = now
    state.closed_until = max(state.closed_until, now + after)


def parked(state: State, methods: Collection[str], now: float) -> dict[str, float]:
    """Those of these methods whose operating time is used up, and for how many seconds."""
    until = {method: state.parked.get(method.lower(), 0.0) for method in methods}
    return {method: at - now for method, at in until.items() if at > now}


def heard(state: State, limits: Limits, method: str, time: Mapping[str, Any], now: float) -> None:
    """Take note of an answer's `time` block. `operating` is missing on portals that do not count, and is this
    request's alone on some; both then say nothing of a limit."""
    duration = _number(time.get("duration"))
    name = method.lower()
    if duration is not None:
        before = state.mean.get(name, duration)
        state.mean[name] = round(before + MEMORY * (duration - before), 6)
    used, reset = _number(time.get("operating")), _number(time.get("operating_reset_at"))
    if used is not None and used >= limits.operating * SHARE:
        state.parked[name] = reset if reset is not None and reset > now else now + 60.0
    elif name in state.parked and state.parked[name] <= now:
        del state.parked[name]


def park(state: State, method: str, until: float) -> None:
    state.parked[method.lower()] = until


def together(state: State, method: str) -> int:
    """How many calls of this method one batch should hold, by how long they take."""
    mean = state.mean.get(method.lower(), 0.0)
    return MOST if mean <= 0 else max(1, min(MOST, int(SECONDS / mean)))


def between(state: State, limits: Limits, method: str, calls: int) -> float:
    """Seconds from one such round of calls to the next, if rounds are to take half of the method's working time."""
    return calls * state.mean.get(method.lower(), 0.0) * WINDOW / (limits.operating * SHARE / 2)


def fitting(state: State, methods: Sequence[str]) -> int:
    """How many calls of these methods, from the first on, one batch should hold."""
    full = 0.0
    for count, method in enumerate(methods[:MOST]):
        full += 1 / together(state, method)
        if count and full > 1 + CRUMB:
            return count
    return min(len(methods), MOST)


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


class Budget(Protocol):
    """Where the state is kept: in this process, or in the portal's row for all processes."""

    limits: Limits

    def admitted(self, urgency: Urgency) -> float:
        """Seconds to wait; 0: one request was booked and may go."""

    def parked(self, methods: Collection[str]) -> dict[str, float]:
        """Those of these methods that rest, and for how many seconds."""

    def full(self, after: float) -> None: ...

    def park(self, method: str, after: float, until: float | None) -> None: ...

    def heard(self, times: Mapping[str, Mapping[str, Any]]) -> None: ...

    def fitting(self, methods: Sequence[str]) -> int: ...

    def between(self, method: str, calls: int) -> float: ...
