"""How many leads of the API there are, and how many of them have an open turn: `--like PREFIX` of the external id."""

from __future__ import annotations

import argparse

import django

django.setup()

from benchmarks.frame import answer  # noqa: E402  after setup, as Django wants it
from leaddrum.models import Cycle, Request  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--like", required=True)
    given = parser.parse_args()
    requests = Request.objects.filter(external_id__startswith=given.like)
    offered = Cycle.objects.filter(lead__in=requests.values("lead"), state="offered", holder__isnull=False)
    answer({"leads": requests.values("lead").distinct().count(), "offered": offered.count()})


if __name__ == "__main__":
    main()
