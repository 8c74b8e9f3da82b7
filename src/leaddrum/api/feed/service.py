"""The OData service: its document, its tables in pages, single rows, counts.

Pages are the server's: at most PAGE rows, or what `Prefer: odata.maxpagesize` asks for, and `@odata.nextLink` to go on.
A page costs the same wherever it is. The ETag of an answer is the state of the company's books: an unchanged answer is
304 without a look at a fact.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leaddrum.api.feed import metadata
from leaddrum.api.feed.door import FeedRefusal, json, reader
from leaddrum.api.feed.filter import condition
from leaddrum.api.feed.options import Options, asked, token
from leaddrum.facts import query as star
from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.shape import Column, Entity
from leaddrum.models import ApiToken, Company, Keeping

PAGE = 10_000
Shown = dict[str, Any]


@reader
def service(request: HttpRequest, _token: ApiToken) -> HttpResponseBase:
    """What tables there are."""
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in ENTITIES]
    return json({"@odata.context": f"{_root(request)}$metadata", "value": sets})


@reader
def schema(_request: HttpRequest, _token: ApiToken) -> HttpResponseBase:
    return HttpResponse(metadata.document(get_language() or "en"), content_type="application/xml;charset=utf-8")


@reader
def table(request: HttpRequest, token_: ApiToken, name: str) -> HttpResponseBase:
    """A page of a table."""
    entity = _entity(name)
    options = asked(entity, token_.company_id, request.GET)
    tag = _tag(token_.company, request)
    if tag in [part.strip() for part in request.headers.get("If-None-Match", "").split(",")]:
        return HttpResponse(status=304, headers={"ETag": tag})
    query = options.query
    rows, place = star.page(_with_links(options), _page_size(request))
    root = _root(request)
    shape = "" if query.columns == entity.columns else f"({','.join(column.name for column in query.columns)})"
    body: Shown = {"@odata.context": f"{root}$metadata#{name}{shape}"}
    if options.count:
        body["@odata.count"] = star.count(query)
    body["value"] = _shown(options, rows)
    if place is not None:
        left = None if query.top is None else query.top - len(rows)
        body["@odata.nextLink"] = _next(request, root + name, token(place, left))
    return json(body, {"ETag": tag})


@reader
def row(request: HttpRequest, token_: ApiToken, name: str, key: str) -> HttpResponseBase:
    """One row by its key."""
    entity = _entity(name)
    options = asked(entity, token_.company_id, request.GET)
    literal = key.removeprefix(f"{entity.key}=")
    where = condition(entity, f"{entity.key} eq {literal}") if re.fullmatch(r"[\d-]{1,20}", literal) else None
    if where is None:
        raise FeedRefusal(400, "Key", _("“%s” is no key of this table.") % key[:40])
    one = Options(star.Query(entity, token_.company_id, options.query.columns, where), expand=options.expand)
    rows, _place = star.page(_with_links(one), 1)
    if not rows:
        raise FeedRefusal(404, "NotFound", _("There is no row with this key."))
    return json({"@odata.context": f"{_root(request)}$metadata#{name}/$entity", **_shown(one, rows)[0]})


@reader
def counted(request: HttpRequest, token_: ApiToken, name: str) -> HttpResponseBase:
    """How many rows there are, as plain text."""
    options = asked(_entity(name), token_.company_id, request.GET)
    return HttpResponse(str(star.count(options.query)), content_type="text/plain;charset=utf-8")


@reader
def nothing_here(_request: HttpRequest, _token: ApiToken, /) -> HttpResponseBase:
    raise FeedRefusal(404, "NotFound", _("There is no such address."))


def _entity(name: str) -> Entity:
    entity = ENTITIES.get(name)
    if entity is None:
        raise FeedRefusal(404, "NotFound", _("There is no such table."))
    return entity


def _with_links(options: Options) -> star.Query:
    """The query with the columns that expansions go by, after those that were asked for."""
    query = options.query
    needed = [query.entity.column(link.column) for link, _columns in options.expand.values()]
    more = tuple(column for column in needed if column is not None)
    return star.Query(
        *(query.entity, query.company, (*query.columns, *more), query.where),
        *(query.order, query.after, query.skip, query.top),
    )


def _shown(options: Options, rows: list[star.Row]) -> list[Shown]:
    """Rows as JSON objects, with the linked rows inside."""
    columns = options.query.columns
    shown = [_object(columns, row) for row in rows]
    for place, (name, (link, chosen)) in enumerate(options.expand.items(), start=len(columns)):
        found = star.linked(ENTITIES[link.target], options.query.company, chosen, {row[place] for row in rows})
        others = {key: _object(chosen, other) for key, other in found.rows.items()}
        for one, row in zip(shown, rows, strict=True):
            one[name] = others.get(row[place])
    return shown


def _object(columns: tuple[Column, ...], row: star.Row) -> Shown:
    found = {column.name: value for column, value in zip(columns, row, strict=False)}
    if connection.vendor == "sqlite":  # it has no truth values
        for column in columns:
            if column.kind == "bool":
                found[column.name] = bool(found[column.name])
    return found


def _page_size(request: HttpRequest) -> int:
    wanted = re.search(r"(?:odata\.)?maxpagesize\s*=\s*(\d{1,9})", request.headers.get("Prefer", ""))
    return min(PAGE, max(1, int(wanted[1]))) if wanted else PAGE


def _root(request: HttpRequest) -> str:
    return request.build_absolute_uri("/odata/v1/")


def _next(request: HttpRequest, url: str, place: str) -> str:
    given = request.GET.copy()
    given["$skiptoken"] = place
    return f"{url}?{given.urlencode(safe='$')}"


def _tag(company: Company, request: HttpRequest) -> str:
    kept = Keeping.objects.filter(company=company).values_list("stamp", flat=True).first() or 0
    state = (company.pk, kept, company.staff_version, company.version)
    seen = repr((*state, request.get_full_path(), request.headers.get("Prefer", "")))
    return f'W/"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'
