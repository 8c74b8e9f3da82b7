"""How fast facts are read: `python -m benchmarks.feeds [TURNS]`, on the database that DATABASE_URL names, else SQLite.

A company with TURNS ended turns (a million, unless said otherwise) of two years, 30 people, two drums, five sources:
generated straight into the tables of facts, because what is measured is reading them. Figures are the best of three.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.feeds_world import COPIES, STAMP, TODAY, build


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


PAGES = (
    *("/analytics", "/analytics/people", "/analytics/hours", "/analytics/funnel", "/analytics/junk"),
    *("/analytics/rows", "/analytics/rows?of=head", "/advice?drum=drum", "/advice/replay?drum=drum", "/journal"),
)


def best(what: Callable[[], Any], times: int = 3) -> float:
    return both(what, times)[0]


def both(what: Callable[[], Any], times: int = 3) -> tuple[float, float]:
    """Seconds by the clock, and of the processor in this process (with SQLite's): the best of several."""
    took, worked = [], []
    for _ in range(times):
        begun, before = time.perf_counter(), time.process_time()
        what()
        took.append(time.perf_counter() - begun)
        worked.append(time.process_time() - before)
    return min(took), min(worked)


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
        for name, since in (("30 days", 29), ("a year", 364), ("two years", 729)):
            period = {"since": (TODAY - timedelta(days=since)).date().isoformat(), "until": TODAY.date().isoformat()}
            for page in PAGES:
                read = partial(client.get, page, period)
                assert read().status_code == 200
                clock_, processor = both(read)
                found[f"page {page}, {name}, ms"] = f"{clock_ * 1000:.0f} (processor {processor * 1000:.0f})"
                print(page, name, found[f"page {page}, {name}, ms"], file=sys.stderr)
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
    """The greatest memory of a process of its own, as the kernel counts it for that program alone."""
    export = ["export", "fact_turn", "--format", form, "--out", str(folder / f"m.{form}"), "--data", str(folder)]
    ran = subprocess.run([sys.executable, "-c", _EXPORT, *export], check=True, capture_output=True, text=True)
    return int(ran.stdout.split("VmHWM:")[1].split()[0]) // 1024


_EXPORT = """
import atexit, pathlib, sys

class NoPandas:  # a library of the tests, which Arrow loads where it finds it; servers have none
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NoPandas())
atexit.register(lambda: print(pathlib.Path("/proc/self/status").read_text()))
from leaddrum.cli import main
main()
"""


if __name__ == "__main__":
    main()
