"""The second factor on pages: the code after the password or the link, and where somebody turns it on and off."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import segno
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from leaddrum import clock, second_factor
from leaddrum.models import Account
from leaddrum.web.viewer import SECOND_FACTOR, Signed, signed_in

HALF = "first-factor"  # of the session: who has shown the first one, until when
WITHIN = timedelta(minutes=10)
FAILURES = parse("5/15minutes")

_failed = MovingWindowRateLimiter(MemoryStorage())


def enter(request: HttpRequest, account: Account, where: str, backend: str | None = None) -> HttpResponse:
    """The first factor was right: in, or to the second one."""
    backend = backend or account.backend
    if second_factor.needed(account):
        until = (clock.now() + WITHIN).timestamp()
        request.session.cycle_key()
        request.session[HALF] = {"account": account.pk, "backend": backend, "where": where, "until": until}
        return redirect("second-code")
    login(request, account, backend=backend)
    return redirect(where)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code of the app, or a spare one."""
    half = request.session.get(HALF)
    now = clock.now()
    account = Account.objects.filter(pk=half["account"], is_active=True).first() if half else None
    if half is None or account is None or half["until"] < now.timestamp():
        request.session.pop(HALF, None)
        return redirect("sign-in")
    if request.method != "POST":
        return _asked(request)
    if not _failed.test(FAILURES, str(account.pk)):
        return _asked(request, _("Too many wrong codes: wait a quarter of an hour."), status=429)
    if not second_factor.accepts(account, request.POST.get("code", "")[:64], now=now):
        _failed.hit(FAILURES, str(account.pk))
        return _asked(request, _("This code does not fit, or was used already."), status=422)
    where = half["where"]
    login(request, account, backend=half["backend"])
    request.session.pop(HALF, None)
    request.session[SECOND_FACTOR] = True
    return redirect(where)


def _asked(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    return render(request, "leaddrum/access/code.html", {"error": error}, status=status)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def setting(request: Signed) -> HttpResponse:
    """On, confirmed by the first code; off, and new spare codes, only with a code."""
    account = request.user
    if not isinstance(account, Account):  # signed_in let only accounts in
        return redirect("sign-in")
    if request.method == "POST":
        return _changed(request, account)
    return _shown(request, account)


def _changed(request: Signed, account: Account) -> HttpResponse:
    action, now = request.POST.get("action", ""), request.viewer.now
    if action == "begin":
        with suppress(ValueError):  # there is one already: the page says so
            second_factor.begin(account, now=now)
        return redirect("second-factor")
    if not _failed.test(FAILURES, str(account.pk)):
        return _shown(request, account, _("Too many wrong codes: wait a quarter of an hour."), status=429)
    said = request.POST.get("code", "")[:64]
    if action == "confirm":
        spare = second_factor.confirm(account, said, now=now)
        if spare is not None:
            request.session[SECOND_FACTOR] = True
            return render(request, "leaddrum/access/spare.html", {"codes": spare})
    elif action == "off" and request.viewer.must_have_second_factor:
        return _shown(request, account)
    elif action in {"off", "spare"} and second_factor.accepts(account, said, now=now):
        if action == "spare":
            return render(request, "leaddrum/access/spare.html", {"codes": second_factor.spare_again(account, now=now)})
        second_factor.off(account)
        request.session.pop(SECOND_FACTOR, None)
        messages.success(request, _("Signing in needs no code any more."))
        return redirect("second-factor")
    _failed.hit(FAILURES, str(account.pk))
    return _shown(request, account, _("This code does not fit, or was used already."), status=422)


def _shown(request: Signed, account: Account, error: str = "", status: int = 200) -> HttpResponse:
    page = {"on": second_factor.needed(account), "error": error, "must": request.viewer.must_have_second_factor}
    begun = None if page["on"] else second_factor.begun(account)
    if begun is not None:
        address = second_factor.uri(begun, name=account.email or account.username, issuer="LeadDrum")
        picture = segno.make(address, error="m").svg_inline(scale=4, border=4, omitsize=True, light="#fff")
        page["address"] = address
        page["secret"] = second_factor.secret_of(begun)
        page["picture"] = mark_safe(picture)  # noqa: S308  # drawn here, from our own address
    return render(request, "leaddrum/access/second.html", page, status=status)
