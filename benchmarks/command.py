"""The command line that the measures with a small and a full size share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from benchmarks.databases import Databases, both
from benchmarks.frame import Row, report

Sizes = TypeVar("Sizes")


def run(
    name: str, doc: str | None, measure: Callable[[Databases, Sizes], list[Row]], *, quick: Sizes, full: Sizes
) -> None:
    """Measure on each database this machine has, or the one that was named, and report the rows under this name."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=["", "sqlite", "postgres"], default="")
    given = parser.parse_args()
    rows: list[Row] = []
    with both(given.database) as kinds:
        for databases in kinds:
            rows += measure(databases, quick if given.quick else full)
    report(name, rows)
