"""Who was on the phone when: a miss during a logged call is no guilt (S-48)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from leaddrum.models import Touch

LONGEST = timedelta(hours=2)  # a call whose end was never told is over by then


@dataclass(frozen=True, slots=True)
class Calls:
    """Answered calls that were not over at `since`: person → (begin, end)."""

    since: datetime
    spans: Mapping[int, Sequence[tuple[datetime, datetime]]]

    def covers(self, person: int, at: datetime) -> bool:
        return any(start <= at <= end for start, end in self.spans.get(person, ()))


def calls_since(company_id: int, since: datetime) -> Calls:
    """One query by its index, however many turns are judged."""
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    calls = Touch.objects.extra(where=["leaddrum_touch.kind = 'call'"])
    calls = calls.filter(company_id=company_id, started_at__gt=since - LONGEST, person__isnull=False)
    answered = calls.filter(Q(ended_at=None) | Q(ended_at__gte=since, seconds__gt=0))
    spans: dict[int, list[tuple[datetime, datetime]]] = {}
    for person, start, end in answered.values_list("person_id", "started_at", "ended_at"):
        if person is not None:
            spans.setdefault(person, []).append((start, end or start + LONGEST))
    return Calls(since, spans)
