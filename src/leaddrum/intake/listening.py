"""Ways in that we read ourselves: mailboxes, a telephony's event stream, a bot's updates, our own SMTP listener.

One thread looks after them: each active way has a thread of its own, in one process of the installation at a time.
A session that breaks is begun anew with growing pauses, and the way says on its page what the trouble is. `stop` lets
the message in hand be committed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog
from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Q

from leaddrum import clock
from leaddrum.intake import ways
from leaddrum.models import Way

LOOK = 3.0  # seconds between two looks at what ways there are
LEASE = timedelta(seconds=45)
RENEW = 10.0  # seconds
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)  # after the first, second, … failure in a row
log = structlog.stdlib.get_logger("leaddrum.listening")


class TroubleError(Exception):
    """The session cannot go on; says why in words for the administrator."""


class Hold:
    """A way in the hands of one thread of this process."""

    def __init__(self, way: Way, worker: str) -> None:
        self.pk, self.worker = way.pk, worker
        self.mark = (way.settings, way.sealed, way.preset, way.drum_id)
        self.stopping = threading.Event()
        self._renewed = 0.0

    def take(self) -> Way | None:
        """The way, when no other process has it."""
        now = clock.now()
        free = Q(held_by="") | Q(held_by=self.worker) | Q(held_until=None) | Q(held_until__lt=now)
        mine = Way.objects.filter(free, pk=self.pk, active=True)
        if not mine.update(held_by=self.worker, held_until=now + LEASE):
            return None
        self._renewed = time.monotonic()
        return Way.objects.select_related("company").get(pk=self.pk)

    def still(self) -> bool:
        """Whether to go on. Renews the lease now and then."""
        if self.stopping.is_set():
            return False
        if time.monotonic() - self._renewed > RENEW:
            held = Way.objects.filter(pk=self.pk, held_by=self.worker, active=True)
            if not held.update(held_until=clock.now() + LEASE):
                return False
            self._renewed = time.monotonic()
        return True

    def release(self) -> None:
        Way.objects.filter(pk=self.pk, held_by=self.worker).update(held_by="", held_until=None)


Session = Callable[[Way, Hold], None]


class Reader(threading.Thread):
    """Reads one way until it is told to stop."""

    def __init__(self, hold: Hold, session: Session) -> None:
        super().__init__(name=f"leaddrum-way-{hold.pk}", daemon=True)
        self.hold, self.session = hold, session

    def run(self) -> None:
        failures = 0
        try:
            while not self.hold.stopping.is_set():
                began = time.monotonic()
                failed = self._once()
                failures = failures + 1 if failed and time.monotonic() - began < 60 else int(failed)
                pause = PAUSES[min(failures, len(PAUSES)) - 1] if failed else LOOK
                self.hold.stopping.wait(pause)
        finally:
            connections.close_all()

    def _once(self) -> bool:
        """One session. True: it ended by a failure."""
        try:
            way = self.hold.take()
            if way is None:
                return False
            try:
                self.session(way, self.hold)
            except (DatabaseError, InterfaceError):
                raise
            except (TroubleError, OSError) as error:
                log.warning("way in trouble", way=way.pk, why=str(error))
                ways.ill(way, str(error) or type(error).__name__, clock.now())
                return True
            except Exception as error:  # a fault of ours: it is read as little as one whose server is away
                log.exception("way in failed", way=way.pk, error=type(error).__name__)
                ways.ill(way, type(error).__name__, clock.now())
                return True
            finally:
                self.hold.release()
        except DatabaseError as error:
            log.warning("way in: no database", error=type(error).__name__)
            connections.close_all()
            return True
        except Exception as error:
            log.exception("way in failed", way=self.hold.pk, error=type(error).__name__)
            connections.close_all()
            return True
        return False


class Listening(threading.Thread):
    """Starts and stops readers as ways come, change and go."""

    def __init__(self, worker: str, sessions: Mapping[tuple[str, str], Session]) -> None:
        super().__init__(name="leaddrum-listening", daemon=True)
        self.worker, self.sessions = worker, sessions
        self.stopping = threading.Event()
        self.readers: dict[int, Reader] = {}

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                try:
                    self.look()
                except Exception as error:  # whatever it is: without this thread no mailbox is read any more
                    log.warning("ways cannot be looked up", error=type(error).__name__)
                    connections.close_all()
                self.stopping.wait(LOOK)
        finally:
            for reader in self.readers.values():
                reader.hold.stopping.set()
            for reader in self.readers.values():
                reader.join(20)
            connections.close_all()

    def look(self) -> None:
        """One look at what ways there are."""
        read = Way.objects.filter(active=True, kind__in={kind for kind, _preset in self.sessions})
        wanted = {way.pk: way for way in read if (way.kind, way.preset) in self.sessions}
        for pk, reader in list(self.readers.items()):
            way = wanted.get(pk)
            changed = way is not None and Hold(way, self.worker).mark != reader.hold.mark
            if way is None or changed:
                reader.hold.stopping.set()
            if not reader.is_alive():
                del self.readers[pk]
        for pk, way in wanted.items():
            if pk not in self.readers:
                reader = Reader(Hold(way, self.worker), self.sessions[way.kind, way.preset])
                self.readers[pk] = reader
                reader.start()

    def stop(self) -> None:
        self.stopping.set()
