"""A period once more under another policy, in memory and with the product's own rules (S-52)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leaddrum.core.policy import Escalation, Policy, Roster, Strategy
from leaddrum.core.replay import play
from leaddrum.core.replayed import figures, spread
from leaddrum.core.scene import Coming, Player, Scene
from leaddrum.core.survival import Curve, Seen, drawn, kaplan_meier
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


@pytest.mark.rule("S-27", "S-18")
def test_a_colleagues_take_frees_one_hand_not_two() -> None:
    """Each may hold one; the first is taken by a colleague, so of the next three one waits until a hand is free."""
    policy = replace(POLICY, open_offers_cap=1)
    made = replace(scene(NEVER, NEVER, policy=policy, leads=4), helped=always(7))
    at = [DAY + timedelta(hours=9, minutes=minute) for minute in (0, 10, 10, 10)]
    played = play(replace(made, arrivals=[Coming(instant) for instant in at]), random.Random(1))
    assert sorted(played.waits) == [420.0, 420.0, 420.0, 840.0]


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


def paused(made: Scene, person: int, *pauses: tuple[float, float | None]) -> Scene:
    """With these pauses of his, in hours of the first day."""
    spans = tuple(
        (DAY + timedelta(hours=start), None if end is None else DAY + timedelta(hours=end)) for start, end in pauses
    )
    players = [replace(one, pauses=spans) if one.id == person else one for one in made.players]
    return replace(made, players=players)


@pytest.mark.rule("S-24", "S-52")
def test_who_is_paused_half_the_day_is_offered_leads_in_the_other_half_alone() -> None:
    """One a half hour from nine on, for three: six while the first one is out, and then in turn."""
    made = scene(always(1), always(1), always(1), leads=18, every=30)
    played = play(paused(made, 1, (8, 12)), random.Random(1))
    assert played.offers == {1: 4, 2: 7, 3: 7}
    assert played.taken == 18
    assert play(paused(made, 1, (8, 10), (11, 13)), random.Random(1)).offers[1] < 6
    assert 1 not in play(paused(made, 1, (8, None)), random.Random(1)).offers  # it has not ended


@pytest.mark.rule("S-24", "S-19")
def test_a_pause_is_not_foreseen_and_ends_the_turn_through_nobodys_fault() -> None:
    """Offered five minutes before he steps out: it passes on then, with a full budget and without a miss."""
    made = paused(scene(NEVER, always(25), leads=1), 1, (9 + 5 / 60, 17))
    played = play(made, random.Random(1))
    assert (played.offers, played.misses, played.handovers) == ({1: 1, 2: 1}, 0, 1)
    assert played.waits == [30 * 60.0]


@pytest.mark.rule("S-24", "S-22")
def test_what_waits_while_all_are_paused_is_offered_when_one_is_back() -> None:
    made = paused(paused(scene(always(1), always(1), leads=2), 1, (8, 16)), 2, (8, 11.5))
    assert play(made, random.Random(1)).waits == [9060.0, 5460.0]


@pytest.mark.rule("S-24")
def test_who_is_paused_takes_no_ones_lead_either() -> None:
    made = replace(scene(NEVER, NEVER, leads=1), helped=always(7))
    assert play(made, random.Random(1)).misses == 0
    assert play(paused(made, 2, (8, 18)), random.Random(1)).misses > 0


@pytest.mark.rule("S-55")
def test_who_misses_again_and_again_is_out_for_as_long_as_people_really_were() -> None:
    """He misses his first two; an hour later he has the next."""
    policy = replace(POLICY, pause_after=2)
    made = scene(NEVER, always(1), policy=policy, leads=16, every=30)
    played = play(replace(made, returns=[3600.0]), random.Random(1))
    without = play(made, random.Random(1))  # nobody came back: it is not known when he would
    assert without.misses == 8
    assert 2 < played.misses < without.misses
    assert play(replace(made, returns=[1e9]), random.Random(1)).missed == {1: 2}


@pytest.mark.rule("S-55", "S-24")
def test_whom_his_misses_pause_passes_on_what_else_he_holds() -> None:
    policy = replace(POLICY, pause_after=1)
    made = replace(scene(NEVER, always(1), policy=policy, leads=2), returns=[1e9])
    at = [DAY + timedelta(hours=9), DAY + timedelta(hours=9, minutes=10)]
    made = replace(made, arrivals=[Coming(instant, owner=1) for instant in at])
    played = play(made, random.Random(1))
    assert (played.misses, played.handovers) == (1, 2)
    assert played.waits == [1800 + 20 + 60.0, 1200 + 20 + 60.0]
