"""What all ways in share: how one fares, and what is kept of what comes by it.

A way is healthy as long as `trouble` is empty. What came is one request, read or not (S-46).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, Value, When

from leaddrum import engine, sealed, words
from leaddrum.intake import clean
from leaddrum.intake.problems import Problem
from leaddrum.models import Company, Drum, Request, Way
from leaddrum.words.ways_in import REFUSED

CHANNELS = {"mailbox": "mail", "smtp": "mail", "form": "form", "calls": "call", "chat": "chat", "telegram": "chat"}
CHANNELS |= {"page": "form", "api": "api"}
RAW = 64 * 1024  # characters of what cannot be read that are kept
SEEN_EVERY = timedelta(seconds=10)  # a contact is noted at most so often, so that reading stays reading


def make(
    company: Company,
    kind: str,
    name: str,
    *,
    preset: str = "",
    drum: Drum | None = None,
    settings: Mapping[str, Any] | None = None,
    secret: Mapping[str, str] | None = None,
    now: datetime,
) -> Way:
    """A new way in, with an address nobody can guess."""
    return Way.objects.create(
        company=company,
        kind=kind,
        preset=preset,
        name=name,
        drum=drum,
        settings=dict(settings or {}),
        sealed=sealed.seal(secret or {}),
        token=secrets.token_hex(16),
        created_at=now,
    )


def secret_of(way: Way) -> str:
    """Our secret for whoever sends to it: made anew each time from the installation's key, kept nowhere."""
    return sealed.derived("way", way.pk, way.generation)


def arrive(way: Way, arrival: engine.Arrival, *, now: datetime, heard: bool = True, **seen: Any) -> engine.Arrived:
    """A lead comes in by it: the lead and how the way fares in one commit.

    Args:
        heard: the other side has just spoken to us. False: it had before, so nothing is known of how the way fares.
        seen: other columns of the way to be set in the same commit.

    Raises:
        engine.Refused: no lead was made, and nothing is kept: see `keep`.
    """
    with engine.in_company(way.company_id):
        if arrival.drum is not None and not Drum.objects.filter(pk=arrival.drum, active=True).exists():
            arrival = replace(arrival, drum=None)  # it has left the company file: the routes decide, and lose nothing
        arrived = engine.arrive(way.company_id, arrival, now=now)
        came = arrived.outcome in {"created", "joined"}  # a client who is known shows as well that the way works
        fresh: dict[str, Any] = {"lead_at": now, "lead_id": arrived.lead} if came else {}
        if arrived.outcome == "created":
            from leaddrum.intake import replies  # which knows how each way is written to, this module among others

            replies.promise(way, arrived.lead, arrival, now=now)
        if heard:
            well(way, now, **fresh, **seen)
        elif fresh or seen:
            Way.objects.filter(pk=way.pk).update(**fresh, **seen)
    return arrived


def keep(
    way: Way,
    channel: str,
    payload: Any,
    *,
    now: datetime,
    problems: Sequence[Problem] = (),
    aside: str = "",
    number: str | None = None,
    **seen: Any,
) -> bool:
    """Keep what makes no lead: `problems` say why it cannot be read, `aside` why it is none. False: it was here."""
    with engine.in_company(way.company_id):
        well(way, now, came=aside != "ours", **seen)
        if number is not None and Request.objects.filter(company=way.company_id, external_id=number).exists():
            return False
        Request.objects.create(
            company_id=way.company_id,
            channel=channel,
            external_id=number,
            received_at=now,
            payload=clean.storable(payload if isinstance(payload, dict) else {"raw": str(payload)[:RAW]}),
            errors=[problem.as_json() for problem in problems[:50]],
            way_id=way.pk,
            set_aside=aside,
        )
    return True


def refusal(error: engine.Refused) -> Problem:
    """Why the engine made no lead of it."""
    return Problem("", words.refusal(error))


def well(way: Way, now: datetime, *, came: bool = True, **seen: Any) -> None:
    """The other side spoke to us and was understood.

    Args:
        came: it brought something, so the way is not silent; else we have only asked.
        seen: other columns of the way to be set.
    """
    came = came and not way.trying
    last = way.quiet_since if came else way.seen_at
    if not seen and not way.trouble and last is not None and now - last < SEEN_EVERY:
        return
    if came:
        seen["quiet_since"] = way.quiet_since = now
    if not (way.trying and way.trouble == REFUSED):  # that others are refused a test of ours does not change
        seen["trouble"] = way.trouble = ""
    way.seen_at = now
    Way.objects.filter(pk=way.pk).update(seen_at=now, **seen)


def refused(way: Way, now: datetime) -> None:
    """Somebody calls who cannot prove himself. If nobody else does, those who run the company are to know."""
    if not way.trying and way.trouble != REFUSED:
        ill(way, REFUSED, now)


def ill(way: Way, why: str, now: datetime) -> None:
    """It does not work now: shown on its page until it does. An outage that those who run the company know of keeps its
    beginning: that settings were saved meanwhile does not end it."""
    why = clean.one_line(why)[:500]
    since = way.trouble_at if way.trouble and way.trouble_at else now
    way.trouble, way.trouble_at = why, since
    began = Case(When(trouble_told_at=None, then=Value(since)), default=F("trouble_at"))
    Way.objects.filter(pk=way.pk).update(trouble=why, trouble_at=began)
