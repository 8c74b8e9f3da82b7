"""The worst case that `leaddrum check` promises (S-53), against the engine itself with nobody taking anything."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from leaddrum import company
from leaddrum.company.hours import Rota
from leaddrum.company.worst_case import latest
from tests import toml
from tests.world import World

HOURS: list[dict[str, Any]] = [
    {"weekdays": ["09:00-13:00", "14:00-18:00"]},
    {"weekdays": ["09:00-11:30"]},
    {"weekdays": ["15:00-18:00"], "saturday": ["10:00-14:00"]},
    {"every_day": ["12:00-21:00"]},
    {"every_day": ["00:00-24:00"]},
    {"shifts": {"anchor": date(2026, 3, 1), "pattern": [["08:00-20:00"], ["08:00-20:00"], [], []]}},
    {"zone": "Asia/Yekaterinburg", "weekdays": ["09:00-18:00"]},
]
hours = st.integers(0, len(HOURS) - 1)
drums = st.fixed_dictionaries(
    {
        "budget": st.sampled_from(["5m", "30m", "1h", "3h"]),
        "escalate_after": st.integers(1, 4),
        "verdict_delay": st.sampled_from(["0s", "20s", "5m"]),
        "strategy": st.sampled_from(["circle", "weighted", "least_loaded", "claim"]),
        "escalation": st.sampled_from(["observe", "freeze"]),
    },
    optional={
        "rotate": st.booleans(),
        "cooldown": st.sampled_from(["0s", "10m", "2h", "24h"]),
        "min_rest": st.sampled_from(["0s", "5m", "1h"]),
    },
)
PHASES = [phase for phase in Phase if phase is not Phase.shrink]  # a whole course each: it would take an hour
absences = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 72), st.integers(1, 60)), max_size=3)


@pytest.mark.rule("S-53")
@example(  # the shorter first turn of a known client's owner made the whole course longer
    drum={"escalate_after": 3, "budget": "3h", "verdict_delay": "0s", "escalation": "observe", "cooldown": "2h"}
    | {"strategy": "least_loaded"},
    service=4,
    own=[3, 2, 3],
    away=[(2, 56, 15), (2, 29, 42)],
    arrival=2,
    knows=True,
)
@given(
    drum=drums,
    service=hours,
    own=st.lists(st.none() | hours, min_size=1, max_size=3),
    away=absences,
    arrival=st.integers(0, 7 * 24 * 12),
    knows=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
def test_the_head_never_hears_of_it_later_than_promised(
    db: None,
    drum: dict[str, Any],
    service: int,
    own: list[int | None],
    away: list[tuple[int, int, int]],
    arrival: int,
    knows: bool,
) -> None:
    with transaction.atomic():
        world = staffed(drum, service, own, away)
        file = company.read(toml.dumps(world.file))
        promised = latest(Rota(file, world.now), file.drums[0], world.now + timedelta(minutes=5 * arrival))
        if promised is not None:
            assert heard(world, arrival, promised, knows=knows) <= promised
        transaction.set_rollback(True)


def staffed(drum: dict[str, Any], service: int, own: list[int | None], away: list[tuple[int, int, int]]) -> World:
    """A drum with so many people, each with hours of his own or the drum's."""
    people = ["anna", "boris", "clara"][: len(own)]
    world = World()
    world.file["calendars"] |= {f"hours-{number}": spec for number, spec in enumerate(HOURS)}
    for person, calendar in zip(people, own, strict=True):
        if calendar is not None:
            world.person_table(person)["calendar"] = f"hours-{calendar}"
    world.file["absences"] = [
        {
            "person": people[number],
            "from": world.now + timedelta(hours=later),
            "to": world.now + timedelta(hours=later + length),
        }
        for number, later, length in away
        if number < len(people)
    ]
    world.edit(**drum, calendar=f"hours-{service}", roster={"people": people})
    return world


def heard(world: World, arrival: int, promised: datetime, *, knows: bool) -> datetime:
    """When the head is pulled in; the end of time when he is not by the promised instant."""
    if knows:  # the client of a lead that is in work: the first offer is shorter
        known = world.lead(phone_key="+79000000001")
        world.take_card(known, by="anna")
    world.until(world.now + timedelta(minutes=5 * arrival))
    lead = world.lead(phone_key="+79000000001", owner="anna")
    world.until(promised)
    escalated = lead.entries("escalated")
    return escalated[0].at if escalated else datetime.max.replace(tzinfo=promised.tzinfo)
