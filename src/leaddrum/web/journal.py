"""The journal of misses (S-47): an employee reads his own, a head his departments', an administrator all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leaddrum import deliveries, engine, words
from leaddrum.intake import replies
from leaddrum.models import Delivery, Drum, Incident, Person
from leaddrum.web import incidents, live
from leaddrum.web.story_lines import LISTED, Considered, considered
from leaddrum.web.viewer import Signed, Viewer, signed_in

LONGEST_TEXT = 2000


@require_safe
@signed_in
def journal(request: Signed) -> HttpResponse:
    """The incidents the filter asks for, newest first, and who missed how many of them."""
    viewer = request.viewer
    today = timezone.localdate(viewer.now)
    wanted, errors = incidents.asked(request.GET, today)
    found = incidents.matching(viewer.incidents(), wanted, viewer.zone)
    tallies = incidents.tally(found)
    page = incidents.page(found, number_of(request.GET.get("before")), tallies)
    return render(
        request,
        "leaddrum/journal/journal.html",
        {
            "wanted": wanted,
            "narrowed": wanted != incidents.asked({}, today)[0],
            "errors": errors,
            "rows": rows_of(page.rows, viewer),
            "older": page.older,
            "paged": "before" in request.GET,
            "tallies": tallies,
            "total": incidents.total(tallies),
            "most": max((one.guilty for one in tallies), default=0),
            "promises": _promises(wanted, viewer),
            "query": wanted.query(),
            "people": _people(viewer),
            "drums": Drum.objects.filter(company=viewer.company).only("key", "name"),
        },
    )


def _promises(wanted: incidents.Filter, viewer: Viewer) -> tuple[int, int] | None:
    """(kept, given) of the promises to clients in the period; for heads, and only when there were some."""
    if not viewer.is_head:
        return None
    since = datetime.combine(wanted.since or date(2000, 1, 1), time(), viewer.zone)
    until = viewer.now
    if wanted.until is not None and wanted.until < date.max:
        until = datetime.combine(wanted.until + timedelta(days=1), time(), viewer.zone)
    kept, given = replies.kept(viewer.company.pk, since, until, viewer.now)
    return (kept, given) if given else None


class Row:
    """An incident as its reader sees it: with what he may add to it."""

    def __init__(
        self, incident: Incident, lines: list[Considered], told: list[str], may_explain: bool, may_annul: bool
    ) -> None:
        self.incident = incident
        self.lines = lines  # the first of them
        self.others = max(0, len(incident.candidates) - LISTED)
        self.told = told
        self.may_explain = may_explain
        self.may_annul = may_annul

    @classmethod
    def of(cls, incident: Incident, viewer: Viewer, told: dict[deliveries.Turn, list[Delivery]]) -> Row:
        tried = told.get((incident.cycle_id, incident.turn_number), [])
        return cls(
            incident,
            considered(incident.candidates[:LISTED], viewer.names, viewer.zone, incident.missed_at),
            [words.delivery(row, viewer.zone, incident.missed_at) for row in tried],
            may_explain=_may_explain(incident, viewer),
            may_annul=may_annul(incident, viewer),
        )

    @property
    def overdue(self) -> int:
        """Seconds by the clock from the deadline to the verdict."""
        return max(0, round((self.incident.missed_at - self.incident.due_at).total_seconds()))


def rows_of(found: Sequence[Incident], viewer: Viewer) -> list[Row]:
    """Incidents as their reader sees them, in one query more."""
    told = deliveries.of((incident.cycle_id, incident.turn_number) for incident in found)
    return [Row.of(incident, viewer, told) for incident in found]


def _may_explain(incident: Incident, viewer: Viewer) -> bool:
    return incident.person_id == viewer.person.pk


def may_annul(incident: Incident, viewer: Viewer) -> bool:
    """Whether the button is there: as the engine will judge it."""
    return incident.annulled_at is None and viewer.org.may_annul(viewer.person.pk, incident.person_id)


def _people(viewer: Viewer) -> list[tuple[str, str]]:
    """Whom the filter offers: those who have an incident the reader sees."""
    with_one = Exists(Incident.objects.filter(person=OuterRef("pk")))  # by the person's index, and nothing beside it
    people = Person.objects.filter(with_one, company=viewer.company).order_by("name")
    if not viewer.is_admin:
        people = people.filter(pk__in=viewer.people)
    return list(people.values_list("key", "name"))


def number_of(text: str | None) -> int | None:
    """A row number from an address; what is none counts as not given."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


@require_safe
@signed_in
def who(request: Signed, pk: int) -> HttpResponse:
    """Who was considered for the hand-over that followed a miss: all of them (S-20)."""
    viewer = request.viewer
    incident = get_object_or_404(viewer.incidents().select_related("lead", "drum"), pk=pk)
    lines = considered(incident.candidates, viewer.names, viewer.zone, incident.missed_at)
    page = "_considered" if request.headers.get("HX-Request") else "considered"
    told = {"lead": incident.lead, "at": incident.missed_at, "drum": incident.drum, "lines": lines}
    return render(request, f"leaddrum/story/{page}.html", told)


@require_safe
@signed_in
def download(request: Signed) -> HttpResponseBase:
    """The same filter as a file, every row of it."""
    viewer = request.viewer
    wanted, _errors = incidents.asked(request.GET, timezone.localdate(viewer.now))
    found = incidents.matching(viewer.incidents(), wanted, viewer.zone)
    answer = StreamingHttpResponse(incidents.csv_lines(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="journal-{timezone.localdate(viewer.now):%Y-%m-%d}.csv"'
    return answer


@require_POST
@signed_in
def explain(request: Signed, pk: int) -> HttpResponse:
    """He adds his own words to his own incident."""
    incident = get_object_or_404(request.viewer.incidents(), pk=pk)
    if not _may_explain(incident, request.viewer):
        raise PermissionDenied(_("Only the person concerned explains an incident."))
    viewer = request.viewer
    return _written(
        request,
        _("The explanation is in the journal."),
        lambda text: engine.explain(pk, by=viewer.person.pk, text=text, now=viewer.now),
    )


@require_POST
@signed_in
def annul(request: Signed, pk: int) -> HttpResponse:
    """His head takes the incident back, with a reason; the row stays (I2)."""
    incident = get_object_or_404(request.viewer.incidents(), pk=pk)
    if not incident.annulled_at and not may_annul(incident, request.viewer):
        raise PermissionDenied(_("Only the head of the department or an administrator annuls an incident."))
    viewer = request.viewer
    return _written(
        request,
        _("The incident is annulled."),
        lambda text: engine.annul(pk, by=viewer.person.pk, why=text, now=viewer.now),
    )


def _written(request: Signed, done: str, write: Callable[[str], None]) -> HttpResponse:
    """Hand the posted text to the engine, say what came of it, go back to where he was."""
    text = request.POST.get("text", "").replace("\x00", "").strip()
    if not text:
        messages.error(request, _("Nothing was written: say it in a few words."))
    elif len(text) > LONGEST_TEXT:
        messages.error(request, _("That is longer than %(limit)s characters.") % {"limit": LONGEST_TEXT})
    else:
        try:
            write(text)
        except engine.Refused as error:
            messages.error(request, words.refusal(error))
        else:
            messages.success(request, done)
    return live.pressed(request, "journal")
