"""What a crash test looks at, with the site's own settings: `python -m tests.crash.inside load 100`, `… check`."""

from __future__ import annotations

import email
import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaddrum.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402 - needs the settings
from django.db.models import Count, Sum  # noqa: E402

from leaddrum import access, clock, engine, links  # noqa: E402
from leaddrum.intake import ways  # noqa: E402
from leaddrum.models import (  # noqa: E402
    Company,
    Cycle,
    Effect,
    Import,
    Incident,
    Knock,
    Lane,
    Lead,
    Person,
    Request,
    Turn,
    Way,
)
from tests import invariants  # noqa: E402

SEPARATOR = b"-" * 79  # between the mails of one file (Django's file backend)
KEY = "X-LeadDrum-Key"


def load(number: int) -> dict[str, Any]:
    """Leads come in, now."""
    company = Company.objects.get()
    for start in range(0, number, 100):
        with transaction.atomic():
            _take_time()
            for index in range(start, min(start + 100, number)):
                engine.arrive(company.pk, engine.Arrival(title=f"Лид {index}"), now=clock.now())
    return {"leads": Lead.objects.count()}


def sessions() -> dict[str, Any]:
    """A session of a browser for everybody, by their keys."""
    from tests.browser.pictures import cookie

    return {person.key: cookie(access.account_of(person)) for person in Person.objects.filter(active=True)}


def check() -> dict[str, Any]:
    """The invariants, then the counts that must agree to the last one: turns, incidents, notices.

    One transaction: engines may be at work while it looks.
    """
    with transaction.atomic():
        _take_time()
        company = Company.objects.select_for_update().get()
        invariants.check(company)
        missed = Turn.objects.filter(verdict=Turn.Verdict.MISSED).count()
        opened = Cycle.objects.aggregate(turns=Sum("turn_number"))["turns"] or 0
        said = {
            kind: Effect.objects.filter(kind=kind).values("cycle", "turn_number", "person").annotate(times=Count("id"))
            for kind in ("offer", "missed")
        }
        for kind, groups in said.items():
            twice = groups.filter(times__gt=1).count()
            assert not twice, f"{twice} {kind} notices were written twice"
        counts = {
            "leads": Lead.objects.count(),
            "cycles": Cycle.objects.count(),
            "turns": opened,
            "missed": missed,
            "incidents": Incident.objects.count(),
            "offers_told": said["offer"].count(),
            "misses_told": said["missed"].count(),
            "taken": Cycle.objects.filter(state=Cycle.State.TAKEN).count(),
            "errors": Cycle.objects.exclude(error="").count(),
        }
    assert counts["missed"] == counts["incidents"] == counts["misses_told"], counts
    assert counts["turns"] == counts["offers_told"], counts
    assert not counts["errors"], list(Cycle.objects.exclude(error="").values_list("error", flat=True)[:3])
    return counts


def imported() -> dict[str, Any]:
    """How far the newest import has come."""
    found = Import.objects.order_by("-pk").first()
    if found is None:
        return {"state": "", "done": 0}
    counts = {name: getattr(found, name) for name in ("state", "done", "added", "joined", "repeated")}
    return counts | {"refused_lines": list(found.refusals.order_by("line").values_list("line", flat=True))}


def _take_time() -> None:
    """An onlooker may think between two statements, however impatient the site's settings are with its engines."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def way() -> dict[str, Any]:
    """A form of a site, and how to prove oneself to it."""
    made = ways.make(Company.objects.get(), "form", "Сайт", now=clock.now())
    return {"token": made.token, "secret": ways.secret_of(made)}


def office(around: dict[str, Any]) -> dict[str, Any]:
    """The ways in and out of `tests.browser.told`: a mailbox, a telephony, a messenger; a chat, a browser."""
    company, now = Company.objects.get(), clock.now()
    people = {person.key: person.pk for person in Person.objects.all()}
    engine.ways.link(people["anna"], engine.ways.Address("telegram", around["telegram"]), now=now)
    push = around["push"]
    engine.ways.link(people["clara"], engine.ways.Address("push", push["endpoint"], "Chrome", push["keys"]), now=now)
    box = {"host": "127.0.0.1", "port": around["imap"], "security": "plain", "user": around["user"], "old": "all"}
    ways.make(company, "mailbox", "Sales", settings=box, secret={"password": "imap-secret"}, now=now)
    made = {kind: ways.make(company, kind, name, now=now) for kind, name in (("calls", "PBX"), ("chat", "WhatsApp"))}
    return {"company": company.key} | {
        kind: {"token": way.token, "secret": ways.secret_of(way)} for kind, way in made.items()
    }


def mailbox(port: int, user: str) -> dict[str, Any]:
    """A mailbox whose letters, those that are there too, become leads."""
    said = {"host": "127.0.0.1", "port": port, "security": "plain", "user": user, "old": "all"}
    secret = {"password": "imap-secret"}
    ways.make(Company.objects.get(), "mailbox", "Почта", settings=said, secret=secret, now=clock.now())
    return {}


def broken_way() -> dict[str, Any]:
    """A mailbox that has not been read for an hour."""
    mailbox(9, "sales")
    Way.objects.update(trouble="AUTHENTICATIONFAILED", trouble_at=clock.now() - timedelta(hours=1))
    return {}


def mended_way() -> dict[str, Any]:
    """It is read again."""
    ways.well(Way.objects.get(), clock.now())
    return {}


def silent_way() -> dict[str, Any]:
    """A form of a site by which something came twice a day for four weeks, and nothing for the last four."""
    made = ways.make(Company.objects.get(), "form", "Сайт", now=clock.now())
    for half_days in range(112, 56, -1):
        ways.keep(made, "form", {"raw": "?"}, now=clock.now() - timedelta(hours=12 * half_days))
    return {}


def heard_way() -> dict[str, Any]:
    """Something comes by it again."""
    ways.keep(Way.objects.get(), "form", {"raw": "?"}, now=clock.now())
    return {}


def watch() -> dict[str, Any]:
    """What an engine does about them, now and then."""
    now = clock.now()
    return {"told": engine.broken_ways.look(now) + engine.silent_ways.look(now)}


def doors() -> dict[str, Any]:
    """What waits, and the numbers of those that are leads."""
    found = Request.objects.filter(lead__isnull=False).order_by("pk").values_list("external_id", "payload")
    return {
        "waiting": Knock.objects.count(),
        "leads": [str(said.get("id") or str(number).rpartition(":")[2]) for number, said in found],
    }


def telegram(key: str, account: str) -> dict[str, Any]:
    """Somebody has linked his account."""
    person = Person.objects.get(key=key)
    engine.ways.link(person.pk, engine.ways.Address("telegram", account), now=clock.now())
    return {}


def lapse() -> dict[str, Any]:
    """The leases of a dead process have run out; mail has waited longest."""
    long_ago = clock.now() - timedelta(hours=1)
    Lane.objects.exclude(lease="").update(next_send_at=clock.now())
    Way.objects.update(held_until=None)
    return {"mail": Lane.objects.filter(channel="email").update(lease="", failures=0, next_send_at=long_ago)}


def link(lead: int) -> dict[str, Any]:
    """The address that takes the lead's open turn for its holder."""
    cycle = Cycle.objects.get(lead=lead, state=Cycle.State.OFFERED)
    assert cycle.holder_id is not None
    return {"path": f"/t/{links.make(cycle.pk, cycle.turn_number, cycle.holder_id)}"}


def mails() -> dict[str, Any]:
    """The keys of the mails that went out, and those of the notices that were to go."""
    files = sorted((settings.DATA / "mail").glob("*"))
    parts = [part.lstrip() for file in files for part in file.read_bytes().split(SEPARATOR)]
    found = [email.message_from_bytes(part) for part in parts if part]
    outward = Effect.objects.filter(channel="email")
    return {"keys": [str(mail[KEY]) for mail in found], "effects": [effect.key for effect in outward]}


if __name__ == "__main__":
    commands: dict[str, Callable[[], dict[str, Any]]] = {
        "load": lambda: load(int(sys.argv[2])),
        "sessions": sessions,
        "check": check,
        "telegram": lambda: telegram(sys.argv[2], sys.argv[3]),
        "lapse": lapse,
        "way": way,
        "mailbox": lambda: mailbox(int(sys.argv[2]), sys.argv[3]),
        "office": lambda: office(json.loads(sys.argv[2])),
        "broken-way": broken_way,
        "mended-way": mended_way,
        "silent-way": silent_way,
        "heard-way": heard_way,
        "watch": watch,
        "doors": doors,
        "mails": mails,
        "import": imported,
        "sources": lambda: {"sources": sorted(set(Lead.objects.values_list("source", flat=True)))},
        "link": lambda: link(int(sys.argv[2])),
    }
    print(json.dumps(commands[sys.argv[1]]()))
