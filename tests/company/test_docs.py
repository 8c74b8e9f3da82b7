"""Every key that a company file may have is in its reference, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from leaddrum.company import Unreadable, choices, read
from leaddrum.company.table import Table
from tests.company.files import SMALL

DOCS = Path(__file__).parents[2] / "docs"

# One of each section, so that the reader asks for every key it knows.
FULL = SMALL.replace(
    'weekdays = ["09:00-18:00"]',
    'weekdays = ["09:00-18:00"]\nshifts = {}\nexceptions = [{}]',
).replace(
    "[routing]",
    '[bitrix24]\nwatch = [{}]\n[[routes]]\nwhen = { fields.sum = { min = 1 } }\ndrum = "leads"\n[routing]',
)
NAMES = {"office", "new", "work", "junk", "sum"}  # chosen by the file's author


def known_keys(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    asked: set[str] = set()
    raw = Table.raw

    def recorded(table: Table, key: str | int) -> Any:
        if isinstance(key, str):
            asked.add(key)
        return raw(table, key)

    monkeypatch.setattr(Table, "raw", recorded)
    with pytest.raises(Unreadable):  # the portal's section alone is an error
        read(FULL)
    return asked - NAMES


@pytest.mark.parametrize("name", ["company-file.md", "company-file.ru.md"])
def test_every_known_key_is_documented(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = known_keys(monkeypatch)
    assert {"verdict_delay", "owners_department", "anchor", "webhook_file", "deputy"} <= keys
    text = (DOCS / name).read_text(encoding="utf-8")
    code = " ".join(text.split("`")[1::2])
    words = set(code.replace("[", " ").replace("]", " ").replace('"', " ").replace(".", " ").replace(",", " ").split())
    assert keys - words == set()


@pytest.mark.parametrize(("name", "language"), [("company-file.md", "en"), ("company-file.ru.md", "ru")])
def test_who_is_next_is_said_as_the_pages_say_it(name: str, language: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    with translation.override(language):
        said = [f"`{code}` ({choices.chosen('strategy', code)}" for code in choices.CHOICES["strategy"]]
    assert [one for one in said if one not in text] == []
