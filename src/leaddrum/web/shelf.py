"""What stands in each stage of the board: how many, the oldest, the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, QuerySet

from leaddrum.models import Lead, Stage
from leaddrum.web import filter as filters
from leaddrum.web.viewer import Viewer

COUNTED = 1000
"""Leads of a stage in which nobody waits are counted so far: what was done in years is nobody's work today."""

SHOWN = ("title", "name", "source", "stage", "owner__name", "priority", "arrived_at", "crm_key")
"""What a card shows of a lead, and its number in the portal, by which the portal's board opens it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    count: int
    oldest: datetime | None  # arrival of the one that has waited longest, where leads wait
    leads: list[Lead]  # the first, in their order
    many: bool = False  # there are more than were counted


def by_stage(
    leads: QuerySet[Lead], stages: Iterable[Stage], sizes: Mapping[int, int], bounded: Viewer | None
) -> dict[int, Shelf]:
    """Each stage by its index. `bounded`: where nobody waits only the newest are looked at."""
    stages = list(stages)
    waiting = [stage.pk for stage in stages if stage.meaning == Stage.Meaning.ENTRY]
    rows = leads.filter(stage__in=waiting).values_list("stage").annotate(n=Count("pk"), oldest=Min("arrived_at"))
    counts: dict[int, tuple[int, datetime | None]] = {stage: (n, oldest) for stage, n, oldest in rows.order_by()}
    found = {}
    for stage in stages:
        here = leads.filter(filters.newest(bounded, stage), stage=stage) if bounded else leads.filter(stage=stage)
        first = list(here.select_related("owner").only(*SHOWN).order_by(*_order(stage))[: sizes[stage.pk]])
        if stage.pk in waiting:
            found[stage.pk] = Shelf(*counts.get(stage.pk, (0, None)), first)
        else:
            count = here[: COUNTED + 1].count()
            found[stage.pk] = Shelf(min(count, COUNTED), None, first, many=count > COUNTED)
    return found


def of_few(leads: QuerySet[Lead], stages: Iterable[Stage], sizes: Mapping[int, int]) -> dict[int, Shelf]:
    """Of these leads alone, picked by their numbers. Two queries: never by stage, whose index would lead through its
    history."""
    rows: dict[int, list[tuple[int, int, datetime]]] = {}
    for pk, stage_pk, priority, arrived_at in leads.values_list("pk", "stage", "priority", "arrived_at"):
        rows.setdefault(stage_pk, []).append((pk, priority, arrived_at))
    first: dict[int, list[int]] = {}
    for stage in stages:
        here = rows.get(stage.pk, [])
        if stage.meaning == Stage.Meaning.ENTRY:
            here.sort(key=lambda row: (-row[1], row[2], row[0]))
        else:
            here.sort(key=lambda row: (row[2], row[0]), reverse=True)
        first[stage.pk] = [pk for pk, _priority, _arrived_at in here[: sizes[stage.pk]]]
    shown = Lead.objects.select_related("owner").only(*SHOWN).in_bulk([pk for some in first.values() for pk in some])
    return {
        stage.pk: Shelf(
            len(rows.get(stage.pk, [])),
            _oldest(stage, rows.get(stage.pk, [])),
            [shown[pk] for pk in first[stage.pk] if pk in shown],
        )
        for stage in stages
    }


def _oldest(stage: Stage, rows: Sequence[tuple[int, int, datetime]]) -> datetime | None:
    return min((row[2] for row in rows), default=None) if stage.meaning == Stage.Meaning.ENTRY else None


def _order(stage: Stage) -> tuple[str, ...]:
    """Waiting leads stand in their queue: urgent ones, then the oldest. Elsewhere the newest come first."""
    return ("-priority", "arrived_at", "pk") if stage.meaning == Stage.Meaning.ENTRY else ("-arrived_at", "-pk")
