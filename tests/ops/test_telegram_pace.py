"""As many offers as Telegram's limits allow, and none refused: 500 with `--full`, some dozens without."""

from __future__ import annotations

import time

from leaddrum import engine, outbox
from leaddrum.channels.pace import A_SECOND
from leaddrum.models import Effect, Lane
from tests.ops.botserver import Telegram
from tests.world import World


def test_offers_go_out_at_the_pace_of_the_limits(world: World, telegram: Telegram, full: bool) -> None:
    number = 500 if full else 40
    people = [f"p{index}" for index in range(number)]
    for key in people:
        world.person_table(key)
    world.drum_table()["roster"] = {"people": people}
    world.drum_table()["budget"] = "8h"
    world.apply()
    for account, key in enumerate(people, start=1000):
        telegram.chats[account] = {"id": account, "type": "private", "first_name": key}
        engine.ways.link(world.pk(key), engine.ways.Address("telegram", str(account)), now=world.now)
    for index in range(number):
        engine.arrive(world.company_id, engine.Arrival(title=f"Лид {index}"), now=world.now)
    telegram.limits, telegram.latency = True, 0.01
    asked: list[float] = []
    telegram.fails = lambda _method, _values: asked.append(time.monotonic())
    began = time.monotonic()
    while Effect.objects.filter(kind="offer", state="pending").exists():
        outbox.send_due(world.now, limit=number)
        Lane.objects.filter(channel="telegram").update(next_send_at=world.now)
    took = time.monotonic() - began
    print(f"{number} offers in {took:.1f} s, {number / took:.1f} a second; the limits allow {A_SECOND}")
    assert telegram.refused == 0
    assert all(len(telegram.to(account)) == 1 for account in range(1000, 1000 + number))
    assert took >= (number - 1) / A_SECOND  # never faster than allowed
    booked = Effect.objects.filter(kind="offer").order_by("done_at").values_list("done_at", flat=True)[0]
    assert booked is not None
    assert (booked - world.now).total_seconds() < asked[-1] - began  # while the next were on their way
