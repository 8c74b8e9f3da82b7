"""Turns: taken and declined in somebody's name, by a system he works in (S-33, S-34)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from ninja import Router, Status

from leaddrum import clock, engine, reports, words
from leaddrum.api import names, shapes
from leaddrum.api.bearer import ADMIN, TokenRequest
from leaddrum.api.errors import Refusal
from leaddrum.intake import clean
from leaddrum.models import Company, Cycle, Person

router = Router(tags=["turns"])


@router.post(
    "/turns/{turn_id}/decline", auth=ADMIN, response={200: shapes.Lead, **shapes.REFUSALS}, summary="Give it back"
)
def decline(request: TokenRequest, turn_id: str, payload: shapes.Decline) -> Any:
    """The turn ends `returned` and the lead goes on (S-33). 409 when it is not that person's open turn any more."""
    cycle, number = names.turn(request.auth.company_id, turn_id)
    by = names.person_named(request.auth.company_id, payload.by, "by")
    reason = clean.one_line(payload.reason)
    if not reason:
        raise Refusal(422, "reason", _("This must not be empty."))
    engine.decline(cycle, number, by=by, reason=reason, now=clock.now())
    return _story(cycle)


@router.post("/turns/{turn_id}/take", auth=ADMIN, response={200: shapes.Lead, **shapes.REFUSALS}, summary="Take it")
def take(request: TokenRequest, turn_id: str, payload: shapes.Take) -> Any:
    """The lead becomes his. 409 with who has it now, when the turn is over or another's (S-34, S-35)."""
    cycle, number = names.turn(request.auth.company_id, turn_id)
    by = names.person_named(request.auth.company_id, payload.by, "by")
    now = clock.now()
    taken = engine.take(cycle, number, by=by, now=now)
    if isinstance(taken, engine.Stale):
        raise Refusal(409, "turn", _stale(request.auth.company, taken, now))
    return _story(cycle)


def _stale(company: Company, answer: engine.Stale, now: datetime) -> str:
    named = [] if answer.holder is None else [answer.holder]
    names = dict(Person.objects.filter(pk__in=named).values_list("pk", "name"))
    return words.stale(answer, names, ZoneInfo(company.zone), now)


def _story(cycle_id: int) -> Any:
    lead = Cycle.objects.values_list("lead", flat=True).get(pk=cycle_id)
    return Status(200, reports.lead_story(lead, now=clock.now()))
