"""Who reads a feed: a token as password of HTTP Basic (Power BI, Excel and Tableau ask for name and password; any name
will do), or as a bearer. Answers and refusals are in OData's form."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import orjson
import structlog
from django.conf import settings
from django.db import DatabaseError, DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from leaddrum import access, clock
from leaddrum.api.bearer import note_use
from leaddrum.api.feed.filter import WrongOptionError
from leaddrum.intake import rate
from leaddrum.models import ApiToken

P = ParamSpec("P")
MAY_READ = frozenset({ApiToken.Role.FEED, ApiToken.Role.READ, ApiToken.Role.ADMIN})
VERSION = {"OData-Version": "4.0"}
log = structlog.stdlib.get_logger("leaddrum.feed")


class FeedRefusal(Exception):
    """Something is not read, and why."""

    def __init__(self, status: int, code: str, what: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(what)
        self.status, self.code, self.headers = status, code, dict(headers or {})


def error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    body = orjson.dumps({"error": {"code": code, "message": message}})
    kind = "application/json;odata.metadata=minimal"
    return HttpResponse(body, status=status, content_type=kind, headers={**VERSION, **(headers or {})})


def reader(view: Callable[Concatenate[HttpRequest, ApiToken, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Only for whoever has a token that may read; GET and HEAD only; errors in OData's form."""

    @csrf_exempt  # tokens, no cookies; and nothing is ever changed
    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            if request.method not in {"GET", "HEAD"}:
                raise FeedRefusal(405, "MethodNotAllowed", _("A feed is only read."), {"Allow": "GET, HEAD"})
            token = known(_secret(request.headers.get("Authorization", "")))
            with translation.override(token.company.language):
                answer = view(request, token, *args, **kwargs)
        except FeedRefusal as refusal:
            return error(refusal.status, refusal.code, str(refusal), refusal.headers)
        except WrongOptionError as wrong:
            return error(400, wrong.option, f"{wrong.option}: {wrong}")
        except DataError as fault:
            log.info("the database refused a filter", error=str(fault)[:200])
            return error(400, "$filter", _("The database cannot answer this."))
        except DatabaseError:
            log.exception("the database did not answer a feed")
            return error(503, "NotNow", _("The database does not answer just now."), {"Retry-After": "5"})
        for name, value in VERSION.items():
            answer[name] = value
        answer["Cache-Control"] = "private, no-cache"
        return answer

    return answered


def known(secret: str) -> ApiToken:
    """
    Raises:
        FeedRefusal: 401 no good token, 429 too often, 403 it may not read.
    """
    now = clock.now()
    token = access.find_token(secret, now=now) if secret else None
    if token is None:
        headers = {"WWW-Authenticate": 'Basic realm="LeadDrum", charset="UTF-8"'}
        raise FeedRefusal(401, "Unauthorized", _("A valid token is needed, as password or as bearer."), headers)
    wait = rate.seconds_to_wait(settings.API_RATE, "api", str(token.pk))
    if wait:
        raise FeedRefusal(429, "TooManyRequests", _("Too many calls with this token."), {"Retry-After": str(wait)})
    if token.role not in MAY_READ:
        raise FeedRefusal(403, "Forbidden", _("A token of the role “%s” may not do this.") % token.role)
    note_use(token, now)
    return token


def _secret(header: str) -> str:
    scheme, _space, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def json(value: Any, headers: Mapping[str, str] | None = None) -> HttpResponse:
    kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    return HttpResponse(orjson.dumps(value), content_type=kind, headers=dict(headers or {}))
