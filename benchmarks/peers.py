"""The same hand-over as one job per lead, by libraries for background jobs, beside the engine in the same run.

1. A world of 20,000 waiting leads of which some are due; one job for each of these is added, due at once.
2. The library's workers are started, tuned by its documentation (batches, concurrency, processes for two cores).
3. What counts is the rate at which hand-overs are committed, from the first tenth to the last: start-up, and the adding
   of the jobs, are not counted.
4. Once with the job of the next deadline added by each hand-over, as it must be for the lead to go on, and once
   without, which shows what that costs.
5. The engine turns the same leads of the same world.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import handovers
from benchmarks.cpu import of_children
from benchmarks.databases import Databases, Postgres, both, redis
from benchmarks.frame import ROOT, Row, environment, part, report, say


@dataclass(frozen=True)
class Peer:
    module: str
    name: str
    jobs: int  # enough for about half a minute
    processes: int
    concurrency: int  # in each process
    databases: tuple[str, ...]
    how: str


PEERS = (
    Peer(
        "celery_redis",
        "Celery + Redis",
        20_000,
        1,
        4,
        ("postgres",),
        "ETA tasks, 4 prefork children, prefetch 256 each",
    ),
    Peer("pgqueuer", "PgQueuer", 20_000, 2, 8, ("postgres",), "asyncpg, uvloop, batches of 200, 2 processes"),
    Peer("procrastinate", "Procrastinate", 8_000, 2, 10, ("postgres",), "async task, concurrency 10, 2 processes"),
    Peer("apscheduler", "APScheduler", 8_000, 1, 8, ("postgres", "sqlite"), "SQLAlchemy store, 8 threads"),
    Peer("django_tasks", "django-tasks", 6_000, 4, 1, ("postgres", "sqlite"), "database backend, 4 worker processes"),
    Peer("dbos", "DBOS", 4_000, 2, 20, ("postgres", "sqlite"), "queue, 20 at once, polled every 50 ms, 2 processes"),
)
DEADLINE = 180.0  # seconds after which a peer is stopped, and what it did by then counts


class Counter:
    """Counts the incidents of a database over a connection that is kept."""

    def __init__(self, where: str) -> None:
        self.connection: Any
        self.pid = 0  # of the server's process for it, which is nobody's work
        if where.startswith("postgres"):
            self.connection = psycopg.connect(where, autocommit=True)
            self.pid = self.connection.info.backend_pid
        else:
            self.connection = sqlite3.connect(where, timeout=60, isolation_level=None)

    def __call__(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM leaddrum_incident").fetchone()[0])


@dataclass(frozen=True)
class Rate:
    """Hand-overs a second by the clock, and a second of the processor."""

    clock: float
    cpu: float


def _watch(where: str, jobs: int, workers: list[subprocess.Popen[bytes]]) -> Rate:
    """Between the first tenth and the end.

    Raises:
        RuntimeError: not enough was done to speak of a rate.
    """
    incidents = Counter(where)
    began = time.monotonic()
    first: tuple[float, int, float] | None = None
    last = (began, 0, 0.0)
    while True:
        time.sleep(0.2)
        now, done = time.monotonic(), incidents()
        if done > last[1]:
            last = (now, done, of_children(incidents.pid))
        if first is None and done >= jobs // 10:
            first = last
        if done >= jobs or now - began > DEADLINE or all(worker.poll() is not None for worker in workers):
            break
    incidents.connection.close()
    if first is None or last[1] == first[1]:
        raise RuntimeError(f"only {last[1]} of {jobs} were done")
    if last[1] < jobs:
        say(f"    stopped at {last[1]} of {jobs}")
    done = last[1] - first[1]
    return Rate(done / (last[0] - first[0]), done / max(0.01, last[2] - first[2]))


def _stop(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)  # its own group: we started it as a session
        worker.wait()


def run(peer: Peer, databases: Databases, broker: str, jobs: int, *, next_too: bool) -> Rate:
    """One peer on a fresh copy of the world."""
    databases.copy("world", "peer")
    where = handovers.address(databases, "peer")
    with tempfile.TemporaryDirectory(prefix="leaddrum-bench-jobs-") as folder:
        file = Path(folder) / "statements.json"
        due = part("benchmarks.statements", file, env=databases.env("peer"))["due"]
        _first(file, jobs)
        env = environment(
            {
                "BENCH_STATEMENTS": str(file),
                "BENCH_DATABASE": where,
                "BENCH_REDIS": broker,
                "BENCH_NEXT": "1" if next_too else "0",
                "BENCH_CONCURRENCY": str(peer.concurrency),
            }
        )
        env.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.jobs.{peer.module}"]
        quiet: dict[str, Any] = {"cwd": ROOT, "env": env, "stdout": subprocess.DEVNULL}
        log = Path(folder) / "log"
        with log.open("wb") as out:
            try:
                subprocess.run([*command, "fill"], check=True, timeout=600, stderr=out, **quiet)
                workers = [
                    subprocess.Popen([*command, "work"], start_new_session=True, stderr=out, **quiet)
                    for _ in range(peer.processes)
                ]
                try:
                    return _watch(where, min(jobs, due), workers)
                finally:
                    _stop(workers)
            except (RuntimeError, subprocess.SubprocessError):
                text = log.read_text(errors="replace")
                say(f"{text[:3000]}\n…\n{text[-1500:]}")
                raise


def _first(file: Path, jobs: int) -> None:
    import json

    prepared = json.loads(file.read_text(encoding="utf-8"))
    prepared["cycles"] = prepared["cycles"][:jobs]
    file.write_text(json.dumps(prepared), encoding="utf-8")


def measure(databases: Databases, broker: str, only: list[str], share: float) -> list[Row]:
    kind = databases.kind
    now = handovers.build(databases, "world", 40_000, 20_000, handovers.FULL)
    rows: list[Row] = []
    best = best_short = best_cpu = 0.0
    group = "hand-overs a second, peers"
    for peer in PEERS:
        if kind not in peer.databases or (only and peer.module not in only):
            continue
        if peer.module == "celery_redis" and not broker:
            say("  Celery left out: no redis-server on this machine")
            rows.append(Row(peer.name, 0, "hand-overs/s", kind, note="not measured: no redis-server on this machine"))
            continue
        try:
            rate = run(peer, databases, broker, int(peer.jobs * share), next_too=True)
            short = run(peer, databases, broker, int(peer.jobs * share), next_too=False)
        except (RuntimeError, subprocess.SubprocessError) as error:
            rows.append(Row(peer.name, 0, "hand-overs/s", kind, note=f"not measured: {error}"))
            continue
        say(f"  {peer.name}: {rate}; without the next deadline's job {short}")
        best, best_short, best_cpu = max(best, rate.clock), max(best_short, short.clock), max(best_cpu, rate.cpu)
        note = f"{peer.how}; {rate.cpu:,.0f} a second of the processor"
        note += f"; without adding the next deadline's job: {short.clock:,.0f}"
        rows.append(Row(peer.name, rate.clock, "hand-overs/s", kind, note=note, group=group))
    if not only or "engine" in only:
        done = handovers.engine(databases, "world", now)
        ours = done["hand_overs"] / done["seconds"]
        our_cpu = done["hand_overs"] / done["cpu"]
        note = f"one process; {our_cpu:,.0f} a second of the processor"
        rows.append(Row("engine", ours, "hand-overs/s", kind, note=note, group=group))
        if isinstance(databases, Postgres):
            two = handovers.several(databases, "world", now, 2)
            rows.append(Row("engine, 2 processes", two, "hand-overs/s", kind, group=group))
            ours = max(ours, two)
        if best:
            note = f"{ours / best_short:.1f} times the best peer that leaves the next deadline's job out"
            rows.append(Row("engine / best peer", ours / best, "times", kind, "≥ 10", ours >= 10 * best, note))
            note = "database server included, its background writers left out"
            rows.append(Row("engine / best peer, by processor time", our_cpu / best_cpu, "times", kind, note=note))
    databases.drop("world")
    databases.drop("peer")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=["", "sqlite", "postgres"], default="")
    parser.add_argument("--only", action="append", default=[], help="one peer's module, or `engine`; may be repeated")
    given = parser.parse_args()
    rows: list[Row] = []
    with both(given.database) as kinds, redis() as broker:
        for databases in kinds:
            rows += measure(databases, broker or "", given.only, 0.1 if given.quick else 1.0)
    report("peers", rows)


if __name__ == "__main__":
    main()
