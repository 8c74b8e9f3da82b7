"""Tables as people have them: any encoding, any delimiter, broken quotes. Text in, rows with their line numbers out."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = ("utf-8-sig", "cp1251", "utf-16", "koi8-r", "cp866")
LONGEST_ROW = 50  # lines: a cell may hold line breaks; a quote open for longer was never meant to be one
_LOOKED_AT = 30  # lines the delimiter is guessed from
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class NoTableError(ValueError):
    """The file is no table that can be read; says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """`line`: of its first line, from 1. `wrong`: why its cells cannot be told; then there are none."""

    line: int
    lines: int
    cells: tuple[str, ...] = ()
    wrong: str = ""


def encoding_of(content: bytes) -> str:
    """The encoding the bytes are most likely in.

    Raises:
        NoTableError: an Excel workbook or another binary file.
    """
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NoTableError(_("This is an Excel workbook. Save it as CSV first."))
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    head = content[:4096]
    if head.count(0) > len(head) // 4:  # every other byte of Latin text in UTF-16
        return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8-sig"


def lines_of(content: bytes, encoding: str) -> list[str]:
    """The text's lines with their ends.

    Raises:
        NoTableError: the bytes are not in this encoding; says where.
    """
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        where = content.count(b"\n", 0, error.start) + 1 if isinstance(error, UnicodeDecodeError) else 1
        what = _("The file is not in the encoding %(encoding)s: line %(line)s cannot be read.")
        raise NoTableError(what % {"encoding": encoding, "line": where}) from error
    if "\x00" in text:
        raise NoTableError(_("This is not a text file: it holds zero bytes."))
    return list(io.StringIO(text, newline=""))


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter under which the first lines have the most columns in common; a comma where there is but one."""
    first = lines[0].strip() if lines else ""
    if first.lower().startswith("sep=") and first[4:] in DELIMITERS:  # what Excel writes and reads
        return first[4:]
    return max(DELIMITERS, key=lambda delimiter: (_agreement(lines[:_LOOKED_AT], delimiter), delimiter == ","))


def rows(lines: Sequence[str], delimiter: str, start: int = 0) -> Iterator[Row]:
    """The rows from line index `start` on, empty ones left out. A broken one is told and costs no other row its place:
    when a quote is not closed, or something follows a closing one, that line alone is refused and the next begins
    anew."""
    at = start
    while at < len(lines):
        row = _row_at(lines, at, delimiter)
        at += row.lines
        if row.wrong or any(cell.strip() for cell in row.cells):
            yield row


def first_row(lines: Sequence[str]) -> int:
    """Index of the first line that belongs to the table."""
    return 1 if lines and lines[0].strip().lower().startswith("sep=") else 0


def _row_at(lines: Sequence[str], at: int, delimiter: str) -> Row:
    used = 0

    def fed() -> Iterator[str]:
        nonlocal used
        for line in lines[at : at + LONGEST_ROW]:
            used += 1
            yield line

    try:
        cells = next(csv.reader(fed(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return Row(at + 1, 1, wrong=_in_words(str(error)))
    return Row(at + 1, max(used, 1), tuple(cells))


def _in_words(error: str) -> str:
    """What Python's csv module complains of."""
    if "unexpected end" in error:
        return _("A quote is opened and never closed.")
    if "expected after" in error:
        return _("After a closing quote only a delimiter or the end of the line may follow.")
    return _("Broken quotes: %s.") % error


def _agreement(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """(rows with the commonest number of columns, that number), where that number is more than one."""
    widths = [len(row.cells) for row in rows(lines, delimiter, first_row(lines)) if not row.wrong]
    if not widths:
        return (0, 0)
    commonest = max(set(widths), key=lambda width: (widths.count(width), width))
    return (widths.count(commonest), commonest) if commonest > 1 else (0, 0)
