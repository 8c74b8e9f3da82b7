"""PgQueuer on asyncpg: a job to be executed after the deadline. Large batches, a pool for the hand-overs."""

import os
import sys
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from benchmarks.jobs import body


async def fill() -> None:
    connection = await asyncpg.connect(body.database())
    queries = Queries.from_asyncpg_connection(connection)
    await queries.install()
    cycles = body.cycles()
    for start in range(0, len(cycles), 1000):
        part = cycles[start : start + 1000]
        await queries.enqueue(
            ["hand_over"] * len(part),
            [str(cycle).encode() for cycle in part],
            [0] * len(part),
            [timedelta(0)] * len(part),
        )
    await connection.close()


async def work() -> None:
    concurrency = int(os.environ["BENCH_CONCURRENCY"])
    own = await asyncpg.create_pool(body.database(), min_size=concurrency, max_size=concurrency)
    pool = await asyncpg.create_pool(body.database(), min_size=2, max_size=4)
    queue, queries = PgQueuer.from_asyncpg_pool(pool), Queries(AsyncpgPoolDriver(own))
    read, write = body.for_asyncpg()

    @queue.entrypoint("hand_over")
    async def hand_over(job: Job) -> None:
        assert job.payload is not None
        cycle = int(job.payload)
        async with own.acquire() as connection:
            if rows := await connection.fetch(read, cycle):
                values = body.decide(cycle, rows)
                await connection.fetchval(write, *(values[name] for name in body.NAMES))
        if body.next_too():
            await queries.enqueue("hand_over", job.payload, execute_after=timedelta(minutes=30))

    await queue.run(batch_size=200)


if __name__ == "__main__":
    import uvloop

    uvloop.run({"fill": fill, "work": work}[sys.argv[1]]())
