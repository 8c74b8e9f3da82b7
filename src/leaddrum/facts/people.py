"""What each person did with the turns that he really had, beside everybody in his drum (S-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from leaddrum.facts.kinds import TURNS
from leaddrum.facts.period import Period
from leaddrum.facts.rows import Clock, Durations, Kind, Rows

WITHIN = (5, 10, 15, 20, 30, 45, 60)  # minutes at which a curve is drawn


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """One person, or all together (None): only turns that he really had. `void` ones are in no share."""

    person: int | None
    turns: int
    taken: int
    missed: int  # as the scope counts them
    annulled: int
    excused: int
    returned: int
    clock: Clock
    within: tuple[int, ...]  # turns taken within WITHIN minutes
    drum: int | None = None  # where he had most of his turns
    drums_curve: tuple[float, ...] = ()  # of everybody's turns there

    @property
    def share(self) -> float | None:
        """Of the turns that he took or has to answer for, those taken."""
        judged = self.taken + self.missed
        return self.taken / judged if judged else None

    @property
    def curve(self) -> tuple[float, ...]:
        return _curve(self.within, self.taken + self.missed)


@dataclass(frozen=True, slots=True)
class People:
    together: PersonFigures
    rows: list[PersonFigures] = field(default_factory=list)


def people(period: Period) -> People:
    turns, missed = period.turns, period.scope.missed
    counts = {name: turns.counts("person", TURNS[name]) for name in TURNS} | {"missed": turns.counts("person", missed)}
    times = turns.durations_by("take", by="person")
    homes, curves = _homes(turns), _curves(period)
    found = []
    for person, number in counts["turns"].items():
        own = {name: some.get(person, 0) for name, some in counts.items()}
        drum = homes[person]
        one = _figures(person or None, own, times.get(person))
        found.append(replace(one, turns=number, drum=drum, drums_curve=curves[drum]))
    found.sort(key=lambda one: (-one.missed, -one.turns, one.person or 0))
    whole = {name: turns.count(kind) for name, kind in TURNS.items()} | {"missed": turns.count(missed)}
    return People(_figures(None, whole, turns.durations("take")), found)


def _figures(person: int | None, counts: Mapping[str, int], times: Durations | None) -> PersonFigures:
    return PersonFigures(
        person=person,
        turns=counts["turns"],
        taken=counts["turns_taken"],
        missed=counts["missed"],
        annulled=counts["turns_annulled"],
        excused=counts["turns_excused"],
        returned=counts["turns_returned"],
        clock=times.clock if times else Clock(),
        within=_within(times),
    )


def _homes(turns: Rows) -> dict[int, int]:
    """The drum in which each had most of his turns."""
    most: dict[int, tuple[int, int]] = {}
    for (person, drum), number in turns.counts_of_pairs("person", "drum", TURNS["turns"]).items():
        most[person] = max(most.get(person, (0, 0)), (number, -drum))
    return {person: -drum for person, (_number, drum) in most.items()}


def _curves(period: Period) -> dict[int, tuple[float, ...]]:
    """Of each drum, whoever is asked for: one's curve is to be seen beside everybody's."""
    judged = period.all_turns.counts("drum", TURNS["turns_taken"])
    missed = period.all_turns.counts("drum", period.scope.missed)
    times = period.all_turns.durations_by("take", by="drum")
    drums = period.all_turns.counts("drum", Kind())
    return {drum: _curve(_within(times.get(drum)), judged.get(drum, 0) + missed.get(drum, 0)) for drum in drums}


def _within(times: Durations | None) -> tuple[int, ...]:
    return tuple(times.within(minutes * 60) if times else 0 for minutes in WITHIN)


def _curve(within: tuple[int, ...], judged: int) -> tuple[float, ...]:
    return tuple(number / judged if judged else 0.0 for number in within)
