"""Letters in a real mailbox (Dovecot) into leads, by an engine in a process of its own: `--letters 1000`.

1. They lie there when it starts; at a third of them it is killed (SIGKILL) and started again. The rate is that of the
   time before.
2. Then letters are delivered one by one while it idles: seconds from the delivery, signing in included, to the
   committed lead.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402  after setup, as Django wants it
from tests.intake.dovecot import PASSWORD, USER, Dovecot  # noqa: E402
from tests.intake.test_mailbox import numbered  # noqa: E402
from tests.world import World  # noqa: E402

from benchmarks.frame import answer  # noqa: E402
from leaddrum import clock  # noqa: E402
from leaddrum.intake import ways  # noqa: E402
from leaddrum.models import Company, Lead, Way  # noqa: E402

ONE_BY_ONE = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=1000)
    letters = parser.parse_args().letters
    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory(prefix="leaddrum-imap-") as folder:
        Path(folder).chmod(0o755)
        server = Dovecot(Path(folder))
        server.start()
        try:
            world = World(calendar="always")
            server.put(*numbered(letters))
            said = {"host": "127.0.0.1", "port": str(server.port), "security": "plain", "user": USER, "old": "all"}
            company = Company.objects.get(pk=world.company_id)
            ways.make(company, "mailbox", "Mail", settings=said, secret={"password": PASSWORD}, now=clock.now())
            rate = _killed(letters)
            answer({"rate": rate, "leads": Lead.objects.count(), **_idle(server, letters)})
        finally:
            server.stop()


def _killed(letters: int) -> float:
    """Letters a second; afterwards all of them are there, or never will be."""
    engine = _engine()
    _until(Lead.objects.exists)
    began = time.perf_counter()
    _until(lambda: Lead.objects.count() > letters // 3)
    rate = Lead.objects.count() / (time.perf_counter() - began)
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    Way.objects.update(held_until=None)  # else the next process waits for the lease of the dead one
    engine = _engine()
    _until(lambda: Lead.objects.count() >= letters)
    engine.terminate()
    engine.wait(60)
    return rate


def _idle(server: Dovecot, letters: int) -> dict[str, float]:
    engine = _engine()
    time.sleep(8)  # it has signed in and idles
    took = []
    for number in range(letters, letters + ONE_BY_ONE):
        before = Lead.objects.count()
        began = time.perf_counter()
        server.put(*numbered(1, number))
        _until(lambda before=before: Lead.objects.count() > before)  # type: ignore[misc]  # a bound default
        took.append(time.perf_counter() - began)
        time.sleep(1)
    engine.terminate()
    engine.wait(60)
    return {"quickest": min(took), "slowest": max(took)}


def _engine() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "leaddrum", "work"], stderr=subprocess.DEVNULL)


def _until(so: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not so():
        if time.monotonic() - began > 600:
            raise TimeoutError
        time.sleep(0.01)


if __name__ == "__main__":
    main()
