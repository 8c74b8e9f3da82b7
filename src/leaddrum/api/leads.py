"""Leads in, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status

from leaddrum import clock, engine, reports
from leaddrum.api import names, shapes
from leaddrum.api.bearer import ADMIN, INTAKE, READ, TokenRequest
from leaddrum.api.body import body_of
from leaddrum.api.errors import Refusal, answer
from leaddrum.intake import clean, fields, ways
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Way

_KEPT_RAW = 64 * 1024

router = Router(tags=["leads"])


@router.post(
    "/leads",
    auth=INTAKE,
    response={201: shapes.Received, 200: shapes.Received, **shapes.REFUSALS},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": fields.LeadInput.model_json_schema()}},
        }
    },
    summary="A lead comes in",
)
def post_lead(request: TokenRequest) -> Any:
    """201: a new lead. 200: the `external_id` was here before (the same id again), or the client's open lead was
    joined (`joined`, S-25). What cannot be read is refused and kept for the administrator (S-46)."""
    now, company = clock.now(), request.auth.company
    body = body_of(request)
    try:
        data = _json(body)
        lead = fields.read(data)
        owner = fields.owner_of(company.pk, lead.owner)
    except Unreadable as error:
        _keep(company.pk, body, error, now)
        malformed = error.problems[0].where == "body"
        return answer(400 if malformed else 422, error.problems)
    arrival = fields.arrival(lead, company, channel="api", owner=owner, payload=data, built_in="api")
    arrived = engine.arrive(company.pk, arrival, now=now)
    created = arrived.outcome == "created"
    reply = {"id": arrived.lead, "outcome": arrived.outcome, "joined": arrived.outcome == "joined"}
    return HttpResponse(orjson.dumps(reply), status=201 if created else 200, content_type="application/json")


@router.get("/leads/{lead_id}", auth=READ, response={200: shapes.Lead, **shapes.REFUSALS}, summary="A lead's story")
def get_lead(request: TokenRequest, lead_id: str) -> Any:
    """Every cycle and turn of it, and why each person was chosen or not."""
    return _story(names.lead(request.auth.company_id, lead_id))


@router.post(
    "/leads/{lead_id}/move", auth=ADMIN, response={200: shapes.Lead, **shapes.REFUSALS}, summary="To another stage"
)
def move(request: TokenRequest, lead_id: str, payload: shapes.Move) -> Any:
    """As if `by` had moved the card; without `by` a robot did (S-29)."""
    company = request.auth.company_id
    lead = names.lead(company, lead_id)
    by = names.person_named(company, payload.by, "by") if payload.by else None
    if not clean.one_line(payload.stage):
        raise Refusal(422, "stage", _("This must not be empty."))
    engine.move(lead, clean.one_line(payload.stage), by=by, now=clock.now())
    return _story(lead)


@router.post(
    "/leads/{lead_id}/assign", auth=ADMIN, response={200: shapes.Lead, **shapes.REFUSALS}, summary="To another person"
)
def assign(request: TokenRequest, lead_id: str, payload: shapes.Assign) -> Any:
    """As if `by` had changed the responsible person (S-28); without `by` an administrator did."""
    company = request.auth.company_id
    lead = names.lead(company, lead_id)
    person = names.person_named(company, payload.person, "person")
    by = names.person_named(company, payload.by, "by") if payload.by else None
    engine.assign(lead, person, by=by, now=clock.now())
    return _story(lead)


def _story(lead_id: int) -> Any:
    return Status(200, reports.lead_story(lead_id, now=clock.now()))


def _json(body: bytes) -> Any:
    """
    Raises:
        Unreadable: it is not JSON, or not an object.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable([Problem("body", _("This is not JSON: %s") % error)]) from error
    if not isinstance(data, dict):
        raise Unreadable([Problem("body", _("This must be an object of names and values."))])
    return data


def _keep(company_id: int, body: bytes, error: Unreadable, now: datetime) -> None:
    """Nothing is lost, not even what cannot be read (S-46). Only of callers with a token, and not more than fits."""
    raw = body[:_KEPT_RAW].decode(errors="replace")
    with engine.in_company(company_id):
        way = engine.built_in.row(company_id, Way.Kind.API, None, now)
        ways.keep(way, "api", {"raw": raw}, now=now, problems=error.problems)
