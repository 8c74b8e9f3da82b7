"""Leads in by a mailbox, and through many routing rules.

1. Routing: 50,000 leads through 200 rules, by the router and by trying every rule in turn; by the processor's time.
2. Mail: letters in a mailbox of a real IMAP server into leads; the engine is killed on the way; then letters one by one
   (`mailing`).
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Any

from tests.intake import dovecot

from benchmarks import command
from benchmarks.databases import Databases
from benchmarks.frame import Row, part, say
from leaddrum.core import routing

RULES = 200


@dataclass(frozen=True)
class Sizes:
    leads: int
    letters: int


FULL = Sizes(leads=50_000, letters=1000)
QUICK = Sizes(leads=5_000, letters=60)


def measure(databases: Databases, sizes: Sizes) -> list[Row]:
    kind = databases.kind
    routed = _routed(sizes.leads) if kind == "sqlite" else []
    if dovecot.binary() is None:
        say("  no Dovecot here (Debian, Ubuntu: apt install dovecot-imapd): the mailbox is left out")
        return routed
    databases.create("mail")
    found = part("benchmarks.mailing", "--letters", sizes.letters, env=databases.env("mail"))
    databases.drop("mail")
    whole = f"{sizes.letters:,} letters, the engine killed at a third: {found['leads']:,} leads"
    exact = found["leads"] == sizes.letters
    rows = [
        Row("letters of a mailbox into leads", found["rate"], "a second", kind, note="by the clock, before the kill"),
        Row("letters lost or doubled by a kill", found["leads"] - sizes.letters, "leads", kind, "0", exact, note=whole),
        Row("delivery to committed lead, idling", found["slowest"], "s", kind, "< 2 s", found["slowest"] < 2),
    ]
    return [*routed, *rows]


def _routed(number: int) -> list[Row]:
    chance = random.Random(6)
    rules: list[dict[str, Any]] = [
        {"source": [f"s{chance.randrange(40)}"], "fields.region": [f"r{chance.randrange(80)}" for _ in range(3)]}
        for _ in range(RULES)
    ]
    leads = [
        {"source": f"s{chance.randrange(40)}", "fields.region": f"r{chance.randrange(80)}", "text": "Окна"}
        for _ in range(number)
    ]
    router = routing.Router(rules)
    began = time.process_time()
    for lead in leads:
        router.route(lead)
    routed = number / (time.process_time() - began)
    few = leads[:2000]
    began = time.process_time()
    for lead in few:
        routing.route(rules, lead)
    naive = len(few) / (time.process_time() - began)
    beside = f"{number:,} leads, {RULES} rules, by the processor"
    return [
        Row("routed", routed, "leads/s", note=beside),
        Row("routed, trying every rule in turn", naive, "leads/s", note=f"{routed / naive:.0f} times slower"),
    ]


if __name__ == "__main__":
    command.run("ways_in", __doc__, measure, quick=QUICK, full=FULL)
