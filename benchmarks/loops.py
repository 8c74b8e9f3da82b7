"""The loops of an engine in virtual time, side by side as in the product: while one waits for a portal's answer, the
others work.

1. Each loop is a thread; exactly one of them runs at a time, the one whose instant comes first.
2. What it computes takes the processor's seconds it really took; a request takes the seconds that the portal works on
   it, and so long the loop sleeps.
3. When its step is done it sleeps until the instant the step named, or until `wake.call`, as `leaddrum.loop` does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.db import connections

from benchmarks.frame import say
from leaddrum import clock, wake
from leaddrum.crm.bitrix24 import client
from leaddrum.loop import REST

LONGEST = timedelta(seconds=1)  # LEADDRUM_TICK
Step = Callable[[datetime], datetime | None]


class Loops:
    """`now`, `set_now`: the virtual clock. `worked`: seconds the portal has worked on everything so far."""

    def __init__(self, set_now: Callable[[datetime], None], worked: Callable[[], float]) -> None:
        self._set_now, self._worked = set_now, worked
        self._back = threading.Event()
        self._ended = False
        self._loops: list[_Loop] = []
        self._began = 0.0
        self.requests = 0
        self.slices: list[tuple[str, float, float]] = []  # loop, seconds it computed, seconds it then waited

    def add(self, name: str, step: Step) -> None:
        self._loops.append(_Loop(self, name, step))

    def run(self, done: Callable[[], bool], most: timedelta) -> None:
        """Until `done`, which is asked whenever a loop has given way, or for so long at most."""
        last = clock.now() + most
        for loop in self._loops:
            loop.at = clock.now()
            loop.start()
        kept, client.opened = client.opened, self._opened
        try:
            while clock.now() < last and not any(loop.error for loop in self._loops):
                first = min(self._loops, key=lambda loop: loop.at)
                self._set_now(max(clock.now(), first.at))
                self._let(first)
                if done():  # its last request takes until then
                    self._set_now(max(clock.now(), first.at))
                    break
                for loop in self._loops:
                    if loop.sleeps and loop.woken.is_set():
                        loop.at = min(loop.at, clock.now() + timedelta(seconds=REST))
        finally:
            client.opened = kept
            self._ended = True
            for loop in self._loops:
                self._let(loop)
                loop.join(60)
                wake.dismiss(loop.woken)
        for loop in self._loops:
            if loop.error is not None:
                raise loop.error

    def told(self) -> None:
        """Show what the loops' time was spent on."""
        for name in sorted({one[0] for one in self.slices}):
            mine = [one for one in self.slices if one[0] == name]
            computed, waited = sum(one[1] for one in mine), sum(one[2] for one in mine)
            say(f"{name}: {len(mine)} slices, {computed:.1f} s computed, {waited:.1f} s waited for the portal")

    def _let(self, loop: _Loop) -> None:
        self._back.clear()
        loop.go.set()
        self._back.wait()

    def _opened(self, base: str) -> httpx.Client:
        del base
        made = _Connection(trust_env=False, timeout=60, headers={"Accept": "application/json"})
        made.loops = self
        return made

    def give_way(self, loop: _Loop, pause: float) -> None:
        """The running loop sleeps for so many seconds, and for what it has computed."""
        self.slices.append((loop.name, self.computed, pause))
        loop.at = clock.now() + timedelta(seconds=pause + self.computed)
        self.hand_back(loop)

    def hand_back(self, loop: _Loop) -> None:
        if self._ended:
            return
        self._back.set()
        loop.go.wait()
        loop.go.clear()
        self._began = time.thread_time()

    @property
    def computed(self) -> float:
        return time.thread_time() - self._began

    @property
    def ended(self) -> bool:
        return self._ended

    def asked(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        """One request of the running loop."""
        loop = threading.current_thread()
        before = self._worked()
        answer = ask()
        self.requests += 1
        if isinstance(loop, _Loop):
            self.give_way(loop, self._worked() - before)
        return answer


class _Connection(httpx.Client):
    """A connection on which the portal's seconds pass."""

    loops: Loops

    def post(self, *given: Any, **named: Any) -> httpx.Response:
        return self.loops.asked(lambda: super(_Connection, self).post(*given, **named))


class _Loop(threading.Thread):
    def __init__(self, loops: Loops, name: str, step: Step) -> None:
        super().__init__(name=name, daemon=True)
        self._loops, self._step = loops, step
        self.at = clock.now()
        self.sleeps = False
        self.go, self.woken = threading.Event(), threading.Event()
        self.error: Exception | None = None
        wake.enlist(self.woken)

    def run(self) -> None:
        self.go.wait()
        self.go.clear()
        self._loops._began = time.thread_time()  # noqa: SLF001
        try:
            while not self._loops.ended:
                self.woken.clear()
                next_at = self._step(clock.now())
                self._loops.slices.append((self.name, self._loops.computed, 0.0))
                now = clock.now() + timedelta(seconds=self._loops.computed)
                self.at = max(min(next_at or now + LONGEST, now + LONGEST), now + timedelta(seconds=REST))
                self.sleeps = True
                self._loops.hand_back(self)
                self.sleeps = False
        except Exception as error:  # told by whoever runs the loops
            self.error = error
        finally:
            connections.close_all()
            self._loops._back.set()  # noqa: SLF001
