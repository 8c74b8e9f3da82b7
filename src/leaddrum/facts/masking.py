"""The right to be forgotten: a client's data is masked, the journal's chain and every statistic stay (S-49).

Of a lead go its name, phone, e-mail, texts and fields, what was sent in, files too, what was answered, and the words
people wrote about it in the journal. The chain holds commitments of such words, not themselves; with the salt nothing
of them can be guessed any more. Rows, instants, verdicts and people of the company stay, so nothing that was counted
changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Max, Q, Value
from django.db.models.functions import Cast, Concat

from leaddrum.engine import Refused
from leaddrum.engine.desk import Desk, desk
from leaddrum.facts import keep, seal
from leaddrum.facts.verify import MASK
from leaddrum.models import (
    Attachment,
    Cycle,
    Effect,
    Enclosure,
    Entry,
    FactLead,
    Handover,
    ImportFile,
    Incident,
    Keeping,
    Lead,
    Reply,
    Request,
    SealedText,
    Touch,
    Turn,
    Way,
)

STEP = 500


def mask(lead: Lead, *, by: int | None, now: datetime) -> None:
    """Mask everything personal of one lead.

    Raises:
        Refused: it is still being worked on, so its data is still needed.
    """
    keep.catch_up(lead.company_id, now)  # what is masked must have been sealed as it was said
    with desk(lead.company_id, now) as table:
        own = list(Cycle.objects.filter(lead=lead).order_by("number").values_list("pk", flat=True))
        leads = _with_doubles(lead)
        numbers = list(Cycle.objects.filter(lead__in=leads).values_list("pk", flat=True))
        if Cycle.objects.filter(pk__in=numbers, ended_at=None).exists():
            raise Refused("still_open")
        if not _sealed(lead.company_id, numbers):
            raise Refused("not_sealed")
        _words(numbers)
        for one in leads:
            _client(one)
        table.changes.bumped += 1
        if own:
            _journalled(table, own[-1], by)


def _with_doubles(lead: Lead) -> list[Lead]:
    """The lead and those that went up in it: they hold the same client's data, and nobody sees them any more. A passage
    that went on under several leads, one after the other, names all of them."""
    found, fresh = {lead.pk: lead}, [lead.pk]
    while fresh:
        merged = Entry.objects.filter(cycle__lead__in=fresh, kind="merged")
        named = {entry.data["lead"] for entry in merged} - found.keys()
        doubles = Lead.objects.in_bulk(named)
        found, fresh = found | doubles, list(doubles)
    return list(found.values())


def before_months(now: datetime, months: int) -> datetime:
    """The instant from which on data is kept for so many months; a month is a twelfth of a year."""
    return now - timedelta(days=round(months * 30.44))


def older(company: int, before: datetime) -> Iterator[int]:
    """Leads that nothing has happened to since that day and whose data is still there, oldest first: no passage began,
    nobody moved them, nothing came from their client, nobody was in touch with him."""
    last = 0
    while True:
        rows = FactLead.objects.filter(company_id=company, opened_on__lt=before.date(), passage_id__gt=last)
        some = list(rows.order_by("passage_id").values_list("passage_id", "lead_id")[:STEP])
        if not some:
            return
        last = some[-1][0]
        named = Lead.objects.filter(pk__in={lead for _passage, lead in some}).exclude(title=MASK)
        theirs = named.values("pk")
        opened = Cycle.objects.filter(Q(ended_at=None) | Q(opened_at__gte=before), lead__in=theirs)
        wrote = Request.objects.filter(lead__in=theirs, received_at__gte=before)
        reached = Touch.objects.filter(lead__in=theirs, started_at__gte=before)
        rests = named.filter(moved_at__lt=before).exclude(pk__in=opened.values("lead"))
        rests = rests.exclude(pk__in=wrote.values("lead")).exclude(pk__in=reached.values("lead"))
        yield from rests.order_by("pk").values_list("pk", flat=True)


def forget_files(company: int, before: datetime) -> int:
    """Imported tables older than that are emptied, and what came in and made no lead; digests and numbers stay, so the
    same makes no lead twice."""
    files = ImportFile.objects.filter(source__company=company, source__created_at__lt=before, source__state="done")
    unread = Request.objects.filter(company=company, lead=None, received_at__lt=before)  # set aside, or unreadable
    unread.exclude(payload={}).update(payload={}, thread="")
    return files.exclude(content=b"").update(content=b"")


def _sealed(company: int, cycles: list[int]) -> bool:
    kept = Keeping.objects.get(company=company)
    for table, model in (("entry", Entry), ("turn", Turn), ("incident", Incident)):
        newest = model._base_manager.filter(cycle__in=cycles).aggregate(newest=Max("pk"))["newest"] or 0
        if newest > getattr(kept, table):
            return False
    return True


def _words(cycles: list[int]) -> None:
    """What people wrote, in the journal and in notices."""
    for entry in Entry.objects.filter(cycle__in=cycles):
        said = {key for key, value in entry.data.items() if seal.spoken(entry.kind, key, value)}
        if said:
            Entry.objects.filter(pk=entry.pk).update(data={**entry.data, **dict.fromkeys(said, MASK)})
            _unsalt("entry", entry.pk)
    for turn in Turn.objects.filter(cycle__in=cycles).exclude(reason="").defer("candidates"):
        if seal.content(turn)[1]:
            Turn.objects.filter(pk=turn.pk).update(reason=MASK)
            _unsalt("turn", turn.pk)
    incidents = Incident.objects.filter(cycle__in=cycles)
    incidents.exclude(explanation="").update(explanation=MASK)
    incidents.exclude(annulled_by=None).update(annulled_why=MASK)
    Handover.objects.filter(cycle__in=cycles).exclude(note="").update(note=MASK)
    for effect in Effect.objects.filter(cycle__in=cycles):
        said = {key for key, value in effect.data.items() if seal.spoken(effect.kind, key, value)}
        if said:
            Effect.objects.filter(pk=effect.pk).update(data={**effect.data, **dict.fromkeys(said, MASK)})


def _unsalt(table: str, row: int) -> None:
    SealedText.objects.filter(table=table, row=row).update(salt="")


def _client(lead: Lead) -> None:
    """What the client is and has sent, and what was written to him. A conversation's number may be his phone: after
    this, what he writes anew is a new lead."""
    nothing: dict[str, Any] = dict.fromkeys(("name", "phone", "email", "phone_key", "email_key", "text"), "")
    Lead.objects.filter(pk=lead.pk).update(title=MASK, fields={}, **nothing)
    Attachment.objects.filter(request__lead=lead).delete()
    said = Request.objects.filter(lead=lead)
    said.filter(external_id__isnull=False).update(external_id=Concat(Value("masked:"), Cast("pk", CharField())))
    said.update(payload={}, thread="")
    Way.objects.filter(lead=lead).update(last_payload=None)
    Touch.objects.filter(lead=lead).update(note="")
    written = Reply.objects.filter(lead=lead)
    written.filter(state=Reply.State.PENDING).update(state=Reply.State.FAILED)
    Enclosure.objects.filter(reply__lead=lead).delete()
    written.update(to="", follows="", text=MASK, error="")


def _journalled(table: Desk, cycle: int, by: int | None) -> None:
    table.note(cycle, "masked", {"by": by})
