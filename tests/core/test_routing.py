"""Routing rules: the first match wins, all matches are told, and what is called unreachable is (S-26)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaddrum.core.lint import contested, overlaps, unreachable
from leaddrum.core.routing import matches, number, route

pytestmark = pytest.mark.rule("S-26")

VALUES = st.sampled_from(["call", "Call ", "chat", "form", 1, 2, 2.0, "2", True])
NUMBERS = st.integers(-3, 3)
RANGES = st.fixed_dictionaries({}, optional={"min": NUMBERS, "max": NUMBERS}).filter(bool)
FIELDS = ["source", "fields.region", "fields.amount"]
RULES = st.lists(
    st.dictionaries(st.sampled_from(FIELDS), st.lists(VALUES, min_size=1, max_size=3) | RANGES, min_size=1, max_size=3),
    max_size=5,
)
LEADS = st.dictionaries(st.sampled_from(FIELDS), VALUES | NUMBERS | st.lists(VALUES | NUMBERS, max_size=3))


@given(RULES, LEADS)
def test_the_first_of_all_matching_rules_wins(rules: list[dict[str, Any]], lead: dict[str, Any]) -> None:
    routed = route(rules, lead)
    assert routed.matched == tuple(at for at, rule in enumerate(rules) if matches(rule, lead))
    assert routed.first == (routed.matched[0] if routed.matched else None)


@given(RULES, LEADS)
def test_a_rule_called_unreachable_never_wins_and_one_of_those_named_takes_its_lead(
    rules: list[dict[str, Any]], lead: dict[str, Any]
) -> None:
    routed = route(rules, lead)
    for position, takers in unreachable(rules):
        assert routed.first != position
        if position in routed.matched:
            assert set(takers) & set(routed.matched)


@given(RULES, LEADS)
def test_two_rules_that_match_one_lead_of_single_values_overlap(
    rules: list[dict[str, Any]], lead: dict[str, Any]
) -> None:
    single = {field: value for field, value in lead.items() if not isinstance(value, list)}
    matched = route(rules, single).matched
    pairs = set(overlaps(rules))
    assert all((first, second) in pairs for first in matched for second in matched if first < second)


@given(RULES, LEADS, st.lists(st.sampled_from("ab"), min_size=5, max_size=5))
def test_neighbours_that_are_not_contested_may_change_places(
    rules: list[dict[str, Any]], lead: dict[str, Any], drums: list[str]
) -> None:
    single = {field: value for field, value in lead.items() if not isinstance(value, list)}
    dead = dict(unreachable(rules))
    pairs = contested(rules, drums, dead)
    assert all(drums[first] != drums[second] for first, second in pairs)

    def goes_to(order: list[int]) -> str | None:
        first = route([rules[at] for at in order], single).first
        return None if first is None else drums[order[first]]

    order = list(range(len(rules)))
    for at in order[:-1]:
        if (at, at + 1) not in pairs and at not in dead and at + 1 not in dead:
            assert goes_to([*order[:at], at + 1, at, *order[at + 2 :]]) == goes_to(order)


def test_case_spaces_and_the_way_a_number_is_written_do_not_matter() -> None:
    rule = {"source": ["Звонок"], "fields.amount": [150000]}
    assert matches(rule, {"source": "  звонок ", "fields": {"amount": "150000"}})
    assert matches({"fields.region": ["Санкт-Петербург"]}, {"fields.region": "САНКТ-ПЕТЕРБУРГ"})
    assert not matches(rule, {"source": "звонок"})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (150000, True),
        ("150 000,50", True),
        ("150\u00a0000", True),
        ("99999.99", False),
        ("много", False),
        (None, False),
        (True, False),
        ("nan", False),
        ("inf", False),
        (["5", "200000"], True),
    ],
)
def test_amounts_in_a_range(value: object, found: bool) -> None:
    assert matches({"fields.amount": {"min": 100000}}, {"fields.amount": value}) is found


NO_NUMBERS: list[object] = ["1e400", "", "1 2 3", [], float("nan")]


def test_numbers_that_are_none() -> None:
    assert [number(value) for value in NO_NUMBERS] == [None, None, 123.0, None, None]


def test_several_earlier_rules_can_shut_one_out_together() -> None:
    rules: list[dict[str, Any]] = [
        {"source": ["call"]},
        {"source": ["chat"], "fields.region": ["Омск"]},
        {"source": ["call", "CHAT"], "fields.region": ["омск"]},
        {"source": ["call", "chat"]},
    ]
    assert unreachable(rules) == ((2, (0, 1)),)


def test_a_narrower_range_after_a_wider_one_is_shut_out() -> None:
    rules: list[dict[str, Any]] = [
        {"fields.amount": {"min": 10}},
        {"fields.amount": {"min": 20, "max": 30}},
        {"fields.amount": [25]},
        {"fields.amount": {"min": 5}},
    ]
    assert unreachable(rules) == ((1, (0,)), (2, (0,)))
    assert (0, 3) in overlaps(rules)
