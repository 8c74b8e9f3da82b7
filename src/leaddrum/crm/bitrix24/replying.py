"""The lane of the bot: what its presses came to is told, and the portal is told where presses go.

Either follows from what is kept here, so a process that dies leaves both to the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.utils import translation

from leaddrum import engine, lanes
from leaddrum.crm.bitrix24 import bot, clients, presses
from leaddrum.crm.bitrix24.access import NoAccess
from leaddrum.crm.bitrix24.answers import Later, Reply, Unknown
from leaddrum.crm.bitrix24.budget import MOST, Urgency
from leaddrum.crm.bitrix24.client import Call, Client
from leaddrum.models import Lane, Portal, Press

EDIT, ANSWER = "imbot.v2.Chat.Message.update", "imbot.v2.Command.answer"
AGAIN = 2.0  # seconds before an answer of which nothing is known is given once more
KEPT = timedelta(days=1)  # so long a press that is told again is recognised
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")
_looked: set[int] = set()  # portals whose bot this process has looked at since it started


def open_lanes(now: datetime) -> None:
    """Once in each process's life: whether our address has come, gone or changed since the bot was told."""
    for portal in Portal.objects.select_related("company").exclude(pk__in=_looked):
        _looked.add(portal.pk)
        if portal.bot.get("id") and bot.misplaced(portal):
            with engine.in_company(portal.company_id):
                presses.wake_lane(portal.company_id, now)


def serve(lane: Lane, watch: lanes.Watch) -> tuple[datetime | None, str]:
    """One round; returns when to come again (None: what is left says when), and why it failed."""
    portal = Portal.objects.select_related("company").filter(company=lane.company_id).first()
    if portal is None or not portal.bot.get("id"):
        return watch.now() + KEPT, ""  # nobody is there who could answer
    try:
        client = clients.of(portal)
        if bot.misplaced(portal):
            _tell(client, portal, watch.now())
    except (NoAccess, bot.NoBot) as error:
        log.warning("the bot was not told where presses go", portal=portal.base, error=str(error))
        return watch.now() + lanes.rest(lane), str(error)
    Press.objects.filter(company=lane.company_id, answered_at__lt=watch.now() - KEPT).delete()
    rows = list(Press.objects.filter(company=lane.company_id, answered_at=None).order_by("pk")[:MOST])
    calls = [_call(portal, row) for row in rows]
    pause = _answered(rows, client.batch(calls, urgency=Urgency.NOTICE, reads=False), watch.now()) if rows else 0.0
    return (watch.now() + timedelta(seconds=pause) if pause else None), ""


def next_answer(company_id: int) -> datetime | None:
    """When the next answer may be given."""
    waiting = Press.objects.filter(company=company_id, answered_at=None)
    return waiting.order_by("at").values_list("at", flat=True).first()


def _tell(client: Client, portal: Portal, now: datetime) -> None:
    """What was pressed until now is fetched first.

    Raises:
        NoBot: the portal refuses, or does not answer.
    """
    waiting = presses.calls(portal)
    replies = client.batch(waiting, urgency=Urgency.NOTICE) if waiting else []
    presses.heard(portal, list(zip(waiting, replies, strict=True)), now)
    with translation.override(portal.company.language):
        presses.remember(portal, **bot.ensured(client, portal))
    log.info("presses come another way now", portal=portal.base, mode=portal.bot["mode"])


def _call(portal: Portal, row: Press) -> Call:
    """A message whose buttons have done their work says what came of them; another one is answered below."""
    who, said = {"botId": portal.bot["id"], **bot.proof(portal)}, row.answer
    if said["over"]:
        fields = {"message": said["message"], "keyboard": "N"}
        return Call(EDIT, {**who, "messageId": said["messageId"], "fields": fields})
    where = {name: said[name] for name in ("commandId", "messageId", "dialogId")}
    return Call(ANSWER, {**who, **where, "fields": {"message": said["message"]}})


def _answered(rows: Sequence[Press], replies: Sequence[Reply], now: datetime) -> float:
    """Returns after how many seconds the rest may be tried; 0: there is none. A message may be changed twice, a second
    answer would be seen."""
    done, pause = [], 0.0
    for row, reply in zip(rows, replies, strict=True):
        if isinstance(reply, Later):
            pause = max(pause, reply.after)
        elif isinstance(reply, Unknown) and row.answer["over"]:
            pause = max(pause, AGAIN)
        else:
            done.append(row.pk)
    Press.objects.filter(pk__in=done).update(answered_at=now)
    return pause
