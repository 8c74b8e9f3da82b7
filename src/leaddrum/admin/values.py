"""What stands in a column, as people read it: durations and codes in words, instants in the reader's zone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import BooleanField, Field, ForeignKey, JSONField, ManyToManyField, Model
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import pgettext

from leaddrum import words
from leaddrum.admin.codes import CODES, Words
from leaddrum.models import Person

Shown = Callable[[Model], object]
NOTHING = "–"
LONGEST = 20_000
"""Characters of a JSON column that are shown: what stands further on is in the table."""
MOST = 100
"""Rows of another table that are named in one column."""
DURATIONS = frozenset({"budget", "seconds", "usual_pause"})
NONE_AT_0 = frozenset({"budget", "usual_pause"})
"""Durations of which 0 says that there is none: no turn is open, no pause is known yet."""


def codes_of(field: Field[Any, Any]) -> Words:
    """The words for the codes that a column holds; none for most."""
    return CODES.get(f"{field.model.__name__}.{field.name}") or CODES.get(field.name) or {}


def shown(field: Field[Any, Any], *, linked: bool = False) -> Shown:
    """A column of the admin that says what the field holds.

    Args:
        linked: a row of another table is a link to it.
    """
    say = _say(field, linked=linked)

    def text(row: Model) -> object:
        value = getattr(row, field.name)
        none = value in (None, "") or (value == 0 and field.name in NONE_AT_0)
        return NOTHING if none else say(value)

    column: Shown = _flag(field.name) if isinstance(field, BooleanField) else text
    column.__name__ = field.name
    column.short_description = field.verbose_name  # type: ignore[attr-defined]  # so Django wants it
    if say is not _address:  # the order of what is kept back would tell it, beside an address of one's own
        column.admin_order_field = field.name  # type: ignore[attr-defined]
    return column


def _flag(name: str) -> Shown:
    def column(row: Model) -> object:
        return getattr(row, name)

    column.boolean = True  # type: ignore[attr-defined]  # drawn as a tick or a cross
    return column


def _say(field: Field[Any, Any], *, linked: bool) -> Callable[[Any], object]:
    known = codes_of(field)
    if known:
        return lambda value: said(known, value)
    if isinstance(field, ForeignKey):
        return _link if linked else str
    if isinstance(field, ManyToManyField):
        return _names
    if isinstance(field, JSONField):
        return _candidates if field.name == "candidates" else _json
    if field.name in DURATIONS or field.name.endswith("_seconds"):
        return words.duration
    return _address if field.name == "address" else _plain


def said(known: Words, code: str) -> str:
    """A code in words; as it is, where there are none."""
    word: Promise | str = known.get(code, code)
    return str(word)


def _plain(value: Any) -> object:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%d.%m.%Y %H:%M:%S")
    return value.strftime("%d.%m.%Y") if isinstance(value, date) else str(value)


def _address(value: str) -> str:
    """Of a program's address its host alone: what follows is often all that proves the sender there."""
    parts = urlsplit(value)
    return f"{parts.scheme}://{parts.hostname}/…" if parts.scheme in {"http", "https"} else value


def _link(row: Model) -> object:
    meta = row._meta
    return format_html(
        '<a href="{}">{}</a>', reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]), row
    )


def _names(rows: Any) -> str:
    names = [str(row) for row in rows.all()[: MOST + 1]]
    more = [pgettext("admin", "and more")] if len(names) > MOST else []
    return ", ".join(names[:MOST] + more) or NOTHING


def _candidates(lines: Any) -> object:
    """Who could have had the lead, a line each with the reason (S-20); what they are called now."""
    names = dict(Person.objects.filter(pk__in=[line[0] for line in lines[:MOST]]).values_list("pk", "name"))
    zone = timezone.get_current_timezone()
    said = [(names.get(line[0], line[0]), words.reason(line, names, zone)) for line in lines[:MOST]]
    more = f"+{len(lines) - MOST}" if len(lines) > MOST else ""
    return format_html("{}{}", format_html_join("", "{}: {}<br>", said), more) if said else NOTHING


def _json(value: Any) -> object:
    if value in ({}, []):
        return NOTHING
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return format_html("<pre>{}</pre>", text if len(text) <= LONGEST else text[:LONGEST] + "…")
