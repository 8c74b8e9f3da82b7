"""People: what they were told, and whether they can be offered leads now."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from leaddrum import clock, engine, words
from leaddrum.api import names, shapes
from leaddrum.api.bearer import ADMIN, READ, TokenRequest
from leaddrum.api.errors import Refusal
from leaddrum.intake import clean
from leaddrum.models import Effect, Person

MOST = 500
_PEOPLE = frozenset({"next_up", "to", "by", "holder", "person"})  # what of a notice's data is a person
router = Router(tags=["people"])


@router.get(
    "/people/{person}/notices", auth=READ, response={200: shapes.Page, **shapes.REFUSALS}, summary="What he was told"
)
def notices(
    request: TokenRequest, person: str, after: str = "", limit: Annotated[int, Query(ge=1, le=MOST)] = 100
) -> Any:
    """Oldest first. Pass `next` as `after`; null: nothing newer yet."""
    pk = names.person(request.auth.company_id, person)
    said = Effect.objects.filter(person=pk, outlet=None, pk__gt=names.after(after) if after else 0).order_by("pk")
    rows = list(said.select_related("cycle__lead", "person__company")[: limit + 1])
    page = rows[:limit]
    following = str(page[-1].pk) if len(rows) > limit else None
    people = _people(page)
    return Status(200, {"items": [_as_json(effect, people) for effect in page], "next": following})


def _people(page: list[Effect]) -> dict[int, tuple[str, str]]:
    """(id, name) of everybody the notices speak of, in one query."""
    named = {pk for effect in page for pk in words.people_in(effect.data)}
    return {pk: (key, name) for pk, key, name in Person.objects.filter(pk__in=named).values_list("pk", "key", "name")}


def _as_json(effect: Effect, people: dict[int, tuple[str, str]]) -> dict[str, Any]:
    person, lead = effect.person, effect.cycle.lead if effect.cycle else None
    zone = ZoneInfo(person.zone or person.company.zone)
    names = {pk: name for pk, (_key, name) in people.items()}
    said = words.notice(effect.kind, effect.data, lead, names, zone, effect.created_at)
    named = words.people_in(effect.data)
    data = {
        key: people[value][0] if isinstance(value, int) and value in named and key in _PEOPLE else value
        for key, value in effect.data.items()
    }
    return {
        "id": effect.pk,
        "at": effect.created_at,
        "kind": effect.kind,
        "lead": lead.pk if lead else None,
        "turn": f"{effect.cycle_id}-{effect.turn_number}" if effect.cycle_id and effect.turn_number else None,
        "subject": said.subject,
        "text": "\n".join(said.body),
        "channel": effect.channel,
        "state": effect.state,
        "read_at": effect.read_at,
        "data": data,
    }


@router.post(
    "/people/{person}/pause", auth=ADMIN, response={200: shapes.Done, **shapes.REFUSALS}, summary="No more offers"
)
def pause(request: TokenRequest, person: str, payload: shapes.Pause) -> Any:
    """His open turns pass on without guilt (S-24)."""
    pk = names.person(request.auth.company_id, person)
    engine.pause(pk, reason=clean.one_line(payload.reason), now=clock.now())
    return Status(200, {"done": True})


@router.post(
    "/people/{person}/resume", auth=ADMIN, response={200: shapes.Done, **shapes.REFUSALS}, summary="Offers again"
)
def resume(request: TokenRequest, person: str) -> Any:
    engine.resume(names.person(request.auth.company_id, person), now=clock.now())
    return Status(200, {"done": True})


@router.post(
    "/people/{person}/absences", auth=ADMIN, response={201: shapes.Made, **shapes.REFUSALS}, summary="He is away"
)
def absence(request: TokenRequest, person: str, payload: shapes.NewAbsence) -> Any:
    """From a time record system, for example. Away in [from, to)."""
    pk = names.person(request.auth.company_id, person)
    starts, ends = names.instant(payload.starts_at, "from"), names.instant(payload.ends_at, "to")
    if ends <= starts:
        raise Refusal(422, "to", _("The end must come after the beginning."))
    made = engine.add_absence(pk, starts, ends, clean.one_line(payload.reason), now=clock.now())
    return Status(201, {"id": made})
