"""The ways in that every company has without setting any up: the form page of each of its drums, and the API.

Each has a row of `Way` from its first request on, so that its silence is noticed as that of all others (`silent_ways`).
Its `active` says whether it is watched; what comes by it is taken in either way.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import connection, transaction

from leaddrum.engine.desk import Desk
from leaddrum.models import Drum, Way

API = "API"  # its name in every language
EVERY = timedelta(seconds=1)


def row(company: int, kind: str, drum: int | None, now: datetime) -> Way:
    """That way of the company, made when nothing has come by it before. Call it in the company's transaction."""
    found = Way.objects.filter(company=company, kind=kind, drum=drum).first()
    if found is not None:
        return found
    name = API if drum is None else Drum.objects.values_list("name", flat=True).get(pk=drum)
    return Way.objects.create(
        company_id=company,
        kind=kind,
        name=name[:100],
        drum_id=drum,
        token=secrets.token_hex(16),  # its address is known to nobody, and answers nobody
        created_at=now,
    )


def number(table: Desk, kind: str, drum: int | None) -> int:
    """The number of that row, without a query where it is known. `drum`: the one the request names; the API has one way
    for all."""
    drum = drum if kind == Way.Kind.PAGE else None
    known = table.org.built_in.get((kind, drum))
    if known is None:
        known = row(table.company, kind, drum, table.now).pk
        transaction.on_commit(lambda: table.org.built_in.update({(kind, drum): known}))
    return known


def heard(table: Desk, way: int, lead: int | None) -> None:
    """Something has come by it. `lead`: what it brought, if it was not here before.

    Every lead of the API waits for this: so it is bare SQL, and of many that come to this process within one second
    only the first is noted.
    """
    known = table.org.heard.get(way)
    if known is not None and timedelta(0) <= table.now - known < EVERY:
        return
    at = connection.ops.adapt_datetimefield_value(table.now)
    with connection.cursor() as cursor:
        if lead is None:
            cursor.execute("UPDATE leaddrum_way SET seen_at = %s, quiet_since = %s WHERE id = %s", [at, at, way])
        else:
            cursor.execute(
                "UPDATE leaddrum_way SET seen_at = %s, quiet_since = %s, lead_at = %s, lead_id = %s WHERE id = %s",
                [at, at, at, lead, way],
            )
    transaction.on_commit(lambda: table.org.heard.update({way: table.now}))
