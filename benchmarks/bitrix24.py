"""Hand-overs in a Bitrix24 portal: requests each, a Monday morning, the cost of waiting; and others' clients beside.

The portal is the double of `tests/bitrix24/portal` with the cloud's limits: 2 requests/s, room for 50, 480 s of work a
method in ten minutes. Time is virtual: it goes on by the seconds that the portal works on each request, and by what
somebody waits. `--rough N` spends a day with accidents and N leads instead.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

FOLDER = tempfile.mkdtemp(prefix="leaddrum-bench-portal-")
os.environ["LEADDRUM_DATA"] = FOLDER
os.environ["LEADDRUM_LOG"] = "error"
os.environ["LEADDRUM_URL"], os.environ["LEADDRUM_HOSTS"] = "https://drum.example", "*"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaddrum.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from tests.bitrix24 import office, rough  # noqa: E402
from tests.bitrix24.asking import ask  # noqa: E402
from tests.bitrix24.office import USERS, Office  # noqa: E402
from tests.bitrix24.portal import Portal as Double  # noqa: E402
from tests.bitrix24.portal import Server  # noqa: E402
from tests.world import World  # noqa: E402

from benchmarks.frame import Row, report, say  # noqa: E402
from benchmarks.loops import Loops, Step  # noqa: E402
from leaddrum import clock, engine, lanes, outbox  # noqa: E402
from leaddrum.crm.bitrix24 import clients  # noqa: E402
from leaddrum.crm import work  # noqa: E402
from leaddrum.loop import ASKING, BATCH  # noqa: E402
from leaddrum.models import Company, Cycle, Lane, Portal  # noqa: E402

DUE, BURST, WAITING = (int(n) for n in os.environ.get("SIZES", "300,1000,1000").split(","))
MINUTE = timedelta(minutes=1)


def world(served: Double, **drum: Any) -> Office:
    """A company in that portal, and nothing else in the database."""
    clients.forget()
    Company.objects.update(default_drum=None)
    call_command("flush", interactive=False, verbosity=0)
    made = Office(served, checked=False, open_offers_cap=10_000, **{"sweep": "20s"} | drum)
    served.takes = lambda seconds: _later(made, seconds)
    return made


def _later(made: Office, seconds: float) -> None:
    made.now += timedelta(seconds=seconds)


def together(leads: int, **drum: Any) -> tuple[Office, Double, Server, datetime]:
    """So many leads with one deadline; everything is quiet until then."""
    served = office.portal()
    server = Server(served).start()
    served.limits.rate = 0
    made = world(served, **drum)
    served.takes = None  # how they came to be offered is not measured
    served.import_(leads, by=0, assignedById=USERS["irina"])
    made.forward(minutes=2)
    due = max(at for at in Cycle.objects.filter(state="offered").values_list("due_at", flat=True) if at)
    Cycle.objects.filter(state="offered").update(due_at=due, next_at=due)
    assert Cycle.objects.filter(state="offered").count() == leads
    Company.objects.update(wake_at=due)
    made.until(due - timedelta(seconds=1))
    served.limits.rate, served.limits.levels = 2.0, {}
    served.limits.used.clear()
    Portal.objects.update(spent={})
    served.takes = lambda seconds: _later(made, seconds)
    served.asked.clear()
    served.crm.owners.clear()
    made.now = due
    return made, served, server, due


def turned(made: Office, served: Double, done: Callable[[], bool], most: timedelta) -> datetime:
    """Let the product's loops run until then; when that was."""
    served.takes = None  # the loops' connections know how long each request takes
    clients.forget()

    def set_now(at: datetime) -> None:
        made.now = at

    loops = Loops(set_now, lambda: served.worked)
    loops.add("turn", lambda now: ticked(engine.tick(now, limit=BATCH)))
    for name, step in asking():
        loops.add(name, step)
    loops.add("send", lambda now: outbox.send_due(now, limit=BATCH).next_at)
    loops.run(done, most)
    clients.forget()
    return made.now


def asking() -> list[tuple[str, Step]]:
    return [(f"ask-{number}", work.due) for number in range(ASKING)]


def ticked(done: engine.Ticked) -> datetime | None:
    return clock.now() if done.more else done.next_at


def all_handed(served: Double, leads: int) -> bool:
    """Whether the portal has given every lead to somebody else."""
    return len(served.crm.owners) >= leads and len({item for _, item, _, _ in served.crm.owners}) >= leads


def all_told(made: Office, served: Double) -> bool:
    soon = made.now + timedelta(seconds=5)
    return not Lane.objects.filter(next_send_at__lte=soon).exclude(channel="crm-read").exists()


def calls_per_hand_over() -> list[Row]:
    made, served, server, due = together(DUE)
    turned(made, served, lambda: all_handed(served, DUE) and all_told(made, served), timedelta(minutes=9))
    requests, refused = len(served.asked), served.limits.refused
    elements, told = len(served.journal(rough.CODE).elements), len(served.chat.notices) + len(served.chat.messages)
    told, notes = told + served.chat.deleted, len(served.crm.notes)
    took = made.now - due
    server.stop()
    each = requests / DUE
    done = f"{elements} elements, {told} notices and messages, {notes} notes"
    note = f"{requests} requests in {took.total_seconds():.0f} s: {done}"
    return [
        Row(f"requests per hand-over, {DUE} due at once", each, "", target="≤ 0.15", met=each <= 0.15, note=note),
        Row("requests refused for the rate", refused, "", target="0", met=refused == 0),
    ]


def monday() -> list[Row]:
    made, served, server, due = together(BURST)
    done = turned(made, served, lambda: all_handed(served, BURST), timedelta(minutes=30))
    took = (done - due).total_seconds()
    limits = served.limits
    updates, pages = BURST / 50, BURST / 500
    work = BURST * limits.cost("crm.item.update") + BURST / 50 * limits.cost("crm.item.list")
    work += (updates + pages) * limits.cost("batch")
    waits = max(0.0, (updates + pages - limits.burst) / limits.rate)
    best = max(work, waits, (BURST * limits.cost("crm.item.update") - limits.operating) / 0.8)
    server.stop()
    ratio = took / best
    asked = Counter(served.asked)
    say(f"asked {dict(asked)}, called {Counter(name for name, _ in served.called).most_common(12)}")
    note = f"{took:.0f} s, at best {best:.0f} s one request after the other; {served.limits.refused} refused"
    return [Row(f"Monday, {BURST} due: time ÷ best", ratio, "×", target="≤ 1.25", met=ratio <= 1.25, note=note)]


def idle() -> list[Row]:
    served = office.portal()
    server = Server(served).start()
    served.limits.rate = 0
    made = world(served, budget="8h")
    served.takes = None
    served.import_(WAITING, by=0, assignedById=USERS["irina"])
    made.forward(minutes=2)
    served.asked.clear()
    begun = made.now
    made.forward(minutes=3)
    minutes = (made.now - begun) / MINUTE
    server.stop()
    each = len(served.asked) / minutes
    return [Row(f"requests a minute with {WAITING} waiting", each, "", target="≤ 3", met=each <= 3)]


# Others


CALLS = 6  # read, owner, list element, two notices, note


def naive() -> list[Row]:
    """A call at a time, as the documentation's examples make them, as fast as it goes."""
    served = office.portal()
    numbers = served.import_(20, by=0)
    with Server(served):
        hook = served.webhook(1)
        statuses = [ask(hook, method, params)[0] for number in numbers for method, params in hand_over(number)]
    refused = statuses.count(503)
    slow = (DUE * CALLS - served.limits.burst) / served.limits.rate
    note = f"without a limiter {refused} of {len(statuses)} were refused; with one {slow:.0f} s for {DUE}"
    return [Row("requests per hand-over, naive client", len(statuses) / len(numbers), "", note=note)]


def fast_bitrix24() -> list[Row]:
    from fast_bitrix24 import Bitrix

    served = office.portal()
    served.strict = False  # it sends `__order`
    numbers = served.import_(DUE, by=0)
    with Server(served):
        client = Bitrix(served.webhook(1), verbose=False)
        began = time.monotonic()
        for step in range(CALLS):
            calls = [hand_over(number)[step] for number in numbers]
            client.call(calls[0][0], [params for _, params in calls])
        took = time.monotonic() - began
    each = len(served.asked) / DUE
    note = f"{len(served.asked)} requests, {took:.0f} s by the wall; a lost answer makes it write again"
    return [Row("requests per hand-over, fast-bitrix24", each, "", note=note)]


def b24pysdk() -> list[Row]:
    import importlib

    from b24pysdk import BitrixWebhook

    method = importlib.import_module("b24pysdk.api.callers.call_method")
    caller = method._MethodCaller  # noqa: SLF001  # it speaks https only; this is the one property that says so
    caller._base_url = property(lambda call: f"http://{call._domain}/rest")  # noqa: SLF001
    served = office.portal()
    numbers = served.import_(DUE, by=0)
    with Server(served):
        served.webhook(1, secret="abc")
        token = BitrixWebhook(domain=served.host, webhook_token="1/abc")
        calls = [call for number in numbers for call in hand_over(number)]
        for start in range(0, len(calls), 50):
            token.call_batch(methods=calls[start : start + 50])
    each = len(served.asked) / DUE
    note = f"batched by hand; {served.limits.refused} refused for the rate, which it tries thrice"
    return [Row("requests per hand-over, b24pysdk", each, "", note=note)]


def hand_over(number: int) -> list[tuple[str, dict[str, Any]]]:
    """What a hand-over asks of the portal, without looking whether it was done already."""
    return [
        ("crm.item.get", {"entityTypeId": 1, "id": number}),
        ("crm.item.update", {"entityTypeId": 1, "id": number, "fields": {"assignedById": 31}}),
        ("im.notify.system.add", {"USER_ID": 27, "MESSAGE": "Просрочено"}),
        ("im.notify.system.add", {"USER_ID": 31, "MESSAGE": "Вам лид"}),
        ("crm.timeline.comment.add", {"fields": {"ENTITY_ID": number, "ENTITY_TYPE": "lead", "COMMENT": "Передан"}}),
        ("user.get", {"ID": 31}),
    ]


def rough_day(leads: int) -> list[Row]:
    """The same day twice, as an application: once with accidents of every kind, once without any."""
    rough_one, quiet = spent(leads, accidents=True), spent(leads, accidents=False)
    say(f"accidents {rough_one.accidents}, events {rough_one.events}")
    apart = sum(quiet.ends.get(number) != end for number, end in rough_one.ends.items())
    rows = [
        ("false misses", rough_one.false_misses),
        (
            "list elements more or fewer than misses",
            abs(rough_one.elements - rough_one.incidents) + rough_one.doubled_elements,
        ),
        ("owner changes more or fewer than hand-overs", abs(rough_one.owner_changes - rough_one.hand_overs)),
        ("leads that end otherwise than without accidents", apart + abs(len(quiet.ends) - len(rough_one.ends))),
        ("leads whose owner in the portal is another one", rough_one.owners_apart),
        ("requests refused for the rate", rough_one.refused_for_rate),
    ]
    events = rough_one.events
    note = (
        f"{leads} leads, {rough_one.incidents} misses ({quiet.incidents} without accidents), {rough_one.hand_overs}"
        f" hand-overs, {sum(rough_one.accidents.values())} accidents; of {events.get('raised', 0)} events"
        f" {events.get('lost', 0)} lost, {events.get('doubled', 0)} doubled, {events.get('reordered', 0)} out of order"
    )
    return [Row(f"rough day: {name}", value, "", target="0", met=value == 0, note=note) for name, value in rows]


def spent(leads: int, *, accidents: bool) -> rough.Day:
    served = office.portal()
    served.limits.rate = 2.0
    with Server(served):
        made = world(served, budget="10m", application=True)
        served.takes = None
        if accidents and served.delivery is not None:
            served.faults.chance(seed=7, **rough.ACCIDENTS)
            served.delivery.chaos(lost=0.3, doubled=0.1, reordered=0.1, seed=5)
        return rough.spend(made, leads, minutes=75)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rough", type=int, default=0, help="a day with accidents and so many leads")
    parser.add_argument("--only", default="", help="one of: calls, monday, idle, others")
    given = parser.parse_args()
    call_command("migrate", verbosity=0)
    lanes.Watch.now = lambda _watch: World.newest.now  # type: ignore[assignment,method-assign]
    rows: list[Row] = []
    with clock.reading(lambda: World.newest.now):
        if given.rough:
            rows += rough_day(given.rough)
        else:
            for name, measures in MEASURES.items():
                if given.only in ("", name):
                    for measure in measures:
                        rows += measure()
                        say(f"{rows[-1].name}: {rows[-1].value:.3f} {rows[-1].note}")
    report("bitrix24", rows)


MEASURES = {
    "calls": [calls_per_hand_over],
    "monday": [monday],
    "idle": [idle],
    "others": [naive, fast_bitrix24, b24pysdk],
}

if __name__ == "__main__":
    main()
