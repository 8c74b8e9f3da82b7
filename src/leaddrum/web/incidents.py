"""The journal as somebody asked for it: which incidents, in pages, counted by person, as CSV (S-10, S-47, S-48)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from leaddrum import deliveries
from leaddrum.models import Incident, Person

PAGE = 50
EARLIEST = date(2000, 1, 1)  # no miss is older, and the very first days of all cannot be told in every zone
USUAL_DAYS = 30
"""What the page shows before anybody has asked for a period."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What was asked for. Dates are days in the reader's zone, both included; people and drums go by their keys."""

    since: date | None = None
    until: date | None = None
    person: str = ""
    drum: str = ""
    annulled: bool = True  # show those that were annulled too

    def query(self) -> str:
        """The filter as an address has it; `asked` is the way back."""
        return urlencode(
            {
                "since": self.since.isoformat() if self.since else "",
                "until": self.until.isoformat() if self.until else "",
                "person": self.person,
                "drum": self.drum,
                "annulled": "1" if self.annulled else "0",
            }
        )


def asked(query: Mapping[str, str], today: date) -> tuple[Filter, list[str]]:
    """The filter an address asks for, and what of it could not be read (S-46). Without a period: the usual days."""
    errors: list[str] = []

    def day(name: str, label: str, usual: date | None) -> date | None:
        text = query.get(name)
        if text is None:
            return usual
        try:
            return max(date.fromisoformat(text), EARLIEST) if text else None
        except ValueError:
            errors.append(
                _("%(field)s: “%(text)s” is not a date, so it was left out.") % {"field": label, "text": text[:40]}
            )
            return usual

    since = day("since", pgettext("period", "From"), today - timedelta(days=USUAL_DAYS))
    until = day("until", pgettext("period", "To"), None)
    if since and until and until < since:
        errors.append(_("The period ends before it begins."))
    return Filter(
        since=since,
        until=until,
        person=query.get("person", "").replace("\x00", "")[:64],
        drum=query.get("drum", "").replace("\x00", "")[:64],
        annulled=query.get("annulled", "1") != "0",
    ), errors


def matching(visible: QuerySet[Incident], wanted: Filter, zone: ZoneInfo) -> QuerySet[Incident]:
    """Those of the visible incidents that the filter wants, without an order."""
    found = visible
    if wanted.since:
        found = found.filter(missed_at__gte=datetime.combine(wanted.since, time(), zone))
    if wanted.until and wanted.until < date.max:
        found = found.filter(missed_at__lt=datetime.combine(wanted.until + timedelta(days=1), time(), zone))
    if wanted.person:
        found = found.filter(person__key=wanted.person)
    if wanted.drum:
        found = found.filter(drum__key=wanted.drum)
    if not wanted.annulled:
        found = found.filter(annulled_at__isnull=True)
    return found


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Incident]
    older: int | None  # pass as `before` for what follows


def page(found: QuerySet[Incident], before: int | None = None, tallies: Sequence[Tally] | None = None) -> Page:
    """The newest incidents older than `before`. Keyset paging: a page costs the same however far back it is, for the
    tallies, where a period was asked for, say between which numbers to look."""
    if tallies is not None:
        oldest, newest = (
            min((one.oldest for one in tallies), default=0),
            max((one.newest for one in tallies), default=0),
        )
        found = found.filter(id__gte=oldest, id__lte=newest)
    if before is not None:
        found = found.filter(id__lt=before)
    related = found.select_related("lead", "drum", "person", "next_person", "annulled_by", "cycle")
    rows = list(related.order_by("-id")[: PAGE + 1])
    return Page(rows=rows[:PAGE], older=rows[PAGE - 1].pk if len(rows) > PAGE else None)


@dataclass(frozen=True, slots=True)
class Tally:
    """One person's misses, and his false takes apart from them (S-38). `excused` and `annulled` are part of `missed`
    (S-47, S-48), `false_annulled` of `false`."""

    name: str
    key: str
    missed: int
    excused: int
    annulled: int
    false: int = 0
    false_annulled: int = 0
    oldest: int = 0  # the first and the last number among them all
    newest: int = 0

    @property
    def guilty(self) -> int:
        """The misses left to answer for."""
        return self.missed - self.uncounted

    @property
    def uncounted(self) -> int:
        return self.excused + self.annulled

    @property
    def false_guilty(self) -> int:
        """The false takes left to answer for."""
        return self.false - self.false_annulled


def tally(found: QuerySet[Incident]) -> list[Tally]:
    """Misses by person, first who has most left to answer for. The index `incident_tally` holds all that is asked for:
    no row is read; false takes are few, have an index of their own, and are taken off. Grouped by a value and not by
    the column itself, whose own index would lead through everything anybody ever missed."""
    counted = found.order_by().values_list(Coalesce("person", 0))
    annulled = Count("id", filter=Q(annulled_at__isnull=False))
    excused = Count("id", filter=~Q(excuse="") & Q(annulled_at__isnull=True))
    rows = list(
        counted.annotate(whole=Count("id"), no_guilt=excused, taken_back=annulled, oldest=Min("id"), newest=Max("id"))
    )
    # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
    alone = counted.extra(where=["leaddrum_incident.turn_number = 0"]).annotate(shown=Count("id"), taken_back=annulled)
    false = {person: (count, gone) for person, count, gone in alone}
    people = Person.objects.in_bulk([person for person, *_ in rows if person])
    tallies = []
    for person, whole, no_guilt, gone, oldest, newest in rows:
        who, (shown, taken_back) = people.get(person), false.get(person, (0, 0))
        name, key = (who.name, who.key) if who else ("", "")
        tallies.append(
            Tally(name, key, whole - shown, no_guilt, gone - taken_back, shown, taken_back, oldest, newest),
        )
    return sorted(tallies, key=lambda one: (-one.guilty, -one.missed, -one.false, one.name))


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of them all."""
    found = list(tallies)
    counts = ("missed", "excused", "annulled", "false", "false_annulled")
    return Tally("", "", **{count: sum(getattr(one, count) for one in found) for count in counts})


CHUNK = 2000  # rows read at once
COLUMNS = (
    "incident",
    "lead",
    "lead_title",
    "drum",
    "policy_version",
    "cycle",
    "turn",
    "person",
    "person_name",
    "offered_at",
    "due_at",
    "missed_at",
    "overdue_seconds",
    "budget_seconds",
    "open_offers",
    "excuse",
    "next_person",
    "explanation",
    "annulled_at",
    "annulled_by",
    "annulled_why",
    "deliveries",
)


class _Echo:
    """csv writes into something; here each line comes straight back."""

    def write(self, value: str) -> str:
        return value


def csv_lines(found: QuerySet[Incident]) -> Iterator[str]:
    """The whole filter as CSV, newest first, a line at a time: no row cap (S-50), no copy of it in memory.

    Instants are ISO 8601 in UTC. The byte order mark makes spreadsheets read Cyrillic.
    """
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    related = found.select_related("lead", "drum", "person", "next_person", "annulled_by", "cycle")
    batch: list[Incident] = []
    for incident in related.order_by("-id").iterator(chunk_size=CHUNK):
        batch.append(incident)
        if len(batch) == CHUNK:
            yield from _lines(writer, batch)
            batch = []
    yield from _lines(writer, batch)


def _lines(writer: Any, batch: list[Incident]) -> Iterator[str]:
    told = deliveries.of((incident.cycle_id, incident.turn_number) for incident in batch)
    for incident in batch:
        row = (*_row(incident), deliveries.line(told.get((incident.cycle_id, incident.turn_number), ())))
        yield writer.writerow(_plain(value) for value in row)


def _row(incident: Incident) -> tuple[Any, ...]:
    return (
        incident.pk,
        incident.lead_id,
        incident.lead.title,
        incident.drum.key,
        incident.policy_version,
        incident.cycle.number,
        incident.turn_number,
        incident.person.key if incident.person else "",
        incident.person.name if incident.person else "",
        incident.offered_at,
        incident.due_at,
        incident.missed_at,
        round((incident.missed_at - incident.due_at).total_seconds()),
        incident.budget,
        incident.open_offers,
        incident.excuse,
        incident.next_person.key if incident.next_person else "",
        incident.explanation,
        incident.annulled_at,
        incident.annulled_by.key if incident.annulled_by else "",
        incident.annulled_why,
    )


def _plain(value: Any) -> str:
    """A cell. Text that a spreadsheet would take for a formula is made text again (CSV injection, OWASP)."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value)
    if isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + text
    return text
