"""Hand-overs in a Bitrix24 portal: requests each, a Monday morning, the cost of waiting, how soon a take is seen; and
others' clients doing the same.

The portal is the double of `tests/bitrix24/portal` with the cloud's limits: 2 requests/s, room for 50, 480 s of work a
method in ten minutes. Time is virtual (`portal.py`, `loops.py`). `--rough N` spends a day with accidents and N leads.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks import portal  # first: it sets the project up  # isort: skip
from django.core.management import call_command
from tests.bitrix24 import office, rough
from tests.bitrix24.office import USERS, Office
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import Server
from tests.world import World

from benchmarks import portal_others, portal_rough
from benchmarks.frame import Row, report, say
from leaddrum import clock, lanes
from leaddrum.crm.bitrix24 import clients
from leaddrum.models import Cycle, Lane

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Sizes:
    due: int = 300
    burst: int = 1000
    waiting: int = 1000
    takes: int = 20
    rough: int = 300


QUICK = Sizes(due=150, burst=200, waiting=300, takes=6, rough=20)


# Hand-overs


def calls_per_hand_over(sizes: Sizes) -> list[Row]:
    leads = sizes.due
    made, served, server, due = portal.together(leads)
    portal.turned(made, served, lambda: all_handed(served, leads) and all_told(made), timedelta(minutes=9))
    requests, refused = len(served.asked), served.limits.refused
    elements, told = len(served.journal(rough.CODE).elements), len(served.chat.notices) + len(served.chat.messages)
    done = f"{elements} elements, {told + served.chat.deleted} notices and messages, {len(served.crm.notes)} notes"
    server.stop()
    each = requests / leads
    note = f"{requests} requests in {(made.now - due).total_seconds():.0f} s: {done}"
    return [
        Row(f"requests per hand-over, {leads} due at once", each, "", target="≤ 0.15", met=each <= 0.15, note=note),
        Row("requests refused for the rate", refused, "", target="0", met=refused == 0),
    ]


def all_handed(served: Double, leads: int) -> bool:
    """Whether the portal has given every lead to somebody else."""
    return len(served.crm.owners) >= leads and len({item for _, item, _, _ in served.crm.owners}) >= leads


def all_told(made: Office) -> bool:
    soon = made.now + timedelta(seconds=5)
    return not Lane.objects.filter(next_send_at__lte=soon).exclude(channel="crm-read").exists()


def monday(sizes: Sizes) -> list[Row]:
    leads = sizes.burst
    made, served, server, due = portal.together(leads)
    done = portal.turned(made, served, lambda: all_handed(served, leads), timedelta(minutes=30))
    server.stop()
    took, best = (done - due).total_seconds(), _best(served, leads)
    ratio, refused = took / best, served.limits.refused
    note = f"{took:.0f} s; at best {best:.0f} s: the owners' changes one after the other, and one look at each lead"
    return [
        Row(f"Monday, {leads} due: time ÷ best", ratio, "×", target="≤ 1.25", met=ratio <= 1.25, note=note),
        Row("Monday: requests refused for the rate", refused, "", target="0", met=refused == 0),
    ]


def _best(served: Double, leads: int) -> float:
    """Seconds that the portal's limits allow at best, one request after the other."""
    limits = served.limits
    updates, pages = leads / 50, leads / 500
    work = leads * limits.cost("crm.item.update") + leads / 50 * limits.cost("crm.item.list")
    work += (updates + pages) * limits.cost("batch")
    waits = max(0.0, (updates + pages - limits.burst) / limits.rate)
    return max(work, waits, (leads * limits.cost("crm.item.update") - limits.operating) / 0.8)


# At rest


def idle(sizes: Sizes) -> list[Row]:
    served = office.portal()
    with Server(served):
        served.limits.rate = 0
        made = portal.world(served, budget="8h")
        served.import_(sizes.waiting, by=0, assignedById=USERS["irina"])
        made.forward(minutes=2)
        served.asked.clear()
        begun = made.now
        portal.turned(made, served, lambda: False, timedelta(minutes=5))
        each = len(served.asked) / ((made.now - begun) / MINUTE)
    return [Row(f"requests a minute with {sizes.waiting} waiting", each, "", target="≤ 3", met=each <= 3)]


def latency(sizes: Sizes) -> list[Row]:
    """From a move in the portal to the take in our books."""
    by_event, by_sweep = (seen_after(sizes.takes, events=events) for events in (True, False))
    together = seen_after(sizes.takes, events=True, apart=0.05)
    note = f"{sizes.takes} takes; the slowest"
    return [
        Row("a take is seen, with events", by_event, "s", target="≤ 2 s", met=by_event <= 2, note=note),
        Row("a take among many at once is seen, with events", together, "s", note=f"{note}; 20 a second"),
        Row(
            "a take is seen, without events, sweeps of 20 s",
            by_sweep,
            "s",
            target="one sweep",
            met=by_sweep <= 21,
            note=note,
        ),
    ]


def seen_after(takes: int, *, events: bool, apart: float = 7.3) -> float:
    """Seconds until the last of them was seen, with so many seconds between two takes."""
    served = office.portal()
    with Server(served):
        made = portal.world(served, budget="8h", application=events)
        numbers = served.import_(takes, by=0, assignedById=USERS["irina"])
        made.forward(minutes=2)
        portal.limited(served)
        moved: dict[int, datetime] = {}
        seen: dict[int, float] = {}
        after = made.now

        def people(now: datetime) -> datetime | None:
            """One lead after the other is taken, at instants that have nothing to do with our sweeps."""
            nonlocal after
            number = next((number for number in numbers if number not in moved), None)
            if number is None:
                return None
            if now < after:  # woken by what we did ourselves
                return after
            served.move(number, "IN_PROCESS", by=USERS["anna"])
            moved[number] = now
            made.deliver()
            after = now + timedelta(seconds=apart)
            return after

        def all_seen() -> bool:
            for number in [number for number in moved if number not in seen]:
                if Cycle.objects.filter(lead__crm_key=f"lead:{number}", state="taken").exists():
                    seen[number] = (clock.now() - moved[number]).total_seconds()
            return len(seen) == takes

        loops = portal.loops_of(made, served)
        loops.add("people", people)
        clients.forget()
        loops.run(all_seen, timedelta(minutes=20))
        clients.forget()
    return max(seen.values()) if len(seen) == takes else float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rough", type=int, default=0, help="a day with accidents and so many leads")
    parser.add_argument("--only", default="", help=f"one of: {', '.join(MEASURES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    given = parser.parse_args()
    call_command("migrate", verbosity=0)
    lanes.Watch.now = lambda _watch: World.newest.now  # type: ignore[assignment,method-assign]
    rows: list[Row] = []
    with clock.reading(lambda: World.newest.now if hasattr(World, "newest") else datetime.now(UTC)):
        if given.rough:
            rows += portal_rough.day(given.rough)
        for name, measures in MEASURES.items():
            if not given.rough and given.only in ("", name):
                for measure in measures:
                    rows += measure(QUICK if given.quick else Sizes())
                    say(f"{rows[-1].name}: {rows[-1].value:.3f} {rows[-1].note}")
    report("bitrix24", rows)


Measure = Callable[[Sizes], list[Row]]
MEASURES: dict[str, list[Measure]] = {
    "calls": [calls_per_hand_over],
    "monday": [monday],
    "idle": [idle],
    "latency": [latency],
    "others": [lambda sizes: portal_others.measured(sizes.due)],
    "rough": [lambda sizes: portal_rough.day(sizes.rough)],
}

if __name__ == "__main__":
    main()
