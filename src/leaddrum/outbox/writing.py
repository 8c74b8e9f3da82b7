"""A notice in words: what its receiver reads in a channel, and where its button leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from leaddrum import links, words
from leaddrum.channels import CHANNELS
from leaddrum.channels.base import Message
from leaddrum.engine import answering, org
from leaddrum.models import Cycle, Effect, Lane, Outlet, Person, Reach
from leaddrum.outbox import waiting

SAID = frozenset({"wrote", "joined"})  # the client has written: his words go with it
ANSWERED = SAID | {"offer", "pinned", "reminder", "moved", "signal", "taken", "no_contact", "contact_moved"}


@dataclass(slots=True)
class Known:
    """What the notices of one batch need besides themselves."""

    names: dict[int, str]
    broken: set[tuple[int, str]]  # (person, address) that refused everything so far
    outlets: dict[int, Outlet]
    answerable: set[int]  # leads whose client can be written to where he wrote
    watched: bool = False  # the company's portal is only watched: nobody is told what would be

    @classmethod
    def about(cls, lane: Lane, effects: list[Effect], now: datetime) -> Known:
        people = {person for effect in effects for person in words.people_in(effect.data)}
        posts = {effect.outlet for effect in effects if effect.outlet is not None}
        watched = bool(effects) and lane.channel != "inapp" and org.of(lane.company_id, now).watched
        leads = {effect.cycle.lead_id for effect in effects if effect.cycle is not None and _asks_for_words(effect)}
        refusing = Reach.objects.filter(company=lane.company_id, channel=lane.channel).exclude(broken_at=None)
        return cls(
            names=dict(Person.objects.filter(pk__in=people).values_list("pk", "name")) if people else {},
            broken=set(refusing.values_list("person_id", "address")) if effects else set(),
            outlets=Outlet.objects.in_bulk(posts) if posts else {},
            answerable=answering.answerable(leads) if leads and lane.channel == "telegram" else set(),
            watched=watched,
        )

    def stale(self, effect: Effect) -> bool:
        """Nobody is to be told of it any more: its turn is over, its post was closed, or leads are only watched."""
        closed = effect.outlet is not None and effect.outlet not in self.outlets
        return closed or (self.watched and effect.cycle_id is not None) or waiting.stale(effect)


def message(effect: Effect, channel: str, known: Known, now: datetime) -> Message:
    """The notice as it goes through that channel, in the language that is active and in the receiver's zone."""
    person, cycle = effect.person, effect.cycle
    zone = ZoneInfo(person.zone or person.company.zone)
    said = ""
    if effect.kind in SAID and cycle is not None and effect.outlet is None:
        said = answering.last_words(cycle.lead_id, effect.created_at)
    notice = words.notice(effect.kind, effect.data, cycle.lead if cycle else None, known.names, zone, now, said)
    if notice.takes and cycle is not None and effect.turn_number and effect.outlet is None:
        url = links.turn_url(cycle.pk, effect.turn_number, person.pk)
    elif cycle is not None:
        url = f"{links.public_url()}/leads/{cycle.lead_id}"
    elif "way" in effect.data:
        url = f"{links.public_url()}/ways/{effect.data['way']}"
    else:
        url = links.public_url()
    post = known.outlets.get(effect.outlet) if effect.outlet is not None else None
    return Message(
        key=effect.key,
        to=post.address if post else CHANNELS[channel].address(person),
        notice=notice,
        url=url,
        kind=effect.kind,
        effect=effect.pk,
        company=effect.company_id,
        person=person.pk,
        outlet=effect.outlet,
        name=person.name,
        language=person.language or person.company.language,
        lead=cycle.lead_id if cycle else None,
        cycle=cycle.pk if cycle else None,
        turn=effect.turn_number,
        declines=notice.takes and cycle is not None and _declines(cycle, effect, now),
        answers=cycle is not None and cycle.lead_id in known.answerable and _asks_for_words(effect),
        at=effect.created_at,
        attempts=effect.attempts,
        due_at=waiting.due_at(effect),
    )


def _asks_for_words(effect: Effect) -> bool:
    """Whether a reply to it goes to the client, where there is a way back: it is about a lead of his."""
    return effect.kind in ANSWERED and effect.outlet is None


def _declines(cycle: Cycle, effect: Effect, now: datetime) -> bool:
    """Whether this turn can be given back: it is one person's, and the drum passes leads on (S-33, S-56)."""
    return cycle.holder_id is not None and org.of(effect.person.company, now).policies[cycle.drum_id].rotate
