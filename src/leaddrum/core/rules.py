"""What happens to a cycle: facts in, events out. No clock, no tables, no randomness.

`decide` looks in this order: what the CRM shows (S-5, S-27 to S-32, S-36), what somebody asks for (S-24, S-25, S-28,
S-33), what the clock says (S-4, S-6 to S-8, S-21, S-22). So a lead that was taken is never judged missed, whatever
comes at the same moment (S-35).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from leaddrum.core import asked, decided
from leaddrum.core.course import Course, Facts
from leaddrum.core.cycle import OPEN, Cycle, State, Turn
from leaddrum.core.onward import offer_by_name, onward
from leaddrum.core.policy import Escalation, Meaning, Policy
from leaddrum.core.roster import choose

TOLERANCE = timedelta(seconds=2)  # CRMs keep whole seconds (S-5)
OUTAGE_SHARE = 0.2  # of the budget: from here on an outage excuses the miss (S-41)


def decide(facts: Facts, policy: Policy, now: datetime) -> tuple[decided.Event, ...]:
    """The events of one look at one cycle; none when nothing is due.

    Args:
        facts: the cycle, a fresh reading of its lead, the drum's people.
        policy: the newest version; it governs the next turn, `facts.running` the open one.
        now: the instant of the decision, UTC.
    """
    return run(facts, policy, now)[0]


def run(facts: Facts, policy: Policy, now: datetime) -> tuple[tuple[decided.Event, ...], Cycle]:
    """`decide`, and the cycle as the events leave it."""
    course = Course(facts.cycle)
    if facts.cycle.state in OPEN:
        _from_reading(facts, policy, course)
        if facts.ask is not None and course.cycle.state in OPEN:
            _from_ask(facts, policy, now, course)
        if not course.events:
            _from_clock(facts, policy, now, course)
    return tuple(course.events), course.cycle


# 1. What the CRM shows.


def _from_reading(facts: Facts, policy: Policy, course: Course) -> None:
    lead = facts.lead
    if not lead.exists:
        _void(course, "deleted")
        course.add(decided.Withdrawn("deleted"))
    elif lead.meaning is Meaning.CLOSE:
        _void(course, "closed")
        course.add(decided.Closed(lead.stage, lead.moved_by, untaken=True, head=facts.pool.head))
    elif lead.meaning is Meaning.TAKE:
        if lead.moved_by_robot and not policy.robots_take:
            if lead.fresh:
                course.add(decided.RobotMoved(lead.stage))
        else:
            _taken(facts, course)


def _taken(facts: Facts, course: Course) -> None:
    """The take ends the cycle. Judged by the CRM's own move time and mover, even when it is learned late (S-36)."""
    lead, turn = facts.lead, course.cycle.turn
    at = min(lead.moved_at, facts.pool.now)
    if turn is None or at < turn.offered_at:
        wrong = [past for past in facts.past if past.missed and at <= past.due_at + TOLERANCE and at < past.judged_at]
        for past in wrong:
            course.add(decided.Annulled(past.number, past.person, at))
        if wrong:
            _void(course, "annulled")
            course.add(decided.Taken(lead.moved_by, at, None, None, in_time=True, by_robot=lead.moved_by_robot))
            return
    own = turn is not None and (turn.person is None or lead.moved_by == turn.person)
    if turn is not None and not own:
        course.add(decided.Voided(turn.number, turn.person, "colleague"))
    course.add(
        decided.Taken(
            lead.moved_by,
            at,
            turn.number if own and turn else None,
            turn.person if turn else None,
            in_time=turn is None or at <= turn.due_at + TOLERANCE,
            by_robot=lead.moved_by_robot,
        )
    )


def _void(course: Course, reason: str) -> None:
    turn = course.cycle.turn
    if turn is not None:
        course.add(decided.Voided(turn.number, turn.person, reason))


# 2. What somebody asks for.


def _from_ask(facts: Facts, policy: Policy, now: datetime, course: Course) -> None:
    turn = course.cycle.turn
    match facts.ask:
        case asked.Arrival(channel, returned_by, routes):
            course.add(decided.Arrived(channel, returned_by, routes))
            onward(facts, policy, now, course, "arrived")
        case asked.Decline(person, number, reason) if turn is not None and turn.number == number:
            course.add(decided.Returned(number, person, now, reason))
            onward(facts, policy, now, course, "returned")
        case asked.Reassign() as ask:
            _reassign(ask, facts, policy, now, course)
        case asked.Gone(reason) if turn is not None:
            # A lead that stays with its owner waits for him, unless he left for good (S-24, S-56).
            if policy.rotate or reason not in {"absent", "paused"}:
                _void(course, reason)
                onward(facts, policy, now, course, "void")
        case asked.Again(channel):
            holder = turn.person if turn else None
            course.add(decided.Joined(channel, course.cycle.priority + 1, holder, _told_of_it(facts, turn)))
        case asked.HeadDecides() | asked.Call() as ask:
            _from_head(ask, facts, policy, now, course)
        case asked.Leave(reason):
            _void(course, "merged" if reason == "merged" else "moved")
            course.add(decided.Withdrawn(reason))
        case asked.Confirmed() | asked.Unaccepted() | asked.CrmBack() as answer if turn is not None:
            _from_crm(answer, turn, facts, policy, now, course)
        case asked.Undelivered(number, error) if turn is not None and turn.number == number and not turn.excuse:
            course.add(decided.OfferUndelivered(number, turn.person, facts.pool.head_of(turn.person), error))
        case _:
            pass  # about a turn that has ended meanwhile: nothing to do


def _told_of_it(facts: Facts, turn: Turn | None) -> tuple[int, ...]:
    """Who has the lead: its holder, everybody it is offered to, or the head."""
    if turn is None:
        head = facts.pool.head
        return (head,) if facts.cycle.state is State.WITH_HEAD and head is not None else ()
    return turn.everybody()


def _reassign(ask: asked.Reassign, facts: Facts, policy: Policy, now: datetime, course: Course) -> None:
    """Changed by hand (S-28): the head pins, the holder hands over, a colleague's change stands (I4)."""
    turn = course.cycle.turn
    if turn is not None and turn.person == ask.to and (not ask.by_head or course.cycle.pinned == ask.to):
        return
    if turn is not None and turn.person is not None and ask.by == turn.person and not ask.by_head:
        course.add(decided.Returned(turn.number, turn.person, now, "handed_over", to=ask.to))
    else:
        _void(course, "reassigned")
    if ask.by_head:
        course.add(decided.Pinned(ask.to, ask.by))
    cause = "pinned" if ask.by_head else "handed_over"
    if facts.pool.has_time(ask.to, policy.budget_for(facts.lead.source, facts.cycle.lead)):
        offer_by_name(facts, policy, course, ask.to, cause)
    else:
        onward(facts, policy, now, course, cause)  # on leave for years: it passes on at once (S-24)


def _from_head(
    ask: asked.HeadDecides | asked.Call, facts: Facts, policy: Policy, now: datetime, course: Course
) -> None:
    match ask:
        case asked.Call(by):
            _called(by, facts, policy, now, course)
        case asked.HeadDecides(_, "restart"):
            onward(facts, policy, now, course, "restart")
        case asked.HeadDecides(by):
            _void(course, "closed")
            course.add(decided.Closed(facts.lead.stage, by, untaken=True, head=facts.pool.head))


def _called(by: int, facts: Facts, policy: Policy, now: datetime, course: Course) -> None:
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
    course.add(decided.Called(by))
    _void(course, "called")
    onward(facts, policy, now, course, "called", without=holder)


def _from_crm(
    answer: asked.Confirmed | asked.Unaccepted | asked.CrmBack,
    turn: Turn,
    facts: Facts,
    policy: Policy,
    now: datetime,
    course: Course,
) -> None:
    """A CRM apart has answered, perhaps about a turn that is over or has started already."""
    match answer:
        case asked.Confirmed(number) if turn.number == number and turn.asked:
            _start(turn, facts, now, course)
        case asked.Unaccepted(number, _) if turn.number == number and turn.asked:
            course.add(decided.Voided(turn.number, turn.person, "refused", now))
            onward(facts, policy, now, course, "void")
        case asked.CrmBack(lost) if not turn.asked and lost > OUTAGE_SHARE * turn.budget:
            _extend(turn, lost, facts, now, course)
        case _:
            pass


def _start(turn: Turn, facts: Facts, now: datetime, course: Course) -> None:
    """The CRM has confirmed the owner: the clock starts now (S-3)."""
    due_at, remind_at = facts.pool.terms(turn.person, turn.budget)
    course.add(decided.Started(turn.number, turn.person, now, due_at, turn.budget, remind_at, turn.next_up, turn.asked))


def _extend(turn: Turn, lost: float, facts: Facts, now: datetime, course: Course) -> None:
    """The CRM was away for more than a fifth of the budget: the turn is longer by as much (S-41)."""
    holder = facts.pool.people.get(turn.person) if turn.person is not None else None
    hours = holder.hours if holder else facts.pool.service
    later = tuple((share, hours.add(at, lost)) for share, at in turn.remind_at)
    ahead = tuple((share, at) for share, at in later if at > now)
    due_at, budget = hours.add(turn.due_at, lost), turn.budget + round(lost)
    course.add(decided.Extended(turn.number, turn.person, due_at, turn.due_at, "outage", ahead, budget))


# 3. What the clock says.


def _from_clock(facts: Facts, policy: Policy, now: datetime, course: Course) -> None:
    turn, hold = course.cycle.turn, course.cycle.hold
    if turn is not None:
        holder = facts.pool.people.get(turn.person) if turn.person is not None else None
        if holder is not None and holder.away_at(now) and policy.rotate:
            course.add(decided.Voided(turn.number, turn.person, "absent"))
            onward(facts, policy, now, course, "void")
        elif turn.asked:
            pass  # it has not started
        elif now >= (judged_at := turn.due_at + timedelta(seconds=facts.running.verdict_delay)):
            if facts.lead.read_at is not None and facts.lead.read_at >= judged_at:  # I3; else the verdict waits (S-41)
                _missed(facts, policy, now, course, turn)
        else:
            _remind(turn, now, course)
    elif hold is not None and hold.reason != "frozen":
        onward(facts, policy, now, course, "released")
        hold = course.cycle.hold
        if hold is not None and hold.alert_at is not None and hold.alert_at <= now:
            course.add(decided.HoldTold(hold.reason, hold.since, facts.pool.head))


def _remind(turn: Turn, now: datetime, course: Course) -> None:
    """The latest reminder that is due; earlier ones that were slept through are not sent any more."""
    due = [share for share, at in turn.remind_at if at <= now]
    if due:
        course.add(decided.Reminded(turn.number, turn.person, due[-1], turn.due_at, turn.everybody()))


def _missed(facts: Facts, policy: Policy, now: datetime, course: Course, turn: Turn) -> None:
    """The verdict (S-6), the head at every K-th (S-8), the next turn (S-7)."""
    holder = facts.pool.people.get(turn.person) if turn.person is not None else None
    held = (holder.before or holder.open_offers) if holder else 0
    excuse = turn.excuse or _excuse(facts, turn, held)
    misses = course.cycle.misses + 1
    paused = bool(
        facts.running.pause_after and holder and not excuse and holder.streak + 1 >= facts.running.pause_after
    )
    head = facts.pool.head_of(turn.person) if paused or misses % facts.running.escalate_after == 0 else None
    course.add(decided.Missed(turn.number, turn.person, now, turn.due_at, misses, held, excuse, paused, head))
    if misses % facts.running.escalate_after == 0:
        mode = facts.running.escalation if head is not None else Escalation.OBSERVE
        course.add(decided.Escalated(misses, head, mode.value))
        if mode is not Escalation.OBSERVE:
            return
    onward(facts, policy, now, course, "missed", without=turn.person if paused else None)


def _excuse(facts: Facts, turn: Turn, held: int) -> str:
    """Overload is not guilt, nor a call with a client (S-48), an outage (S-41, S-42), or what he was not told of."""
    if facts.watched:
        return "watched"
    if facts.outage > OUTAGE_SHARE * turn.budget:
        return "outage"
    if facts.on_call:
        return "call"
    cap = facts.running.open_offers_cap
    return "overload" if held >= cap > 1 else ""
