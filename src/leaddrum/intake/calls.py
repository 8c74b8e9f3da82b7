"""A call as any telephony tells of it, and what it means: a missed one is a lead, an answered one a contact (S-54)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from leaddrum import engine
from leaddrum.intake import clean, dedupe, fields
from leaddrum.intake.hooks.call import Heard, Nothing
from leaddrum.models import Person, Way

_PAIR = re.compile(r"\s*([\w*#+.-]{1,32})\s*[=:]\s*([\w.@-]{1,254})\s*")


@dataclass(frozen=True, slots=True)
class Ring:
    """`number`: the telephony's own of it. `answered_at` None: nobody answered. `ended_at` None: it runs."""

    number: str
    outward: bool
    client: str  # his phone, as it is told
    extension: str  # of ours
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    line: str = ""  # the number of ours that was called

    @property
    def seconds(self) -> int:
        """Of talk."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(0, round((self.ended_at - self.answered_at).total_seconds()))


def heard(way: Way, ring: Ring) -> Iterator[Heard]:
    """1. A client's call nobody answered is a lead. 2. So is an answered one of a client nobody knows: it must be on
    the board before its take can be. 3. Every answered call is logged with its lead; while it runs, too (S-48)."""
    if not dedupe.phone_key(ring.client, _region(way)) and not ring.client:
        yield Nothing()
        return
    if not ring.outward and ring.ended_at is not None and (ring.answered_at is None or _lead(way, ring) is None):
        yield _arrival(way, ring)
    if ring.answered_at is None and ring.ended_at is not None and ring.outward:
        yield _contact(way, ring)  # he was called and did not answer
    elif ring.answered_at is not None:
        yield _contact(way, ring)
    elif ring.ended_at is None:
        yield Nothing()  # it rings


def _arrival(way: Way, ring: Ring) -> engine.Arrival:
    missed = ring.answered_at is None
    phone = ring.client if ring.client.startswith("+") else dedupe.phone_key(ring.client, _region(way)) or ring.client
    said = {
        "title": (_("Missed call: %s") if missed else _("Call: %s")) % phone,
        "phone": phone,
        "source": "call",
        "external_id": f"call:{way.pk}:{ring.number}"[:200],
        "fields": {"line": ring.line} if ring.line else {},
    }
    payload = {"call": ring.number, "from": ring.client, "line": ring.line, "missed": missed}
    lead = fields.read(said)
    return fields.arrival(lead, way.company, channel="call", drum=way.drum_id, payload=payload, way=way.pk)


def _contact(way: Way, ring: Ring) -> engine.Contact:
    return engine.Contact(
        "call",
        at=ring.answered_at or ring.started_at,
        outward=ring.outward,
        lead=_lead(way, ring),
        person=people(way).get(ring.extension),
        ended_at=ring.ended_at,
        seconds=ring.seconds,
        note=clean.one_line(ring.line)[:200],
        external_id=f"talk:{way.pk}:{ring.number}"[:200],
    )


def _lead(way: Way, ring: Ring) -> int | None:
    key = dedupe.phone_key(ring.client, _region(way))
    return engine.lead_of(way.company_id, key, "") if key else None


def _region(way: Way) -> str | None:
    return dedupe.region_of(way.company.zone, way.company.language)


def people(way: Way) -> Mapping[str, int]:
    """Extension → person, as the way's page has them."""
    named = extensions(str(way.settings.get("people", "")))
    keys = dict(Person.objects.filter(company=way.company_id, active=True).values_list("key", "pk"))
    return {extension: keys[key] for extension, key in named.items() if key in keys}


def extensions(text: str) -> dict[str, str]:
    """“101 = anna, 102 = boris”: extension → id of a person."""
    found = (_PAIR.fullmatch(part) for part in _parts(text))
    return {match[1]: match[2] for match in found if match is not None}


def no_extensions(text: str) -> list[str]:
    """What of it is no pair: the calls of such an extension would go to nobody."""
    return [part.strip() for part in _parts(text) if part.strip() and _PAIR.fullmatch(part) is None]


def _parts(text: str) -> list[str]:
    return re.split(r"[,;\n]", text[:5000])
