"""How long a way in may bring nothing before somebody should look at it.

Nobody tells us that a site was rebuilt and its form posts nowhere: only the silence does. What is unusual is judged by
the way's own history, in working time, so that a quiet Sunday is none (S-9):

1. What is looked at: whatever came in the four weeks before the last thing that came; the newest 10,000 at most.
2. It must be 20 at least, over two weeks at least: so two weekends are in it. Of more than 700 a day the newest 10,000
   are enough. Else nobody knows what is usual, and nothing is said.
3. What is usual: the longest pause between two of them.
4. The way is silent when nothing has come for three times as long, and for four working hours at least.

Why three times: if things come at random, evenly over working time, each pause is independent of the others, and the
next one is K times longer than the longest of n with the probability n!·K!/(n+K)! (the mean of exp(-K·longest), for the
longest of n exponential pauses is the sum of independent ones with the means 1, 1/2, … 1/n). For K = 3 that is one
false alarm in 1,540 leads where 20 are known, and one in 22,100 where 50 are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from leaddrum.core.worktime import BeyondHorizon, Calendar, NeverOpens

KNOWN = timedelta(weeks=4)
NEWEST = 10_000
FEWEST = 20
SPREAD = timedelta(weeks=2)
TIMES = 3
LEAST = 4 * 3600.0  # working seconds


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`usual`: the longest pause there was, `most`: what is not unusual yet; both in working seconds."""

    usual: float
    most: float


def rhythm(came: Iterable[datetime], calendar: Calendar) -> Rhythm | None:
    """What is usual of a way by which something came at these instants (in any order, the newest `NEWEST` of them).
    None: too little is known to say."""
    start, end = calendar.window
    known = sorted(at for at in came if start <= at < end)
    if not known:
        return None
    recent = [at for at in known if at >= known[-1] - KNOWN]
    enough = recent[-1] - recent[0] >= SPREAD or len(recent) >= NEWEST
    if len(recent) < FEWEST or not enough:
        return None
    usual = max(calendar.between(before, after) for before, after in pairwise(recent))
    return Rhythm(usual, max(LEAST, TIMES * usual))


def silent_from(found: Rhythm, since: datetime, calendar: Calendar) -> datetime | None:
    """From when on the silence is unusual if nothing comes after `since`. None: not in the time that is known."""
    try:
        return calendar.add(since, found.most)
    except (NeverOpens, BeyondHorizon):
        return None
