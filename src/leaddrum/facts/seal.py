"""The chain over the journal (S-49): what is hashed, and how a block is made.

1. Each row of `entry`, `turn` and `incident` has a digest: SHA-256 over its columns in a fixed form (`CONTENT`).
2. Words that people wrote are not in it. In their place stands a commitment, HMAC-SHA-256 of the text with a random
   salt that is kept beside it. When the text is masked the salt goes too, so nothing can be guessed from the
   commitment, and the digest stays what it was.
3. A block holds numbers and digests of up to 1,000 rows of one table, and its own digest is SHA-256 over the digest of
   the block before, its number, its table, its time and its rows.

So one changed, removed or slipped-in row is found by its number, and a changed block by the block after it. Whoever can
rewrite the whole database can rewrite the whole chain: keep the digest that `leaddrum journal verify` prints (the
monthly report carries it) outside, and ask for it with `--anchor`.

An incident's explanation and annulment come later than the incident; they are entries of the journal and sealed there.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import Model

from leaddrum.models import Entry, Incident, SealedText, Turn

ROW = struct.Struct(">q32s")
GENESIS = "0" * 64
SPOKEN = frozenset({"text", "why", "error", "note", "comment"})  # keys of an entry's data with words of people
TABLES: Mapping[str, type[Model]] = {"entry": Entry, "turn": Turn, "incident": Incident}

Texts = dict[str, str]


def content(row: Model, plain: Collection[str] = ()) -> tuple[list[Any], Texts]:
    """What is sealed of a row, with None where words of people stand, and these words by their place.

    Args:
        plain: places whose words were not taken for such when the row was sealed, so they stand in it themselves.
    """
    return _CONTENT[type(row)](row, plain)


def digest(columns: list[Any], commitments: Mapping[str, str]) -> bytes:
    plain = orjson.dumps([columns, sorted(commitments.items())], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).digest()


def commit(salt: str, text: str) -> str:
    return hmac.new(bytes.fromhex(salt), text.encode(), hashlib.sha256).hexdigest()


def block(before: str, number: int, table: str, rows: bytes, at: datetime) -> str:
    """The digest of a block."""
    head = f"{before}|{number}|{table}|{_instant(at)}|".encode()
    return hashlib.sha256(head + rows).hexdigest()


def packed(digests: list[tuple[int, bytes]]) -> bytes:
    return b"".join(ROW.pack(number, value) for number, value in digests)


def unpacked(rows: bytes) -> Iterator[tuple[int, bytes]]:
    yield from ROW.iter_unpack(rows)


def sealed(table: str, row: Any) -> tuple[bytes, list[SealedText]]:
    """A row's digest, and the commitments to be kept with it."""
    columns, texts = content(row)
    kept = []
    for place, text in texts.items():
        salt = secrets.token_hex(16)
        kept.append(
            SealedText(
                company_id=row.company_id,
                table=table,
                row=row.pk,
                place=place,
                salt=salt,
                commitment=commit(salt, text),
            )
        )
    return digest(columns, {one.place: one.commitment for one in kept}), kept


def _entry(row: Any, plain: Collection[str]) -> tuple[list[Any], Texts]:
    texts: Texts = {}
    data = dict(row.data)
    for key, value in row.data.items():
        if key not in plain and spoken(row.kind, key, value):
            texts[key], data[key] = value, None
    return [row.cycle_id, row.seq, _instant(row.at), row.kind, data], texts


def spoken(kind: str, key: str, value: Any) -> bool:
    """Whether a value in an entry's data is words of people, not of the program."""
    if not isinstance(value, str) or not value:
        return False
    return key in SPOKEN or (kind, key) in {("returned", "reason"), ("merged", "title")} or " " in value


def _turn(row: Any, plain: Collection[str]) -> tuple[list[Any], Texts]:
    columns = [row.cycle_id, row.number, row.person_id, row.policy_version, row.budget, row.verdict]
    instants = [_instant(at) for at in (row.offered_at, row.due_at, row.verdict_at, row.noticed_at)]
    said = bool(row.reason) and "reason" not in plain and (row.verdict == "returned" or " " in row.reason)
    texts = {"reason": row.reason} if said else {}
    return [*columns, *instants, None if said else row.reason, row.candidates], texts


def _incident(row: Any, _plain: Collection[str]) -> tuple[list[Any], Texts]:
    columns = [row.cycle_id, row.turn_number, row.lead_id, row.drum_id, row.person_id, row.policy_version, row.budget]
    instants = [_instant(at) for at in (row.offered_at, row.due_at, row.missed_at)]
    return [*columns, *instants, row.open_offers, row.excuse, row.next_person_id, row.candidates], {}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


_CONTENT: Mapping[type[Model], Callable[[Any, Collection[str]], tuple[list[Any], Texts]]] = {
    Entry: _entry,
    Turn: _turn,
    Incident: _incident,
}
