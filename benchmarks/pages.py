"""Server time and queries of the pages with very many open leads, against the same pages with a tenth of them.

1. One company with open leads, round the clock; a fifth of them were missed and handed over, so there is a journal.
2. Each page is asked for by an employee, his head and an administrator through the whole of Django: middleware,
   session, view, template. The median of several requests by the clock, after two that warm up.
3. The number of queries must not grow from the small world to the large one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks import command
from benchmarks.databases import Databases
from benchmarks.frame import Row, part, say

LONGEST = 200.0  # milliseconds


@dataclass(frozen=True)
class Sizes:
    small: int
    large: int
    repeats: int


FULL = Sizes(small=1_000, large=10_000, repeats=15)
QUICK = Sizes(small=200, large=2_000, repeats=5)


def look(databases: Databases, leads: int, repeats: int) -> dict[str, Any]:
    """What each page cost in a world of so many open leads."""
    say(f"{databases.kind}: {leads:,} open leads")
    databases.create("pages")
    env = databases.env("pages")
    world = ["--waiting", leads, "--due", leads // 5, "--companies", 1, "--always", "--real-now"]
    now = part("benchmarks.world", *world, env=env)["now"]
    part("benchmarks.turning", "--now", now, env=env)
    found = part("benchmarks.browsing", "--repeats", repeats, env={**env, "LEADDRUM_LOG": "warning"})
    databases.drop("pages")
    return found


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    small = look(databases, sizes.small, sizes.repeats)
    large = look(databases, sizes.large, sizes.repeats)
    rows = []
    for name, page in large.items():
        queries = page["queries"]
        grown = queries - small[name]["queries"]
        asked = f"{queries} queries" + (f", {grown:+d} from {sizes.small:,} leads" if grown else ", as with few leads")
        note = f"{asked}; processor {page['cpu'] * 1000:.0f} ms; {page['bytes'] / 1024:.0f} KiB"
        shown = page["median"] * 1000
        met = shown < LONGEST and grown <= 0
        rows.append(Row(name, shown, "ms", databases.kind, "< 200 ms, constant queries", met, note, "pages"))
    return rows


if __name__ == "__main__":
    command.run("pages", __doc__, measure, quick=QUICK, full=FULL)
