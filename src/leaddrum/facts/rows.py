"""Packed records of many days as columns, to be counted: the only place that knows numpy, loaded with the first page
that counts.

Medians and 90th percentiles are of the nearest rank: the first value that at least that share of the rows does not
exceed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntFlag
from typing import TYPE_CHECKING, Any, TypeAlias

from leaddrum.facts.packing import Form

if TYPE_CHECKING:
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """Records that are all of `has` and nothing of `lacks`."""

    has: IntFlag | int = 0
    lacks: IntFlag | int = 0


ALL = Kind()
DENSE = 1 << 22  # below this a table of all values is small


@dataclass(frozen=True, slots=True)
class Clock:
    """A duration of many: the median and what nine of ten do not exceed, in seconds; None: of nobody."""

    count: int = 0
    median: int | None = None
    ninth: int | None = None


class Durations:
    """Durations of many, in seconds, shortest first."""

    def __init__(self, seconds: Array) -> None:
        self._sorted = seconds

    @property
    def clock(self) -> Clock:
        count = len(self._sorted)
        return Clock(count, self._ranked(0.5), self._ranked(0.9)) if count else Clock()

    def within(self, seconds: int) -> int:
        """How many do not exceed these seconds."""
        return int(self._sorted.searchsorted(seconds, side="right"))

    def _ranked(self, share: float) -> int:
        return int(self._sorted[math.ceil(share * len(self._sorted)) - 1])


class Rows:
    """Records and the day of each. A column is a field of their form, or "day" (`date.toordinal`)."""

    def __init__(self, records: Array, days: Array) -> None:
        self._records, self._days = records, days
        self._columns: dict[str, Array] = {}

    @classmethod
    def read(cls, form: Form, packed: Sequence[tuple[date, bytes]]) -> Rows:
        import numpy as np

        kind = np.dtype([(name, f"<{letter}") for name, letter in form.fields])
        records = np.frombuffer(b"".join(content for _day, content in packed), kind)
        ordinals = np.array([day.toordinal() for day, _content in packed], np.int32)
        return cls(records, ordinals.repeat([len(content) // kind.itemsize for _day, content in packed]))

    def __len__(self) -> int:
        return len(self._records)

    def where(self, **values: int) -> Rows:
        """Those whose columns have these values."""
        found = self
        for name, value in values.items():
            found = found._only(found._column(name) == value)
        return found

    def among(self, **sets: Collection[int]) -> Rows:
        """Those of which at least one of the columns has a value of its set."""
        import numpy as np

        masks = [np.isin(self._column(name), sorted(values)) for name, values in sets.items()]
        return self._only(np.logical_or.reduce(masks))

    def between(self, since: date, until: date) -> Rows:
        """Those of a period, both days included."""
        return self._only((self._days >= since.toordinal()) & (self._days <= until.toordinal()))

    def of(self, kind: Kind) -> Rows:
        return self._only(self._are(kind))

    def count(self, kind: Kind = ALL) -> int:
        return int(self._are(kind).sum())

    def total(self, column: str) -> int:
        return int(self._column(column).sum(dtype="int64"))

    def counts(self, column: str, kind: Kind = ALL) -> dict[int, int]:
        """How many of a kind have each value of a column; values that nobody has are not there."""
        import numpy as np

        values = self._column(column)[self._are(kind)]
        if len(values) and int(values.max()) < DENSE:  # one look at each row, where sorting them would take many
            counts = np.bincount(values)
            return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
        found, counts = np.unique(values, return_counts=True)
        return dict(zip(found.tolist(), counts.tolist(), strict=True))

    def counts_of_pairs(self, one: str, other: str, kind: Kind = ALL) -> dict[tuple[int, int], int]:
        """The same for each pair of values of two columns."""
        import numpy as np

        are = self._are(kind)
        pairs = (self._column(one)[are].astype("int64") << 32) | self._column(other)[are]
        values, counts = np.unique(pairs, return_counts=True)
        return {
            (pair >> 32, pair & 0xFFFFFFFF): number
            for pair, number in zip(values.tolist(), counts.tolist(), strict=True)
        }

    def means(self, column: str, by: str) -> dict[int, int]:
        """The mean of a duration, of those that have one, for each value of another column."""
        import numpy as np

        has = self._column(column) >= 0
        whose, seconds = self._column(by)[has], self._column(column)[has]
        sums, counts = np.bincount(whose, weights=seconds), np.bincount(whose)
        return {int(value): round(float(sums[value]) / int(counts[value])) for value in np.flatnonzero(counts)}

    def durations(self, column: str) -> Durations:
        """Of those that have one."""
        import numpy as np

        seconds = self._column(column)
        return Durations(np.sort(seconds[seconds >= 0]))

    def durations_by(self, column: str, by: str) -> dict[int, Durations]:
        """The same for each value of another column."""
        import numpy as np

        seconds, whose = self._column(column), self._column(by)
        has = seconds >= 0
        both = (whose[has].astype("int64") << 32) | seconds[has]  # whose above, seconds below: one sort does for both
        both.sort()
        whose, seconds = both >> 32, both & 0xFFFFFFFF
        begins = np.flatnonzero(np.diff(whose, prepend=-1))
        parts = np.split(seconds, begins[1:]) if len(begins) else []
        return {int(whose[begin]): Durations(part) for begin, part in zip(begins, parts, strict=True)}

    def newest(self, limit: int, before: int | None = None) -> list[int]:
        """The greatest keys, below `before`, greatest first."""
        import numpy as np

        keys = self._column("key")
        if before is not None:
            keys = keys[keys < before]
        if len(keys) > limit:
            keys = np.partition(keys, len(keys) - limit)[-limit:]
        return [int(key) for key in np.sort(keys)[::-1]]

    def keys(self) -> list[int]:
        """All of them, greatest first."""
        return self.newest(len(self))

    def _are(self, kind: Kind) -> Array:
        asked = int(kind.has) | int(kind.lacks)
        found: Array = (self._column("flags") & asked) == int(kind.has)
        return found

    def _column(self, name: str) -> Array:
        """Side by side, which counting is quick on; in the records they stand apart."""
        import numpy as np

        if name == "day":
            return self._days
        if name not in self._columns:
            self._columns[name] = np.ascontiguousarray(self._records[name])
        return self._columns[name]

    def _only(self, mask: Array) -> Rows:
        return Rows(self._records[mask], self._days[mask])
