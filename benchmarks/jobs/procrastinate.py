"""Procrastinate: a job scheduled at the deadline; an asynchronous task, many at once in one worker."""

import os
import sys
from datetime import UTC, datetime

import procrastinate
from psycopg_pool import AsyncConnectionPool

from benchmarks.jobs import body

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=os.environ.get("BENCH_DATABASE", ""), min_size=4, max_size=12)
)
_own: dict[str, AsyncConnectionPool] = {}


@app.task(name="hand_over")
async def hand_over(cycle: int) -> None:
    async with _own["pool"].connection() as connection:
        read, write = body.for_psycopg()
        rows = await (await connection.execute(read, {"id": cycle})).fetchall()
        if rows:
            await connection.execute(write, body.decide(cycle, rows))
    if body.next_too():
        await hand_over.configure(schedule_in={"minutes": 30}).defer_async(cycle=cycle)


async def fill() -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        cycles = body.cycles()
        for start in range(0, len(cycles), 1000):
            jobs = [{"cycle": cycle} for cycle in cycles[start : start + 1000]]
            await hand_over.configure(schedule_at=datetime.now(UTC)).batch_defer_async(*jobs)


async def work() -> None:
    concurrency = int(os.environ["BENCH_CONCURRENCY"])
    own = AsyncConnectionPool(
        body.database(), min_size=concurrency, max_size=concurrency, open=False, kwargs={"autocommit": True}
    )
    await own.open(wait=True)
    _own["pool"] = own
    async with app.open_async():
        await app.run_worker_async(concurrency=concurrency, fetch_job_polling_interval=0.1, delete_jobs="always")


if __name__ == "__main__":
    import uvloop

    uvloop.run({"fill": fill, "work": work}[sys.argv[1]]())
