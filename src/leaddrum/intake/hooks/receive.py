"""A call of a hook, from proof to commit. Repeated five times, it is one lead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from leaddrum import engine
from leaddrum.intake import clean, ways
from leaddrum.intake.hooks.call import Call, Format, Heard, Nothing, unread
from leaddrum.intake.hooks.formats import FORMATS
from leaddrum.intake.problems import BREAKS, Problem, Unreadable
from leaddrum.models import Way

log = structlog.stdlib.get_logger("leaddrum.hooks")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    said: Any  # JSON, or a text
    lead: int | None = None


def take_in(way: Way, call: Call, *, now: datetime) -> Answer:
    """403: nobody we know, nothing is kept but that it was so. 422: it cannot be read, it is kept for the administrator
    (S-46). 200: what became of it; a lead there is only after its commit."""
    spoken = FORMATS.get((way.kind, way.preset))
    if spoken is None or not spoken.proves(way, call):
        ways.refused(way, now)
        with override(way.company.language):
            return Answer(403, {"problems": [{"where": "signature", "what": _("The signature does not fit.")}]})
    return hear(way, spoken, call, now=now)


def hear(way: Way, spoken: Format, call: Call, *, now: datetime, at: datetime | None = None) -> Answer:
    """What a call says that has proved who sent it. `at`: when it was received, if it had to wait."""
    with override(way.company.language):
        try:
            with transaction.atomic():
                return _heard(way, spoken, call, now, at)
        except Unreadable as error:
            problems = list(error.problems)
        except engine.Refused as error:
            problems = [ways.refusal(error)]
        except BREAKS as error:
            log.exception("hook failed", way=way.pk, error=type(error).__name__)
            problems = [Problem("body", _("This cannot be read: %s.") % type(error).__name__)]
        ways.keep(way, ways.CHANNELS[way.kind], unread(way, call.body), now=now, problems=problems)
        return Answer(422, {"problems": [problem.as_json() for problem in problems]})


def _heard(way: Way, spoken: Format, call: Call, now: datetime, at: datetime | None) -> Answer:
    outcome, lead = "nothing", None
    for said in spoken.hears(way, call):
        outcome, lead = _one(way, replace(said, at=at) if isinstance(said, engine.Arrival) else said, now)
    return Answer(200, spoken.answers(call, outcome), lead)


def _one(way: Way, said: Heard, now: datetime) -> tuple[str, int | None]:
    match said:
        case engine.Arrival():
            shown = clean.storable(dict(said.payload))
            arrived = ways.arrive(way, replace(said, payload=shown), now=now, last_payload=shown)
            return arrived.outcome, arrived.lead
        case engine.Contact():
            outcome = engine.touch(way.company_id, said, now=now)
            ways.well(way, now)
            return outcome, said.lead
        case Nothing(why):
            ways.well(way, now)
            return why, None
