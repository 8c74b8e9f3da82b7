"""A lead that the engine cannot decide about: it is set aside, shown, and stops no other."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from leaddrum.engine import store
from leaddrum.engine.desk import Desk
from leaddrum.engine.store import Conflict
from leaddrum.models import Aftercare, Cycle, Entry

ASIDE = timedelta(hours=1)  # it is tried again after this


class Stumbled(RuntimeError):
    """A decision about one lead failed; nothing of its transaction may stand."""

    def __init__(self, key: str, cycle: int | None, error: Exception) -> None:
        super().__init__(said(error))
        self.key, self.cycle = key, cycle


@contextmanager
def over(table: Desk, key: str = "") -> Iterator[None]:
    """`key`: the lead it is about; without one that is whose cycle was being decided on.

    Raises:
        Stumbled: what was done in it failed, for the sake of this lead and not of the database.
    """
    try:
        yield
    except (OperationalError, InterfaceError, Conflict):
        raise
    except Exception as error:
        if not key and table.at is None:
            raise
        raise Stumbled(key, table.at, error) from error


def said(error: Exception) -> str:
    return "".join(traceback.format_exception_only(error)).strip()


def set_aside(company: int, cycle: int, error: str, now: datetime) -> None:
    """In a transaction that holds the company. What is aside already stays so: a CRM apart is read often."""
    row = Cycle.objects.get(pk=cycle)
    if row.error and row.next_at is not None and row.next_at > now:
        return
    again = None if row.ended_at else now + ASIDE
    Cycle.objects.filter(pk=cycle).update(error=error[:2000], next_at=again, seq=row.seq + 1)
    Aftercare.objects.filter(cycle=cycle).exclude(next_at=None).update(next_at=now + ASIDE)
    Entry.objects.create(
        company_id=company, cycle_id=cycle, seq=row.seq + 1, at=now, kind="failed", data={"error": error[:500]}
    )
    store.close(company, now)
