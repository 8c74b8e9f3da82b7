"""Compile every area's translations: `python -m leaddrum.locale`."""

from __future__ import annotations

import re
from pathlib import Path

import polib

FOLDER = Path(__file__).parent / "locale"
DASH = re.compile(r"(?<=\S) (?=—\s)")
"""A Russian line may end with a dash and never begins with one."""


def catalogues() -> list[Path]:
    return sorted(FOLDER.glob("*/*/LC_MESSAGES/django.po"))


def compiled(source: Path) -> bytes:
    """The binary form of one catalogue, the same bytes for the same text."""
    catalogue = polib.pofile(str(source))
    for entry in catalogue:
        entry.msgstr = _set(entry.msgstr)
        entry.msgstr_plural = {number: _set(text) for number, text in entry.msgstr_plural.items()}
    return bytes(catalogue.to_binary())


def _set(text: str) -> str:
    """A text as it is set: a dash keeps to the word before it."""
    return DASH.sub("\N{NO-BREAK SPACE}", text)


def main() -> None:
    for source in catalogues():
        source.with_suffix(".mo").write_bytes(compiled(source))


if __name__ == "__main__":
    main()
