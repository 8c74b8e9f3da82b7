"""What `leaddrum lead` and `leaddrum journal` print: text, tables, JSON and CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from leaddrum import reports, words
from leaddrum.models import Company, Drum, Entry, Lead, Person

Write = Callable[[str], None]
COLUMNS = (
    "id",
    "lead",
    "title",
    "cycle",
    "turn",
    "drum",
    "policy_version",
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
    "annulled",
    "annulled_at",
    "annulled_by",
    "annulled_why",
)


class WrongFilterError(ValueError):
    """The journal was asked for somebody or something that is not there."""


def lead(row: Lead, shape: str, *, now: datetime, write: Write) -> None:
    """A lead's story, as the API gives it or as sentences."""
    story = reports.lead_story(row.pk, now=now)
    if shape == "json":
        write(json.dumps(story, ensure_ascii=False, indent=2))
        return
    zone = ZoneInfo(row.company.zone)
    write(f"{row.pk}  {row.title}  [{row.stage.title}]  {row.owner.name if row.owner else '—'}")
    entries = list(Entry.objects.filter(cycle__lead=row).select_related("cycle").order_by("cycle__number", "seq"))
    people = {pk for entry in entries for pk in _numbers(entry.data)}
    names = dict(Person.objects.filter(company=row.company_id, pk__in=people).values_list("pk", "name"))
    for entry in entries:
        at = entry.at.astimezone(zone).strftime("%d.%m.%Y %H:%M:%S")
        write(f"{at}  {entry.cycle.number}  {words.entry(entry, names, zone)}")
        lines = entry.data.get("candidates", ()) if entry.kind in {"offered", "held"} else ()
        for line in lines:
            write(f"{'':24}{names.get(line[0], '?')}: {words.reason(line, names, zone, entry.at)}")


def _numbers(value: Any) -> Iterator[int]:
    """Every number in an entry's data; those that are people get their names."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


def chosen(
    company: Company, *, since: str | None, until: str | None, person: str | None, drum: str | None
) -> dict[str, Any]:
    """What the command line asked for, as `reports.incidents` takes it.

    Raises:
        WrongFilterError: an instant cannot be read, or there is no such person or drum.
    """
    zone = ZoneInfo(company.zone)
    return {
        "since": _instant(since, zone, end=False) if since else None,
        "until": _instant(until, zone, end=True) if until else None,
        "person": _named(Person, company, person, "person") if person else None,
        "drum": _named(Drum, company, drum, "drum") if drum else None,
    }


def _instant(text: str, zone: ZoneInfo, *, end: bool) -> datetime:
    """A day is its beginning, or its end where the period ends with it; a wall-clock time is the company's."""
    try:
        if len(text) <= 10:
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise WrongFilterError(f"{text!r} is neither a date (2026-03-02) nor an instant (2026-03-02T10:00)") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _named(model: type[Person | Drum], company: Company, key: str, what: str) -> int:
    found = model.objects.filter(company=company, key=key).values_list("pk", flat=True).first()
    if found is None:
        raise WrongFilterError(f"there is no {what} {key!r} in {company.name}")
    return int(found)


def journal(company: Company, wanted: dict[str, Any], shape: str, *, write: Write) -> None:
    """The journal of misses. JSON is one page as the API gives it, whole: `next` is null."""
    items = _all(company, wanted)
    if shape == "json":
        write(json.dumps({"items": list(items), "next": None}, ensure_ascii=False, indent=2))
    elif shape == "csv":
        _csv(items)
    else:
        _table(company, items)


def _all(company: Company, wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    after: int | None = None
    while True:
        items, after = reports.incidents(company.pk, **wanted, after=after, limit=1000)
        yield from items
        if after is None:
            return


def _csv(items: Iterator[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for item in items:
        writer.writerow({key: _cell(value) for key, value in item.items()})


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is made text again (CSV injection, OWASP)."""
    return "'" + value if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _table(company: Company, items: Iterator[dict[str, Any]]) -> None:
    zone = ZoneInfo(company.zone)
    table = Table(box=None, pad_edge=False)
    for heading in (_("Missed at"), _("Lead"), _("Employee"), _("Turn"), _("Deadline"), _("Late by"), _("Mark")):
        table.add_column(heading)
    for item in items:
        missed_at = datetime.fromisoformat(item["missed_at"])
        mark = _("annulled") if item["annulled"] else words.excuse(item["excuse"]) if item["excuse"] else ""
        table.add_row(
            missed_at.astimezone(zone).strftime("%d.%m.%Y %H:%M:%S"),
            f"{item['lead']} {item['title']}",
            item["person_name"] or "—",
            f"{item['cycle']}/{item['turn']}",
            words.instant(item["due_at"], zone, missed_at),
            words.duration(item["overdue_seconds"]),
            mark,
        )
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if console.is_terminal:
        console.print(table)
    else:
        Console(file=sys.stdout, highlight=False, markup=False, width=200).print(table)
