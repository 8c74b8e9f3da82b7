"""The map of the process: a drum's real settings drawn as the way of a lead, with what stands and flows at each."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from leaddrum import words
from leaddrum.company.choices import chosen
from leaddrum.core.policy import Policy, Strategy
from leaddrum.models import Cycle, Drum
from leaddrum.web import flow
from leaddrum.web.flow import Flow
from leaddrum.web.map_drawing import Step, draw
from leaddrum.web.setup.drum_fields import ESCALATIONS
from leaddrum.web.viewer import Signed, Viewer, signed_in

DAYS = (1, 7)
LISTED = 100


@require_safe
@signed_in
def drum_map(request: Signed) -> HttpResponse:
    """The way of a lead through one of the drums he sees."""
    viewer = request.viewer
    drum = _drum(viewer, request.GET.get("drum", ""))
    days = _days(request)
    context: dict[str, Any] = {"drums": viewer.drums, "drum": drum, "days": days, "periods": DAYS}
    if drum is not None:
        now = flow.of(drum, viewer.org.policies[drum.pk], _since(viewer, days))
        steps = _steps(viewer, drum, now)
        context |= {"steps": steps, "drawing": draw(steps), "now": now}
    return render(request, "leaddrum/map/map.html", context)


@require_safe
@signed_in
def leads(request: Signed, key: str, step: str) -> HttpResponse:
    """The leads behind one step, the newest first."""
    viewer = request.viewer
    drum, days = _drum(viewer, key), _days(request)
    if drum is None or drum.key != key:
        raise Http404
    steps = {one.key: one for one in _steps(viewer, drum, Flow(0, 0, 0, 0, 0, 0, 0))}
    if step not in steps or not steps[step].leads:
        raise Http404
    numbers = _numbers(drum, viewer.org.policies[drum.pk], step, _since(viewer, days))
    found = viewer.leads().filter(pk__in=numbers).select_related("owner", "stage").order_by("-arrived_at")
    context = {"drum": drum, "days": days, "step": steps[step], "leads": found[:LISTED], "most": LISTED}
    return render(request, "leaddrum/map/leads.html", context)


def _numbers(drum: Drum, policy: Policy, step: str, since: datetime) -> list[int]:
    """Numbers of the newest leads of a step."""
    open_ones = flow.open_cycles(drum).order_by("-opened_at").values_list("lead", flat=True)
    called = open_ones.filter(Q(state=Cycle.State.WITH_HEAD) | Q(misses__gte=policy.escalate_after))
    rows: dict[str, QuerySet[Any, int]] = {
        "arrived": flow.arrived(drum, since).order_by("-arrived_at").values_list("pk", flat=True),
        "offered": open_ones.filter(state=Cycle.State.OFFERED),
        "held": open_ones.filter(state=Cycle.State.HELD),
        "taken": flow.taken(drum, since).order_by("-ended_at").values_list("lead", flat=True),
        "missed": flow.missed(drum, since).order_by("-pk").values_list("lead", flat=True),
        "head": called,
    }
    return list(dict.fromkeys(rows[step][:LISTED]))


def _drum(viewer: Viewer, key: str) -> Drum | None:
    """The drum asked for, else the first he sees."""
    return next((drum for drum in viewer.drums if drum.key == key), next(iter(viewer.drums), None))


def _days(request: Signed) -> int:
    return 7 if request.GET.get("days") == "7" else 1


def _since(viewer: Viewer, days: int) -> datetime:
    """The midnight with which the period begins; of today, or of six days before."""
    day = timezone.localdate(viewer.now) - timedelta(days=days - 1)
    return datetime.combine(day, time(), viewer.zone)


def _steps(viewer: Viewer, drum: Drum, now: Flow) -> list[Step]:
    """The steps as this drum's settings make them."""
    policy = viewer.org.policies[drum.pk]
    mode = next(str(what) for code, _label, what in ESCALATIONS if code == policy.escalation)
    budget = words.duration(policy.budget)
    after = _after(policy)
    head = viewer.org.drum_head(drum.pk, viewer.org.roster(drum.pk, None), viewer.now)
    claim = policy.strategy is Strategy.CLAIM and policy.rotate
    return [
        Step("arrived", _("A lead appears"), _stages(drum, policy), now.arrived),
        Step(
            "held",
            _("Waits"),
            _("outside service hours, nobody there or free, or all have just had it"),
            now.held,
            live=True,
        ),
        Step(
            "offered",
            _("Offered to everybody") if claim else _("Offered, the responsible person is told"),
            _("%(budget)s of working time. %(reminders)s") % {"budget": budget, "reminders": _reminders(policy)},
            now.offered,
            live=True,
        ),
        Step("question", _("Taken in time?"), "", None, leads=False),
        Step("taken", _("The lead is taken"), _("next: a call to the client"), now.taken),
        Step("missed", _("A miss in the journal"), _missed(policy), now.missed),
        Step(
            "enough",
            ngettext("%(count)d miss?", "%(count)d misses?", policy.escalate_after) % {"count": policy.escalate_after},
            after,
            None,
            leads=False,
        ),
        Step(
            "head",
            _("Head: %(name)s") % {"name": viewer.names.get(head or 0, _("nobody"))},
            mode,
            now.head,
            live=True,
        ),
    ]


def _stages(drum: Drum, policy: Policy) -> str:
    titles = dict(drum.company.stage_set.filter(key__in=policy.entry).values_list("key", "title"))
    names = [_("“%(name)s”") % {"name": titles.get(key, key)} for key in policy.entry]
    return ngettext("stage %(stages)s", "stages %(stages)s", len(names)) % {"stages": ", ".join(names)}


def _after(policy: Policy) -> str:
    """Where a missed lead goes."""
    if not policy.rotate:
        return _("the lead stays with its owner")
    if policy.strategy is Strategy.CIRCLE:
        return _("round again")
    return _("next %(how)s") % {"how": chosen("strategy", policy.strategy)}


def _missed(policy: Policy) -> str:
    """Who hears of a miss: of an offer to everybody nobody in particular."""
    if not policy.rotate:
        return _("whoever missed it is told; the lead stays")
    if policy.strategy is Strategy.CLAIM:
        return _("the lead is offered to everybody again")
    return _("whoever missed it is told who has the lead now")


def _reminders(policy: Policy) -> str:
    if not policy.warn_at:
        return _("No reminders.")
    *others, last = [words.duration(policy.budget * share) for share in policy.warn_at]
    times = _("%(several)s and %(last)s") % {"several": ", ".join(others), "last": last} if others else last
    return _("Reminders after %(times)s.") % {"times": times}
