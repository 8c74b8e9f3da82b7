"""A postman for each way back to clients: a gateway that hangs keeps nobody else's answers waiting."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime

import structlog
from django.db import connections

from leaddrum import lanes
from leaddrum.intake import replies

MOST = 16  # ways served at the same moment
log = structlog.stdlib.get_logger("leaddrum.replies")


class Postmen:
    """
    Args:
        stopping: asked between two answers; True: leave.
        again: called when a postman is free again.
    """

    def __init__(self, stopping: Callable[[], bool], again: Callable[[], None]) -> None:
        self._stopping, self._again = stopping, again
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="leaddrum-postman")
        self._under_way: dict[int, Future[None]] = {}

    def look(self, now: datetime) -> datetime | None:
        """Hand out what is due. Returns when there is more by a way that nobody serves."""
        self._under_way = {way: future for way, future in self._under_way.items() if not future.done()}
        watch = lanes.Watch(now)
        for way in replies.due_ways(now):
            if way not in self._under_way and not self._stopping():
                self._under_way[way] = self._pool.submit(self._serve, way, watch)
        return replies.next_due(list(self._under_way))

    def join(self, patience: float) -> bool:
        """Wait until all are free, at most `patience` seconds. Returns whether they are."""
        ended = not wait(self._under_way.values(), timeout=patience).not_done
        self._pool.shutdown(wait=ended, cancel_futures=True)
        return ended

    def _serve(self, way: int, watch: lanes.Watch) -> None:
        try:
            replies.serve(way, watch.now, self._stopping)
        except Exception as error:  # what it had in hand is tried again when the lease has run out
            log.exception("postman failed", way=way, error=type(error).__name__)
        finally:
            connections.close_all()
            self._again()
