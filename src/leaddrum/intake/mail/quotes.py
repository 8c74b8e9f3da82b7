"""The newest part of a letter: without the history it answers, without the signature.

Line by line, each looked at once and none longer than a header is, so that no letter can make it slow. (The library
that does this with regular expressions over the whole text knows no Russian, and a letter of 20 KB made for it keeps it
busy for half a minute.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 50_000  # characters of a letter that are looked at
AFTER_FOOTER = 2  # lines that may stand behind a phone's footer
_LINE = 300  # characters: whatever is longer is text
_SEPARATOR = re.compile(
    r"[-_ ]{2,}\s*(original message|forwarded message|исходное сообщение|пересылаемое сообщение|"
    r"пересланное сообщение|reply message|конец пересылаемого сообщения)\s*[-_ ]*",
    re.IGNORECASE,
)
_RULER = re.compile(r"_{20,}|-{20,}")
_WROTE = re.compile(r"(wrote|writes|пишет|писал|писала|писал\(а\)|написал|написала|написал\(а\))\s*:", re.IGNORECASE)
_TIME_AND_ADDRESS = re.compile(r"\d{1,2}:\d{2}[^@<]{0,120}<?[\w.+-]+@[\w.-]+>?\s*:")
_FIELD = re.compile(r"[*\s]*(from|sent|date|to|cc|subject|от|отправлено|дата|кому|копия|тема)\s*:[*\s]", re.IGNORECASE)
_FIRST_FIELD = re.compile(r"[*\s]*(from|от|от кого)\s*:[*\s]", re.IGNORECASE)
_SIGNATURE = re.compile(r"--\s?")
_PHONE_FOOTER = re.compile(
    r"(отправлено (с|из) |sent from (my |mail|outlook|yahoo|iphone)|получите outlook)", re.IGNORECASE
)


def newest(text: str) -> tuple[str, str]:
    """(what he writes now, his signature). Of a letter that is nothing but a quotation, the whole of it."""
    lines = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = lines[: _history(lines)]
    own = [line for line in kept if not line.lstrip().startswith(">")]
    body, signature = _signed(own)
    said = "\n".join(body).strip()
    if not said and not signature:
        return "\n".join(line.lstrip("> ") for line in lines).strip(), ""
    return said, "\n".join(signature).strip()


def _history(lines: Sequence[str]) -> int:
    """Index of the line at which the history begins; its length when there is none."""
    for at in range(len(lines)):
        if _begins_history(lines, at) and any(line.strip() for line in lines[:at]):
            return at
    return len(lines)


def _begins_history(lines: Sequence[str], at: int) -> bool:
    line = lines[at].strip()
    if not line or len(line) > _LINE:
        return False
    if _SEPARATOR.fullmatch(line):
        return True
    if _RULER.fullmatch(line):
        return any(_FIRST_FIELD.match(found) for found in lines[at + 1 : at + 3])
    if _FIRST_FIELD.match(line):
        following = sum(1 for found in lines[at + 1 : at + 6] if _FIELD.match(found[:_LINE]))
        return following >= 2
    return _introduces(lines, at)


def _introduces(lines: Sequence[str], at: int) -> bool:
    """“On Monday … wrote:”, on one line or broken into two."""
    joined = ""
    for line in lines[at : at + 2]:
        joined = f"{joined} {line.strip()}".strip()
        if len(joined) > 2 * _LINE or not joined.endswith(":"):
            continue
        dated = any(sign.isdigit() for sign in joined)
        if dated and (_ends(_WROTE, joined) or _TIME_AND_ADDRESS.search(joined)):
            return True
    return False


def _ends(pattern: re.Pattern[str], text: str) -> bool:
    return any(found.end() == len(text) for found in pattern.finditer(text))


def _signed(lines: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The text before the sign of a signature (RFC 3676 4.3), and what follows it. Without a text before it there is
    nothing to sign; and a site's form that begins with “sent from …” is no phone's footer, which stands at the end."""
    written = False
    for at, line in enumerate(lines):
        if written and (_SIGNATURE.fullmatch(line) or _is_footer(lines, at)):
            return lines[:at], lines[at + 1 :]
        written = written or bool(line.strip())
    return lines, ()


def _is_footer(lines: Sequence[str], at: int) -> bool:
    line = lines[at]
    if len(line) >= 80 or not _PHONE_FOOTER.match(line.strip()):
        return False
    return sum(1 for following in lines[at + 1 :] if following.strip()) <= AFTER_FOOTER
