"""Whose an offer to everybody is (strategy `claim`): theirs who were eligible when it was made (S-17, S-20)."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from leaddrum.models import Cycle, Person


def made_to(person: int, candidates: str) -> bool:
    """Whether an offer to everybody was made to him too; `candidates` is the cycle's column."""
    return _line(person) in orjson.loads(candidates)


def among(person: Person, cycles: Iterable[Cycle]) -> set[int]:
    """Of these cycles the numbers of those that are open offers to everybody, made to him too."""
    to_all = [cycle.pk for cycle in cycles if cycle.state == Cycle.State.OFFERED and cycle.holder_id is None]
    return set(_to_everybody(person).filter(pk__in=to_all).values_list("pk", flat=True))


def waiting_for(person: Person) -> QuerySet[Cycle]:
    """The open turns that wait for his press: his own, and the offers to everybody that were made to him too."""
    return _open_turns(person).filter(holder=person) | _to_everybody(person)


def count_for(person: Person) -> int:
    """How many those are: his own are counted by the engine."""
    return person.open_offers + _to_everybody(person).count()


def _to_everybody(person: Person) -> QuerySet[Cycle]:
    """The holder comes first: of all that is offered only what nobody holds alone is looked into."""
    return _open_turns(person).filter(Q(holder=None), _made_to(person.pk))


def _open_turns(person: Person) -> QuerySet[Cycle]:
    return Cycle.objects.filter(company=person.company_id, state=Cycle.State.OFFERED)


def _made_to(person: int) -> Q | Func:
    """The same, asked of the database."""
    if connection.vendor == "postgresql":
        return Q(candidates__contains=[_line(person)])
    return Func(
        F("candidates"),
        Value(orjson.dumps(_line(person)).decode()),
        template="EXISTS (SELECT 1 FROM json_each(%(expressions)s)",
        arg_joiner=") WHERE value = ",
        output_field=BooleanField(),
    )


def _line(person: int) -> list[object]:
    return [person, "chosen", "claim"]
