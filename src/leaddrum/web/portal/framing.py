"""Our pages in a portal's frame: who looks, and who may frame them.

Cookies do not work there: browsers keep those of a framed site away. So the portal posts a token of the one who looks;
the portal itself, asked at the address we know, says whose it is (`crm.bitrix24.install.verified`), and nothing that a
browser says about him is believed. After that a signed pass goes along in each form of the page; it stands in no
address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from csp.decorators import csp_replace
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leaddrum import clock
from leaddrum.crm.bitrix24 import application, install, names
from leaddrum.crm.bitrix24.keys import item_key
from leaddrum.models import Lead, Person, PortalApp
from leaddrum.web.viewer import Viewer

SALT = "leaddrum.portal.frame"
LIFE = 8 * 3600  # seconds: a page that stays open over a working day
log = structlog.stdlib.get_logger("leaddrum.web")


@dataclass(frozen=True)
class Visit:
    """Somebody of a portal who looks at one of our pages in its frame."""

    app: PortalApp
    viewer: Viewer
    card: str = ""  # the key of a card that the portal let him read, whatever he sees here

    @property
    def signed(self) -> str:
        return signing.dumps([self.app.pk, self.viewer.person.pk, self.card], salt=SALT)

    def lead(self, key: str) -> Lead | None:
        """The lead of a card, if he may read it: by his part in the drums, or because the portal lets him."""
        if not key:
            return None
        shown = Lead.objects.filter(company=self.viewer.company, deleted_at=None)
        leads = shown if key == self.card else self.viewer.leads()
        return leads.filter(crm_key=key).select_related("stage", "owner").first()


class Strange(Exception):
    """He is not let in; the text is for him."""


@dataclass
class NoPart(Exception):
    """The portal has confirmed him, but he is none of the company's people. `admin`: of the portal."""

    app: PortalApp
    admin: bool


Page = Callable[[HttpRequest, Visit], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def framed(page: Page) -> View:
    """A page that carries the pass: `page(request, visit)`, in the language and zone of who looks."""

    @wraps(page)
    def view(request: HttpRequest) -> HttpResponse:
        return shown(request, lambda: _again(request.POST.get("pass", "")), page)

    return guarded(view)


def guarded(view: View) -> View:
    """By POST, without our cookies, kept in no cache."""
    return never_cache(csrf_exempt(xframe_options_exempt(require_POST(view))))


def shown(request: HttpRequest, enter: Callable[[], Visit], page: Page) -> HttpResponse:
    """The page for who comes in, or why he does not; only his own portal may frame it."""
    try:
        visit = enter()
    except Strange as why:
        return render(request, "leaddrum/portal/strange.html", {"why": str(why)}, status=403)
    except NoPart as stranger:
        translation.activate(stranger.app.company.language)
        return in_frame(request, render(request, "leaddrum/portal/no_part.html", {"stranger": stranger}), stranger.app)
    request.viewer = visit.viewer  # type: ignore[attr-defined]  # as signed pages have it
    translation.activate(visit.viewer.person.language or visit.viewer.company.language)
    with timezone.override(visit.viewer.zone):
        answer = page(request, visit)
    return in_frame(request, answer, visit.app)


def in_frame(request: HttpRequest, answer: HttpResponse, app: PortalApp, **sources: list[str]) -> HttpResponse:
    """The answer, to be framed by this portal. `sources`: further sources of scripts, for the page that installs."""
    parts = urlsplit(app.base)
    policy: dict[str, Any] = {"frame-ancestors": [f"{parts.scheme}://{parts.netloc}"]}
    policy |= {name.replace("_", "-"): value for name, value in sources.items()}
    answer = cast("HttpResponse", csp_replace(policy)(lambda _request: answer)(request))
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def entered(request: HttpRequest, card: tuple[int, int] | None = None) -> Visit:
    """Whoever the portal's own post brings. `card`: what his browser says he opens; the portal says whether he may.

    Raises:
        Strange: the portal is unknown, or does not say whose token it is.
        NoPart: he is none of the company's people.
    """
    posted = install.framed(request.GET.dict(), request.POST.dict())
    app = PortalApp.objects.select_related("company").filter(member_id=posted.member).first() if posted.member else None
    try:
        if app is None or app.state != PortalApp.State.INSTALLED:
            app = install.install(posted, now=clock.now())
            application.look_after(app, now=clock.now())
        who = install.verified(app, posted.access, card)
    except install.Refused as refused:
        log.warning("page in a portal's frame refused", why=str(refused), member=posted.member[:8])
        raise Strange(_("This portal did not confirm who you are. Open the page from Bitrix24 again.")) from None
    person = names.person_of(app.company_id, who.user)
    if person is None:
        raise NoPart(app, who.admin)
    return Visit(app, Viewer(person, app.company, clock.now()), item_key(*card) if card and who.reads else "")


def _again(signed: str) -> Visit:
    """Whom a pass names.

    Raises:
        Strange: it is none of ours, too old, or he is gone.
    """
    try:
        app_pk, person_pk, card = signing.loads(signed, salt=SALT, max_age=LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        raise Strange(_("This page has been open for too long. Open it from Bitrix24 again.")) from None
    app = PortalApp.objects.select_related("company").filter(pk=app_pk, state=PortalApp.State.INSTALLED).first()
    person = Person.objects.filter(pk=person_pk, active=True).first()
    if app is None or person is None or person.company_id != app.company_id:
        raise Strange(_("You take part in no drum of this company yet, so there is nothing here for you."))
    return Visit(app, Viewer(person, app.company, clock.now()), card)
