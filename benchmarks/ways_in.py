"""Leads in by a real mailbox, and through many routing rules: `python -m benchmarks.ways_in [--letters 1000]`.

1. Routing: 50,000 leads through 200 rules, by the router and by trying every rule in turn; by the processor's time.
2. Mail: letters lie in a mailbox of a real IMAP server (Dovecot); an engine in a process of its own makes leads of
   them, and is killed (SIGKILL) on the way. Then letters are delivered one by one while it idles: seconds from
   the delivery, signing in included, to the committed lead.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RULES, LEADS = 200, 50_000


def routing() -> None:
    from leaddrum.core import routing as core

    chance = random.Random(6)
    rules: list[dict[str, Any]] = [
        {"source": [f"s{chance.randrange(40)}"], "fields.region": [f"r{chance.randrange(80)}" for _ in range(3)]}
        for _ in range(RULES)
    ]
    leads = [
        {"source": f"s{chance.randrange(40)}", "fields.region": f"r{chance.randrange(80)}", "text": "Окна"}
        for _ in range(LEADS)
    ]
    router = core.Router(rules)
    began = time.process_time()
    for lead in leads:
        router.route(lead)
    routed = LEADS / (time.process_time() - began)
    few = leads[:2000]
    began = time.process_time()
    for lead in few:
        core.route(rules, lead)
    naive = len(few) / (time.process_time() - began)
    print(f"routing: {routed:,.0f} leads a second through {RULES} rules; trying each in turn: {naive:,.0f}")


def mail(letters: int) -> None:
    with tempfile.TemporaryDirectory(prefix="leaddrum-data-") as data:
        os.environ |= {"LEADDRUM_DATA": data, "DJANGO_SETTINGS_MODULE": "leaddrum.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from tests.intake.dovecot import Dovecot

        with tempfile.TemporaryDirectory(prefix="leaddrum-imap-") as folder:
            Path(folder).chmod(0o755)
            server = Dovecot(Path(folder))
            server.start()
            try:
                _mail(server, letters)
            finally:
                server.stop()


def _mail(server: Any, letters: int) -> None:
    from tests.intake.dovecot import PASSWORD, USER
    from tests.intake.test_mailbox import numbered
    from tests.world import World

    from leaddrum import clock
    from leaddrum.intake import ways
    from leaddrum.models import Company, Lead, Way

    world = World(calendar="always")
    server.put(*numbered(letters))
    said = {"host": "127.0.0.1", "port": str(server.port), "security": "plain", "user": USER, "old": "all"}
    company = Company.objects.get(pk=world.company_id)
    ways.make(company, "mailbox", "Mail", settings=said, secret={"password": PASSWORD}, now=clock.now())
    engine = _engine()
    _until(Lead.objects.exists)
    began = time.perf_counter()
    _until(lambda: Lead.objects.count() > letters // 3)
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    before = time.perf_counter() - began
    rate = Lead.objects.count() / before
    Way.objects.update(held_until=None)  # else the next process waits for the lease of the dead one
    engine = _engine()
    _until(lambda: Lead.objects.count() >= letters)
    print(f"mail: {rate:.0f} letters a second; after the kill {Lead.objects.count()} leads of {letters} letters")
    time.sleep(5)
    took = []
    for number in range(letters, letters + 5):
        began = time.perf_counter()
        server.put(*numbered(1, number))
        _until(lambda known=number: Lead.objects.count() > known)
        took.append(time.perf_counter() - began)
        time.sleep(1)
    print(f"idle: {min(took):.2f} to {max(took):.2f} s from delivery to the committed lead")
    engine.terminate()
    engine.wait(40)


def _engine() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "leaddrum", "work"], stderr=subprocess.DEVNULL)


def _until(so: Any) -> None:
    began = time.monotonic()
    while not so():
        if time.monotonic() - began > 300:
            raise TimeoutError
        time.sleep(0.01)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--letters", type=int, default=1000)
    routing()
    mail(asked.parse_args().letters)
