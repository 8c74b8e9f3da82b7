"""How a portal's things are called here: `lead:915`, `deal:7`, `T80:12` (a smart process), `b24:27` (a user)."""

from __future__ import annotations

from leaddrum.company.portal import DEAL, LEAD, entity_key, person_key, stage_key

__all__ = ["DEAL", "LEAD", "entity_key", "item_key", "item_of", "person_key", "stage_key", "timeline_type", "user_of"]


def item_key(entity: int, number: int) -> str:
    return f"{entity_key(entity)}:{number}"


def item_of(key: str) -> tuple[int, int]:
    """Entity type and number.

    Raises:
        ValueError: it is no item's key.
    """
    kind, _, number = key.partition(":")
    entity = {"lead": LEAD, "deal": DEAL}.get(kind)
    if entity is None:
        if not kind.startswith("T"):
            raise ValueError(key)
        entity = int(kind[1:], 16)
    return entity, int(number)


def user_of(key: str) -> int | None:
    """The portal's number of a person; None: he is not of the portal."""
    number = key.removeprefix("b24:")
    return int(number) if number != key and number.isdigit() else None


def timeline_type(entity: int) -> str:
    """As `crm.timeline.*` names an item's type."""
    return {LEAD: "lead", DEAL: "deal"}.get(entity) or f"dynamic_{entity}"


def card_path(entity: int, number: int) -> str:
    """Where an item's card is in the portal."""
    kind = {LEAD: "lead", DEAL: "deal"}.get(entity)
    return f"/crm/{kind}/details/{number}/" if kind else f"/crm/type/{entity}/details/{number}/"
