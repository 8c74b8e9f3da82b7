"""What a portal names its cards' tabs and its users, as we know them."""

from __future__ import annotations

from leaddrum.models import Person

TABS = {"CRM_LEAD_DETAIL_TAB": 1, "CRM_DEAL_DETAIL_TAB": 2}


def tab(placement: str) -> int:
    """The type whose card has this tab; 0: none."""
    if placement in TABS:
        return TABS[placement]
    number = placement.removeprefix("CRM_DYNAMIC_").removesuffix("_DETAIL_TAB")
    return int(number) if number.isascii() and number.isdigit() and placement != number else 0


def person_of(company_id: int, user: int) -> Person | None:
    """The company's person who is this user of its portal; None: he is not among them, or has left."""
    return (
        Person.objects.filter(company_id=company_id, key=f"b24:{user}", active=True).select_related("company").first()
    )
