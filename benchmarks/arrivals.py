"""Leads a second through the HTTP API, each answered when its first turn is committed.

1. The whole server as `leaddrum serve` starts it, with leads waiting already, in one company; people have addresses,
   so each offer is a mail too, written to a folder by the same process.
2. Eight senders post as fast as they are answered: the rate.
3. The same senders at half of that rate, posts due at fixed instants: how long one of them takes.
4. Afterwards each lead that was answered has a cycle with an open turn: counted in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks import command
from benchmarks.databases import Databases
from benchmarks.frame import Row, part, say
from benchmarks.server import Server, serving

SENDERS = 8


@dataclass(frozen=True)
class Sizes:
    waiting: int
    seconds: int


FULL = Sizes(waiting=10_000, seconds=20)
QUICK = Sizes(waiting=1_000, seconds=5)


def post(server: Server, token: str, sizes: Sizes, first: int, rate: float = 0) -> dict[str, Any]:
    timing = ["--seconds", sizes.seconds, "--senders", SENDERS, "--first", first, "--rate", rate]
    return part("benchmarks.posting", server.url, token, *timing)


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    kind = databases.kind
    databases.create("arrivals")
    env = databases.env("arrivals")
    world = ["--waiting", sizes.waiting, "--due", 0, "--companies", 1, "--always", "--real-now"]
    part("benchmarks.world", *world, env=env)
    with serving(env, LEADDRUM_API_RATE="1000000/second") as server:
        token = server.token()
        part("benchmarks.posting", server.url, token, "--seconds", 1, "--first", 9_000_000)  # warm
        fast = post(server, token, sizes, 0)
        rate = fast["posts"] / fast["seconds"]
        say(f"  {kind}: {fast}")
        calm = post(server, token, sizes, fast["next"], rate / 2)
        say(f"  {kind}: {calm}")
    offered = part("benchmarks.offered", "--like", "bench-", env=env)
    if offered["leads"] != offered["offered"] or offered["leads"] < fast["posts"] + calm["posts"]:
        raise RuntimeError(f"answered {fast['posts'] + calm['posts']} posts, but in the database are {offered}")
    databases.drop("arrivals")
    group = "arrivals through the API"
    note = f"{SENDERS} senders, as fast as they are answered; p99 {fast['p99'] * 1000:.0f} ms"
    at = f"at {rate / 2:.0f} leads a second; median {calm['p50'] * 1000:.0f} ms"
    return [
        Row("leads into a committed first turn", rate, "leads/s", kind, note=note, group=group),
        Row("p99 of a post", calm["p99"] * 1000, "ms", kind, note=at),
    ]


if __name__ == "__main__":
    command.run("arrivals", __doc__, measure, quick=QUICK, full=FULL)
