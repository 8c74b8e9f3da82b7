"""Working time: when a budget of working seconds runs out, how much of it lies between two instants (S-9, S-11…S-16).

A `Calendar` is a sorted list of disjoint half-open intervals ``[start, end)`` in UTC inside a window, with the working
time before each of them summed up once. Every question is then one or two binary searches: the answer costs the same
for half an hour and for four hundred hours, and nothing walks over days (S-14).

How a deadline is found (`Calendar.add_us`):

1. ``i`` is the last interval that starts at or before the instant. A list says where a search for it begins.
2. Mostly the budget fits into that interval, or, when it is closed at the instant, into the next one.
3. Else the target is the working time up to the instant plus the budget, and the deadline the earliest instant at which
   the sum reaches it. So a budget that is spent exactly when the morning ends is due at 13:00, not at 14:00 when work
   goes on.

Inside, instants are whole microseconds since 1970-01-01 UTC; outside, aware datetimes; a naive datetime is an error
(I6).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from leaddrum.core.derivation import derive
from leaddrum.core.instants import SECOND, Pair, from_us, merged, to_us

if TYPE_CHECKING:
    from leaddrum.core.derivation import DayNotes, Derivation

PART = 36  # window and sums are divided into parts of 2**36 microseconds, 19 hours, to begin a search near its end
NEVER = 1 << 60  # later than any instant
SHIFT_GAP = 2 * 3600 * SECOND  # a longer gap ends a shift; lunch does not


class NeverOpens(ValueError):
    """From the instant asked about to the end of its window the calendar has no working time (S-14)."""


class BeyondHorizon(ValueError):
    """The answer, or the question, lies outside the window for which the calendar is known (S-14)."""


class Span(NamedTuple):
    """``[start, end)`` in UTC; `note` says why it is special, empty when it is not."""

    start: datetime
    end: datetime
    note: str = ""


def budget_us(seconds: float) -> int:
    """Whole microseconds of a budget in seconds. Raises ValueError when it is negative or not a number."""
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"a budget is a finite number of seconds, 0 or more, not {seconds}")
    return round(seconds * SECOND)


class Calendar:
    """The working time of somebody or something inside `window`. Immutable; every method costs O(log n).

    Asked about an instant outside its window it raises `BeyondHorizon` rather than guess: what lies there is not known.
    The window's end itself may be asked for as the end of a stretch (`between`), not as an instant (`is_open`).
    """

    # Interval 0 is an empty one at the window's start, so that every instant has an interval at or before it.
    __slots__ = ("_base", "_ends", "_first", "_hi", "_lo", "_next", "_reached", "_shift", "_starts", "_sums")

    def __init__(self, spans: Iterable[Span | tuple[datetime, datetime]], window: tuple[datetime, datetime]) -> None:
        """Spans in any order, overlapping or not; what lies outside the window is cut off.

        Raises ValueError for naive datetimes, a span that ends before it starts, and an empty window.
        """
        pairs = [(to_us(span[0]), to_us(span[1])) for span in spans]
        for start, end in pairs:
            if end < start:
                raise ValueError(f"a span ends before it starts: {from_us(start)} to {from_us(end)}")
        self._fill(merged(pairs), to_us(window[0]), to_us(window[1]))

    def _fill(self, pairs: Iterable[Pair], lo: int, hi: int) -> None:
        if hi <= lo:
            raise ValueError(f"the window is empty: {from_us(lo)} to {from_us(hi)}")
        self._lo, self._hi = lo, hi
        self._starts, self._ends = [lo], [lo]
        self._sums = [0]  # working time up to the end of interval i
        self._base = [lo]  # an instant inside interval i minus this is the working time up to that instant
        for pair in pairs:
            start, end = max(pair[0], lo), min(pair[1], hi)
            if start >= end:
                continue
            before = self._sums[-1]
            self._starts.append(start)
            self._ends.append(end)
            self._sums.append(before + end - start)
            self._base.append(start - before)
        self._shift = self._shifts()
        edges = range(lo, hi + (2 << PART), 1 << PART)
        self._first = [bisect_right(self._starts, edge) - 1 for edge in edges]  # the interval before each part's start
        self._next = [*self._starts[1:], NEVER]  # the start of the next interval
        parts = range(0, self._sums[-1] + (2 << PART), 1 << PART)
        self._reached = [bisect_left(self._sums, part) for part in parts]  # the interval in which each sum is reached

    def _shifts(self) -> list[int]:
        """For each interval the working time up to the end of its shift."""
        sums = list(self._sums)
        for i in range(len(sums) - 2, 0, -1):
            if self._starts[i + 1] - self._ends[i] <= SHIFT_GAP:
                sums[i] = sums[i + 1]
        return sums

    @staticmethod
    def of_us(pairs: Iterable[Pair], lo: int, hi: int) -> Calendar:
        """A calendar of microsecond pairs, in any order, in the window ``[lo, hi)``."""
        made = Calendar.__new__(Calendar)
        made._fill(merged(pairs), lo, hi)  # noqa: SLF001  a way to construct, of this very class
        return made

    @classmethod
    def always(cls, window: tuple[datetime, datetime]) -> Calendar:
        """Open all the time."""
        return cls([window], window)

    # Questions

    @property
    def window(self) -> tuple[datetime, datetime]:
        """What the calendar knows: ``[start, end)``."""
        return from_us(self._lo), from_us(self._hi)

    def is_open(self, t: datetime) -> bool:
        """Whether `t` is working time: the start of an interval is, its end is not."""
        us = to_us(t)
        return us < self._ends[self._at(us)]

    def next_open(self, t: datetime) -> datetime | None:
        """`t` itself when open, else the next opening; None: nothing more opens in the window."""
        us = to_us(t)
        i = self._at(us)
        if us < self._ends[i]:
            return from_us(us)
        return from_us(self._starts[i + 1]) if i + 1 < len(self._starts) else None

    def closes_at(self, t: datetime) -> datetime | None:
        """The end of the interval that `t` is in; None when closed."""
        us = to_us(t)
        end = self._ends[self._at(us)]
        return from_us(end) if us < end else None

    def shift_left(self, t: datetime) -> float:
        """Working seconds from `t` to the shift's end (a gap of over two hours ends it); 0 when closed, S-19."""
        us = to_us(t)
        i = self._at(us)
        return (self._shift[i] - us + self._base[i]) / SECOND if us < self._ends[i] else 0.0

    def between(self, a: datetime, b: datetime) -> float:
        """Working seconds in ``[a, b)``. Raises ValueError when `b` is before `a`."""
        return self.between_us(to_us(a), to_us(b)) / SECOND

    def add(self, t: datetime, seconds: float) -> datetime:
        """The deadline of a budget of working seconds that starts to run at `t`.

        The earliest instant not before `t` with that much working time in between; `t` itself for 0.

        Raises NeverOpens when nothing opens from `t` on, BeyondHorizon when the budget does not fit into the window or
        `t` is outside, ValueError for a naive `t` or a bad number.
        """
        return from_us(self.add_us(to_us(t), budget_us(seconds)))

    # The same on whole microseconds, for who asks thousands of times

    def add_us(self, us: int, budget: int) -> int:
        """`add` on microseconds."""
        part = (us - self._lo) >> PART
        if part < 0 or budget <= 0:
            return self._unusual(us, budget)
        try:
            i, following, ends = self._first[part], self._next, self._ends
            if following[i] <= us:  # a step or two is cheaper than a search
                i += 1
                if following[i] <= us:
                    i = bisect_right(self._starts, us, i, self._first[part + 1] + 1) - 1
            if us < ends[i]:
                if us + budget <= ends[i]:
                    return us + budget
                target = us - self._base[i] + budget
            else:
                if following[i] + budget <= ends[i + 1]:
                    return following[i] + budget
                target = self._sums[i] + budget
            part = target >> PART
            return target + self._base[bisect_left(self._sums, target, self._reached[part], self._reached[part + 1])]
        except IndexError:  # no such interval
            raise self._too_far(us, budget) from None

    def between_us(self, a: int, b: int) -> int:
        """`between` on microseconds."""
        if b < a:
            raise ValueError(f"the end {from_us(b)} is before the start {from_us(a)}")
        return self._worked(b) - self._worked(a)

    def spans_us(self) -> Iterator[Pair]:
        """The intervals, in order, in microseconds."""
        return zip(self._starts[1:], self._ends[1:], strict=True)

    def spans(self) -> Iterator[Span]:
        """The intervals, in order."""
        return (Span(from_us(start), from_us(end)) for start, end in self.spans_us())

    def slice_us(self, a: int, b: int) -> tuple[int, int]:
        """Numbers ``[first, last)`` of the intervals with working time in ``[a, b)``; see `interval_us`."""
        first = bisect_right(self._ends, a)
        return max(first, 1), max(bisect_left(self._starts, b), max(first, 1))

    def interval_us(self, number: int) -> Pair:
        """One interval by its number; numbers start at 1."""
        return self._starts[number], self._ends[number]

    # Combining

    def __and__(self, other: Calendar) -> Calendar:
        """Open when both are: a person's hours in the drum's service hours (S-12).

        Raises ValueError when the windows do not overlap.
        """
        pairs: list[Pair] = []
        i = j = 1
        while i < len(self._starts) and j < len(other._starts):
            start = max(self._starts[i], other._starts[j])
            end = min(self._ends[i], other._ends[j])
            if start < end:
                pairs.append((start, end))
            if self._ends[i] < other._ends[j]:
                i += 1
            else:
                j += 1
        made = Calendar.__new__(Calendar)
        made._fill(pairs, max(self._lo, other._lo), min(self._hi, other._hi))
        return made

    def without(self, spans: Iterable[Span | tuple[datetime, datetime]]) -> Calendar:
        """Closed in these spans too: absences (S-12)."""
        closed = list(merged((to_us(span[0]), to_us(span[1])) for span in spans))
        edges = [self._lo, *(edge for pair in closed for edge in pair), self._hi]
        return self & Calendar.of_us(zip(edges[::2], edges[1::2], strict=True), self._lo, self._hi) if closed else self

    def explain(self, t: datetime, seconds: float, notes: DayNotes | None = None) -> Derivation:
        """How `add` came to its answer (S-16): what was consumed, skipped, and why. Raises what `add` raises."""
        return derive(self, t, seconds, notes)

    # Inside

    def _at(self, us: int) -> int:
        """The last interval that starts at or before the instant."""
        if not self._lo <= us < self._hi:
            raise self._outside(us)
        return bisect_right(self._starts, us) - 1

    def _worked(self, us: int) -> int:
        """Working time from the window's start to the instant."""
        if us == self._hi:
            return self._sums[-1]
        i = self._at(us)
        return min(us, self._ends[i]) - self._base[i]

    def _unusual(self, us: int, budget: int) -> int:
        """No budget: due at once. Anything else is refused."""
        if not self._lo <= us < self._hi:
            raise self._outside(us)
        if budget < 0:
            raise ValueError(f"a budget is 0 or more, not {budget / SECOND} s")
        return us

    def _named_window(self) -> str:
        return f"known from {from_us(self._lo):%Y-%m-%d %H:%M} to {from_us(self._hi):%Y-%m-%d %H:%M} UTC"

    def _outside(self, us: int) -> BeyondHorizon:
        return BeyondHorizon(
            f"{from_us(us):%Y-%m-%d %H:%M:%S} UTC is outside the calendar, which is {self._named_window()}"
        )

    def _too_far(self, us: int, budget: int) -> NeverOpens | BeyondHorizon:
        if us >= self._hi:
            return self._outside(us)
        left = self._sums[-1] - self._worked(us)
        if left == 0:
            return NeverOpens(
                f"the calendar never opens from {from_us(us):%Y-%m-%d %H:%M:%S} UTC on; it is {self._named_window()}"
            )
        return BeyondHorizon(
            f"{budget / SECOND:.0f} working seconds from {from_us(us):%Y-%m-%d %H:%M:%S} UTC do not fit: "
            f"only {left / SECOND:.0f} are left in the calendar, which is {self._named_window()}"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Calendar):
            return NotImplemented
        return (self._lo, self._hi, self._starts, self._ends) == (other._lo, other._hi, other._starts, other._ends)

    def __hash__(self) -> int:
        return hash((self._lo, self._hi, len(self._starts), self._sums[-1]))

    def __repr__(self) -> str:
        return f"<Calendar of {len(self._starts) - 1} intervals, {self._named_window()}>"
