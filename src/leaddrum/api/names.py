"""From the ids callers use to rows of the token's company. What is another company's is not there (404)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from leaddrum.api.errors import Refusal, not_found
from leaddrum.models import Cycle, Drum, Lead, Person

_LARGEST = 2**63 - 1  # what an id can be in the tables


def lead(company_id: int, text: str) -> int:
    """The lead's number.

    Raises:
        Refusal: 404.
    """
    pk = _number(text)
    if pk is None or not Lead.objects.filter(pk=pk, company=company_id).exists():
        raise not_found("lead", text)
    return pk


def turn(company_id: int, text: str) -> tuple[int, int]:
    """Cycle and turn number from "12-3".

    Raises:
        Refusal: 404.
    """
    before, _dash, after = text.partition("-")
    cycle, number = _number(before), _number(after)
    found = cycle and number and Cycle.objects.filter(pk=cycle, company=company_id, turn_number__gte=number).exists()
    if not (cycle and number and found):
        raise not_found("turn", text)
    return cycle, number


def person(company_id: int, key: str) -> int:
    """The person's number; he may have left, the journal still speaks of him.

    Raises:
        Refusal: 404.
    """
    pk = _person(company_id, key)
    if pk is None:
        raise not_found("person", key)
    return pk


def person_named(company_id: int, key: str, where: str) -> int:
    """The person a body names.

    Raises:
        Refusal: 422, because the address itself is right.
    """
    pk = _person(company_id, key)
    if pk is None:
        raise not_found(where, key, status=422)
    return pk


def drum(company_id: int, key: str) -> int:
    """The drum's number.

    Raises:
        Refusal: 404.
    """
    pk = Drum.objects.filter(company=company_id, key=key).values_list("pk", flat=True).first() if _plain(key) else None
    if pk is None:
        raise not_found("drum", key)
    return pk


def after(text: str) -> int:
    """The number behind a `next` of ours.

    Raises:
        Refusal: 404: no list of ours ended there.
    """
    pk = _number(text)
    if pk is None:
        raise not_found("after", text)
    return pk


def instant(value: datetime, where: str) -> datetime:
    """In UTC.

    Raises:
        Refusal: 422, for it lies at an end of the calendar that has no hour in UTC.
    """
    try:
        return value.astimezone(UTC)
    except OverflowError:
        what = _("There is no such instant in every time zone: keep away from the years 1 and 9999.")
        raise Refusal(422, where, what) from None


def _person(company_id: int, key: str) -> int | None:
    if not _plain(key):
        return None
    return Person.objects.filter(company=company_id, key=key).values_list("pk", flat=True).first()


def _number(text: str) -> int | None:
    """A row's number, or nothing: digits of other scripts, signs and blanks are none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    number = int(text)
    return number if 0 < number <= _LARGEST else None


def _plain(key: str) -> bool:
    """PostgreSQL takes no NUL in a text it is asked for."""
    return 0 < len(key) <= 64 and "\x00" not in key
