"""Press take buttons at a steady rate, each on a lead of its own: `--start-at T --seconds 60 --rate 20`."""

from __future__ import annotations

import argparse
import time

import django

django.setup()

from benchmarks.frame import answer, percentile  # noqa: E402  after setup, as Django wants it
from leaddrum import clock, engine  # noqa: E402
from leaddrum.models import Cycle  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start-at", type=float, required=True, help="seconds since 1970")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, required=True, help="presses a second")
    given = parser.parse_args()
    wanted = int(given.seconds * given.rate)
    far = Cycle.objects.filter(state="offered").order_by("-due_at", "-pk")  # not those whose deadline is about to pass
    offers = list(far.values_list("pk", "turn_number", "holder_id")[:wanted])
    took = []
    for number, (cycle, turn, holder) in enumerate(offers):
        time.sleep(max(0.0, given.start_at + number / given.rate - time.time()))
        began = time.perf_counter()
        pressed = engine.take(cycle, turn, by=holder, now=clock.now())
        took.append(time.perf_counter() - began)
        if not isinstance(pressed, engine.Pressed):
            raise RuntimeError(f"{cycle}: {pressed}")
    answer({"done": len(took), "p50": percentile(took, 0.5), "p99": percentile(took, 0.99), "longest": max(took)})


if __name__ == "__main__":
    main()
