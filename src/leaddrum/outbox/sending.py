"""One lane after another: what is due goes out, outside any transaction, and each notice is settled at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.utils import translation

from leaddrum import bundles, lanes, links, words
from leaddrum.channels import CHANNELS
from leaddrum.channels.base import Dead, Following, Message, Result, Retry, Wait
from leaddrum.engine import crash
from leaddrum.models import Effect, Lane
from leaddrum.outbox import settling, waiting, writing
from leaddrum.outbox.sent import Sent

BATCH = 50  # messages of one lane before the next lane has its turn
log = structlog.stdlib.get_logger("leaddrum.outbox")


def send_due(now: datetime, limit: int = 500, stopping: Callable[[], bool] = lambda: False) -> Sent:
    """Send what is due, at most `limit` messages.

    Args:
        stopping: asked between two messages; True: settle and leave.
    """
    sent, watch = Sent(), lanes.Watch(now)
    while sent.total < limit and not stopping():
        lane = lanes.claim(watch.now(), CHANNELS)
        if lane is None:
            break
        carry(lane, watch, sent, min(BATCH, limit - sent.total), stopping)
    sent.next_at = lanes.next_due(CHANNELS)
    return sent


def carry(lane: Lane, watch: lanes.Watch, sent: Sent, limit: int, stopping: Callable[[], bool]) -> None:
    """Send what is ready in one claimed lane, and give the lane back."""
    try:
        _serve(lane, watch, sent, limit, stopping)
    except lanes.Lost:
        log.warning("lane lost: the lease had run out", lane=lane.pk)


def _serve(lane: Lane, watch: lanes.Watch, sent: Sent, limit: int, stopping: Callable[[], bool]) -> None:
    """Steps 2 to 4 for one claimed lane."""
    settling.warn_late(lane, watch.now(), sent)
    channel = CHANNELS[lane.channel]
    most = getattr(channel, "together", limit)
    ready = waiting.ready(lane, watch.now(), max(limit, most))
    known = writing.Known.about(lane, ready)
    error, pause, tried = "", 0.0, 0
    with channel.open() as send:
        gather = getattr(send, "gather", None)  # see `channels.base.Gathering`
        if gather is not None:
            _gather(gather, ready, lane, known, watch.now())
        for group in bundles.grouped(ready):
            if stopping():
                break
            if len(group) > 1 or bundles.heads(group[0]):
                result = _bundle(group, lane, watch, send, known, sent)
            else:
                result = _one(group[0], lane, watch, send, known, sent)
            tried += result is not None
            if isinstance(result, Retry) and result.everything:
                error, pause = result.error, result.after
                break
    if error:
        settling.elsewhere(lane, ready, watch.now())
    pause = max(pause, channel.spacing * tried)
    again = channel.follow(lane.company_id, watch.now()) if isinstance(channel, Following) and not error else None
    settling.lane_again(lane, watch.now(), pause, error, again)


def _gather(
    gather: Callable[[list[Message]], None], ready: list[Effect], lane: Lane, known: writing.Known, now: datetime
) -> None:
    """Those that will go, in few requests. One that cannot be written shows that when its turn comes."""
    messages = []
    for effect in ready:
        if bundles.heads(effect) or known.stale(effect) or waiting.quiet_until(effect, now) is not None:
            continue
        with suppress(Exception), translation.override(effect.person.language or effect.person.company.language):
            messages.append(writing.message(effect, lane.channel, known, now))
    if messages:
        gather(messages)


def _one(
    effect: Effect,
    lane: Lane,
    watch: lanes.Watch,
    send: Callable[[Message], Result],
    known: writing.Known,
    sent: Sent,
) -> Result | None:
    """Send and settle one notice. None: nothing was sent."""
    now = watch.now()
    if known.stale(effect):
        settling.save(lane, effect, now, state=Effect.State.DONE, done_at=now, late_at=None, error="stale")
        sent.stale += 1
        return None
    until = waiting.quiet_until(effect, now)
    if until is not None:
        settling.save(lane, effect, now, ready_at=until)
        return None
    message = None
    try:
        with translation.override(effect.person.language or effect.person.company.language):
            message = writing.message(effect, lane.channel, known, now)
            result = send(message)
    except Exception as error:  # a notice that cannot even be written must not stop the others
        log.exception("notice failed", effect=effect.pk, kind=effect.kind)
        result = Dead(f"{type(error).__name__}: {error}")
    crash.point("outbox.after_send")
    if isinstance(result, Wait):
        settling.save(lane, effect, now, ready_at=watch.now() + timedelta(seconds=result.after))
        return None
    settling.book(effect, lane, result, watch.now(), sent)
    if message is not None:
        settling.note_address(effect, lane.channel, message.to, result, known, watch.now())
    return result


def _singly(
    group: list[Effect],
    lane: Lane,
    watch: lanes.Watch,
    send: Callable[[Message], Result],
    known: writing.Known,
    sent: Sent,
) -> Result | None:
    last: Result | None = None
    for effect in group:
        last = _one(effect, lane, watch, send, known, sent) or last
        if isinstance(last, Retry) and last.everything:
            break
    return last


def _bundle(
    group: list[Effect],
    lane: Lane,
    watch: lanes.Watch,
    send: Callable[[Message], Result],
    known: writing.Known,
    sent: Sent,
) -> Result | None:
    """What a head is told: one notice as it is, several as one table, and none so soon after the last."""
    now = watch.now()
    first = group[0]
    if len(group) > 1 and known.watched:
        for effect in group:
            _one(effect, lane, watch, send, known, sent)
        return None
    until = max(filter(None, (waiting.quiet_until(first, now), bundles.waits_until(first, now))), default=None)
    if until is not None:
        for effect in group:
            settling.save(lane, effect, now, ready_at=until)
        return None
    if len(group) == 1:
        return _one(first, lane, watch, send, known, sent)
    try:
        with translation.override(first.person.language or first.person.company.language):
            told = [writing.message(effect, lane.channel, known, now) for effect in group]
            zone = ZoneInfo(first.person.zone or first.person.company.zone)
            rows = [(one.notice.subject, one.url, effect.created_at) for one, effect in zip(told, group, strict=True)]
            table = words.bundle(rows, zone, now)
            result = send(replace(told[0], notice=table, url=links.public_url(), kind="bundle", cycle=None, turn=0))
    except Exception:  # one of them cannot be written: each goes alone, so that it stops no other
        log.exception("bundle failed", effects=[effect.pk for effect in group])
        return _singly(group, lane, watch, send, known, sent)
    crash.point("outbox.after_send")
    for effect in group:
        if isinstance(result, Wait):
            settling.save(lane, effect, now, ready_at=watch.now() + timedelta(seconds=result.after))
        else:
            settling.book(effect, lane, result, watch.now(), sent)
    if isinstance(result, Wait):
        return None
    settling.note_address(first, lane.channel, told[0].to, result, known, watch.now())
    return result
