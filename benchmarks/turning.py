"""Let the engine hand over everything that is due: `python -m benchmarks.turning --now ISO --limit 500`.

With `--parts` each part of the tick is timed, with `--profile FILE` each function (and that is much slower).
"""

from __future__ import annotations

import argparse
import cProfile
import time
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import django

django.setup()

import psutil  # noqa: E402  after setup, as Django wants it
from django.db import connection  # noqa: E402

from benchmarks import parts  # noqa: E402
from benchmarks.cpu import Cpu  # noqa: E402
from benchmarks.frame import answer, say  # noqa: E402
from leaddrum import engine  # noqa: E402
from leaddrum.engine import org, sql  # noqa: E402
from leaddrum.models import Company, Entry, Incident  # noqa: E402


def warm(now: datetime) -> None:
    """What a running engine keeps in memory: each company's people, policies and compiled hours."""
    sql.keep_pages()
    for company in Company.objects.all():
        known = org.of(company, now)
        for drum in known.drums:
            for person in known.roster(drum, None):
                known.hours(person, drum)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--now", type=datetime.fromisoformat, required=True)
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--parts", action="store_true", help="time each part of the tick")
    parser.add_argument("--start-at", type=float, default=0.0, help="wall clock at which several of us start together")
    given = parser.parse_args()
    connection.ensure_connection()
    if given.parts:
        parts.watch()
    before = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    warm(given.now)
    if given.start_at:
        time.sleep(max(0.0, given.start_at - time.time()))
    profile = cProfile.Profile() if given.profile else None
    ticks, turns, longest, idle = 0, 0, 0.0, 0
    began = started = time.perf_counter()
    used = Cpu(connection.connection)
    with profile or nullcontext():
        while idle < 3:
            done = engine.tick(given.now, limit=given.limit)
            ended = time.perf_counter()
            longest = max(longest, ended - began)
            began = ended
            ticks += 1
            turns += done.turns
            idle = 0 if done.more or done.turns else idle + 1
            if ticks % 50 == 0:
                say(f"  {turns:,} turns, {turns / (ended - started):,.0f} a second")
            if not done.more and not done.turns:
                break
    seconds = time.perf_counter() - started
    cpu = used.seconds()
    if profile and given.profile:
        profile.dump_stats(given.profile)
    answer(
        {
            "turns": turns,
            "hand_overs": Entry.objects.filter(pk__gt=before, kind="missed").count(),
            "incidents": Incident.objects.count(),
            "seconds": seconds,
            "cpu": cpu,
            "ticks": ticks,
            "longest": longest,
            "rss": psutil.Process().memory_info().rss,
            "ended": time.time(),
            "parts": parts.spent,
        }
    )


if __name__ == "__main__":
    main()
