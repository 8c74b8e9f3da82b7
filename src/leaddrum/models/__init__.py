"""The tables. Rows are state; every decision behind them stands in the journal.

Instants are UTC. Everything belongs to a company, and the company's row is the unit of serialisation: whoever changes
anything of a company's leads holds that row (docs/decisions/0001).
"""

from leaddrum.models.access import Account, ApiToken, SecondFactor, SignInLink
from leaddrum.models.aftercare import Aftercare
from leaddrum.models.books import Day, DaySheet, Described, Keeping, Seal, SealedText, Source
from leaddrum.models.company import (
    Absence,
    Calendar,
    Company,
    CompanyVersion,
    Department,
    Pause,
    Person,
    Route,
    Stage,
)
from leaddrum.models.drum import Drum, Policy, Standing
from leaddrum.models.engine import CrmWrite, Cycle, Effect, Entry, Heartbeat, Incident, Lane, Turn
from leaddrum.models.facts import FactIncident, FactLead, FactTurn
from leaddrum.models.handover import Handover
from leaddrum.models.lead import Import, ImportFile, ImportRefusal, Lead, Request
from leaddrum.models.portal import Portal
from leaddrum.models.portal_app import Hint, PortalApp, Press, Shadow
from leaddrum.models.reach import Delivery, LinkCode, Outlet, Pacing, Posted, Reach, Remembered
from leaddrum.models.ways import Attachment, Enclosure, Knock, Reply, Touch, Way

__all__ = [
    "Absence",
    "Account",
    "Aftercare",
    "ApiToken",
    "Attachment",
    "Calendar",
    "Company",
    "CompanyVersion",
    "CrmWrite",
    "Cycle",
    "Day",
    "DaySheet",
    "Delivery",
    "Department",
    "Described",
    "Drum",
    "Effect",
    "Enclosure",
    "Entry",
    "FactIncident",
    "FactLead",
    "FactTurn",
    "Handover",
    "Heartbeat",
    "Hint",
    "Import",
    "ImportFile",
    "ImportRefusal",
    "Incident",
    "Keeping",
    "Knock",
    "Lane",
    "Lead",
    "LinkCode",
    "Outlet",
    "Pacing",
    "Pause",
    "Person",
    "Policy",
    "Portal",
    "PortalApp",
    "Posted",
    "Press",
    "Reach",
    "Remembered",
    "Reply",
    "Request",
    "Route",
    "Seal",
    "SealedText",
    "SecondFactor",
    "Shadow",
    "SignInLink",
    "Source",
    "Stage",
    "Standing",
    "Touch",
    "Turn",
    "Way",
]
