"""What the engine refuses, as values that `leaddrum.words` turns into sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Refused(ValueError):
    """The verb cannot be done, and nothing was changed.

    `code` is one of: `no_company`, `no_lead`, `no_turn`, `no_stage`, `no_person`, `no_drum`, `no_incident`,
    `no_absence`, `not_yours`, `turn_over`, `cycle_over`, `inactive`, `keeps_owner` (a lead of a drum that does not
    rotate is not declined), `nobody_else` (can be offered the lead now), `same_lead`, `not_on_duty`
    (he cannot be offered leads now), `no_handover`, `handover_over` (answered, or its turn has ended),
    `already_annulled`,
    `not_frozen`, `empty`, `bad_times`, `deleted`,
    `in_crm` (to be done in the CRM where the company's leads live), `linked_already` (that account is somebody else's),
    `no_way` (no channel of that name reaches him), `no_way_back` (the client cannot be answered where he wrote),
    `too_long` (for what goes out at once), `too_large` (its files, or too many of them).
    """

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Pressed:
    """The press took the lead."""

    lead: int


@dataclass(frozen=True, slots=True)
class Stale:
    """The press changed nothing (S-34, S-35): who has the lead now and until when.

    `code`: `passed_on` (a turn of somebody else runs), `held`, `with_head`, `taken` (by `holder`), `closed`,
    `withdrawn`, `not_yours` (the button is somebody else's), `no_turn`.
    """

    code: str
    lead: int | None = None
    holder: int | None = None
    until: datetime | None = None
