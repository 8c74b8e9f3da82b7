"""The API put together, with its OpenAPI document at `openapi.json`. No documentation page: it would need a CDN."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.types import DictStrAny

from leaddrum import __version__
from leaddrum.api import errors, incidents, leads, people, turns
from leaddrum.api.body import body_of


class FastParser(Parser):
    """Strict JSON: no NaN, no lone surrogates, no bottomless nesting; and not more than a lead needs."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        data: DictStrAny = orjson.loads(body_of(request))
        return data


class FastRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002 - ninja's
        return orjson.dumps(data)


api = NinjaAPI(
    title="LeadDrum",
    version=__version__,
    description="Leads in, their stories out. People, drums and stages are named by the company file's ids.",
    docs_url=None,
    urls_namespace="api",
    parser=FastParser(),
    renderer=FastRenderer(),
)
errors.install(api)
for router in (leads.router, turns.router, incidents.router, people.router):
    api.add_router("", router)
