"""What happens to a cycle: facts in, events out. No clock, no tables, no randomness.

`decide` looks in this order: what the CRM shows (S-5, S-27 to S-32, S-36), what somebody asks for (S-24, S-25, S-28,
S-33), what the clock says (S-4, S-6 to S-8, S-21, S-22). So a lead that was taken is never judged missed, whatever
comes at the same moment (S-35).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leaddrum.core import cycle as c
from leaddrum.core.after import after
from leaddrum.core.cycle import Cycle, Event, Hold, Reading, State, Turn
from leaddrum.core.policy import Escalation, Meaning, Policy
from leaddrum.core.roster import Choice, Pool, choose

TOLERANCE = timedelta(seconds=2)  # CRMs keep whole seconds (S-5)
OUTAGE_SHARE = 0.2  # of the budget: from here on an outage excuses the miss (S-41)


@dataclass(frozen=True, slots=True)
class Past:
    """An ended turn, as far as a late take may concern it (S-36)."""

    number: int
    person: int | None
    offered_at: datetime
    due_at: datetime
    missed: bool
    judged_at: datetime  # when its verdict fell


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision may look at."""

    cycle: Cycle
    lead: Reading
    pool: Pool
    running: Policy  # the version the open turn runs under (S-37)
    ask: c.Ask | None = None
    past: tuple[Past, ...] = ()
    outage: float = 0.0  # working seconds of the open turn during which nobody could take: the engine was down
    on_call: bool = False  # its holder was on the phone with a client when his time ran out (S-48)
    apart: bool = False  # the CRM is a system of its own: it confirms an owner before his turn starts (S-3)


class _Course:
    """The events decided so far and the cycle as they leave it."""

    __slots__ = ("cycle", "events")

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle
        self.events: list[Event] = []

    def add(self, event: Event) -> None:
        self.events.append(event)
        self.cycle = after(self.cycle, event)


def decide(facts: Facts, policy: Policy, now: datetime) -> tuple[Event, ...]:
    """The events of one look at one cycle; none when nothing is due.

    Args:
        facts: the cycle, a fresh reading of its lead, the drum's people.
        policy: the newest version; it governs the next turn, `facts.running` the open one.
        now: the instant of the decision, UTC.
    """
    return run(facts, policy, now)[0]


def run(facts: Facts, policy: Policy, now: datetime) -> tuple[tuple[Event, ...], Cycle]:
    """`decide`, and the cycle as the events leave it."""
    course = _Course(facts.cycle)
    if facts.cycle.state in c.OPEN:
        _from_reading(facts, policy, course)
        if facts.ask is not None and course.cycle.state in c.OPEN:
            _from_ask(facts, policy, now, course)
        if not course.events:
            _from_clock(facts, policy, now, course)
    return tuple(course.events), course.cycle


# 1. What the CRM shows.


def _from_reading(facts: Facts, policy: Policy, course: _Course) -> None:
    lead = facts.lead
    if not lead.exists:
        _void(course, "deleted")
        course.add(c.Withdrawn("deleted"))
    elif lead.meaning is Meaning.CLOSE:
        _void(course, "closed")
        course.add(c.Closed(lead.stage, lead.moved_by, untaken=True, head=facts.pool.head))
    elif lead.meaning is Meaning.TAKE:
        if lead.moved_by_robot and not policy.robots_take:
            if lead.fresh:
                course.add(c.RobotMoved(lead.stage))
        else:
            _taken(facts, course)


def _taken(facts: Facts, course: _Course) -> None:
    """The take ends the cycle. Judged by the CRM's own move time and mover, even when it is learned late (S-36)."""
    lead, turn = facts.lead, course.cycle.turn
    at = min(lead.moved_at, facts.pool.now)
    if turn is None or at < turn.offered_at:
        wrong = [past for past in facts.past if past.missed and at <= past.due_at + TOLERANCE and at < past.judged_at]
        for past in wrong:
            course.add(c.Annulled(past.number, past.person, at))
        if wrong:
            _void(course, "annulled")
            course.add(c.Taken(lead.moved_by, at, None, None, in_time=True, by_robot=lead.moved_by_robot))
            return
    own = turn is not None and (turn.person is None or lead.moved_by == turn.person)
    if turn is not None and not own:
        course.add(c.Voided(turn.number, turn.person, "colleague"))
    course.add(
        c.Taken(
            lead.moved_by,
            at,
            turn.number if own and turn else None,
            turn.person if turn else None,
            in_time=turn is None or at <= turn.due_at + TOLERANCE,
            by_robot=lead.moved_by_robot,
        )
    )


def _void(course: _Course, reason: str) -> None:
    turn = course.cycle.turn
    if turn is not None:
        course.add(c.Voided(turn.number, turn.person, reason))


# 2. What somebody asks for.


def _from_ask(facts: Facts, policy: Policy, now: datetime, course: _Course) -> None:
    turn = course.cycle.turn
    match facts.ask:
        case c.Arrival(channel, returned_by, routes):
            course.add(c.Arrived(channel, returned_by, routes))
            _next(facts, policy, now, course, "arrived")
        case c.Decline(person, number, reason) if turn is not None and turn.number == number:
            course.add(c.Returned(number, person, now, reason))
            _next(facts, policy, now, course, "returned")
        case c.Reassign() as ask:
            _reassign(ask, facts, policy, now, course)
        case c.Gone(reason) if turn is not None:
            # A lead that stays with its owner waits for him, unless he left for good (S-24, S-56).
            if policy.rotate or reason not in {"absent", "paused"}:
                _void(course, reason)
                _next(facts, policy, now, course, "void")
        case c.Again(channel):
            holder = turn.person if turn else None
            course.add(c.Joined(channel, course.cycle.priority + 1, holder, _told_of_it(facts, turn)))
        case c.HeadDecides() | c.Call() as ask:
            _from_head(ask, facts, policy, now, course)
        case c.Leave(reason):
            _void(course, "merged" if reason == "merged" else "moved")
            course.add(c.Withdrawn(reason))
        case c.Confirmed() | c.Unaccepted() | c.CrmBack() as answer if turn is not None:
            _from_crm(answer, turn, facts, policy, now, course)
        case c.Undelivered(number, error) if turn is not None and turn.number == number and not turn.excuse:
            course.add(c.OfferUndelivered(number, turn.person, facts.pool.head_of(turn.person), error))
        case _:
            pass  # about a turn that has ended meanwhile: nothing to do


def _told_of_it(facts: Facts, turn: Turn | None) -> tuple[int, ...]:
    """Who has the lead: its holder, everybody it is offered to, or the head."""
    if turn is None:
        head = facts.pool.head
        return (head,) if facts.cycle.state is State.WITH_HEAD and head is not None else ()
    return turn.everybody()


def _reassign(ask: c.Reassign, facts: Facts, policy: Policy, now: datetime, course: _Course) -> None:
    """Changed by hand (S-28): the head pins, the holder hands over, a colleague's change stands (I4)."""
    turn = course.cycle.turn
    if turn is not None and turn.person == ask.to and (not ask.by_head or course.cycle.pinned == ask.to):
        return
    if turn is not None and turn.person is not None and ask.by == turn.person and not ask.by_head:
        course.add(c.Returned(turn.number, turn.person, now, "handed_over", to=ask.to))
    else:
        _void(course, "reassigned")
    if ask.by_head:
        course.add(c.Pinned(ask.to, ask.by))
    cause = "pinned" if ask.by_head else "handed_over"
    if facts.pool.has_time(ask.to, policy.budget_for(facts.lead.source, facts.cycle.lead)):
        _offer_by_name(facts, policy, course, ask.to, cause)
    else:
        _next(facts, policy, now, course, cause)  # on leave for years: it passes on at once (S-24)


def _from_head(ask: c.HeadDecides | c.Call, facts: Facts, policy: Policy, now: datetime, course: _Course) -> None:
    match ask:
        case c.Call(by):
            _called(by, facts, policy, now, course)
        case c.HeadDecides(_, "restart"):
            _next(facts, policy, now, course, "restart")
        case c.HeadDecides(by):
            _void(course, "closed")
            course.add(c.Closed(facts.lead.stage, by, untaken=True, head=facts.pool.head))


def _called(by: int, facts: Facts, policy: Policy, now: datetime, course: _Course) -> None:
    """The head calls the drum by hand: the lead goes to whoever is next now, without guilt for its holder, and a short
    rest from this very lead does not count. When nobody else can be offered it, it stays where it is."""
    turn = course.cycle.turn
    holder = turn.person if turn is not None else None
    if not policy.rotate or (turn is not None and holder is None):
        return
    budget = policy.budget_for(facts.lead.source, facts.cycle.lead)
    found = choose(facts.pool, course.cycle.seen, budget, without=holder, called=True)
    if found.person is None and not found.to_all:
        return
    course.add(c.Called(by))
    _void(course, "called")
    _next(facts, policy, now, course, "called", without=holder)


def _from_crm(
    answer: c.Confirmed | c.Unaccepted | c.CrmBack,
    turn: Turn,
    facts: Facts,
    policy: Policy,
    now: datetime,
    course: _Course,
) -> None:
    """A CRM apart has answered, perhaps about a turn that is over or has started already."""
    match answer:
        case c.Confirmed(number) if turn.number == number and turn.asked:
            _start(turn, facts, now, course)
        case c.Unaccepted(number, _) if turn.number == number and turn.asked:
            course.add(c.Voided(turn.number, turn.person, "refused", now))
            _next(facts, policy, now, course, "void")
        case c.CrmBack(lost) if not turn.asked and lost > OUTAGE_SHARE * turn.budget:
            _extend(turn, lost, facts, now, course)
        case _:
            pass


def _start(turn: Turn, facts: Facts, now: datetime, course: _Course) -> None:
    """The CRM has confirmed the owner: the clock starts now (S-3)."""
    due_at, remind_at = facts.pool.terms(turn.person, turn.budget)
    course.add(c.Started(turn.number, turn.person, now, due_at, turn.budget, remind_at, turn.next_up, turn.asked))


def _extend(turn: Turn, lost: float, facts: Facts, now: datetime, course: _Course) -> None:
    """The CRM was away for more than a fifth of the budget: the turn is longer by as much (S-41)."""
    holder = facts.pool.people.get(turn.person) if turn.person is not None else None
    hours = holder.hours if holder else facts.pool.service
    later = tuple((share, hours.add(at, lost)) for share, at in turn.remind_at)
    ahead = tuple((share, at) for share, at in later if at > now)
    due_at, budget = hours.add(turn.due_at, lost), turn.budget + round(lost)
    course.add(c.Extended(turn.number, turn.person, due_at, turn.due_at, "outage", ahead, budget))


# 3. What the clock says.


def _from_clock(facts: Facts, policy: Policy, now: datetime, course: _Course) -> None:
    turn, hold = course.cycle.turn, course.cycle.hold
    if turn is not None:
        holder = facts.pool.people.get(turn.person) if turn.person is not None else None
        if holder is not None and holder.away_at(now) and policy.rotate:
            course.add(c.Voided(turn.number, turn.person, "absent"))
            _next(facts, policy, now, course, "void")
        elif turn.asked:
            pass  # it has not started
        elif now >= (judged_at := turn.due_at + timedelta(seconds=facts.running.verdict_delay)):
            if facts.lead.read_at is not None and facts.lead.read_at >= judged_at:  # I3; else the verdict waits (S-41)
                _missed(facts, policy, now, course, turn)
        else:
            _remind(turn, now, course)
    elif hold is not None and hold.reason != "frozen":
        _next(facts, policy, now, course, "released")
        hold = course.cycle.hold
        if hold is not None and hold.alert_at is not None and hold.alert_at <= now:
            course.add(c.HoldTold(hold.reason, hold.since, facts.pool.head))


def _remind(turn: Turn, now: datetime, course: _Course) -> None:
    """The latest reminder that is due; earlier ones that were slept through are not sent any more."""
    due = [share for share, at in turn.remind_at if at <= now]
    if due:
        course.add(c.Reminded(turn.number, turn.person, due[-1], turn.due_at, turn.everybody()))


def _missed(facts: Facts, policy: Policy, now: datetime, course: _Course, turn: Turn) -> None:
    """The verdict (S-6), the head at every K-th (S-8), the next turn (S-7)."""
    holder = facts.pool.people.get(turn.person) if turn.person is not None else None
    held = (holder.before or holder.open_offers) if holder else 0
    excuse = turn.excuse or _excuse(facts, turn, held)
    misses = course.cycle.misses + 1
    paused = bool(
        facts.running.pause_after and holder and not excuse and holder.streak + 1 >= facts.running.pause_after
    )
    head = facts.pool.head_of(turn.person) if paused or misses % facts.running.escalate_after == 0 else None
    course.add(c.Missed(turn.number, turn.person, now, turn.due_at, misses, held, excuse, paused, head))
    if misses % facts.running.escalate_after == 0:
        mode = facts.running.escalation if head is not None else Escalation.OBSERVE
        course.add(c.Escalated(misses, head, mode.value))
        if mode is not Escalation.OBSERVE:
            return
    _next(facts, policy, now, course, "missed", without=turn.person if paused else None)


def _excuse(facts: Facts, turn: Turn, held: int) -> str:
    """Overload is not guilt, nor a call with a client (S-48), nor is an outage (S-41, S-42)."""
    if facts.outage > OUTAGE_SHARE * turn.budget:
        return "outage"
    if facts.on_call:
        return "call"
    cap = facts.running.open_offers_cap
    return "overload" if held >= cap > 1 else ""


# The next turn, or a hold.


def _next(facts: Facts, policy: Policy, now: datetime, course: _Course, cause: str, without: int | None = None) -> None:
    cycle, pool = course.cycle, facts.pool
    stays = _stays(facts, policy, cycle, without) if cause != "called" else None
    if stays is not None:
        _offer_by_name(facts, policy, course, stays, cause)
        return
    budget = policy.budget_for(facts.lead.source, facts.cycle.lead)
    prefer, why, sticky = _preferred(facts, policy, cycle)
    choice = choose(pool, cycle.seen, budget, prefer=prefer, why=why, without=without, called=cause == "called")
    if choice.to_all:
        course.add(c.Offered(_turn(policy, cycle, None, pool, budget, choice.lines), None, cause))
    elif choice.person is None:
        _hold(facts, policy, now, course, choice)
    else:
        sticky = sticky and choice.person == prefer
        shorter = min(budget, policy.sticky_budget) if sticky else budget
        turn = _turn(policy, cycle, choice.person, pool, shorter, choice.lines, sticky=sticky)
        course.add(c.Offered(_asked(turn, choice.next_up, cause, facts), choice.next_up, cause))


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
        away = not facts.pool.has_time(
            candidate.id, policy.budget_for(facts.lead.source, facts.cycle.lead)
        )  # for years
        return None if away or candidate.id == without else candidate.id
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


def _offer_by_name(facts: Facts, policy: Policy, course: _Course, person: int, cause: str) -> None:
    """A turn for somebody named by hand, or for the owner who keeps the lead: full budget, no choice to be made."""
    how = "pinned" if course.cycle.pinned == person else ("stays" if not policy.rotate else "handed_over")
    budget = policy.budget_for(facts.lead.source, facts.cycle.lead)
    lines = (c.Line(person, "chosen", how),)
    turn = _turn(policy, course.cycle, person, facts.pool, budget, lines, pinned=how != "handed_over")
    course.add(c.Offered(_asked(turn, None, cause, facts), None, cause))


def _turn(
    policy: Policy,
    cycle: Cycle,
    person: int | None,
    pool: Pool,
    budget: int,
    lines: tuple[c.Line, ...],
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


def _hold(facts: Facts, policy: Policy, now: datetime, course: _Course, choice: Choice) -> None:
    """Waiting, with its reason; journalled when the reason is new. The head is told of one in service hours (S-22)."""
    before = course.cycle.hold
    if before is not None and before.reason == choice.reason and not (before.until and before.until <= now):
        return
    told = before.told if before else False
    alert_at = before.alert_at if before else None
    if alert_at is None and not told and choice.reason in {"nobody", "cap"}:
        alert_at = facts.pool.service.add(now, policy.hold_alert)
    hold = Hold(choice.reason, before.since if before else now, choice.until, alert_at, told)
    course.add(c.Held(hold, choice.lines))
