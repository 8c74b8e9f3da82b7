"""How leads went through a drum: how many stand at each step now, and how many came by in a period.

What stands somewhere now is read by the index of open cycles. What came by is read by arrival and by take, so it costs
what the period holds, not the history; misses are looked for among the newest `NEWEST` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet

from leaddrum.core.policy import Policy
from leaddrum.models import Cycle, Drum, Incident, Lead, Stage
from leaddrum.web.viewer import one_by_one

NEWEST = 20_000  # incidents of a company that are looked through


@dataclass(frozen=True, slots=True)
class Flow:
    """`arrived`, `taken`, `missed` and `called` since the period began; the rest is now."""

    arrived: int
    offered: int
    held: int
    head: int  # with the head, or he was called and the drum goes on
    taken: int
    missed: int
    called: int  # times the head was pulled in


def of(drum: Drum, policy: Policy, since: datetime) -> Flow:
    """In five queries."""
    called = Q(state=Cycle.State.WITH_HEAD) | Q(misses__gte=policy.escalate_after)
    now = open_cycles(drum).aggregate(
        offered=Count("pk", filter=Q(state=Cycle.State.OFFERED)),
        held=Count("pk", filter=Q(state=Cycle.State.HELD)),
        head=Count("pk", filter=called),
    )
    return Flow(
        arrived=arrived(drum, since).count(),
        taken=taken(drum, since).count(),
        missed=missed(drum, since).count(),
        called=_called(drum, policy, since),
        **now,
    )


def _called(drum: Drum, policy: Policy, since: datetime) -> int:
    """How often a miss of the period was the one at which the head is pulled in, by today's number of them (S-8)."""
    found = missed(drum, since).filter(turn_number__gt=0)
    counted = found.values("cycle").annotate(n=Count("pk")).values_list("cycle__misses", "n")
    every = policy.escalate_after
    return sum(all_of_it // every - (all_of_it - of_period) // every for all_of_it, of_period in counted)


def open_cycles(drum: Drum) -> QuerySet[Cycle]:
    return Cycle.objects.filter(company=drum.company_id, ended_at=None, drum=drum)


def arrived(drum: Drum, since: datetime) -> QuerySet[Lead]:
    """Leads that came since then and went into this drum."""
    stages = Stage.objects.filter(company=drum.company_id).values("pk")
    cycles = Cycle.objects.filter(lead=OuterRef("pk"), drum=drum)
    leads = Lead.objects.filter(company=drum.company_id, stage__in=stages, arrived_at__gte=since, deleted_at=None)
    return leads.filter(one_by_one(cycles))


def taken(drum: Drum, since: datetime) -> QuerySet[Cycle]:
    """Passages that ended with a take since then: by whose turn it was, or by somebody else."""
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    ended = Cycle.objects.extra(where=["leaddrum_cycle.state = 'taken'"])
    return ended.filter(drum=drum, ended_at__gte=since)


def missed(drum: Drum, since: datetime) -> QuerySet[Incident]:
    """Misses since then, annulled ones too; a false take (S-38) is none."""
    ours = Incident.objects.filter(company=drum.company_id)
    oldest = ours.order_by("-pk").values_list("pk", flat=True)[NEWEST : NEWEST + 1].first()
    found = ours.filter(drum=drum, missed_at__gte=since, turn_number__gt=0)
    return found if oldest is None else found.filter(pk__gt=oldest)
