"""The choice, for any people: one line each, nobody barred, nobody forgotten, and fair (S-17 to S-20)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaddrum.core.cycle import Line, Part
from leaddrum.core.policy import Policy, Roster, Strategy
from leaddrum.core.pool import Candidate, Pool
from leaddrum.core.roster import choose, credit
from leaddrum.core.worktime import Calendar

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = (NOON - timedelta(days=30), NOON + timedelta(days=30))
ALWAYS = Calendar.always(WINDOW)
SHIFTS = [ALWAYS, *(Calendar([(NOON - timedelta(hours=3), NOON + timedelta(minutes=m))], WINDOW) for m in (-60, 3, 20))]
BUDGET = 1800
ELIGIBLE = {"chosen", "short_rest", "had_it", "cannot_fit", "after", "later"}


def candidate(number: int, **values: object) -> Candidate:
    return Candidate(id=number, position=number, hours=ALWAYS, **values)  # type: ignore[arg-type]  # drawn by Hypothesis


def pool(people: list[Candidate], strategy: Strategy = Strategy.CIRCLE, *, step: int = 0) -> Pool:
    policy = Policy(drum="drum", version=1, roster=Roster(), entry=("new",), strategy=strategy, budget=BUDGET)
    return Pool(NOON + timedelta(seconds=step), ALWAYS, {person.id: person for person in people}, policy)


people_of_any_kind = st.lists(
    st.builds(
        lambda barred, shift, offers, leads, last: (barred, shift, offers, leads, last),
        st.sampled_from(["", "", "", "paused", "inactive", "technical"]),
        st.sampled_from(SHIFTS),
        st.integers(0, 4),
        st.integers(0, 5),
        st.none() | st.integers(1, 5000),
    ),
    min_size=1,
    max_size=8,
).map(
    lambda rows: [
        Candidate(
            id=number,
            position=number,
            hours=shift,
            barred=barred,
            open_offers=offers,
            open_leads=leads,
            last_offer=NOON - timedelta(minutes=last) if last else None,
        )
        for number, (barred, shift, offers, leads, last) in enumerate(rows)
    ]
)
parts = st.dictionaries(
    st.integers(0, 7),
    st.builds(
        lambda turn, passed: Part(turn, NOON - timedelta(minutes=passed) if passed else None),
        st.integers(1, 9),
        st.none() | st.integers(1, 90),
    ),
)
named = st.sampled_from([Strategy.CIRCLE, Strategy.WEIGHTED, Strategy.LEAST_LOADED])


@pytest.mark.rule("S-18", "S-20")
@given(people_of_any_kind, parts, named)
def test_one_line_each_and_the_chosen_is_eligible(
    people: list[Candidate], seen: dict[int, Part], strategy: Strategy
) -> None:
    choice = choose(pool(people, strategy), seen, BUDGET)
    assert sorted(line.person for line in choice.lines) == [person.id for person in people]
    chosen = [line.person for line in choice.lines if line.code == "chosen"]
    assert chosen == ([] if choice.person is None else [choice.person])
    if choice.person is None:
        assert choice.reason in {"nobody", "cap", "cooldown"}
        return
    person = people[choice.person]
    assert not person.barred
    assert person.hours.is_open(NOON)
    assert person.open_offers < 3
    passed = seen.get(person.id, Part()).passed_at
    assert passed is None or NOON - passed >= timedelta(seconds=BUDGET)


@pytest.mark.rule("S-18", "S-19", "S-20")
@given(people_of_any_kind, parts, named)
def test_nobody_gets_it_again_before_everybody_else_eligible_has_had_it(
    people: list[Candidate], seen: dict[int, Part], strategy: Strategy
) -> None:
    choice = choose(pool(people, strategy), seen, BUDGET)
    codes = {line.person: line.code for line in choice.lines}
    if choice.person is None:
        return
    eligible = [person for person in people if codes[person.id] in {"chosen", "had_it", "cannot_fit", "later"}]
    turn = seen.get(choice.person, Part()).last_turn
    why = next(line.value for line in choice.lines if line.code == "chosen")
    assert why == ("again" if turn else strategy.value)  # what decided, not what would have
    if eligible and any(person.id == choice.person for person in eligible if person.hours is not SHIFTS[2]):
        assert turn == min(seen.get(person.id, Part()).last_turn for person in eligible)


@pytest.mark.rule("S-2", "S-20", "S-25")
@given(people_of_any_kind, parts, named, st.integers(0, 7), st.sampled_from(["owner", "known"]))
def test_behind_a_first_right_only_the_strategys_reason_changes(
    people: list[Candidate], seen: dict[int, Part], strategy: Strategy, prefer: int, why: str
) -> None:
    """The strategy did not decide, so nobody is told its measure; every other reason is as it would have been."""
    by_turn = choose(pool(people, strategy), seen, BUDGET)
    choice = choose(pool(people, strategy), seen, BUDGET, prefer=prefer, why=why)
    if choice.person != prefer or Line(prefer, "chosen", why) not in choice.lines:
        assert set(choice.lines) == set(by_turn.lines)
        return
    before = {line.person: line for line in by_turn.lines}
    for line in choice.lines:
        if line.person not in {prefer, by_turn.person}:
            otherwise = before[line.person]
            assert line == (Line(line.person, "after", why) if otherwise.code == "later" else otherwise)


@pytest.mark.rule("S-17")
@given(st.integers(1, 9), st.integers(1, 60))
def test_the_circle_is_fair_to_less_than_one_lead(number: int, offers: int) -> None:
    people = [candidate(person) for person in range(number)]
    counts = [0] * number
    for step in range(offers):
        chosen = choose(pool(people, step=step), {}, BUDGET).person
        assert chosen is not None
        counts[chosen] += 1
        people[chosen].last_offer = NOON + timedelta(seconds=step)
        assert max(counts) - min(counts) <= 1


@pytest.mark.rule("S-17")
@given(st.integers(2, 6), st.lists(st.sets(st.integers(0, 5)), min_size=10, max_size=40))
def test_who_is_always_there_is_offered_one_of_any_n_leads(number: int, absent: list[set[int]]) -> None:
    people = [candidate(person) for person in range(number)]
    since_last = 0
    for step, away in enumerate(absent):
        for person in people:
            person.barred = "paused" if person.id in away and person.id else ""
        chosen = choose(pool(people, step=step), {}, BUDGET).person
        assert chosen is not None
        people[chosen].last_offer = NOON + timedelta(seconds=step)
        since_last = 0 if chosen == 0 else since_last + 1
        assert since_last < number  # nobody comes round twice before the one who is always there


@pytest.mark.rule("S-17")
@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=7), st.integers(1, 120))
def test_weighted_keeps_everybody_near_his_share(weights: list[float], offers: int) -> None:
    """Nobody is a whole lead ahead of his share, nobody further behind than the harmonic number of the people.

    The second bound is that of the cup game under greedy emptying (Adler et al., SODA 2003).
    """
    people = [candidate(number, weight=weight) for number, weight in enumerate(weights)]
    everybody = [person.id for person in people]
    harmonic = sum(1 / number for number in range(1, len(people) + 1))
    for step in range(offers):
        group = pool(people, Strategy.WEIGHTED, step=step)
        chosen = choose(group, {}, BUDGET).person
        assert chosen is not None
        credit(group, chosen, everybody)
        people[chosen].last_offer = NOON + timedelta(seconds=step)
        assert abs(sum(person.credit for person in people)) < 1e-6
        assert min(person.credit for person in people) >= -1
        assert max(person.credit for person in people) <= harmonic + 1e-6


@pytest.mark.rule("S-17")
@given(people_of_any_kind)
def test_least_loaded_chooses_the_least(people: list[Candidate]) -> None:
    choice = choose(pool(people, Strategy.LEAST_LOADED), {}, BUDGET)
    codes = {line.person: line.code for line in choice.lines}
    compared = [person for person in people if codes[person.id] in {"chosen", "later"}]
    if choice.person is not None:
        loads = [person.open_leads + person.open_offers for person in compared]
        chosen = people[choice.person]
        assert chosen.open_leads + chosen.open_offers == min(loads)


def distinct(people: list[Candidate]) -> list[Candidate]:
    """The same people; no two of them had their last offer at the same instant, everybody had one."""
    for person in people:
        person.last_offer = (person.last_offer or NOON - timedelta(days=2)) - timedelta(seconds=person.id)
    return people


@pytest.mark.rule("S-17")
@given(people_of_any_kind.map(distinct), parts, st.randoms(), st.sets(st.integers(0, 7)))
def test_an_edited_roster_disturbs_nobody(
    people: list[Candidate], seen: dict[int, Part], order: Random, leaving: set[int]
) -> None:
    """Another order, fewer people: whoever was next still is, as long as he is there."""
    chosen = choose(pool(people), seen, BUDGET).person
    positions = list(range(len(people)))
    order.shuffle(positions)
    for person, position in zip(people, positions, strict=True):
        person.position = position
    kept = [person for person in people if person.id not in leaving or person.id == chosen]
    if kept:
        assert choose(pool(kept), seen, BUDGET).person == chosen


@pytest.mark.rule("S-19")
@given(people_of_any_kind, parts, named)
def test_look_ahead(people: list[Candidate], seen: dict[int, Part], strategy: Strategy) -> None:
    """Nobody begins a turn near the end of his shift while an equal could fit it."""
    group = pool(people, strategy)
    choice = choose(group, seen, BUDGET)
    if choice.person is None:
        return
    codes = {line.person: line.code for line in choice.lines}
    eligible = [person for person in people if codes[person.id] in ELIGIBLE]
    left = {person.id: person.hours.shift_left(NOON) for person in eligible}
    if left[choice.person] < group.policy.min_rest:
        assert all(rest < group.policy.min_rest for rest in left.values())
    elif left[choice.person] < BUDGET:
        turn = seen.get(choice.person, Part()).last_turn
        equals = [person.id for person in eligible if seen.get(person.id, Part()).last_turn == turn]
        assert all(left[person] < BUDGET for person in equals)


@pytest.mark.rule("S-3")
@given(people_of_any_kind, parts, named)
def test_the_next_is_who_would_be_chosen_without_the_chosen(
    people: list[Candidate], seen: dict[int, Part], strategy: Strategy
) -> None:
    choice = choose(pool(people, strategy), seen, BUDGET)
    rest = [person for person in people if person.id != choice.person]
    after = choose(pool(rest, strategy), seen, BUDGET).person if rest else None
    if choice.person is None:
        assert choice.next_up is None
    elif after is not None:
        assert choice.next_up == after
    elif choice.next_up is not None:  # in cooldown now, ready when the turn ends
        assert choice.next_up != choice.person
        passed = seen[choice.next_up].passed_at
        assert passed is not None
        assert passed + timedelta(seconds=BUDGET) <= NOON + timedelta(seconds=BUDGET)


@pytest.mark.rule("S-17", "S-20")
def test_lines_of_one_instant_tell_the_newest_offers() -> None:
    """Three leads at once: whoever has just been offered one stands behind the others, and his line says since when."""
    circle = pool([candidate(1), candidate(2), candidate(3)])
    lines = []
    for _ in range(4):
        found = choose(circle, {}, BUDGET)
        assert found.person is not None
        circle.offered(found.person)
        lines.append([(line.person, line.code, line.value[17:]) for line in found.lines])
    first, second, third = "00+00:00", "00.000001+00:00", "00.000002+00:00"
    assert lines == [
        [(1, "chosen", ""), (2, "later", ""), (3, "later", "")],
        [(2, "chosen", ""), (3, "later", ""), (1, "later", first)],
        [(3, "chosen", ""), (1, "later", first), (2, "later", second)],
        [(1, "chosen", ""), (2, "later", second), (3, "later", third)],
    ]


@pytest.mark.rule("S-17")
def test_a_guest_who_had_his_offer_later_is_not_put_before_who_is_offered_now() -> None:
    circle = pool([candidate(1), candidate(2)])
    circle.offered(1)
    guest = candidate(3, guest=True, last_offer=NOON + timedelta(microseconds=5))
    circle.people[guest.id] = guest
    circle.offered(2)
    assert circle.people[2].last_offer == NOON + timedelta(microseconds=6)
