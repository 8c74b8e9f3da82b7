"""The company whose facts `benchmarks.feeds` reads: generated straight into the tables of facts and incidents."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

STAMP = 1_000_000
TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS, COPIES = 20, 36  # twenty days are made, and copied as often into the past


def build(turns: int) -> Any:
    from django.db import connection
    from tests import toml
    from tests.world import COMPANY

    from leaddrum.company import apply, read
    from leaddrum.models import (
        Company,
        Department,
        Drum,
        Entry,
        FactLead,
        FactTurn,
        Incident,
        Keeping,
        Person,
        Source,
        Stage,
    )

    people = [{"id": f"p{n}", "name": f"Сотрудник {n}", "departments": ["sales"]} for n in range(30)]
    drum = COMPANY["drums"][0]
    file = {
        **COMPANY,
        "people": [*COMPANY["people"], *people],
        "drums": [drum, {**drum, "id": "second", "name": "Второй", "entry": ["new"]}],
    }
    text = toml.dumps(file)
    apply(read(text), text, by="benchmark", now=TODAY)
    company = Company.objects.get()
    Source.objects.bulk_create([Source(company=company, name=name) for name in ("site", "call", "mail", "chat", "")])
    persons = list(Person.objects.filter(key__startswith="p").order_by("pk").values_list("pk", flat=True))
    drums = list(Drum.objects.order_by("pk").values_list("pk", flat=True))
    sources = list(Source.objects.order_by("pk").values_list("pk", flat=True))
    department = Department.objects.get(key="sales").pk
    stage = Stage.objects.get(company=company, key="in_work").pk
    leads = fill_leads(stage, company.pk, turns // COPIES * 10 // 14, persons, drums, sources, department)
    fill_turns(company.pk, turns // COPIES, leads, persons, drums, sources, department)
    for copy in range(1, COPIES):
        copied(FactLead, copy, leads, turns // COPIES)
        copied(FactTurn, copy, leads, turns // COPIES)
    fill_incidents(company, turns // 5)
    company.refresh_from_db()
    kept = {name: model.objects.latest("pk").pk for name, model in (("entry", Entry), ("incident", Incident))}
    Keeping.objects.create(company=company, stamp=STAMP + turns, head=company.head, turn=turns, **kept)
    begun, days = time.perf_counter(), pack(company)
    print(f"packed {days} days in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return company


def pack(company: Any) -> int:
    """All but the newest day, which is being worked on; returns how many."""
    from leaddrum.facts import sheets
    from leaddrum.models import DaySheet, FactTurn

    days = list(FactTurn.objects.order_by().values_list("offered_on", flat=True).distinct())
    sheets.touch(company.pk, days, STAMP, TODAY - sheets.QUIET)
    DaySheet.objects.filter(day=max(days)).update(due_at=TODAY + sheets.QUIET)
    while sheets.step(TODAY):
        pass
    return DaySheet.objects.filter(due_at=None).count()


def copied(model: Any, copy: int, leads: int, turns: int) -> None:
    """The rows of the twenty days once more, as many days earlier; older rows have lower stamps and higher numbers."""
    from django.db import connection

    moved = {"passage_id": leads, "lead_id": leads, "turn_key": turns, "change_stamp": -(turns // 1000)}
    postgres, names, values = connection.vendor == "postgresql", [], []
    for field in model._meta.local_concrete_fields:
        name, kind = field.column, field.get_internal_type()
        names.append(f'"{name}"')
        if name in moved:
            values.append(f'"{name}" + {moved[name] * copy}')
        elif kind in {"DateTimeField", "DateField"}:
            back = f"{DAYS * copy} days"
            sqlite = f"{'datetime' if kind == 'DateTimeField' else 'date'}(\"{name}\", '-{back}')"
            values.append(
                f"CAST(\"{name}\" - interval '{back}' AS {field.db_type(connection)})" if postgres else sqlite
            )
        else:
            values.append(f'"{name}"')
    key, first = model._meta.pk.column, turns if model.__name__ == "FactTurn" else leads
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} WHERE {key} <= {first}"
        )


def fill_incidents(company: Any, total: int) -> None:
    """A hundred that the engine wrote, with what it wrote beside them, and copies of these further and further back."""
    from django.db import connection
    from django.db.models import F

    from leaddrum import engine
    from leaddrum.models import Incident

    for n in range(100):
        engine.arrive(company.pk, engine.Arrival(title=f"Лид {n}", source="site"), now=TODAY - timedelta(hours=2))
    for minutes in range(0, 120, 10):
        while engine.tick(TODAY - timedelta(minutes=120 - minutes)).more:
            pass
    made = Incident.objects.count()
    postgres, names, values = connection.vendor == "postgresql", [], []
    for field in Incident._meta.local_concrete_fields:
        name = f'"{field.column}"'
        names.append(name)
        if field.get_internal_type() == "DateTimeField":
            back = f"%s * interval '{DAYS * 1440 * COPIES / total} minutes'"
            sqlite = f"datetime({name}, printf('-%%d minutes', {DAYS * 1440 * COPIES} * %s / {total}))"
            values.append(f"{name} - {back}" if postgres else sqlite)
        elif field.column in {"id", "turn_number"}:
            values.append(f"{name} + {'-' if field.column == 'id' else ''}%s * {made}")
        else:
            values.append(name)
    Incident.objects.update(id=F("id") + total)
    with connection.cursor() as cursor:
        into = f"INSERT INTO leaddrum_incident ({', '.join(names)}) SELECT {', '.join(values)} FROM leaddrum_incident"
        for copy in range(1, total // made):
            cursor.execute(f"{into} WHERE id > {total}", [copy] * into.count("%s"))


def insert(model: Any, rows: Any) -> None:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == 20_000:
            _atomic(model, some)
            some = []
    if some:
        _atomic(model, some)


def _atomic(model: Any, some: list[dict[str, Any]]) -> None:
    from django.db import transaction

    from leaddrum.facts.store import upsert

    with transaction.atomic():
        upsert(model, some)


def common(n: int, total: int, company: int, persons: Any, drums: Any, sources: Any, department: int) -> dict[str, Any]:
    at = TODAY - timedelta(days=DAYS) + timedelta(seconds=int(n / total * DAYS * 86400))
    return {
        "company_id": company,
        "drum_id": drums[n % 3 % 2],
        "source_id": sources[n * 7 % 11 % 5],
        "person_id": persons[n * 13 % 30],
        "department_id": department,
        "is_deleted": False,
        "changed_at": at.replace(microsecond=0),
        "change_stamp": STAMP + n // 1000,
        "at": at.replace(microsecond=0),
    }


def fill_leads(stage: int, company: int, total: int, *where: Any) -> int:
    from leaddrum.models import FactLead

    def rows() -> Any:
        for n in range(total):
            row = common(n, total, company, *where)
            at, wait = row.pop("at"), 60 + n * 7919 % 7200
            taken = n % 20 != 0
            yield row | {
                "passage_id": n + 1,
                "lead_id": n + 1,
                "passage": 1,
                "state": "taken" if taken else "closed",
                "arrived_at": at,
                "arrived_on": at.date(),
                "arrived_hour": at.hour,
                "opened_at": at,
                "opened_on": at.date(),
                "offered_at": at,
                "taken_at": at + timedelta(seconds=wait) if taken else None,
                "ended_at": at + timedelta(seconds=wait),
                "turns": 1 + n % 3 // 2,
                "hand_overs": n % 3 // 2,
                "misses": n % 3 // 2,
                "misses_excused": 0,
                "misses_annulled": 0,
                "escalations": int(n % 50 == 0),
                "holds": int(n % 4 == 0),
                "taken_turn": 1 if taken else None,
                "is_taken": taken,
                "is_taken_in_time": taken and n % 3 != 2,
                "is_junk": not taken,
                "came_back": n % 200 == 0,
                "wait_seconds": wait if taken else None,
                "service_seconds": wait // 2 if taken else None,
                "offered_seconds": wait // 2,
                "held_seconds": wait // 3,
                "system_seconds": 20,
                "stage_id": stage,
                "moved_at": at + timedelta(seconds=wait),
            }

    insert(FactLead, rows())
    return total


def fill_turns(company: int, total: int, leads: int, *where: Any) -> None:
    from leaddrum.models import FactTurn

    def rows() -> Any:
        for n in range(total):
            row = common(n, total, company, *where)
            at, took = row.pop("at"), 30 + n * 6151 % 1770
            missed = n % 10 in {3, 7}
            yield row | {
                "turn_key": n + 1,
                "passage_id": n + 1 if n < leads else n - leads + 1,
                "lead_id": n % leads + 1,
                "turn_number": 1 if n < leads else 2,
                "policy_version": 1,
                "offered_at": at,
                "offered_on": at.date(),
                "offered_hour": at.hour,
                "due_at": at + timedelta(minutes=30),
                "ended_at": at + timedelta(seconds=1800 if missed else took),
                "noticed_at": at + timedelta(seconds=1820 if missed else took),
                "budget_seconds": 1800,
                "verdict": "missed" if missed else "returned" if n % 50 == 1 else "taken",
                "is_taken": not missed and n % 50 != 1,
                "is_missed": missed,
                "excuse": "overload" if n % 100 == 3 else "",
                "is_annulled": n % 100 == 7,
                "is_answerable": missed and n % 100 not in {3, 7},
                "worked_seconds": 1800 if missed else took,
                "take_seconds": None if missed or n % 50 == 1 else took,
                "elapsed_seconds": 1800 if missed else took,
                "system_seconds": 20 if missed else 0,
            }

    insert(FactTurn, rows())
