"""What a notice says: a subject, a few sentences, and what its button does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.words.times import instant
from leaddrum.words.told import TELL, Data, Reader

TEXT_SHOWN = 500  # characters of what the client wrote
HIS = frozenset({"taken", "no_contact", "contact_moved", "wrote"})  # about a lead in his work: how to reach the client


class LeadWords(Protocol):
    """What a notice says of the lead."""

    title: str
    name: str
    phone: str
    email: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what happened when, and where to look at it."""

    at: str
    what: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    subject: str
    body: tuple[str, ...]  # sentences, one a line
    about: tuple[tuple[str, str], ...]  # (what, value) of the lead: who the client is and how to reach him
    button: str  # what is written on it
    takes: bool  # the button takes the lead; else it only shows it
    rows: tuple[Row, ...] = ()  # of a table
    headline: str = ""  # the subject without the lead's title, where that stands on a line of its own


def people_in(data: Data) -> set[int]:
    """Everybody a notice's data names: the caller looks their names up, once for a whole list."""
    named = {data[key] for key in ("next_up", "to", "by", "holder", "person") if isinstance(data.get(key), int)}
    return named | {person for person, _due_at in data.get("history", ()) if person is not None}


def notice(
    kind: str,
    data: Data,
    lead: LeadWords | None,
    names: Mapping[int, str],
    zone: tzinfo,
    near: datetime | None = None,
    said: str = "",
) -> Notice:
    """The words of one notice.

    Args:
        kind, data: as `models.Effect` holds them.
        lead: what it is about; None when it is about no lead (a pause).
        zone: the reader's.
        near: now, or when the notice was made: instants of that day are shown without it.
        said: what the client has just written.
    """
    reader = Reader(names, zone, near)
    subject, body = TELL[kind](data, reader) if kind in TELL else (kind, [])
    headline = subject
    if lead is not None:
        subject = _("%(subject)s: %(lead)s") % {"subject": subject, "lead": lead.title}
    takes = kind in {"offer", "reminder", "moved", "pinned", "joined", "signal"}
    opens = _("Open the lead") if lead is not None else _("Open the way in") if "way" in data else _("My turns")
    button = _("Take the lead") if takes else opens
    about = _about(lead) if lead is not None and (takes or kind in HIS) else ()
    if said:
        about = ((_("He writes"), _shown(said)), *about)
    return Notice(_line(subject), tuple(line for line in body if line), about, button, takes, headline=headline)


def bundle(rows: Sequence[tuple[str, str, datetime]], zone: tzinfo, near: datetime) -> Notice:
    """Several notices of a head as one: of each its subject, its address, and when it was."""
    count = len(rows)
    subject = ngettext("%(n)d event needs you", "%(n)d events need you", count) % {"n": count}
    table = tuple(Row(instant(at, zone, near), what, url) for what, url, at in rows)
    return Notice(
        subject, (_("They came together, so they are told together."),), (), _("Board"), takes=False, rows=table
    )


def _line(text: str) -> str:
    """One line: a client's title must not add headers to a mail."""
    return " ".join(text.split())


def _about(lead: LeadWords) -> tuple[tuple[str, str], ...]:
    text = (_("Text"), _shown(lead.text))
    rows = ((_("Client"), lead.name), (_("Phone"), lead.phone), (_("E-mail"), lead.email), text)
    return tuple(row for row in rows if row[1])


def _shown(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else text[:TEXT_SHOWN].rstrip() + "…"
