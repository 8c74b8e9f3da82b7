"""The conformance table of the documentation names the stories of today, and every one is green in all three places."""

from __future__ import annotations

from tests.bitrix24 import conformance, tried


def test_the_page_tells_of_these_stories() -> None:
    green = {(story, column): "✓" for story in conformance.stories() for column in conformance.COLUMNS}
    assert conformance.PAGE.read_text(encoding="utf-8") == conformance.page(green)


def test_what_it_says_was_tried_is_a_test() -> None:
    assert tried.missing() == []
