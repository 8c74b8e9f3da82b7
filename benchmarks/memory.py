"""Memory of the whole server with very many leads waiting, while it does everything at once.

1. `leaddrum serve` on a world of waiting leads: pages, API, engine and outbox in one process.
2. While deadlines pass, 200 a second, eight browsers look at all pages and leads come in through the API.
3. The largest resident set seen, looked at ten times a second. PostgreSQL's own processes are not the server's.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import psutil

from benchmarks import command
from benchmarks.databases import Databases
from benchmarks.frame import Row, part, say
from benchmarks.server import Server, serving

LIMIT = 300.0  # MiB
BROWSERS = 8
PAGES = ("/my", "/journal", "/leads/1", "/")


@dataclass(frozen=True)
class Sizes:
    waiting: int
    seconds: int
    rounds: int  # of each browser through all pages


FULL = Sizes(waiting=1_000_000, seconds=30, rounds=3)
QUICK = Sizes(waiting=20_000, seconds=8, rounds=1)


class Watch(threading.Thread):
    """The largest resident set of a process, until told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.largest = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            self.largest = max(self.largest, self.process.memory_info().rss)

    def mib(self) -> float:
        self.largest = max(self.largest, self.process.memory_info().rss)
        return self.largest / 2**20


def browse(server: Server, rounds: int) -> float:
    """The longest answer, seconds."""
    longest = 0.0
    with closing(server.browser("p0")) as client:
        for address in PAGES * rounds:
            began = time.perf_counter()
            client.get(server.url + address).raise_for_status()
            longest = max(longest, time.perf_counter() - began)
    return longest


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    kind = databases.kind
    say(f"{kind}: building {sizes.waiting:,} waiting")
    databases.create("memory")
    env = databases.env("memory")
    world = ["--waiting", sizes.waiting, "--due", 0, "--companies", 4, "--always", "--real-now"]
    part("benchmarks.world", *world, env=env)
    due = ["--start-at", time.time() + 15, "--count", 200 * sizes.seconds, "--rate", 200]
    part("benchmarks.falling_due", *due, env=env)
    with serving(env) as server:
        watch = Watch(server.pid)
        idle = watch.mib()
        watch.start()
        token = server.token()
        with ThreadPoolExecutor(BROWSERS + 1) as pool:
            browsing = [pool.submit(browse, server, sizes.rounds) for _ in range(BROWSERS)]
            calls = ["--seconds", sizes.seconds, "--rate", 10]
            posting = pool.submit(part, "benchmarks.posting", server.url, token, *calls)
            longest = max(one.result() for one in browsing)
            posts = posting.result()["posts"]
        time.sleep(5)
        largest = watch.mib()
        watch.over.set()
        watch.join()
    databases.drop("memory")
    note = (
        f"{sizes.waiting:,} waiting; {idle:.0f} MiB at the start; {posts} posts, {BROWSERS} browsers,"
        f" longest page {longest:.1f} s"
    )
    return [Row("resident set of the server", largest, "MiB", kind, "< 300 MiB", largest < LIMIT, note, "memory")]


if __name__ == "__main__":
    command.run("memory", __doc__, measure, quick=QUICK, full=FULL)
