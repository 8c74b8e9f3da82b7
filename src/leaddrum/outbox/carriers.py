"""A carrier for each channel: a mail server that hangs keeps no messenger waiting.

Whoever looks claims the lanes that are due, at most one of each channel, and leaves each to that channel's thread; it
goes on until its channel has no lane due. So a channel that is idle costs nothing, and each is served in order.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime

import structlog
from django.db import connections

from leaddrum import lanes
from leaddrum.channels import CHANNELS
from leaddrum.models import Lane
from leaddrum.outbox import sending
from leaddrum.outbox.sent import Sent

log = structlog.stdlib.get_logger("leaddrum.outbox")


class Carriers:
    """
    Args:
        stopping: asked between two messages; True: settle and leave.
        again: called when a carrier is free again.
    """

    def __init__(self, stopping: Callable[[], bool], again: Callable[[], None]) -> None:
        self._stopping, self._again = stopping, again
        self._pool = ThreadPoolExecutor(len(CHANNELS), thread_name_prefix="leaddrum-carrier")
        self._under_way: dict[str, Future[None]] = {}

    def look(self, now: datetime) -> datetime | None:
        """Hand out what is due. Returns when there is more for those who are free."""
        watch = lanes.Watch(now)
        while free := [channel for channel in CHANNELS if self._free(channel)]:
            lane = None if self._stopping() else lanes.claim(watch.now(), free)
            if lane is None:
                return lanes.next_due(free)
            self._under_way[lane.channel] = self._pool.submit(self._carry, lane, watch)
        return None

    def join(self, patience: float) -> bool:
        """Wait until all are free, at most `patience` seconds. Returns whether they are."""
        ended = not wait(self._under_way.values(), timeout=patience).not_done
        self._pool.shutdown(wait=ended)
        return ended

    def _free(self, channel: str) -> bool:
        return channel not in self._under_way or self._under_way[channel].done()

    def _carry(self, first: Lane, watch: lanes.Watch) -> None:
        try:
            lane: Lane | None = first
            while lane is not None and not self._stopping():
                sending.carry(lane, watch, Sent(), sending.BATCH, self._stopping)
                lane = lanes.claim(watch.now(), [first.channel])
        except Exception as error:  # its lane is free again when the lease has run out
            log.exception("carrier failed", channel=first.channel, error=type(error).__name__)
        finally:
            connections.close_all()
            self._again()
