"""Leads of the two years before, all of them taken: `--leads 1000000`, into the first company of a world.

Every tenth was missed once before. Each has its cycle, its ended turns, a line of the journal and, if missed, its
incident, so that pages which read what was have something to read past.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402  after setup, as Django wants it

from benchmarks.bulk import Loader, instant, now_utc, settle  # noqa: E402
from benchmarks.frame import answer, say  # noqa: E402
from leaddrum.models import Company, Cycle, Drum, Entry, Incident, Lead, Person, Stage, Turn  # noqa: E402

DAYS = 730
TOOK, BUDGET = 600, 1800  # seconds


def fill(leads: int) -> None:
    company = Company.objects.order_by("pk")[0]
    drum = Drum.objects.get(company=company).pk
    stage = Stage.objects.get(company=company, key="in_work").pk
    people = list(
        Person.objects.filter(company=company, key__startswith="p").order_by("pk").values_list("pk", flat=True)
    )
    last = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    cycle = Cycle.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    begin, step = now_utc() - timedelta(days=DAYS), timedelta(days=DAYS - 1) / leads

    def each() -> Iterator[tuple[int, int, Any, Any, Any]]:
        """Number, whose it was, when it came, when he had to take it, when he did."""
        for i in range(leads):
            came = begin + i * step
            times = (came, came + timedelta(seconds=BUDGET), came + timedelta(seconds=TOOK))
            yield (i, people[i % len(people)], *map(instant, times))

    names = ["id", "title", "name", "phone", "phone_key", "owner_id", "arrived_at", "moved_at"]
    say(f"{leads:,} old leads")
    rows: Iterator[list[Any]] = (
        [last + i + 1, f"Старая заявка {i}", f"Клиент {i}", f"+7911{i:07d}", f"+7911{i:07d}", who, came, took]
        for i, who, came, _due, took in each()
    )
    Loader(Lead, names, company_id=company.pk, stage_id=stage, source="form").load(rows)
    names = ["id", "lead_id", "taken_by_id", "opened_at", "ended_at"]
    rows = ([cycle + i + 1, last + i + 1, who, came, took] for i, who, came, _due, took in each())
    Loader(Cycle, names, company_id=company.pk, drum_id=drum, number=1, state="taken", seq=3, turn_number=1).load(rows)
    names = ["cycle_id", "person_id", "offered_at", "due_at", "verdict_at", "noticed_at"]
    rows = ([cycle + i + 1, who, came, due, took, took] for i, who, came, due, took in each())
    Loader(Turn, names, company_id=company.pk, number=1, policy_version=1, budget=BUDGET, verdict="taken").load(rows)
    rows = ([cycle + i + 1, took] for i, _who, _came, _due, took in each())
    Loader(Entry, ["cycle_id", "at"], company_id=company.pk, seq=3, kind="taken", data={}).load(rows)
    names = ["cycle_id", "lead_id", "person_id", "offered_at", "due_at", "missed_at"]
    rows = ([cycle + i + 1, last + i + 1, who, came, due, due] for i, who, came, due, _took in each() if i % 10 == 0)
    Loader(
        Incident,
        names,
        company_id=company.pk,
        drum_id=drum,
        turn_number=2,
        policy_version=1,
        budget=BUDGET,
        open_offers=1,
    ).load(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    given = parser.parse_args()
    with transaction.atomic():
        fill(given.leads)
    settle([Lead, Cycle, Turn, Entry, Incident])
    answer({"leads": given.leads})


if __name__ == "__main__":
    main()
