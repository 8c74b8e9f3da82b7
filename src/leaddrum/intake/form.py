"""The public form: what a visitor's browser sends, read as a lead.

Four things keep machines out without troubling people: a field that nobody sees and that must stay empty, a signed
ticket that tells how long the form was open, words that look like advertising (`spam`), and a rate limit per address.
Whoever stumbles over the first three gets the form back with everything he wrote and one more press sends it: a real
client is never lost.

A form that a company puts on its own site has no ticket. It is told apart from a page of ours by just that, and its
repeats are recognised by what they say.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import override

from leaddrum import engine
from leaddrum.intake import clean, dedupe, fields, spam, ways
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Company, Drum, Way

INPUTS = ("name", "phone", "email", "text")
TRACES = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "yclid", "gclid", "fbclid", "referrer")
TICKET, CONSENT, TRAP = "ticket", "consent", "fax_extension"
LARGEST = 64 * 1024  # bytes of a post
QUICKEST = timedelta(seconds=2)
OLDEST = timedelta(days=7)  # of a form left open in a tab
_SAME = timedelta(minutes=10)  # the same words from a form without a ticket within this are one request
_SALT = "leaddrum.form"

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class AgainError(Exception):
    """Not wrong, but to be sent once more by a person: the page says why and keeps what he wrote. `sure`: what he sends
    then is not doubted again."""

    why: str
    sure: bool = False


def ticket(drum: Drum, now: datetime, *, sure: bool = False) -> str:
    """What a form of ours carries: for which drum, since when, the number by which a double press is known, and whether
    a person has pressed again after his words were doubted."""
    said = [drum.pk, int(now.timestamp()), secrets.token_urlsafe(12), sure]
    return signing.Signer(salt=_SALT).sign_object(said)


def traces(values: Mapping[str, str], referrer: str) -> dict[str, str]:
    """Where the visitor came from, as far as his address and his browser tell."""
    said = {name: values.get(name, "") for name in TRACES} | {"referrer": values.get("referrer", "") or referrer}
    return {name: clean.one_line(value)[:500] for name, value in said.items() if value}


def consent_text(company: Company) -> str:
    return _("I agree to %(company)s processing the data I enter here to answer my request.") % {
        "company": company.name
    }


def read(drum: Drum, values: Values, now: datetime) -> engine.Arrival:
    """The lead a visitor sends.

    Args:
        drum: with its company.
        values: as posted: each name with all its values.

    Raises:
        AgainError: too quick, too old, or the trap was touched.
        Unreadable: with every problem found.
    """
    company = drum.company
    number = _number(drum, values, now)
    said = {name: _first(values, name) for name in INPUTS}
    if not is_sure(values) and spam.points(said, company.language) >= spam.DOUBTFUL:
        why = _(
            "Your request has not been sent yet: it looks like advertising. If it is a request, press “Send” once more."
        )
        raise AgainError(why, sure=True)
    rest = dict(_rest(values))
    found = [*_problems(said, company, values)]
    try:
        lead = fields.read(
            {**said, "title": _title(said, company), "source": "form", "external_id": number, "fields": rest}
        )
    except Unreadable as error:
        raise Unreadable([*found, *error.problems]) from error
    if found:
        raise Unreadable(found)
    lead.fields["consent"] = consent_text(company)
    payload = {name: list(all_of_it) for name, all_of_it in values.items() if name not in {TICKET, TRAP}}
    return fields.arrival(lead, company, channel="form", drum=drum.pk, payload=payload, built_in="page")


def keep(drum: Drum, arrival: engine.Arrival, why: str, now: datetime) -> None:
    """No lead can be made of it here, which is no fault of the visitor's: it is kept, and shown to the administrator
    (S-46)."""
    with engine.in_company(drum.company_id):
        way = engine.built_in.row(drum.company_id, Way.Kind.PAGE, drum.pk, now)
        said = dict(arrival.payload)
        ways.keep(way, arrival.channel, said, now=now, problems=[Problem("", why)], number=arrival.external_id)


def _number(drum: Drum, values: Values, now: datetime) -> str:
    """By which a repeat of this very post is known (one lead however often it is pressed)."""
    if _first(values, TRAP):
        raise AgainError(
            _(
                "Your request has not been sent yet. Please leave the extra field empty, it keeps machines out, "
                "and press “Send” once more."
            )
        )
    if TICKET not in values:
        window = int(now.timestamp() // _SAME.total_seconds())
        return f"form:{drum.pk}:{window}:{_digest(values)[:32]}"
    try:
        of_drum, since, nonce, *_sure = signing.Signer(salt=_SALT).unsign_object(_first(values, TICKET))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise _opened_long_ago() from error
    age = timedelta(seconds=now.timestamp() - since)
    if of_drum != drum.pk or age > OLDEST:
        raise _opened_long_ago()
    if age < QUICKEST:
        raise AgainError(_("Your request has not been sent yet. Please look it over and press “Send” once more."))
    return f"form:{nonce}:{_digest(values)[:16]}"  # with what he says: who goes back and mends his phone is no repeat


def _opened_long_ago() -> AgainError:
    return AgainError(
        _("Your request has not been sent yet: this page was open for too long. Please press “Send” once more.")
    )


def _digest(values: Values) -> str:
    said = sorted((name, list(all_of_it)) for name, all_of_it in values.items() if name != TICKET)
    return hashlib.sha256(orjson.dumps(said, default=str)).hexdigest()


def is_sure(values: Values) -> bool:
    """Whether this form was given back to somebody whose words were doubted."""
    try:
        said = signing.Signer(salt=_SALT).unsign_object(_first(values, TICKET))
    except (signing.BadSignature, ValueError, TypeError):
        return False
    return isinstance(said, list) and said[3:] == [True]


def _problems(said: Mapping[str, str], company: Company, values: Values) -> Iterator[Problem]:
    """What a person is asked to mend: here somebody is there to ask, so nonsense is not let through."""
    region = dedupe.region_of(company.zone, company.language)
    if not (clean.one_line(said["phone"]) or clean.one_line(said["email"])):
        yield Problem("phone", _("Leave a phone number or an e-mail address, so that we can answer."))
    elif clean.one_line(said["phone"]) and not dedupe.phone_key(said["phone"], region):
        yield Problem("phone", _("This does not look like a phone number."))
    if clean.one_line(said["email"]) and not dedupe.email_key(said["email"]):
        yield Problem("email", _("This does not look like an e-mail address."))
    if not _first(values, CONSENT):
        yield Problem(CONSENT, _("Without your consent we may not keep the request."))


def _title(said: Mapping[str, str], company: Company) -> str:
    """In the company's language, whatever the visitor reads."""
    who = clean.one_line(said["name"]) or clean.one_line(said["phone"]) or clean.one_line(said["email"])
    with override(company.language):
        return (_("Request from the site: %s") % who)[:300] if who else ""


def _rest(values: Values) -> Iterator[tuple[str, Any]]:
    """Everything else the form holds, under its own name."""
    known = {*INPUTS, TICKET, CONSENT, TRAP, "csrfmiddlewaretoken"}
    for name, all_of_it in values.items():
        said = [value for value in all_of_it if value]
        if name not in known and said:
            yield name, said[0] if len(said) == 1 else said


def _first(values: Values, name: str) -> str:
    found = values.get(name) or [""]
    return found[0]
