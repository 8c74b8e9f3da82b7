"""Calls that wait at the door: when more come at once than can be taken in, they are kept as they came, and then taken
in one after the other, in their order. A sender hears “ok” when his call is committed, read or not: nothing gets lost.

Many callers share one commit: a thread of its own writes what has gathered while the one before was under way.
"""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import DatabaseError, OperationalError, connections, transaction

from leaddrum import engine
from leaddrum.intake import clean, ways
from leaddrum.intake.hooks import receive
from leaddrum.intake.hooks.call import Call, unread
from leaddrum.intake.hooks.formats import FORMATS
from leaddrum.intake.problems import Problem
from leaddrum.models import Knock, Way

TOGETHER = 200  # calls in one commit
IDLE = 5.0  # seconds without a call after which the writer ends, and its connection with it
PATIENCE = 30.0  # seconds a caller waits for the commit
AT_ONCE = 5  # taken in in one transaction: a company is held for so long
MOST_FAILURES = 5
PRESSED = 0.5  # seconds after a call in which more are expected
READ_BY = ("content-type", "referer")  # headers that are needed to read a call; those that prove it are not kept
log = structlog.stdlib.get_logger("leaddrum.hooks")


@dataclass(frozen=True, slots=True)
class _Given:
    row: Knock
    done: Future[None]


class Writer:
    """Keeps calls. One for each process that answers them."""

    def __init__(self) -> None:
        self._given: queue.SimpleQueue[_Given] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running = False
        self._last = 0.0  # by the monotonic clock

    @property
    def pressed(self) -> bool:
        """Whether calls are being kept just now: who answers them shall not wait for other work of this process."""
        return time.monotonic() - self._last < PRESSED

    def keep(self, way: Way, call: Call, *, at: datetime) -> None:
        """Returns when the call is committed.

        Raises:
            DatabaseError: it is not.
            TimeoutError: nobody knows yet; the sender is to come again.
        """
        headers = {name: call.headers[name] for name in READ_BY if name in call.headers}
        row = Knock(company_id=way.company_id, way_id=way.pk, received_at=at, body=call.body)
        row.headers, row.query = headers, clean.storable(dict(call.query))
        self._last = time.monotonic()
        given = _Given(row, Future())
        self._given.put(given)
        with self._lock:
            if not self._running:
                self._running = True
                threading.Thread(target=self._write, name="leaddrum-knocks", daemon=True).start()
        given.done.result(PATIENCE)

    def _write(self) -> None:
        try:
            while True:
                try:
                    batch = [self._given.get(timeout=IDLE)]
                except queue.Empty:
                    with self._lock:
                        if self._given.empty():
                            self._running = False
                            return
                    continue
                while len(batch) < TOGETHER and not self._given.empty():
                    batch.append(self._given.get())
                _commit(batch)
        finally:
            connections.close_all()


WRITER = Writer()


def _commit(batch: list[_Given]) -> None:
    try:
        with transaction.atomic():
            Knock.objects.bulk_create(given.row for given in batch)
    except Exception as error:
        connections.close_all()
        for given in batch:
            given.done.set_exception(error if isinstance(error, DatabaseError) else DatabaseError(str(error)))
        return
    for given in batch:
        given.done.set_result(None)


# Taking in


def take_in_due(now: datetime) -> bool:
    """Take in the oldest that wait. Returns whether there may be more.

    Raises:
        DatabaseError: nothing was taken in. The one it failed at is tried anew a few times, then shown as unreadable.
    """
    oldest = Knock.objects.order_by("pk").values_list("pk", "company_id").first()
    if oldest is None:
        return False
    number, company_id = oldest
    try:
        with engine.in_company(company_id):
            rows = list(Knock.objects.select_related("way__company").order_by("pk")[:AT_ONCE])
            for row in rows:
                if row.company_id != company_id:
                    break  # of another company: next time, holding that one
                number = row.pk
                _take_in(row, now)
    except OperationalError:
        raise  # the database's trouble, and no call's
    except DatabaseError:
        _failed(number, now)
        raise
    return True


def _take_in(row: Knock, now: datetime) -> None:
    spoken = FORMATS.get((row.way.kind, row.way.preset))
    if spoken is not None:
        receive.hear(row.way, spoken, _call(row), now=now, at=row.received_at)
    row.delete()


def _failed(number: int, now: datetime) -> None:
    """One that the database does not take stops the others no longer than a few attempts (S-46)."""
    row = Knock.objects.select_related("way__company").filter(pk=number).first()
    if row is None:
        return
    row.failures += 1
    if row.failures < MOST_FAILURES:
        row.save(update_fields=["failures"])
        return
    log.error("knock given up", knock=number, way=row.way_id)
    with engine.in_company(row.company_id):
        problem = Problem("body", "it could not be stored")
        ways.keep(row.way, ways.CHANNELS[row.way.kind], unread(row.way, bytes(row.body)), now=now, problems=[problem])
        row.delete()


def _call(row: Knock) -> Call:
    return Call(bytes(row.body), row.headers, row.query, row.received_at)
