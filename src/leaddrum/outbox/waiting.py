"""Which notices of a lane wait, and which of them are still worth sending now."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from leaddrum import quiet
from leaddrum.engine import org
from leaddrum.engine.members import Member
from leaddrum.models import Cycle, Effect, Lane

ABOUT_A_TURN = frozenset({"offer", "reminder", "moved"})  # worth nothing once that turn is over


def unended(lane: Lane) -> QuerySet[Effect]:
    """Its notices that have not come to an end: to be sent, or failed and still to be warned of."""
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    where = ["leaddrum_effect.state IN ('pending', 'failed')"]
    unended = Effect.objects.extra(where=where)  # noqa: S610 - a constant
    return unended.filter(company_id=lane.company_id, channel=lane.channel)


def ready(lane: Lane, now: datetime, most: int) -> list[Effect]:
    """Those that may go now, the oldest first."""
    ready = unended(lane).filter(state=Effect.State.PENDING, ready_at__lte=now).order_by("ready_at", "id")
    return list(ready.select_related("person__company", "cycle__lead")[:most])


def stale(effect: Effect) -> bool:
    """The turn it is about is over: an offer nobody can take is not sent (S-34). Nor is anything to who has left."""
    if effect.outlet is None and not effect.person.active:
        return True
    if effect.kind not in ABOUT_A_TURN or effect.cycle_id is None:
        return False
    running = Cycle.objects.filter(pk=effect.cycle_id, state=Cycle.State.OFFERED, turn_number=effect.turn_number)
    return not running.exists()


def quiet_until(effect: Effect, now: datetime) -> datetime | None:
    """When his quiet hours end, if the notice can wait so long. An offer cannot when its time to be delivered, or the
    turn itself, would be over: the turn's clock runs on his own working hours, and he must know of it. A team's chat
    has none, and a test is what he asked for."""
    person = effect.person
    if effect.outlet is not None or effect.kind == "test":
        return None
    spans = member(effect, now).quiet
    until = quiet.ends_at(spans, ZoneInfo(person.zone or person.company.zone), now)
    if until is None or effect.kind not in ABOUT_A_TURN:
        return until
    limit = effect.late_at or due_at(effect)
    return None if limit is not None and until >= limit else until


def member(effect: Effect, now: datetime) -> Member:
    """Its receiver, as the company has him now."""
    return org.of(effect.person.company, now).people[effect.person_id]


def due_at(effect: Effect) -> datetime | None:
    """The deadline of the turn it is about."""
    return datetime.fromisoformat(effect.data["due_at"]) if "due_at" in effect.data else None
