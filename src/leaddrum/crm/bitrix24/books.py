"""Where the budget's state is kept: in the portal's row, shared by all processes, kept over restarts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from leaddrum import clock
from leaddrum.crm.bitrix24 import budget
from leaddrum.crm.bitrix24.budget import Limits, State, Urgency
from leaddrum.models import Portal


class InMemory:
    """Of one process: before a portal has a row."""

    def __init__(self, limits: Limits | None = None, now: Callable[[], float] | None = None) -> None:
        self.limits = limits or Limits()
        self.state = State()
        self._now = now or (lambda: clock.now().timestamp())

    @contextmanager
    def _open(self) -> Iterator[State]:
        yield self.state

    def _look(self) -> State:
        return self.state

    def admitted(self, urgency: Urgency) -> float:
        now = self._now()
        with self._open() as state:
            budget.sane(state, now)
            pause = budget.wait(state, self.limits, urgency, now)
            if not pause:
                budget.spend(state, self.limits, now)
            return pause

    def parked(self, methods: Collection[str]) -> dict[str, float]:
        return budget.parked(self._look(), methods, self._now())

    def full(self, after: float) -> None:
        with self._open() as state:
            budget.full(state, self.limits, self._now(), after)

    def park(self, method: str, after: float, until: float | None) -> None:
        now = self._now()
        with self._open() as state:
            budget.park(state, method, until if until is not None and until > now else now + after)

    def heard(self, times: Mapping[str, Mapping[str, Any]]) -> None:
        now = self._now()
        with self._open() as state:
            for method, time in times.items():
                budget.heard(state, self.limits, method, time, now)

    def fitting(self, methods: Sequence[str]) -> int:
        return budget.fitting(self._look(), methods)

    def between(self, method: str, calls: int) -> float:
        return budget.between(self._look(), self.limits, method, calls)


class Shared(InMemory):
    """Of all processes: the row is locked for the moment of booking, never while a request is under way."""

    def __init__(self, portal: int, limits: Limits, now: Callable[[], float] | None = None) -> None:
        super().__init__(limits, now)
        self._portal = portal

    @contextmanager
    def _open(self) -> Iterator[State]:
        with transaction.atomic():
            row = Portal.objects.select_for_update().only("spent").get(pk=self._portal)
            state = State.of(row.spent)
            yield state
            Portal.objects.filter(pk=self._portal).update(spent=state.plain())

    def _look(self) -> State:
        return State.of(Portal.objects.values_list("spent", flat=True).get(pk=self._portal))
