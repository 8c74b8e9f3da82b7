"""Who was in touch with a client, as the portal keeps it: comments in the timeline, calls, mails and chats among the
activities (S-38). Asked for leads whose clock after the take is due, two calls each, and for no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from leaddrum.crm.bitrix24.answers import Ok, Reply
from leaddrum.crm.bitrix24.client import Call
from leaddrum.crm.bitrix24.items import Names, instant
from leaddrum.crm.bitrix24.keys import item_of, timeline_type
from leaddrum.engine import Contact

COMMENTS, ACTIVITIES = "crm.timeline.comment.list", "crm.activity.list"
OURS = re.compile(r"LeadDrum \d+-\d+\s*$")  # the last line of a note of ours
SELECT = [
    *("ID", "TYPE_ID", "PROVIDER_ID", "DIRECTION", "COMPLETED", "CREATED", "START_TIME", "END_TIME"),
    *("AUTHOR_ID", "RESPONSIBLE_ID", "SETTINGS"),
]
CALL, MAIL, BY_PROVIDER = "2", "4", "6"  # `crm.enum.activitytype`
OUTGOING = "2"  # `crm.enum.activitydirection`
CHATS = ("IMOPENLINES_SESSION", "CRM_SMS", "CRM_NOTIFICATION", "CRM_WHATSAPP")  # providers whose activities are chats


def calls(keys: Sequence[str]) -> list[Call]:
    """The newest page of both, for each lead."""
    newest: dict[str, Any] = {"order": {"ID": "DESC"}}
    asked = []
    for key in keys:
        entity, number = item_of(key)
        item = {"ENTITY_ID": number, "ENTITY_TYPE": timeline_type(entity)}
        asked.append(Call(COMMENTS, {"filter": item, "select": ["ID", "CREATED", "AUTHOR_ID", "COMMENT"], **newest}))
        owner = {"OWNER_TYPE_ID": entity, "OWNER_ID": number}
        asked.append(Call(ACTIVITIES, {"filter": owner, "select": SELECT, **newest}))
    return asked


def found(
    asked: Sequence[tuple[str, datetime]], answered: Sequence[tuple[Call, Reply]], names: Names
) -> dict[str, list[Contact]]:
    """The answers to `calls`, in their order. What a portal refuses to show, of a deleted lead say, is nothing."""
    contacts: dict[str, list[Contact]] = {}
    for place, (key, since) in enumerate(asked):
        rows = [reply.value for _call, reply in answered[2 * place : 2 * place + 2] if isinstance(reply, Ok)]
        told = [contact for page in rows for row in page for contact in _contact(row, names)]
        contacts[key] = sorted((one for one in told if one.at >= since), key=lambda one: one.at)
    return contacts


def _contact(row: Any, names: Names) -> Iterator[Contact]:
    """None, when it is no contact, or cannot be read."""
    try:
        made = _comment(row, names) if "COMMENT" in row else _activity(row, names)
    except (KeyError, TypeError, ValueError):
        return
    if made is not None:
        yield made


def _comment(row: Mapping[str, Any], names: Names) -> Contact | None:
    """A person's; a robot's has no author."""
    author, at = int(row.get("AUTHOR_ID") or 0), instant(row["CREATED"])
    if not author or at is None or OURS.search(str(row["COMMENT"])):
        return None
    return Contact("comment", at, person=names.people.get(author))


def _activity(row: Mapping[str, Any], names: Names) -> Contact | None:
    """A plan to call is no call yet: to-dos and what is not done do not count, nor does a call that nobody answered."""
    kind, outward = str(row["TYPE_ID"]), str(row.get("DIRECTION")) == OUTGOING
    done, at = row.get("COMPLETED") == "Y", instant(row["CREATED"])
    what = {CALL: "call", MAIL: "mail"}.get(kind)
    if what is None and kind == BY_PROVIDER and row.get("PROVIDER_ID") in CHATS:
        what = "chat"
    if what is None or at is None or not done or not (outward or (what == "call" and not _missed(row))):
        return None
    person = names.people.get(int(row.get("RESPONSIBLE_ID") or 0))
    seconds = max(_seconds(row), 0 if outward else 1) if what == "call" else 0
    return Contact(what, at, outward=outward, person=person, seconds=seconds)


def _missed(row: Mapping[str, Any]) -> bool:
    settings = row.get("SETTINGS")
    return isinstance(settings, Mapping) and bool(settings.get("MISSED_CALL"))


def _seconds(row: Mapping[str, Any]) -> int:
    """Of talk, as far as the portal says it."""
    start, end = instant(row.get("START_TIME")), instant(row.get("END_TIME"))
    return round((end - start).total_seconds()) if start is not None and end is not None else 0
