"""The lead goes on: to whom it is offered next, or why it is held (S-2, S-7, S-17 to S-25, S-28, S-56)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from leaddrum.core import decided
from leaddrum.core.course import Course, Facts
from leaddrum.core.cycle import Cycle, Hold, Line, Turn
from leaddrum.core.policy import Policy
from leaddrum.core.pool import Pool
from leaddrum.core.roster import Choice, choose


def onward(facts: Facts, policy: Policy, now: datetime, course: Course, cause: str, without: int | None = None) -> None:
    """The next turn, or a hold.

    Args:
        cause: why the lead goes on; see `decided.Offered.after`.
        without: the one who does not get it this time.
    """
    cycle, pool = course.cycle, facts.pool
    stays = _stays(facts, policy, cycle, without) if cause != "called" else None
    if stays is not None:
        offer_by_name(facts, policy, course, stays, cause)
        return
    budget = policy.budget_for(facts.lead.source, facts.cycle.lead)
    prefer, why, sticky = _preferred(facts, policy, cycle)
    choice = choose(pool, cycle.seen, budget, prefer=prefer, why=why, without=without, called=cause == "called")
    if choice.to_all:
        course.add(decided.Offered(_turn(policy, cycle, None, pool, budget, choice.lines), None, cause))
    elif choice.person is None:
        _hold(facts, policy, now, course, choice)
    else:
        sticky = sticky and choice.person == prefer
        shorter = min(budget, policy.sticky_budget) if sticky else budget
        turn = _turn(policy, cycle, choice.person, pool, shorter, choice.lines, sticky=sticky)
        course.add(decided.Offered(_asked(turn, choice.next_up, cause, facts), choice.next_up, cause))


def _stays(facts: Facts, policy: Policy, cycle: Cycle, without: int | None) -> int | None:
    """Who keeps the lead: the one it was assigned to by name (S-28), or its owner where nothing rotates (S-56).

    Who is paused by this very miss passes an assigned lead on (S-24, S-55); a lead that does not rotate leaves its
    owner only when he left for good.
    """
    person = cycle.pinned if cycle.pinned is not None else (None if policy.rotate else facts.lead.owner)
    candidate = facts.pool.people.get(person) if person is not None else None
    if candidate is None or candidate.barred in {"inactive", "technical"}:
        return None
    if policy.rotate:
        budget = policy.budget_for(facts.lead.source, facts.cycle.lead)
        away_for_years = not facts.pool.has_time(candidate.id, budget)
        return None if away_for_years or candidate.id == without else candidate.id
    return candidate.id


def _preferred(facts: Facts, policy: Policy, cycle: Cycle) -> tuple[int | None, str, bool]:
    """Who has the first right to a lead nobody was offered yet: a known client's owner (S-25), the owner (S-2)."""
    if cycle.last_turn > 0:
        return None, "", False
    known = facts.lead.known_owner
    if known is not None and known in facts.pool.people and known not in cycle.seen:
        return known, "known", True
    owner = facts.pool.people.get(facts.lead.owner) if facts.lead.owner is not None else None
    if policy.first_turn == "owner" and owner and not owner.guest and owner.id not in cycle.seen:  # S-31: he goes last
        return owner.id, "owner", False
    return None, "", False


def offer_by_name(facts: Facts, policy: Policy, course: Course, person: int, cause: str) -> None:
    """A turn for somebody named by hand, or for the owner who keeps the lead: full budget, no choice to be made."""
    how = "pinned" if course.cycle.pinned == person else ("stays" if not policy.rotate else "handed_over")
    budget = policy.budget_for(facts.lead.source, facts.cycle.lead)
    lines = (Line(person, "chosen", how),)
    turn = _turn(policy, course.cycle, person, facts.pool, budget, lines, pinned=how != "handed_over")
    course.add(decided.Offered(_asked(turn, None, cause, facts), None, cause))


def _turn(
    policy: Policy,
    cycle: Cycle,
    person: int | None,
    pool: Pool,
    budget: int,
    lines: tuple[Line, ...],
    *,
    sticky: bool = False,
    pinned: bool = False,
) -> Turn:
    """The turn with its deadline and reminders, all in the holder's working time (S-3, S-4, S-9)."""
    due_at, remind_at = pool.terms(person, budget)
    return Turn(
        number=cycle.last_turn + 1,
        person=person,
        policy_version=policy.version,
        offered_at=pool.now,
        due_at=due_at,
        budget=budget,
        remind_at=remind_at,
        sticky=sticky,
        pinned=pinned,
        candidates=lines,
    )


def _asked(turn: Turn, next_up: int | None, cause: str, facts: Facts) -> Turn:
    """A CRM apart is asked first, unless it has him as the responsible person already."""
    if not facts.apart or facts.lead.owner == turn.person:
        return turn
    return replace(turn, asked=cause, next_up=next_up)


def _hold(facts: Facts, policy: Policy, now: datetime, course: Course, choice: Choice) -> None:
    """Waiting, with its reason; journalled when the reason is new. The head is told of one in service hours (S-22)."""
    before = course.cycle.hold
    if before is not None and before.reason == choice.reason and not (before.until and before.until <= now):
        return
    told = before.told if before else False
    alert_at = before.alert_at if before else None
    if alert_at is None and not told and choice.reason in {"nobody", "cap"}:
        alert_at = facts.pool.service.add(now, policy.hold_alert)
    hold = Hold(choice.reason, before.since if before else now, choice.until, alert_at, told)
    course.add(decided.Held(hold, choice.lines))
