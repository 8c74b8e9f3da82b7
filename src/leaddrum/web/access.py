"""Coming in and going out: password, one-time link, a link asked for by e-mail, a password of one's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from leaddrum import access, clock
from leaddrum.models import Account, Person
from leaddrum.web import second
from leaddrum.web.viewer import Signed, signed_in

THEMES = ("auto", "light", "dark")
LINKS_A_NAME = parse("3/15minutes")
LINKS_AT_ALL = parse("120/15minutes")  # a flood of asked-for links must not become a flood of mail
FAILURES_A_NAME = parse("50/hour")  # from all addresses together; from one of them django-axes allows 5
LONGEST = 254
BY_LINK = "django.contrib.auth.backends.ModelBackend"

_failed = MovingWindowRateLimiter(MemoryStorage())
_asked = MovingWindowRateLimiter(MemoryStorage())
mailing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sign-in-mail")
log = structlog.stdlib.get_logger("leaddrum.access")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name or e-mail and password. django-axes counts the failures of an address and locks it out for a while; failures
    from many addresses shut the password's way, not that of the links."""
    where = _next(request)
    if request.user.is_authenticated and request.method != "POST":
        return redirect(where)
    name = request.POST.get("name", "").replace("\x00", "").strip()[:LONGEST]
    if request.method != "POST":
        return render(request, "leaddrum/access/sign_in.html", {"next": where})
    username = _username(name)
    if not _failed.test(FAILURES_A_NAME, username):
        return locked_out(request)
    account = authenticate(request, username=username, password=request.POST.get("password", "")[:4096])
    if account is None:
        _failed.hit(FAILURES_A_NAME, username)
        page = {"next": where, "name": name, "error": _("The e-mail, name or password is wrong.")}
        return render(request, "leaddrum/access/sign_in.html", page, status=422)
    return second.enter(request, account, where)


def _username(name: str) -> str:
    """The account's name for what he typed: that name itself, or an e-mail that belongs to one person only."""
    if "@" in name:
        found = list(Person.objects.filter(email__iexact=name, active=True, account__isnull=False)[:2])
        if len(found) == 1 and found[0].account is not None:
            return found[0].account.username
    return name.lower() if "@" in name else name


def _next(request: HttpRequest) -> str:
    where = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure()):
        return where
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def locked_out(request: HttpRequest, *_original: object) -> HttpResponse:
    """What somebody sees who failed too often (settings.AXES_LOCKOUT_CALLABLE)."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "leaddrum/access/locked_out.html", {"minutes": minutes}, status=429)


def operators(request: HttpRequest) -> HttpResponse:
    """Operators come in by the same door as everybody: with its throttle, and with the second factor of whoever has
    one. The admin's own page would ask for neither."""
    if request.user.is_authenticated:
        raise PermissionDenied(_("This part is for those who run the installation."))
    return redirect(resolve_url("sign-in") + "?" + urlencode({"next": _next(request)}))


def page_is_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A press from a page whose token counts no more, because somebody has signed in here since
    (settings.CSRF_FAILURE_VIEW). A page that presses by itself loads itself anew, and is told so."""
    del reason
    page = render(request, "403_csrf.html", status=403)
    if request.headers.get("HX-Request"):
        page["HX-Refresh"] = "true"
        if request.headers.get("HX-Current-URL"):  # htmx forgets the press; `sure.js` keeps it and sends it again
            messages.warning(request, _("This page had grown old, and nothing was changed. Now press once more."))
    return page


# By link


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link. Looking at it uses nothing up, so a mail program may; pressing the button does."""
    now = clock.now()
    if request.method == "POST":
        account = access.consume_link(token, now=now)
        if account is not None:
            return second.enter(request, account, resolve_url(settings.LOGIN_REDIRECT_URL), BY_LINK)
    elif (account := access.peek_link(token, now=now)) is not None:
        person = Person.objects.filter(account=account).select_related("company").first()
        return render(request, "leaddrum/access/link.html", {"person": person, "account": account})
    return render(request, "leaddrum/access/link_spent.html", status=410)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_link(request: HttpRequest) -> HttpResponse:
    """Sends a link to everybody with that address. The answer is the same whether there is such a person or not."""
    if request.method != "POST":
        return render(request, "leaddrum/access/ask_link.html")
    address = request.POST.get("email", "").replace("\x00", "").strip()[:LONGEST].lower()
    if "@" not in address:
        page = {"email": address, "error": _("Write the e-mail address that your company has of you.")}
        return render(request, "leaddrum/access/ask_link.html", page, status=422)
    if _asked.hit(LINKS_A_NAME, "name", address):
        for person in Person.objects.filter(email__iexact=address, active=True).select_related("company", "account"):
            if _asked.hit(LINKS_AT_ALL, "all"):  # addresses of nobody count nothing: they must shut out nobody
                _send_link(request, person)
            else:
                log.warning("too many sign-in links are asked for: none is sent for a while")
    return render(request, "leaddrum/access/link_sent.html", {"email": address, "minutes": access.LINK_MINUTES})


def _send_link(request: HttpRequest, person: Person) -> None:
    """Made here, sent behind the answer: how long the mail server takes must not tell who works here."""
    secret = access.make_link(access.account_of(person), now=clock.now())
    root = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    with translation.override(person.language or person.company.language):
        mail = EmailMessage(
            subject=_("Sign in to LeadDrum"),
            body=_(
                "Hello, %(name)s!\n\nThis link signs you in, once, within %(minutes)d minutes:\n%(link)s\n\n"
                "If you did not ask for it, do nothing.\n"
            )
            % {
                "name": person.name,
                "minutes": access.LINK_MINUTES,
                "link": root + reverse("sign-in-link", args=[secret]),
            },
            to=[person.email],
        )
    mailing.submit(_mail, mail)


def _mail(mail: EmailMessage) -> None:
    """The answer of the page is the same whether it goes out or not, so the log is where that is seen."""
    try:
        mail.send()
    except Exception as error:  # whatever it is, the next mail has its turn
        log.error("a mail about signing in could not be sent", error=type(error).__name__)


# Signed in

if TYPE_CHECKING:
    _Chosen = SetPasswordForm[Account]
else:
    _Chosen = SetPasswordForm


class FirstPassword(_Chosen):
    """What is wrong with a password stands where it is chosen; only that the two differ stands at the second field."""

    def validate_password_for_user(self, user: Account, password_field_name: str = "") -> None:
        del password_field_name  # Django would have it at the second one
        super().validate_password_for_user(user, "new_password1")


class ChangedPassword(FirstPassword, PasswordChangeForm):
    """The same, after the old one."""


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session here."""
    logout(request)
    return redirect("sign-in")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def password(request: Signed) -> HttpResponse:
    """Sets the first password, or changes it; other sessions of the account end with it."""
    account = request.user
    if not isinstance(account, Account):  # signed_in let only accounts in
        return redirect("sign-in")
    kind = ChangedPassword if account.has_usable_password() else FirstPassword
    form = kind(account, request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, account)
        _tell_of_password(request.viewer.person)
        messages.success(request, _("Your password is set."))
        return redirect("home")
    status = 422 if form.is_bound else 200
    return render(request, "leaddrum/access/password.html", {"form": form}, status=status)


def _tell_of_password(person: Person) -> None:
    """Somebody else may have done it on his unlocked computer: he reads of it where he reads his mail."""
    if not person.email:
        return
    with translation.override(person.language or person.company.language):
        mail = EmailMessage(
            subject=_("Your LeadDrum password was set"),
            body=_(
                "Hello, %(name)s!\n\nThe password of your account was set just now. "
                "If it was not you, sign in by a link, set another one, and tell your administrator.\n"
            )
            % {"name": person.name},
            to=[person.email],
        )
    mailing.submit(_mail, mail)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the system has it; kept in a cookie of this browser."""
    chosen = request.POST.get("theme", "")
    answer = redirect(_next(request))
    if chosen in THEMES:
        answer.set_cookie(
            "theme",
            chosen,
            max_age=timedelta(days=365),
            secure=bool(settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
        )
    return answer
