"""A call, a mail or a message to the client is the take where the drum says so (S-54); a call excuses a miss (S-48)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leaddrum import engine
from leaddrum.models import Effect, Touch
from tests.world import Card, World

ALL = ["call", "mail", "chat"]


def call(world: World, lead: Card | None, by: str | None, seconds: int, **values: Any) -> str:
    """A call that ends now, after so many seconds of talk."""
    contact = engine.Contact(
        "call",
        at=world.now - timedelta(seconds=seconds),
        ended_at=world.now,
        seconds=seconds,
        lead=lead.id if lead else None,
        person=world.pk(by) if by else None,
        **values,
    )
    answer = engine.touch(world.company_id, contact, now=world.now)
    world.check()
    return answer


def wrote(world: World, lead: Card, by: str, kind: str = "mail") -> str:
    contact = engine.Contact(kind, at=world.now, lead=lead.id, person=world.pk(by))
    answer = engine.touch(world.company_id, contact, now=world.now)
    world.check()
    return answer


@pytest.mark.rule("S-54")
@pytest.mark.parametrize("kind", ["mail", "chat"])
def test_a_reply_to_the_client_takes_the_lead(world: World, kind: str) -> None:
    world.edit(take_signals=ALL)
    lead = world.lead()
    world.forward(minutes=5)
    assert wrote(world, lead, "anna", kind) == "taken"
    assert lead.state == "taken"
    assert lead.stage == "in_work"
    assert lead.verdicts == [("anna", "taken")]


@pytest.mark.rule("S-54")
def test_nothing_counts_until_the_drum_says_so(world: World) -> None:
    lead = world.lead()
    assert wrote(world, lead, "anna") == "logged"
    assert lead.state == "offered"
    assert "contact" in lead.journal


@pytest.mark.rule("S-54")
def test_an_internal_note_never_counts(world: World) -> None:
    world.edit(take_signals=ALL)
    lead = world.lead()
    assert wrote(world, lead, "anna", "comment") == "logged"
    assert engine.signal(lead.id, "comment", by=world.pk("anna"), at=world.now, now=world.now) == "logged"
    assert lead.state == "offered"


@pytest.mark.rule("S-54")
def test_a_call_counts_when_it_is_long_enough(world: World) -> None:
    world.edit(take_signals=["call"], call_seconds="45s")
    lead = world.lead()
    world.forward(minutes=5)
    assert call(world, lead, "anna", 44) == "logged"
    assert lead.state == "offered"
    world.forward(minutes=1)
    assert call(world, lead, "anna", 45) == "taken"
    assert lead.state == "taken"


@pytest.mark.rule("S-54")
@pytest.mark.rule("S-27")
def test_a_colleague_of_the_roster_who_answers_takes_it_a_secretary_does_not(world: World) -> None:
    world.edit(take_signals=["call"])
    lead = world.lead()
    world.forward(minutes=5)
    assert call(world, lead, "irina", 60) == "logged"
    assert call(world, lead, "clara", 60) == "taken"
    assert lead.owner == "clara"
    assert lead.verdicts == [("anna", "void")]


@pytest.mark.rule("S-54")
def test_by_setting_he_is_asked_instead(world: World) -> None:
    world.edit(take_signals=ALL, on_signal="ask")
    lead = world.lead()
    assert wrote(world, lead, "anna") == "asked"
    assert lead.state == "offered"
    assert Effect.objects.filter(person=world.pk("anna"), kind="signal").count() == 1


@pytest.mark.rule("S-54")
@pytest.mark.rule("S-36")
def test_a_call_that_began_in_time_and_is_told_late_takes_the_miss_back(world: World) -> None:
    """The telephony tells of a call when it ends: he had talked long enough before his time ran out."""
    world.edit(take_signals=["call"])
    lead = world.lead()
    world.forward(minutes=35)
    assert lead.holder == "boris"
    assert call(world, lead, "anna", 600) == "taken"
    assert lead.owner == "anna"
    assert [incident.annulled_at is not None for incident in lead.incidents] == [True]


@pytest.mark.rule("S-48")
def test_a_miss_during_a_call_is_marked(world: World) -> None:
    lead = world.lead()
    world.forward(minutes=29)
    start = engine.Contact("call", at=world.now, person=world.pk("anna"), external_id="pbx:1")
    assert engine.touch(world.company_id, start, now=world.now) == "logged"
    world.forward(minutes=2)
    assert [(incident.person.key, incident.excuse) for incident in lead.incidents if incident.person] == [
        ("anna", "call")
    ]
    world.forward(minutes=40)
    assert [incident.excuse for incident in lead.incidents] == ["call", ""]


@pytest.mark.rule("S-48")
def test_a_call_that_ended_before_excuses_nothing(world: World) -> None:
    lead = world.lead()
    world.forward(minutes=20)
    call(world, None, "anna", 300)
    world.forward(minutes=11)
    assert [incident.excuse for incident in lead.incidents] == [""]


@pytest.mark.rule("S-54")
def test_a_call_told_five_times_is_logged_once(world: World) -> None:
    world.edit(take_signals=["call"])
    lead = world.lead()
    world.forward(minutes=5)
    answers = [call(world, lead, "anna", 60, external_id="pbx:7") for _ in range(5)]
    assert answers == ["taken", *["repeated"] * 4]
    assert Touch.objects.count() == 1
    assert lead.journal.count("contact") == 1


@pytest.mark.rule("S-54")
def test_a_call_is_finished_by_what_is_told_at_its_end(world: World) -> None:
    world.edit(take_signals=["call"])
    lead = world.lead()
    begin = engine.Contact("call", at=world.now, person=world.pk("anna"), lead=lead.id, external_id="pbx:8")
    engine.touch(world.company_id, begin, now=world.now)
    world.forward(minutes=2)
    assert call(world, lead, "anna", 120, external_id="pbx:8") == "taken"
    touch = Touch.objects.get()
    assert touch.seconds == 120
    assert touch.ended_at == world.now
