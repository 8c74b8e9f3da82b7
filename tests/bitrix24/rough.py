"""A rough day in a portal: events get lost, doubled and out of order, requests break before and after they were
applied. What comes of it is compared with the same day without accidents.

What people do depends on nothing that accidents can change: each lead is taken by whoever holds its n-th turn, four
minutes after that turn began.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leaddrum.engine import writes
from leaddrum.engine.changes import TOLD
from leaddrum.models import CrmWrite, Cycle, Incident, Turn
from tests.bitrix24.office import USERS, Office

WAIT = timedelta(minutes=4)  # of a budget of ten
ACCIDENTS = {  # chance per request
    "drop_before": 0.03,
    "drop_after": 0.03,
    "cut": 0.03,
    "limit": 0.02,
    "operating": 0.005,
    "internal": 0.02,
    "internal_after": 0.02,
    "html": 0.02,
    "html_after": 0.02,
}
CODE = "leaddrum_journal"
PATIENCE = 24 * 60  # minutes after a day for what is still to be told


@dataclass
class Day:
    """`ends`: per lead, its state, its stage in the portal and how many turns were missed."""

    leads: int
    ends: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    late: int = 0  # minutes after the day until everything had been told
    incidents: int = 0
    elements: int = 0
    doubled_elements: int = 0
    false_misses: int = 0
    owner_changes: int = 0
    hand_overs: int = 0
    owners_apart: int = 0  # leads whose owner in the portal is not whom we believe
    refused_for_rate: int = 0
    accidents: dict[str, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)


def spend(
    world: Office,
    leads: int,
    *,
    seed: int = 1,
    minutes: int = 60,
    over: float = 10,
    said: Callable[[str], None] = lambda _line: None,
) -> Day:
    """Leads come in over so many minutes, at most three turns are missed of each; then everything comes to rest.

    Args:
        said: is told each quarter of an hour how far it is.
    """
    patience = patiences(leads, seed)
    known: dict[int, int] = {}
    waiting = list(range(leads))
    for minute in range(minutes):
        if minute % 15 == 0:
            world.portal.called.clear()
            said(f"minute {minute} of {minutes}: {len(known)} leads, {Incident.objects.count()} misses")
        while waiting and minute >= waiting[0] * over / leads:
            number = world.portal.lead(f"Лид {waiting.pop(0)}", by=0, assignedById=USERS["irina"])
            known[number] = patience[number]
        _take(world, known)
        world.forward(minutes=1)
    world.portal.faults.clear()
    assert world.portal.delivery is not None
    world.portal.delivery.chaos()
    world.forward(minutes=5)
    said(f"{_untold(world)} are still to be told")
    late = 0
    while _untold(world) and late < PATIENCE:  # whatever decides nothing waits for what does, within a portal's limits
        world.forward(minutes=5)
        late += 5
    day = _told(world, leads)
    day.late = late
    return day


def _untold(world: Office) -> int:
    return CrmWrite.objects.filter(company=world.company_id, kind__in=TOLD, state__in=writes.OPEN).count()


def patiences(leads: int, seed: int = 1) -> dict[int, int]:
    """Per lead, the turn in which it is taken: the end of a day without accidents."""
    chance = random.Random(seed)
    return {number: chance.randint(1, 4) for number in range(1, leads + 1)}


def _take(world: Office, patience: dict[int, int]) -> None:
    """Whoever holds a lead's chosen turn takes it, in the portal."""
    open_ones = Cycle.objects.filter(company=world.company_id, state="offered", offered_at__lte=world.now - WAIT)
    open_ones = open_ones.select_related("lead", "holder").order_by("pk")
    for cycle in open_ones:
        number = int((cycle.lead.crm_key or "").partition(":")[2])
        if cycle.turn.get("asked") or cycle.holder is None:
            continue
        if cycle.misses + 1 == patience[number]:
            world.portal.move(number, "IN_PROCESS", by=int(cycle.holder.key.removeprefix("b24:")))


def _told(world: Office, leads: int) -> Day:
    day = Day(leads)
    portal = world.portal
    changed = Counter(number for _, number, _, by in portal.crm.owners if by == USERS["irina"])
    turns = defaultdict(list)
    for turn in Turn.objects.filter(company=world.company_id).select_related("person", "cycle__lead").order_by("pk"):
        turns[turn.cycle.lead.crm_key or ""].append(turn)
    for cycle in Cycle.objects.filter(company=world.company_id).select_related("lead", "lead__owner", "holder"):
        key = cycle.lead.crm_key or ""
        number = int(key.partition(":")[2])
        item = portal.item(number)
        day.ends[number] = (cycle.state, item["stageId"], cycle.misses)
        holders = [_user(turn.person.key) for turn in turns[key] if turn.person]
        holders += [_user(cycle.holder.key)] if cycle.state == "offered" and cycle.holder else []
        wanted = [now for before, now in zip([USERS["irina"], *holders], holders, strict=False) if before != now]
        day.hand_overs += len(wanted)
        day.owner_changes += changed[number]
        day.owners_apart += cycle.lead.owner is None or _user(cycle.lead.owner.key) != item["assignedById"]
    _check_misses(world, day)
    codes = [element.code for element in portal.journal(CODE).elements.values()]
    day.elements, day.doubled_elements = len(codes), len(codes) - len(set(codes))
    day.refused_for_rate = portal.limits.refused
    day.accidents = dict(portal.faults.happened)
    day.events = dict(portal.delivery.counts) if portal.delivery else {}
    return day


def _check_misses(world: Office, day: Day) -> None:
    """A miss is false when the portal itself has the lead moved away before that turn's deadline."""
    left: dict[int, datetime] = {}
    for moved in world.portal.crm.history:
        if moved.kind != 1:
            left.setdefault(moved.item, moved.at)
    for incident in Incident.objects.filter(company=world.company_id, annulled_at=None).select_related("lead"):
        day.incidents += 1
        number = int((incident.lead.crm_key or "").partition(":")[2])
        day.false_misses += number in left and left[number] <= incident.due_at


def _user(key: str) -> int:
    return int(key.removeprefix("b24:"))
