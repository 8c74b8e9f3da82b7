"""How late this machine wakes a process that does nothing else: `--start-at T --seconds 60`, 20 times a second.

What the machine's other work costs everybody: no verdict can be more punctual than this.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.frame import answer, percentile

RATE = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start-at", type=float, required=True, help="seconds since 1970")
    parser.add_argument("--seconds", type=float, required=True)
    given = parser.parse_args()
    late = []
    for number in range(int(given.seconds * RATE)):
        at = given.start_at + number / RATE
        time.sleep(max(0.0, at - time.time()))
        late.append(time.time() - at)
    answer({"p50": percentile(late, 0.5), "p99": percentile(late, 0.99), "longest": max(late)})


if __name__ == "__main__":
    main()
