"""A rough day in a portal: events lost, doubled and out of order, requests that break before and after they were
applied; beside it the same day without any of that."""

from __future__ import annotations

from tests.bitrix24 import office, rough
from tests.bitrix24.portal import Server

from benchmarks import portal
from benchmarks.frame import Row, say


def day(leads: int) -> list[Row]:
    """The same day twice, as an application: once with accidents of every kind, once without any."""
    loud, quiet = spent(leads, accidents=True), spent(leads, accidents=False)
    say(f"accidents {loud.accidents}, events {loud.events}")
    apart = sum(quiet.ends.get(number) != end for number, end in loud.ends.items())
    rows = [
        ("false misses", loud.false_misses),
        (
            "list elements more or fewer than misses",
            abs(loud.elements - loud.incidents) + loud.doubled_elements,
        ),
        ("owner changes more or fewer than hand-overs", abs(loud.owner_changes - loud.hand_overs)),
        ("leads that end otherwise than without accidents", apart + abs(len(quiet.ends) - len(loud.ends))),
        ("leads whose owner in the portal is another one", loud.owners_apart),
        ("requests refused for the rate", loud.refused_for_rate),
    ]
    events = loud.events
    note = (
        f"{leads} leads, {loud.incidents} misses ({quiet.incidents} without accidents), {loud.hand_overs}"
        f" hand-overs, {sum(loud.accidents.values())} accidents; of {events.get('raised', 0)} events"
        f" {events.get('lost', 0)} lost, {events.get('doubled', 0)} doubled, {events.get('reordered', 0)} out of order"
    )
    return [Row(f"rough day: {name}", value, "", target="0", met=value == 0, note=note) for name, value in rows]


def spent(leads: int, *, accidents: bool) -> rough.Day:
    served = office.portal()
    served.limits.rate = 2.0
    with Server(served):
        made = portal.world(served, budget="10m", application=True)
        if accidents and served.delivery is not None:
            served.faults.chance(seed=7, **rough.ACCIDENTS)
            served.delivery.chaos(lost=0.3, doubled=0.1, reordered=0.1, seed=5)
        return rough.spend(made, leads, minutes=75)
