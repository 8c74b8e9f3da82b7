"""The engine's set statements for PostgreSQL: one array a column for updates, COPY for what is only appended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

INSTANT = "{}"
Columns = Sequence[tuple[str, str]]


def _raw(cursor: Any) -> psycopg.Cursor[Any]:
    """A cursor that binds on the server: Django's own writes arrays into the text of the statement."""
    return psycopg.Cursor(cursor.cursor.connection)


def read(cursor: Any, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with _raw(cursor) as raw:
        return list(raw.execute(sql.encode(), values, binary=True).fetchall())


def _arrays(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def update_cycles(cursor: Any, columns: Columns, rows: Sequence[tuple[Any, ...]]) -> int:
    """Compare-and-set on `seq`; the number of rows that were as they had been read."""
    names = [name for name, _ in columns]
    casts = ", ".join(f"%b::{'text' if kind == 'jsonb' else kind}[]" for _, kind in columns)
    sets = ", ".join(f'"{name}" = n."{name}"' + ("::jsonb" if kind == "jsonb" else "") for name, kind in columns)
    fields = ", ".join(f'"{name}"' for name in names)
    sql = (
        f"UPDATE leaddrum_cycle c SET {sets}"  # noqa: S608 - columns from the engine's own table
        f" FROM unnest({casts}, %b::bigint[], %b::integer[]) AS n({fields}, key, old)"
        " WHERE c.id = n.key AND c.seq = n.old"
    )
    with _raw(cursor) as raw:
        return raw.execute(sql.encode(), _arrays(rows)).rowcount


def insert(cursor: Any, table: str, columns: Columns, rows: Sequence[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    with _raw(cursor) as raw, raw.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def update_owners(cursor: Any, rows: Sequence[tuple[int, int]]) -> None:
    """Rows of (lead, owner)."""
    with _raw(cursor) as raw:
        raw.execute(
            "UPDATE leaddrum_lead l SET owner_id = n.owner FROM unnest(%b::bigint[], %b::bigint[]) AS n(key, owner)"
            " WHERE l.id = n.key",
            _arrays(rows),
        )


def upsert_standings(cursor: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of (drum, person, last offer, credit, open leads)."""
    with _raw(cursor) as raw:
        raw.execute(
            "INSERT INTO leaddrum_standing (drum_id, person_id, last_offer_at, credit, open_leads)"
            " SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::timestamptz[], %b::float8[], %b::integer[])"
            " ON CONFLICT (drum_id, person_id) DO UPDATE SET last_offer_at = excluded.last_offer_at,"
            " credit = excluded.credit, open_leads = excluded.open_leads",
            _arrays(rows),
        )


def add_offers(cursor: Any, rows: Sequence[tuple[int, int]]) -> None:
    """Rows of (more or fewer, person)."""
    with _raw(cursor) as raw:
        raw.execute(
            "UPDATE leaddrum_person p SET open_offers = p.open_offers + n.more"
            " FROM unnest(%b::integer[], %b::bigint[]) AS n(more, key) WHERE p.id = n.key",
            _arrays(rows),
        )


def close_company(
    cursor: Any, company: int, now: datetime, bumps: int, freed: bool, releases: Mapping[int, datetime]
) -> None:
    """The last statements: which drums look at what they hold, and when the company is due next."""
    for drum, at in releases.items():
        cursor.execute(
            "UPDATE leaddrum_drum SET release_at = %s WHERE id = %s AND (release_at IS NULL OR release_at > %s)",
            [at, drum, at],
        )
    if freed:
        cursor.execute(
            "UPDATE leaddrum_drum d SET release_at = %s WHERE company_id = %s"
            " AND (release_at IS NULL OR release_at > %s)"
            " AND EXISTS (SELECT 1 FROM leaddrum_cycle c WHERE c.drum_id = d.id AND c.state = 'held'"
            " AND c.hold_reason <> 'frozen')",
            [now, company, now],
        )
    cursor.execute(
        "UPDATE leaddrum_company SET head = head + %s, wake_at = least("
        "(SELECT min(next_at) FROM leaddrum_cycle WHERE company_id = %s AND next_at IS NOT NULL),"
        "(SELECT min(release_at) FROM leaddrum_drum WHERE company_id = %s AND release_at IS NOT NULL),"
        "(SELECT min(next_at) FROM leaddrum_aftercare WHERE company_id = %s AND next_at IS NOT NULL)) WHERE id = %s",
        [bumps, company, company, company, company],
    )


def end_stalled(cursor: Any) -> int:
    """End sessions of ours that have kept the server waiting in the middle of a statement, with rows they hold, for as
    long as one between two statements may: the server itself ends only those. Returns how many there were."""
    cursor.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = current_user"
        " AND application_name = current_setting('application_name')"  # an operator's own session is his affair
        " AND backend_xid IS NOT NULL AND state = 'active' AND wait_event_type = 'Client'"
        " AND query_start < now() - nullif(current_setting('idle_in_transaction_session_timeout'), '0')::interval"
    )
    return int(cursor.fetchone()[0])
