"""What a CRM's events hint at: leads to be read soon. Late, doubled and false hints cost a reading and change nothing
(S-39); a lost one is made good by the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from leaddrum import wake
from leaddrum.models import Hint

LONGEST = 64


def drop(company_id: int, key: str, *, now: datetime) -> None:
    """This lead is to be read. However often it is said, it is one reading."""
    drop_all(company_id, [key], now=now)


def drop_all(company_id: int, keys: Sequence[str], *, now: datetime) -> None:
    """All of these are to be read."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO leaddrum_hint (company_id, key, at) VALUES (%s, %s, %s)"
            " ON CONFLICT (company_id, key) DO UPDATE SET at = excluded.at",
            [(company_id, key[:LONGEST], now) for key in keys],
        )
    if keys:
        wake.call()


def waiting(company_id: int, limit: int) -> list[str]:
    """The leads that were named, longest ago first."""
    named = Hint.objects.filter(company_id=company_id).order_by("at").values_list("key", flat=True)
    return list(named[:limit])


def done(company_id: int, keys: list[str], read_at: datetime) -> None:
    """They were read; what was named since then is to be read again."""
    Hint.objects.filter(company_id=company_id, key__in=keys, at__lt=read_at).delete()


def any_waits(company_id: int) -> bool:
    return Hint.objects.filter(company_id=company_id).exists()
