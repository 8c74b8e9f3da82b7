"""Writing facts: only rows that differ from what is there, and these with a new change stamp."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, models

from leaddrum.facts.build import CHUNK, Built, Row
from leaddrum.models import FactIncident, FactLead, FactTurn

_STAMPED = ("changed_at", "change_stamp")
_UNCOUNTED = ("stage_id", "moved_at")  # of a lead: the day sheets have nothing of them


def differing(built: Built, cycles: Sequence[int]) -> Built:
    """Of the built rows those that the tables do not have just so."""
    return Built(
        leads=_new(FactLead, built.leads, cycles),
        turns=_new(FactTurn, built.turns, cycles),
        incidents=_new(FactIncident, built.incidents, cycles),
    )


def write(built: Built, stamp: int, now: datetime) -> None:
    """In the caller's transaction."""
    for model, rows in ((FactLead, built.leads), (FactTurn, built.turns), (FactIncident, built.incidents)):
        if rows:
            upsert(model, [{**row, "changed_at": now.replace(microsecond=0), "change_stamp": stamp} for row in rows])


def days(built: Built) -> set[date]:
    """Every day that the pages count these facts under, as they were and as they are now. A lead that has only moved
    to another stage is counted as before."""
    leads = _new(FactLead, built.leads, [row["passage_id"] for row in built.leads], leaving=_UNCOUNTED)
    passages = sorted({row["passage_id"] for rows in (leads, built.turns, built.incidents) for row in rows})
    found = {row["opened_on"] for row in leads} | {row["offered_on"] for row in built.turns}
    for first in range(0, len(passages), CHUNK):
        of = passages[first : first + CHUNK]
        found.update(FactLead.objects.filter(passage_id__in=of).values_list("opened_on", flat=True))
        found.update(FactTurn.objects.filter(passage_id__in=of).values_list("offered_on", flat=True))
    return found


def _new(model: type[models.Model], rows: list[Row], cycles: Sequence[int], leaving: tuple[str, ...] = ()) -> list[Row]:
    but = _STAMPED + leaving
    names = [field.attname for field in model._meta.local_concrete_fields if field.attname not in but]
    known: set[tuple[Any, ...]] = set()
    for first in range(0, len(cycles), CHUNK):
        found = model._base_manager.filter(passage_id__in=cycles[first : first + CHUNK])
        known.update(found.values_list(*names))
    return [row for row in rows if tuple(row[name] for name in names) not in known]


def upsert(model: type[models.Model], rows: list[Row]) -> None:
    fields = model._meta.local_concrete_fields
    key = next(field.column for field in fields if field.primary_key)
    names = [field.column for field in fields]
    embedded = connection.vendor == "sqlite"  # asked once: a connection is looked up at each question
    mark = "?" if embedded else "%s"
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != key)
    quoted = ", ".join(f'"{name}"' for name in names)
    sql = (
        f"INSERT INTO {model._meta.db_table} ({quoted}) VALUES ({', '.join([mark] * len(names))})"  # noqa: S608 - our own
        f" ON CONFLICT ({key}) DO UPDATE SET {sets}"
    )
    values = [[row[field.attname] for field in fields] for row in rows]
    if embedded:
        values = [[_text(value) for value in row] for row in values]
    with connection.cursor() as cursor:
        # The driver's own cursor, as on the hot path: Django's would quote the statement anew for each row.
        raw = cursor.cursor.connection.cursor()
        try:
            raw.executemany(sql, values)
        finally:
            raw.close()


def _text(value: Any) -> Any:
    """As Django keeps it on SQLite: an instant is text in UTC without an offset."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    return value.isoformat() if isinstance(value, date) else value
