"""“Ways in”: every channel by which leads come, how it fares, and its last lead."""

from __future__ import annotations

from django.db.models import Count, Min
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaddrum.intake import kinds
from leaddrum.models import Knock, Way
from leaddrum.web import built_in_ways
from leaddrum.web.viewer import Signed, admins_only


@require_safe
@admins_only
def every(request: Signed) -> HttpResponse:
    """All of them."""
    company = request.viewer.company
    found = list(Way.objects.filter(company=company).select_related("drum", "lead"))
    return render(
        request,
        "leaddrum/ways/every.html",
        {
            "ways": [
                {"way": way, "kind": _label_beside(way)}
                for way in sorted(found, key=_fares_well)
                if not way.is_built_in
            ],
            "kinds": list(kinds.KINDS.values()),
            "built_in": built_in_ways.rows(company, found),
            "imported": built_in_ways.last_import(company),
            "knocks": Knock.objects.filter(company=company).aggregate(n=Count("pk"), since=Min("received_at")),
        },
    )


def _fares_well(way: Way) -> bool:
    """What needs a look stands first."""
    return not way.active or not (way.trouble or way.is_silent)


def _label_beside(way: Way) -> str:
    """Its kind, where that says more than its name does: not of one that is only another than those we know."""
    kind = kinds.of(way.kind, way.preset)
    label = str(kind.label) if kind is not None else ""
    other = way.kind in {"calls", "chat"} and not way.preset
    return "" if other or label.casefold().startswith(way.name.casefold()) else label
