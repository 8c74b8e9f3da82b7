"""Connecting a Bitrix24 portal on a page, as `leaddrum connect bitrix24` does it: look, ask, show what would be, do it.

1. The webhook's address. It is sealed into the session and is never sent back to a browser.
2. What was found there, and the questions: which stage, who, how long. Only watching is proposed first.
3. What would become of the leads that hang there now; nothing has been written so far.
4. Connected.

For the administrator of a company whose leads live in the portal, or nowhere yet; and for whoever holds the link that
the server printed, while there is no company: then the company comes into being here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leaddrum import access as accounts
from leaddrum import clock, sealed
from leaddrum.crm.bitrix24 import address, connecting, probing, proposing
from leaddrum.crm.bitrix24.access import ByWebhook
from leaddrum.crm.bitrix24.books import InMemory
from leaddrum.crm.bitrix24.client import Client, opened
from leaddrum.models import Account, Company, Person, Portal
from leaddrum.web.portal import questions
from leaddrum.web.setup import fields
from leaddrum.web.setup.values import Values, one, posted
from leaddrum.web.viewer import of

KEPT = "bitrix24_webhook"
PATIENCE = 20.0  # seconds for one answer: somebody waits for the page
REFUSED = (probing.NoPortal, connecting.CannotConnect, proposing.NotChosen)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is here: an administrator with his company, or the founder without one."""

    company: Company | None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    asking = _who(request)
    if request.method != "POST":
        return _page(request, asking, {})
    values = posted(request.POST)
    step = one(values, "step")
    if step == "look":
        return _look(request, asking, values)
    try:
        hook = address.webhook(sealed.unseal_one(request.session[KEPT]))
    except (KeyError, sealed.UnreadableError, address.WrongAddress):
        return _page(request, asking, {}, _("The page has been open for too long. Paste the address once more."))
    return _with(request, asking, hook, values, step)


def _who(request: HttpRequest) -> Asking:
    """
    Raises:
        PermissionDenied: neither.
    """
    viewer = of(request)
    if viewer is not None and viewer.is_admin:
        return Asking(viewer.company)
    if viewer is None and isinstance(request.user, Account) and accounts.may_found(request.user):
        return Asking(None)
    raise PermissionDenied(_("An administrator connects a portal."))


def _look(request: HttpRequest, asking: Asking, values: Values) -> HttpResponse:
    """Steps 1 and 2: the address is kept, and what it opens is shown."""
    try:
        hook = address.webhook(one(values, "address"))
    except address.WrongAddress as error:
        return _page(request, asking, {}, str(error))
    request.session[KEPT] = sealed.seal_one(hook.url)
    return _with(request, asking, hook, {}, "ask")


def _with(request: HttpRequest, asking: Asking, hook: address.Webhook, values: Values, step: str) -> HttpResponse:
    way = ByWebhook(hook)
    http = opened(way.base)
    http.timeout = PATIENCE
    client = Client(way, InMemory(), http)
    try:
        _ours(asking, way.base)
        connecting.check_same(asking.company, hook)
        found = probing.probe(client, clock.now())
        if found.problems:
            return _page(request, asking, {"problems": found.problems}, status=422)
        if asking.company is None and not (found.admin and found.employed):
            raise connecting.CannotConnect(
                _("The first webhook must be one of an administrator who works in the portal.")
            )
        told = {"found": found, "host": urlsplit(way.base).netloc, **_plan(found)}
        if step not in ("show", "connect"):
            return _questions(request, asking, found, told, values or questions.standard(found), {})
        choice, wrong = questions.choice(found, values)
        if choice is None:
            return _questions(request, asking, found, told, values, wrong, status=422)
        try:
            proposal = _proposed(asking, choice, found, way.base)
            prepared = connecting.prepared(client, choice, found, proposal, way.base, clock.now(), asking.company)
        except REFUSED as error:
            return _questions(request, asking, found, {**told, "problem": str(error)}, values, {}, status=422)
        if step == "show":
            kept = [(name, text) for name in questions.NAMES for text in values.get(name, [])]
            with timezone.override(ZoneInfo(found.zone)):  # since when they hang there, by the portal's clock
                return _page(request, asking, {**told, "prepared": prepared, "kept": kept, "choice": choice})
        portal = connecting.connect(client, hook, choice, found, proposal, clock.now(), asking.company)
    except REFUSED as error:
        return _page(request, asking, {}, str(error))
    finally:
        client.close()
    return _done(request, asking, portal, choice)


def _ours(asking: Asking, base: str) -> None:
    """
    Raises:
        CannotConnect: this portal, or this folder, is another company's.
    """
    there = connecting.there(base, asking.company)
    if (there.pk if there else None) != (asking.company.pk if asking.company else None):
        raise connecting.CannotConnect(_("Another company here is connected to a portal already."))


def _proposed(asking: Asking, choice: proposing.Choice, found: probing.Found, base: str) -> str:
    host = urlsplit(base).hostname or ""
    language = asking.company.language if asking.company else get_language() or "ru"
    return connecting.proposed(choice, found, asking.company, host=host, language=language, now=clock.now())


def _plan(found: probing.Found) -> dict[str, Any]:
    return {"people": len(found.org["users"]), "departments": len(found.org["departments"])}


def _questions(
    request: HttpRequest,
    asking: Asking,
    found: probing.Found,
    told: dict[str, Any],
    values: Values,
    wrong: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    shown = fields.shown(questions.FIELDS, values, wrong, questions.choices(found, asking.company))
    return _page(request, asking, {**told, "f": list(shown.values())}, status=status)


def _page(
    request: HttpRequest, asking: Asking, told: dict[str, Any], problem: str = "", status: int = 200
) -> HttpResponse:
    portal = Portal.objects.filter(company=asking.company).first() if asking.company else None
    context = {"problem": problem, "connected": portal, **told}
    return render(request, "leaddrum/portal/connect.html", context, status=422 if problem else status)


def _done(request: HttpRequest, asking: Asking, portal: Portal, choice: proposing.Choice) -> HttpResponse:
    """Step 4; the founder is signed in as the portal's administrator that he is."""
    request.session.pop(KEPT, None)
    Company.objects.filter(pk=portal.company_id).update(first_step=None)
    if asking.company is None:
        accounts.founded()
        person = Person.objects.select_related("company", "account").get(
            company=portal.company_id, key=f"b24:{portal.user}"
        )
        login(request, accounts.account_of(person), backend="django.contrib.auth.backends.ModelBackend")
    if choice.watch_only:
        messages.success(request, _("Connected, and only watching: nothing is written into the portal."))
    else:
        messages.success(request, _("Connected."))
    if portal.trouble:
        messages.warning(request, _("Not everything could be made in the portal: %(what)s") % {"what": portal.trouble})
    return redirect("home")
