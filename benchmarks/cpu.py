"""Seconds of the processor: what a process used, together with the database server that works for it alone.

On a machine with other work, seconds by the clock say how busy it was as much as how fast a program is; these do not.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import psutil


class Cpu:
    """Counts from when it is made. `connection`: the driver's own, of sqlite3 or psycopg."""

    def __init__(self, connection: Any) -> None:
        self._server: psutil.Process | None = None
        if not isinstance(connection, sqlite3.Connection):
            self._server = psutil.Process(connection.info.backend_pid)
        self._began = self._used()

    def _used(self) -> float:
        if self._server is None:
            return time.process_time()
        times = self._server.cpu_times()
        return time.process_time() + times.user + times.system

    def seconds(self) -> float:
        return self._used() - self._began


def of_children(without: int = 0) -> float:
    """What this process's children and theirs used so far: workers with what they started, Redis, and those processes
    of a PostgreSQL server that serve a connection. Its background writers are left out, as `Cpu` leaves them out.

    Args:
        without: a process that does not count.
    """
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            title, times = " ".join(process.cmdline()), process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        postgres = title.startswith("postgres:") or "/bin/postgres " in title
        if process.pid != without and (not postgres or "127.0.0.1" in title):
            total += times.user + times.system
    return total
