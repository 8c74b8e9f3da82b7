"""Clients' data older than the company keeps it is masked by itself, a little at a time, in the night (S-49)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import structlog

from leaddrum.engine import Refused
from leaddrum.facts import masking
from leaddrum.models import Company, Lead

AT_ONCE = 20  # leads of one step
FROM, TO = time(0), time(6)  # of the company's wall clock
log = structlog.stdlib.get_logger("leaddrum.forgetting")

Walk = tuple[Iterator[int], int]  # leads still to be masked, and how many were
_walks: dict[tuple[int, date, int], Walk] = {}
_done: set[tuple[int, date, int]] = set()  # companies and days that this process need not look at again


def step(now: datetime) -> bool:
    """Mask some of what is due. Returns whether there is more to do now."""
    more = False
    for company in Company.objects.filter(mask_after__gt=0):
        local = now.astimezone(ZoneInfo(company.zone))
        night = (company.pk, local.date(), company.mask_after)
        if night in _done or not FROM <= local.time() < TO:
            continue
        more |= _some(company, night, now)
    return more


def forget() -> None:
    """Another database: what this process knows is nothing."""
    _walks.clear()
    _done.clear()


def _some(company: Company, night: tuple[int, date, int], now: datetime) -> bool:
    before = masking.before_months(now, company.mask_after)
    leads, masked = _walks.pop(night) if night in _walks else (masking.older(company.pk, before), 0)
    some = list(islice(leads, AT_ONCE))
    for lead in Lead.objects.filter(pk__in=some):
        try:
            masking.mask(lead, by=None, now=now)
            masked += 1
        except Refused as refusal:  # opened again meanwhile, or not sealed yet: the next night
            log.info("not masked", lead=lead.pk, why=refusal.code)
    if len(some) == AT_ONCE:
        _walks[night] = (leads, masked)
        return True
    masking.forget_files(company.pk, before)
    _done.add(night)
    log.info("clients' data masked", company=company.key, leads=masked)
    return False
