"""A lead's inputs, checked the same way for the form, the API, a table and by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from leaddrum import engine
from leaddrum.intake import clean, dedupe, problems
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Company, Person

MOST_FIELDS = 50
LONGEST_NAME = 64
LONGEST_VALUE = 2000
LONGEST_LIST = 50


def _line(value: Any) -> Any:
    """JSON null is nothing; a number where a number-like text is meant (a phone, an id) is that text."""
    if value is None:
        return ""
    return clean.one_line(value) if isinstance(value, str) else value


def _digits(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else _line(value)


def _text(value: Any) -> Any:
    if value is None:
        return ""
    return clean.many_lines(value) if isinstance(value, str) else value


def _nothing_is_empty(value: Any) -> Any:
    return {} if value is None else value


class LeadInput(BaseModel):
    """What may be said of a new lead. Lengths are characters after cleaning."""

    model_config = ConfigDict(extra="forbid", strict=True, title="Lead")

    title: Annotated[str, BeforeValidator(_line)] = Field("", max_length=300, description="Empty: made of the rest.")
    name: Annotated[str, BeforeValidator(_line)] = Field("", max_length=200, description="The client.")
    phone: Annotated[str, BeforeValidator(_digits)] = Field("", max_length=64, description="As he writes it.")
    email: Annotated[str, BeforeValidator(_line)] = Field("", max_length=254)
    source: Annotated[str, BeforeValidator(_line)] = Field("", max_length=64, description="call, chat, form, mail, …")
    text: Annotated[str, BeforeValidator(_text)] = Field("", max_length=20_000, description="What the client wrote.")
    owner: Annotated[str, BeforeValidator(_line)] = Field("", max_length=64, description="Id of a person.")
    external_id: Annotated[str, BeforeValidator(_digits)] = Field(
        "", max_length=200, description="Your own number of it: the same one twice makes one lead."
    )
    fields: Annotated[dict[str, Any], BeforeValidator(_nothing_is_empty)] = Field(
        default_factory=dict,
        description="Anything else: names with texts, numbers, booleans, or lists of these. Routes may ask for them.",
    )


def read(data: Any) -> LeadInput:
    """The inputs in `data`.

    Raises:
        Unreadable: with every problem found.
    """
    try:
        lead = LeadInput.model_validate(data)
    except ValidationError as error:
        raise Unreadable(problems.of(error)) from error
    found = list(_wrong_fields(lead.fields))
    if not any((lead.title, lead.name, lead.phone, lead.email, lead.text)):
        found.append(Problem("title", _("Nothing to go by: give a title, a name, a phone, an e-mail or a text.")))
    if found:
        raise Unreadable(found)
    lead.fields = {clean.one_line(name): _cleaned(value) for name, value in lead.fields.items()}
    return lead


def arrival(
    lead: LeadInput,
    company: Company,
    *,
    channel: str,
    owner: int | None = None,
    drum: int | None = None,
    payload: Mapping[str, Any] | None = None,
    **more: Any,
) -> engine.Arrival:
    """What the engine is told of it; a phone or an address that is none is kept as text and recognises nobody.

    Args:
        more: other values of the arrival: the way it came by, its conversation, its files.
    """
    return engine.Arrival(
        title=lead.title or lead.name or lead.phone or lead.email or lead.text.partition("\n")[0][:100],
        name=lead.name,
        phone=lead.phone,
        email=lead.email,
        source=lead.source,
        text=lead.text,
        fields=lead.fields,
        owner=owner,
        external_id=lead.external_id or None,
        channel=channel,
        phone_key=dedupe.phone_key(lead.phone, dedupe.region_of(company.zone, company.language)),
        email_key=dedupe.email_key(lead.email),
        payload=clean.storable(dict(payload or {})),
        drum=drum,
        **more,
    )


def owner_of(company_id: int, key: str) -> int | None:
    """The person an input names as owner; nobody when it names none.

    Raises:
        Unreadable: nobody active has this id.
    """
    if not key:
        return None
    person = Person.objects.filter(company=company_id, key=key, active=True).values_list("pk", flat=True).first()
    if person is None:
        raise Unreadable([Problem("owner", _("There is no active person “%(key)s”.") % {"key": key})])
    return person


def _wrong_fields(fields: Mapping[str, Any]) -> Iterator[Problem]:
    if len(fields) > MOST_FIELDS:
        yield Problem("fields", _("Too many: at most %(most)s.") % {"most": MOST_FIELDS})
        return
    for name, value in fields.items():
        where = f"fields.{name[:LONGEST_NAME]}"
        if not 0 < len(clean.one_line(name)) <= LONGEST_NAME:
            yield Problem(where, _("A name has 1 to %(most)s characters.") % {"most": LONGEST_NAME})
        elif isinstance(value, list):
            if len(value) > LONGEST_LIST or any(isinstance(item, list) or _wrong(item) for item in value):
                yield Problem(where, _("A list has at most %(most)s plain values.") % {"most": LONGEST_LIST})
        elif what := _wrong(value):
            yield Problem(where, what)


def _wrong(value: Any) -> str:
    if isinstance(value, str):
        too_long = len(clean.many_lines(value)) > LONGEST_VALUE
        return _("Too long: at most %(max_length)s characters.") % {"max_length": LONGEST_VALUE} if too_long else ""
    if isinstance(value, float) and not math.isfinite(value):
        return _("This is not a number.")
    if isinstance(value, int) and abs(value) >= 2**63:
        return _("This number is too large; send it as text.")
    if value is None or isinstance(value, bool | int | float):
        return ""
    return _("Use text, a number, true, false, or a list of these.")


def _cleaned(value: Any) -> Any:
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return clean.many_lines(value) if isinstance(value, str) else value
