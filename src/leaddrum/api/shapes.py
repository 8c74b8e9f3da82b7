"""What is said and answered, as the OpenAPI document describes it."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field


class Said(Schema):
    """Something a caller sends: a name that we do not know is an error that names it."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ErrorLine(Schema):
    where: str
    what: str


class Errors(Schema):
    errors: list[ErrorLine]


REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429, 500, 503), Errors)


class Received(Schema):
    id: int
    outcome: str = Field(description="created | joined | repeated")
    joined: bool


class Move(Said):
    stage: str = Field(min_length=1, max_length=64)
    by: str | None = Field(None, max_length=64)


class Assign(Said):
    person: str = Field(min_length=1, max_length=64)
    by: str | None = Field(None, max_length=64)


class Decline(Said):
    by: str = Field(min_length=1, max_length=64)
    reason: str = Field(min_length=1, max_length=200)


class Take(Said):
    by: str = Field(min_length=1, max_length=64)


class Annul(Said):
    by: str = Field(min_length=1, max_length=64)
    why: str = Field(min_length=1, max_length=1000)


class Pause(Said):
    reason: str = Field("", max_length=200)


class NewAbsence(Said):
    """`from` and `to` with their offsets; away in [from, to)."""

    model_config = ConfigDict(extra="forbid", strict=False)
    starts_at: AwareDatetime = Field(alias="from")
    ends_at: AwareDatetime = Field(alias="to")
    reason: str = Field("", max_length=200)


class Done(Schema):
    done: bool


class Made(Schema):
    id: int


class Candidate(Schema):
    person: str | None
    chosen: bool
    reason: str


class Turn(Schema):
    id: str
    number: int
    person: str | None
    offered_at: AwareDatetime
    due_at: AwareDatetime
    budget_seconds: int
    verdict: str | None = Field(description="taken | missed | returned | void; null while it runs")
    verdict_at: AwareDatetime | None
    candidates: list[Candidate]


class Cycle(Schema):
    number: int
    drum: str
    state: str = Field(description="offered | held | with_head | taken | closed | withdrawn")
    misses: int
    opened_at: AwareDatetime
    ended_at: AwareDatetime | None
    taken_by: str | None
    hold: str | None = Field(description="why nobody has it now; null while somebody has")
    turns: list[Turn]


class Lead(Schema):
    id: int
    title: str
    stage: str
    owner: str | None
    arrived_at: AwareDatetime
    deleted_at: AwareDatetime | None
    as_of: AwareDatetime
    cycles: list[Cycle]


class Page(Schema):
    """A page of a list; `next` is what to pass as `after`, null at the end."""

    items: list[dict[str, Any]]
    next: str | None
