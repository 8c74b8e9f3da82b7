"""How much a portal bears: requests in a leaky bucket, and working seconds per method in ten one-minute buckets.

Documented in `limits.md`: 2 requests/s drain with room for 50 (Enterprise: 5 and 250), per portal and source address;
480 s of work per method and access in ten minutes. Whether a batch is billed as itself or as what it contains differs
between portals, so both ways exist here (`inner`, `batch`); `request` tells only this request's seconds, `off` nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE = 60
BUCKETS = 10

COSTS = {  # seconds of the portal's work, as integrators report them for middling portals
    "batch": 0.01,
    "crm.item.list": 0.06,
    "crm.item.get": 0.04,
    "crm.item.add": 0.25,
    "crm.item.update": 0.2,
    "crm.item.delete": 0.2,
    "crm.timeline.comment.add": 0.08,
    "crm.activity.todo.add": 0.12,
    "im.notify.personal.add": 0.05,
    "im.notify.system.add": 0.05,
    "imbot.v2.chat.message.send": 0.06,
    "imbot.v2.chat.message.update": 0.05,
    "lists.element.add": 0.08,
    "lists.element.update": 0.08,
    "user.get": 0.05,
}
COST = 0.02


@dataclass
class Limits:
    """`accounting`: inner | batch | request | off. A rate or an operating limit of 0 is none."""

    rate: float = 2.0
    burst: float = 50.0
    operating: float = 480.0
    accounting: str = "inner"
    costs: dict[str, float] = field(default_factory=lambda: dict(COSTS))
    levels: dict[str, tuple[float, float]] = field(default_factory=dict)  # address: level, at (Unix seconds)
    used: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)  # (access, method): minute: seconds
    refused: int = 0  # requests beyond the rate

    def admit(self, address: str, now: float) -> bool:
        """Whether one more request has room in the bucket."""
        if not self.rate:
            return True
        level, at = self.levels.get(address, (0.0, now))
        level = max(0.0, level - max(0.0, now - at) * self.rate)
        room = level + 1 <= self.burst
        self.levels[address] = (level + 1 if room else level, now)
        self.refused += not room
        return room

    def cost(self, method: str) -> float:
        return self.costs.get(method, COST)

    def exceeded(self, access: str, method: str, now: float) -> bool:
        return bool(self.operating) and self.accounting != "off" and self.spent(access, method, now) >= self.operating

    def spend(self, access: str, method: str, seconds: float, now: float) -> None:
        minutes = self.used.setdefault((access, method), {})
        minute = int(now // MINUTE)
        minutes[minute] = minutes.get(minute, 0.0) + seconds
        for old in [each for each in minutes if each <= minute - BUCKETS]:
            del minutes[old]

    def spent(self, access: str, method: str, now: float) -> float:
        minute = int(now // MINUTE)
        minutes = self.used.get((access, method), {})
        return sum(seconds for each, seconds in minutes.items() if minute - BUCKETS < each <= minute)

    def told(self, access: str, method: str, seconds: float, now: float) -> tuple[float, int] | None:
        """What the `time` block says: seconds used, and when the oldest of them are forgotten."""
        if self.accounting == "off":
            return None
        minutes = self.used.get((access, method), {})
        oldest = min(minutes, default=int(now // MINUTE))
        used = seconds if self.accounting == "request" else self.spent(access, method, now)
        return round(used, 6), (oldest + BUCKETS) * MINUTE
