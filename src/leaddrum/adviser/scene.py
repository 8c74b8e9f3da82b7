"""A period of a drum as a scene for `core.replay`: its arrivals, its people with their curves, and what really happened
(S-52).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leaddrum.adviser import reading
from leaddrum.adviser.reading import Asked
from leaddrum.core.doubts import FEW_OFFERS, Offer, seen
from leaddrum.core.policy import Policy, Strategy
from leaddrum.core.replay import Coming, Played, Player, Scene
from leaddrum.core.survival import Curve, kaplan_meier
from leaddrum.engine import org
from leaddrum.engine.staff import Org
from leaddrum.models import Company, FactLead, Person, Source
from leaddrum.models import Policy as PolicyRow

MOST_LEADS = 20_000


class CannotReplay(ValueError):
    """There is nothing to replay, or it cannot be: `code` is `empty`, `too_old`, `too_many` or `nobody`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be otherwise; None: as it is."""

    budget: int | None = None  # for every source
    escalate_after: int | None = None
    roster: Sequence[Person] | None = None
    calendar: str | None = None  # its key
    strategy: Strategy | None = None

    def __bool__(self) -> bool:
        return self != Change()


@dataclass(frozen=True, slots=True)
class Stage:
    """What is compared: the period as the drum is today, and as it would be."""

    really: Played
    same: Scene
    other: Scene | None  # None: nothing is to be otherwise
    longest: int  # the longest budget tried: reactions after it are not known
    edited: bool  # the drum's settings were changed in these days: not all of it ran under today's
    strangers: int  # people of the new roster of whom nothing is known: average ones


def stage(company: Company, wanted: Asked, change: Change, now: datetime) -> Stage:
    """Raises CannotReplay."""
    people = org.of(company, now)
    since, until = reading.instants(wanted, people)
    if since < people.window[0]:
        raise CannotReplay("too_old")
    policy = people.policies[wanted.drum.pk]
    leads = _leads(wanted)
    found = reading.past(wanted)
    curves = _Curves(found.offers)
    roster = reading.people(wanted.drum, people, found)
    if not leads:
        raise CannotReplay("empty")
    if not roster or not curves.all.offers:
        raise CannotReplay("nobody")
    names = dict(Source.objects.filter(company=company).values_list("pk", "name"))
    arrivals = [Coming(lead.opened_at, names.get(lead.source_id, "")) for lead in leads]
    same = _scene(people, wanted.drum.pk, policy, roster, arrivals, curves, now)
    return Stage(
        really=_really(leads, same),
        same=same,
        other=_changed(people, same, change, curves) if change else None,
        longest=max((offer.budget for offer in found.offers), default=0),
        edited=PolicyRow.objects.filter(
            drum=wanted.drum, created_at__gt=since, created_at__lt=until, version__gt=1
        ).exists(),
        strangers=sum(1 for person in change.roster or () if person.pk not in curves.own),
    )


def _leads(wanted: Asked) -> list[FactLead]:
    """Leads that came in these days and were taken; who closed one without a take, or still waits, is on no side."""
    drum = wanted.drum
    found = FactLead.objects.filter(
        company_id=drum.company_id,
        opened_on__gte=wanted.since,
        opened_on__lte=wanted.until,
        drum_id=drum.pk,
        is_taken=True,
        is_deleted=False,
    )
    if wanted.source:
        found = found.filter(
            source_id__in=Source.objects.filter(company=drum.company_id, name=wanted.source).values("pk")
        )
    leads = list(found.order_by("opened_at", "passage_id")[: MOST_LEADS + 1])
    if len(leads) > MOST_LEADS:
        raise CannotReplay("too_many")
    return leads


class _Curves:
    """One of all offers, and of everybody with enough of them."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self.all = kaplan_meier(seen([_within(offer) for offer in offers]))
        of: dict[int, list[Offer]] = {}
        for offer in offers:
            of.setdefault(offer.person, []).append(_within(offer))
        self.own: dict[int, Curve] = {
            person: kaplan_meier(seen(his)) for person, his in of.items() if len(his) >= FEW_OFFERS
        }

    def __getitem__(self, person: int) -> Curve:
        return self.own.get(person, self.all)


def _within(offer: Offer) -> Offer:
    """Somebody who took it in the seconds after the deadline, before its verdict, still took it."""
    if offer.taken or offer.seconds <= offer.budget:
        return offer
    return offer._replace(seconds=float(offer.budget))


def _scene(
    people: Org,
    drum: int,
    policy: Policy,
    roster: Sequence[int],
    arrivals: Sequence[Coming],
    curves: _Curves,
    now: datetime,
) -> Scene:
    weights = policy.roster.weights
    players = [
        Player(
            id=person,
            hours=people.hours(person, drum),
            curve=curves[person],
            absences=people.people[person].absences,
            weight=weights.get(people.people[person].key, 1.0),
            head=people.head_of(person, now),
        )
        for person in roster
    ]
    return Scene(arrivals, players, policy, people.service(drum), people.drum_head(drum, roster, now))


def _changed(people: Org, same: Scene, change: Change, curves: _Curves) -> Scene:
    policy = same.policy
    if change.budget is not None:
        policy = replace(policy, budget=change.budget, budget_by_source={}, trial=())
    if change.escalate_after is not None:
        policy = replace(policy, escalate_after=change.escalate_after)
    if change.strategy is not None:
        policy = replace(policy, strategy=change.strategy)
    service = people.calendar(change.calendar) if change.calendar is not None else same.service
    roster = [person.pk for person in change.roster] if change.roster is not None else [p.id for p in same.players]
    known = {player.id: player for player in same.players}
    players = []
    for person in roster:
        member = people.people[person]
        hours = service & people.calendar(member.calendar, member.zone) if member.calendar else service
        hours = hours.without([(start, end) for start, end, _ in member.absences])
        before = known.get(person)
        players.append(
            replace(before, hours=hours)
            if before is not None
            else Player(person, hours, curves[person], member.absences, head=same.head)
        )
    return replace(same, policy=policy, players=players, service=service)


def _really(leads: Sequence[FactLead], scene: Scene) -> Played:
    played = Played(leads=len(leads))
    for lead in leads:
        if lead.taken_at is not None:
            played.waits.append((lead.taken_at - lead.opened_at).total_seconds())
            played.worked.append(scene.service.between(lead.opened_at, max(lead.opened_at, lead.taken_at)))
        played.first += lead.taken_turn == 1
        played.misses += lead.misses
        played.handovers += lead.hand_overs
        played.alerts += lead.escalations
    return played
