"""Raw SQL of the hot path: which dialect, and reading with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from leaddrum.engine import postgres, sqlite

Row = tuple[Any, ...]


def dialect() -> Any:
    return postgres if connection.vendor == "postgresql" else sqlite


def read(statement: str, values: Sequence[Any]) -> list[Row]:
    """Rows: JSON as text, instants as the driver's fastest form (`rows.instant` reads both)."""
    with connection.cursor() as cursor:
        rows: list[Row] = dialect().read(cursor, statement, values)
        return rows


def instants(name: str) -> str:
    """How a query of `read` names a column of instants."""
    text: str = dialect().INSTANT.format(name)
    return text


def keep_pages() -> None:
    """This thread's connection turns the drum: on SQLite it may keep 64 MiB of pages, not the few of one that serves
    requests. What falls due lies scattered over a large file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size=-65536")


def end_stalled() -> int:
    """On PostgreSQL, end what other processes left hanging, frozen or cut off in the middle of a statement: it holds
    its company, whom nobody else could turn (S-41). Returns how many sessions that were."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        return postgres.end_stalled(cursor)
