"""The ways in that a flood knocks at, and what became of it: `--make` or `--count`."""

from __future__ import annotations

import argparse

import django

django.setup()

from benchmarks.frame import answer  # noqa: E402  after setup, as Django wants it
from leaddrum import clock  # noqa: E402
from leaddrum.intake import ways  # noqa: E402
from leaddrum.models import Company, Cycle, Knock, Request  # noqa: E402

KINDS = (("form", ""), ("form", "tilda"), ("chat", ""), ("calls", ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", action="store_true")
    given = parser.parse_args()
    if given.make:
        company = Company.objects.get(key="c0")
        made = [ways.make(company, kind, f"{kind} {preset}", preset=preset, now=clock.now()) for kind, preset in KINDS]
        answer({"ways": [[way.kind, way.preset, way.token, ways.secret_of(way)] for way in made]})
        return
    came = Request.objects.exclude(way=None)
    offered = Cycle.objects.filter(lead__in=came.values("lead"), state="offered", holder__isnull=False)
    answer(
        {
            "waiting": Knock.objects.count(),
            "requests": came.count(),
            "leads": came.values("lead").distinct().count(),
            "offered": offered.count(),
            "unread": came.filter(lead=None).count(),
        }
    )


if __name__ == "__main__":
    main()
