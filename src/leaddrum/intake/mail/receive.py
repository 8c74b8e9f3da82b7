"""A letter becomes a lead, joins one, is a colleague's answer, or is set aside. Once, however often it comes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError
from django.utils.translation import gettext as _
from django.utils.translation import override

from leaddrum import engine
from leaddrum.engine.threads import followed
from leaddrum.intake import clean, dedupe, fields, ways
from leaddrum.intake.mail import letter as letters
from leaddrum.intake.mail.letter import Letter
from leaddrum.intake.problems import Problem, Unreadable
from leaddrum.models import Person, Request, Way

log = structlog.stdlib.get_logger("leaddrum.mail")
_NOREPLY = ("noreply@", "no-reply@", "donotreply@", "robot@")
MAILBOX = 0  # in place of a person: the mailbox itself
_KEPT = 256 * 1024  # bytes of a letter that breaks the parser


def surely(way: Way, raw: bytes, *, sent: bool = False, now: datetime, **seen: Any) -> str:
    """`take_in` of a letter that nobody brings again: one that breaks something here is kept as it came, and stops none
    of those behind it (S-46).

    Raises:
        DatabaseError: the database does not answer, and nothing is committed; another try may go well.
    """
    try:
        return take_in(way, raw, sent=sent, now=now, **seen)
    except (DataError, IntegrityError) as error:
        why = type(error).__name__
        log.warning("mail refused by the database", way=way.pk, error=why)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        why = type(error).__name__
        log.exception("mail failed", way=way.pk, error=why)
    with override(way.company.language):
        return broken(way, raw, why, now=now, **seen)


def take_in(way: Way, raw: bytes, *, sent: bool = False, now: datetime, **seen: Any) -> str:
    """One letter, in one commit with how far the mailbox is read (`seen`).

    Args:
        sent: it lies in the folder of what we sent, so it is ours whoever is named as its sender.

    Returns:
        `created`, `joined`, `repeated`, `replied` (a colleague's answer to a client), `kept` (it cannot be read), or
        why it was set aside: `bounce`, `auto_reply`, `newsletter`, `ours`.
    """
    with override(way.company.language):
        try:
            letter = letters.read(raw)
        except letters.BrokenLetterError as error:
            return broken(way, raw, str(error), now=now, **seen)
        if Request.objects.filter(company=way.company_id, external_id=letter.number).exists():
            ways.well(way, now, **seen)
            return "repeated"
        if letter.aside:
            return _aside(way, letter, letter.aside, now, seen)
        ours = _colleague(way, letter.sender[1])
        if sent and ours is None:
            ours = MAILBOX
        if ours is not None:
            return _from_us(way, letter, ours, now, seen)
        return _arrive(way, letter, raw, now, seen)


def _arrive(way: Way, letter: Letter, raw: bytes, now: datetime, seen: dict[str, Any]) -> str:
    try:
        arrival = _arrival(way, letter)
        return ways.arrive(way, arrival, now=now, **seen).outcome
    except Unreadable as error:
        why: Iterable[Problem] = error.problems
    except engine.Refused as error:
        why = [ways.refusal(error)]
    log.warning("mail kept", way=way.pk)
    payload = {**_payload(letter), "raw": raw[:_KEPT].decode("latin-1")}
    ways.keep(way, "mail", payload, now=now, problems=list(why), number=letter.number, **seen)
    return "kept"


def _arrival(way: Way, letter: Letter) -> engine.Arrival:
    company = way.company
    name, address = _client(letter)
    region = dedupe.region_of(company.zone, company.language)
    phone = dedupe.phone_in(f"{letter.text[:5000]}\n{letter.signature}", region)
    own: dict[str, Any] = {"mailbox": way.name[:200]}
    if letter.left_out:
        own["left_out"] = ", ".join(letter.left_out)[:500]
    text = letter.text if len(letter.text) <= 20_000 else letter.text[:19_999] + "…"
    said = {
        "title": letter.subject or _("Mail from %s") % (name or address or "?"),
        "name": name,
        "email": address,
        "phone": phone,
        "source": "mail",
        "text": text,
        "external_id": letter.number,
        "fields": own,
    }
    said["title"] = str(said["title"])[:300]
    lead = fields.read(said)
    return fields.arrival(
        lead,
        company,
        channel="mail",
        drum=way.drum_id,
        payload=_payload(letter),
        way=way.pk,
        follows=letter.follows,
        files=letter.files,
    )


def _client(letter: Letter) -> tuple[str, str]:
    """Whom an answer reaches: a site's form sends from its own address and names the client in Reply-To."""
    name, address = letter.sender
    other, reach = letter.answer_to
    if reach and reach != address:
        return (other or (name if not address.startswith(_NOREPLY) else ""), reach)
    return name, address


def _payload(letter: Letter) -> dict[str, Any]:
    return {
        "from": " ".join(part for part in letter.sender if part),
        "subject": letter.subject,
        "text": letter.text[:20_000],
        "files": [file.name for file in letter.files],
    }


# Letters that are no requests


def broken(way: Way, raw: bytes, why: str, *, now: datetime, **seen: Any) -> str:
    """Kept as it came and shown to the administrator (S-46)."""
    log.warning("mail cannot be read", way=way.pk, why=why)
    problem = Problem("", _("This letter cannot be read: %s") % why)
    payload = {"raw": clean.storable(raw[:_KEPT].decode("latin-1"))}
    number = letters.digest(raw)
    made = ways.keep(way, "mail", payload, now=now, problems=[problem], number=number, **seen)
    return "kept" if made else "repeated"


def _aside(way: Way, letter: Letter, why: str, now: datetime, seen: dict[str, Any]) -> str:
    ways.keep(way, "mail", _payload(letter), now=now, aside=why, number=letter.number, **seen)
    return why


def _colleague(way: Way, address: str) -> int | None:
    """The person of ours who sends it; MAILBOX: nobody in particular. A user name is usually the whole address."""
    if not address:
        return None
    person = Person.objects.filter(company=way.company_id, email__iexact=address, active=True)
    found = person.values_list("pk", flat=True).first()
    if found is not None:
        return found
    own = {str(way.settings.get(name, "")).lower() for name in ("address", "user")}
    return MAILBOX if address.lower() in own else None


def _from_us(way: Way, letter: Letter, person: int, now: datetime, seen: dict[str, Any]) -> str:
    """A colleague answers a client, and the mailbox has a copy: logged, and a take where the drum counts it (S-54)."""
    lead = followed(way.company_id, "", letter.follows) or _addressed(way, letter)
    if lead is None:
        return _aside(way, letter, "ours", now, seen)
    contact = engine.Contact(
        "mail", at=now, lead=lead, person=person or None, note=letter.subject, external_id=letter.number
    )
    with engine.in_company(way.company_id):
        engine.touch(way.company_id, contact, now=now)
        ways.well(way, now, came=False, **seen)
    return "replied"


def _addressed(way: Way, letter: Letter) -> int | None:
    """The lead of the client it is written to, when a colleague begins the conversation."""
    for address in letter.to[:10]:
        key = dedupe.email_key(address)
        lead = engine.lead_of(way.company_id, "", key) if key else None
        if lead is not None:
            return lead
    return None
