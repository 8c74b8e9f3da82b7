"""What goes back to clients, by the way they came: the promise of an answer (S-21), and what colleagues write
(`engine.answer`).

Mails and gateways get it at least once: a mail has a Message-ID of its own, a gateway is told the reply's number.
Telegram knows no number of ours, so what it may have is not sent again by itself (S-40): the lead's page says so, and
whoever wrote it is told, and decides. What is refused for good is told and shown there too; everything else is tried
again with growing pauses for a day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from leaddrum import engine, words
from leaddrum.engine import answering, org
from leaddrum.engine.threads import conversation
from leaddrum.intake.ways_back import SENDERS, FailedError
from leaddrum.models import Company, Cycle, Reply, Touch, Way
from leaddrum.models.ways import PERHAPS

LEASE = timedelta(seconds=90)
PAUSES = (10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600)  # seconds after the first, second, … failure
ONE_A_DAY = timedelta(days=1)  # RFC 3834, 2: the same client is not answered automatically again and again
ROBOTS = ("noreply@", "no-reply@", "donotreply@", "mailer-daemon@", "postmaster@", "robot@", "bounce")
log = structlog.stdlib.get_logger("leaddrum.replies")


def promise(way: Way, lead_id: int, arrival: engine.Arrival, *, now: datetime) -> None:
    """Tell a new client by when he is answered, from the real calendar, where his drum promises it (S-21). Called in
    the transaction that makes his lead."""
    to = _address(way, arrival)
    if not to:
        return
    cycle = Cycle.objects.filter(lead=lead_id).values_list("drum_id", flat=True).first()
    if cycle is None:
        return
    company = Company.objects.get(pk=way.company_id)  # as it is now: a mailbox is read with one row of it for weeks
    by = org.of(company, now).promised(cycle, arrival.source, now)
    if by is None:
        return
    recent = Reply.objects.filter(company=way.company_id, created_at__gt=now - ONE_A_DAY, promised_by__isnull=False)
    if recent.filter(to=to).exists():
        return
    with override(company.language):
        when = words.instant(by, ZoneInfo(company.zone), now)
        text = _("Hello! We have your request. We answer by %(by)s.\n\n%(company)s") % {
            "by": when,
            "company": company.name,
        }
    Reply.objects.create(
        company_id=way.company_id,
        way=way,
        lead_id=lead_id,
        to=to,
        follows=(arrival.external_id or "")[:200],
        text=text,
        promised_by=by,
        ready_at=now,
        created_at=now,
    )


def kept(company_id: int, since: datetime, until: datetime, now: datetime) -> tuple[int, int]:
    """(promises kept, promises whose time is over) of those given in [since, until): kept is one whose lead was taken,
    or whose client was written to or called, by the promised time."""
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    given = Reply.objects.extra(where=["leaddrum_reply.promised_by IS NOT NULL"])
    over = given.filter(company_id=company_id, created_at__gte=since, created_at__lt=until, promised_by__lte=now)
    taken = Cycle.objects.filter(lead=OuterRef("lead"), state="taken", ended_at__lte=OuterRef("promised_by"))
    reached = Touch.objects.filter(lead=OuterRef("lead"), person__isnull=False, started_at__lte=OuterRef("promised_by"))
    found = over.annotate(held=Exists(taken) | Exists(reached.exclude(kind="comment"))).values_list("held", flat=True)
    answers = list(found)
    return sum(map(bool, answers)), len(answers)


def _address(way: Way, arrival: engine.Arrival) -> str:
    if way.kind in {"mailbox", "smtp"}:
        return "" if arrival.email_key.startswith(ROBOTS) else arrival.email_key
    if way.kind == "telegram" or (way.kind == "chat" and way.settings.get("reply_url")):
        return conversation(arrival.thread)
    return ""


# Sending


def send_due(now: datetime, stopping: Callable[[], bool] = lambda: False) -> datetime | None:
    """Send what is due, one way after another. Returns when there is more to do."""
    for way in due_ways(now):
        serve(way, lambda: now, stopping)
    return next_due()


def due_ways(now: datetime) -> list[int]:
    """The ways by which something goes out now, the longest waiting first."""
    due = _next_to_each().filter(ready_at__lte=now).order_by("ready_at").values_list("way", flat=True)
    return list(dict.fromkeys(due))


def serve(way: int, clock: Callable[[], datetime], stopping: Callable[[], bool]) -> None:
    """Send what is due by one way, until nothing is."""
    while not stopping():
        now = clock()
        due = _next_to_each().filter(way=way, ready_at__lte=now).order_by("ready_at", "pk")
        pk = due.values_list("pk", flat=True).first()
        if pk is None:
            return
        mine = Reply.objects.filter(pk=pk, state=Reply.State.PENDING, ready_at__lte=now)
        if mine.update(ready_at=now + LEASE, attempts=F("attempts") + 1):
            _one(Reply.objects.select_related("way__company", "lead", "person").get(pk=pk), now)


def next_due(busy: Collection[int] = ()) -> datetime | None:
    """When something is to be sent by a way that is not busy."""
    free = _next_to_each().exclude(way__in=busy) if busy else _next_to_each()
    return free.order_by("ready_at").values_list("ready_at", flat=True).first()


def _next_to_each() -> QuerySet[Reply]:
    """Of what waits for one client the first: nothing overtakes what has to be tried again."""
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    return Reply.objects.extra(where=["leaddrum_reply.state = 'pending'", _FIRST])  # noqa: S610 - constants


_FIRST = """NOT EXISTS (
  SELECT 1 FROM leaddrum_reply earlier WHERE earlier.state = 'pending' AND earlier.way_id = leaddrum_reply.way_id
  AND earlier."to" = leaddrum_reply."to" AND earlier.id < leaddrum_reply.id)"""


def _one(reply: Reply, now: datetime) -> None:
    mine = Reply.objects.filter(pk=reply.pk)
    sender = SENDERS[reply.way.kind]
    try:
        if reply.attempts > 1 and not reply.error and not sender.repeatable:
            raise FailedError("an attempt was cut off", final=False, doubtful=True)
        try:
            sender.send(reply)
        except (ValueError, TypeError, LookupError) as broken:  # one that cannot even be sent must not stop the others
            raise FailedError(f"{type(broken).__name__}: {broken}", final=True) from broken
    except FailedError as error:
        perhaps = error.doubtful and not sender.repeatable
        over = error.final or perhaps or reply.attempts > len(PAUSES)
        log.warning("reply not sent", reply=reply.pk, final=over, error=str(error))
        said = f"{PERHAPS if perhaps else ''}{error}"[:500]
        if over:
            with transaction.atomic():
                mine.update(state=Reply.State.FAILED, error=said)
                answering.unsent(reply, str(error), doubtful=perhaps, now=now)
        else:
            pause = timedelta(seconds=PAUSES[reply.attempts - 1])
            mine.update(ready_at=now + pause, error=said)
        return
    mine.update(state=Reply.State.SENT, sent_at=now, error="")
