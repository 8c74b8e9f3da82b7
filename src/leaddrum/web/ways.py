"""One way in: its settings and its address, how it fares, what came by it, and a button that sends a test lead."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leaddrum import engine, links, sealed, wake, words
from leaddrum.intake import calls, clean, columns, kinds, trying, ways
from leaddrum.intake.hooks import site_form
from leaddrum.intake.hooks.call import MOST, flat
from leaddrum.intake.kinds import Input, Kind
from leaddrum.intake.listening import TroubleError
from leaddrum.models import Drum, Person, Request, Way
from leaddrum.web import built_in_ways
from leaddrum.web.viewer import Signed, Viewer, admins_only
from leaddrum.words import ways_in

SHOWN = 60  # characters of a value beside its field


@dataclass(frozen=True, slots=True)
class Asked:
    """An input with what stands in it."""

    input: Input
    value: str
    wrong: str
    kept: bool  # a secret that is there and not shown


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def new(request: Signed, key: str) -> HttpResponse:
    """Another one of that kind."""
    kind = kinds.KINDS.get(key)
    if kind is None:
        raise Http404
    said = _said(request)
    if request.method != "POST":
        return _edit(request, kind, None, {"name": str(kind.label)}, {})
    wrong = _unknown_people(request, said) | kinds.problems(kind, said, new=True) | _wrong_name(said)
    if wrong:
        return _edit(request, kind, None, said, wrong, status=422)
    made = ways.make(
        request.viewer.company,
        kind.kind,
        said["name"].strip(),
        preset=kind.preset,
        drum=_drum(request, said),
        settings=kinds.settings_of(kind, said),
        secret=kinds.secrets_of(kind, said),
        now=request.viewer.now,
    )
    wake.call()
    messages.success(request, _("Saved. Now do what the steps below say."))
    return redirect("way", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def one(request: Signed, pk: int) -> HttpResponse:
    """One of them: its settings, its address, how it fares, what came by it."""
    way = _way(request, pk)
    if way.is_built_in and request.method != "POST":
        return built_in_ways.page(request, way)
    kind = _kind(way)
    if request.method != "POST":
        return _edit(request, kind, way, {**_texts(way.settings), "name": way.name, "drum": str(way.drum_id or "")}, {})
    said = _said(request)
    wrong = _unknown_people(request, said) | kinds.problems(kind, said, new=False) | _wrong_name(said)
    if wrong:
        return _edit(request, kind, way, said, wrong, status=422)
    way.name, way.drum = said["name"].strip(), _drum(request, said)
    way.settings = {**way.settings, **kinds.settings_of(kind, said)}
    fresh = kinds.secrets_of(kind, said)
    if fresh:
        way.sealed = sealed.seal({**_stored(way), **fresh})
    if way.trouble != ways_in.REFUSED:  # that they are refused shows only when the other side calls
        way.trouble = ""
    way.save(update_fields=["name", "drum", "settings", "sealed", "trouble"])
    wake.call()
    messages.success(request, _("Saved."))
    return redirect("way", way.pk)


@require_POST
@admins_only
def mapped(request: Signed, pk: int) -> HttpResponse:
    """What each field of its payload is."""
    way = _set_up(request, pk)
    # As they were shown: another call may have come meanwhile.
    names = [clean.one_line(name) for name in request.POST.getlist("name")[:MOST]]
    chosen = {
        name: request.POST[f"field-{number}"]
        for number, name in enumerate(names)
        if name and len(name) <= 200 and request.POST.get(f"field-{number}") in columns.CHOICES
    }
    targets = [target for target in chosen.values() if target in columns.TARGETS]
    if len(targets) != len(set(targets)):
        messages.error(request, _("Two fields cannot both be the same thing."))
    else:
        before = way.settings.get("map", {})  # of fields that were not in the last call
        kept = {name: what for name, what in before.items() if what not in targets}
        way.settings = {**way.settings, "map": dict(list({**kept, **chosen}.items())[-MOST:])}
        way.save(update_fields=["settings"])
        messages.success(request, _("From now on its fields are read so."))
    return redirect("way", way.pk)


@require_POST
@admins_only
def test(request: Signed, pk: int) -> HttpResponse:
    """Send a test lead by it, as the other side would."""
    way = _set_up(request, pk)
    try:
        lead = trying.send(way, now=request.viewer.now)
    except TroubleError as error:
        messages.error(request, _("It does not work: %s") % error)
        return redirect("way", way.pk)
    if lead is None:
        messages.error(request, _("It came, and no lead was made of it: see below why."))
        return redirect("way", way.pk)
    messages.success(request, _("The test lead is here: it came by “%s”.") % way.name)
    return redirect("lead", lead)


@require_POST
@admins_only
def switch(request: Signed, pk: int) -> HttpResponse:
    """On and off, or of one that every company has: watched and not watched. Which of them the button says, so that a
    second press does not undo the first."""
    way = _way(request, pk)
    way.active = request.POST.get("on") == "1"
    way.trouble, way.trouble_told_at = "", None  # of before; what it is now shows itself when it is on
    way.quiet_since, way.silent_told_at, way.look_at = request.viewer.now, None, None
    way.save(update_fields=["active", "trouble", "trouble_told_at", "quiet_since", "silent_told_at", "look_at"])
    if way.is_built_in:
        said = _("It is watched from now on.") if way.active else _("It is not watched any more.")
    else:
        said = _("It is on.") if way.active else _("It is off: nothing comes in by it.")
    messages.success(request, said)
    return redirect("way", way.pk)


@require_POST
@admins_only
def renew(request: Signed, pk: int) -> HttpResponse:
    """Another secret; the old one is worth nothing from now on."""
    way = _set_up(request, pk)
    way.generation += 1
    way.save(update_fields=["generation"])
    messages.success(request, _("There is a new secret. Put it where the old one was."))
    return redirect("way", way.pk)


@require_POST
@admins_only
def made_lead(request: Signed, pk: int, request_pk: int) -> HttpResponse:
    """What was set aside, or could not be read, becomes a lead after all."""
    way = _way(request, pk)
    kept = get_object_or_404(Request, pk=request_pk, company=request.viewer.company, lead=None)
    try:
        lead = trying.rescue(way, kept, by=request.viewer.person.key, now=request.viewer.now)
    except engine.Refused as error:
        messages.error(request, words.refusal(error))
        return redirect("way", way.pk)
    messages.success(request, _("The lead is in the drum."))
    return redirect("lead", lead)


def _edit(
    request: Signed, kind: Kind, way: Way | None, said: Mapping[str, str], wrong: Mapping[str, str], status: int = 200
) -> HttpResponse:
    kept = _stored(way) if way else {}
    asked = [
        Asked(one, said.get(one.name, one.default) if not one.secret else "", wrong.get(one.name, ""), one.name in kept)
        for one in kind.inputs
    ]
    context: dict[str, Any] = {
        "kind": kind,
        "way": way,
        "asked": [one for one in asked if not one.input.folded],
        "folded": [one for one in asked if one.input.folded],
        "name": said.get("name", ""),
        "wrong_name": wrong.get("name", ""),
        "drums": Drum.objects.filter(company=request.viewer.company, active=True),
        "drum": said.get("drum", ""),
    }
    if way is not None:
        context |= _about(way, kind, request.viewer)
    return render(request, "leaddrum/ways/one.html", context, status=status)


def _about(way: Way, kind: Kind, viewer: Viewer) -> dict[str, Any]:
    said = built_in_ways.came_by(way, viewer)
    if way.trouble:
        said["meanwhile"] = ways_in.WHILE.get(way.kind, "")
    if kind.hook:
        said["address"] = links.public_url() + reverse("hook", args=[way.token])
    if kind.kind == "smtp":
        said["address"] = way.settings.get("address") or f"{way.token}@{socket.getfqdn()}"
    if kind.hook and kind.ours:
        said["secret"] = ways.secret_of(way)
    if kind.maps and way.last_payload:
        found = list(flat(way.last_payload))
        targets = site_form.mapping(way, [name for name, _value in found])
        said["fields"] = [
            {"number": number, "name": name, "value": str(value)[:SHOWN], "target": targets[name]}
            for number, (name, value) in enumerate(found)
        ]
        said["targets"] = [(key, label) for key, label in columns.LABELS.items() if key != "owner"]
    return said


def _said(request: Signed) -> dict[str, str]:
    """The form as it was sent; PostgreSQL keeps no NUL."""
    return {name: value.replace("\x00", "") for name, value in request.POST.items() if isinstance(value, str)}


def _wrong_name(said: Mapping[str, str]) -> dict[str, str]:
    name = said.get("name", "").strip()
    return {} if 0 < len(name) <= 100 else {"name": _("This is required.") if not name else _("This is too much text.")}


def _unknown_people(request: Signed, said: Mapping[str, str]) -> dict[str, str]:
    """Ids beside extensions that nobody of the company has or had."""
    named = set(calls.extensions(said.get("people", "")).values())
    known = Person.objects.filter(company=request.viewer.company, key__in=named).values_list("key", flat=True)
    ids = sorted(named.difference(known)) if named else []
    return {"people": _("Nobody has this id: %(ids)s.") % {"ids": ", ".join(ids)}} if ids else {}


def _drum(request: Signed, said: Mapping[str, str]) -> Drum | None:
    number = said.get("drum", "")
    found = Drum.objects.filter(company=request.viewer.company, active=True)
    return found.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None


def _way(request: Signed, pk: int) -> Way:
    return get_object_or_404(Way.objects.select_related("company", "drum"), pk=pk, company=request.viewer.company)


def _set_up(request: Signed, pk: int) -> Way:
    """One that they have set up themselves: of the others nothing can be changed."""
    way = _way(request, pk)
    if way.is_built_in:
        raise Http404
    return way


def _kind(way: Way) -> Kind:
    kind = kinds.of(way.kind, way.preset)
    if kind is None:
        raise Http404
    return kind


def _stored(way: Way) -> dict[str, str]:
    try:
        return sealed.stored(way.sealed)
    except sealed.UnreadableError:
        return {}


def _texts(said: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in said.items() if not isinstance(value, dict | list)}
