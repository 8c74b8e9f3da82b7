"""APScheduler 3: a date job per deadline in its SQLAlchemy store, a pool of threads. One process, as it demands."""

import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks.jobs import body

_own = threading.local()
running: list[BackgroundScheduler] = []


def hand_over(cycle: int) -> None:
    if not hasattr(_own, "connection"):
        _own.connection = body.connected()
    body.hand_over(_own.connection, cycle)
    if body.next_too():
        later = datetime.now(UTC) + timedelta(minutes=30)
        running[0].add_job("benchmarks.jobs.apscheduler:hand_over", "date", run_date=later, args=[cycle])


def _scheduler() -> BackgroundScheduler:
    where = body.database()
    url = (
        where.replace("postgres://", "postgresql+psycopg://") if where.startswith("postgres") else f"sqlite:///{where}"
    )
    options = {} if where.startswith("postgres") else {"connect_args": {"timeout": 60}}
    return BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=url, engine_options=options)},
        executors={"default": ThreadPoolExecutor(int(os.environ["BENCH_CONCURRENCY"]))},
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )


def fill() -> None:
    scheduler = _scheduler()
    scheduler.start(paused=True)
    for cycle in body.cycles():
        scheduler.add_job("benchmarks.jobs.apscheduler:hand_over", "date", run_date=datetime.now(UTC), args=[cycle])
    scheduler.shutdown()


def work() -> None:
    from benchmarks.jobs.apscheduler import running as named  # of the module that the jobs import, not __main__'s

    scheduler = _scheduler()
    named.append(scheduler)
    scheduler.start()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    {"fill": fill, "work": work}[sys.argv[1]]()
