"""What operators call the tables."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

TABLES: dict[str, tuple[Promise, Promise]] = {
    "Account": (pgettext_lazy("admin", "account"), pgettext_lazy("admin", "accounts")),
    "SignInLink": (pgettext_lazy("admin", "sign-in link"), pgettext_lazy("admin", "sign-in links")),
    "ApiToken": (pgettext_lazy("admin", "API token"), pgettext_lazy("admin", "API tokens")),
    "SecondFactor": (pgettext_lazy("admin", "second factor"), pgettext_lazy("admin", "second factors")),
    "Company": (pgettext_lazy("admin", "company"), pgettext_lazy("admin", "companies")),
    "CompanyVersion": (
        pgettext_lazy("admin", "version of the settings"),
        pgettext_lazy("admin", "versions of the settings"),
    ),
    "Calendar": (pgettext_lazy("admin", "calendar"), pgettext_lazy("admin", "calendars")),
    "Stage": (pgettext_lazy("admin", "stage"), pgettext_lazy("admin", "stages")),
    "Person": (pgettext_lazy("admin", "employee"), pgettext_lazy("admin", "employees")),
    "Department": (pgettext_lazy("admin", "department"), pgettext_lazy("admin", "departments")),
    "Absence": (pgettext_lazy("admin", "absence"), pgettext_lazy("admin", "absences")),
    "Route": (pgettext_lazy("admin", "routing rule"), pgettext_lazy("admin", "routing rules")),
    "Drum": (pgettext_lazy("admin", "drum"), pgettext_lazy("admin", "drums")),
    "Policy": (
        pgettext_lazy("admin", "version of a drum's settings"),
        pgettext_lazy("admin", "versions of drums' settings"),
    ),
    "Standing": (pgettext_lazy("admin", "place in a drum"), pgettext_lazy("admin", "places in drums")),
    "Lead": (pgettext_lazy("admin", "lead"), pgettext_lazy("admin", "leads")),
    "Request": (pgettext_lazy("admin", "incoming request"), pgettext_lazy("admin", "incoming requests")),
    "Import": (pgettext_lazy("admin", "import"), pgettext_lazy("admin", "imports")),
    "ImportFile": (pgettext_lazy("admin", "file of an import"), pgettext_lazy("admin", "files of imports")),
    "ImportRefusal": (
        pgettext_lazy("admin", "refused row of an import"),
        pgettext_lazy("admin", "refused rows of imports"),
    ),
    "Cycle": (pgettext_lazy("admin", "cycle"), pgettext_lazy("admin", "cycles")),
    "Turn": (pgettext_lazy("admin", "ended turn"), pgettext_lazy("admin", "ended turns")),
    "Incident": (pgettext_lazy("admin", "incident"), pgettext_lazy("admin", "incidents")),
    "Entry": (pgettext_lazy("admin", "line of a lead's story"), pgettext_lazy("admin", "lines of leads' stories")),
    "Effect": (pgettext_lazy("admin", "notice"), pgettext_lazy("admin", "notices")),
    "CrmWrite": (pgettext_lazy("admin", "write to the CRM"), pgettext_lazy("admin", "writes to the CRM")),
    "Lane": (pgettext_lazy("admin", "sending channel"), pgettext_lazy("admin", "sending channels")),
    "Heartbeat": (
        pgettext_lazy("admin", "process that turns the drums"),
        pgettext_lazy("admin", "processes that turn the drums"),
    ),
    "Aftercare": (
        pgettext_lazy("admin", "deadline of a first contact"),
        pgettext_lazy("admin", "deadlines of first contacts"),
    ),
    "Keeping": (
        pgettext_lazy("admin", "state of the reports' books"),
        pgettext_lazy("admin", "state of the reports' books"),
    ),
    "Seal": (pgettext_lazy("admin", "seal of the journal"), pgettext_lazy("admin", "seals of the journal")),
    "SealedText": (pgettext_lazy("admin", "sealed text"), pgettext_lazy("admin", "sealed texts")),
    "Source": (pgettext_lazy("admin", "source of leads"), pgettext_lazy("admin", "sources of leads")),
    "Day": (pgettext_lazy("admin", "day of the calendar"), pgettext_lazy("admin", "days of the calendar")),
    "Described": (
        pgettext_lazy("admin", "change of a directory of the reports"),
        pgettext_lazy("admin", "changes of directories of the reports"),
    ),
    "DaySheet": (
        pgettext_lazy("admin", "packed day of the analytics"),
        pgettext_lazy("admin", "packed days of the analytics"),
    ),
    "FactLead": (pgettext_lazy("admin", "lead in the reports"), pgettext_lazy("admin", "leads in the reports")),
    "FactTurn": (pgettext_lazy("admin", "turn in the reports"), pgettext_lazy("admin", "turns in the reports")),
    "FactIncident": (
        pgettext_lazy("admin", "incident in the reports"),
        pgettext_lazy("admin", "incidents in the reports"),
    ),
    "Handover": (pgettext_lazy("admin", "request to hand over"), pgettext_lazy("admin", "requests to hand over")),
    "Portal": (pgettext_lazy("admin", "Bitrix24 portal"), pgettext_lazy("admin", "Bitrix24 portals")),
    "PortalApp": (pgettext_lazy("admin", "application in a portal"), pgettext_lazy("admin", "applications in portals")),
    "Press": (
        pgettext_lazy("admin", "press of a button in the portal"),
        pgettext_lazy("admin", "presses of buttons in the portal"),
    ),
    "Shadow": (
        pgettext_lazy("admin", "owner in a watched portal"),
        pgettext_lazy("admin", "owners in a watched portal"),
    ),
    "Hint": (pgettext_lazy("admin", "event of a portal"), pgettext_lazy("admin", "events of portals")),
    "Reach": (pgettext_lazy("admin", "address of an employee"), pgettext_lazy("admin", "addresses of employees")),
    "Outlet": (pgettext_lazy("admin", "group chat or program"), pgettext_lazy("admin", "group chats and programs")),
    "LinkCode": (pgettext_lazy("admin", "code to link a chat"), pgettext_lazy("admin", "codes to link chats")),
    "Posted": (pgettext_lazy("admin", "message in a chat"), pgettext_lazy("admin", "messages in chats")),
    "Delivery": (pgettext_lazy("admin", "delivery attempt"), pgettext_lazy("admin", "delivery attempts")),
    "Pacing": (pgettext_lazy("admin", "pace of a bot"), pgettext_lazy("admin", "pace of bots")),
    "Remembered": (
        pgettext_lazy("admin", "thing remembered by the installation"),
        pgettext_lazy("admin", "things remembered by the installation"),
    ),
    "Way": (pgettext_lazy("admin", "way in"), pgettext_lazy("admin", "ways in")),
    "Knock": (
        pgettext_lazy("admin", "request waiting to be taken in"),
        pgettext_lazy("admin", "requests waiting to be taken in"),
    ),
    "Attachment": (pgettext_lazy("admin", "file from a client"), pgettext_lazy("admin", "files from clients")),
    "Touch": (pgettext_lazy("admin", "contact with a client"), pgettext_lazy("admin", "contacts with clients")),
    "Reply": (pgettext_lazy("admin", "answer to a client"), pgettext_lazy("admin", "answers to clients")),
    "Enclosure": (pgettext_lazy("admin", "file to a client"), pgettext_lazy("admin", "files to clients")),
    "Pause": (pgettext_lazy("admin", "pause"), pgettext_lazy("admin", "pauses")),
}
"""A table's name: one of its rows, and all of them."""
