"""A rough day in a portal: events lost, doubled and out of order, requests that break before and after they were
applied; beside it the same day without any of that."""

from __future__ import annotations

from tests.bitrix24 import office, rough
from tests.bitrix24.portal import Server

from benchmarks import portal
from benchmarks.frame import Row, say

A_MINUTE = 60  # leads that come in: what a portal's limits let us hand over, with room for accidents
TWICE = 1000  # leads of a day that is spent with and without accidents


def day(leads: int) -> list[Row]:
    """The same day twice, as an application: once with accidents of every kind, once without any. Of a large day the
    second is not spent but known: each lead is taken in the turn in which it is meant to be."""
    loud = spent(leads, accidents=True)
    say(f"accidents {loud.accidents}, events {loud.events}")
    quiet = spent(leads, accidents=False).ends if leads <= TWICE else planned(leads)
    apart = sum(quiet.get(number) != end for number, end in loud.ends.items())
    rows = [
        ("false misses", loud.false_misses),
        (
            "list elements more or fewer than misses",
            abs(loud.elements - loud.incidents) + loud.doubled_elements,
        ),
        ("owner changes more or fewer than hand-overs", abs(loud.owner_changes - loud.hand_overs)),
        ("leads that end otherwise than without accidents", apart + abs(len(quiet) - len(loud.ends))),
        ("leads whose owner in the portal is another one", loud.owners_apart),
        ("requests refused for the rate", loud.refused_for_rate),
    ]
    events, missed = loud.events, sum(misses for _, _, misses in quiet.values())
    note = (
        f"{leads} leads, {loud.incidents} misses ({missed} without accidents), {loud.hand_overs} hand-overs,"
        f" {sum(loud.accidents.values())} accidents; all told {loud.late} min after the day;"
        f" of {events.get('raised', 0)} events {events.get('lost', 0)} lost,"
        f" {events.get('doubled', 0)} doubled, {events.get('reordered', 0)} out of order"
    )
    return [Row(f"rough day: {name}", value, "", target="0", met=value == 0, note=note) for name, value in rows]


def spent(leads: int, *, accidents: bool) -> rough.Day:
    served = office.portal()
    served.limits.rate = 2.0
    with Server(served):
        made = portal.world(served, budget="10m", application=True, calendar="always")
        if accidents and served.delivery is not None:
            served.faults.chance(seed=7, **rough.ACCIDENTS)
            served.delivery.chaos(lost=0.3, doubled=0.1, reordered=0.1, seed=5)
        over = max(10.0, leads / A_MINUTE)
        return rough.spend(made, leads, minutes=round(over) + 65, over=over, said=say)


def planned(leads: int) -> dict[int, tuple[str, str, int]]:
    """How the leads of a day without accidents end."""
    return {number: ("taken", "IN_PROCESS", turn - 1) for number, turn in rough.patiences(leads).items()}
