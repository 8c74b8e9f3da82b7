"""Which company a lead, a cycle or a person is of: whose row a verb holds."""

from __future__ import annotations

from leaddrum.engine.errors import Refused
from leaddrum.models import Cycle, Lead, Person


def company_of_lead(lead_id: int) -> int:
    """
    Raises:
        Refused: there is no such lead.
    """
    return _found(Lead.objects.filter(pk=lead_id).values_list("company_id", flat=True).first(), "no_lead")


def company_of_cycle(cycle_id: int) -> int:
    """
    Raises:
        Refused: there is no such passage.
    """
    return _found(Cycle.objects.filter(pk=cycle_id).values_list("company_id", flat=True).first(), "no_turn")


def company_of_person(person_id: int) -> int:
    """Also of somebody who has left meanwhile: what was on its way to him comes back.

    Raises:
        Refused: there is no such person.
    """
    return _found(Person.objects.filter(pk=person_id).values_list("company_id", flat=True).first(), "no_person")


def _found(company: int | None, refusal: str) -> int:
    if company is None:
        raise Refused(refusal)
    return company
