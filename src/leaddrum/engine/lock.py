"""One company at a time: the transaction every verb runs in (docs/decisions/0001)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from leaddrum.engine.errors import Refused
from leaddrum.models import Company


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
