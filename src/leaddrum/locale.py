"""Compile every area's translations: `python -m leaddrum.locale`."""

from __future__ import annotations

from pathlib import Path

import polib

FOLDER = Path(__file__).parent / "locale"


def catalogues() -> list[Path]:
    return sorted(FOLDER.glob("*/*/LC_MESSAGES/django.po"))


def compiled(source: Path) -> bytes:
    """The binary form of one catalogue, the same bytes for the same text."""
    return bytes(polib.pofile(str(source)).to_binary())


def main() -> None:
    for source in catalogues():
        source.with_suffix(".mo").write_bytes(compiled(source))


if __name__ == "__main__":
    main()
