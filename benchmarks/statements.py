"""Write the statements of `benchmarks.jobs.body` and a world's due cycles to a file, for workers without Django."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import django

django.setup()

from benchmarks.frame import answer  # noqa: E402  after setup, as Django wants it
from benchmarks.jobs import body  # noqa: E402
from benchmarks.world import WORKDAY  # noqa: E402
from leaddrum.models import Cycle  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    due = list(Cycle.objects.filter(next_at__lte=WORKDAY).order_by("next_at").values_list("pk", flat=True))
    given.file.write_text(json.dumps({**body.statements(), "cycles": due}), encoding="utf-8")
    given.file.chmod(0o644)
    answer({"due": len(due)})


if __name__ == "__main__":
    main()
