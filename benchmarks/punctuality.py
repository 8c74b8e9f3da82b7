"""How late a verdict is: from a deadline to its commit, with very many leads waiting, also while people take leads.

1. A world of waiting leads; some of them are given deadlines that pass one after the other, 200 a second, from a
   moment of the wall clock that is still to come. Verdict delay 0, service hours round the clock.
2. An engine as `leaddrum work` starts it is left alone with it. A stopwatch round each tick says when it had committed.
3. The same once more, while another process presses take buttons, 20 a second, on other leads.
4. Beside them a process that only sleeps and wakes says how late this machine wakes anybody at the time.
5. Lateness is commit minus deadline, over all verdicts of the run but those of its first two seconds. The engine's
   share of a core is its process's time; on PostgreSQL the time of its connections' servers is given beside it.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from benchmarks import command
from benchmarks.databases import Databases
from benchmarks.frame import Row, part, say

RATE = 200  # deadlines a second
TAKES = 20  # a second
SETTLING = 2.0  # seconds at the start that do not count


@dataclass(frozen=True)
class Sizes:
    waiting: int
    seconds: int
    companies: int = 4


FULL = Sizes(waiting=1_000_000, seconds=30)
QUICK = Sizes(waiting=20_000, seconds=10)


Found = dict[str, Any]


def run(databases: Databases, sizes: Sizes, *, takes: int) -> tuple[Found, Found, Found | None]:
    """What the engine was measured at, the sleeper beside it, and the one who took leads meanwhile."""
    databases.copy("waiting", "running")
    env = databases.env("running")
    lead_time = 12.0  # until the engine is up and has compiled its calendars
    due = RATE * sizes.seconds
    start = time.time() + lead_time + sizes.waiting / 100_000
    part("benchmarks.falling_due", "--start-at", start, "--count", due, "--rate", RATE, env=env)
    timing = ["--start-at", start, "--seconds", sizes.seconds]
    with ThreadPoolExecutor(3) as pool:
        ours = pool.submit(part, "benchmarks.watched", *timing, "--settling", SETTLING, env=env)
        sleeper = pool.submit(part, "benchmarks.sleeping", *timing)
        theirs = pool.submit(part, "benchmarks.taking", *timing, "--rate", takes, env=env) if takes else None
        found, asleep = ours.result(), sleeper.result()
        taken = theirs.result() if theirs else None
    if found["verdicts"] != due:
        raise RuntimeError(f"{found['verdicts']} verdicts instead of {due}")
    databases.drop("running")
    return found, asleep, taken


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    kind = databases.kind
    say(f"{kind}: building {sizes.waiting:,} waiting")
    databases.create("waiting")
    world = ["--waiting", sizes.waiting, "--due", 0, "--companies", sizes.companies, "--always", "--no-email"]
    part("benchmarks.world", *world, "--real-now", env=databases.env("waiting"))
    rows: list[Row] = []
    for takes in (0, TAKES):
        found, asleep, taken = run(databases, sizes, takes=takes)
        when = f", {takes} takes a second" if takes else ""
        say(f"  {found}")
        rows += _rows(kind, when, found, sizes)
        slept = asleep["p99"] * 1000
        note = f"what this machine did to a process that only wakes; median {asleep['p50'] * 1000:.0f} ms"
        rows.append(Row(f"a sleeper beside it, p99{when}", slept, "ms", kind, note=note))
        if taken:
            say(f"  {taken}")
            note = f"{taken['done']:,} takes, median {taken['p50'] * 1000:.0f} ms"
            rows.append(Row("a take meanwhile, p99", taken["p99"] * 1000, "ms", kind, note=note))
    databases.drop("waiting")
    return rows


def _rows(kind: str, when: str, found: dict[str, Any], sizes: Sizes) -> list[Row]:
    group = "from deadline to committed verdict"
    p50, p99 = found["p50"] * 1000, found["p99"] * 1000
    note = f"{sizes.waiting:,} waiting, {RATE} a second for {sizes.seconds} s; longest {found['longest'] * 1000:.0f} ms"
    share = found["cpu"] * 100
    server = f"; the database server {found['server'] * 100:.0f} % more" if found["server"] else ""
    ticks = f"{found['ticks'] / sizes.seconds:.0f} ticks a second"
    return [
        Row(f"median{when}", p50, "ms", kind, note=note, group=group),
        Row(f"p99{when}", p99, "ms", kind, "< 100 ms", p99 < 100, group=group),
        Row(f"engine's share of a core{when}", share, "%", kind, "< 25 %", share < 25, ticks + server),
    ]


if __name__ == "__main__":
    command.run("punctuality", __doc__, measure, quick=QUICK, full=FULL)
