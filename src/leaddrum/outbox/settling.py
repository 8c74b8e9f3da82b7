"""What became of a notice, and of its lane: booked in a transaction of its own, while the lease is still ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Min

from leaddrum import engine, lanes
from leaddrum.channels import CHANNELS
from leaddrum.channels.base import Dead, Done, Result, Retry, Wait
from leaddrum.engine import ways
from leaddrum.models import Delivery, Effect, Lane, Outlet
from leaddrum.outbox import waiting, writing
from leaddrum.outbox.sent import Sent

MOST_ATTEMPTS = 8
MOST_LATE = 50  # offers that reached nobody, looked at in one round
PATIENCE = timedelta(minutes=5)  # after which what is no offer goes another way than a closed one
PERHAPS = "perhaps delivered: "  # in front of the error of a notice whose receiver may have it
log = structlog.stdlib.get_logger("leaddrum.outbox")


def book(effect: Effect, lane: Lane, result: Result, now: datetime, sent: Sent) -> None:
    """What its attempt came to: done, again later, or the next way."""
    attempts = effect.attempts + 1
    if isinstance(result, Retry):
        result = _once_more(effect, result, attempts)
    attempt = _attempt(effect, lane.channel, result, now)
    match result:
        case Done():
            changes = {"state": Effect.State.DONE, "done_at": now, "late_at": None, "error": ""}
            sent.done += 1
        case Retry(error, after):
            changes = {"ready_at": now + timedelta(seconds=after), "error": error}
            sent.retried += 1
        case Dead(error):
            changes = {"error": error} | _next_way(effect, now)
            sent.failed += 1
        case Wait():
            return
    save(lane, effect, now, {"attempts": attempts, **changes}, attempt)


def _attempt(effect: Effect, channel: str, result: Result, now: datetime) -> Delivery:
    """What became of it, for the incident that may follow (S-47)."""
    outcome = {Done: Delivery.Result.DONE, Retry: Delivery.Result.LATER}.get(type(result), Delivery.Result.REFUSED)
    return Delivery(
        company_id=effect.company_id,
        cycle_id=effect.cycle_id,
        turn_number=effect.turn_number,
        person_id=effect.person_id,
        outlet=effect.outlet,
        kind=effect.kind,
        channel=channel,
        at=now,
        result=outcome,
        error=getattr(result, "error", "")[:200],
    )


def note_address(effect: Effect, channel: str, to: str, result: Result, known: writing.Known, now: datetime) -> None:
    """An address that refuses everything is marked, and so is one that works again (S-45)."""
    if effect.outlet is not None:
        if isinstance(result, Dead) and result.address:
            Outlet.objects.filter(pk=effect.outlet, broken_at=None).update(broken_at=now, error=result.error[:500])
        elif isinstance(result, Done) and known.outlets[effect.outlet].broken_at is not None:
            Outlet.objects.filter(pk=effect.outlet).update(broken_at=None, error="")
    elif isinstance(result, Dead) and result.address:
        known.broken.add((effect.person_id, to))
        engine.ways.broken(effect.person_id, ways.Address(channel, to), result.error, now=now)
    elif isinstance(result, Done) and (effect.person_id, to) in known.broken:
        known.broken.discard((effect.person_id, to))
        engine.ways.works(effect.person_id, channel, to, now=now)


def _once_more(effect: Effect, result: Retry, attempts: int) -> Retry | Dead:
    """What may have arrived is repeated once, with the same key, and not a third time: then somebody else must look."""
    perhaps = result.doubtful or effect.error.startswith(PERHAPS)
    error = f"{PERHAPS}{result.error}" if perhaps else result.error
    if (attempts >= MOST_ATTEMPTS and not result.everything) or (result.doubtful and effect.error.startswith(PERHAPS)):
        return Dead(error)
    return replace(result, error=error)


def _next_way(effect: Effect, now: datetime) -> dict[str, Any]:
    """The next channel that reaches him; else it has failed, and S-45 acts on an offer at its `late_at`."""
    tried = [*(effect.tried or "").split(), effect.channel]
    if effect.outlet is None and effect.kind != "test":
        for name in waiting.member(effect, now).ways:
            if name not in tried and name in CHANNELS and CHANNELS[name].address(effect.person):
                return {"channel": name, "attempts": 0, "ready_at": now, "tried": " ".join(tried)}
    return {"state": Effect.State.FAILED if effect.late_at else Effect.State.DEAD, "ready_at": None}


def elsewhere(lane: Lane, effects: Sequence[Effect], now: datetime) -> None:
    """The way itself is closed: whoever has another one is told by that one (S-45). An offer does not wait longer than
    half of the time in which it must reach him, anything else not longer than `PATIENCE`."""
    waits = waiting.unended(lane).filter(state=Effect.State.PENDING, pk__in=[effect.pk for effect in effects])
    still = set(waits.values_list("pk", flat=True))
    for effect in effects:
        patience = (effect.late_at - effect.created_at) / 2 if effect.late_at else PATIENCE
        if effect.pk not in still or now < effect.created_at + patience:
            continue
        way = _next_way(effect, now)
        if "channel" in way:
            save(lane, effect, now, way)


def save(lane: Lane, effect: Effect, now: datetime, changes: dict[str, Any], attempt: Delivery | None = None) -> None:
    """Settle one notice, with the attempt that led to it, and prolong the lease, if it is still ours. A notice that
    goes another way wakes that lane."""
    with engine.in_company(lane.company_id):
        lanes.keep(lane, now)
        Effect.objects.filter(pk=effect.pk).update(**changes)
        if attempt is not None:
            attempt.save(force_insert=True)
        if changes.get("channel"):
            other, _made = Lane.objects.get_or_create(company_id=lane.company_id, channel=changes["channel"])
            Lane.objects.filter(pk=other.pk, lease="").update(next_send_at=now)


def put_off(lane: Lane, effects: Sequence[Effect], now: datetime) -> None:
    """Notices that were not sent, till their `ready_at`, if the lane is still ours."""
    if effects:
        with engine.in_company(lane.company_id):
            lanes.keep(lane, now)
            Effect.objects.bulk_update(effects, ["ready_at"])


def warn_late(lane: Lane, now: datetime, sent: Sent) -> None:
    """S-45: an offer that has reached nobody by its `late_at`. It is tried on; that he was not reached is a fact."""
    for effect in waiting.unended(lane).filter(late_at__lte=now).order_by("late_at")[:MOST_LATE]:
        if not waiting.stale(effect):
            engine.undelivered(effect.pk, error=effect.error, now=now)
            sent.undelivered += 1
        ended = {"state": Effect.State.DEAD} if effect.state == Effect.State.FAILED else {}
        save(lane, effect, now, {"late_at": None, **ended})


def lane_again(lane: Lane, now: datetime, pause: float, error: str, again: float | None = None) -> None:
    """`pause`: seconds until the next message may go; `again`: until those already sent are to be changed."""
    with engine.in_company(lane.company_id):
        ready = waiting.unended(lane).filter(state=Effect.State.PENDING).aggregate(at=Min("ready_at"))["at"]
        late = waiting.unended(lane).aggregate(at=Min("late_at"))["at"]
        rest = timedelta(seconds=pause)
        if ready is not None:
            ready = max(ready, now + (max(lanes.rest(lane), rest) if error else rest))
        later = now + timedelta(seconds=again) if again is not None else None
        next_at = min((at for at in (ready, late, later) if at is not None), default=None)
        lanes.settle(lane, next_at, error)
    if bool(error) != bool(lane.error):
        log.warning("lane fails" if error else "lane works again", lane=lane.pk, channel=lane.channel, error=error)
