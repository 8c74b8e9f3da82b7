"""Looking for rows: by number in the whole table, by words among the newest, so that no search reads millions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q, QuerySet

from leaddrum.admin.lists import listed
from leaddrum.models import Company, Lead

NEWEST = 10_000
"""Rows of a table that filters, words and sorting look through, and that can be paged through."""
MOST = 500
"""Rows found by one number."""
DIGITS = 18  # of a number that a key may be


def term(typed: str) -> str:
    """What is looked for."""
    return typed.replace("\x00", "").strip()


def newest(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The newest rows of a table, by its key."""
    keys = rows.model._base_manager.order_by("-pk").values_list("pk", flat=True)
    edge = list(keys[NEWEST : NEWEST + 1])
    return rows.filter(pk__gt=edge[0]) if edge else rows


def by_number(model: type[Model], term: str) -> list[Any] | None:
    """Keys of the rows that a number means: the row's own, that of the lead it is about, a client's phone or address.
    Each is found by an index. None: the term is no number."""
    rows = model._base_manager.all()
    found: list[Any] = []
    for meant in _meant(model, term):
        found += rows.filter(meant).order_by("-pk").values_list("pk", flat=True)[:MOST]
    return found or (None if not term.isdecimal() else [])


def _meant(model: type[Model], term: str) -> Iterator[Q]:
    if term.isdecimal() and len(term) <= DIGITS:
        yield Q(pk=int(term))
        if about := listed(model).about:
            yield Q(**{about: int(term)})
    if model is not Lead:
        return
    anywhere = Q(company__in=Company.objects.values("pk"))  # the indexes begin with the company
    digits = "".join(letter for letter in term if letter.isdecimal())
    if len(digits) > 9 and not any(letter.isalpha() for letter in term):
        yield anywhere & ~Q(phone_key="") & Q(phone_key__in={f"+{digits}", f"+7{digits[1:]}"})
    if "@" in term:
        yield anywhere & ~Q(email_key="") & Q(email_key=term.lower())


def with_words(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """The rows that hold these words. SQLite knows no capital letters but English ones, so each way to write them is
    looked for."""
    ways = {term, term.lower(), term.upper(), term.capitalize(), term.title()}
    said = [Q(**{f"{name}__icontains": way}) for name in listed(rows.model).words for way in ways]
    return rows.filter(reduce(or_, said)) if said else rows.none()
