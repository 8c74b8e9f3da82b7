"""Hand-overs a second, through the product's own tick, against the same rows by bare SQL in the same run.

A hand-over: close the turn, write the incident, choose the next person with one line per candidate, open his turn with
a working-time deadline, journal, effects.

1. A world with many waiting leads, some of them overdue, is built once per size.
2. One copy of it is turned by the engine; a second copy gets the very rows that the engine wrote, by bare SQL.
3. Both are repeated in turn; the medians are compared. Copies are fresh, so neither finds the other's caches.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.databases import Databases, Postgres, Sqlite, both
from benchmarks.frame import Row, median, part, report, say

LIMIT = 500  # cycles a tick takes in one transaction: what the loop uses


@dataclass(frozen=True)
class Sizes:
    waiting: int
    due: int
    small: int  # waiting, for the comparison of the two sizes
    small_due: int
    repeats: int
    companies: int = 4
    people: int = 10


FULL = Sizes(waiting=1_000_000, due=100_000, small=10_000, small_due=5_000, repeats=3)
QUICK = Sizes(waiting=50_000, due=5_000, small=5_000, small_due=2_500, repeats=1)


def address(databases: Databases, name: str) -> str:
    return databases.url(name) if isinstance(databases, Postgres) else str(_file(databases, name))


def _file(databases: Databases, name: str) -> Path:
    assert isinstance(databases, Sqlite)
    return databases.file(name)


def build(databases: Databases, name: str, waiting: int, due: int, sizes: Sizes) -> str:
    """A world; its `now`."""
    say(f"{databases.kind}: building {waiting:,} waiting, {due:,} due")
    databases.create(name)
    arguments = ["--waiting", waiting, "--due", due, "--companies", sizes.companies, "--people", sizes.people]
    return str(part("benchmarks.world", *arguments, env=databases.env(name))["now"])


def engine(databases: Databases, world: str, now: str, limit: int = LIMIT, profile: str = "") -> dict[str, Any]:
    """The engine over a fresh copy of the world, which stays as the copy `after`."""
    databases.copy(world, "after")
    extra = ["--profile", profile] if profile else []
    return part("benchmarks.turning", "--now", now, "--limit", limit, *extra, env=databases.env("after"))


def bare(databases: Databases, world: str, batch: int) -> dict[str, Any]:
    """What `after` has more than the world, by bare SQL; on PostgreSQL the faster of two ways."""
    found = []
    for way in ["copy", "arrays"] if isinstance(databases, Postgres) else ["prepared"]:
        databases.copy(world, "bare")
        chosen = ["--way", way] if isinstance(databases, Postgres) else []
        where = ["--after", address(databases, "after"), "--before", address(databases, "bare")]
        done = part("benchmarks.bare", *where, "--batch", batch, *chosen, env=databases.env("settings"))
        say(f"  bare SQL, {way}: {done['hand_overs'] / done['seconds']:,.0f} a second")
        found.append({**done, "way": way})
    databases.drop("bare")
    return min(found, key=lambda one: float(one["seconds"]))


@dataclass(frozen=True)
class Compared:
    """Hand-overs a second by the clock, and a second of the processor; `last` is the last run of bare SQL."""

    ours: float
    theirs: float
    our_cpu: float
    their_cpu: float
    last: dict[str, Any]


def compare(databases: Databases, world: str, now: str, repeats: int, due: int) -> Compared:
    """The engine and bare SQL in turn, some times; the medians."""
    ours, theirs, our_cpu, their_cpu, last = [], [], [], [], {}
    for _ in range(repeats):
        done = engine(databases, world, now)
        if done["hand_overs"] != due:
            raise RuntimeError(f"{done['hand_overs']} hand-overs instead of {due}")
        ours.append(done["hand_overs"] / done["seconds"])
        our_cpu.append(done["hand_overs"] / done["cpu"])
        say(
            f"  engine: {ours[-1]:,.0f} a second, longest tick {done['longest'] * 1000:,.0f} ms,"
            f" CPU {done['cpu']:.1f} s"
        )
        last = bare(databases, world, LIMIT)
        theirs.append(last["hand_overs"] / last["seconds"])
        their_cpu.append(last["hand_overs"] / last["cpu"])
    return Compared(median(ours), median(theirs), median(our_cpu), median(their_cpu), last)


def alone(databases: Databases, world: str, now: str, repeats: int) -> float:
    """Hand-overs a second of the engine, without the comparison."""
    found = [engine(databases, world, now) for _ in range(repeats)]
    return median([one["hand_overs"] / one["seconds"] for one in found])


def several(databases: Databases, world: str, now: str, processes: int) -> float:
    """Hand-overs a second of some engines side by side, from their common start to the last one's end."""
    databases.copy(world, "after")
    start = time.time() + 4
    arguments = ["--now", now, "--limit", LIMIT, "--start-at", start]
    with ThreadPoolExecutor(processes) as pool:
        runs = [
            pool.submit(part, "benchmarks.turning", *arguments, env=databases.env("after")) for _ in range(processes)
        ]
        done = [run.result() for run in runs]
    # Each counts what became of the whole database, so the largest count is that of the one that ended last.
    return float(max(one["incidents"] for one in done) / (max(one["ended"] for one in done) - start))


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    kind = databases.kind
    now = build(databases, "large", sizes.waiting, sizes.due, sizes)
    found = compare(databases, "large", now, sizes.repeats, sizes.due)
    ours, theirs, last = found.ours, found.theirs, found.last
    group = "hand-overs a second"
    runs = f"; median of {sizes.repeats} runs in turn" if sizes.repeats > 1 else "; one run"
    size = f"{sizes.waiting:,} waiting, {sizes.due:,} due{runs}"
    share = ours / theirs
    way = {"prepared": "prepared executemany", "copy": "COPY and array updates", "arrays": "array inserts and updates"}
    each = ", ".join(f"{count:g} {name}" for name, count in last["rows"].items())
    rows = [
        Row("engine", ours, "hand-overs/s", kind, note=size, group=group),
        Row(
            "bare SQL, same rows",
            theirs,
            "hand-overs/s",
            kind,
            note=f"{way[last['way']]}; rows each: {each}",
            group=group,
        ),
        Row("engine / bare SQL", share * 100, "%", kind, "≥ 50 %", share >= 0.5),
        Row(
            "engine / bare SQL, by processor time",
            found.our_cpu / found.their_cpu * 100,
            "%",
            kind,
            note=f"{found.our_cpu:,.0f} and {found.their_cpu:,.0f} a second of the processor, database server included",
        ),
    ]
    small_now = build(databases, "small", sizes.small, sizes.small_due, sizes)
    large_now = build(databases, "even", sizes.waiting, sizes.small_due, sizes)
    small = alone(databases, "small", small_now, max(3, sizes.repeats))
    even = alone(databases, "even", large_now, max(3, sizes.repeats))
    ratio = even / small
    rows += [
        Row(
            f"engine, {sizes.small:,} waiting",
            small,
            "hand-overs/s",
            kind,
            note=f"{sizes.small_due:,} due",
            group=group,
        ),
        Row(f"engine, {sizes.waiting:,} waiting", even, "hand-overs/s", kind, note=f"{sizes.small_due:,} due"),
        Row("large / small", ratio * 100, "%", kind, "within 20 %", ratio >= 0.8),
    ]
    if isinstance(databases, Postgres):
        one = several(databases, "large", now, 1)
        two = several(databases, "large", now, 2)
        note = (
            f"{sizes.companies} companies: a company's row is the lock, so a company is turned by one process at once"
        )
        rows += [
            Row("1 process", one, "hand-overs/s", kind),
            Row("2 processes", two, "hand-overs/s", kind, "faster than 1", two > one, note, group),
        ]
    for name in ("large", "small", "even", "after"):
        databases.drop(name)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=["", "sqlite", "postgres"], default="")
    parser.add_argument("--repeats", type=int, default=0, help="of engine and bare SQL in turn")
    parser.add_argument("--due", type=int, default=0, help="of the large world, instead of the usual number")
    parser.add_argument("--profile", default="", help="only profile one run into this file (and FILE-postgres)")
    given = parser.parse_args()
    sizes = QUICK if given.quick else FULL
    sizes = replace(sizes, repeats=given.repeats or sizes.repeats, due=given.due or sizes.due)
    rows: list[Row] = []
    with both(given.database) as kinds:
        for databases in kinds:
            if given.profile:
                now = build(databases, "large", sizes.waiting, sizes.due, sizes)
                done = engine(databases, "large", now, profile=f"{given.profile}-{databases.kind}")
                say(f"{databases.kind}: {done}")
                continue
            rows += measure(databases, sizes)
    if rows:
        report("handovers", rows)


if __name__ == "__main__":
    main()
