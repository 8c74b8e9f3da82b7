"""A letter as it came over the wire, read: who, about what, what he writes now, with which files.

Read with the parser's forgiving policy and headers decoded here: the strict one refuses what real mail programs send.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from django.utils.translation import gettext as _

from leaddrum.engine import File
from leaddrum.intake import clean
from leaddrum.intake.mail import htmltext, quotes, sorting

MOST_FILES = 10
LARGEST_FILE = 5 * 1024 * 1024  # bytes
LARGEST_FILES = 15 * 1024 * 1024  # together
LARGEST_HEADER = 4000  # characters of one header that are read
MOST_PARTS = 200
_ID = re.compile(r"<[^<>\s]{1,900}>")
_PREFIX = re.compile(r"\s*(re|fwd?|aw|ответ|отв|fw|пересл)\s*(\[\d+\])?\s*:\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_NUMBER = 190  # characters of a Message-ID that fit into the number of a request


class BrokenLetterError(ValueError):
    """The letter cannot be read; says why."""


@dataclass(frozen=True, slots=True)
class Letter:
    number: str  # of the request: its Message-ID, or what it consists of when it has none
    follows: tuple[str, ...]  # numbers of the letters it answers, the nearest first
    sender: tuple[str, str]  # (name, address)
    answer_to: tuple[str, str]  # where an answer goes
    to: tuple[str, ...]  # addresses
    subject: str
    text: str
    signature: str
    files: tuple[File, ...]
    left_out: tuple[str, ...]  # names of files that were too many or too large
    aside: str  # why it is no request; see `sorting`


def read(raw: bytes) -> Letter:
    """
    Raises:
        BrokenLetterError: whatever the parser stumbles over: no letter may stop those behind it (S-46).
    """
    try:
        return _read(raw)
    except BrokenLetterError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError) as error:
        raise BrokenLetterError(f"{type(error).__name__}: {error}"[:300]) from error


def digest(raw: bytes) -> str:
    """The number of a letter without one of its own."""
    return "mail:sha256:" + hashlib.sha256(raw).hexdigest()


def _read(raw: bytes) -> Letter:
    mail = message_from_bytes(raw)
    text, files, left_out = _parts(mail)
    said, signature = quotes.newest(text)
    sender, subject = _people(mail, "From"), _header(mail, "Subject")
    answer_to = _people(mail, "Reply-To") or sender
    if not sender and not said and not files:
        raise BrokenLetterError(_("it has neither a sender nor a text"))
    return Letter(
        number=_number(_header(mail, "Message-ID")) or digest(raw),
        follows=tuple(_earlier(mail)),
        sender=sender[0] if sender else ("", ""),
        answer_to=answer_to[0] if answer_to else ("", ""),
        to=tuple(address for name in ("To", "Cc", "Delivered-To") for _name, address in _people(mail, name)),
        subject=_subject(subject),
        text=clean.many_lines(said),
        signature=clean.many_lines(signature)[:2000],
        files=files,
        left_out=left_out,
        aside=sorting.set_aside(mail, subject),
    )


# Headers


def _header(mail: Message, name: str) -> str:
    """A header in one line, decoded as far as it can be."""
    value = str(mail.get(name, ""))[:LARGEST_HEADER]
    try:
        parts = [_decoded(part, charset) for part, charset in decode_header(value)]
    except (HeaderParseError, ValueError, LookupError):
        parts = [value]
    return clean.one_line("".join(parts))


def _decoded(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    return _text_of(part, charset or "")


def _people(mail: Message, name: str) -> list[tuple[str, str]]:
    values = [str(value)[:LARGEST_HEADER] for value in mail.get_all(name, [])[:5]]
    found = []
    for shown, address in getaddresses(values)[:50]:
        if "@" in address:
            found.append((_unfolded(shown), clean.one_line(address).lower()[:254]))
    if not found:  # newer parsers give up on what is not quite as it should be
        found = [("", address.lower()[:254]) for address in _ADDRESS.findall(" ".join(values))[:50]]
    return found


def _unfolded(shown: str) -> str:
    try:
        text = "".join(_decoded(part, charset) for part, charset in decode_header(shown))
    except (HeaderParseError, ValueError, LookupError):
        text = shown
    return clean.one_line(text)[:200]


def _subject(text: str) -> str:
    """Without its “Re:”, however many."""
    for _again in range(10):
        found = _PREFIX.match(text)
        if found is None:
            break
        text = text[found.end() :]
    return text[:300].strip()


def _number(text: str) -> str:
    found = _ID.search(text)
    if found is None:
        return ""
    name = found.group()[1:-1]
    return f"mail:{name}" if len(name) <= _NUMBER else digest(name.encode())


def _earlier(mail: Message) -> Iterator[str]:
    answered = _ID.findall(clean.one_line(str(mail.get("In-Reply-To", ""))[:LARGEST_HEADER]))
    chain = _ID.findall(clean.one_line(str(mail.get("References", ""))[-LARGEST_HEADER:]))
    for found in dict.fromkeys([*answered, *reversed(chain)]):
        yield _number(found)


# Parts


def _parts(mail: Message) -> tuple[str, tuple[File, ...], tuple[str, ...]]:
    """(text, files, names of the files left out)."""
    plain: list[str] = []
    html: list[str] = []
    files: list[File] = []
    left_out: list[str] = []
    for part in _leaves(mail):
        name = _file_name(part)
        kind = part.get_content_type()
        shown = part.get_content_disposition() != "attachment" and not name
        if shown and kind == "text/plain":
            plain.append(_content(part))
        elif shown and kind == "text/html":
            html.append(htmltext.words_of(_content(part)))
        elif name or part.get_content_disposition() == "attachment":
            _file(part, name or "file", files, left_out)
    text = "\n\n".join(words for words in plain if words.strip()) or "\n\n".join(html)
    return text, tuple(files), tuple(left_out)


def _leaves(mail: Message) -> Iterator[Message]:
    for number, part in enumerate(mail.walk()):
        if number >= MOST_PARTS:
            return
        if not part.is_multipart():
            yield part


def _file(part: Message, name: str, files: list[File], left_out: list[str]) -> None:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return
    together = sum(len(file.content) for file in files)
    if len(files) >= MOST_FILES or len(content) > LARGEST_FILE or together + len(content) > LARGEST_FILES:
        left_out.append(name)
    else:
        files.append(File(name, clean.one_line(part.get_content_type())[:100], content))


def _file_name(part: Message) -> str:
    name = _unfolded(str(part.get_filename() or ""))
    return name.replace("/", "_").replace("\\", "_").lstrip(".")[:200]


def _content(part: Message) -> str:
    content = part.get_payload(decode=True)
    return _text_of(content, part.get_content_charset() or "") if isinstance(content, bytes) else ""


def _text_of(content: bytes, charset: str) -> str:
    """In the character set it names, else in those that letters without one are in."""
    for candidate in (charset, "utf-8", "cp1251"):
        try:
            return content.decode(candidate) if candidate else content.decode("ascii")
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")
