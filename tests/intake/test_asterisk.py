"""Calls through a real Asterisk, made and answered by phones of SIPp; its recorded sessions are in test_calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from leaddrum.intake import asterisk
from leaddrum.intake.listening import TroubleError
from leaddrum.models import Lead, Touch, Way
from tests.intake.test_calls import listen, only, way_of
from tests.pbx.asterisk import DIRECT, QUEUE, SECRET, USER, Asterisk
from tests.world import Card, World

CLIENT = "+79161234567"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asterisk]:
    server = Asterisk(tmp_path_factory.mktemp("pbx") / "asterisk")
    yield server
    server.stop()


def way_to(world: World, office: Asterisk, secret: str = SECRET) -> Way:
    place = {"host": "127.0.0.1", "port": str(office.manager), "user": USER}
    return way_of(world, "asterisk", {"password": secret}, **place)


def hear(world: World, office: Asterisk, calls: Callable[[], None], so: Callable[[], bool]) -> None:
    """Listened to as in the engine's process, from before the calls until `so`; who speaks, speaks for ten seconds."""
    way, spoken, begun = way_to(world, office), False, False

    def over() -> bool:
        nonlocal begun, spoken
        if not begun and Way.objects.get(pk=way.pk).seen_at is not None:
            begun = True
            calls()
        if not spoken and Touch.objects.filter(ended_at=None).exists():
            spoken = True
            world.forward(seconds=10)
        return so()

    listen(way, over)
    office.over()
    way.refresh_from_db()
    assert way.trouble == ""
    world.check()


def ended() -> bool:
    return Touch.objects.filter(ended_at__isnull=False).exists()


def test_a_call_nobody_answers_is_a_lead_with_the_shortest_time(world: World, office: Asterisk) -> None:
    world.edit(budget_by_source={"call": "5m"})

    def calls() -> None:
        office.phone("rings")
        office.client("calls_in_vain", DIRECT, CLIENT)

    hear(world, office, calls, Lead.objects.exists)
    lead = only()
    assert (lead.title, lead.phone_key, lead.source) == (f"Пропущенный звонок: {CLIENT}", CLIENT, "call")
    assert lead.fields == {"line": DIRECT}
    assert Card(world, lead.pk).cycle.budget == 300


@pytest.mark.rule("S-54")
@pytest.mark.parametrize("number", [DIRECT, QUEUE])
def test_whoever_answers_has_taken_it(world: World, office: Asterisk, number: str) -> None:
    """Through a queue the phone is called by way of a local channel, as FreePBX does."""
    world.edit(take_signals=["call"], call_seconds="5s")

    def calls() -> None:
        office.phone("answers")
        office.client("calls", number, CLIENT)

    hear(world, office, calls, ended)
    lead = Card(world, only().pk)
    assert (lead.state, lead.owner) == ("taken", "anna")
    touch = Touch.objects.get()
    assert (touch.lead_id, touch.person_id, touch.outward) == (lead.id, world.pk("anna"), False)
    assert touch.ended_at is not None
    assert touch.ended_at - touch.started_at >= timedelta(seconds=10)


@pytest.mark.rule("S-54")
def test_a_call_back_from_the_phone_takes_the_lead(world: World, office: Asterisk) -> None:
    world.edit(take_signals=["call"], call_seconds="5s")
    lead = world.lead("Заявка", phone=CLIENT, phone_key=CLIENT)
    hear(world, office, lambda: office.dial("89161234567"), ended)
    assert (lead.state, lead.owner) == ("taken", "anna")
    touch = Touch.objects.get()
    assert (touch.lead_id, touch.outward) == (lead.id, True)
    assert Lead.objects.count() == 1


def test_a_wrong_secret_is_told_as_asterisk_says_it(world: World, office: Asterisk) -> None:
    with pytest.raises(TroubleError, match="Authentication failed"):
        asterisk.check(way_to(world, office, "wrong"))
    asterisk.check(way_to(world, office))


def test_an_asterisk_that_stops_is_told(world: World, office: Asterisk) -> None:
    """The last test of this file: it stops the server of the others."""
    way = way_to(world, office)

    def over() -> bool:
        if Way.objects.get(pk=way.pk).seen_at is not None:
            office.process.kill()
        return False

    with pytest.raises(TroubleError, match=r"hung up|reset"):
        listen(way, over)
