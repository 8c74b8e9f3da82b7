"""Celery on Redis: a task with an ETA for each deadline. Prefork workers, a large prefetch, no results, no events."""

import os
import sys
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from benchmarks.jobs import body

app = Celery("benchmarks.jobs.celery_redis", broker=os.environ.get("BENCH_REDIS", ""))
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=256,
    task_acks_late=False,
    worker_send_task_events=False,
    broker_transport_options={"visibility_timeout": 3600},
    broker_pool_limit=4,
    worker_hijack_root_logger=False,
)
_own: dict[str, Any] = {}


@worker_process_init.connect
def connect(**_: object) -> None:
    _own["connection"] = body.connected()


@app.task(name="hand_over")
def hand_over(cycle: int) -> None:
    body.hand_over(_own["connection"], cycle)
    if body.next_too():
        hand_over.apply_async((cycle,), countdown=1800)


def fill() -> None:
    with app.producer_pool.acquire(block=True) as producer:
        for cycle in body.cycles():
            hand_over.apply_async((cycle,), eta=datetime.now(UTC), producer=producer)


def work() -> None:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"]
    app.worker_main(["worker", f"--concurrency={os.environ['BENCH_CONCURRENCY']}", "--pool=prefork", *quiet])


if __name__ == "__main__":
    {"fill": fill, "work": work}[sys.argv[1]]()
