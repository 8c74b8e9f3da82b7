"""CRMs: where a company's leads live. `CRMS` names each that is not the built-in board."""

from __future__ import annotations

from collections.abc import Callable

from leaddrum.channels import CHANNELS
from leaddrum.crm.base import Apart
from leaddrum.crm.bitrix24.apart import Bitrix24
from leaddrum.crm.bitrix24.notices import Notices
from leaddrum.models import Company

BOARD = "board"  # the near one: the engine reads and writes its rows itself

CRMS: dict[str, Callable[[Company], Apart]] = {"bitrix24": Bitrix24}

CHANNELS.setdefault("bitrix24", Notices())  # a portal is a way to its people too


def of(company: Company) -> Apart:
    """The CRM apart of a company.

    Raises:
        KeyError: its leads live on the built-in board, or this release does not know its CRM.
    """
    return CRMS[company.crm](company)
