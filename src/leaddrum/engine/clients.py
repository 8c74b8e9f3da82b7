"""Known clients: the same phone or e-mail, normalised (S-25). Asked with every arrival, so in plain SQL."""

from __future__ import annotations

from leaddrum.engine import sql
from leaddrum.models import Stage

LOOK_BACK = 50  # leads of one client that are looked at, newest first

# A search for each key, so that each has its index; one search for either had none. The index leaves empty keys out,
# and SQLite uses it only for a query that says so in its own words.
_SAME_CLIENT = " UNION ".join(
    f"SELECT id FROM (SELECT id FROM leaddrum_lead WHERE company_id = %s AND {key} = %s AND NOT ({key} = '')"  # noqa: S608
    f" AND deleted_at IS NULL ORDER BY id DESC LIMIT {LOOK_BACK}) AS by_{key}"
    for key in ("phone_key", "email_key")
)
_OPEN = "SELECT min(id) FROM leaddrum_cycle WHERE state IN ('offered', 'held', 'with_head') AND lead_id IN ({})"
_IN_WORK = (
    "SELECT l.owner_id FROM leaddrum_lead l JOIN leaddrum_stage s ON s.id = l.stage_id"
    " JOIN leaddrum_person p ON p.id = l.owner_id"
    " WHERE l.id IN ({}) AND s.meaning = %s AND p.active ORDER BY l.id DESC LIMIT 1"
)


def open_cycle(company: int, phone_key: str, email_key: str) -> int | None:
    """The lead of this client that waits to be taken, if there is one."""
    numbers = same_client(company, phone_key, email_key)
    if not numbers:
        return None
    ((cycle,),) = sql.read(_OPEN.format(_marks(numbers)), numbers)
    if cycle is None:
        return None
    return int(sql.read("SELECT lead_id FROM leaddrum_cycle WHERE id = %s", [cycle])[0][0])


def known_owner(company: int, lead_id: int) -> int | None:
    """Who works with this client already: the owner of his newest other lead that is in work."""
    keys = sql.read("SELECT phone_key, email_key FROM leaddrum_lead WHERE id = %s", [lead_id])
    numbers = [number for number in same_client(company, *keys[0]) if number != lead_id] if keys else []
    if not numbers:
        return None
    found = sql.read(_IN_WORK.format(_marks(numbers)), [*numbers, Stage.Meaning.TAKE.value])
    return int(found[0][0]) if found else None


def same_client(company: int, phone_key: str, email_key: str) -> list[int]:
    """His leads, newest first."""
    if not phone_key and not email_key:
        return []
    found = sql.read(_SAME_CLIENT, [company, phone_key, company, email_key])
    return sorted((number for (number,) in found), reverse=True)[:LOOK_BACK]


def _marks(numbers: list[int]) -> str:
    return ", ".join(["%s"] * len(numbers))
