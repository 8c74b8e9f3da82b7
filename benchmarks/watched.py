"""An engine as `leaddrum work` starts it, with a stopwatch round each tick: `--start-at T --seconds 60`.

Each tick works at an instant of its own, which its incidents bear as `missed_at`; so the stopwatch, which is read when
the tick has returned, says when each of them was committed.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from typing import Any

import django

django.setup()

import psutil  # noqa: E402  after setup, as Django wants it
from django.db import connection  # noqa: E402

from benchmarks.frame import answer, percentile  # noqa: E402
from leaddrum import engine, logs, loop  # noqa: E402
from leaddrum.engine import ticking  # noqa: E402
from leaddrum.models import Incident  # noqa: E402

committed: dict[datetime, float] = {}  # the instant of a tick -> when it was over, seconds since 1970


def _timed(now: datetime, limit: int = 500, **options: Any) -> engine.Ticked:
    ticked = ticking.tick(now, limit, **options)
    committed[now] = time.time()
    return ticked


def _servers() -> list[psutil.Process]:
    """The processes of the database server that serve this one."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        return [psutil.Process(row[0]) for row in cursor.fetchall()]


def _spent(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start-at", type=float, required=True, help="seconds since 1970: the first deadline")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--settling", type=float, default=0.0, help="seconds after the start that do not count")
    given = parser.parse_args()
    logs.configure()
    engine.tick = _timed  # by this name the loop calls it
    turning = loop.Engine()
    turning.start()
    began = given.start_at + given.settling
    time.sleep(max(0.0, began - time.time()))
    servers = _servers()
    cpu, server, first = time.process_time(), _spent(servers), time.time()
    time.sleep(max(0.0, given.start_at + given.seconds - time.time()))
    whole = time.time() - first
    cpu, server = time.process_time() - cpu, _spent(servers) - server
    time.sleep(2.0)  # what was late
    turning.stop()
    late = []
    found = Incident.objects.filter(missed_at__gte=datetime.fromtimestamp(given.start_at, UTC))
    verdicts = 0
    for due_at, missed_at in found.values_list("due_at", "missed_at").iterator():
        verdicts += 1
        if due_at.timestamp() >= began:
            late.append(committed[missed_at] - due_at.timestamp())
    ticks = sum(given.start_at <= at.timestamp() < given.start_at + given.seconds for at in committed)
    answer(
        {
            "verdicts": verdicts,
            "p50": percentile(late, 0.5),
            "p99": percentile(late, 0.99),
            "longest": max(late),
            "cpu": cpu / whole,
            "server": server / whole,
            "ticks": ticks,
            "rss": psutil.Process().memory_info().rss,
        }
    )


if __name__ == "__main__":
    main()
