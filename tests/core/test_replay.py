"""A period once more under another policy, in memory and with the product's own rules (S-52)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leaddrum.core.policy import Escalation, Policy, Roster, Strategy
from leaddrum.core.replay import Coming, Player, Scene, drawn, play
from leaddrum.core.replayed import figures, spread
from leaddrum.core.survival import Curve, Seen, kaplan_meier
from leaddrum.core.worktime import Calendar

DAY = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = DAY - timedelta(days=1), DAY + timedelta(days=90)
OFFICE = Calendar([(DAY + timedelta(days=d, hours=9), DAY + timedelta(days=d, hours=18)) for d in range(60)], WINDOW)
POLICY = Policy("site", 1, Roster(people=("a", "b", "c")), ("new",), budget=1800, escalate_after=3, cooldown=0)


def always(minutes: float) -> Curve:
    return kaplan_meier([Seen(60 * minutes, taken=True)])


NEVER = kaplan_meier([Seen(1800, taken=False)])
HALF = kaplan_meier([Seen(600, taken=True), Seen(1800, taken=False)])


def scene(*curves: Curve, policy: Policy = POLICY, leads: int = 12, every: float = 60) -> Scene:
    players = [Player(number, OFFICE, curve, head=99) for number, curve in enumerate(curves, start=1)]
    arrivals = [Coming(DAY + timedelta(hours=9, minutes=every * n)) for n in range(leads)]
    return Scene(arrivals, players, policy, OFFICE, head=99)


@pytest.mark.rule("S-52")
def test_who_always_takes_after_ten_minutes_keeps_everybody_waiting_ten() -> None:
    played = play(scene(always(10), always(10), leads=5), random.Random(1))
    assert (played.waits, played.misses, played.first) == ([600.0] * 5, 0, 5)
    assert sorted(played.offers.values()) == [2, 3]  # in turn


@pytest.mark.rule("S-52")
def test_a_lead_nobody_takes_goes_round_and_reaches_the_head_every_third_miss() -> None:
    played = play(scene(NEVER, NEVER, leads=1), random.Random(1))
    assert played.taken == 0
    assert played.misses == played.handovers + 1 or played.misses == played.handovers
    assert played.alerts == played.misses // 3 > 10


def test_the_head_who_becomes_the_owner_ends_it() -> None:
    played = play(scene(NEVER, NEVER, policy=replace(POLICY, escalation=Escalation.OWN), leads=2), random.Random(1))
    assert (played.with_head, played.misses, played.taken) == (2, 6, 0)


def test_a_lead_of_the_night_waits_for_the_morning_on_the_clients_clock() -> None:
    made = replace(scene(always(10)), arrivals=[Coming(DAY + timedelta(hours=3))])
    assert play(made, random.Random(1)).waits == [6 * 3600 + 600]


def test_nobody_holds_more_than_his_cap() -> None:
    """Ten at once, one person, a cap of three: the others wait for him."""
    played = play(scene(always(10), leads=10, every=0), random.Random(1))
    assert played.misses == 0
    assert sorted(played.waits) == [600] * 3 + [1200] * 3 + [1800] * 3 + [2400]


def test_a_shorter_budget_hands_over_sooner() -> None:
    slow = play(scene(NEVER, always(1), leads=8), random.Random(2))
    quick = play(scene(NEVER, always(1), policy=replace(POLICY, budget=300), leads=8), random.Random(2))
    assert max(slow.waits) == 1800 + 20 + 60
    assert max(quick.waits) == 300 + 20 + 60


def test_offers_to_everybody_are_taken_by_the_first() -> None:
    played = play(
        scene(always(10), always(3), policy=replace(POLICY, strategy=Strategy.CLAIM), leads=4), random.Random(1)
    )
    assert played.waits == [180.0] * 4


def test_weights_are_kept() -> None:
    made = scene(always(1), always(1), policy=replace(POLICY, strategy=Strategy.WEIGHTED), leads=400, every=1)
    made = replace(made, players=[replace(made.players[0], weight=3.0), made.players[1]])
    played = play(made, random.Random(1))
    assert played.offers[1] == 300
    assert played.offers[2] == 100


def test_an_absence_that_begins_ends_the_turn_through_nobodys_fault() -> None:
    leaves = DAY + timedelta(hours=9, minutes=10)
    away = ((leaves, leaves + timedelta(minutes=90), "ill"),)
    hours = OFFICE.without([(away[0][0], away[0][1])])
    made = scene(NEVER, always(5), leads=1)
    made = replace(made, players=[Player(1, hours, NEVER, away), made.players[1]])
    played = play(made, random.Random(1))
    assert (played.misses, played.waits) == (0, [900.0])


@pytest.mark.rule("S-52")
def test_the_same_seed_is_the_same_run() -> None:
    made = scene(HALF, HALF, HALF, leads=60, every=7)
    assert play(made, random.Random(5)) == play(made, random.Random(5))
    assert play(made, random.Random(5)) != play(made, random.Random(6))


def test_reactions_are_drawn_as_the_curve_says_and_nothing_beyond_it() -> None:
    curve = kaplan_meier([Seen(t, taken=True) for t in (10, 20, 30)] + [Seen(60, taken=False)])
    assert [drawn(curve, lot) for lot in (0.99, 0.76, 0.74, 0.51, 0.49, 0.26, 0.24, 0.0)] == [
        10, 10, 20, 20, 30, 30, None, None,
    ]  # fmt: skip


def test_figures_of_many_runs() -> None:
    made = scene(HALF, HALF, leads=30, every=40)
    runs = [figures(play(made, random.Random(seed))) for seed in range(40)]
    first = spread(run["first"] for run in runs)
    assert first.low < 50 < first.high
    assert first.low <= first.mean <= first.high
    with pytest.raises(ValueError, match="no run"):
        spread([])


@pytest.mark.rule("S-33")
def test_who_declines_passes_it_on_at_once_without_a_miss() -> None:
    made = scene(NEVER, always(10), leads=6)
    made = replace(made, players=[replace(made.players[0], declines=always(5)), made.players[1]])
    played = play(made, random.Random(1))
    assert (played.taken, played.misses, played.declines) == (6, 0, 6)
    assert played.waits == [900.0] * 6  # he is the next each time: his last offer is older


@pytest.mark.rule("S-27")
def test_a_colleague_takes_what_another_was_offered() -> None:
    played = play(replace(scene(NEVER, NEVER, leads=4), helped=always(7)), random.Random(1))
    assert (played.waits, played.misses, played.first) == ([420.0] * 4, 0, 0)


@pytest.mark.rule("S-25")
@pytest.mark.parametrize(("owner", "known"), [(2, None), (None, 2)])
def test_who_had_the_first_right_has_it_again(owner: int | None, known: int | None) -> None:
    made = scene(always(10), always(1), leads=4)
    made = replace(made, arrivals=[coming._replace(owner=owner, known=known) for coming in made.arrivals])
    played = play(made, random.Random(1))
    assert played.offers == {2: 4}
    assert played.waits == [60.0] * 4
    by_turn = replace(made, policy=replace(POLICY, first_turn="drum"))
    assert play(by_turn, random.Random(1)).offers == ({1: 2, 2: 2} if owner else {2: 4})
