"""Notices on their way out: lanes, retries, the next channel, and what happens when nothing gets through (S-45).

A lane is one company's way through one channel (`leaddrum.lanes`):

1. Claim a lane that is due.
2. Offers that did not reach anybody in time: the engine warns the head and excuses the miss (S-45).
3. Send, outside any transaction, the oldest notices that are ready; settle each at once, if the lease is still ours.
   What a head is told is bundled in a storm. What a channel has sent before may change with its turn: that comes next.
4. Settle the lane: `next_send_at` is when the next notice is ready; after a failure, when it may be tried again.

A claim and a settlement hold the company's row as the engine does, so no notice written meanwhile is overlooked. What
was sent but not settled (a crash in between) is sent again with the same key: at least once, recognisably. What a
channel is in doubt about (the way broke after the whole message had gone) is repeated once and not a third time (S-40).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db.models import Min, QuerySet
from django.utils import translation

from leaddrum import bundles, engine, lanes, links, quiet, words
from leaddrum.channels import CHANNELS
from leaddrum.channels.base import Dead, Done, Following, Message, Result, Retry, Wait
from leaddrum.engine import crash, org, ways
from leaddrum.models import Cycle, Delivery, Effect, Lane, Outlet, Person, Reach

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
    channel = CHANNELS[lane.channel]
    most = getattr(channel, "together", limit)
    ready = _ready(lane, watch.now(), max(limit, most))
    known = _Known.about(lane, ready)
    error, pause, tried = "", 0.0, 0
    with channel.open() as send:
        gather = getattr(send, "gather", None)  # see `channels.base.Gathering`
        if gather is not None:
            _gather(gather, ready, lane, known, watch.now())
        for group in bundles.grouped(ready):
            if stopping():
                break
            if len(group) > 1 or bundles.heads(group[0]):
                result = _bundle(group, lane, watch, send, known, sent)
            else:
                result = _one(group[0], lane, watch, send, known, sent)
            tried += result is not None
            if isinstance(result, Retry) and result.everything:
                error, pause = result.error, result.after
                break
    pause = max(pause, channel.spacing * tried)
    again = channel.follow(lane.company_id, watch.now()) if isinstance(channel, Following) and not error else None
    _settle(lane, watch.now(), pause, error, again)


@dataclass(slots=True)
class _Known:
    """What the notices of one batch need besides themselves."""

    names: dict[int, str]
    broken: set[tuple[int, str]]  # (person, address) that refused everything so far
    outlets: dict[int, Outlet]

    @classmethod
    def about(cls, lane: Lane, effects: list[Effect]) -> _Known:
        people = {person for effect in effects for person in words.people_in(effect.data)}
        posts = {effect.outlet for effect in effects if effect.outlet is not None}
        refusing = Reach.objects.filter(company=lane.company_id, channel=lane.channel).exclude(broken_at=None)
        return cls(
            names=dict(Person.objects.filter(pk__in=people).values_list("pk", "name")) if people else {},
            broken=set(refusing.values_list("person_id", "address")) if effects else set(),
            outlets=Outlet.objects.in_bulk(posts) if posts else {},
        )


def _waiting(lane: Lane) -> QuerySet[Effect]:
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    where = ["leaddrum_effect.state IN ('pending', 'failed')"]
    unended = Effect.objects.extra(where=where)  # noqa: S610 - a constant
    return unended.filter(company_id=lane.company_id, channel=lane.channel)


def _ready(lane: Lane, now: datetime, most: int) -> list[Effect]:
    ready = _waiting(lane).filter(state=Effect.State.PENDING, ready_at__lte=now).order_by("ready_at", "id")
    return list(ready.select_related("person__company", "cycle__lead")[:most])


def _gather(
    gather: Callable[[list[Message]], None], ready: list[Effect], lane: Lane, known: _Known, now: datetime
) -> None:
    """Those that will go, in few requests. One that cannot be written shows that when its turn comes."""
    messages = []
    for effect in ready:
        if bundles.heads(effect) or _stale(effect) or _quiet_until(effect, now) is not None:
            continue
        with suppress(Exception), translation.override(effect.person.language or effect.person.company.language):
            messages.append(_message(effect, lane.channel, known, now))
    if messages:
        gather(messages)


# One notice


def _one(
    effect: Effect,
    lane: Lane,
    watch: lanes.Watch,
    send: Callable[[Message], Result],
    known: _Known,
    sent: Sent,
) -> Result | None:
    """Send and settle one notice. None: nothing was sent."""
    now = watch.now()
    if _stale(effect) or (effect.outlet is not None and effect.outlet not in known.outlets):
        _save(lane, effect, now, state=Effect.State.DONE, done_at=now, late_at=None, error="stale")
        sent.stale += 1
        return None
    until = _quiet_until(effect, now)
    if until is not None:
        _save(lane, effect, now, ready_at=until)
        return None
    message = None
    try:
        with translation.override(effect.person.language or effect.person.company.language):
            message = _message(effect, lane.channel, known, now)
            result = send(message)
    except Exception as error:  # a notice that cannot even be written must not stop the others
        log.exception("notice failed", effect=effect.pk, kind=effect.kind)
        result = Dead(f"{type(error).__name__}: {error}")
    crash.point("outbox.after_send")
    if isinstance(result, Wait):
        _save(lane, effect, now, ready_at=watch.now() + timedelta(seconds=result.after))
        return None
    _book(effect, lane, result, watch.now(), sent)
    if message is not None:
        _note_address(effect, lane.channel, message.to, result, known, watch.now())
    return result


def _bundle(
    group: list[Effect],
    lane: Lane,
    watch: lanes.Watch,
    send: Callable[[Message], Result],
    known: _Known,
    sent: Sent,
) -> Result | None:
    """What a head is told: one notice as it is, several as one table, and none so soon after the last."""
    now = watch.now()
    first = group[0]
    until = max(filter(None, (_quiet_until(first, now), bundles.waits_until(first, now))), default=None)
    if until is not None:
        for effect in group:
            _save(lane, effect, now, ready_at=until)
        return None
    if len(group) == 1:
        return _one(first, lane, watch, send, known, sent)
    with translation.override(first.person.language or first.person.company.language):
        told = [_message(effect, lane.channel, known, now) for effect in group]
        zone = ZoneInfo(first.person.zone or first.person.company.zone)
        rows = [(one.notice.subject, one.url, effect.created_at) for one, effect in zip(told, group, strict=True)]
        table = words.bundle(rows, zone, now)
        result = send(replace(told[0], notice=table, url=links.public_url(), kind="bundle", cycle=None, turn=0))
    crash.point("outbox.after_send")
    for effect in group:
        if isinstance(result, Wait):
            _save(lane, effect, now, ready_at=watch.now() + timedelta(seconds=result.after))
        else:
            _book(effect, lane, result, watch.now(), sent)
    if isinstance(result, Wait):
        return None
    _note_address(first, lane.channel, told[0].to, result, known, watch.now())
    return result


def _stale(effect: Effect) -> bool:
    """The turn it is about is over: an offer nobody can take is not sent (S-34)."""
    if effect.kind not in ABOUT_A_TURN or effect.cycle_id is None:
        return False
    running = Cycle.objects.filter(pk=effect.cycle_id, state=Cycle.State.OFFERED, turn_number=effect.turn_number)
    return not running.exists()


def _quiet_until(effect: Effect, now: datetime) -> datetime | None:
    """When his quiet hours end, if the notice can wait so long. An offer cannot when its time to be delivered, or the
    turn itself, would be over: the turn's clock runs on his own working hours, and he must know of it. A team's chat
    has none, and a test is what he asked for."""
    person = effect.person
    if effect.outlet is not None or effect.kind == "test":
        return None
    spans = _member(effect, now).quiet
    until = quiet.ends_at(spans, ZoneInfo(person.zone or person.company.zone), now)
    if until is None or effect.kind not in ABOUT_A_TURN:
        return until
    due_at = effect.late_at or _due_at(effect)
    return None if due_at is not None and until >= due_at else until


def _member(effect: Effect, now: datetime) -> org.Member:
    return org.of(effect.person.company, now).people[effect.person_id]


def _message(effect: Effect, channel: str, known: _Known, now: datetime) -> Message:
    person, cycle = effect.person, effect.cycle
    zone = ZoneInfo(person.zone or person.company.zone)
    notice = words.notice(effect.kind, effect.data, cycle.lead if cycle else None, known.names, zone, now)
    if notice.takes and cycle is not None and effect.turn_number and effect.outlet is None:
        url = links.turn_url(cycle.pk, effect.turn_number, person.pk)
    elif cycle is not None:
        url = f"{links.public_url()}/leads/{cycle.lead_id}"
    else:
        url = links.public_url()
    post = known.outlets.get(effect.outlet) if effect.outlet is not None else None
    return Message(
        key=effect.key,
        to=post.address if post else CHANNELS[channel].address(person),
        notice=notice,
        url=url,
        kind=effect.kind,
        effect=effect.pk,
        company=effect.company_id,
        person=person.pk,
        outlet=effect.outlet,
        name=person.name,
        lead=cycle.lead_id if cycle else None,
        cycle=cycle.pk if cycle else None,
        turn=effect.turn_number,
        declines=notice.takes and cycle is not None and _declines(cycle, effect, now),
        at=effect.created_at,
        attempts=effect.attempts,
        due_at=_due_at(effect),
    )


def _due_at(effect: Effect) -> datetime | None:
    return datetime.fromisoformat(effect.data["due_at"]) if "due_at" in effect.data else None


def _declines(cycle: Cycle, effect: Effect, now: datetime) -> bool:
    """Whether this turn can be given back: it is one person's, and the drum passes leads on (S-33, S-56)."""
    return cycle.holder_id is not None and org.of(effect.person.company, now).policies[cycle.drum_id].rotate


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
            _save(lane, effect, now, **{"attempts": attempts, "error": error, **_next_way(effect, now)})
            sent.failed += 1
        case Wait():
            return
    _deliver(effect, lane.channel, result, now)


def _deliver(effect: Effect, channel: str, result: Result, now: datetime) -> None:
    """What became of this attempt, for the incident that may follow (S-47)."""
    outcome = {Done: Delivery.Result.DONE, Retry: Delivery.Result.LATER}.get(type(result), Delivery.Result.REFUSED)
    Delivery.objects.create(
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


def _note_address(effect: Effect, channel: str, to: str, result: Result, known: _Known, now: datetime) -> None:
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
        for name in _member(effect, now).ways:
            if name not in tried and name in CHANNELS and CHANNELS[name].address(effect.person):
                return {"channel": name, "attempts": 0, "ready_at": now, "tried": " ".join(tried)}
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


def _settle(lane: Lane, now: datetime, pause: float, error: str, again: float | None = None) -> None:
    """`pause`: seconds until the next message may go; `again`: until those already sent are to be changed."""
    with engine.in_company(lane.company_id):
        ready = _waiting(lane).filter(state=Effect.State.PENDING).aggregate(at=Min("ready_at"))["at"]
        late = _waiting(lane).aggregate(at=Min("late_at"))["at"]
        rest = timedelta(seconds=pause)
        if ready is not None:
            ready = max(ready, now + (max(lanes.rest(lane), rest) if error else rest))
        later = now + timedelta(seconds=again) if again is not None else None
        next_at = min((at for at in (ready, late, later) if at is not None), default=None)
        lanes.settle(lane, next_at, error)
    if bool(error) != bool(lane.error):
        log.warning("lane fails" if error else "lane works again", lane=lane.pk, channel=lane.channel, error=error)
