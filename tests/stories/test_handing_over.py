"""A colleague is asked to take a turn over: it moves when he accepts, and not before (S-28)."""

from __future__ import annotations

import pytest

from leaddrum import engine
from tests.world import Card, World, expect_offer


def ask(world: World, lead: Card, to: str, by: str = "anna", note: str = "") -> int:
    offer = engine.hand_over(*lead.turn, to=world.pk(to), by=world.pk(by), note=note, now=world.now)
    world.check()
    return offer


def answer(world: World, offer: int, by: str, *, accept: bool) -> None:
    engine.answer_handover(offer, by=world.pk(by), accept=accept, now=world.now)
    world.check()


@pytest.mark.rule("S-28")
def test_accepted_the_turn_is_the_colleagues_with_a_full_budget(world: World) -> None:
    lead = world.lead(owner="anna")
    world.forward(minutes=10)
    offer = ask(world, lead, "clara", note="его квартира рядом с твоей")
    expect_offer(lead, to="anna", due="10:30")
    assert world.told("clara", "handover")[0].data["note"] == "его квартира рядом с твоей"
    answer(world, offer, "clara", accept=True)
    expect_offer(lead, to="clara", due="10:40")
    assert (lead.verdicts, lead.incidents) == ([("anna", "returned")], [])
    assert lead.journal[-3:] == ["handover_asked", "returned", "offered"]
    assert world.notices("anna")[-1] == "handover_yes"


@pytest.mark.rule("S-28")
def test_refused_or_unanswered_the_deadline_stays_with_the_holder(world: World) -> None:
    lead = world.lead(owner="anna")
    offer = ask(world, lead, "clara")
    answer(world, offer, "clara", accept=False)
    expect_offer(lead, to="anna", due="10:30")
    assert world.notices("anna")[-1] == "handover_no"
    again = ask(world, lead, "boris")
    world.forward(minutes=31)
    assert lead.verdicts == [("anna", "missed")]
    with pytest.raises(engine.Refused, match="handover_over"):
        engine.answer_handover(again, by=world.pk("boris"), accept=True, now=world.now)
    world.check()


def test_asking_somebody_else_takes_the_first_offer_back(world: World) -> None:
    lead = world.lead(owner="anna")
    first = ask(world, lead, "boris")
    second = ask(world, lead, "clara")
    with pytest.raises(engine.Refused, match="handover_over"):
        engine.answer_handover(first, by=world.pk("boris"), accept=True, now=world.now)
    engine.withdraw_handover(second, by=world.pk("anna"), now=world.now)
    with pytest.raises(engine.Refused, match="handover_over"):
        engine.answer_handover(second, by=world.pk("clara"), accept=True, now=world.now)
    expect_offer(lead, to="anna")
    assert lead.journal.count("handover_withdrawn") == 2


def test_only_to_somebody_who_is_there(world: World) -> None:
    lead = world.lead(owner="anna")
    offer = ask(world, lead, "clara")
    world.pause("clara")
    with pytest.raises(engine.Refused, match="not_on_duty"):
        engine.answer_handover(offer, by=world.pk("clara"), accept=True, now=world.now)
    with pytest.raises(engine.Refused, match="not_on_duty"):
        ask(world, lead, "clara")
    expect_offer(lead, to="anna")


def test_nobody_hands_over_or_answers_for_another(world: World) -> None:
    lead = world.lead(owner="anna")
    with pytest.raises(engine.Refused, match="not_yours"):
        ask(world, lead, "clara", by="boris")
    with pytest.raises(engine.Refused, match="no_person"):
        ask(world, lead, "anna")
    offer = ask(world, lead, "clara")
    for stranger in ("boris", "anna", "olga"):
        with pytest.raises(engine.Refused, match="no_handover"):
            engine.answer_handover(offer, by=world.pk(stranger), accept=True, now=world.now)
    with pytest.raises(engine.Refused, match="no_handover"):
        engine.withdraw_handover(offer, by=world.pk("clara"), now=world.now)
    old = lead.turn
    world.take(lead, by="anna")
    with pytest.raises(engine.Refused, match="turn_over"):
        engine.hand_over(*old, to=world.pk("clara"), by=world.pk("anna"), note="", now=world.now)


def test_pressing_accept_twice_is_told_it_is_over(world: World) -> None:
    lead = world.lead(owner="anna")
    offer = ask(world, lead, "clara")
    answer(world, offer, "clara", accept=True)
    with pytest.raises(engine.Refused, match="handover_over"):
        engine.answer_handover(offer, by=world.pk("clara"), accept=True, now=world.now)
    expect_offer(lead, to="clara")
