"""A drum that tries two budgets at once: what its leads say so far (S-51)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from leaddrum.adviser.numbers import minutes
from leaddrum.company import saying
from leaddrum.core.policy import Policy
from leaddrum.core.trial import LEAST, Effect, arm, effect
from leaddrum.models import Drum, FactLead
from leaddrum.models import Policy as PolicyRow

MOST_LEADS = 50_000
MOST_WAIT = 8 * 3600  # seconds: a lead that waited longer counts as this, so that one forgotten lead decides nothing
SETTLED = timedelta(days=2)  # younger leads may still wait: they would be missing among the slow ones only


@dataclass(frozen=True, slots=True)
class Trial:
    budgets: tuple[int, int]
    since: datetime
    untaken: tuple[int, int]  # leads of each arm that were closed without a take, or still wait
    effect: Effect


def trial(drum: Drum, now: datetime) -> Trial | None:
    """The trial that runs in this drum; None: none does."""
    rows = PolicyRow.objects.filter(drum=drum).order_by("-version").values_list("spec", "created_at")[:200]
    budgets: tuple[int, ...] = ()
    since = now
    for spec, created_at in rows:
        tried = Policy.from_spec(spec).trial
        if not tried or (budgets and tried != budgets):
            break
        budgets, since = tried, created_at
    if len(budgets) != 2:
        return None
    waits: tuple[list[float], list[float]] = ([], [])
    untaken = [0, 0]
    leads = FactLead.objects.filter(
        company_id=drum.company_id,
        opened_on__gte=since.date() - timedelta(days=1),
        drum_id=drum.pk,
        opened_at__gte=since,
        opened_at__lt=now - SETTLED,
        came_back=False,
        is_deleted=False,
    ).order_by("passage_id")
    for lead, waited in leads.values_list("lead_id", "service_seconds")[:MOST_LEADS]:
        side = arm(drum.key, lead)
        if waited is None:
            untaken[side] += 1
        else:
            waits[side].append(min(waited, MOST_WAIT))
    return Trial((budgets[0], budgets[1]), since, (untaken[0], untaken[1]), effect(*waits))


def told(made: Trial) -> str:
    """What an owner reads: the two arms, the difference, whether it may end."""
    found = made.effect
    values = {
        "first": saying.duration(made.budgets[0]),
        "second": saying.duration(made.budgets[1]),
        "leads": found.first.leads,
        "others": found.second.leads,
        "wait": minutes(found.first.mean),
        "waits": minutes(found.second.mean),
    }
    said = (
        _(
            "On trial: %(first)s (%(leads)s leads, %(wait)s of service hours until the take on average) against "
            "%(second)s (%(others)s leads, %(waits)s)."
        )
        % values
    )
    return f"{said} {_difference(made)} {_ending(made)}"


def _difference(made: Trial) -> str:
    found = made.effect
    if found.low == float("-inf"):
        return ""
    return _("Difference: %(difference)s, surely between %(low)s and %(high)s.") % {
        "difference": _signed(found.difference),
        "low": _signed(found.low),
        "high": _signed(found.high),
    }


def _ending(made: Trial) -> str:
    stop = made.effect.stop
    if stop == "same":
        return _("It may end: the two budgets are as good as each other.")
    if stop:
        better = made.budgets[0] if stop == "first" else made.budgets[1]
        return _("It may end: %(better)s is better.") % {"better": saying.duration(better)}
    if min(made.effect.first.leads, made.effect.second.leads) < LEAST:
        return _("Go on: at least %(least)s leads of each budget are needed.") % {"least": LEAST}
    return _("Go on: it may still be chance. You may look every day, the range allows for that.")


def _signed(seconds: float) -> str:
    return ("−" if seconds < 0 else "+") + minutes(abs(seconds))


def plain(made: Trial | None) -> dict[str, Any] | None:
    if made is None:
        return None
    found = made.effect
    finite = found.low != float("-inf")
    return {
        "budgets": list(made.budgets),
        "since": made.since.isoformat(),
        "leads": [found.first.leads, found.second.leads],
        "untaken": list(made.untaken),
        "mean_wait": [found.first.mean, found.second.mean],
        "difference": found.difference,
        "low": found.low if finite else None,
        "high": found.high if finite else None,
        "stop": found.stop or None,
    }
