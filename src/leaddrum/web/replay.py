"""Replay as a page (S-52).

The runs are played a second at a time: each step's answer asks for the next one, and what was played so far travels
with it, signed. So no request is long, nothing runs behind the pages, and any process can go on.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leaddrum.adviser import replay_words, replaying
from leaddrum.adviser.reading import Asked
from leaddrum.adviser.replaying import FIGURES, Line, Pair
from leaddrum.adviser.scene import CannotReplay, Change, Stage, hours_of, stage
from leaddrum.company import choices, values
from leaddrum.core import hours_spec
from leaddrum.core.policy import Strategy
from leaddrum.models import Calendar, Keeping, Person
from leaddrum.web.adviser import asked, in_words, query
from leaddrum.web.viewer import Signed, Viewer, heads_only

RUNS, SEED = 40, 1
STEP = 0.6  # seconds of one request
MOST_LEADS = 5000  # of one replay on the page; the command plays any number
WEEKS = timedelta(days=27)  # before the last day
KEPT = 4  # stages in memory, so that each step need not read the period anew
SALT = "leaddrum.replay"
_kept: OrderedDict[tuple[Any, ...], Stage] = OrderedDict()


class TooMany(ValueError):
    """More leads than a page replays."""


@require_safe
@heads_only
def page(request: Signed) -> HttpResponse:
    """The form, and when something is asked for the first step of its runs."""
    viewer = request.viewer
    if not viewer.drums:
        return render(request, "leaddrum/adviser/none.html")
    wanted, errors = _asked(request.GET, viewer)
    change, more = changed(request.GET, viewer)
    errors += more
    context = {
        "wanted": wanted,
        "query": query(wanted),
        "said": in_words(wanted),
        "drums": viewer.drums,
        "given": request.GET,
        "strategies": choices.CHOICES["strategy"].items(),
        "calendars": [
            (row.key, hours_spec.title(row.key, row.spec))
            for row in Calendar.objects.filter(company=viewer.company).order_by("key")
        ],
        "people": [
            (member.key, member.name) for member in viewer.org.people.values() if member.active and not member.technical
        ],
        "chosen": request.GET.getlist("roster"),
    }
    if "play" in request.GET and not errors:
        context |= _step(viewer, wanted, change, request.GET.urlencode(), [])
    return render(request, "leaddrum/adviser/replay.html", {**context, "errors": errors})


@require_POST
@heads_only
def step(request: Signed) -> HttpResponse:
    """Some more runs of what a signed token says."""
    try:
        told = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=3600)
    except signing.BadSignature:
        return HttpResponseBadRequest(_("This replay has grown old: start it anew."))
    given = QueryDict(told["query"])
    wanted, _errors = _asked(given, request.viewer)
    change, _more = changed(given, request.viewer)
    context = _step(request.viewer, wanted, change, told["query"], [_pair(row) for row in told["runs"]])
    if "HX-Request" not in request.headers:
        return render(request, "leaddrum/adviser/replay_step.html", context)
    return render(request, "leaddrum/adviser/_replay.html", context)


def _step(viewer: Viewer, wanted: Asked, change: Change, address: str, pairs: list[Pair]) -> dict[str, Any]:
    """Play for a while; returns what the fragment shows."""
    try:
        made = _stage(viewer, wanted, change)
    except CannotReplay as error:
        return {"refused": replay_words.refusal(error)}
    except TooMany:
        return {
            "refused": _("That is more than %(most)s leads: name fewer days here, or use the command.")
            % {"most": MOST_LEADS}
        }
    until = time.monotonic() + STEP
    for pair in replaying.runs(made, len(pairs), RUNS - len(pairs), SEED):
        pairs.append(pair)
        if time.monotonic() > until:
            break
    context: dict[str, Any] = {"done": len(pairs), "runs": RUNS, "seed": SEED}
    if len(pairs) < RUNS:
        token = signing.dumps({"query": address, "runs": [_row(pair) for pair in pairs]}, salt=SALT, compress=True)
        return {**context, "token": token}
    lines = replaying.compared(made, pairs)
    return {
        **context,
        "conclusion": replay_words.conclusion(lines, change),
        "changes": replay_words.changes(change),
        "lines": [_shown(line) for line in lines],
        "other": made.other is not None,
        "unknown": replay_words.unknown(made, change),
    }


def _stage(viewer: Viewer, wanted: Asked, change: Change) -> Stage:
    stamp = Keeping.objects.filter(company=viewer.company).values_list("stamp", flat=True).first()
    key = (viewer.company.pk, viewer.company.staff_version, stamp, query(wanted), str(change))
    made = _kept.get(key)
    if made is None:
        made = stage(viewer.company, wanted, change, viewer.now)
        if len(made.same.arrivals) > MOST_LEADS:
            raise TooMany
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def _asked(given: QueryDict, viewer: Viewer) -> tuple[Asked, list[str]]:
    """Four weeks where nothing else is said: a second for each run of them."""
    wanted, errors = asked(given, viewer)
    if not given.get("since"):
        wanted = replace(wanted, since=wanted.until - WEEKS)
    return wanted, errors


def changed(given: QueryDict, viewer: Viewer) -> tuple[Change, list[str]]:
    """The other settings of the form; what is wrong with them in words."""
    errors = []
    budget = after = None
    if text := given.get("budget", "").strip():
        try:
            budget = values.duration(f"{text}m" if text.isdecimal() else text)
        except ValueError as error:
            errors.append(_("Budget: %(error)s") % {"error": error})
        if budget is not None and not 0 < budget <= 366 * 86400:
            errors.append(_("Budget: %(error)s") % {"error": text[:40]})
            budget = None
    if text := given.get("escalate_after", "").strip():
        after = int(text) if text.isdecimal() and len(text) < 4 and int(text) else None
        if after is None:
            errors.append(_("The head after how many misses? A whole number from 1 on."))
    keys = [key.replace("\x00", "") for key in given.getlist("roster")]
    roster = (
        list(Person.objects.filter(company=viewer.company, key__in=keys, active=True, technical=False))
        if keys
        else None
    )
    calendar = given.get("calendar", "").replace("\x00", "")
    strategy = next((one for one in Strategy if one.value == given.get("strategy")), None)
    hours = hours_of(viewer.company, calendar) if calendar else None
    return Change(budget, after, roster or None, hours, strategy), errors


# A run as it travels: the figures in their order, rounded to what is shown.


def _row(pair: Pair) -> list[list[float]]:
    both = [pair.same] if pair.other is None else [pair.same, pair.other]
    return [[round(one[name], 2) for name in FIGURES] for one in both]


def _pair(row: list[list[float]]) -> Pair:
    both: list[Mapping[str, float]] = [dict(zip(FIGURES, one, strict=True)) for one in row]
    return Pair(both[0], both[1] if len(both) > 1 else None)


def _shown(line: Line) -> dict[str, Any]:
    return {
        "label": replay_words.label(line.name),
        "really": replay_words.value(line.name, line.really),
        "same": replay_words.parts(line.name, line.same),
        "other": replay_words.parts(line.name, line.other),
        "difference": replay_words.parts(line.name, line.difference),
        "surely": line.surely,
        "reproduced": line.reproduced,
    }
