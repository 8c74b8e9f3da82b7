"""The four endpoints of Bitrix24's BI Builder connector: `biconnector.connector.add` of the REST documentation.

It posts forms, expects HTTP 200, and signs nothing: the token is a setting of the connection (`connection[token]`), so
it must be reached over TLS. Names of columns are in capitals, as its datasets want them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from leaddrum.api.feed.door import FeedRefusal, known
from leaddrum.facts import query as star
from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.shape import Column, Entity
from leaddrum.models import ApiToken

TYPES = {"id": "int", "int": "int", "bool": "int", "text": "string", "instant": "datetime", "date": "date"}
_View = Callable[[HttpRequest, ApiToken], HttpResponseBase]


def _connected(view: _View) -> Callable[[HttpRequest], HttpResponseBase]:
    @csrf_exempt  # the token in the form is the proof; no cookie is read
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        try:
            token = known(request.POST.get("connection[token]", ""))
            with translation.override(token.company.language):
                return view(request, token)
        except FeedRefusal as refusal:
            return _json({"error": refusal.code, "error_description": str(refusal)}, refusal.status)

    return answered


def _json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), status=status, content_type="application/json")


@_connected
def check(_request: HttpRequest, token: ApiToken) -> HttpResponseBase:
    """`urlCheck`: whether the settings of the connection are good."""
    return _json({"status": "ok", "company": token.company.name})


@_connected
def tables(request: HttpRequest, _token: ApiToken) -> HttpResponseBase:
    """`urlTableList`."""
    wanted = request.POST.get("searchString", "").lower()
    found = [{"code": entity.name, "title": _title(entity)} for entity in ENTITIES.values()]
    return _json([one for one in found if wanted in one["code"] or wanted in one["title"].lower()])


@_connected
def description(request: HttpRequest, _token: ApiToken) -> HttpResponseBase:
    """`urlTableDescription`."""
    columns = _entity(request).columns
    return _json([{"code": _code(c), "name": _code(c), "type": TYPES[c.kind]} for c in columns])


@_connected
def data(request: HttpRequest, token: ApiToken) -> HttpResponseBase:
    """`urlData`: the header, then the rows, streamed. `filter` narrows the rows by equality of columns."""
    entity = _entity(request)
    chosen = request.POST.getlist("select[]") or [_code(column) for column in entity.columns]
    columns = tuple(column for code in chosen if (column := entity.column(code.lower())) is not None)
    if not columns:
        raise FeedRefusal(400, "select", _("None of these columns is in the table."))
    limit = request.POST.get("limit", "")
    top = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 10 else None
    where = _where(entity, request)
    query = star.Query(entity, token.company_id, columns, where, top=top)
    names = [request.POST.get(f"mapFields[{_code(column)}]", _code(column)) for column in columns]
    return StreamingHttpResponse(_lines(names, query), content_type="application/json")


def _lines(names: list[str], query: star.Query) -> Any:
    flags = [place for place, column in enumerate(query.columns) if column.kind == "bool"]
    yield b"[" + orjson.dumps(names)
    for row in star.rows(query):
        cells = list(row)
        for place in flags:
            cells[place] = int(cells[place])
        yield b"," + orjson.dumps(cells)
    yield b"]"


def _where(entity: Entity, request: HttpRequest) -> star.Condition | None:
    """`filter[COLUMN]=value`: only what can be compared for sure; the rest the BI Builder filters itself."""
    sql: list[str] = []
    values: list[int | str] = []
    for name, text in request.POST.items():
        column = entity.column(name[7:-1].lower()) if name.startswith("filter[") and name.endswith("]") else None
        if column is None or not isinstance(text, str):
            continue
        if column.kind in {"id", "int"} and re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
            sql.append(f't."{column.name}" = %s')
            values.append(int(text))
        elif column.kind == "text":
            sql.append(f't."{column.name}" = %s')
            values.append(text.replace("\x00", ""))
    return star.Condition(" AND ".join(sql), tuple(values)) if sql else None


def _entity(request: HttpRequest) -> Entity:
    entity = ENTITIES.get(request.POST.get("table", ""))
    if entity is None:
        raise FeedRefusal(400, "table", _("There is no such table."))
    return entity


def _code(column: Column) -> str:
    return column.name.upper()


def _title(entity: Entity) -> str:
    return f"LeadDrum: {entity.name}"
