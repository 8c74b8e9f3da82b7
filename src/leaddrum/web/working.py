"""Whether the machinery itself is well: does the drum turn, do messages go out, does the CRM answer.

What stands here is what a head must know because leads are lost by it; the operator's whole list is `leaddrum doctor`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum import words
from leaddrum.crm.bitrix24 import troubles
from leaddrum.engine import silent_ways
from leaddrum.models import Heartbeat, Lane, Portal, Way
from leaddrum.web.viewer import Viewer

SILENT = timedelta(seconds=60)  # an engine beats every few seconds
OFTEN = 3  # readings in a row that fail: one that has to come later is no trouble yet
READINGS = "crm-read"
LATE = timedelta(minutes=2)  # a lane that is due so long is not being sent


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that does not work. `error`: for administrators, what it said itself or what is to be done; `stops`: no
    lead goes on; `way`: it is a way in, whose page administrators may open."""

    text: str
    error: str = ""
    stops: bool = False
    way: int | None = None


def broken(viewer: Viewer) -> list[Broken]:
    """What is not working now, the worst first. Three queries, and one more with a portal."""
    return [*_engine(viewer.now), *_crm(viewer), *_lanes(viewer), *_ways_in(viewer)]


def _engine(now: datetime) -> Iterator[Broken]:
    beat = Heartbeat.objects.aggregate(newest=Max("beat_at"))["newest"]
    if beat is None:
        yield Broken(
            _(
                "The drum does not turn: the LeadDrum service is not running."
                " Nothing is passed on and nobody is reminded."
            ),
            _("Start the LeadDrum service on the server."),
            stops=True,
        )
    elif now - beat > SILENT:
        since = words.duration(int((now - beat).total_seconds() // 60) * 60)
        yield Broken(
            _("The drum does not turn: the LeadDrum service has been silent for %(time)s. Nothing is passed on.")
            % {"time": since},
            _("Start the LeadDrum service on the server."),
            stops=True,
        )


def _crm(viewer: Viewer) -> Iterator[Broken]:
    company = viewer.company
    if company.crm_down_at is not None:
        since = words.instant(company.crm_down_at, viewer.zone, viewer.now)
        told = _("The CRM has not answered since %(since)s. No miss is judged until it does.") % {"since": since}
        yield Broken(told, company.crm_error, stops=True)
    if company.crm != "bitrix24":
        return
    trouble = Portal.objects.filter(company=company).values_list("trouble", flat=True).first() or ""
    said = {
        troubles.PEOPLE: _("Bitrix24: what changes there of people and stages is not taken over."),
        troubles.LIST: _("Bitrix24: the journal of misses is not written there."),
        troubles.BOT: _("Bitrix24: the bot with its buttons could not be made."),
    }
    for line in trouble.splitlines():
        topic, _colon, error = line.partition(": ")
        yield Broken(said.get(topic, topic), error)


def _lanes(viewer: Viewer) -> Iterator[Broken]:
    for lane in Lane.objects.filter(company=viewer.company).order_by("channel"):
        if lane.channel == READINGS:
            if lane.failures >= OFTEN and viewer.company.crm_down_at is None:
                yield Broken(
                    _("CRM: not every lead could be read. A deadline is judged when its lead can be."), lane.error
                )
            continue
        name = "CRM" if lane.channel.startswith("crm") else capfirst(words.way(lane.channel))
        if lane.failures:
            told = ngettext(
                "%(channel)s: messages do not get through, %(n)d attempt has failed. They are kept and will be sent.",
                "%(channel)s: messages do not get through, %(n)d attempts in a row have failed."
                " They are kept and will be sent.",
                lane.failures,
            )
            yield Broken(told % {"channel": name, "n": lane.failures}, lane.error)
        elif lane.next_send_at is not None and viewer.now - lane.next_send_at > LATE:
            since = words.instant(lane.next_send_at, viewer.zone, viewer.now)
            yield Broken(_("%(channel)s: nothing has been sent since %(since)s.") % {"channel": name, "since": since})


def _ways_in(viewer: Viewer) -> Iterator[Broken]:
    """Those of which who runs the company was told: a hiccup is none."""
    told = Q(silent_told_at__isnull=False) | Q(trouble_told_at__isnull=False) & ~Q(trouble="")
    for way in Way.objects.filter(told, company=viewer.company, active=True):
        name = words.way_in(way.kind, way.name)
        if way.trouble and way.trouble_told_at is not None:
            since = words.instant(way.trouble_at or way.trouble_told_at, viewer.zone, viewer.now)
            text = _("“%(name)s” has not worked since %(since)s.") % {"name": name, "since": since}
            yield Broken(text, words.trouble(way.trouble), way=way.pk)
        elif way.is_silent and way.quiet_since is not None:
            since = words.instant(way.quiet_since, viewer.zone, viewer.now)
            text = _("Nothing has come through “%(name)s” since %(since)s.") % {"name": name, "since": since}
            quiet = silent_ways.of(way, viewer.org, viewer.now)
            figures = words.silence(way.usual_pause, quiet.lasts if quiet is not None else None)
            yield Broken(f"{text} {figures}", way=way.pk)
