"""One company at a time: the transaction every verb runs in (docs/decisions/0001)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from leaddrum.engine.errors import Refused
from leaddrum.models import Company

FOUNDING = 7_323_111  # any number nobody else on this PostgreSQL database takes


@contextmanager
def in_company(company_id: int) -> Iterator[Company]:
    """A transaction that holds the company's row. Nested in another one of the same company it is that one.

    Raises:
        Refused: there is no such company.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update().filter(pk=company_id).first()
        if company is None:
            raise Refused("no_company")
        yield company


@contextmanager
def founding() -> Iterator[None]:
    """The first company is made by one at a time. Call it in a transaction: on SQLite that alone holds the lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOUNDING])
    yield
