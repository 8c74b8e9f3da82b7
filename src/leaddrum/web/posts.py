"""Where teams hear of their leads as a group: chats and webhooks of the company. For administrators."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leaddrum import engine
from leaddrum.channels import codes, outside, telegram_updates
from leaddrum.channels.webhook import secret_of
from leaddrum.engine import ways
from leaddrum.models import Department, Effect, Outlet
from leaddrum.web.viewer import Signed, admins_only


@require_safe
@admins_only
def posts(request: Signed) -> HttpResponse:
    return render(request, "leaddrum/channels/posts.html", _context(request))


def _context(request: Signed) -> dict[str, Any]:
    company = request.viewer.company
    return {
        "outlets": list(Outlet.objects.filter(company=company).select_related("department")),
        "departments": list(Department.objects.filter(company=company, active=True)),
        "telegram": telegram_updates.bot_name(),
        "telegram_set": bool(settings.TELEGRAM_TOKEN),
        "last": _last(company.pk),
    }


def _last(company: int) -> dict[int, Effect]:
    """The newest message to each post that did not get through yet, or is on its way."""
    waiting = Effect.objects.extra(where=["leaddrum_effect.state IN ('pending', 'failed')"])
    rows = waiting.filter(company_id=company).exclude(outlet=None).order_by("pk")[:500]
    return {row.outlet: row for row in rows if row.outlet is not None}


def _department(request: Signed) -> Department | None:
    key = request.POST.get("department", "").replace("\x00", "")
    found = Department.objects.filter(company=request.viewer.company, active=True)
    return get_object_or_404(found, key=key) if key else None


@require_POST
@admins_only
def chat(request: Signed) -> HttpResponse:
    """A code that binds the group it is sent in."""
    viewer = request.viewer
    name = telegram_updates.bot_name()
    if not name:
        messages.error(request, _("The bot is not connected yet: ask the administrator."))
        return redirect("posts")
    code = codes.make(viewer.company, department=_department(request), now=viewer.now)
    page = {"bot": name, "code": code, "minutes": codes.MINUTES, "group": True}
    page["url"] = f"https://t.me/{name}?startgroup={code}"
    answer = render(request, "leaddrum/channels/telegram.html", page)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@require_POST
@admins_only
def webhook(request: Signed) -> HttpResponse:
    """Another program hears of leads from now on. Its secret is shown now and not again."""
    viewer = request.viewer
    url = request.POST.get("url", "").strip()
    shape = "text" if request.POST.get("shape") == "text" else "json"
    wrong = outside.looks_right(url)
    if wrong:
        messages.error(request, str(outside.WRONG[wrong]))
        return render(request, "leaddrum/channels/posts.html", {**_context(request), "url": url[:1000]}, status=422)
    department = _department(request)
    title = request.POST.get("title", "").replace("\x00", "").strip() or urlsplit(url).hostname or ""
    address = ways.Address("webhook", url, title[:200], {"secret": secrets.token_hex(16)})
    number = department.pk if department else None
    pk = engine.ways.open_outlet(viewer.company.pk, address, department=number, shape=shape, now=viewer.now)
    secret = secret_of(Outlet.objects.get(pk=pk))
    return render(request, "leaddrum/channels/secret.html", {"secret": secret, "title": title})


@require_POST
@admins_only
def test(request: Signed, pk: int) -> HttpResponse:
    viewer = request.viewer
    outlet = get_object_or_404(Outlet, company=viewer.company, pk=pk)
    engine.ways.test_outlet(viewer.company.pk, outlet.pk, by=viewer.person.pk, now=viewer.now)
    messages.success(request, _("A test is on its way: %(channel)s.") % {"channel": outlet.title or outlet.channel})
    return redirect("posts")


@require_POST
@admins_only
def close(request: Signed, pk: int) -> HttpResponse:
    outlet = get_object_or_404(Outlet, company=request.viewer.company, pk=pk)
    engine.ways.close_outlet(request.viewer.company.pk, outlet.pk)
    messages.success(request, _("Nothing is told there any more."))
    return redirect("posts")
