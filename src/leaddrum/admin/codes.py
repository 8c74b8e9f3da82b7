"""Words for the codes that columns hold. A code that has none is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from leaddrum.admin.story_codes import STORY
from leaddrum.company.choices import CHOICES
from leaddrum.words import SOURCES, labels
from leaddrum.words.standing import WAYS

Words = Mapping[str, Promise | str]

CODES: dict[str, Words] = {
    "Person.role": CHOICES["role"],
    "Cycle.state": labels.STATES,
    "FactLead.state": labels.STATES,
    "verdict": labels.VERDICTS,
    "hold_reason": labels.HOLDS,
    "excuse": labels.EXCUSES,
    "Lead.source": SOURCES,
    "Request.channel": labels.CHANNELS,
    "channel": WAYS,
    "language": {"ru": "русский", "en": "English"},
    "Delivery.kind": STORY["Effect.kind"],
    "Effect.state": {
        "pending": pgettext_lazy("admin", "to be sent"),
        "done": pgettext_lazy("admin", "sent"),
        "failed": pgettext_lazy("admin", "refused by every channel"),
        "dead": pgettext_lazy("admin", "given up"),
    },
    "CrmWrite.state": {
        "pending": pgettext_lazy("admin", "to be written"),
        "unsure": pgettext_lazy("admin", "unclear whether applied"),
        "done": pgettext_lazy("admin", "written"),
        "stale": pgettext_lazy("admin", "no longer wanted"),
        "refused": pgettext_lazy("admin", "rejected"),
    },
    "CrmWrite.kind": {
        "owner": pgettext_lazy("admin", "responsible person"),
        "observer": pgettext_lazy("admin", "observer"),
        "stage": pgettext_lazy("admin", "stage"),
        "incident": pgettext_lazy("admin", "line of the journal"),
        "note": pgettext_lazy("admin", "comment"),
        "todo": pgettext_lazy("admin", "to-do"),
    },
    "Aftercare.state": {
        "running": pgettext_lazy("admin", "runs"),
        "contacted": pgettext_lazy("admin", "client was contacted"),
        "moved_on": pgettext_lazy("admin", "lead went on"),
        "false": pgettext_lazy("admin", "false take"),
    },
    "Import.state": {
        "preview": pgettext_lazy("admin", "preview"),
        "running": pgettext_lazy("admin", "runs"),
        "done": pgettext_lazy("admin", "finished"),
        "failed": pgettext_lazy("admin", "did not succeed"),
    },
    "Reply.state": {
        "pending": pgettext_lazy("admin", "to be sent"),
        "sent": pgettext_lazy("admin", "sent"),
        "failed": pgettext_lazy("admin", "not sent"),
    },
    "PortalApp.state": {
        "expected": pgettext_lazy("admin", "not installed yet"),
        "installed": pgettext_lazy("admin", "installed"),
        "lost": pgettext_lazy("admin", "to be opened anew in the portal"),
        "removed": pgettext_lazy("admin", "removed in the portal"),
    },
    "Handover.answer": {
        "accepted": pgettext_lazy("admin", "accepted"),
        "refused": pgettext_lazy("admin", "declined"),
        "withdrawn": pgettext_lazy("admin", "taken back"),
    },
    "Delivery.result": {
        "done": pgettext_lazy("admin", "delivered"),
        "later": pgettext_lazy("admin", "put off"),
        "refused": pgettext_lazy("admin", "rejected"),
    },
    "ApiToken.role": {
        "admin": pgettext_lazy("admin", "administrator"),
        "intake": pgettext_lazy("admin", "adds leads"),
        "read": pgettext_lazy("admin", "reads"),
        "feed": pgettext_lazy("admin", "reads the feeds"),
    },
    "Stage.meaning": {
        "entry": pgettext_lazy("admin", "entry"),
        "take": pgettext_lazy("admin", "take"),
        "close": pgettext_lazy("admin", "close"),
        "ignore": pgettext_lazy("admin", "nothing"),
    },
    "Way.kind": {
        "mailbox": pgettext_lazy("admin", "mailbox"),
        "smtp": pgettext_lazy("admin", "mail by SMTP"),
        "form": pgettext_lazy("admin", "form of a site"),
        "calls": pgettext_lazy("admin", "telephony"),
        "chat": pgettext_lazy("admin", "messenger"),
        "telegram": pgettext_lazy("admin", "Telegram bot"),
        "page": pgettext_lazy("admin", "form page of a drum"),
        "api": "API",
    },
    "Touch.kind": {
        "call": pgettext_lazy("admin", "call"),
        "mail": pgettext_lazy("admin", "mail"),
        "chat": pgettext_lazy("admin", "message"),
        "comment": pgettext_lazy("admin", "comment"),
    },
    "Request.set_aside": {
        "auto_reply": pgettext_lazy("admin", "automatic reply"),
        "bounce": pgettext_lazy("admin", "returned mail"),
        "newsletter": pgettext_lazy("admin", "newsletter"),
        "ours": pgettext_lazy("admin", "our own mail"),
        "spam": pgettext_lazy("admin", "spam"),
        "test": pgettext_lazy("admin", "test"),
        "event": pgettext_lazy("admin", "event without a lead"),
        "dealt": pgettext_lazy("admin", "dealt with by an administrator"),
    },
    "Seal.table": {
        "entry": pgettext_lazy("admin", "lines of leads' stories"),
        "turn": pgettext_lazy("admin", "ended turns"),
        "incident": pgettext_lazy("admin", "incidents"),
    },
    "Outlet.shape": {
        "json": "JSON",
        "text": pgettext_lazy("admin", "text"),
    },
    "Company.crm": {
        "board": pgettext_lazy("admin", "the board"),
        "bitrix24": pgettext_lazy("admin", "Bitrix24"),
    },
    **STORY,
}
"""By the column's name, or by `Table.column` where it holds others there."""
