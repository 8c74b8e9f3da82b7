"""Company files for tests: the example, and a small one that tests change."""

from __future__ import annotations

from pathlib import Path

EXAMPLE = (Path(__file__).parents[2] / "examples" / "company.toml").read_text(encoding="utf-8")

SMALL = """\
[company]
name = "Окна"
zone = "Europe/Moscow"
language = "en"
[stages]
new = { title = "New", meaning = "entry" }
work = { title = "In work", meaning = "take" }
junk = { title = "Junk", meaning = "close" }
[calendars.office]
weekdays = ["09:00-18:00"]
[[departments]]
id = "sales"
name = "Sales"
head = "olga"
[[people]]
id = "olga"
name = "Olga"
email = "olga@example.com"
role = "head"
departments = ["sales"]
[[people]]
id = "anna"
name = "Anna"
email = "anna@example.com"
departments = ["sales"]
[[absences]]
person = "anna"
from = 2026-12-01T00:00:00
to = 2026-12-15
[[drums]]
id = "leads"
name = "Leads"
entry = ["new"]
roster = { department = "sales" }
budget = "30m"
calendar = "office"
[[routes]]
when = { source = ["call"] }
drum = "leads"
[routing]
default_drum = "leads"
"""

MORE = '[[drums]]\nid = "more"\nname = "More"\nentry = ["new"]\nroster = { department = "sales" }\nbudget = "5m"\n'


def small(*edits: tuple[str, str]) -> str:
    """The small file with pieces of its text replaced; each must be there."""
    text = SMALL
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, piece: str) -> int:
    """The line, from 1, in which a piece of a text begins."""
    assert piece in text, piece
    return text[: text.index(piece)].count("\n") + 1
