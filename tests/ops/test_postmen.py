"""Answers to clients go out by each way on its own, and to each client in their order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from leaddrum import clock, engine
from leaddrum.engine import org
from leaddrum.intake import replies
from leaddrum.intake.postmen import Postmen
from leaddrum.models import Lead, Reply, Way
from tests.ops.test_ways_back import Gateway, made, say
from tests.world import World


@pytest.fixture
def gateways(settings: Any) -> Iterator[tuple[Gateway, Gateway]]:
    """Two of them; the first takes what it is sent and answers nothing until it is told to."""
    org.forget()
    settings.POST_TO = ("127.0.0.0/8",)
    dead, well = Gateway(), Gateway()
    dead.answers.clear()
    yield dead, well
    for gateway in (dead, well):
        gateway.answers.set()
        gateway.shutdown()
        gateway.server_close()


def asked(world: World, gateway: Gateway, conversation: str) -> tuple[Way, Lead]:
    way = made(world, "chat", reply_url=f"http://127.0.0.1:{gateway.server_port}/answers")
    say(way, id=f"m-{conversation}", conversation=conversation, name=conversation, text="Окно")
    return way, Lead.objects.latest("pk")


def hand_out(postmen: Postmen, world: World, gateway: Gateway) -> bool:
    """Until it arrives: of two who write at once SQLite's database in memory refuses one; a file lets him wait."""
    for _ in range(20):
        postmen.look(world.now)
        if gateway.arrived.wait(1):
            return True
    return False


@pytest.mark.django_db(transaction=True)
def test_a_gateway_that_hangs_keeps_no_other_waiting(world: World, gateways: tuple[Gateway, Gateway]) -> None:
    dead, well = gateways
    well.answers.clear()
    _way, first = asked(world, dead, "wa-1")
    _way, second = asked(world, well, "tg-1")
    for lead in (first, second):
        engine.answer(lead.pk, "Добрый день!", by=world.pk("anna"), now=world.now)
    free = threading.Event()
    with clock.reading(lambda: world.now):
        postmen = Postmen(lambda: False, free.set)
        assert postmen.look(world.now) is None  # there is more only by ways that are served
        assert hand_out(postmen, world, well)
        assert hand_out(postmen, world, dead)
        free.clear()  # one whom the database had refused is free as well, and has sent nothing
        well.answers.set()  # now: both writing at once is more than SQLite's database in memory bears
        assert free.wait(8)
        assert Reply.objects.get(lead=second).state == "sent"
        assert Reply.objects.get(lead=first).state == "pending"
        engine.answer(second.pk, "И ещё", by=world.pk("anna"), now=world.now)
        well.arrived.clear()
        postmen.look(world.now + timedelta(seconds=1))
        assert well.arrived.wait(8)
        dead.answers.set()
        assert postmen.join(15)
    assert [said["text"] for _signed, said in well.got] == ["Добрый день!", "И ещё"]


def test_nothing_overtakes_what_is_tried_again(world: World, gateways: tuple[Gateway, Gateway]) -> None:
    _dead, well = gateways
    _way, lead = asked(world, well, "tg-1")
    well.status = 503
    engine.answer(lead.pk, "Раз", by=world.pk("anna"), now=world.now)
    assert replies.send_due(world.now) == world.now + timedelta(seconds=10)
    well.status = 200
    engine.answer(lead.pk, "Два", by=world.pk("anna"), now=world.now)
    assert replies.send_due(world.now) == world.now + timedelta(seconds=10)  # the second waits for the first
    well.got.clear()
    world.now += timedelta(seconds=11)
    assert replies.send_due(world.now) is None
    assert [said["text"] for _signed, said in well.got] == ["Раз", "Два"]


def test_what_is_refused_for_good_lets_the_next_one_go(world: World, gateways: tuple[Gateway, Gateway]) -> None:
    _dead, well = gateways
    _way, lead = asked(world, well, "tg-1")
    for text in ("Раз", "Два"):
        engine.answer(lead.pk, text, by=world.pk("anna"), now=world.now)
    well.status = 400
    replies.send_due(world.now)
    assert [reply.state for reply in Reply.objects.order_by("pk")] == ["failed", "failed"]
