"""Who was paused when, as a replay plays it (S-24, S-55)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leaddrum.engine.pauses import BY_MISSES, between
from leaddrum.engine.staff import Org


@dataclass(frozen=True, slots=True)
class Pauses:
    """`own`: of each person those that he took himself or his head gave him; None: it runs. `returns`: after how many
    working seconds somebody came back whom his misses had paused."""

    own: dict[int, tuple[tuple[datetime, datetime | None], ...]] = field(default_factory=dict)
    returns: Sequence[float] = ()


def pauses(company: Org, drum: int, people: Collection[int], since: datetime, until: datetime) -> Pauses:
    """Those in `[since, until)`, which the company's calendars must cover."""
    own: dict[int, tuple[tuple[datetime, datetime | None], ...]] = {}
    returns = []
    for pause in sorted(between(people, since, until), key=lambda one: (one.starts_at, one.pk)):
        if pause.ends_at is not None and pause.ends_at <= pause.starts_at:
            continue
        if pause.why != BY_MISSES:
            own[pause.person_id] = (*own.get(pause.person_id, ()), (pause.starts_at, pause.ends_at))
        elif pause.ends_at is not None and pause.starts_at >= since:
            returns.append(company.hours(pause.person_id, drum).between(pause.starts_at, pause.ends_at))
    return Pauses(own, returns)
