"""Who is there: each person's state now, what he holds, and who is next in each drum (S-17 to S-20)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from leaddrum import words
from leaddrum.core.cycle import Line
from leaddrum.core.policy import Strategy
from leaddrum.core.roster import ELIGIBLE, choose
from leaddrum.engine.members import Member
from leaddrum.engine.pools import Pools
from leaddrum.engine.staff import Org
from leaddrum.models import Drum, Lead, Person
from leaddrum.web.nearest import Offer
from leaddrum.web.viewer import Viewer

LONGEST_SHIFT = timedelta(days=2)  # hours around the clock end at the calendar's horizon, which tells nobody anything
NEXT = 3
"""Who is next, so many of them at once; all others are folded."""
FOLDED = 30
HELD = 3
"""Open offers of one person that are listed; how many he has stands beside."""
ASKED = ("open_offers", "paused_at", "pause_reason")
"""What is asked of each person: all else is in memory."""
ORDER = ("busy", "full", "free", "paused", "absent", "off")


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody of the viewer's drums. `state` is one of ORDER."""

    member: Member
    state: str
    said: str
    offers: tuple[Offer, ...]  # the nearest of his
    open_offers: int
    paused: bool
    mine: bool  # the viewer answers for him
    taken: int = 0
    missed: int = 0
    excused: int = 0
    titles: Mapping[int, str] = field(default_factory=dict)  # of these offers' leads

    @property
    def held(self) -> list[tuple[Offer, str]]:
        """His nearest offers, each with its lead's title."""
        return [(one, self.titles.get(one.lead, "")) for one in self.offers]

    @property
    def more(self) -> int:
        return max(0, self.open_offers - len(self.offers))


@dataclass(frozen=True, slots=True)
class Candidate:
    name: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Turning:
    """One drum: its order now."""

    drum: Drum
    first: tuple[Candidate, ...]
    others: tuple[Candidate, ...]  # the next of them, at most FOLDED
    more: int  # who are not even there
    said: str  # when there is no order to show: why
    passes: bool
    closed: bool = False  # nobody is next because nobody works now


@dataclass(slots=True)
class Counted:
    """What people did today."""

    taken: Mapping[int, int] = field(default_factory=dict)
    missed: Mapping[int, int] = field(default_factory=dict)
    excused: Mapping[int, int] = field(default_factory=dict)  # missed through no fault of his


def workers(viewer: Viewer, offers: Iterable[Offer], today: Counted) -> list[Worker]:
    """Everybody in the rosters of the viewer's drums, those who hold something first. `offers`: the nearest first. One
    query."""
    org, now = viewer.org, viewer.now
    drum_of = _drums_of(viewer)
    held: dict[int, list[Offer]] = {}
    for one in offers:
        if one.holder is not None:
            held.setdefault(one.holder, []).append(one)
    wanted = drum_of.keys() | held.keys()
    found = []
    rows = Person.objects.filter(company=viewer.company, active=True, technical=False)
    for row in rows.filter(Q(pk__in=wanted) if len(wanted) < 500 else Q()).only(*ASKED):
        if row.pk not in org.people or row.pk not in wanted:
            continue
        state, said = _state(row, org, drum_of.get(row.pk), now, viewer)
        found.append(
            Worker(
                org.people[row.pk],
                state,
                said,
                tuple(held.get(row.pk, ())[:HELD]),
                row.open_offers,
                row.paused_at is not None,
                viewer.answers_for(row.pk),
                today.taken.get(row.pk, 0),
                today.missed.get(row.pk, 0),
                today.excused.get(row.pk, 0),
            )
        )
    return sorted(found, key=lambda one: (not one.open_offers, ORDER.index(one.state), one.member.name))


def titled(people: list[Worker]) -> list[Worker]:
    """The same, with the titles of what they hold: asked for those who are shown alone. One query."""
    leads = {one.lead for worker in people for one in worker.offers}
    titles = dict(Lead.objects.filter(pk__in=leads).values_list("pk", "title"))
    return [replace(worker, titles=titles) for worker in people]


def _drums_of(viewer: Viewer) -> dict[int, int]:
    """Each person's first drum, by whose hours and cap he is looked at."""
    org = viewer.org
    found: dict[int, int] = {}
    for drum in viewer.drums:
        rosters = viewer.people if org.policies[drum.pk].roster.owners_department else org.roster(drum.pk, None)
        for person in rosters:
            found.setdefault(person, drum.pk)
    return found


def _state(row: Person, org: Org, drum: int | None, now: datetime, viewer: Viewer) -> tuple[str, str]:
    member = org.people[row.pk]
    if row.paused_at is not None:
        since = words.instant(row.paused_at, viewer.zone, now)
        why = _("too many misses in a row") if row.pause_reason == "misses" else row.pause_reason
        said = _("paused since %(since)s") % {"since": since}
        return "paused", f"{said}: {why}" if why else said
    away = member.absence_at(now)
    if away is not None:
        said = words.reason([row.pk, "absent", away[0].isoformat()], {}, viewer.zone, now)
        return "absent", f"{said}: {away[1]}" if away[1] else said
    if drum is None:
        return ("busy" if row.open_offers else "free"), ""
    hours = org.hours(row.pk, drum)
    if not hours.is_open(now):
        comes = hours.next_open(now)
        return "off", words.reason([row.pk, "off_shift", comes.isoformat() if comes else ""], {}, viewer.zone, now)
    closes = hours.closes_at(now)
    if closes is not None and closes - now < LONGEST_SHIFT:
        said = _("on shift until %(at)s") % {"at": words.instant(closes, viewer.zone, now)}
    else:
        said = _("on shift")
    cap = org.policies[drum].open_offers_cap
    if row.open_offers >= cap and org.policies[drum].strategy is not Strategy.CLAIM:
        return "full", words.reason([row.pk, "at_cap", f"{row.open_offers}/{cap}"], {}, viewer.zone, now)
    return ("busy" if row.open_offers else "free"), said


def turning(viewer: Viewer) -> list[Turning]:
    """Who would get a new lead of each drum now, in order, each with his reason. Two queries a drum."""
    pools = Pools(viewer.org, viewer.now)
    return [_turning(drum, viewer, pools) for drum in viewer.drums]


def _turning(drum: Drum, viewer: Viewer, pools: Pools) -> Turning:
    policy = viewer.org.policies[drum.pk]
    if policy.roster.owners_department:
        return Turning(drum, (), (), 0, _("Turns among the colleagues of each lead's owner."), policy.rotate)
    if not policy.rotate:
        return Turning(drum, (), (), 0, _("Does not rotate: each lead stays with its owner."), False)
    choice = choose(pools.of(drum.pk, None), {}, policy.budget)
    first = [line for line in choice.lines if line.code in ELIGIBLE][:NEXT]
    others = [line for line in choice.lines if line not in first]
    said = ""
    if choice.person is None and not choice.to_all:
        said = words.hold(choice.reason, choice.until, viewer.zone, viewer.now)
    return Turning(
        drum,
        tuple(_candidate(line, viewer) for line in first),
        tuple(_candidate(line, viewer) for line in others[:FOLDED]),
        max(0, len(others) - FOLDED),
        said,
        True,
        choice.reason == "closed",
    )


def _candidate(line: Line, viewer: Viewer) -> Candidate:
    said = words.reason(line, {}, viewer.zone, viewer.now)
    return Candidate(viewer.names.get(line.person, "?"), said, chosen=line.code == "chosen")
