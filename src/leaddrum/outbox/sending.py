"""One lane after another: what is due goes out, outside any transaction, and each notice is settled at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.db import InterfaceError, OperationalError
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
    known = writing.Known.about(lane, ready, watch.now())
    with channel.open() as send:
        carried = _Round(lane, watch, send, known, sent, stopping)
        gather = getattr(send, "gather", None)  # see `channels.base.Gathering`
        if gather is not None:
            carried.gather(gather, ready)
        for group in bundles.grouped(effect for effect in ready if effect.pk not in carried.gathered):
            if stopping() or carried.closed is not None:
                break
            carried.group(group)
    settling.put_off(lane, carried.postponed, watch.now())
    error, pause = (carried.closed.error, carried.closed.after) if carried.closed is not None else ("", 0.0)
    if error:
        settling.elsewhere(lane, ready, watch.now())
    pause = max(pause, channel.spacing * carried.tried)
    again = channel.follow(lane.company_id, watch.now()) if isinstance(channel, Following) and not error else None
    settling.lane_again(lane, watch.now(), pause, error, again)


@dataclass(slots=True)
class _Round:
    """The notices of one claimed lane, on one connection."""

    lane: Lane
    watch: lanes.Watch
    send: Callable[[Message], Result]
    known: writing.Known
    sent: Sent
    stopping: Callable[[], bool]
    tried: int = 0  # messages
    closed: Retry | None = None  # the way itself is: nothing else need be tried
    gathered: set[int] = field(default_factory=set)  # notices that are settled
    postponed: list[Effect] = field(default_factory=list)  # put off to their `ready_at`, all in one go at the end

    def gather(self, gather: Callable[[Iterable[Message]], Iterator[Message]], ready: list[Effect]) -> None:
        """Those that can go in few requests, or several at once. Each is settled while the next are under way."""
        effects = {effect.pk: effect for effect in ready}
        for message in gather(self._to_gather(ready)):
            self.gathered.add(message.effect)
            self._settle([effects[message.effect]], self.send(message), message.to)

    def _to_gather(self, ready: list[Effect]) -> Iterator[Message]:
        """Written when it is asked for. One that cannot be written shows that when its own turn comes."""
        for effect in ready:
            now = self.watch.now()
            if self.stopping():
                return
            if bundles.heads(effect) or self.known.stale(effect) or waiting.quiet_until(effect, now) is not None:
                continue
            try:
                with _language(effect):
                    message = writing.message(effect, self.lane.channel, self.known, now)
            except Exception:  # noqa: S112 - see above
                continue
            yield message

    def group(self, group: list[Effect]) -> None:
        """What goes together: one notice as it is, what a head is told as one table and none so soon after the last."""
        group = [effect for effect in group if not self._stale(effect)]
        if not group or not bundles.heads(group[0]):
            self._each(group)
            return
        now, first = self.watch.now(), group[0]
        until = max(filter(None, (waiting.quiet_until(first, now), bundles.waits_until(first, now))), default=None)
        if until is not None:
            self._put_off(group, until)
        elif len(group) > 1:
            self._table(group)
        else:
            self._one(first)

    def _stale(self, effect: Effect) -> bool:
        """Whether nobody is to be told of it any more: then it is settled."""
        if not self.known.stale(effect):
            return False
        now = self.watch.now()
        stale = {"state": Effect.State.DONE, "done_at": now, "late_at": None, "error": "stale"}
        settling.save(self.lane, effect, now, stale)
        self.sent.stale += 1
        return True

    def _each(self, group: list[Effect]) -> None:
        for effect in group:
            if self.closed is None:
                self._one(effect)

    def _one(self, effect: Effect) -> None:
        """Send and settle one notice.

        Raises:
            OperationalError, InterfaceError: the database does not answer; it goes when the lease has run out.
        """
        now = self.watch.now()
        until = waiting.quiet_until(effect, now)
        if until is not None:
            self._put_off([effect], until)
            return
        message = None
        try:
            with _language(effect):
                message = writing.message(effect, self.lane.channel, self.known, now)
                result = self.send(message)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # a notice that cannot even be written must not stop the others
            log.exception("notice failed", effect=effect.pk, kind=effect.kind)
            result = Dead(f"{type(error).__name__}: {error}")
        self._settle([effect], result, message.to if message is not None else None)

    def _table(self, group: list[Effect]) -> None:
        """Several notices of a head as one."""
        now, first = self.watch.now(), group[0]
        try:
            with _language(first):
                told = [writing.message(effect, self.lane.channel, self.known, now) for effect in group]
                zone = ZoneInfo(first.person.zone or first.person.company.zone)
                rows = [
                    (one.notice.subject, one.url, effect.created_at) for one, effect in zip(told, group, strict=True)
                ]
                table = words.bundle(rows, zone, now)
                bundle = replace(told[0], notice=table, url=links.public_url(), kind="bundle", cycle=None, turn=0)
                result = self.send(bundle)
        except Exception:  # one of them cannot be written: each goes alone, so that it stops no other
            log.exception("bundle failed", effects=[effect.pk for effect in group])
            self._each(group)
            return
        self._settle(group, result, told[0].to)

    def _settle(self, group: list[Effect], result: Result, to: str | None) -> None:
        crash.point("outbox.after_send")
        if isinstance(result, Wait):
            self._put_off(group, self.watch.now() + timedelta(seconds=result.after))
            return
        self.tried += 1
        if isinstance(result, Retry) and result.everything:
            self.closed = result
        for effect in group:
            settling.book(effect, self.lane, result, self.watch.now(), self.sent)
        if to is not None:
            settling.note_address(group[0], self.lane.channel, to, result, self.known, self.watch.now())

    def _put_off(self, group: list[Effect], until: datetime) -> None:
        for effect in group:
            effect.ready_at = until
        self.postponed.extend(group)


def _language(effect: Effect) -> AbstractContextManager[None]:
    """Of whoever is told."""
    return translation.override(effect.person.language or effect.person.company.language)
