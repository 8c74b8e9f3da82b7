"""The journal of misses."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Query, Router, Status
from pydantic import AwareDatetime

from leaddrum import clock, engine, reports
from leaddrum.api import names, shapes
from leaddrum.api.bearer import ADMIN, READ, TokenRequest
from leaddrum.api.errors import Refusal, not_found
from leaddrum.intake import clean
from leaddrum.models import Incident

MOST = 500
router = Router(tags=["incidents"])


@router.get("/incidents", auth=READ, response={200: shapes.Page, **shapes.REFUSALS}, summary="Missed turns")
def incidents(
    request: TokenRequest,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    person: str = "",
    drum: str = "",
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Any:
    """Oldest first, of the verdicts in [since, until). Pass `next` as `after` until it is null."""
    company = request.auth.company_id
    items, following = reports.incidents(
        company,
        since=names.instant(since, "since") if since else None,
        until=names.instant(until, "until") if until else None,
        person=names.person(company, person) if person else None,
        drum=names.drum(company, drum) if drum else None,
        after=names.after(after) if after else None,
        limit=limit,
    )
    return Status(200, {"items": items, "next": None if following is None else str(following)})


@router.post(
    "/incidents/{turn_id}/annul", auth=ADMIN, response={200: shapes.Done, **shapes.REFUSALS}, summary="Take one back"
)
def annul(request: TokenRequest, turn_id: str, payload: shapes.Annul) -> Any:
    """The incident of that turn is annulled, with a reason; its row stays (I2)."""
    company = request.auth.company_id
    cycle, number = names.turn(company, turn_id)
    by = names.person_named(company, payload.by, "by")
    why = clean.many_lines(payload.why)
    if not why:
        raise Refusal(422, "why", _("This must not be empty."))
    incident = Incident.objects.filter(cycle=cycle, turn_number=number).values_list("pk", flat=True).first()
    if incident is None:
        raise not_found("incident", turn_id)
    engine.annul(incident, by=by, why=why, now=clock.now())
    return Status(200, {"done": True})
