"""Many rules at once give the answers of trying each in turn (S-26)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaddrum.core import routing

VALUES = st.sampled_from(["web", "Web ", "call", "урал", "150 000", 150000, True, None, 3.5, ""])
FIELDS = st.sampled_from(["source", "fields.region", "fields.amount", "language"])
RANGES = st.fixed_dictionaries({"min": st.integers(0, 200_000)})
WANTED = st.one_of(st.lists(VALUES.filter(lambda value: value is not None), min_size=1, max_size=3), RANGES)
RULES = st.lists(st.dictionaries(FIELDS, WANTED, min_size=1, max_size=3), max_size=12)
LEADS = st.dictionaries(FIELDS, st.one_of(VALUES, st.lists(VALUES, max_size=3)), max_size=4)


@pytest.mark.rule("S-26")
@given(rules=RULES, lead=LEADS)
def test_the_router_answers_as_trying_every_rule_does(rules: list[dict[str, Any]], lead: dict[str, Any]) -> None:
    assert routing.Router(rules).route(lead) == routing.route(rules, lead)


@given(rules=RULES, lead=LEADS)
def test_a_rule_misses_by_its_first_field_that_is_not_so(rules: list[dict[str, Any]], lead: dict[str, Any]) -> None:
    for rule in rules:
        assert (routing.first_miss(rule, lead) is None) == routing.matches(rule, lead)
