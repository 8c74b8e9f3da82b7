"""What is wrong with an input, and where: the one shape in which every way in refuses (S-46)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic
from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from leaddrum.intake import clean

# What may be raised by what came, if it is nonsense in itself; that the database is away is no fault of it.
BREAKS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, DataError, IntegrityError)


@dataclass(frozen=True, slots=True)
class Problem:
    where: str  # field, "fields.region", "body", "line 7"
    what: str  # a sentence for the one who sent it

    def as_json(self) -> dict[str, str]:
        """As it is told and kept: a field's name may hold what no database takes."""
        return {"where": clean.storable(self.where), "what": clean.storable(self.what)}


class Unreadable(ValueError):
    """No lead can be made of it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.where}: {p.what}" for p in problems))


SENTENCES = {
    "missing": later("This is required."),
    "extra_forbidden": later("There is no such field. Own data goes into “fields”."),
    "string_type": later("This must be text."),
    "string_too_long": later("Too long: at most %(max_length)s characters."),
    "string_too_short": later("This must not be empty."),
    "dict_type": later("This must be an object of names and values."),
    "model_type": later("This must be an object of names and values."),
    "model_attributes_type": later("This must be an object of names and values."),
    "int_parsing": later("This must be a whole number."),
    "int_type": later("This must be a whole number."),
    "datetime_from_date_parsing": later("This must be an instant in ISO 8601."),
    "datetime_parsing": later("This must be an instant in ISO 8601."),
    "datetime_type": later("This must be an instant in ISO 8601."),
    "timezone_aware": later("An instant needs its offset, as in 2026-05-12T09:00:00+03:00."),
    "greater_than_equal": later("This must be at least %(ge)s."),
    "less_than_equal": later("This must be at most %(le)s."),
}
_CALLS = {"body", "query", "path", "payload"}  # words of the framework in front of a field's name


def from_pydantic(errors: Iterable[Any]) -> list[Problem]:
    """Problems from pydantic's error list, in our sentences where we have one."""
    return [Problem(_where(error["loc"]), _sentence(error)) for error in errors]


def of(error: pydantic.ValidationError) -> list[Problem]:
    return from_pydantic(error.errors(include_url=False, include_input=False))


def _where(loc: Sequence[int | str]) -> str:
    parts = [str(part)[:64] for part in loc]
    while parts and parts[0] in _CALLS:
        parts = parts[1:]
    return ".".join(parts) or "body"


def _sentence(error: Any) -> str:
    known = SENTENCES.get(error["type"])
    return _(known) % error.get("ctx", {}) if known else str(error["msg"])
