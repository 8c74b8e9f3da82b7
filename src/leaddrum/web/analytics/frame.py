"""What the analytics pages share: the filter above, and how figures are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from leaddrum import words
from leaddrum.facts import figures
from leaddrum.web.analytics.asked import Asked, asked, choices
from leaddrum.web.viewer import Signed


def wanted(request: Signed) -> Asked:
    """What the address asks for."""
    return asked(request.viewer, request.GET, timezone.localdate(request.viewer.now))


def page(request: Signed, template: str, title: str, filter_: Asked, context: Mapping[str, Any]) -> HttpResponse:
    return render(
        request,
        f"leaddrum/analytics/{template}.html",
        {
            "title": title,
            "asked": filter_,
            "scope": filter_.scope,
            "choices": choices(request.viewer),
            "fresh": figures.fresh(request.viewer.company.pk),
            "now": request.viewer.now,
            **context,
        },
    )


def said(seconds: int | None) -> str:
    return "—" if seconds is None else words.duration(seconds)


def percent(share: float | None) -> str:
    return "—" if share is None else f"{round(share * 100)} %"
