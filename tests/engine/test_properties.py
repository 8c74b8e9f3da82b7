"""Any people doing anything in any order: the invariants hold after every step, and nobody's lead is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leaddrum import engine
from leaddrum.models import Effect
from tests.world import Card, World

SALES = ["anna", "boris", "clara"]
ANYBODY = [*SALES, "olga", "viktor", "irina"]
people = st.sampled_from(SALES)
drums = st.fixed_dictionaries(
    {},
    optional={
        "strategy": st.sampled_from(["circle", "weighted", "least_loaded", "claim"]),
        "budget": st.sampled_from(["5m", "30m", "3h"]),
        "open_offers_cap": st.integers(1, 4),
        "cooldown": st.sampled_from(["0s", "5m", "2h"]),
        "escalate_after": st.integers(1, 3),
        "escalation": st.sampled_from(["observe", "own", "freeze"]),
        "pause_after": st.integers(0, 3),
        "verdict_delay": st.sampled_from(["0s", "20s"]),
        "first_turn": st.sampled_from(["owner", "drum"]),
        "calendar": st.sampled_from(["office", "always"]),
        "robots_take": st.booleans(),
        "roster": st.sampled_from(
            [
                {"people": SALES},
                {"people": ["clara", "anna"]},
                {"people": ["boris"]},
                {"department": "sales"},
                {"department": "firm", "subdepartments": True},
                {"owners_department": True},
            ]
        ),
    },
)


class Office(RuleBasedStateMachine):
    """People, leads and a clock; every rule is something that happens in a sales department."""

    @initialize(drum=drums, two_stages=st.booleans())
    def begins(self, drum: dict[str, Any], two_stages: bool) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.world = World(**drum)
        self.leads: list[Card] = []
        self.absences: list[int] = []
        if two_stages:
            self.world.edit(
                "term", name="Срок", entry=["in_work"], rotate=False, budget="1h", calendar="office", cooldown="0s"
            )

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            try:
                self.everybody_comes_back()
            finally:
                transaction.set_rollback(True)
                self.undo.__exit__(None, None, None)

    def everybody_comes_back(self) -> None:
        """I5: once all are there again, in working time, no lead waits for anything but a free hand."""
        for person in ANYBODY:
            self.world.resume(person)
        for absence in self.absences:
            self.attempt(self.world.back, absence)
        self.world.until("sun 12:00")
        for person in ANYBODY:
            self.world.resume(person)
        self.world.until("mon 09:00")
        for lead in self.leads:
            cycle = lead.cycle
            waits = cycle.state == "held" and cycle.hold_reason in {"closed", "nobody"}
            assert not waits or self.world.drum_table().get("roster") == {"owners_department": True}, cycle.hold

    def attempt(self, act: Any, *arguments: Any, **named: Any) -> None:
        """What the engine refuses it must refuse without a trace; the checks after it see to that."""
        try:
            act(*arguments, **named)
        except engine.Refused:
            self.world.check()

    def lead(self, number: int) -> Card:
        return self.leads[number % len(self.leads)]

    has_leads = precondition(lambda self: bool(self.leads))

    @rule(
        owner=st.none() | st.sampled_from(ANYBODY), client=st.integers(0, 4), source=st.sampled_from(["form", "call"])
    )
    def a_lead_comes(self, owner: str | None, client: int, source: str) -> None:
        phone = f"+7900000000{client}" if client else ""
        lead = self.world.lead(owner=owner, phone_key=phone, source=source)
        if lead.id not in {known.id for known in self.leads}:
            self.leads.append(lead)

    @has_leads
    @rule(number=st.integers(0, 20), by=st.sampled_from(ANYBODY), button=st.booleans())
    def somebody_takes(self, number: int, by: str, button: bool) -> None:
        lead = self.lead(number)
        self.attempt(self.world.take if button else self.world.take_card, lead, by=by)

    @has_leads
    @rule(number=st.integers(0, 20))
    def the_holder_takes(self, number: int) -> None:
        lead = self.lead(number)
        if lead.holder:
            self.world.take(lead, by=lead.holder)
            assert lead.row.stage.meaning == "take"

    @has_leads
    @rule(number=st.integers(0, 20), by=people, handed=st.sampled_from(ANYBODY))
    def it_is_declined_or_handed_over(self, number: int, by: str, handed: str) -> None:
        lead = self.lead(number)
        if handed in SALES:
            self.attempt(self.world.decline, lead, by=lead.holder or by)
        else:
            self.attempt(self.world.assign, lead, handed, by=lead.holder or by)

    @has_leads
    @rule(number=st.integers(0, 20), to=st.sampled_from(ANYBODY), by=st.sampled_from([None, "olga", "irina", "anna"]))
    def it_is_assigned(self, number: int, to: str, by: str | None) -> None:
        self.attempt(self.world.assign, self.lead(number), to, by=by)

    @has_leads
    @rule(
        number=st.integers(0, 20),
        stage=st.sampled_from(["new", "in_work", "qualified", "later", "junk"]),
        by=st.sampled_from([None, *ANYBODY]),
    )
    def it_is_moved(self, number: int, stage: str, by: str | None) -> None:
        self.attempt(self.world.move, self.lead(number), stage, by=by)

    @has_leads
    @rule(number=st.integers(0, 20), action=st.sampled_from(["restart", "close"]))
    def the_head_decides(self, number: int, action: str) -> None:
        self.attempt(self.world.head_decides, self.lead(number), action)

    @has_leads
    @rule(number=st.integers(0, 20))
    def it_is_deleted(self, number: int) -> None:
        self.attempt(self.world.delete, self.lead(number))

    @rule(person=people, comes=st.booleans())
    def somebody_pauses_or_comes_back(self, person: str, comes: bool) -> None:
        if comes:
            self.world.resume(person)
        else:
            self.world.pause(person)

    @rule(person=st.sampled_from(ANYBODY), hours=st.integers(1, 30), later=st.integers(0, 3))
    def somebody_is_away(self, person: str, hours: int, later: int) -> None:
        self.absences.append(self.world.away(person, later=later, hours=hours))

    @rule(which=st.integers(0, 5))
    def he_is_back_early(self, which: int) -> None:
        if which < len(self.absences):
            self.attempt(self.world.back, self.absences.pop(which))

    @rule(minutes=st.sampled_from([0, 1, 10, 30, 90, 600, 4000]))
    def time_passes(self, minutes: int) -> None:
        self.world.forward(minutes=minutes)

    @rule(minutes=st.sampled_from([-30, -1, 5, 45, 300]))
    def the_clock_jumps_while_the_engine_sleeps(self, minutes: int) -> None:
        self.world.jump(minutes=minutes)
        self.world.tick()

    @rule(change=drums)
    def the_file_is_edited(self, change: dict[str, Any]) -> None:
        self.world.edit(**change)

    @rule(which=st.integers(0, 30), why=st.sampled_from(["", "был болен"]))
    def the_head_annuls(self, which: int, why: str) -> None:
        incidents = self.world.incidents()
        if incidents:
            self.attempt(self.world.annul, incidents[which % len(incidents)], why=why)

    @rule(which=st.integers(0, 30))
    def an_offer_does_not_arrive(self, which: int) -> None:
        offers = Effect.objects.filter(company=self.world.company_id, kind="offer").order_by("pk")
        if offers:
            engine.undelivered(offers[which % len(offers)].pk, error="550", now=self.world.now)

    @invariant()
    def what_must_hold_holds(self) -> None:
        if hasattr(self, "world"):
            self.world.check()


@pytest.mark.rule("I1", "I2", "I5", "I6", "I7", "I8")
def test_anything_may_happen_in_any_order(db: None, full: bool) -> None:
    steps, examples = (50, 300) if full else (25, 25)
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
