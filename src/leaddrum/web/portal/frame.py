"""The pages in a portal's frame: a lead's story in its card's tab, and board and journal behind the menu.

The portal opens all of them at one address and says which by `PLACEMENT`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from leaddrum import clock, engine, words
from leaddrum.crm.bitrix24 import application, install, names
from leaddrum.crm.bitrix24.keys import item_key
from leaddrum.models import Cycle, Stage
from leaddrum.web import board as boards
from leaddrum.web import incidents, offers, remaining
from leaddrum.web.filter import Filter
from leaddrum.web.journal import number_of, rows_of
from leaddrum.web.portal.framing import Visit, entered, framed, guarded, in_frame, shown
from leaddrum.web.story import Now, may
from leaddrum.web.story_lines import story
from leaddrum.web.viewer import Viewer

SDK = "https://api.bitrix24.com"  # the vendor's script, without which an installation cannot be ended
MISSES = 30
log = structlog.stdlib.get_logger("leaddrum.web")


def _opened(request: HttpRequest) -> HttpResponse:
    """The portal opens a page: a card's tab, or the menu."""
    card = _card(request)
    page = _board if card is None else partial(_lead, key=item_key(*card))
    return shown(request, lambda: entered(request, card), page)


def _card(request: HttpRequest) -> tuple[int, int] | None:
    """Type and number of the item whose card's tab this is; None: it is no card's."""
    entity = names.tab(request.POST.get("PLACEMENT", ""))
    return (entity, _number(request.POST.get("PLACEMENT_OPTIONS", ""))) if entity else None


def _install_page(request: HttpRequest) -> HttpResponse:
    """The installer: an administrator's browser opens it once, and it must say that it is done."""
    posted = install.framed(request.GET.dict(), request.POST.dict())
    try:
        app = install.install(posted, now=clock.now())
    except install.Refused as refused:
        log.warning("installation refused", why=str(refused), member=posted.member[:8])
        return render(request, "leaddrum/portal/strange.html", {"why": words_of(refused)}, status=403)
    problems = application.look_after(app, now=clock.now())
    told = {"company": app.company, "problems": problems, "sdk": SDK}
    return in_frame(request, render(request, "leaddrum/portal/installed.html", told), app, script_src=["'self'", SDK])


def words_of(refused: install.Refused) -> str:
    """For the administrator who looks at the page; what exactly was wrong stands in our log."""
    if refused.not_admin:
        return _("Only an administrator of the portal can install the application.")
    return _("This portal is not expected here. Name it in LeadDrum first: leaddrum application bitrix24.")


opened = guarded(_opened)
install_page = guarded(_install_page)


def _number(options: str) -> int:
    """The item's number in `{"ID":"915"}`; 0: it is not there."""
    try:
        found = orjson.loads(options)
        return int(found.get("ID", 0)) if isinstance(found, dict) else 0
    except (ValueError, TypeError):
        return 0


@framed
def lead(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The same tab again: its fragment asks for itself."""
    return _lead(request, visit, request.POST.get("key", ""))


@framed
def take(request: HttpRequest, visit: Visit) -> HttpResponse:
    """He takes the lead of this page; what was too late is answered precisely (S-34)."""
    cycle = visit.viewer.cycles().filter(pk=number_of(request.POST.get("cycle")) or 0).first()
    turn = number_of(request.POST.get("turn"))
    key = request.POST.get("key", "")
    if cycle is None or turn is None:
        return _lead(request, visit, key, _("Nothing was taken: this offer is not known."))
    try:
        done = engine.take(cycle.pk, turn, by=visit.viewer.person.pk, now=visit.viewer.now)
    except engine.Refused as refused:
        return _lead(request, visit, key, words.refusal(refused))
    mine = visit.viewer.person.pk
    if isinstance(done, engine.Stale) and not (done.code == "taken" and done.holder == mine):
        viewer = visit.viewer
        return _lead(request, visit, key, words.stale(done, viewer.names, viewer.zone, viewer.now))
    return _lead(request, visit, key)


def _lead(request: HttpRequest, visit: Visit, key: str, problem: str = "") -> HttpResponse:
    viewer = visit.viewer
    one = visit.lead(key)
    told: dict[str, Any] = {"visit": visit, "key": key, "problem": problem, "lead": one}
    if one is not None:
        cycles = Cycle.objects.filter(lead=one).select_related("drum", "holder", "taken_by")
        newest = cycles.order_by("-number").first()
        told |= {
            "cycle": newest,
            "now": Now.of(one, newest, viewer),
            "may": may(one, newest, viewer),
            "remaining": remaining.of(newest, viewer.org, viewer.now) if newest else None,
            "story": story(one, None, viewer.names, viewer.zone, _titles(viewer)),
        }
    whole = "HX-Request" not in request.headers
    return render(request, "leaddrum/portal/lead.html" if whole else "leaddrum/portal/_lead.html", told)


def _titles(viewer: Viewer) -> dict[str, str]:
    return dict(Stage.objects.filter(company=viewer.company).values_list("key", "title"))


def _board(request: HttpRequest, visit: Visit) -> HttpResponse:
    viewer = visit.viewer
    stages = list(Stage.objects.filter(company=viewer.company, active=True))
    sizes = {stage.pk: boards.PAGE for stage in stages}
    columns = boards.columns(viewer, stages, sizes, Filter(), {}, lambda card: card)
    told = {
        "visit": visit,
        "at": "board",
        "columns": [one for one in columns if one.count],
        "offers": offers.of(viewer.person, viewer.org, viewer.now),
    }
    return render(request, "leaddrum/portal/board.html", told)


board = framed(_board)


@framed
def journal(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The newest misses he may see: an employee his own, a head his people's."""
    viewer = visit.viewer
    page = incidents.page(viewer.incidents(), number_of(request.POST.get("before")))
    rows = rows_of(page.rows[:MISSES], viewer)
    whole = f"{settings.PUBLIC_URL}/journal" if settings.PUBLIC_URL else ""
    return render(
        request, "leaddrum/portal/journal.html", {"visit": visit, "at": "journal", "rows": rows, "whole": whole}
    )
