"""Where teams hear of their leads as a group: chats and webhooks of the company. For administrators."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leaddrum import engine
from leaddrum.channels import codes, telegram_updates
from leaddrum.models import Department, Outlet
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
    }


def _department(request: Signed) -> Department | None:
    key = request.POST.get("department", "")
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
def close(request: Signed, pk: int) -> HttpResponse:
    outlet = get_object_or_404(Outlet, company=request.viewer.company, pk=pk)
    engine.ways.close_outlet(request.viewer.company.pk, outlet.pk)
    messages.success(request, _("Nothing is told there any more."))
    return redirect("posts")
