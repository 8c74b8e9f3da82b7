"""What a portal answers: results, refusals with their documented status and code, and the `time` block."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class Refusal(Exception):
    """An error of the REST interface. `status` is HTTP's; old modules use an empty code or a status of 200."""

    def __init__(self, status: int, code: str, description: str = "") -> None:
        super().__init__(f"{status} {code} {description}")
        self.status, self.code, self.description = status, code, description

    def body(self) -> dict[str, Any]:
        return {"error": self.code, "error_description": self.description}


@dataclass
class Result:
    """A method's answer. `total` and `next` stand beside `result`, as lists have them."""

    value: Any
    total: int | None = None
    next: int | None = None


@dataclass
class Reply:
    """An HTTP answer. `cut`: the connection is dropped instead; `wait`: seconds before anything is sent."""

    status: int
    body: bytes
    kind: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    wait: float = 0.0


def denied(description: str = "Access denied", status: int = 400) -> Refusal:
    return Refusal(status, "ACCESS_DENIED", description)


def times(started: datetime, duration: float, operating: tuple[float, int] | None) -> dict[str, Any]:
    """The `time` block; `operating`: seconds used and when they are forgotten, where the portal counts them."""
    begun = started.timestamp()
    block: dict[str, Any] = {
        "start": begun,
        "finish": begun + duration,
        "duration": duration,
        "processing": round(duration * 0.8, 6),
        "date_start": started.isoformat(timespec="seconds"),
        "date_finish": datetime.fromtimestamp(begun + duration, started.tzinfo).isoformat(timespec="seconds"),
    }
    if operating is not None:
        block["operating_reset_at"] = operating[1]
        block["operating"] = operating[0]
    return block
