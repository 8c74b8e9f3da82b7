"""A period of a drum as a scene for `core.replay`: its arrivals, its people with their curves, and what really happened
(S-52).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leaddrum.adviser import reading
from leaddrum.adviser.pauses import Pauses, pauses
from leaddrum.adviser.reading import Asked, Past
from leaddrum.core import hours_spec
from leaddrum.core.doubts import FEW_OFFERS, Offer, seen
from leaddrum.core.policy import Policy, Strategy
from leaddrum.core.replay import PATIENCE
from leaddrum.core.replayed import Played
from leaddrum.core.scene import Coming, Player, Scene
from leaddrum.core.survival import Curve, Seen, kaplan_meier
from leaddrum.engine import org
from leaddrum.engine.staff import Org
from leaddrum.models import Calendar, Company, FactLead, Person, Source, Turn
from leaddrum.models import Policy as PolicyRow

MOST_LEADS = 20_000


class CannotReplay(ValueError):
    """There is nothing to replay, or it cannot be: `code` is `empty`, `too_old`, `too_many` or `nobody`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Hours:
    """Service hours to play by: what they are filed under, and what people call them. No key: around the clock."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be otherwise; None: as it is."""

    budget: int | None = None  # for every source
    escalate_after: int | None = None
    roster: Sequence[Person] | None = None
    hours: Hours | None = None
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


def hours_of(company: Company, key: str) -> Hours | None:
    """The company's hours of that key; None: it has none. The empty key is around the clock."""
    if not key:
        return Hours("", "")
    row = Calendar.objects.filter(company=company, key=key).first()
    return Hours(row.key, hours_spec.title(row.key, row.spec)) if row is not None else None


def stage(company: Company, wanted: Asked, change: Change, now: datetime) -> Stage:
    """Raises CannotReplay."""
    people = org.of(company, now)
    since, until = reading.instants(wanted, people)
    if since < people.window[0]:
        raise CannotReplay("too_old")
    policy = people.policies[wanted.drum.pk]
    leads = _leads(wanted)
    found = reading.past(wanted, ends=True)
    curves = _Curves(found, {lead.passage_id: lead.taken_at for lead in leads if lead.taken_turn is None})
    roster = reading.people(wanted.drum, people, found)
    if not leads:
        raise CannotReplay("empty")
    if not roster or not curves.all.offers:
        raise CannotReplay("nobody")
    names = dict(Source.objects.filter(company=company).values_list("pk", "name"))
    first = first_rights([lead.passage_id for lead in leads])
    arrivals = [
        Coming(lead.opened_at, names.get(lead.source_id, ""), *first.get(lead.passage_id, (None, None)))
        for lead in leads
    ]
    everybody = {*roster, *(person.pk for person in change.roster or ())}
    out = pauses(people, wanted.drum.pk, everybody, since, until + PATIENCE)
    same = _scene(people, wanted.drum.pk, policy, roster, arrivals, curves, out, now)
    return Stage(
        really=_really(leads, same, found),
        same=same,
        other=_changed(people, same, change, curves, out) if change else None,
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


def first_rights(passages: Sequence[int]) -> dict[int, tuple[int | None, int | None]]:
    """(its owner, its client's seller) of each passage that one of them was offered first, by right and not by turn."""
    found: dict[int, tuple[int | None, int | None]] = {}
    for start in range(0, len(passages), 500):
        firsts = Turn.objects.filter(cycle__in=passages[start : start + 500], number=1)
        for passage, person, lines in firsts.values_list("cycle_id", "person_id", "candidates"):
            by = next((value for who, code, value in lines if code == "chosen" and who == person), "")
            if by in {"owner", "known"}:
                found[passage] = (person, None) if by == "owner" else (None, person)
    return found


class _Curves:
    """How soon offers are taken, declined, or taken by a colleague: of all, and of everybody with enough offers."""

    def __init__(self, past: Past, helped: Mapping[int, datetime | None]) -> None:
        offers = [_within(offer) for offer in past.offers]
        self.all = kaplan_meier(seen(offers))
        of: dict[int, list[int]] = {}
        for place, offer in enumerate(offers):
            of.setdefault(offer.person, []).append(place)
        enough = {person: places for person, places in of.items() if len(places) >= FEW_OFFERS}
        self.own: dict[int, Curve] = {
            person: kaplan_meier(seen([offers[place] for place in places])) for person, places in enough.items()
        }
        declined = [end.verdict == "returned" for end in past.ends]
        self._declines = _ending(offers, declined, range(len(offers)))
        self._own_declines = {person: _ending(offers, declined, places) for person, places in enough.items()}
        by_colleague = [end.verdict == "void" and helped.get(end.passage) == end.at for end in past.ends]
        self.helped = _ending(offers, by_colleague, range(len(offers)))

    def __getitem__(self, person: int) -> Curve:
        return self.own.get(person, self.all)

    def declines(self, person: int) -> Curve | None:
        return self._own_declines.get(person, self._declines)


def _ending(offers: Sequence[Offer], so: Sequence[bool], places: Iterable[int]) -> Curve | None:
    """How soon offers end so, every other end being a censored look at it; None: none did."""
    seconds = [Seen(offers[place].seconds, so[place]) for place in places]
    return kaplan_meier(seconds) if any(one.taken for one in seconds) else None


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
    out: Pauses,
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
            declines=curves.declines(person),
            pauses=out.own.get(person, ()),
        )
        for person in roster
    ]
    head = people.drum_head(drum, roster, now)
    return Scene(arrivals, players, policy, people.service(drum), head, curves.helped, out.returns)


def _changed(people: Org, same: Scene, change: Change, curves: _Curves, out: Pauses) -> Scene:
    policy = same.policy
    if change.budget is not None:
        policy = replace(policy, budget=change.budget, budget_by_source={}, trial=())
    if change.escalate_after is not None:
        policy = replace(policy, escalate_after=change.escalate_after)
    if change.strategy is not None:
        policy = replace(policy, strategy=change.strategy)
    service = people.calendar(change.hours.key) if change.hours is not None else same.service
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
            else Player(
                person,
                hours,
                curves[person],
                member.absences,
                head=same.head,
                declines=curves.declines(person),
                pauses=out.own.get(person, ()),
            )
        )
    return replace(same, policy=policy, players=players, service=service)


def _really(leads: Sequence[FactLead], scene: Scene, past: Past) -> Played:
    passages = {lead.passage_id for lead in leads}
    played = Played(leads=len(leads))
    played.declines = sum(1 for end in past.ends if end.verdict == "returned" and end.passage in passages)
    for lead in leads:
        if lead.taken_at is not None:
            played.waits.append((lead.taken_at - lead.opened_at).total_seconds())
            played.worked.append(scene.service.between(lead.opened_at, max(lead.opened_at, lead.taken_at)))
        played.first += lead.taken_turn == 1
        played.misses += lead.misses
        played.handovers += lead.hand_overs
        played.alerts += lead.escalations
    return played
