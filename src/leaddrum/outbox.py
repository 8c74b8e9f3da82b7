"""Notices on their way out: lanes, retries, the next channel, and what happens when nothing gets through (S-45).

A lane is one company's way through one channel (`leaddrum.lanes`):

1. Claim a lane that is due.
2. Offers that did not reach anybody in time: the engine warns the head and excuses the miss (S-45).
3. Send, outside any transaction, the oldest notices that are ready; settle each at once, if the lease is still ours.
4. Settle the lane: `next_send_at` is when the next notice is ready; after a failure, when it may be tried again.

A claim and a settlement hold the company's row as the engine does, so no notice written meanwhile is overlooked. What
was sent but not settled (a crash in between) is sent again with the same key: at least once, recognisably. What a
channel is in doubt about (the way broke after the whole message had gone) is repeated once and not a third time (S-40).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db.models import Min, QuerySet
from django.utils import translation

from leaddrum import engine, lanes, links, quiet, words
from leaddrum.channels import CHANNELS, OUTWARD
from leaddrum.channels.base import Dead, Done, Message, Result, Retry
from leaddrum.engine import crash
from leaddrum.models import Cycle, Effect, Lane, Person

BATCH = 50  # messages of one lane before the next lane has its turn
MOST_ATTEMPTS = 8
PERHAPS = "perhaps delivered: "  # in front of the error of a notice whose receiver may have it
ABOUT_A_TURN = frozenset({"offer", "reminder", "moved"})  # worth nothing once that turn is over
log = structlog.stdlib.get_logger("leaddrum.outbox")


@dataclass(slots=True)
class Sent:
    """What one call did. `next_at`: when there is more to do; None: when somebody writes a notice."""

    done: int = 0
    stale: int = 0
    retried: int = 0
    failed: int = 0
    undelivered: int = 0
    next_at: datetime | None = None


def send_due(now: datetime, limit: int = 500, stopping: Callable[[], bool] = lambda: False) -> Sent:
    """Send what is due, at most `limit` messages.

    Args:
        stopping: asked between two messages; True: settle and leave.
    """
    sent, watch = Sent(), lanes.Watch(now)
    while _total(sent) < limit and not stopping():
        lane = lanes.claim(watch.now(), CHANNELS)
        if lane is None:
            break
        try:
            _serve(lane, watch, sent, min(BATCH, limit - _total(sent)), stopping)
        except lanes.Lost:
            log.warning("lane lost: the lease had run out", lane=lane.pk)
    sent.next_at = lanes.next_due(CHANNELS)
    return sent


def _total(sent: Sent) -> int:
    return sent.done + sent.stale + sent.retried + sent.failed


def _serve(lane: Lane, watch: lanes.Watch, sent: Sent, limit: int, stopping: Callable[[], bool]) -> None:
    """Steps 2 to 4 for one claimed lane."""
    _warn_late(lane, watch.now(), sent)
    pause = 0.0
    channel = CHANNELS[lane.channel]
    ready = _ready(lane, watch.now())[:limit]
    names = _names(ready)
    error = ""
    with channel.open() as send:
        tried = 0
        for effect in ready:
            if stopping():
                break
            result = _one(effect, lane, watch, send, names, sent)
            tried += result is not None
            if isinstance(result, Retry) and result.everything:
                error = result.error
                break
        pause = channel.spacing * tried
    _settle(lane, watch.now(), pause, error)


def _waiting(lane: Lane) -> QuerySet[Effect]:
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    where = ["leaddrum_effect.state IN ('pending', 'failed')"]
    unended = Effect.objects.extra(where=where)  # noqa: S610 - a constant
    return unended.filter(company_id=lane.company_id, channel=lane.channel)


def _ready(lane: Lane, now: datetime) -> list[Effect]:
    ready = _waiting(lane).filter(state=Effect.State.PENDING, ready_at__lte=now).order_by("ready_at", "id")
    return list(ready.select_related("person__company", "cycle__lead")[:BATCH])


def _names(effects: list[Effect]) -> dict[int, str]:
    people = {person for effect in effects for person in words.people_in(effect.data)}
    return dict(Person.objects.filter(pk__in=people).values_list("pk", "name"))


# One notice


def _one(
    effect: Effect,
    lane: Lane,
    watch: lanes.Watch,
    send: Callable[[Message], Result],
    names: dict[int, str],
    sent: Sent,
) -> Result | None:
    """Send and settle one notice. None: nothing was sent."""
    now = watch.now()
    if _stale(effect):
        _save(lane, effect, now, state=Effect.State.DONE, done_at=now, late_at=None, error="stale")
        sent.stale += 1
        return None
    until = _quiet_until(effect, now)
    if until is not None:
        _save(lane, effect, now, ready_at=until)
        return None
    try:
        with translation.override(effect.person.language or effect.person.company.language):
            result = send(_message(effect, lane.channel, names, now))
    except Exception as error:  # a notice that cannot even be written must not stop the others
        log.exception("notice failed", effect=effect.pk, kind=effect.kind)
        result = Dead(f"{type(error).__name__}: {error}")
    crash.point("outbox.after_send")
    _book(effect, lane, result, watch.now(), sent)
    return result


def _stale(effect: Effect) -> bool:
    """The turn it is about is over: an offer nobody can take is not sent (S-34)."""
    if effect.kind not in ABOUT_A_TURN or effect.cycle_id is None:
        return False
    running = Cycle.objects.filter(pk=effect.cycle_id, state=Cycle.State.OFFERED, turn_number=effect.turn_number)
    return not running.exists()


def _quiet_until(effect: Effect, now: datetime) -> datetime | None:
    """When his quiet hours end, if the notice can wait so long. An offer cannot when its time to be delivered, or the
    turn itself, would be over: the turn's clock runs on his own working hours, and he must know of it."""
    person = effect.person
    until = quiet.ends_at(person.quiet, ZoneInfo(person.zone or person.company.zone), now)
    if until is None or effect.kind not in ABOUT_A_TURN:
        return until
    due_at = effect.late_at or (datetime.fromisoformat(effect.data["due_at"]) if "due_at" in effect.data else None)
    return None if due_at is not None and until >= due_at else until


def _message(effect: Effect, channel: str, names: dict[int, str], now: datetime) -> Message:
    person, cycle = effect.person, effect.cycle
    zone = ZoneInfo(person.zone or person.company.zone)
    notice = words.notice(effect.kind, effect.data, cycle.lead if cycle else None, names, zone, now)
    if notice.takes and cycle is not None and effect.turn_number:
        url = links.turn_url(cycle.pk, effect.turn_number, person.pk)
    elif cycle is not None:
        url = f"{links.public_url()}/leads/{cycle.lead_id}"
    else:
        url = links.public_url()
    return Message(effect.key, CHANNELS[channel].address(person), notice, url)


def _book(effect: Effect, lane: Lane, result: Result, now: datetime, sent: Sent) -> None:
    attempts = effect.attempts + 1
    if isinstance(result, Retry):
        result = _once_more(effect, result, attempts)
    match result:
        case Done():
            _save(lane, effect, now, state=Effect.State.DONE, done_at=now, late_at=None, attempts=attempts, error="")
            sent.done += 1
        case Retry(error, after):
            again = now + timedelta(seconds=after)
            _save(lane, effect, now, ready_at=again, attempts=attempts, error=error)
            sent.retried += 1
        case Dead(error):
            _save(lane, effect, now, attempts=attempts, error=error, **_next_way(effect))
            sent.failed += 1


def _once_more(effect: Effect, result: Retry, attempts: int) -> Retry | Dead:
    """What may have arrived is repeated once, with the same key, and not a third time: then somebody else must look."""
    perhaps = result.doubtful or effect.error.startswith(PERHAPS)
    error = f"{PERHAPS}{result.error}" if perhaps else result.error
    if (attempts >= MOST_ATTEMPTS and not result.everything) or (result.doubtful and effect.error.startswith(PERHAPS)):
        return Dead(error)
    return replace(result, error=error)


def _next_way(effect: Effect) -> dict[str, Any]:
    """The next channel that reaches him; else it has failed, and S-45 acts on an offer at its `late_at`."""
    later = OUTWARD[OUTWARD.index(effect.channel) + 1 :] if effect.channel in OUTWARD else ()
    for name in later:
        if CHANNELS[name].address(effect.person):
            return {"channel": name, "attempts": 0}
    return {"state": Effect.State.FAILED if effect.late_at else Effect.State.DEAD, "ready_at": None}


def _save(lane: Lane, effect: Effect, now: datetime, **changes: Any) -> None:
    """Settle one notice and prolong the lease, if it is still ours. A notice that goes another way wakes that lane."""
    with engine.in_company(lane.company_id):
        lanes.keep(lane, now)
        Effect.objects.filter(pk=effect.pk).update(**changes)
        if changes.get("channel"):
            other, _made = Lane.objects.get_or_create(company_id=lane.company_id, channel=changes["channel"])
            Lane.objects.filter(pk=other.pk, lease="").update(next_send_at=now)


# Too late


def _warn_late(lane: Lane, now: datetime, sent: Sent) -> None:
    """S-45: an offer that has reached nobody by its `late_at`. It is tried on; that he was not reached is a fact."""
    for effect in _waiting(lane).filter(late_at__lte=now).order_by("late_at")[:BATCH]:
        if not _stale(effect):
            engine.undelivered(effect.pk, error=effect.error, now=now)
            sent.undelivered += 1
        failed = effect.state == Effect.State.FAILED
        _save(lane, effect, now, late_at=None, **({"state": Effect.State.DEAD} if failed else {}))


# The lane again


def _settle(lane: Lane, now: datetime, pause: float, error: str) -> None:
    with engine.in_company(lane.company_id):
        ready = _waiting(lane).filter(state=Effect.State.PENDING).aggregate(at=Min("ready_at"))["at"]
        late = _waiting(lane).aggregate(at=Min("late_at"))["at"]
        if ready is not None:
            ready = max(ready, now + (lanes.rest(lane) if error else timedelta(seconds=pause)))
        next_at = min((at for at in (ready, late) if at is not None), default=None)
        lanes.settle(lane, next_at, error)
    if bool(error) != bool(lane.error):
        log.warning("lane fails" if error else "lane works again", lane=lane.pk, channel=lane.channel, error=error)
