"""People come and go while leads wait: pauses, absences, changes of the company (S-15, S-24, S-37)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from leaddrum.core import asked
from leaddrum.engine import aftercare, pauses
from leaddrum.engine.belonging import company_of_person
from leaddrum.engine.cards import Card, cards, open_turns
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Refused
from leaddrum.engine.retiming import Moved, retime, retimed
from leaddrum.engine.staff import Org
from leaddrum.models import Absence, Company, Effect, Incident


def pause(person_id: int, *, reason: str, now: datetime, by: int | None = None) -> None:
    """He steps out of all drums until he comes back by himself; his offers pass on at once (S-24).

    Args:
        by: his head, when it is he who pauses him: then he is told of it.
    """
    with desk(company_of_person(person_id), now) as table:
        if by is not None and by != person_id:
            table.changes.tell(person_id, "paused", {"by": by, "reason": reason[:200]})
        pauses.begin(table.company, person_id, reason[:200], now)
        table.pools.bar(person_id, "paused", now.isoformat())
        _pass_on(table, person_id, "paused")


def resume(person_id: int, *, now: datetime) -> None:
    """He is back: what is held may be his now (S-55)."""
    with desk(company_of_person(person_id), now) as table:
        pauses.end(person_id, now)
        table.changes.freed = True
        table.changes.bumped += 1


def add_absence(person_id: int, starts_at: datetime, ends_at: datetime, reason: str, *, now: datetime) -> int:
    """He is away in `[starts_at, ends_at)`; what he holds passes on when it begins (S-24).

    Raises:
        Refused: it ends before it starts, or has ended already.
    """
    if ends_at <= starts_at or ends_at <= now:
        raise Refused("bad_times")
    company_id = company_of_person(person_id)
    with desk(company_id, now) as table:
        absence = Absence.objects.create(person_id=person_id, starts_at=starts_at, ends_at=ends_at, reason=reason[:200])
        _renew(table)
        for card in open_turns("c.holder_id = %s", person_id):
            if not table.org.policies[card.drum].rotate:
                retime(table, card)  # it stays with him, and his absence does not count (S-12, S-56)
            elif starts_at <= now:
                table.look(card, asked.Gone("absent"))
            else:
                table.changes.alarms.append((min(starts_at, card.next_at or starts_at), card.cycle.id))
        aftercare.follow(table, person_id)
        table.changes.bumped += 1
        return absence.pk


def end_absence(absence_id: int, *, now: datetime) -> None:
    """An absence is over early, or never begins."""
    absence = Absence.objects.select_related("person").filter(pk=absence_id).first()
    if absence is None:
        raise Refused("no_absence")
    with desk(absence.person.company_id, now) as table:
        if absence.starts_at >= now:
            absence.delete()
        else:
            Absence.objects.filter(pk=absence_id, ends_at__gt=now).update(ends_at=now)
        _renew(table)
        for card in open_turns("c.holder_id = %s", absence.person_id):
            retime(table, card)
        aftercare.follow(table, absence.person_id)
        table.changes.freed = True


def staff_changed(company_id: int, *, now: datetime) -> list[Moved]:
    """After people, hours or drums were edited: turns of those who are gone pass on, deadlines follow the calendar
    (S-15), holds are looked at again. Call it in the transaction of the edit; roll that back and it was a preview.
    """
    Company.objects.filter(pk=company_id).update(staff_version=_another_version())
    moved: list[Moved] = []
    with desk(company_id, now) as table:
        for card in open_turns("c.company_id = %s", company_id):
            moved += _follow(table, card)
        moved += aftercare.follow(table)
        table.changes.freed = True
        table.changes.bumped += 1
    return moved


def apply_to_running(company_id: int, drum_id: int, *, now: datetime) -> list[Moved]:
    """The newest budget for the turns that run already (S-37). Roll the transaction back and it was a preview."""
    with desk(company_id, now) as table:
        moved: list[Moved] = []
        for card in open_turns("c.company_id = %s AND c.drum_id = %s", company_id, drum_id):
            moved += retime(table, card, _newest_budget(card, table.org), "policy")
        return moved


def people_edited(company_id: int, *, now: datetime) -> list[Moved]:
    """As `staff_changed`, of the clocks after a take alone: what becomes of the open turns, who holds them and until
    when, says `would_move`. For a transaction that is rolled back soon."""
    Company.objects.filter(pk=company_id).update(staff_version=_another_version())
    with desk(company_id, now) as table:
        return aftercare.follow(table)


def would_move(
    company_id: int, edited: Org, *, edit: bool, follow: Collection[int], now: datetime
) -> tuple[list[Moved], list[Moved]]:
    """What `staff_changed` and `apply_to_running` would do to the open turns with other people and drums, which stand
    nowhere yet. Nothing is written and nothing locked: turns go on meanwhile.

    Args:
        edited: the people, hours and drums as they would be.
        edit: anything of them differs from what is in force.
        follow: drums whose running turns take the newest budget.

    Returns:
        What the edit moves, and what moves beyond that because running turns follow.
    """
    moved: list[Moved] = []
    followed: list[Moved] = []
    for card in open_turns("c.company_id = %s", company_id):
        turn = card.cycle.turn
        if turn is None:
            continue
        if edit and _gone(card, edited, now):
            moved.append(Moved(card.cycle.lead, turn.person, turn.due_at, None))
            continue
        was = turn.due_at
        if edit and (event := retimed(card, turn, edited, now)) is not None:
            moved.append(Moved(card.cycle.lead, turn.person, was, event.due_at))
            turn = replace(turn, due_at=event.due_at)
        if card.drum in follow:
            event = retimed(card, turn, edited, now, _newest_budget(card, edited), "policy")
            if event is not None:
                followed.append(Moved(card.cycle.lead, turn.person, turn.due_at, event.due_at))
    return moved, followed


def _newest_budget(card: Card, people: Org) -> int:
    policy, turn = people.policies[card.drum], card.cycle.turn
    budget = policy.budget_for(card.source, card.cycle.lead)
    return min(budget, policy.sticky_budget) if turn is not None and turn.sticky else budget


def _follow(table: Desk, card: Card) -> Iterator[Moved]:
    turn = card.cycle.turn
    if turn is None:
        return
    gone = _gone(card, table.org, table.now)
    if gone:
        yield Moved(card.cycle.lead, turn.person, turn.due_at, None)
        table.look(card, asked.Gone(gone))
        return
    yield from retime(table, card)


def _gone(card: Card, org: Org, now: datetime) -> str:
    """Why the holder cannot hold any more; empty when he can."""
    turn = card.cycle.turn
    if turn is None or turn.person is None:
        return ""
    member = org.people[turn.person]
    if not member.active or member.technical:
        return "dismissed"
    if turn.sticky or turn.pinned or org.in_roster(card.drum, card.owner, turn.person):
        return "absent" if member.absent_at(now) and org.policies[card.drum].rotate else ""
    return "removed" if card.cycle.pinned != turn.person else ""


def undelivered(effect_id: int, *, error: str, now: datetime) -> None:
    """An offer has not reached him in time: the head is warned, a miss is excused (S-45). Where a channel still tries,
    it goes on trying: most of the turn is still to come."""
    effect = Effect.objects.get(pk=effect_id)
    with desk(effect.company_id, now) as table:
        Effect.objects.filter(pk=effect_id).update(late_at=None)
        Effect.objects.filter(pk=effect_id, state=Effect.State.FAILED).update(state=Effect.State.DEAD)
        if effect.kind == "offer" and effect.cycle_id is not None:
            for card in cards("c.id = %s AND c.state = 'offered'", [effect.cycle_id]):
                table.look(card, asked.Undelivered(effect.turn_number, error[:200]))


def annul(incident_id: int, *, by: int, why: str, now: datetime) -> None:
    """The head takes an incident out of the count, with a reason (S-24, S-47). The turn's row stays (I2).

    Raises:
        Refused: no such incident, no reason, annulled already, or he does not answer for that person.
    """
    incident = _incident(incident_id)
    with desk(incident.company_id, now) as table:
        incident.refresh_from_db()
        if incident.annulled_at is not None:
            raise Refused("already_annulled")
        if not why.strip():
            raise Refused("empty")
        if not table.org.may_annul(by, incident.person_id):
            raise Refused("not_yours")
        Incident.objects.filter(pk=incident_id).update(annulled_at=now, annulled_by_id=by, annulled_why=why.strip())
        said = {"turn": incident.turn_number, "person": incident.person_id, "by": by, "why": why.strip()}
        table.note(incident.cycle_id, "annulled", said)
        _tell_crm(table, incident)
        if incident.person_id is not None:
            table.changes.tell(
                incident.person_id,
                "annulled",
                {"turn": incident.turn_number, "by": by, "why": why.strip()},
                incident.cycle_id,
                turn_number=incident.turn_number,
            )


def explain(incident_id: int, *, by: int, text: str, now: datetime) -> None:
    """He says in his own words how it came to the miss (S-47).

    Raises:
        Refused: no such incident, nothing said, or it is not his.
    """
    incident = _incident(incident_id)
    if incident.person_id != by:
        raise Refused("not_yours")
    if not text.strip():
        raise Refused("empty")
    with desk(incident.company_id, now) as table:
        text = text.strip()[:2000]
        Incident.objects.filter(pk=incident_id).update(explanation=text)
        table.note(incident.cycle_id, "explained", {"turn": incident.turn_number, "person": by, "text": text})
        _tell_crm(table, incident)


def _tell_crm(table: Desk, incident: Incident) -> None:
    """The journal's copy in a CRM apart says it too."""
    if table.org.apart:
        table.changes.ask_crm(incident.lead_id, "incident", incident.cycle_id, turn_number=incident.turn_number)


def _pass_on(table: Desk, person: int, reason: str) -> None:
    for card in open_turns("c.holder_id = %s", person):
        table.look(card, asked.Gone(reason))
    table.changes.bumped += 1


def _another_version() -> int:
    """Not the next number but any other: an edit that is rolled back must not leave its people under a later one's."""
    return secrets.randbelow(2**31)


def _renew(table: Desk) -> None:
    """The people of this transaction are read anew, with the edit in them."""
    Company.objects.filter(pk=table.company).update(staff_version=_another_version())
    table.renew()


def _incident(incident_id: int) -> Incident:
    incident = Incident.objects.filter(pk=incident_id).first()
    if incident is None:
        raise Refused("no_incident")
    return incident
