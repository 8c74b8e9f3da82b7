"""Server time and queries of the pages with very many open leads, against the same pages with a tenth of them.

1. One company with open leads, round the clock; a fifth of them were missed and handed over, so there is a journal. In
   the large world there are also the leads of two years, all of them taken long ago.
2. Each page is asked for by an employee, his head and an administrator through the whole of Django: middleware,
   session, view, template. The 95th percentile of several requests by the clock, after two that warm up.
3. The number of queries must not grow from the small world to the large one.
4. What a first and a later visit weigh, compressed as a proxy does it, and what an open board asks for every two
   seconds: when nothing has changed (304), and the whole fragment when something has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks import command
from benchmarks.databases import Databases
from benchmarks.frame import Row, part, say
from benchmarks.server import serving

LONGEST = 200.0  # milliseconds


@dataclass(frozen=True)
class Sizes:
    small: int
    large: int
    repeats: int
    old: int  # leads of the years before, in the large world
    people: int  # with the board open
    seconds: float


FULL = Sizes(small=1_000, large=10_000, repeats=15, old=1_000_000, people=200, seconds=40)
QUICK = Sizes(small=200, large=2_000, repeats=5, old=20_000, people=20, seconds=10)
EVERY = 10  # seconds between two changes of an open board


def look(databases: Databases, leads: int, sizes: Sizes, *, large: bool) -> dict[str, Any]:
    """What each page cost in a world of so many open leads."""
    say(f"{databases.kind}: {leads:,} open leads")
    databases.create("pages")
    env = databases.env("pages")
    world = ["--waiting", leads, "--due", leads // 5, "--companies", 1, "--always", "--real-now"]
    now = part("benchmarks.world", *world, "--people", sizes.people, env=env)["now"]
    part("benchmarks.turning", "--now", now, env=env)
    if large:
        part("benchmarks.past", "--leads", sizes.old, env=env)
    found = part("benchmarks.browsing", "--repeats", sizes.repeats, env={**env, "LEADDRUM_LOG": "warning"})
    if large:
        with serving(env) as server:
            for name, every in (("open: still", 0), ("open: moving", EVERY)):
                say(f"{databases.kind}: {sizes.people} people with the board {name}")
                asked = [server.url, "--people", sizes.people, "--seconds", sizes.seconds, "--every", every]
                found[name] = part("benchmarks.watching", *asked, env=env)
    databases.drop("pages")
    return found


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    small = look(databases, sizes.small, sizes, large=False)
    large = look(databases, sizes.large, sizes, large=True)
    rows = []
    for name, page in large.items():
        if name.startswith(("weight", "live", "open")):
            continue
        queries = page["queries"]
        grown = queries - small[name]["queries"]
        asked = f"{queries} queries" + (f", {grown:+d} from {sizes.small:,} leads" if grown else ", as with few leads")
        median, processor = page["median"] * 1000, page["cpu"] * 1000
        note = f"{asked}; median {median:.0f} ms; processor {processor:.0f} ms; {page['bytes'] / 1024:.0f} KiB"
        shown = page["p95"] * 1000
        met = shown < LONGEST and grown <= 0
        rows.append(Row(name, shown, "ms", databases.kind, "< 200 ms, constant queries", met, note, "pages"))
    return rows + _weights(large, databases.kind) + _open(large, databases.kind)


def _weights(found: dict[str, Any], kind: str) -> list[Row]:
    rows = []
    for name in ("weight: board", "weight: my turns"):
        one = found[name]
        first, later = one["first"] / 1000, one["later"] / 1000
        rows.append(Row(f"{name}, first visit", first, "kB", kind, "< 150 kB", first < 150, f"{one['files']} files"))
        rows.append(Row(f"{name}, later visit", later, "kB", kind, "< 30 kB", later < 30, "the page alone"))
    live = found["live: board"]
    note = f"{live['still_bytes']} bytes"
    rows.append(Row("live board, nothing changed", live["still"] * 1000, "ms", kind, "304", None, note))
    note = f"{live['moved_bytes'] / 1000:.1f} kB compressed"
    rows.append(Row("live board, something changed", live["moved"] * 1000, "ms", kind, "", None, note))
    return rows


def _open(found: dict[str, Any], kind: str) -> list[Row]:
    rows = []
    for name, said, key in (
        ("open: still", "nothing changes", "still"),
        ("open: moving", f"a change every {EVERY} s, those who have it", "still"),
        ("open: moving", f"a change every {EVERY} s, those who get it", "moved"),
    ):
        one = found[name]
        note = f"{one['asked'] / one['seconds']:.0f} questions a second; {one['wrong']} refused"
        label = f"{one['people']} people with the board open, {said}"
        rows.append(Row(label, one[key] * 1000, "ms", kind, "", None, note))
    return rows


if __name__ == "__main__":
    command.run("pages", __doc__, measure, quick=QUICK, full=FULL)
