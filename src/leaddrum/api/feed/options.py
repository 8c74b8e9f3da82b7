"""What a request asks of a table: OData's query options, read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import orjson
from django.http import QueryDict
from django.utils.translation import gettext as _

from leaddrum.api.feed.filter import WrongOptionError, condition, ordering
from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.query import Query
from leaddrum.facts.shape import Column, Entity, Link

KNOWN = frozenset({"$filter", "$select", "$orderby", "$top", "$skip", "$count", "$expand", "$skiptoken", "$format"})
MOST = 2**62
_EXPAND = re.compile(r"\s*(\w{1,64})\s*(?:\(\s*\$select\s*=\s*([\w\s,]{1,1000})\))?\s*(?:,|$)")


@dataclass(frozen=True)
class Options:
    """A request, read."""

    query: Query
    count: bool = False
    expand: Mapping[str, tuple[Link, tuple[Column, ...]]] = field(default_factory=dict)


def asked(entity: Entity, company: int, given: QueryDict) -> Options:
    """
    Raises:
        WrongOptionError: an option is unknown, or cannot be understood.
    """
    for name in given:
        if name.startswith("$") and name not in KNOWN:
            raise WrongOptionError(name[:64], _("This option is not known here."))
    filtered = condition(entity, text) if (text := str(given.get("$filter", ""))) else None
    order = ordering(entity, text) if (text := str(given.get("$orderby", ""))) else ()
    query = Query(
        entity=entity,
        company=company,
        columns=selected(entity, given.get("$select", "")),
        where=filtered,
        order=order,
        skip=_number(given, "$skip") or 0,
        top=_number(given, "$top"),
    )
    return Options(
        query=_continued(query, given.get("$skiptoken", "")),
        count=_truth(given, "$count"),
        expand=_expanded(entity, given.get("$expand", "")),
    )


def selected(entity: Entity, text: str, option: str = "$select") -> tuple[Column, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or "*" in names:
        return entity.columns
    found = []
    for name in names:
        column = entity.column(name)
        if column is None:
            if entity.link(name) is not None:
                continue  # `$select=person&$expand=person`: the linked row comes with the expansion
            what = {"what": name[:64], "table": entity.name}
            raise WrongOptionError(option, _("“%(what)s” is no column of %(table)s.") % what)
        if column not in found:
            found.append(column)
    key = entity.column(entity.key)
    return tuple(found) or ((key,) if key else ())


def _number(given: QueryDict, name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) > MOST:
        raise WrongOptionError(name, _("“%s” is no number of rows.") % text[:40])
    return int(text)


def _truth(given: QueryDict, name: str) -> bool:
    text = given.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise WrongOptionError(name, _("true or false is wanted here."))
    return text == "true"


def _expanded(entity: Entity, text: str) -> dict[str, tuple[Link, tuple[Column, ...]]]:
    found: dict[str, tuple[Link, tuple[Column, ...]]] = {}
    place = 0
    while place < len(text):
        part = _EXPAND.match(text, place)
        link = entity.link(part[1]) if part else None
        if part is None or link is None:
            what = {"what": text[place : place + 64], "table": entity.name}
            raise WrongOptionError("$expand", _("“%(what)s” leads nowhere from %(table)s.") % what)
        found[link.name] = (link, selected(ENTITIES[link.target], part[2] or "", "$expand"))
        place = part.end()
    return found


def token(place: tuple[object, ...], left: int | None) -> str:
    """Where the next page begins, and how many rows of `$top` are left."""
    return orjson.dumps([*(str(part) for part in place), left]).hex()


def _continued(query: Query, text: str) -> Query:
    if not text:
        return query
    wrong = WrongOptionError("$skiptoken", _("This is no place in this table."))
    try:
        *place, left = orjson.loads(bytes.fromhex(text))
        keyset = query.keyset or ("",)
        values = tuple(_typed(query.entity.column(name), part) for name, part in zip(keyset, place, strict=True))
        top = None if left is None else int(left)
    except (ValueError, TypeError) as error:
        raise wrong from error
    if not query.keyset:
        return _replaced(query, skip=int(values[0]), after=(), top=top)
    return _replaced(query, skip=0, after=values, top=top)


def _typed(column: Column | None, part: str) -> int | str:
    if column is not None and column.kind == "date":
        return date.fromisoformat(part).isoformat()
    number = int(part)
    if not -MOST < number < MOST:
        raise ValueError(part)
    return number


def _replaced(query: Query, *, skip: int, after: tuple[int | str, ...], top: int | None) -> Query:
    return Query(query.entity, query.company, query.columns, query.where, query.order, after, skip, top)
