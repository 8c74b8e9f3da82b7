"""DBOS: a durable workflow per deadline on a queue, its hand-over as a step; frequent polls, many at once."""

import os
import sys
import threading
import time

from dbos import DBOS, DBOSConfig, SetEnqueueOptions

from benchmarks.jobs import body

_own = threading.local()


@DBOS.step()
def write(cycle: int) -> None:
    if not hasattr(_own, "connection"):
        _own.connection = body.connected()
    body.hand_over(_own.connection, cycle)


@DBOS.workflow(name="hand_over")
def hand_over(cycle: int) -> None:
    write(cycle)
    if body.next_too():
        with SetEnqueueOptions(delay_seconds=1800):
            DBOS.enqueue_workflow("deadlines", hand_over, cycle)


def _start(queue: str) -> None:
    where = body.database()
    if where.startswith("postgres"):
        url = where.replace("postgres://", "postgresql+psycopg://") + "_dbos"
    else:
        url = f"sqlite:///{where}.dbos"
    concurrency = int(os.environ["BENCH_CONCURRENCY"])
    config: DBOSConfig = {
        "name": "bench",
        "application_version": "1",
        "system_database_url": url,
        "sys_db_pool_size": concurrency + 5,
        "log_level": "ERROR",
        "max_executor_threads": concurrency + 10,
    }
    DBOS(config=config)
    DBOS.listen_queues([queue])
    DBOS.launch()


def fill() -> None:
    from concurrent.futures import ThreadPoolExecutor

    _start("none")  # the jobs are to wait for the worker
    DBOS.register_queue("deadlines", polling_interval_sec=0.05)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda cycle: DBOS.enqueue_workflow("deadlines", hand_over, cycle), body.cycles()))
    DBOS.destroy()


def work() -> None:
    _start("deadlines")
    DBOS.register_queue("deadlines", worker_concurrency=int(os.environ["BENCH_CONCURRENCY"]), polling_interval_sec=0.05)
    while True:
        time.sleep(1)


if __name__ == "__main__":
    {"fill": fill, "work": work}[sys.argv[1]]()
