"""Every refusal of the API looks alike: a 4xx with ``{"errors": [{"where", "what"}]}``.

So do our own troubles: 503 when the database cannot be asked just now, and 500 for a fault. Nothing of such a call was
kept; whoever sends it again with the same `external_id` makes one lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
import structlog
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from leaddrum import engine, words
from leaddrum.intake import problems
from leaddrum.intake.problems import Problem, Unreadable

# Codes of the engine that blame the input (where), not the state the lead is in.
_OF_THE_ENGINE = {
    "no_lead": (404, "lead"),
    "no_turn": (404, "turn"),
    "no_incident": (404, "incident"),
    "no_stage": (422, "stage"),
    "no_person": (422, "person"),
    "bad_times": (422, "to"),
    "empty": (422, "body"),
}
AGAIN_IN = "5"  # seconds: a database that is restarted is back by then
log = structlog.stdlib.get_logger("leaddrum.api")
MOST_SHOWN = 50  # a body of ten thousand unknown keys is answered in a readable way


class Refusal(Exception):
    """Something is not done, and why."""

    def __init__(self, status: int, where: str, what: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(what)
        self.status = status
        self.problem = Problem(where, what)
        self.headers = dict(headers or {})


def answer(status: int, found: Iterable[Problem], headers: Mapping[str, str] | None = None) -> HttpResponse:
    body = {"errors": [problem.as_json() for problem in list(found)[:MOST_SHOWN]]}
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/json", headers=dict(headers or {}))


def not_found(where: str, key: object, status: int = 404) -> Refusal:
    return Refusal(status, where, _("There is none with the id “%(key)s”.") % {"key": str(key)[:64]})


def install(api: NinjaAPI) -> None:
    """Give each kind of error its answer. What is not listed is a fault of ours: a 500, and logged."""

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def no_database(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001 - ninja's signature
        log.error("no database", error=type(error).__name__, why=str(error).partition("\n")[0])
        what = _("The database cannot be used just now; nothing was kept. Send it again in a moment.")
        return answer(503, [Problem("server", what)], {"Retry-After": AGAIN_IN})

    @api.exception_handler(Refusal)
    def refusal(request: HttpRequest, error: Refusal) -> HttpResponse:  # noqa: ARG001 - ninja's signature
        return answer(error.status, [error.problem], error.headers)

    @api.exception_handler(Unreadable)
    def unreadable(request: HttpRequest, error: Unreadable) -> HttpResponse:  # noqa: ARG001
        return answer(422, error.problems)

    @api.exception_handler(engine.Refused)
    def refused(request: HttpRequest, error: engine.Refused) -> HttpResponse:  # noqa: ARG001
        status, where = _OF_THE_ENGINE.get(error.code, (409, error.code))
        return answer(status, [Problem(where, words.refusal(error))])

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:  # noqa: ARG001
        return answer(422, problems.from_pydantic(error.errors))

    @api.exception_handler(AuthenticationError)
    def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:  # noqa: ARG001
        from leaddrum.api.bearer import unknown  # here, because that module raises what stands above

        return refusal(request, unknown())

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001
        # The framework's own: a body that its parser could not read.
        return answer(error.status_code, [Problem("body", _("This is not JSON."))])

    @api.exception_handler(Exception)
    def fault(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001
        log.error("fault", error=type(error).__name__, exc_info=error)
        return answer(500, [Problem("server", _("This is a fault of ours; it is in the log under X-Request-ID."))])

    @api.exception_handler(Http404)
    def gone(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
        return answer(404, [Problem("path", _("There is no such thing."))])
