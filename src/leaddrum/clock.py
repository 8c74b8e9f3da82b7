"""The clock of the edges (loop, CLI, pages, API). The core and the engine are told the time instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _wall() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _wall


def now() -> datetime:
    """The present instant, UTC."""
    return _read()


@contextmanager
def reading(clock: Callable[[], datetime]) -> Iterator[None]:
    """Put another clock in place for a while: a test's, the demo's."""
    global _read  # one clock a process is the point
    before, _read = _read, clock
    try:
        yield
    finally:
        _read = before
