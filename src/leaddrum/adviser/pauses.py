"""Who was paused when, as a replay plays it (S-24, S-55)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from leaddrum.engine.pauses import BY_MISSES
from leaddrum.engine.staff import Org
from leaddrum.models import Pause, Person


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
    for pause in sorted(_between(people, since, until), key=lambda one: (one.starts_at, one.pk)):
        if pause.ends_at is not None and pause.ends_at <= max(since, pause.starts_at):
            continue
        if pause.why != BY_MISSES:
            own[pause.person_id] = (*own.get(pause.person_id, ()), (pause.starts_at, pause.ends_at))
        elif pause.ends_at is not None and pause.starts_at >= since:
            returns.append(company.hours(pause.person_id, drum).between(pause.starts_at, pause.ends_at))
    return Pauses(own, returns)


def _between(people: Collection[int], since: datetime, until: datetime) -> QuerySet[Pause]:
    """What began in these days, and each one's last before them, which may have run into them: his pauses never
    overlap, so no other can have, and history is not read."""
    theirs = Pause.objects.filter(person__in=people)
    last = Pause.objects.filter(person=OuterRef("pk"), starts_at__lt=since).order_by("-starts_at")
    lasts = Person.objects.filter(pk__in=people).values(last=Subquery(last.values("pk")[:1]))
    return theirs.filter(starts_at__gte=since, starts_at__lt=until).union(Pause.objects.filter(pk__in=lasts))
