"""Offers out by Telegram, by an engine in a process of its own, to a strict Bot API with its limits: `--offers 500`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402  after setup, as Django wants it
from tests.ops.botserver import TOKEN, Telegram  # noqa: E402
from tests.world import World  # noqa: E402

from benchmarks.frame import answer  # noqa: E402
from leaddrum import clock, engine  # noqa: E402

FIRST = 1000  # number of the first chat
PATIENCE = 600.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offers", type=int, default=500)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds until it answers a call")
    given = parser.parse_args()
    call_command("migrate", verbosity=0)
    double = Telegram()
    double.limits, double.latency = True, given.latency
    double.start()
    _offers(double, given.offers)
    env = os.environ | {"LEADDRUM_TELEGRAM_API": double.url, "LEADDRUM_TELEGRAM_TOKEN": TOKEN}
    work = subprocess.Popen([sys.executable, "-m", "leaddrum", "work"], env=env, stderr=subprocess.DEVNULL)
    began = last = time.monotonic()
    first, there = 0.0, 0
    while there < given.offers and time.monotonic() - began < PATIENCE:
        time.sleep(0.01)
        if len(double.messages) > there:
            there, last = len(double.messages), time.monotonic()
            first = first or last
    work.terminate()
    work.wait(60)
    twice = given.offers - sum(len(double.to(FIRST + number)) == 1 for number in range(given.offers))
    double.stop()
    answer({"seconds": last - first, "messages": there, "refused": double.refused, "wrong": twice})


def _offers(double: Telegram, number: int) -> None:
    """As many leads as people, one for each, told by Telegram."""
    world = World(calendar="always", budget="8h")
    for n in range(number):
        world.person_table(f"p{n}")
    world.drum_table()["roster"] = {"people": [f"p{n}" for n in range(number)]}
    world.apply()
    now = clock.now()
    for n in range(number):
        double.chats[FIRST + n] = {"id": FIRST + n, "type": "private", "first_name": f"p{n}"}
        engine.ways.link(world.pk(f"p{n}"), engine.ways.Address("telegram", str(FIRST + n)), now=now)
    for n in range(number):
        engine.arrive(world.company_id, engine.Arrival(title=f"Заявка {n}"), now=now)


if __name__ == "__main__":
    main()
