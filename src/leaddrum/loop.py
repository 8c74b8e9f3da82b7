"""The one loop: it alone reads the clock and turns the drums.

An engine is several of these loops side by side, so that neither a slow mail server nor a long table delays a verdict:

1. *turn*: let the guard look at the clock (S-43); tick until nothing is due; beat, and end sessions that hang.
2. *send*: hand out what the outbox has due to the channels' carriers.
3. *ask*: read CRMs apart for the deadlines that wait for it, and write what the engine asked for. Three of them: what
   one company's CRM takes its time over, or is told, must keep neither its own owners nor other companies waiting.
4. *bring*: bring in rows of the tables that people have started to import.
5. *keep*: tell of ways in that are broken or silent; seal what was journalled, bring the facts of reports and feeds
   up to date, send the month's report.
6. *hear*: what people press in messengers, when one is connected.
7. *reply*: what goes back to clients by the way they came.
8. *open*: take in the calls that wait at the door, when more came at once than could be.

Beside them the ways in that we read ourselves have threads of their own (`leaddrum.intake.listening`).

Each then sleeps until the instant its work named, at most LEADDRUM_TICK, or until woken. A failure is logged and
tried again with growing pauses; a lost database connection is dropped and made anew. `stop` lets the batch in hand
finish, so no lease stays behind.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, connections
from django.db.models import Max

from leaddrum import clock, engine, lanes, outbox, wake
from leaddrum.channels.telegram_updates import Hearing
from leaddrum.crm import work
from leaddrum.engine import sql
from leaddrum.facts import forgetting, keep, monthly
from leaddrum.guard import Guard, Look
from leaddrum.intake import sessions, table
from leaddrum.intake.hooks import knocks
from leaddrum.intake.listening import Listening
from leaddrum.intake.mail.listener import Listener
from leaddrum.intake.postmen import Postmen
from leaddrum.intake.watching import Watching
from leaddrum.models import Heartbeat

BEAT = timedelta(seconds=5)
FORGET = timedelta(days=1)  # the heartbeat of a process that is gone, once another one lives
STOPPED = "stopped"
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds after the first, second, … failure in a row
BATCH = 500
REST = 0.05  # seconds: what falls due, or calls, meanwhile shares one transaction; nobody notices so short a delay
ASKING = 3  # loops that talk with CRMs apart
SOON = 0.3  # seconds: books are read by people, and one look at some rows costs little more than one at a few
STEP_BACK = 4.0  # while calls press in, they have four fifths of this process's time
ROWS = 200  # of an imported table between two looks at the clock
log = structlog.stdlib.get_logger("leaddrum.loop")


class Loop(threading.Thread):
    """Does `step` again and again; `step` returns when it is worth while again."""

    def __init__(self, name: str, step: Callable[[], datetime | None], *, longest: float | None = None) -> None:
        super().__init__(name=f"leaddrum-{name}", daemon=True)
        self._step, self._longest = step, longest
        self.woken = threading.Event()
        self.stopping = threading.Event()
        self.failures = 0

    def run(self) -> None:
        wake.enlist(self.woken)
        try:
            while not self.stopping.is_set():
                self.woken.clear()  # before the work: a call that comes during it is not lost
                pause = self.once()
                self.stopping.wait(REST)  # also when there is more: it may be in another worker's hands
                if pause > REST and not self.stopping.is_set():  # else its call may have been cleared above
                    self.woken.wait(pause - REST)
        finally:
            wake.dismiss(self.woken)
            connections.close_all()

    def once(self) -> float:
        """One step. Returns the seconds to sleep."""
        try:
            next_at = self._step()
        except Exception as error:
            pause = PAUSES[min(self.failures, len(PAUSES) - 1)]
            self.failures += 1
            log.exception("step failed", loop=self.name, again_in=pause, error=type(error).__name__)
            connections.close_all()
            # Not `wake`d out of it: a failing database must not be hammered.
            self.stopping.wait(pause)
            return 0.0
        if self.failures:
            log.info("step works again", loop=self.name, failures=self.failures)
            self.failures = 0
        longest = settings.TICK if self._longest is None else self._longest
        if next_at is None:
            return longest
        return min(longest, max(0.0, (next_at - clock.now()).total_seconds()))

    def stop(self) -> None:
        self.stopping.set()
        self.woken.set()


class Turning:
    """The first loop's step."""

    def __init__(self, guard: Guard, worker: str, stopping: Callable[[], bool] = lambda: False) -> None:
        self.guard, self.worker, self.stopping = guard, worker, stopping
        self.started_at = clock.now()
        self._beat_at: datetime | None = None
        self._note = ""
        self._away: tuple[datetime, datetime] | None = None

    def __call__(self) -> datetime | None:
        look = self.guard.look()
        if self._beat_at is None or look.judged_at - self._beat_at > _silence():  # new, frozen, no database
            self._look_back(look)  # before it beats: from then on nobody else can know
        self._make_good(look)
        self._note_change(look)
        self.beat(look)
        sql.keep_pages()  # each time: the connection may be a new one
        while look.trusted and not self.stopping():
            ticked = engine.tick(look.judged_at, limit=BATCH, away=self._away)
            if not ticked.more:
                self._away = None
                return ticked.next_at
            self.beat(look)
            look = self.guard.look()
        return None

    def beat(self, look: Look) -> None:
        """Say that this process lives, and end what others left hanging: every few seconds, and at once when the
        clock's state changes."""
        now = clock.now()
        if self._beat_at is not None and look.note == self._note and abs(now - self._beat_at) < BEAT:
            return
        Heartbeat.objects.update_or_create(
            worker=self.worker, defaults={"started_at": self.started_at, "beat_at": now, "note": look.note}
        )
        Heartbeat.objects.filter(beat_at__lt=now - FORGET).delete()
        self._beat_at, self._note = now, look.note
        if ended := sql.end_stalled():
            log.warning("another process hung in the middle of a statement: ended", sessions=ended)

    def end(self) -> None:
        """The last beat: whoever starts next knows from it how long nobody was there (S-42)."""
        Heartbeat.objects.filter(worker=self.worker).update(beat_at=clock.now(), note=STOPPED)

    def _look_back(self, look: Look) -> None:
        """For how long no engine ran, or none that trusted its clock."""
        if away := _away(look.judged_at):
            self._away = self._away or away

    def _make_good(self, look: Look) -> None:
        """Those whose turns run are to get that time back (S-42), and silence counts anew."""
        if self._away is not None and look.trusted:
            self._away = self._away[0], look.judged_at
            engine.silent_ways.deaf(*self._away)

    def _note_change(self, look: Look) -> None:
        if bool(look.note) != bool(self._note):
            log.warning("clock", note=look.note or "right again")


class Engine:
    """The loops, and on PostgreSQL the ear for other machines' calls."""

    def __init__(self) -> None:
        guard = Guard(witness=_database_now if _shared() else None, confirmation=settings.DATA / "clock.json")
        self.turning = Turning(guard, f"{socket.gethostname()}:{os.getpid()}", lambda: self.turn.stopping.is_set())
        self.turn = Loop("turn", self.turning)
        self.send = Loop("send", lambda: self._send(guard))
        self.carriers = outbox.Carriers(self.send.stopping.is_set, self.send.woken.set)
        self.ask = [Loop(f"ask-{number}", lambda: self._ask(guard)) for number in range(1, ASKING + 1)]
        self.bring = Loop("bring", lambda: self._bring(guard))
        self.watch = Watching()
        self.keep = Loop("keep", lambda: self._keep(guard))
        self.hearing = Hearing(lambda: self.hear.stopping.is_set())
        self.hear = Loop("hear", self.hearing, longest=30.0)
        self.reply = Loop("reply", lambda: self._reply(guard))
        self.postmen = Postmen(self.reply.stopping.is_set, self.reply.woken.set)
        self.open = Loop("open", lambda: self._open(guard))
        self.listen = Listening(self.turning.worker, sessions.SESSIONS)
        self.door = Listener(settings.SMTP_LISTEN) if settings.SMTP_LISTEN else None
        self.ear = wake.Ear() if _shared() else None

    def start(self) -> None:
        if not _shared():
            lanes.free(clock.now())  # one engine at a time turns an embedded installation
        for thread in self._threads():
            thread.start()

    def stop(self, *, patience: float = 25.0) -> bool:
        """Ask the loops to end and wait. Returns whether they did within `patience` seconds each."""
        for thread in self._threads():
            thread.stop()
        for thread in self._threads():
            thread.join(patience)
        ended = self.carriers.join(patience) and self.postmen.join(patience)
        ended = ended and not any(thread.is_alive() for thread in self._threads())
        try:
            self.hearing.end()
            self.turning.end()
        except Exception:
            log.exception("the heartbeat could not be taken down")
        return ended

    def _threads(self) -> list[Any]:
        loops = (self.turn, self.send, *self.ask, self.bring, self.keep, self.hear, self.reply, self.open)
        threads = (*loops, self.listen, self.ear, self.door)
        return [thread for thread in threads if thread is not None]

    def _bring(self, guard: Guard) -> datetime | None:
        look = guard.look()
        more = look.trusted and table.run_pending(look.now, limit=ROWS)
        return look.now if more else None

    def _reply(self, guard: Guard) -> datetime | None:
        look = guard.look()
        return self.postmen.look(look.now) if look.trusted else None

    def _open(self, guard: Guard) -> datetime | None:
        look = guard.look()
        watch, until, more = lanes.Watch(look.now), time.monotonic() + 1.0, look.trusted
        while more and time.monotonic() < until and not self.open.stopping.is_set():
            began = time.monotonic()
            more = knocks.take_in_due(watch.now())
            if knocks.WRITER.pressed:
                self.open.stopping.wait(STEP_BACK * (time.monotonic() - began))
        return look.now if more else None

    def _keep(self, guard: Guard) -> datetime | None:
        """Half of the time at most, and once nothing is left no oftener than three times a second: verdicts have no
        time to lose."""
        look, began = guard.look(), time.monotonic()
        if look.trusted:
            self.watch(look.now)
        more = look.trusted and keep.step(look.now)
        if look.trusted and not more:
            monthly.due(look.now)
            more = forgetting.step(look.now)
        self.keep.stopping.wait(time.monotonic() - began if more else SOON)
        return look.now if more else None

    def _ask(self, guard: Guard) -> datetime | None:
        look = guard.look()
        return work.due(look.now) if look.trusted else None

    def _send(self, guard: Guard) -> datetime | None:
        look = guard.look()
        if not look.trusted:
            return None
        return self.carriers.look(look.now)


def _away(now: datetime) -> tuple[datetime, datetime] | None:
    """The stretch up to now in which no engine ran, if it is longer than a missed beat or two."""
    last = Heartbeat.objects.aggregate(at=Max("beat_at"))["at"]
    return (last, now) if last is not None and now - last > _silence() else None


def _silence() -> timedelta:
    return max(3 * BEAT, timedelta(seconds=3 * settings.TICK))


def _shared() -> bool:
    return connection.vendor == "postgresql"


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
        return instant
