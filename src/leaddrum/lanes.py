"""Lanes: one company's way to one outside system. `next_send_at` is lock, lease, order, rate and back-off at once.

Claim a lane that is due (`next_send_at` goes beyond the lease, a token says whose it is), commit, talk to the outside
without any transaction, and settle only if the lease is still ours. A claim and a settlement hold the company's row as
the engine does, so nothing that is written meanwhile is overlooked.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet

from leaddrum import engine
from leaddrum.models import Lane

LEASE = timedelta(seconds=90)  # longer than one message, or one request to a CRM, may take
LONGEST_PAUSE = 60.0  # seconds a lane rests after failures: less than a quarter of any usual budget


class Lost(Exception):
    """The lease ran out and the lane is somebody else's."""


class Watch:
    """Time within one call: what the caller said it is, and what has gone by since."""

    def __init__(self, now: datetime) -> None:
        self._now, self._started = now, time.monotonic()

    def now(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started)


def claim(now: datetime, channels: Collection[str], *, alone: Collection[str] = ()) -> Lane | None:
    """A lane of these channels that is due and nobody's, now ours for `LEASE`.

    Args:
        alone: channels of which one company's lanes are never under way at the same moment.
    """
    due = Lane.objects.filter(channel__in=channels, next_send_at__lte=now).order_by("next_send_at")
    if alone:
        due = due.exclude(Q(channel__in=alone) & Q(company__in=_under_way(now, alone).values("company_id")))
    for pk, company_id in due.values_list("pk", "company_id")[:10]:
        with engine.in_company(company_id):
            lane = Lane.objects.select_for_update().filter(pk=pk, next_send_at__lte=now).first()
            if lane is None:
                continue  # another worker was faster
            if lane.channel in alone and _under_way(now, alone).filter(company=company_id).exists():
                continue
            lane.lease, lane.next_send_at = secrets.token_hex(16), now + LEASE
            lane.save(update_fields=["lease", "next_send_at"])
            return lane
    return None


def _under_way(now: datetime, channels: Collection[str]) -> QuerySet[Lane]:
    return Lane.objects.filter(channel__in=channels, next_send_at__gt=now).exclude(lease="")


def keep(lane: Lane, now: datetime) -> None:
    """Prolong the lease; the caller holds the company.

    Raises:
        Lost: it is not ours any more.
    """
    if not Lane.objects.filter(pk=lane.pk, lease=lane.lease).update(next_send_at=now + LEASE):
        raise Lost


def prolong(lane: Lane, now: datetime) -> None:
    """`keep` in a transaction of its own: between two requests of a long talk.

    Raises:
        Lost: it is not ours any more.
    """
    with engine.in_company(lane.company_id):
        keep(lane, now)


def settle(lane: Lane, next_at: datetime | None, error: str) -> None:
    """Give the lane back; the caller holds the company. `error`: it failed as a whole.

    Raises:
        Lost: it is not ours any more.
    """
    failures = lane.failures + 1 if error else 0
    mine = Lane.objects.filter(pk=lane.pk, lease=lane.lease)
    if not mine.update(lease="", next_send_at=next_at, failures=failures, error=error):
        raise Lost


def free(now: datetime) -> int:
    """Give back every lane that is under way: for an engine that starts and knows that no other one runs, so whoever
    held them has died. Returns how many."""
    return Lane.objects.exclude(lease="").update(lease="", next_send_at=now)


def rest(lane: Lane) -> timedelta:
    """How long a lane that has just failed leaves the outside alone: longer each time, at most a minute."""
    return timedelta(seconds=min(2.0 ** (lane.failures + 1), LONGEST_PAUSE))


def next_due(channels: Collection[str], now: datetime | None = None, *, alone: Collection[str] = ()) -> datetime | None:
    """When one of these lanes has something to do; those that wait for another one of `alone` are left out."""
    waiting = Lane.objects.filter(channel__in=channels).exclude(next_send_at=None)
    if alone and now is not None:
        under_way = _under_way(now, alone)
        waiting = waiting.exclude(Q(channel__in=alone) & Q(company__in=under_way.values("company_id")))
    soonest: datetime | None = waiting.aggregate(at=Min("next_send_at"))["at"]
    return soonest
