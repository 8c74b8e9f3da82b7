"""Calls of sites, telephonies and messengers far faster than leads can be taken in: none may be lost.

1. The whole server as `leaddrum serve` starts it. Four ways in: a signed form, Tilda, a messenger, a telephony.
2. 500 calls a second over them for a minute, due at fixed instants, each from another client.
3. What was answered with 200 is counted. Then it is watched to its end how it is taken in: each is a lead with a turn.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from benchmarks import command
from benchmarks.databases import Databases
from benchmarks.frame import Row, part, say
from benchmarks.server import serving


@dataclass(frozen=True)
class Sizes:
    rate: int
    seconds: int
    patience: float  # seconds after which the watching is given up


FULL = Sizes(rate=500, seconds=60, patience=4 * 3600)
QUICK = Sizes(rate=500, seconds=4, patience=1800)


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    kind = databases.kind
    databases.create("flood")
    env = databases.env("flood")
    part("benchmarks.world", "--waiting", 0, "--due", 0, "--companies", 1, "--always", "--real-now", env=env)
    ways = part("benchmarks.doors", "--make", env=env)["ways"]
    with serving(env, LEADDRUM_API_RATE="1000000/second") as server:
        timing = ["--rate", sizes.rate, "--seconds", sizes.seconds]
        sent = part("benchmarks.knocking", server.url, json.dumps(ways), *timing)
        say(f"  {kind}: {sent}")
        before = part("benchmarks.doors", env=env)
        waited = _taken_in(env, sizes.patience)
    found = part("benchmarks.doors", env=env)  # nobody is at work any more
    say(f"  {kind}: {found} after {waited:.0f} s more")
    databases.drop("flood")
    asked, told = sizes.rate * sizes.seconds, sent["told"].get("200", 0)
    lost = told - found["offered"] - found["waiting"]
    rate = told / sent["seconds"]
    answered = f"of {asked:,}, {_others(sent['told'])}; median {sent['p50'] * 1000:.0f} ms"
    at_once = f"≥ {sizes.rate * 0.99:.0f}"
    longest = f"from when it was due; longest {sent['longest']:.1f} s"
    there = f"{waited:.0f} s later {found['offered']:,} leads with a turn, {found['waiting']:,} still waiting"
    return [
        Row("calls answered 200", rate, "a second", kind, at_once, rate >= sizes.rate * 0.99, note=answered),
        Row("p99 of a call", sent["p99"] * 1000, "ms", kind, note=longest),
        Row("answered 200 and lost", lost, "calls", kind, "0", lost == 0, note=there),
        Row("taken in afterwards", (found["offered"] - before["offered"]) / waited, "leads/s", kind),
    ]


def _others(told: dict[str, int]) -> str:
    others = {status: number for status, number in told.items() if status != "200"}
    return ", ".join(f"{number} times {status}" for status, number in others.items()) or "none refused"


def _taken_in(env: dict[str, str], patience: float) -> float:
    """Seconds until nothing waits any more, or until it is given up."""
    began = time.monotonic()
    while part("benchmarks.doors", env=env)["waiting"] and time.monotonic() - began < patience:
        time.sleep(1.0)
    return time.monotonic() - began


if __name__ == "__main__":
    command.run("flood", __doc__, measure, quick=QUICK, full=FULL)
