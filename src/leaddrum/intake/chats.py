"""A message of a messenger's conversation: the conversation is a lead, further messages join it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leaddrum import engine
from leaddrum.intake import clean, fields
from leaddrum.models import Way


@dataclass(frozen=True, slots=True)
class Said:
    conversation: str
    number: str  # of the message, within its conversation or the whole gateway
    name: str = ""
    phone: str = ""
    username: str = ""
    text: str = ""
    files: tuple[engine.File, ...] = ()


def arrival(way: Way, said: Said) -> engine.Arrival:
    """
    Raises:
        Unreadable: nothing can be made of it.
    """
    who = said.name or said.username or said.phone
    own: dict[str, Any] = {"username": said.username} if said.username else {}
    lead = fields.read(
        {
            "title": (_("%(way)s: %(who)s") % {"way": way.name, "who": who} if who else way.name)[:300],
            "name": said.name,
            "phone": said.phone,
            "source": "chat",
            "text": said.text,
            "external_id": clean.number(f"chat:{way.pk}:{said.conversation}:{said.number}", 200),
            "fields": own,
        }
    )
    payload = {"name": said.name, "text": said.text, "files": [file.name for file in said.files]}
    thread = f"chat:{way.pk}:{said.conversation}"
    return fields.arrival(
        lead,
        way.company,
        channel="chat",
        drum=way.drum_id,
        payload=payload,
        way=way.pk,
        thread=thread[:200],
        files=said.files,
    )
