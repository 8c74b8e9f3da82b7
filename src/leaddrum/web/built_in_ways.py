"""The ways in that every company has: the form page of each drum and the API, in the list and on pages of their own.
And what is shown of every way: how it fares, what came by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from leaddrum import engine, links, words
from leaddrum.models import ApiToken, Company, Drum, Import, Request, Way
from leaddrum.web.viewer import Signed, Viewer
from leaddrum.words import ways_in

RECENT = 20
COUNTED = 1000
"""Requests whose leads are counted; a way with more says "1000+"."""
TOKENS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One of the list. `drum`: whose form page it is, None: the API. `way`: nothing has come by it yet if None."""

    name: str
    drum: Drum | None
    way: Way | None


def rows(company: Company, found: Sequence[Way]) -> list[Row]:
    """The form page of each drum in the company file's order, and the API."""
    known = {(way.kind, way.drum_id): way for way in found if way.is_built_in}
    pages = [
        Row(words.way_in("page", drum.name), drum, known.get(("page", drum.pk)))
        for drum in Drum.objects.filter(company=company, active=True)
    ]
    return [*pages, Row(engine.built_in.API, None, known.get(("api", None)))]


def last_import(company: Company) -> datetime | None:
    """When a table has brought something last."""
    brought = Import.objects.filter(Q(added__gt=0) | Q(joined__gt=0), company=company)
    return brought.order_by("-pk").values_list("created_at", flat=True).first()


def page(request: Signed, way: Way) -> HttpResponse:
    """How it fares, where it is, whether it is watched, what came by it."""
    viewer, drum = request.viewer, way.drum
    context = {"way": way, "drum": drum, **came_by(way, viewer)}
    if way.kind == Way.Kind.PAGE and drum is not None:
        context["address"] = links.public_url() + reverse("form", args=[viewer.company.key, drum.key])
    if way.kind == Way.Kind.API:
        sending = ApiToken.objects.filter(company=viewer.company, role__in=[ApiToken.Role.ADMIN, ApiToken.Role.INTAKE])
        context["tokens"] = sending.order_by("-pk")[:TOKENS]
    return render(request, "leaddrum/ways/built_in.html", context)


def came_by(way: Way, viewer: Viewer) -> dict[str, Any]:
    """What came by a way last, how many leads, and how silent it is if they were told that it is."""
    newest = Request.objects.filter(way=way).order_by("-pk")
    brought = newest.values_list("lead", flat=True)[:COUNTED]
    leads = len({lead for lead in brought if lead is not None})
    said: dict[str, Any] = {
        "recent": list(newest.select_related("lead")[:RECENT]),
        "leads": leads,
        "leads_shown": f"{leads}+" if len(brought) == COUNTED else leads,
    }
    quiet = engine.silent_ways.of(way, viewer.org, viewer.now)
    if quiet is not None:
        said |= {"silence": words.silence(quiet.usual, quiet.lasts), "tried": ways_in.TRY[way.kind]}
    return said
