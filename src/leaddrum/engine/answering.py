"""Somebody of ours writes to a client, by the way the client came. It is his contact with him, and the take where the
drum says so (S-54): what goes out, the lead's story and the take are one commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from leaddrum.engine.belonging import company_of_lead
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Refused, Stale
from leaddrum.engine.threads import File, conversation
from leaddrum.engine.touches import Contact, log
from leaddrum.models import Cycle, Enclosure, Lead, Reply, Request, Touch, Way

LONGEST = 4000  # characters: what a messenger takes
MOST_FILES = 5
LARGEST_FILES = 10 * 1024 * 1024  # bytes, all files of one answer together: what mail servers and messengers take
WAYS = (Way.Kind.MAILBOX, Way.Kind.SMTP, Way.Kind.CHAT, Way.Kind.TELEGRAM)  # those that lead back


@dataclass(frozen=True, slots=True)
class Answered:
    """It is on its way to the client. `outcome`: as of `touch`; `repeated`: it was written before."""

    outcome: str


def answer(
    lead_id: int,
    text: str,
    files: Sequence[File] = (),
    *,
    by: int,
    now: datetime,
    number: str | None = None,
    his: bool = False,
) -> Answered | Stale:
    """Write to the client.

    Args:
        text: may be empty where there are files.
        number: what the message is known by where it was written: told twice, it goes out once.
        his: only whose turn it is, or who has the lead, may write; anybody else gets `Stale`, and nothing goes out.

    Raises:
        Refused: unknown lead or person, nothing to say, too much, or there is no way back to the client.
    """
    text = text.replace("\x00", "").strip()  # PostgreSQL keeps no NUL
    if not (text or files):
        raise Refused("empty")
    if len(text) > LONGEST:
        raise Refused("too_long")
    if len(files) > MOST_FILES or sum(len(file.content) for file in files) > LARGEST_FILES:
        raise Refused("too_large")
    company = company_of_lead(lead_id)
    with desk(company, now) as table:
        if by not in table.org.people:
            raise Refused("no_person")
        if number is not None and Touch.objects.filter(company_id=company, external_id=number).exists():
            return Answered("repeated")
        late = whose(lead_id, by) if his else None
        if late is not None:
            return late
        return Answered(_written(table, lead_id, by, text, files, number))


def whose(lead_id: int, person: int) -> Stale | None:
    """None: it is his turn, or his lead. Else who has it."""
    lead = Lead.objects.get(pk=lead_id)
    cycle = Cycle.objects.filter(lead=lead_id).order_by("-number").first()
    if lead.deleted_at is not None:
        return Stale("withdrawn", lead_id)
    if cycle is not None and cycle.state == Cycle.State.OFFERED:
        return None if cycle.holder_id == person else Stale("passed_on", lead_id, cycle.holder_id, cycle.due_at)
    if lead.owner_id == person:
        return None
    if cycle is None or cycle.state == Cycle.State.TAKEN:
        return Stale("taken", lead_id, lead.owner_id)
    return Stale(cycle.state, lead_id, lead.owner_id if cycle.state == Cycle.State.WITH_HEAD else None)


def _written(table: Desk, lead_id: int, by: int, text: str, files: Sequence[File], number: str | None) -> str:
    last = way_back(lead_id)
    if last is None or last.way is None or last.lead is None:
        raise Refused("no_way_back")
    messenger = last.way.kind in {Way.Kind.CHAT, Way.Kind.TELEGRAM}
    message = Reply(
        company_id=table.company,
        way=last.way,
        lead_id=lead_id,
        person_id=by,
        to=conversation(last.thread) if messenger else last.lead.email_key,
        follows=(last.external_id or "")[:200],
        ready_at=table.now,
        created_at=table.now,
    )
    if messenger:  # a message for the words, and one for each file: what is tried again is one of them
        sent = [_sent(message, text)] if text else []
        sent += [_sent(message, "", file) for file in files]
    else:
        sent = [_sent(message, text, *files)]
    said = Contact(
        "chat" if messenger else "mail",
        at=table.now,
        lead=lead_id,
        person=by,
        external_id=number or f"reply:{sent[0]}",
    )
    return log(table, said)


def _sent(message: Reply, text: str, *files: File) -> int:
    """Put it on its way; its number."""
    message.pk, message.text = None, text
    message.save(force_insert=True)
    Enclosure.objects.bulk_create(Enclosure(reply_id=message.pk, **file.columns) for file in files)
    return message.pk


def way_back(lead_id: int) -> Request | None:
    """The newest request of the lead that can be answered where it came from."""
    newest = _by_ways_back([lead_id]).select_related("way", "lead").order_by("-pk").first()
    return newest if newest is not None and newest.way is not None and _leads_back(newest.way) else None


def answerable(leads: Collection[int]) -> set[int]:
    """Those of these leads that have a way back, in one query."""
    newest = _by_ways_back(leads).values("lead").annotate(newest=Max("pk")).values("newest")
    found = Request.objects.filter(pk__in=newest).select_related("way").only("lead_id", "way__kind", "way__settings")
    return {
        request.lead_id
        for request in found
        if request.lead_id is not None and request.way is not None and _leads_back(request.way)
    }


def _by_ways_back(leads: Collection[int]) -> QuerySet[Request]:
    return Request.objects.filter(lead__in=leads, way__kind__in=WAYS, way__active=True)


def _leads_back(way: Way) -> bool:
    """A chat's does when its site has named an address for answers."""
    return way.kind != Way.Kind.CHAT or bool(way.settings.get("reply_url"))


def last_words(lead_id: int, until: datetime) -> str:
    """What the client has said last, as of that instant; '' when he only called, or it is forgotten by now."""
    said = Request.objects.filter(lead=lead_id, received_at__lte=until).order_by("-pk").first()
    text = said.payload.get("text") if said is not None and isinstance(said.payload, dict) else None
    return text.strip() if isinstance(text, str) else ""


def unsent(reply: Reply, error: str, *, doubtful: bool, now: datetime) -> None:
    """What he wrote will not reach the client, or nobody knows whether it did: he is told, wherever he wrote it."""
    if reply.person_id is None:
        return
    with desk(reply.company_id, now) as table:
        cycle = Cycle.objects.filter(lead=reply.lead_id).order_by("-number").values_list("pk", flat=True).first()
        said = {"reply": reply.pk, "error": error[:200], "doubtful": doubtful}
        table.changes.tell(reply.person_id, "unsent", said, cycle)
