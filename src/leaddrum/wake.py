"""Waking this process's engine before its sleep is over. On PostgreSQL, NOTIFY wakes those of other machines too."""

from __future__ import annotations

import threading

import structlog
from django.db import connection

CHANNEL = "leaddrum"  # of NOTIFY
_sleepers: set[threading.Event] = set()
log = structlog.stdlib.get_logger("leaddrum.wake")


def enlist(sleeper: threading.Event) -> None:
    _sleepers.add(sleeper)


def dismiss(sleeper: threading.Event) -> None:
    _sleepers.discard(sleeper)


def call() -> None:
    """Something may be due sooner than thought."""
    for sleeper in tuple(_sleepers):
        sleeper.set()


class Ear(threading.Thread):
    """Listens on a connection of its own for NOTIFY and wakes the loops; a lost connection is made anew."""

    def __init__(self) -> None:
        super().__init__(name="leaddrum-ear", daemon=True)
        self.stopping = threading.Event()

    def run(self) -> None:
        import psycopg

        while not self.stopping.is_set():
            try:
                parameters = connection.get_connection_params()
                parameters.pop("cursor_factory", None)
                parameters.pop("context", None)
                with psycopg.connect(**parameters, autocommit=True) as ear:
                    ear.execute(f"LISTEN {CHANNEL}")
                    call()  # what was missed while deaf
                    while not self.stopping.is_set():
                        for _notice in ear.notifies(timeout=1.0, stop_after=1):
                            call()
            except psycopg.Error as error:
                log.warning("not listening", error=type(error).__name__)
                self.stopping.wait(2.0)

    def stop(self) -> None:
        self.stopping.set()
