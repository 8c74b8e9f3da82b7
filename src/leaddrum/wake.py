"""Waking this process's engine before its sleep is over. On PostgreSQL, NOTIFY wakes those of other machines too."""

from __future__ import annotations

import threading

CHANNEL = "leaddrum"  # of NOTIFY
_sleepers: set[threading.Event] = set()


def enlist(sleeper: threading.Event) -> None:
    _sleepers.add(sleeper)


def dismiss(sleeper: threading.Event) -> None:
    _sleepers.discard(sleeper)


def call() -> None:
    """Something may be due sooner than thought."""
    for sleeper in tuple(_sleepers):
        sleeper.set()
