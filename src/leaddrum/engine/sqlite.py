"""The engine's set statements for SQLite: prepared statements run over many rows inside the write lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

INSTANT = "CAST({} AS TEXT)"  # without its declared type, so that no converter written in Python gets to it
Columns = Sequence[tuple[str, str]]


def instant(value: datetime | None) -> str | None:
    """As Django keeps it on SQLite: UTC without an offset."""
    return None if value is None else str(value.replace(tzinfo=None))


def _texts(rows: Sequence[tuple[Any, ...]], columns: Columns) -> list[list[Any]]:
    """Rows with their instants as text; the same few instants stand in many rows."""
    known: dict[datetime, str] = {}
    places = [index for index, (_, kind) in enumerate(columns) if kind == "timestamptz"]
    texts = []
    for row in rows:
        cells = list(row)
        for place in places:
            value = cells[place]
            if value is not None:
                text = known.get(value)
                if text is None:
                    text = known[value] = str(value.replace(tzinfo=None))
                cells[place] = text
        texts.append(cells)
    return texts


def _many(cursor: Any, sql: str, rows: Sequence[Sequence[Any]]) -> int:
    """`executemany` on the driver's own cursor: Django's would quote the statement anew for each call."""
    raw = cursor.cursor.connection.cursor()
    try:
        raw.executemany(sql, rows)
        return int(raw.rowcount)
    finally:
        raw.close()


def read(cursor: Any, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    cursor.execute(sql, values)
    return list(cursor.fetchall())


def update_cycles(cursor: Any, columns: Columns, rows: Sequence[tuple[Any, ...]]) -> int:
    """Compare-and-set on `seq`; the number of rows that were as they had been read."""
    sets = ", ".join(f'"{name}" = ?' for name, _ in columns)
    sql = f"UPDATE leaddrum_cycle SET {sets} WHERE id = ? AND seq = ?"  # noqa: S608 - columns from the table above
    return _many(cursor, sql, _texts(rows, columns))


def insert(cursor: Any, table: str, columns: Columns, rows: Sequence[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own tables
    _many(cursor, sql, _texts(rows, columns))


def update_owners(cursor: Any, rows: Sequence[tuple[int, int]]) -> None:
    """Rows of (lead, owner)."""
    _many(cursor, "UPDATE leaddrum_lead SET owner_id = ? WHERE id = ?", [(owner, lead) for lead, owner in rows])


def upsert_standings(cursor: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of (drum, person, last offer, credit, open leads)."""
    cells = [(drum, person, instant(last), credit, leads) for drum, person, last, credit, leads in rows]
    _many(
        cursor,
        "INSERT INTO leaddrum_standing (drum_id, person_id, last_offer_at, credit, open_leads)"
        " VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (drum_id, person_id) DO UPDATE SET last_offer_at = excluded.last_offer_at,"
        " credit = excluded.credit, open_leads = excluded.open_leads",
        cells,
    )


def add_offers(cursor: Any, rows: Sequence[tuple[int, int]]) -> None:
    """Rows of (more or fewer, person)."""
    _many(cursor, "UPDATE leaddrum_person SET open_offers = open_offers + ? WHERE id = ?", rows)


def close_company(
    cursor: Any, company: int, now: datetime, bumps: int, freed: bool, releases: Mapping[int, datetime]
) -> None:
    """The last statements: which drums look at what they hold, and when the company is due next."""
    for drum, at in releases.items():
        cursor.execute(
            "UPDATE leaddrum_drum SET release_at = %s WHERE id = %s AND (release_at IS NULL OR release_at > %s)",
            [instant(at), drum, instant(at)],
        )
    if freed:
        cursor.execute(
            "UPDATE leaddrum_drum SET release_at = %s WHERE company_id = %s AND (release_at IS NULL OR release_at > %s)"
            " AND EXISTS (SELECT 1 FROM leaddrum_cycle c WHERE c.drum_id = leaddrum_drum.id AND c.state = 'held'"
            " AND c.hold_reason <> 'frozen')",
            [instant(now), company, instant(now)],
        )
    cursor.execute(
        "UPDATE leaddrum_company SET head = head + %s, wake_at ="
        " (SELECT min(at) FROM (SELECT min(next_at) AS at FROM leaddrum_cycle"
        " WHERE company_id = %s AND next_at IS NOT NULL"
        " UNION ALL SELECT min(release_at) FROM leaddrum_drum WHERE company_id = %s AND release_at IS NOT NULL"
        " UNION ALL SELECT min(next_at) FROM leaddrum_aftercare WHERE company_id = %s AND next_at IS NOT NULL))"
        " WHERE id = %s",
        [bumps, company, company, company, company],
    )
