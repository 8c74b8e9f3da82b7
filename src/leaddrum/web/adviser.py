"""The adviser's page (S-51): which budget, why, and what is not known. For heads, about the drums they see."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leaddrum import charts
from leaddrum.adviser import numbers, reading, words
from leaddrum.adviser.reading import Asked
from leaddrum.adviser.report import Group, Report, report
from leaddrum.adviser.trials import told
from leaddrum.adviser.worst import as_it_is, worst
from leaddrum.charts import advice as pictures
from leaddrum.company import saying
from leaddrum.core.advice import Candidate
from leaddrum.core.survival import LEVEL
from leaddrum.models import Drum, Keeping, Person, Source
from leaddrum.templatetags.humane import source
from leaddrum.web.viewer import Signed, Viewer, heads_only

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)  # days that can be counted on from and back
KEPT = 8  # reports in memory: the page and its two charts ask for the same one
_kept: OrderedDict[tuple[Any, ...], Report] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate budget as the table says it."""

    budget: str
    mark: str  # best | today | few | ''
    first: str
    wait: str
    band: str
    p90: str
    handovers: str
    alerts: str
    at_once: str

    @classmethod
    def of(cls, one: Candidate, made: Report) -> Row:
        advice = made.advice
        mark = "best" if one is advice.best else "today" if one is advice.present else "" if one.enough else "few"
        return cls(
            budget=saying.duration(one.budget),
            mark=mark,
            first=numbers.percent(one.first),
            wait=numbers.short(one.wait / 60),
            band=f"{numbers.short(one.wait_band.low / 60)}–{numbers.short(one.wait_band.high / 60)}",
            p90="—" if one.p90 is None else numbers.short(one.p90 / 60),
            handovers=numbers.short(one.handovers, 2),
            alerts=numbers.short(one.alerts),
            at_once=numbers.short(one.at_once, 2),
        )


@require_safe
@heads_only
def page(request: Signed) -> HttpResponse:
    viewer = request.viewer
    drums = viewer.drums
    if not drums:
        return render(request, "leaddrum/adviser/none.html")
    wanted, errors = asked(request.GET, viewer)
    made = _report(viewer, wanted)
    visible = {viewer.names[person] for person in viewer.people if person in viewer.names}
    hole = worst(as_it_is(viewer.company), wanted.drum.key, viewer.now)[0]
    return render(
        request,
        "leaddrum/adviser/adviser.html",
        {
            "wanted": wanted,
            "errors": errors,
            "query": query(wanted),
            "said": in_words(wanted),
            "drums": drums,
            "sources": Source.objects.filter(company=viewer.company).order_by("name").values_list("name", flat=True),
            "people": _people(viewer, wanted.drum),
            "made": made,
            "conclusion": words.conclusion(made),
            "average": words.average(made),
            "trial": told(made.trial) if made.trial else "",
            "unknown": words.limits(made),
            "rows": [Row.of(one, made) for one in made.advice.candidates],
            "groups": [
                (_("Source"), _shown(made.by_source)),
                (_("Hour of the offer"), _shown(made.by_hour)),
                (_("Person"), _shown([one for one in made.by_person if one.name in visible])),
            ],
            "band": numbers.percent(LEVEL),
            "within": saying.duration(min(made.terms.budget, made.advice.longest or made.terms.budget)),
            "worst": hole,
        },
    )


@require_safe
@heads_only
def chart(request: Signed, name: str, theme: str) -> HttpResponse:
    """One of the two charts, in the language of the page."""
    if name not in {"taken", "waits"} or theme not in charts.THEMES or not request.viewer.drums:
        raise Http404
    wanted, _errors = asked(request.GET, request.viewer)
    made = _report(request.viewer, wanted)
    draw = pictures.taken if name == "taken" else pictures.waits
    return HttpResponse(draw(made, charts.THEMES[theme]), content_type=charts.TYPE)


def asked(given: QueryDict, viewer: Viewer) -> tuple[Asked, list[str]]:
    """What the address asks for. What is wrong in it counts as not given, and is said."""
    errors: list[str] = []
    drum = next((one for one in viewer.drums if one.key == given.get("drum")), viewer.drums[0])
    since, until = _day(given.get("since"), errors), _day(given.get("until"), errors)
    if since and until and since > until:
        errors.append(_("The first day is after the last one."))
        since = until = None
    key = given.get("person", "").replace("\x00", "")
    person = Person.objects.filter(company=viewer.company, key=key, pk__in=viewer.people).first()
    source = given.get("source", "")[:64].replace("\x00", "")
    wanted = reading.asked(viewer.company, drum, viewer.now, since=since, until=until, source=source, person=person)
    return wanted, errors


def _day(text: str | None, errors: list[str]) -> date | None:
    if not text:
        return None
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        errors.append(_("“%(text)s” is no day.") % {"text": text[:40]})
        return None
    return min(max(found, EARLIEST), LATEST)


def in_words(wanted: Asked) -> str:
    """What was asked for, as it is printed."""
    period = f"{wanted.since:%d.%m.%Y} – {wanted.until:%d.%m.%Y}"
    parts = (wanted.drum.name, period, source(wanted.source), wanted.person.name if wanted.person else "")
    return ", ".join(filter(None, parts))


def query(wanted: Asked) -> str:
    return urlencode(
        {
            "drum": wanted.drum.key,
            "since": wanted.since.isoformat(),
            "until": wanted.until.isoformat(),
            "source": wanted.source,
            "person": wanted.person.key if wanted.person else "",
        }
    )


def _report(viewer: Viewer, wanted: Asked) -> Report:
    """Reckoned once for the page and its charts, and anew when the books have changed."""
    stamp = Keeping.objects.filter(company=viewer.company).values_list("stamp", flat=True).first()
    key = (viewer.company.pk, viewer.company.staff_version, stamp, query(wanted))
    made = _kept.get(key)
    if made is None:
        made = _kept[key] = report(viewer.company, wanted, viewer.now)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def _people(viewer: Viewer, drum: Drum) -> list[tuple[str, str]]:
    """Whom the filter offers: the drum's people whom the reader answers for."""
    roster = [person for person in viewer.org.roster(drum.pk, None) if person in viewer.people]
    return [(viewer.org.people[person].key, viewer.org.people[person].name) for person in roster]


def _shown(groups: Sequence[Group]) -> list[dict[str, str]]:
    return [
        {
            "name": one.name,
            "offers": numbers.number(one.offers, 0),
            "taken": numbers.percent(one.taken),
            "band": f"{numbers.percent(one.band.low)}–{numbers.percent(one.band.high)}",
            "median": numbers.minutes(one.median),
        }
        for one in groups
    ]
