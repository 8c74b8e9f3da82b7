"""Each person beside everybody in his drum: only turns he really had; what was not his fault stands apart."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leaddrum import words
from leaddrum.facts.people import WITHIN, PersonFigures
from leaddrum.facts.people import people as figures_of
from leaddrum.models import Drum
from leaddrum.web.analytics import shapes
from leaddrum.web.analytics.asked import EVERYBODY, Asked
from leaddrum.web.analytics.frame import page, said, wanted
from leaddrum.web.viewer import Signed, heads_only


@require_safe
@heads_only
def people(request: Signed) -> HttpResponse:
    asked = wanted(request)
    found = figures_of(asked.period)
    drums = dict(Drum.objects.filter(company=request.viewer.company).values_list("pk", "name"))
    together = found.together
    context = {
        "rows": [_row(request, asked, one, drums.get(one.drum or 0, "")) for one in found.rows],
        "together": together,
        "query": asked.query,
        "median": said(together.clock.median),
        "ninth": said(together.clock.ninth),
        "percent": words.percent(together.share),
    }
    return page(request, "people", _("People"), asked, context)


def _row(request: Signed, asked: Asked, one: PersonFigures, drum: str) -> dict[str, Any]:
    member = request.viewer.org.people.get(one.person or 0)
    return {
        "name": request.viewer.names.get(one.person or 0, _("An offer to everybody")),
        "figures": one,
        "query": asked.with_(person=member.key if member else EVERYBODY),
        "median": said(one.clock.median),
        "ninth": said(one.clock.ninth),
        "percent": words.percent(one.share),
        "drum": drum,
        "line": shapes.line(one.curve),
        "drums_line": shapes.line(one.drums_curve),
        "curve": _in_words(one.curve),
        "drums_curve": _in_words(one.drums_curve),
    }


def _in_words(curve: tuple[float, ...]) -> str:
    return ", ".join(_within(minutes, share) for minutes, share in zip(WITHIN, curve, strict=True))


def _within(minutes: int, share: float) -> str:
    return _("within %(minutes)s min %(percent)s") % {"minutes": minutes, "percent": words.percent(share)}
