"""What is done to text before it is kept.

Nothing is cut off and nothing is escaped here: too long is an error (S-46), and HTML stays the text it is, because it
is escaped where it is shown. What goes is what no table can hold (NUL, lone surrogates), what no keyboard types
(control characters) and what would turn round the text that follows it on a page (explicit direction overrides).
Letters of right-to-left scripts, their marks and emoji with their joiners stay.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from typing import Any

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069"
_REMOVED = re.compile(f"[{_CONTROL}]")
_BREAKS = re.compile(r"[\s\u2028\u2029\u0085]+")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_DEPTH = 20


def one_line(text: str) -> str:
    """A line without control characters, runs of white space as one blank, composed (NFC)."""
    return unicodedata.normalize("NFC", _REMOVED.sub("", _BREAKS.sub(" ", text))).strip()


def many_lines(text: str) -> str:
    """Text with its line breaks as ``\\n``, without other control characters, composed (NFC)."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u0085", "\n").replace("\u2028", "\n")
    return unicodedata.normalize("NFC", _REMOVED.sub("", unified.replace("\u2029", "\n"))).strip()


def number(text: str, longest: int = 150) -> str:
    """Somebody else's number of something, in one line. Of a longer one its digest: cut off, two could be the same, and
    the second would be taken for a repeat."""
    line = one_line(text)
    return line if len(line) <= longest else "sha256:" + hashlib.sha256(line.encode()).hexdigest()


def storable(value: Any, depth: int = _DEPTH) -> Any:
    """The same JSON value in a form both databases keep: a raw request is kept as it came, as far as that is possible.

    PostgreSQL's jsonb refuses NUL, UTF-8 has no lone surrogates, JSON no infinities; each becomes U+FFFD or text.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth and isinstance(value, dict):
        return {storable(str(key)): storable(item, depth - 1) for key, item in value.items()}
    if depth and isinstance(value, list | tuple):
        return [storable(item, depth - 1) for item in value]
    return storable(str(value)[:200])
