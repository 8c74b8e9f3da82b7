"""Two leads of one client become one (S-30)."""

from __future__ import annotations

import pytest

from leaddrum import engine
from leaddrum.models import Lead, Request, Standing
from tests.world import Card, World, expect_offer


def merge(world: World, leaves: Card, into: Card, by: str = "olga") -> None:
    engine.merge(leaves.id, into=into.id, by=world.pk(by), now=world.now)
    world.check()


@pytest.mark.rule("S-30", "S-31")
def test_the_cycle_goes_on_under_the_surviving_id(world: World) -> None:
    old = world.lead("Старый", owner="anna")
    world.move(old, "junk", by="anna")
    world.forward(minutes=5)
    new = world.lead("Новый", owner="anna", phone="1", text="Балкон")
    world.forward(minutes=31)
    cycle = new.cycle.pk
    assert new.holder == "boris"
    merge(world, new, old)
    assert (old.cycle.pk, old.cycle.number, old.stage, old.owner) == (cycle, 2, "new", "boris")
    expect_offer(old, to="boris")
    assert old.row.phone == "1"
    assert Request.objects.filter(lead=old.id).count() == 2
    assert Lead.objects.get(pk=new.id).merged_into_id == old.id
    world.forward(minutes=31)
    assert [incident.person and incident.person.key for incident in world.incidents()] == ["anna", "boris"]
    world.take(old, by=str(old.holder))
    assert old.state == "taken"
    assert old.journal.count("merged") == 1


@pytest.mark.rule("S-30", "S-25")
def test_both_wait_and_one_cycle_goes_on_more_urgent(world: World) -> None:
    first, second = world.lead("Первый", owner="anna"), world.lead("Второй", owner="boris")
    merge(world, second, first)
    expect_offer(first, to="anna")
    assert first.cycle.priority == 1
    assert (second.state, second.verdicts) == ("withdrawn", [("boris", "void")])
    assert world.notices("anna")[-1] == "joined"
    assert world.notices("boris")[-1] == "gone"


@pytest.mark.rule("S-30")
def test_a_client_in_work_needs_no_second_turn(world: World) -> None:
    in_work = world.lead("В работе", owner="anna")
    world.take(in_work, by="anna")
    waits = world.lead("Ещё раз", owner="boris")
    merge(world, waits, in_work)
    assert (in_work.state, in_work.stage, waits.state) == ("taken", "in_work", "withdrawn")
    assert world.incidents() == []


def test_what_cannot_be_merged(world: World) -> None:
    one, other = world.lead(), world.lead()
    for leaves, into, code in ((one.id, one.id, "same_lead"), (0, one.id, "no_lead"), (one.id, 0, "no_lead")):
        with pytest.raises(engine.Refused, match=code):
            engine.merge(leaves, into=into, by=world.pk("olga"), now=world.now)
    world.delete(other)
    with pytest.raises(engine.Refused, match="deleted"):
        engine.merge(one.id, into=other.id, by=world.pk("olga"), now=world.now)


@pytest.mark.rule("S-17", "S-30")
def test_a_lead_in_work_that_goes_into_another_is_no_load_any_more(db: None) -> None:
    world = World(strategy="least_loaded")
    waits, in_work = world.lead("Ждёт", owner="boris"), world.lead("В работе", owner="anna")
    world.take(in_work, by="anna")
    merge(world, in_work, waits)
    assert not Standing.objects.filter(open_leads__gt=0).exists()
