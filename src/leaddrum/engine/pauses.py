"""Who is paused: the present pause, which each choice reads, and the row of every pause, past ones too."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest

from leaddrum.models import Pause, Person

BY_MISSES = "misses"  # what S-55 gives as the reason


def begin(company: int, person: int, why: str, now: datetime) -> None:
    """From now on nothing is offered to him. A pause that runs goes on as it began. The caller holds the company."""
    if Person.objects.filter(pk=person, paused_at=None).update(paused_at=now, pause_reason=why):
        Pause.objects.create(company_id=company, person_id=person, starts_at=now, why=why)


def end(person: int, now: datetime) -> None:
    """He is there again. The caller holds the company."""
    Person.objects.filter(pk=person).update(paused_at=None, pause_reason="", streak=0)
    running = Pause.objects.filter(person=person, ends_at=None)
    running.update(ends_at=Greatest("starts_at", now))  # a clock may have been set back


def between(people: Collection[int], since: datetime, until: datetime) -> QuerySet[Pause]:
    """Theirs that touch `[since, until)`, in no order: what began in it, and each one's last before, if it ran into it.
    His pauses never overlap, so no earlier one can have, and history is not read."""
    theirs = Pause.objects.filter(person__in=people)
    last = Pause.objects.filter(person=OuterRef("pk"), starts_at__lt=since).order_by("-starts_at")
    lasts = Person.objects.filter(pk__in=people).values(last=Subquery(last.values("pk")[:1]))
    before = Pause.objects.filter(Q(ends_at=None) | Q(ends_at__gt=since), pk__in=lasts)
    return theirs.filter(starts_at__gte=since, starts_at__lt=until).union(before)
