"""Every column of the feeds is documented, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaddrum.facts import document
from leaddrum.facts.columns import ENTITIES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("name", "language"), [("feeds.md", "en"), ("feeds.ru.md", "ru")])
def test_the_pages_have_the_columns_as_they_are(name: str, language: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert text == document.written(text, language)


def test_a_link_leads_to_a_column_of_its_own_and_to_the_key_of_another() -> None:
    for entity in ENTITIES.values():
        assert entity.column(entity.key) is not None
        for link in entity.links:
            ours, theirs = entity.column(link.column), ENTITIES[link.target].column(ENTITIES[link.target].key)
            assert ours is not None
            assert theirs is not None
            assert ours.kind == theirs.kind
