"""The tables. Rows are state; every decision behind them stands in the journal.

Instants are UTC. Everything belongs to a company, and the company's row is the unit of serialisation: whoever changes
anything of a company's leads holds that row (docs/decisions/0001).
"""

from leaddrum.models.access import Account, ApiToken, SignInLink
from leaddrum.models.company import (
    Absence,
    Calendar,
    Company,
    CompanyVersion,
    Department,
    Person,
    Route,
    Stage,
)
from leaddrum.models.drum import Drum, Policy, Standing
from leaddrum.models.engine import CrmWrite, Cycle, Effect, Entry, Heartbeat, Incident, Lane, Turn
from leaddrum.models.lead import Import, ImportFile, ImportRefusal, Lead, Request

__all__ = [
    "Absence",
    "Account",
    "ApiToken",
    "Calendar",
    "Company",
    "CompanyVersion",
    "CrmWrite",
    "Cycle",
    "Department",
    "Drum",
    "Effect",
    "Entry",
    "Heartbeat",
    "Import",
    "ImportFile",
    "ImportRefusal",
    "Incident",
    "Lane",
    "Lead",
    "Person",
    "Policy",
    "Request",
    "Route",
    "SignInLink",
    "Stage",
    "Standing",
    "Turn",
]
