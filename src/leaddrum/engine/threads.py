"""Conversations: what a client writes belongs to the lead he wrote about before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from leaddrum.engine.desk import Desk
from leaddrum.models import Attachment, Cycle, Lead, Request, Stage, Touch

LOOKED_AT = 50  # earlier messages a mail names


@dataclass(frozen=True, slots=True)
class File:
    """A file as it came, or goes out."""

    name: str
    kind: str
    content: bytes

    @property
    def columns(self) -> dict[str, Any]:
        """As the tables keep it."""
        return {"name": self.name, "kind": self.kind, "size": len(self.content), "content": self.content}


class Said(Protocol):
    """What of an arrival is kept as it came."""

    @property
    def channel(self) -> str: ...
    @property
    def external_id(self) -> str | None: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...
    @property
    def way(self) -> int | None: ...
    @property
    def thread(self) -> str: ...
    @property
    def files(self) -> tuple[File, ...]: ...
    @property
    def at(self) -> datetime | None: ...


def keep(table: Desk, lead_id: int, said: Said, before: Request | None) -> Request:
    """The request beside its lead, with its files. `before`: it was kept without a lead, and gets this one."""
    values = {
        "lead_id": lead_id,
        "channel": said.channel,
        "received_at": said.at or table.now,
        "payload": dict(said.payload),
        "errors": [],
        "way_id": said.way,
        "thread": said.thread,
        "set_aside": "",
    }
    row = before or Request(company_id=table.company, external_id=said.external_id)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    if said.files:
        Attachment.objects.bulk_create(Attachment(request=row, **file.columns) for file in said.files)
    return row


def followed(company_id: int, thread: str, follows: Sequence[str]) -> int | None:
    """The lead that a conversation, or a message it answers, belongs to; deleted leads are nobody's."""
    there = Lead.objects.filter(company_id=company_id, deleted_at=None)
    if thread:
        # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
        same = Request.objects.extra(where=["NOT (leaddrum_request.thread = '')"])
        numbers = same.filter(company_id=company_id, thread=thread, lead__isnull=False).order_by("-pk")
        newest = numbers.values_list("lead_id", flat=True).first()
        if newest is not None and there.filter(pk=newest).exists():
            return int(newest)
    wanted = list(follows)[:LOOKED_AT]
    if not wanted:
        return None
    for model in (Request, Touch):
        rows = model.objects.filter(company_id=company_id, external_id__in=wanted, lead__in=there)
        named = dict(rows.values_list("external_id", "lead_id"))
        nearest = next((named[number] for number in wanted if number in named), None)
        if nearest is not None:
            return int(nearest)
    return None


def conversation(thread: str) -> str:
    """The other side's own name of a conversation: what stands behind the channel and the way."""
    return thread.partition(":")[2].partition(":")[2]


def wrote(table: Desk, lead_id: int, said: Said, before: Request | None) -> bool:
    """The client writes about a lead that is in work: its owner is told. False: nobody works on it any more, so what he
    writes is a new request."""
    lead = Lead.objects.filter(pk=lead_id, stage__meaning=Stage.Meaning.TAKE).first()
    owner = table.org.people.get(lead.owner_id) if lead is not None and lead.owner_id is not None else None
    if lead is None or owner is None or not owner.active:
        return False
    keep(table, lead.pk, said, before)
    cycle, seq = note(table, lead.pk, "wrote", {"channel": said.channel})
    table.changes.tell(owner.id, "wrote", {"channel": said.channel}, cycle, seq)
    return True


def note(table: Desk, lead_id: int, kind: str, data: dict[str, Any]) -> tuple[int | None, int]:
    """A line in the lead's story, in its newest cycle: that cycle and the line's number."""
    cycle = Cycle.objects.filter(lead=lead_id).order_by("-number").values_list("pk", flat=True).first()
    return (None, 0) if cycle is None else (cycle, table.note(cycle, kind, data))
