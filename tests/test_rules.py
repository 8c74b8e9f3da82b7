"""docs/rules.md keeps its promise: every rule is shown by a test or says why not."""

from __future__ import annotations

from tests import rules


def test_every_rule_has_a_test_or_a_reason() -> None:
    shown = rules.shown()
    silent = [number for number in rules.numbers() if not shown[number] and number not in rules.REASONS]
    assert not silent, f"neither a test nor a reason: {silent}"


def test_no_test_names_a_rule_that_does_not_exist() -> None:
    unknown = set(rules.shown()) - set(rules.numbers())
    assert not unknown, f"not in docs/rules.md: {unknown}"


def test_the_table_is_todays() -> None:
    assert rules.PAGE.read_text(encoding="utf-8") == rules.page(), "run: python -m tests.rules"
