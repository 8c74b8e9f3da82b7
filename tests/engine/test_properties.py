"""Any people doing anything in any order: the invariants hold after every step, and nobody's lead is forgotten.

Every verb of `tests.world` checks them when it is done; what is asked of the engine directly checks here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leaddrum import engine
from leaddrum.core.cycle import OPEN
from leaddrum.engine import org
from leaddrum.models import Drum, Effect, Lead, Stage
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
        "min_rest": st.sampled_from(["0s", "1h"]),
        "budget_by_source": st.sampled_from([{"call": "5m"}, {"call": "2h"}]),
        "take_stage": st.sampled_from(["in_work", "qualified"]),
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
        self.world = World(people={"robot": {"technical": True}}, **drum)
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
            table = self.world.person_table(person)
            table["active"] = True
            table.pop("calendar", None)
        self.world.file["calendars"]["office"] = {"weekdays": ["09:00-13:00", "14:00-18:00"]}
        self.world.apply()
        for absence in self.absences:
            self.attempt(self.world.back, absence)
        monday = self.world.at("mon 09:00")
        # In one leap: days of five-minute turns, each with every check, would make some examples take minutes.
        monday = monday if monday >= self.world.now else monday + timedelta(days=7)
        self.world.jump(seconds=(monday - self.world.now).total_seconds())
        self.world.until(monday + timedelta(hours=1))
        for person in ANYBODY:
            self.world.resume(person)  # misses may have paused him meanwhile (S-55)
        self.world.tick()
        firm = org.of(self.world.company_id, self.world.now)
        for lead in self.leads:
            cycle = lead.cycle
            waits = cycle.state == "held" and cycle.hold_reason in {"closed", "nobody"}
            # A lead of nobody, or of somebody in no department, has no owner's department that could have it.
            assert not waits or not firm.roster(cycle.drum_id, lead.row.owner_id), cycle.hold

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
    @rule(number=st.integers(0, 20), turns=st.integers(1, 3), by=st.sampled_from(SALES))
    def an_old_button_is_pressed(self, number: int, turns: int, by: str) -> None:
        """It answers and changes nothing (S-34)."""
        lead = self.lead(number)
        cycle, turn = lead.turn
        journal, owner = lead.journal, lead.owner
        assert isinstance(self.world.press((cycle, turn - turns), by=by), engine.Stale)
        assert (lead.journal, lead.owner) == (journal, owner)

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
        by=st.sampled_from([None, "robot", *ANYBODY]),
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

    @rule(hours=st.sampled_from([["09:00-13:00", "14:00-18:00"], ["10:00-17:00"], ["22:00-06:00"]]))
    def the_working_hours_change(self, hours: list[str]) -> None:
        self.world.file["calendars"]["office"] = {"weekdays": hours}
        self.world.apply()

    @rule(person=people, own=st.sampled_from(["", "office", "evening"]), zone=st.sampled_from(["", "Asia/Omsk"]))
    def somebody_gets_hours_of_his_own(self, person: str, own: str, zone: str) -> None:
        self.world.file["calendars"]["evening"] = {"every_day": ["15:00-22:00"]}
        table = self.world.person_table(person)
        for key, value in (("calendar", own), ("zone", zone)):
            table.pop(key, None)
            table.update({key: value} if value else {})
        self.world.apply()

    @rule(person=people, works=st.booleans())
    def somebody_is_dismissed_or_hired_again(self, person: str, works: bool) -> None:
        self.world.person_table(person)["active"] = works
        self.world.apply()

    @rule(drum=st.sampled_from(["drum", "calls"]))
    def calls_go_to(self, drum: str) -> None:
        self.world.edit("calls", name="Звонки", entry=["new"], roster={"people": ["olga", "clara"]}, budget="5m")
        self.world.file["routes"] = [{"when": {"source": ["call"]}, "drum": drum}]
        self.world.apply()

    @rule()
    def the_new_budget_holds_for_running_turns(self) -> None:
        for drum in Drum.objects.filter(company=self.world.company_id):
            engine.apply_to_running(self.world.company_id, drum.pk, now=self.world.now)
        self.world.check()

    @rule(which=st.integers(0, 30), by=st.sampled_from(ANYBODY), text=st.sampled_from(["", "был на встрече"]))
    def somebody_explains(self, which: int, by: str, text: str) -> None:
        incidents = self.world.incidents()
        if incidents:
            self.attempt(self.world.explain, incidents[which % len(incidents)], text, by=by)

    @rule(
        which=st.integers(0, 30), by=st.sampled_from(["olga", "viktor", "anna"]), why=st.sampled_from(["", "был болен"])
    )
    def the_head_annuls(self, which: int, by: str, why: str) -> None:
        incidents = self.world.incidents()
        if incidents:
            self.attempt(self.world.annul, incidents[which % len(incidents)], by=by, why=why)

    @has_leads
    @rule(number=st.integers(0, 20), by=st.sampled_from(["anna", "robot"]), minutes=st.integers(0, 200))
    def a_move_is_learned_late(self, number: int, by: str, minutes: int) -> None:
        """The CRM's record shows a move that nobody told the engine of (S-36)."""
        lead = self.lead(number)
        stage = Stage.objects.get(company=self.world.company_id, key="in_work")
        row = lead.row
        moved_at = max(row.moved_at, self.world.now - timedelta(minutes=minutes))
        if lead.state in OPEN and row.deleted_at is None and row.stage.key == "new":
            Lead.objects.filter(pk=lead.id).update(stage=stage, moved_at=moved_at, moved_by=self.world.pk(by))
            self.world.look_again(lead)

    @rule(which=st.integers(0, 30))
    def an_offer_does_not_arrive(self, which: int) -> None:
        offers = Effect.objects.filter(company=self.world.company_id, kind="offer").order_by("pk")
        if offers:
            engine.undelivered(offers[which % len(offers)].pk, error="550", now=self.world.now)
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
