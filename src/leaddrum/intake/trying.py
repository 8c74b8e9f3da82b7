"""A test lead by the way a real one goes, and a lead made by hand of what was set aside."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from leaddrum import engine, sealed, words
from leaddrum.intake import asterisk, calls, chats, clean, dedupe, telegram_in, ways
from leaddrum.intake.hooks import receive as hooks
from leaddrum.intake.hooks.formats import FORMATS
from leaddrum.intake.listening import TroubleError
from leaddrum.intake.mail import mailbox
from leaddrum.intake.mail import receive as mail
from leaddrum.models import Lead, Request, Way


def send(way: Way, *, now: datetime) -> int | None:
    """Send a test lead: a mailbox is signed in to first; a hook is called with a signed sample of its sender.

    Returns:
        The lead; None when the sample makes none.

    Raises:
        TroubleError: it does not work; says why.
    """
    way.trying = True
    with override(way.company.language):
        if way.kind in {"mailbox", "smtp"}:
            if way.kind == "mailbox":
                mailbox.check(way)
            mail.take_in(way, _letter(way, now), now=now)
            return Lead.objects.filter(requests__external_id=_number(way, now)).values_list("pk", flat=True).first()
        if (way.kind, way.preset) == ("calls", "asterisk"):
            return _call(way, now)
        if way.kind == "telegram":
            name = telegram_in.check(way)
            said = chats.Said(f"test-{now.timestamp():.0f}", "1", name=_("Test client"), text=f"@{name}")
            try:
                return ways.arrive(way, chats.arrival(way, said), now=now).lead
            except engine.Refused as error:
                raise TroubleError(words.refusal(error)) from error
        spoken = FORMATS.get((way.kind, way.preset))
        if spoken is None:
            raise TroubleError(_("There is no such address."))
        try:
            sample = spoken.sample(way)
        except sealed.UnreadableError as error:
            raise TroubleError(str(error)) from error
        answered = hooks.take_in(way, sample, now=now)
        if answered.status != 200:
            raise TroubleError("; ".join(str(problem["what"]) for problem in answered.said["problems"]))
        return answered.lead


def _call(way: Way, now: datetime) -> int | None:
    """Asterisk is signed in to; then a call as it would tell of one."""
    asterisk.check(way)
    number = f"test-{now.timestamp():.3f}"
    asterisk.take_in(way, calls.Ring(number, False, "+79990000000", "", now, None, now))
    found = Lead.objects.filter(requests__external_id=f"call:{way.pk}:{number}")
    return found.values_list("pk", flat=True).first()


def _number(way: Way, now: datetime) -> str:
    return f"mail:test.{way.pk}.{now.timestamp():.3f}@leaddrum"


def _letter(way: Way, now: datetime) -> bytes:
    letter = EmailMessage()
    letter["From"] = "test@client.example"
    letter["To"] = str(way.settings.get("address") or "sales@company.example")
    letter["Subject"] = _("Test lead")
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = f"<{_number(way, now).removeprefix('mail:')}>"
    letter.set_content(_("This is a test lead. Take it or close it."))
    return bytes(letter)


def rescue(way: Way, kept: Request, *, by: str, now: datetime) -> int:
    """A lead of what was kept: with what can be read of it, for a person to look at.

    Raises:
        engine.Refused: the company's leads are not made here.
    """
    said = _said(kept)
    sender = clean.one_line(str(said.get("from", "")))
    address = sender.rpartition(" ")[2] if "@" in sender else clean.one_line(str(said.get("email") or ""))
    phone = clean.one_line(str(said.get("phone") or ""))[:64]
    text = clean.many_lines(str(said.get("text") or said.get("raw") or ""))[:20_000]
    arrival = engine.Arrival(
        title=clean.one_line(str(said.get("subject") or ""))[:300] or words.way_in(way.kind, way.name),
        name=(sender.removesuffix(address).strip() or clean.one_line(str(said.get("name") or "")))[:200],
        phone=phone,
        phone_key=dedupe.phone_key(phone, dedupe.region_of(way.company.zone, way.company.language)),
        email=address[:254],
        email_key=dedupe.email_key(address),
        source=ways.CHANNELS[way.kind],
        text=text,
        external_id=kept.external_id,
        channel=kept.channel,
        payload={**(kept.payload if isinstance(kept.payload, dict) else {}), "by": by},
        drum=way.drum_id,
        way=way.pk,
    )
    with engine.in_company(way.company_id):
        arrived = ways.arrive(way, arrival, now=now, heard=False)
        if kept.external_id is None:
            Request.objects.filter(pk=kept.pk).update(lead_id=arrived.lead, errors=[])
    return arrived.lead


def _said(kept: Request) -> dict[str, Any]:
    """What a request says by name. A form page keeps each name with all its values."""
    said: dict[str, Any] = kept.payload if isinstance(kept.payload, dict) else {}
    return {name: ", ".join(map(str, one)) if isinstance(one, list) else one for name, one in said.items()}
