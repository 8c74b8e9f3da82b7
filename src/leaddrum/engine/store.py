"""Writing a transaction's changes: one set statement a table, in the dialect of the database.

The hot path of the engine; everything else goes through the ORM. Columns stand here once; both dialects use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from leaddrum.engine import pauses, sql
from leaddrum.engine.changes import Changes, Row
from leaddrum.engine.rows import instant
from leaddrum.models import Aftercare, CrmWrite, Cycle, Incident, Lane, Lead, Person

# Table -> its columns with their PostgreSQL types, in the order of `Changes`' rows.
TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "turn": (
        ("company_id", "bigint"),
        ("cycle_id", "bigint"),
        ("number", "integer"),
        ("person_id", "bigint"),
        ("policy_version", "integer"),
        ("offered_at", "timestamptz"),
        ("due_at", "timestamptz"),
        ("budget", "integer"),
        ("verdict", "text"),
        ("verdict_at", "timestamptz"),
        ("noticed_at", "timestamptz"),
        ("reason", "text"),
        ("candidates", "jsonb"),
    ),
    "incident": (
        ("company_id", "bigint"),
        ("cycle_id", "bigint"),
        ("turn_number", "integer"),
        ("lead_id", "bigint"),
        ("drum_id", "bigint"),
        ("person_id", "bigint"),
        ("policy_version", "integer"),
        ("offered_at", "timestamptz"),
        ("due_at", "timestamptz"),
        ("missed_at", "timestamptz"),
        ("budget", "integer"),
        ("open_offers", "integer"),
        ("excuse", "text"),
        ("next_person_id", "bigint"),
        ("candidates", "jsonb"),
        ("explanation", "text"),
        ("annulled_why", "text"),
    ),
    "entry": (
        ("company_id", "bigint"),
        ("cycle_id", "bigint"),
        ("seq", "integer"),
        ("at", "timestamptz"),
        ("kind", "text"),
        ("data", "jsonb"),
    ),
    "effect": (
        ("company_id", "bigint"),
        ("cycle_id", "bigint"),
        ("seq", "integer"),
        ("turn_number", "integer"),
        ("person_id", "bigint"),
        ("kind", "text"),
        ("data", "jsonb"),
        ("created_at", "timestamptz"),
        ("channel", "text"),
        ("state", "text"),
        ("ready_at", "timestamptz"),
        ("late_at", "timestamptz"),
        ("done_at", "timestamptz"),
        ("outlet", "bigint"),
        ("attempts", "integer"),
        ("error", "text"),
    ),
}
# What a plain hand-over changes: the cycle stays `offered`, so no index that names its state is touched.
HANDED: tuple[tuple[str, str], ...] = (
    ("seq", "integer"),
    ("misses", "integer"),
    ("turn_number", "integer"),
    ("holder_id", "bigint"),
    ("offered_at", "timestamptz"),
    ("due_at", "timestamptz"),
    ("budget", "integer"),
    ("turn", "jsonb"),
    ("candidates", "jsonb"),
    ("seen", "jsonb"),
    ("next_at", "timestamptz"),
)
CYCLE: tuple[tuple[str, str], ...] = (
    ("state", "text"),
    ("seq", "integer"),
    ("misses", "integer"),
    ("turn_number", "integer"),
    ("holder_id", "bigint"),
    ("offered_at", "timestamptz"),
    ("due_at", "timestamptz"),
    ("budget", "integer"),
    ("turn", "jsonb"),
    ("candidates", "jsonb"),
    ("seen", "jsonb"),
    ("pinned_id", "bigint"),
    ("priority", "integer"),
    ("hold_reason", "text"),
    ("hold", "jsonb"),
    ("taken_by_id", "bigint"),
    ("ended_at", "timestamptz"),
    ("next_at", "timestamptz"),
)


class Conflict(RuntimeError):
    """A cycle was changed by somebody who did not hold its company: nothing of this transaction may stand (I8)."""


def write(company: int, changes: Changes) -> None:
    """Write everything of one transaction; the caller holds the company.

    Raises:
        Conflict: a cycle is not as it was read; the caller's transaction must end without a commit.
    """
    dialect = sql.dialect()
    with connection.cursor() as cursor:
        for columns, rows in ((HANDED, changes.handed), (CYCLE, changes.cycles)):
            changed = dialect.update_cycles(cursor, columns, rows) if rows else 0
            if changed != len(rows):
                raise Conflict(f"{len(rows) - changed} of {len(rows)} cycles had changed")
        for table, rows in _inserts(changes):
            if rows:
                dialect.insert(cursor, f"leaddrum_{table}", TABLES[table], rows)
        if changes.owners:
            # A lead that changes hands twice in one batch ends with its last owner.
            dialect.update_owners(cursor, list({lead: owner for owner, lead in changes.owners}.items()))
        if changes.standings:
            dialect.upsert_standings(cursor, _standings(changes))
        offers = [(delta, person) for person, delta in changes.offers.items() if delta]
        if offers:
            dialect.add_offers(cursor, offers)
        _rare(changes)
        dialect.close_company(cursor, company, changes.now, _bumps(changes), changes.freed, changes.releases)
    _wake_lanes(company, changes)


def close(company: int, now: datetime) -> None:
    """Set anew when the company is due next."""
    with connection.cursor() as cursor:
        sql.dialect().close_company(cursor, company, now, 1, False, {})


def _inserts(changes: Changes) -> Sequence[tuple[str, list[Row]]]:
    return (
        ("turn", changes.turns),
        ("incident", [(*row, "", "") for row in changes.incidents]),
        ("entry", changes.entries),
        ("effect", [(*row, 0, "") for row in changes.effects]),
    )


def _bumps(changes: Changes) -> int:
    return len(changes.entries) + len(changes.effects) + changes.bumped


def _standings(changes: Changes) -> list[Row]:
    rows = []
    for (drum, person), pool in changes.standings.items():
        candidate = pool.people[person]
        rows.append((drum, person, candidate.last_offer, candidate.credit, candidate.open_leads))
    return rows


def _rare(changes: Changes) -> None:
    """What hardly ever happens goes through the ORM."""
    for lead, person in changes.observers:
        Lead(pk=lead).observers.add(person)
    for person, streak in changes.streaks.items():
        Person.objects.filter(pk=person).update(streak=streak)
    for person in changes.paused:
        pauses.begin(changes.org.company, person, pauses.BY_MISSES, changes.now)
    if changes.aftercare:
        Aftercare.objects.bulk_create(changes.aftercare)
    if changes.writes:
        CrmWrite.objects.bulk_create(changes.writes)
    if changes.mended:
        Cycle.objects.filter(pk__in=changes.mended).update(error="")
    for alarm, cycle in changes.alarms:
        Cycle.objects.filter(pk=cycle).update(next_at=alarm)
    for at, why, cycle, number in changes.annulled:
        Incident.objects.filter(cycle_id=cycle, turn_number=number, annulled_at=None).update(
            annulled_at=at, annulled_why=why
        )


def _wake_lanes(company: int, changes: Changes) -> None:
    for channel in changes.lanes:
        found = sql.read(
            f"SELECT id, lease, failures, {sql.instants('next_send_at')} FROM leaddrum_lane"  # noqa: S608 - of our own
            " WHERE company_id = %s AND channel = %s",
            [company, channel],
        )
        if not found:
            Lane.objects.create(company_id=company, channel=channel, next_send_at=changes.now)
            continue
        ((lane, lease, failures, next_at),) = found
        # A lane that is being sent looks again when it is done; one that backs off keeps its pause.
        idle = not lease and not failures
        if next_at is None or (idle and instant(next_at) > changes.now):
            Lane.objects.filter(pk=lane).update(next_send_at=changes.now)
