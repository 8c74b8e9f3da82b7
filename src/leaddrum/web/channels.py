"""How I am told: by which channels, in which order, when not at all; each can be tried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leaddrum import engine, words
from leaddrum.channels import CHANNELS, codes, push_keys, telegram_updates
from leaddrum.core.dayrule import DAY, format_range, parse_range
from leaddrum.models import Effect, Reach
from leaddrum.web import pushing
from leaddrum.web.viewer import Signed, signed_in

SHOWN = 10  # of the last messages
SPANS = 6  # quiet hours of one person


@dataclass(frozen=True, slots=True)
class Way:
    """One channel as its owner sees it."""

    code: str
    name: str
    titles: tuple[str, ...]  # his addresses in it
    off: bool
    broken_at: datetime | None
    error: str
    unlinks: bool  # he linked it himself


@require_safe
@signed_in
def mine(request: Signed) -> HttpResponse:
    return render(request, "leaddrum/channels/mine.html", _context(request))


def _context(request: Signed) -> dict[str, Any]:
    viewer = request.viewer
    ways = _ways(request)
    told = viewer.notices().exclude(channel="inapp").select_related("cycle__lead").order_by("-pk")[:SHOWN]
    return {
        "ways": ways,
        "several": len(ways) > 1,
        "telegram": telegram_updates.bot_name(),
        "telegram_set": bool(settings.TELEGRAM_TOKEN),
        "push_key": push_keys.shown(),
        "push_known": pushing.known(viewer.person.pk),
        "linked": {way.code for way in ways},
        "quiet": ", ".join(viewer.org.people[viewer.person.pk].quiet),
        "told": [(effect, _subject(effect, request), words.way(effect.channel)) for effect in told],
    }


def _subject(effect: Effect, request: Signed) -> str:
    viewer = request.viewer
    lead = effect.cycle.lead if effect.cycle else None
    return words.notice(effect.kind, effect.data, lead, viewer.names, viewer.zone, effect.created_at).subject


def _ways(request: Signed) -> list[Way]:
    person = request.viewer.person
    rows: dict[str, list[Reach]] = {}
    for row in Reach.objects.filter(person=person).order_by("pk"):
        rows.setdefault(row.channel, []).append(row)
    off = person.ways.get("off", ())
    found = []
    for code in request.viewer.org.people[person.pk].reached:
        here = rows.get(code, [])
        broken = [row for row in here if row.broken_at is not None]
        all_broken = bool(broken) and len(broken) == len(here)
        found.append(
            Way(
                code=code,
                name=words.way(code),
                titles=(person.email,) if code == "email" else tuple(row.title or row.address for row in here),
                off=code in off,
                broken_at=broken[0].broken_at if all_broken else None,
                error=broken[0].error if all_broken else "",
                unlinks=code != "email",
            )
        )
    return found


@require_POST
@signed_in
def choose(request: Signed) -> HttpResponse:
    """A press on one of the page's buttons: up, off, on, or the quiet hours."""
    viewer = request.viewer
    person, member = viewer.person, viewer.org.people[viewer.person.pk]
    order, off = list(member.reached), set(person.ways.get("off", ()))
    quiet = person.ways.get("quiet")
    act, _colon, code = request.POST.get("act", "").partition(":")
    if act == "up" and code in order and order.index(code) > 0:
        place = order.index(code)
        order[place - 1], order[place] = order[place], order[place - 1]
    elif act == "off" and code in order:
        off.add(code)
    elif act == "on":
        off.discard(code)
    elif act == "quiet":
        try:
            quiet = spans(request.POST.get("quiet", ""))
        except ValueError:
            messages.error(request, _("Write quiet hours like this: 22:00-08:00, 13:00-14:00."))
            return redirect("my-channels")
        messages.success(request, _("Your quiet hours are kept."))
    engine.ways.choose(person.pk, order, off, quiet, now=viewer.now)
    return redirect("my-channels")


def spans(text: str) -> list[str]:
    """Quiet hours as he writes them, separated by commas; as the company file keeps them.

    Raises:
        ValueError: one of them is none, or there are too many.
    """
    found = [parse_range(part) for part in re.split("[,;]", text) if part.strip()]
    if len(found) > SPANS or any(start and end - start == DAY for start, end in found):
        raise ValueError(text)
    return [format_range(span) for span in found]


@require_POST
@signed_in
def link_telegram(request: Signed) -> HttpResponse:
    """A one-time code: pressed in Telegram, it tells the bot who he is."""
    viewer = request.viewer
    name = telegram_updates.bot_name()
    if not name:
        messages.error(request, _("The bot is not connected yet: ask the administrator."))
        return redirect("my-channels")
    code = codes.make(viewer.company, person=viewer.person, now=viewer.now)
    page = {"bot": name, "code": code, "minutes": codes.MINUTES, "url": f"https://t.me/{name}?start={code}"}
    answer = render(request, "leaddrum/channels/telegram.html", page)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@require_POST
@signed_in
def test(request: Signed, channel: str) -> HttpResponse:
    viewer = request.viewer
    try:
        if channel not in CHANNELS:
            raise engine.Refused("no_way")
        engine.ways.test(viewer.person.pk, channel, now=viewer.now)
    except engine.Refused as error:
        messages.error(request, words.refusal(error))
    else:
        messages.success(request, _("A test is on its way: %(channel)s.") % {"channel": words.way(channel)})
    return redirect("my-channels")


@require_POST
@signed_in
def unlink(request: Signed, channel: str) -> HttpResponse:
    viewer = request.viewer
    engine.ways.unlink(
        viewer.person.pk, channel, address=request.POST.get("address", "").replace("\x00", ""), now=viewer.now
    )
    messages.success(request, _("No longer linked: %(channel)s.") % {"channel": words.way(channel)})
    return redirect("my-channels")
