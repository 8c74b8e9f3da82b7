"""Which columns a list shows, what narrows it, and where its search looks. A table that is not here shows its first
columns and is searched by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import BinaryField, Field, JSONField, ManyToManyField, Model, TextField

WIDE = (JSONField, TextField, BinaryField)
SECRET = frozenset(  # never shown
    {"digest", "content", "password", "secret", "spare", "value", "salt", "sealed", "token", "bot", "last_payload"}
    | {"client_secret", "application_token", "access", "refresh"}
)
FEW = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """`about`: the column with a lead's number, where it has an index. `words`: where words are looked for."""

    columns: tuple[str, ...]
    filters: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    about: str = ""


def listed(model: type[Model]) -> Listed:
    """How a table is listed."""
    if model.__name__ in LISTS:
        return LISTS[model.__name__]
    short = [field.name for field in open_columns(model) if not isinstance(field, (*WIDE, ManyToManyField))]
    return Listed(tuple(short[:FEW]))


def open_columns(model: type[Model]) -> list[Field[Any, Any]]:
    """What is shown of a row: everything but secrets and packed bytes."""
    every = (*model._meta.concrete_fields, *model._meta.many_to_many)
    return [field for field in every if field.name not in SECRET and not isinstance(field, BinaryField)]


LISTS = {
    "ApiToken": Listed(
        ("name", "company", "role", "created_at", "expires_at", "revoked_at", "last_used_at"),
        ("company", "role"),
        ("name",),
    ),
    "Company": Listed(
        ("name", "key", "zone", "language", "version", "crm", "crm_seen_at", "crm_down_at", "wake_at"),
        ("crm", "language"),
        ("name", "key"),
    ),
    "CompanyVersion": Listed(("number", "company", "applied_at", "applied_by"), ("company",), ("applied_by",)),
    "Calendar": Listed(("key", "company"), ("company",), ("key",)),
    "Stage": Listed(("title", "company", "key", "meaning", "position", "active"), ("company", "meaning", "active")),
    "Person": Listed(
        ("name", "company", "key", "email", "role", "active", "paused_at", "open_offers", "streak", "account"),
        ("company", "role", "active", "technical"),
        ("name", "key", "email"),
    ),
    "Department": Listed(
        ("name", "company", "key", "parent", "head", "deputy", "active"), ("company", "active"), ("name", "key")
    ),
    "Absence": Listed(("person", "starts_at", "ends_at", "reason", "from_file"), ("from_file",), ("person__name",)),
    "Pause": Listed(("person", "company", "starts_at", "ends_at", "why"), ("company",), ("person__name",)),
    "Drum": Listed(
        ("name", "company", "key", "version", "position", "active", "release_at"),
        ("company", "active"),
        ("name", "key"),
    ),
    "Policy": Listed(("drum", "version", "created_at"), ("drum",)),
    "Standing": Listed(("drum", "person", "last_offer_at", "credit", "open_leads"), ("drum",), ("person__name",)),
    "Lead": Listed(
        ("id", "title", "name", "phone", "email", "source", "stage", "owner", "arrived_at", "moved_at", "deleted_at"),
        ("company", "stage"),
        ("title", "name", "phone", "email"),
    ),
    "Request": Listed(
        ("id", "company", "channel", "received_at", "lead", "way", "set_aside", "external_id"),
        ("company", "channel", "set_aside"),
        ("external_id",),
        about="lead",
    ),
    "Import": Listed(
        ("file_name", "company", "created_by", "created_at", "state", "rows", "done", "added", "joined", "refused"),
        ("company", "state"),
        ("file_name",),
    ),
    "Cycle": Listed(
        ("id", "lead", "number", "drum", "state", "holder", "offered_at", "due_at", "budget", "misses", "hold_reason"),
        ("company", "drum", "state", "hold_reason"),
        ("lead__title", "lead__name"),
        about="lead",
    ),
    "Turn": Listed(
        ("cycle", "number", "person", "offered_at", "due_at", "budget", "verdict", "verdict_at", "reason"),
        ("company", "verdict"),
        ("person__name",),
        about="cycle__lead",
    ),
    "Incident": Listed(
        ("id", "lead", "drum", "person", "offered_at", "due_at", "missed_at", "excuse", "next_person", "annulled_at"),
        ("company", "drum", "excuse"),
        ("person__name", "lead__title"),
        about="cycle__lead",
    ),
    "Entry": Listed(("cycle", "seq", "at", "kind", "company"), ("company", "kind"), about="cycle__lead"),
    "Effect": Listed(
        ("id", "person", "kind", "cycle", "created_at", "channel", "state", "attempts", "done_at", "read_at"),
        ("company", "kind", "channel", "state"),
        ("person__name",),
    ),
    "CrmWrite": Listed(
        ("id", "lead", "kind", "person", "stage", "created_at", "state", "ready_at", "attempts", "done_at"),
        ("company", "kind", "state"),
        about="lead",
    ),
    "Delivery": Listed(
        ("id", "person", "kind", "channel", "at", "result", "error"),
        ("company", "channel", "result"),
        ("person__name",),
    ),
    "Aftercare": Listed(
        ("cycle", "person", "taken_at", "budget", "due_at", "remind_at", "state"),
        ("company", "state"),
        ("person__name",),
    ),
    "Handover": Listed(
        ("cycle", "turn_number", "giver", "receiver", "asked_at", "answer", "answered_at"),
        ("company", "answer"),
        ("giver__name", "receiver__name"),
    ),
    "Way": Listed(
        ("name", "company", "kind", "drum", "active", "seen_at", "lead_at", "trouble_at"),
        ("company", "kind", "active"),
        ("name",),
    ),
    "Touch": Listed(
        ("id", "lead", "person", "kind", "outward", "started_at", "seconds", "note"),
        ("company", "kind", "outward"),
        ("person__name", "note"),
        about="lead",
    ),
    "Reply": Listed(
        ("id", "lead", "person", "to", "way", "state", "created_at", "sent_at", "attempts"),
        ("company", "state"),
        ("to", "person__name"),
        about="lead",
    ),
    "Reach": Listed(
        ("person", "channel", "address", "title", "created_at", "broken_at"), ("company", "channel"), ("person__name",)
    ),
    "Outlet": Listed(
        ("title", "company", "department", "channel", "address", "created_at", "broken_at"), ("company", "channel")
    ),
    "FactLead": Listed(
        ("passage_id", "lead_id", "passage", "state", "arrived_at", "offered_at", "taken_at", "misses", "wait_seconds"),
        ("state", "is_taken", "is_junk"),
    ),
    "FactTurn": Listed(
        ("turn_key", "lead_id", "turn_number", "person_id", "offered_at", "due_at", "verdict", "take_seconds"),
        ("verdict",),
    ),
    "FactIncident": Listed(
        ("incident_id", "lead_id", "person_id", "missed_at", "overdue_seconds", "excuse", "is_annulled"), ("excuse",)
    ),
}
