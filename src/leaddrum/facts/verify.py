"""Looking whether the journal is what was sealed (S-49): the first row that is not, by its number.

Memory does not grow with the journal: a block at a time, and beside it only what was said later about incidents. The
engine goes on meanwhile: what it adds is not taken for tampering, and a row that does not fit is looked at once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leaddrum.facts import seal
from leaddrum.models import Entry, Incident, Keeping, Seal, SealedText

MASK = "[ masked ]"
BELOW = -(2**62)  # a forged number may be below the first

Later = dict[tuple[int, int, str], dict[str, Any]]  # (cycle, turn, kind) -> what the journal's last such entry says


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong. `how`: a row changed, missing or inserted; of an incident: annulment, explanation; of the chain:
    block, anchor, end."""

    table: str
    row: int
    how: str


@dataclass
class Verified:
    """What was looked at. `broken` is the first thing found, in the order of the chain."""

    blocks: int = 0
    rows: int = 0
    waiting: int = 0  # rows that are not sealed yet
    digest: str = seal.GENESIS
    sealed_at: datetime | None = None
    broken: Broken | None = None
    last: dict[str, int] = field(default_factory=lambda: dict.fromkeys(seal.TABLES, BELOW))


def verify(company: int, anchor: tuple[int, str] | None = None) -> Verified:
    """`anchor` is a block's number and digest that were kept outside the database."""
    found = Verified()
    found.broken = next(_breaks(company, anchor, found), None)
    return found


def _breaks(company: int, anchor: tuple[int, str] | None, found: Verified) -> Iterator[Broken]:
    later: Later = {}
    kept = Keeping.objects.filter(company=company).first()  # before the chain, which grows while it is read
    for block in Seal.objects.filter(company=company).order_by("number").iterator(chunk_size=50):
        content = bytes(block.rows)
        expected = seal.block(found.digest, found.blocks + 1, block.table, content, block.sealed_at)
        if (block.number, block.digest) != (found.blocks + 1, expected):
            yield Broken("seal", found.blocks + 1, "block")
        if anchor is not None and anchor == (block.number, anchor[1]) and anchor[1] != block.digest:
            yield Broken("seal", block.number, "anchor")
        if kept is not None and kept.block == block.number and kept.digest != block.digest:
            yield Broken("seal", block.number, "end")
        yield from _rows(company, block.table, content, found, later)
        found.blocks, found.digest, found.sealed_at = block.number, block.digest, block.sealed_at
    if kept is not None and kept.block > found.blocks:
        yield Broken("seal", found.blocks + 1, "end")
    if anchor is not None and anchor[0] > found.blocks:
        yield Broken("seal", anchor[0], "anchor")
    yield from _incidents(company, later)
    for table, last in found.last.items():
        found.waiting += seal.TABLES[table]._base_manager.filter(company=company, pk__gt=last).count()


def _rows(company: int, table: str, content: bytes, found: Verified, later: Later) -> Iterator[Broken]:
    """The rows of one block: those it names, and none between."""
    sealed = dict(seal.unpacked(content))
    first, last = found.last[table], max(sealed)
    rows = seal.TABLES[table]._base_manager.filter(company=company, pk__gt=first, pk__lte=last)
    there: dict[int, Any] = {row.pk: row for row in rows}
    texts: dict[int, dict[str, SealedText]] = {}
    for text in SealedText.objects.filter(table=table, row__in=list(there)):
        texts.setdefault(text.row, {})[text.place] = text
    for number in sorted(sealed.keys() | there.keys()):
        row = there.get(number)
        if row is None:
            yield Broken(table, number, "missing")
        elif number not in sealed:
            yield Broken(table, number, "inserted")
        elif _digest(row, texts.get(number, {})) != sealed[number] and not _fits_now(row, table, sealed[number]):
            yield Broken(table, number, "changed")
        elif table == "entry" and row.kind in {"annulled", "explained"}:
            later[row.cycle_id, row.data.get("turn", 0), row.kind] = row.data
        found.rows += 1
    found.last[table] = last


def _fits_now(row: Any, table: str, sealed: bytes) -> bool:
    """Whether it does when it is read again: its words may have been masked between the two readings."""
    fresh = type(row)._base_manager.filter(pk=row.pk).first()
    texts = {text.place: text for text in SealedText.objects.filter(table=table, row=row.pk)}
    return fresh is not None and _digest(fresh, texts) == sealed


def _digest(row: Any, kept: dict[str, SealedText]) -> bytes:
    columns, texts = seal.content(row)
    plain = [place for place in texts if place not in kept]
    if plain:
        columns, texts = seal.content(row, plain)
    commitments = {}
    for place, text in texts.items():
        known = kept[place]
        masked = not known.salt and text == MASK
        commitments[place] = known.commitment if masked else seal.commit(known.salt, text)
    return seal.digest(columns, commitments)


def _incidents(company: int, later: Later) -> Iterator[Broken]:
    """An incident's explanation and annulment are what the journal's later entries say."""
    told = Incident.objects.filter(company=company).exclude(annulled_at=None, explanation="")
    for incident in told.order_by("pk").defer("candidates").iterator(chunk_size=1000):
        annulled = later.pop((incident.cycle_id, incident.turn_number, "annulled"), None)
        explained = later.pop((incident.cycle_id, incident.turn_number, "explained"), None)
        if not _annulled(incident, annulled) and not _stands(incident, "annulled"):
            yield Broken("incident", incident.pk, "annulment")
        if not _explained(incident, explained) and not _stands(incident, "explained"):
            yield Broken("incident", incident.pk, "explanation")
    for cycle, turn, kind in later:  # said in the journal, and gone from the incident
        number = Incident.objects.filter(cycle=cycle, turn_number=turn).values_list("pk", flat=True).first()
        yield Broken("incident", number or 0, "annulment" if kind == "annulled" else "explanation")


def _stands(incident: Incident, kind: str) -> bool:
    """Whether it is what the journal says now, with what is not sealed yet: it may have been said, or masked, since the
    journal was read."""
    fresh = Incident.objects.defer("candidates").get(pk=incident.pk)
    entries = Entry.objects.filter(cycle=incident.cycle_id, kind=kind).order_by("pk")
    said = [entry.data for entry in entries if entry.data.get("turn", 0) == incident.turn_number]
    return (_annulled if kind == "annulled" else _explained)(fresh, said[-1] if said else None)


def _explained(incident: Incident, said: dict[str, Any] | None) -> bool:
    return bool(incident.explanation == (said or {}).get("text", ""))


def _annulled(incident: Incident, said: dict[str, Any] | None) -> bool:
    if said is None or incident.annulled_at is None:
        return (said is None) == (incident.annulled_at is None)
    if "why" not in said:  # by the system (S-36)
        return incident.annulled_by_id is None
    return (incident.annulled_by_id, incident.annulled_why) == (said.get("by"), said["why"])
