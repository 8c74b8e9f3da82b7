"""How fast facts are read: `python -m benchmarks.feeds [TURNS]`, on the database that DATABASE_URL names, else SQLite.

A company with TURNS ended turns (a million, unless said otherwise) of two years, 30 people, two drums, five sources:
generated straight into the tables of facts, because what is measured is reading them. Figures are the best of three.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

STAMP = 1_000_000
TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS, COPIES = 20, 36  # twenty days are made, and copied as often into the past


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="leaddrum-feeds-") as folder:
        os.environ.setdefault("LEADDRUM_DATA", folder)
        os.environ["LEADDRUM_LOG"] = "error"
        os.environ["LEADDRUM_API_RATE"] = "1000000/minute"
        from leaddrum import start

        start.prepare(folder, create=True)
        start.migrate()
        company = build(turns)
        print(json.dumps(measured(company, turns, Path(folder)), indent=1))


def build(turns: int) -> Any:
    from django.db import connection
    from tests import toml
    from tests.world import COMPANY

    from leaddrum.company import apply, read
    from leaddrum.models import Company, Department, Drum, FactLead, FactTurn, Keeping, Person, Source

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
    leads = fill_leads(company.pk, turns // COPIES * 10 // 14, persons, drums, sources, department)
    fill_turns(company.pk, turns // COPIES, leads, persons, drums, sources, department)
    for copy in range(1, COPIES):
        copied(FactLead, copy, leads, turns // COPIES)
        copied(FactTurn, copy, leads, turns // COPIES)
    Keeping.objects.create(company=company, stamp=STAMP + turns, head=company.head)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return company


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


def fill_leads(company: int, total: int, *where: Any) -> int:
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


def best(what: Callable[[], Any], times: int = 3) -> float:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        what()
        took.append(time.perf_counter() - begun)
    return min(took)


def measured(company: Any, turns: int, folder: Path) -> dict[str, Any]:
    from django.db import connection
    from django.test import Client

    from leaddrum import access, clock
    from leaddrum.facts import export
    from leaddrum.facts import query as star
    from leaddrum.models import Person

    found: dict[str, Any] = {"database": connection.vendor, "turns": turns}
    client, token = Client(headers={"host": "localhost"}), access.make_token(company, "feed", "feed", now=TODAY)
    client.force_login(
        access.account_of(Person.objects.get(key="irina")), backend="django.contrib.auth.backends.ModelBackend"
    )
    with clock.reading(lambda: TODAY):
        for name, since in (("30 days", 29), ("a year", 364)):
            period = {"since": (TODAY - timedelta(days=since)).date().isoformat(), "until": TODAY.date().isoformat()}
            for page in ("", "/people", "/hours", "/funnel", "/junk", "/rows"):
                read = partial(client.get, f"/analytics{page}", period)
                assert read().status_code == 200
                found[f"page /analytics{page}, {name}, ms"] = round(best(read) * 1000)
        newest = STAMP + turns // COPIES // 1000 - 1
        headers = {"authorization": f"Bearer {token}"}
        for name, url in (
            ("first feed page of 10,000 rows, ms", "/odata/v1/fact_turn"),
            ("feed page deep inside, ms", f"/odata/v1/fact_turn?$filter=turn_key gt {turns // 2}"),
            (
                "refresh of 1,000 changed rows, ms",
                f"/odata/v1/fact_turn?$filter=change_stamp ge {newest}",
            ),
        ):
            feed = partial(client.get, url, headers={**headers, "host": "localhost"})
            found[name] = round(best(feed) * 1000)
            found[name.replace("ms", "rows")] = len(feed().json()["value"])
    bare, file = _bare(company), folder / "turns.csv"
    whole = star.whole("fact_turn", company.pk)
    took = best(lambda: export.write(whole, "csv", file), 2)
    found["bare cursor, rows/s"] = round(turns / bare)
    found["CSV of all, rows/s"] = round(turns / took)
    found["CSV against the bare cursor, %"] = round(bare / took * 100)
    found["memory of a process that exports all as CSV, MiB"] = _memory(folder, "csv")
    found["memory of a process that exports all as Parquet, MiB"] = _memory(folder, "parquet")
    return found


def _bare(company: Any) -> float:
    """All rows and columns through the database's own cursor, and nothing done with them."""
    from django.db import connection, transaction

    def walk() -> None:
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute("SELECT * FROM leaddrum_factturn WHERE company_id = %s ORDER BY turn_key", [company.pk])
            while cursor.fetchmany(2000):
                pass

    return best(walk, 2)


def _memory(folder: Path, form: str) -> int:
    command = [str(Path(sys.executable).parent / "leaddrum"), "export", "fact_turn", "--format", form]
    subprocess.run(
        [*command, "--out", str(folder / f"m.{form}"), "--data", str(folder)], check=True, capture_output=True
    )
    # The greatest of all children so far: CSV is measured first, and needs less.
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


if __name__ == "__main__":
    main()
