"""What the terminal says: the journal as it grows, each line with the time of that day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from statistics import median
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leaddrum import words
from leaddrum.demo.stage import Stage
from leaddrum.models import Company, Cycle, Entry, Incident, Person, Turn

MARKS: Mapping[str, tuple[str, str]] = {
    "arrived": ("→", "cyan"),
    "offered": ("●", "yellow"),
    "reminded": ("·", "dim"),
    "taken": ("✓", "bold green"),
    "missed": ("✗", "bold red"),
    "returned": ("↩", "yellow"),
    "voided": ("·", "dim"),
    "held": ("…", "blue"),
    "escalated": ("▲", "bold magenta"),
    "pinned": ("▲", "magenta"),
    "joined": ("→", "cyan"),
}
NAME = 16
LOUD = 0.75
"""Reminders of less than this share of the budget are left out."""


class Teller:
    def __init__(self, company: Company, stage: Stage) -> None:
        self._company, self._stage = company, stage
        self._zone = ZoneInfo(company.zone)
        self._names = dict(Person.objects.filter(company=company).values_list("pk", "name"))
        self._last = 0
        self._explained: set[str] = set()  # one choice of each kind is explained, or the minute is over
        self._out = Console(highlight=False)

    # Before, during, after.

    def curtain(self, link: str, speed: float) -> None:
        day = formats.date_format(self._stage.now.astimezone(self._zone), "DATE_FORMAT")
        self._say(Text(f"LeadDrum · {self._company.name} · {day}", "bold"))
        self._say(_("One hour of a sales day passes in %(time)s.") % {"time": words.duration(3600 / speed)})
        self._say(
            _("Anna answers at once, Boris takes his time, Vera forgets, Gleb is on holiday. Olga is the head.")
            + " "
            + _("Each has 8 minutes; after two misses the head is pulled in.")
        )
        self._link(_("Watch the board live, as Olga:"), link)
        self._say("")

    def tell(self) -> None:
        """What the journal has got since the last time."""
        fresh = Entry.objects.filter(company=self._company, pk__gt=self._last).select_related("cycle__lead")
        for entry in fresh.order_by("pk"):
            self._last = entry.pk
            if entry.kind == "reminded" and entry.data["share"] < LOUD:
                continue
            self._line(entry)
            if entry.kind == "missed":
                self._incident(entry)
            if entry.kind == "offered" and entry.data["after"] not in self._explained:
                self._explained.add(entry.data["after"])
                self._why(entry)

    def end(self, link: str, other: str, *, stay: bool) -> None:
        self._say("")
        missed = Incident.objects.filter(company=self._company).count()
        said = ngettext("%(n)s miss in the journal", "%(n)s misses in the journal", missed) % {"n": missed}
        self._say(Text(said, "bold"))
        self._out.print(self._table())
        waits = [
            (cycle.ended_at - cycle.opened_at).total_seconds()
            for cycle in Cycle.objects.filter(company=self._company, state=Cycle.State.TAKEN)
            if cycle.ended_at
        ]
        left = Cycle.objects.filter(company=self._company, ended_at=None).count()
        if waits:
            self._say(
                _("%(taken)s leads taken, half of them within %(time)s; %(left)s still in the drum, none forgotten.")
                % {"taken": len(waits), "time": words.duration(median(waits)), "left": left}
            )
        if stay:
            self._say(_("The pages stay open until Ctrl-C:"))
            self._link(_("Olga, the head:"), link)
            self._link(_("Vera, who may explain her misses:"), other)
        else:
            self._say(_("To stay and look around: %(command)s") % {"command": "leaddrum demo --stay"})
            self._say(_("To begin with your own people: %(command)s") % {"command": "script/server"})

    # Lines.

    def _line(self, entry: Entry) -> None:
        mark, style = MARKS.get(entry.kind, ("·", "dim"))
        who = entry.cycle.lead.name or entry.cycle.lead.title
        self._row(
            Text(f"{entry.at.astimezone(self._zone):%H:%M}", "dim"),
            Text(who, "bold" if entry.kind == "arrived" else ""),
            Text(mark, style),
            Text(words.entry(entry, self._names, self._zone), style),
        )

    def _incident(self, entry: Entry) -> None:
        found = Incident.objects.filter(cycle_id=entry.cycle_id, turn_number=entry.data["turn"])
        incident = found.select_related("person").first()
        if incident is None:
            return
        number = Incident.objects.filter(company=self._company, pk__lte=incident.pk).count()
        held = incident.open_offers
        offers = ngettext("%(n)s open offer then", "%(n)s open offers then", held) % {"n": held}
        values = {"number": number, "person": incident.person.name if incident.person else "", "offers": offers}
        self._aside(_("journal of misses, no. %(number)s: %(person)s, %(offers)s") % values)

    def _why(self, entry: Entry) -> None:
        """S-20, in one line."""
        reasons = (
            f"{self._names.get(line[0], '?')} — {words.reason(line, self._names, self._zone, entry.at)}"
            for line in entry.data.get("candidates", ())
        )
        self._aside(_("why: %(reasons)s") % {"reasons": "; ".join(reasons)})

    def _aside(self, text: str) -> None:
        self._row(Text(), Text(), Text(), Text(text, "dim italic"))

    def _row(self, *cells: Text) -> None:
        """One line of the story; what is long goes on under its own beginning."""
        row = Table.grid(padding=(0, 1), pad_edge=False)
        for width in (5, NAME, 1):
            row.add_column(width=width, no_wrap=True, overflow="ellipsis")
        row.add_column(ratio=1)
        row.add_row(*cells)
        self._out.print(row)

    def _say(self, what: str | Text) -> None:
        self._out.print(what)

    def _link(self, label: str, link: str) -> None:
        """Never broken over two lines, so that it can be clicked."""
        self._out.print(Text(label, "bold"))
        self._out.print(Text("  " + link, "underline"), soft_wrap=True)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
        table.add_column(_("Person"))
        for heading in (_("Offers"), _("Took"), _("Missed"), _("Gave back")):
            table.add_column(heading, justify="right")
        for row in _counts(self._company):
            shown = [str(number) if number else "·" for number in row[1:]]
            table.add_row(row[0], *shown)
        return table


def _counts(company: Company) -> list[tuple[str, int, int, int, int]]:
    """Of each person: turns that ended, and of them taken, missed, returned; who took most comes first."""
    names: dict[str, Counter[str]] = {}
    turns = Turn.objects.filter(company=company, person__isnull=False).values_list("person__name", "verdict")
    for name, verdict in turns:
        names.setdefault(name, Counter())[verdict] += 1
    rows = [(name, of.total(), of["taken"], of["missed"], of["returned"]) for name, of in names.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0]))
