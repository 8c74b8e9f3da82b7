"""Give some waiting leads deadlines that pass one after the other: `--start-at T --count 12000 --rate 200`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  after setup, as Django wants it

from benchmarks.bulk import instant  # noqa: E402
from benchmarks.frame import answer  # noqa: E402
from leaddrum.models import Company, Cycle  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start-at", type=float, required=True, help="seconds since 1970: the first deadline")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="deadlines a second")
    given = parser.parse_args()
    start = datetime.fromtimestamp(given.start_at, UTC)
    step = Cycle.objects.count() // given.count  # scattered over the whole table
    rows = [
        (at, at, number * step + 1)
        for number in range(given.count)
        for at in [instant(start + timedelta(seconds=number / given.rate))]
    ]
    statement = "UPDATE leaddrum_cycle SET due_at = %s, next_at = %s WHERE id = %s"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(statement, rows)
    Company.objects.update(wake_at=start)
    answer({"step": step})


if __name__ == "__main__":
    main()
