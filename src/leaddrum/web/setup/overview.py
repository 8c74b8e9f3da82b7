"""Set-up at a glance: every drum with its time, its people and its worst case, and what is doubtful."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from leaddrum.company import labels, saying
from leaddrum.company.editing import judged
from leaddrum.company.hours import rosters
from leaddrum.company.lint import Lint
from leaddrum.company.places import of_itself, place
from leaddrum.company.scope import Scope
from leaddrum.company.settings import Settings
from leaddrum.company.shape import CompanyFile, Drum
from leaddrum.core.hours_spec import DAYS, GROUPS
from leaddrum.web.setup.page import in_force, scope_of
from leaddrum.web.viewer import Signed, heads_only


@dataclass(frozen=True, slots=True)
class Card:
    """A drum in a few words."""

    key: str
    name: str
    budget: str
    misses: int
    people: int
    worst: str
    doubts: int
    his: bool


@require_safe
@heads_only
def overview(request: Signed) -> HttpResponse:
    """What there is to set up, and what deserves a look."""
    viewer = request.viewer
    now = in_force(viewer.company)
    scope = scope_of(viewer)
    found = judged(now.file, viewer.now)
    seen = {drum.key for drum in viewer.drums}
    context = {
        "drums": [card for card in _cards(now, found, scope) if card.key in seen],
        "doubts": [(place(now.file, one.key), one.what) for one in found.problems] if viewer.is_admin else [],
        "hours": [
            (key, now.file.hours(key), _week(spec))
            for key, spec in now.file.calendars.items()
            if scope.has_calendar(now.file, key)
        ],
        "number": now.number,
        **_counts(now.file, scope),
    }
    return render(request, "leaddrum/setup/overview.html", context)


def _cards(now: Settings, found: Lint, scope: Scope) -> list[Card]:
    return [
        _card(now.file, drum, worst, found, scope)
        for drum, worst in zip(now.file.drums, found.worst_cases, strict=True)
    ]


def _card(file: CompanyFile, drum: Drum, worst: str, found: Lint, scope: Scope) -> Card:
    people = {person.key for crew in rosters(file, drum) for person in crew}
    place = f"drums[{drum.key}]"
    return Card(
        key=drum.key,
        name=drum.name,
        budget=saying.duration(drum.policy.budget),
        misses=drum.policy.escalate_after,
        people=len(people),
        worst=of_itself(worst, drum.name),
        doubts=sum(problem.key.startswith(place) for problem in found.problems),
        his=scope.has_drum(file, drum),
    )


def _week(spec: Mapping[str, Any]) -> str:
    """A calendar's hours in a few words: its first days, or that it is a shift plan."""
    parts = [f"{labels.label(key)} {', '.join(spec[key])}" for key in (*GROUPS, *DAYS) if spec.get(key)]
    said = "; ".join(parts[:2]) if parts else labels.label("shifts")
    return capfirst(said) + ("…" if len(parts) > 2 else ".")


def _counts(file: CompanyFile, scope: Scope) -> dict[str, int]:
    """How many there are of each; of people those who work here and whom he may see."""
    return {
        "people": sum(person.active and (scope.admin or person.key in scope.people) for person in file.people),
        "departments": len(file.departments),
        "calendars": len(file.calendars),
        "routes": len(file.routes),
        "stages": len(file.stages),
    }
