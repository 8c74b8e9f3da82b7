"""What the measures in a Bitrix24 portal share: the strict double with the cloud's limits, a company in it, and virtual
time, which goes on by the seconds that the portal works on each request and by those that we compute."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

os.environ["LEADDRUM_DATA"] = tempfile.mkdtemp(prefix="leaddrum-bench-portal-")
os.environ["LEADDRUM_LOG"] = "error"
os.environ["LEADDRUM_URL"], os.environ["LEADDRUM_HOSTS"] = "https://drum.example", "*"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaddrum.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from tests.bitrix24 import office  # noqa: E402
from tests.bitrix24.office import USERS, Office  # noqa: E402
from tests.bitrix24.portal import Portal as Double  # noqa: E402
from tests.bitrix24.portal import Server  # noqa: E402

from benchmarks.frame import say  # noqa: E402
from benchmarks.loops import Loops  # noqa: E402
from leaddrum import clock, engine, logs, outbox  # noqa: E402
from leaddrum.crm import work  # noqa: E402
from leaddrum.crm.bitrix24 import clients  # noqa: E402
from leaddrum.loop import ASKING, BATCH  # noqa: E402
from leaddrum.models import Company, Cycle, Effect, Portal  # noqa: E402


def world(served: Double, **drum: Any) -> Office:
    """A company in that portal, and nothing else in the database."""
    logs.configure()  # as LEADDRUM_LOG says: nothing of each of many thousand requests
    clients.forget()
    Company.objects.update(default_drum=None)
    call_command("flush", interactive=False, verbosity=0)
    made = Office(served, checked=False, open_offers_cap=10_000, **({"sweep": "20s"} | drum))
    served.clock = made.portal.clock
    return made


def together(leads: int, **drum: Any) -> tuple[Office, Double, Server, datetime]:
    """So many leads with one deadline; everything is quiet until then."""
    served = office.portal()
    server = Server(served).start()
    served.limits.rate = 0
    made = world(served, **drum)
    served.import_(leads, by=0, assignedById=USERS["irina"])
    _offered(made, leads)
    due = max(at for at in Cycle.objects.filter(state="offered").values_list("due_at", flat=True) if at)
    Cycle.objects.filter(state="offered").update(due_at=due, next_at=due)
    assert Cycle.objects.filter(state="offered").count() == leads
    Company.objects.update(wake_at=due)
    made.until(due - timedelta(seconds=1))
    limited(served)
    served.asked.clear()
    served.crm.owners.clear()
    made.now = due
    say(f"{leads} leads are due")
    return made, served, server, due


def _offered(made: Office, leads: int) -> None:
    """How they came to be offered is not measured, so nobody is told of it."""
    while Cycle.objects.filter(state="offered").exclude(offered_at=None).count() < leads:
        work.due(made.now)
        engine.tick(made.now)
        made.now += timedelta(seconds=1)
    work.due(made.now)
    Effect.objects.update(state=Effect.State.DONE, done_at=made.now, late_at=None, ready_at=None)


def limited(served: Double) -> None:
    """From now on as many requests as the cloud allows."""
    served.limits.rate, served.limits.levels = 2.0, {}
    served.limits.used.clear()
    Portal.objects.update(spent={})


def loops_of(made: Office, served: Double) -> Loops:
    """The loops of an engine that have to do with a portal, as many as the product has."""

    def set_now(at: datetime) -> None:
        made.now = at

    loops = Loops(set_now, lambda: served.worked)
    loops.add("turn", _turn)
    for number in range(1, ASKING + 1):
        loops.add(f"ask-{number}", work.due)
    loops.add("send", lambda now: outbox.send_due(now, limit=BATCH).next_at)
    return loops


def turned(made: Office, served: Double, done: Callable[[], bool], most: timedelta) -> datetime:
    """Let them run until then; when that was."""
    loops = loops_of(made, served)
    clients.forget()  # connections of the loops know how long each request takes
    loops.run(done, most)
    clients.forget()
    loops.told()
    return made.now


def _turn(now: datetime) -> datetime | None:
    done = engine.tick(now, limit=BATCH)
    return clock.now() if done.more else done.next_at
