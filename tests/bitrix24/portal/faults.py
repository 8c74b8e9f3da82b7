"""What can go wrong on the way, on command or by chance (seeded).

| kind | what the caller sees | applied? |
|---|---|---|
| `drop_before` | the connection closes | no |
| `drop_after` | the connection closes | yes |
| `cut` | the connection closes in the middle of a batch | the first `after` commands |
| `limit` | 503 QUERY_LIMIT_EXCEEDED | no |
| `overload` | 503 OVERLOAD_LIMIT | no |
| `operating` | 429 OPERATION_TIME_LIMIT | no |
| `internal` | 500 INTERNAL_SERVER_ERROR | no |
| `internal_after` | 500 INTERNAL_SERVER_ERROR | yes |
| `html` | a page instead of JSON, status 502 | no |
| `html_after` | a page instead of JSON, status 200 | yes |
| `slow` | the answer comes `seconds` later | yes |
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

BEFORE = ("drop_before", "limit", "overload", "operating", "internal", "html")
AFTER = ("drop_after", "internal_after", "html_after", "slow")
KINDS = (*BEFORE, *AFTER, "cut")


@dataclass
class Fault:
    """`method`: a pattern, matched against the name asked for (a batch is `batch`) in small letters."""

    kind: str
    method: str = "*"
    times: int = 1  # 0: until it is taken away
    after: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}")


@dataclass
class Faults:
    planned: list[Fault] = field(default_factory=list)
    chances: dict[str, float] = field(default_factory=dict)  # kind: 0 to 1
    random: random.Random = field(default_factory=lambda: random.Random(1))
    happened: Counter[str] = field(default_factory=Counter)

    def plan(self, kind: str, method: str = "*", times: int = 1, *, after: int = 0, seconds: float = 0.0) -> Fault:
        fault = Fault(kind, method, times, after, seconds)
        self.planned.append(fault)
        return fault

    def chance(self, seed: int = 1, **chances: float) -> None:
        """From now on each request meets each of these with its chance."""
        for kind in chances:
            Fault(kind)
        self.random, self.chances = random.Random(seed), chances

    def clear(self) -> None:
        self.planned.clear()
        self.chances = {}

    def draw(self, method: str) -> Fault | None:
        """What happens to this request."""
        found = next((fault for fault in self.planned if fnmatchcase(method, fault.method)), None)
        if found is None:
            kind = next((kind for kind, chance in self.chances.items() if self.random.random() < chance), None)
            found = Fault(kind, after=self.random.randrange(1, 10), seconds=0.1) if kind else None
        elif found.times:
            found.times -= 1
            if not found.times:
                self.planned.remove(found)
        if found is not None:
            self.happened[found.kind] += 1
        return found
