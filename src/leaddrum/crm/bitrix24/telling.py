"""Telling a portal what was decided: an element of the list per miss, a note in the timeline, a to-do for the head.

Only the list keeps a repeat from doubling by itself (`ELEMENT_CODE`). A note or a to-do that may have got through is
looked for before it is written again, by the mark in its last line (S-40).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from leaddrum import clock, words
from leaddrum.crm.base import Answer, Applied, NotNow, Rejected, Told
from leaddrum.crm.bitrix24 import journal, judging, placements, troubles
from leaddrum.crm.bitrix24.answers import Later, Ok, Refused, Reply
from leaddrum.crm.bitrix24.budget import Urgency
from leaddrum.crm.bitrix24.client import Call
from leaddrum.crm.bitrix24.keys import item_of, timeline_type
from leaddrum.models import Cycle, Entry, Incident, Person, Portal

if TYPE_CHECKING:
    from leaddrum.crm.bitrix24.apart import Bitrix24

NOTES = "crm.timeline.comment.add"
NOTES_THERE = "crm.timeline.comment.list"
TODO, TODOS_THERE = "crm.activity.todo.add", "crm.activity.list"
ELEMENT, ELEMENT_AGAIN = "lists.element.add", "lists.element.update"
TODO_WITHIN = timedelta(hours=1)
LIST_AGAIN = 300.0  # seconds before a list that the portal refuses is tried once more
WHY = gettext_noop("The drum goes on. Look why nobody takes it: the story is in the notes of the card.")
AT_ONCE = 6  # journal entries of one decision that a note tells of
SAID = frozenset({"missed", "returned", "voided", "offered", "held", "escalated", "annulled", "taken"})


def tell(source: Bitrix24, told: Sequence[Told]) -> list[Answer]:
    """Each answer in its place."""
    with translation.override(source.portal.company.language):
        answers: dict[int, Answer] = {}
        calls: list[tuple[int, Call]] = []
        there = _there(source, [one for one in told if one.kind in ("note", "todo") and one.again])
        if isinstance(there, NotNow):
            return [there] * len(told)
        rows = _Rows(source.portal, told)
        for place, one in enumerate(told):
            call = _call(source, one, there, rows)
            if isinstance(call, Call):
                calls.append((place, call))
            else:
                answers[place] = call
        replies = source.client.batch([call for _, call in calls], urgency=Urgency.NOTE, reads=False)
        changed = [(place, call) for (place, call), reply in zip(calls, replies, strict=True) if _exists(reply)]
        for (place, call), reply in zip(calls, replies, strict=True):
            answers[place] = _answer(source, call, reply)
        for place, reply in _written_again(source, changed):
            answers[place] = judging.answer(reply)
        new = [told[place] for (place, call), reply in zip(calls, replies, strict=True) if _new(call, reply)]
        if source.portal.journal.get("refused") and (new or changed):
            troubles.say(source.portal, troubles.LIST, "")
        _fire(source, [one for one in new if not one.before])
        return [answers[place] for place in range(len(told))]


class _Rows:
    """What is told of, read for all of a batch at once."""

    def __init__(self, portal: Portal, told: Sequence[Told]) -> None:
        self.names = dict(Person.objects.filter(company=portal.company_id).values_list("pk", "name"))
        missed = {one.cycle for one in told if one.kind == "incident"}
        incidents = Incident.objects.filter(cycle__in=missed, turn_number__in={one.turn for one in told})
        incidents = incidents.select_related("person", "next_person", "lead", "drum", "annulled_by")
        self.incidents = {(incident.cycle_id, incident.turn_number): incident for incident in incidents}
        self.offers = journal.offers(self.incidents.values())
        ordered = {one.cycle for one in told if one.kind == "todo"}
        self.cycles = Cycle.objects.select_related("lead").in_bulk(ordered)
        decided = [
            Q(cycle=one.cycle, seq__gte=one.seq, seq__lt=one.seq + AT_ONCE) for one in told if one.kind == "note"
        ]
        entries = Entry.objects.filter(reduce(or_, decided)) if decided else ()
        self._entries = {(entry.cycle_id, entry.seq): entry for entry in entries}

    def decision(self, one: Told) -> list[Entry]:
        """The entries of one decision, from its first on."""
        numbers = range(one.seq, one.seq + AT_ONCE)
        entries = [entry for seq in numbers if (entry := self._entries.get((one.cycle, seq))) is not None]
        return [entry for entry in entries if entry.at == entries[0].at and entry.kind in SAID]


def _new(call: Call, reply: Reply) -> bool:
    """An element that has just been made."""
    return call.method == ELEMENT and isinstance(reply, Ok)


def _fire(source: Bitrix24, missed: Sequence[Told]) -> None:
    """The trigger “lead missed”, which an application has there. At most once per miss: on a second one the customer's
    robots would run twice, so an answer that got lost is not asked for again."""
    if source.client.access.application and missed:
        calls = [placements.missed(*item_of(one.key)) for one in missed]
        source.client.batch(calls, urgency=Urgency.NOTE, reads=False)


def _call(source: Bitrix24, one: Told, there: Mapping[int, bool], rows: _Rows) -> Call | Answer:
    match one.kind:
        case "incident":
            return _incident(source, one, rows)
        case "note":
            return Applied() if there.get(one.row) else _note(source, one, rows)
        case "todo":
            return Applied() if there.get(one.row) else _todo(source, one, rows)
    return Rejected(f"a portal is told no {one.kind}")


# The list


def _incident(source: Bitrix24, one: Told, rows: _Rows) -> Call | Answer:
    portal = source.portal
    if not portal.journal.get("fields"):
        made = _made(source)
        if made is not None:
            return made
    incident = rows.incidents.get((one.cycle, one.turn))
    if incident is None:
        return Rejected("there is no such incident")
    zone = str(portal.plan.get("zone") or "UTC")
    element = journal.row(incident, portal.journal["fields"], zone, rows.names, rows.offers)
    return Call(ELEMENT, {**journal.LIST, "ELEMENT_CODE": journal.code_of(incident), "FIELDS": element})


def _made(source: Bitrix24) -> Answer | None:
    """The list is there now; or why it is not."""
    portal = source.portal
    if "lists" not in portal.plan.get("scopes", ("lists",)):
        return Rejected("the access has no scope “lists”")
    refused = portal.journal.get("refused")
    try:
        portal.journal = journal.ensured(source.client, journal.rights(portal))
    except journal.NoList as error:
        troubles.say(portal, troubles.LIST, str(error))
        return NotNow(str(error), LIST_AGAIN)
    Portal.objects.filter(pk=portal.pk).update(journal=portal.journal)
    if portal.journal.get("made"):
        journal.tell_again(portal)
    elif refused:
        portal.journal["refused"] = refused  # until something is written
        return None
    troubles.say(portal, troubles.LIST, "")
    return None


def _exists(reply: Reply) -> bool:
    return isinstance(reply, Refused) and reply.code.upper() == "ERROR_ELEMENT_ALREADY_EXISTS"


def _written_again(source: Bitrix24, there: Sequence[tuple[int, Call]]) -> list[tuple[int, Reply]]:
    """Elements that are there get their newest state, whole."""
    calls = [Call(ELEMENT_AGAIN, call.params) for _, call in there]
    replies = source.client.batch(calls, urgency=Urgency.NOTE, reads=False)
    return [(place, reply) for (place, _), reply in zip(there, replies, strict=True)]


def _answer(source: Bitrix24, call: Call, reply: Reply) -> Answer:
    if call.method == ELEMENT and isinstance(reply, Refused) and reply.code.upper() in journal.GONE:
        # Deleted there: it is made anew. Or it is there, and our access may not write into it any more.
        Portal.objects.filter(pk=source.portal.pk).update(journal={"refused": str(reply)[:200]})
        if source.portal.journal.get("refused"):
            troubles.say(source.portal, troubles.LIST, str(reply))
            return NotNow(str(reply), LIST_AGAIN)
        return NotNow(str(reply), 5.0)
    return judging.answer(reply)


# What may be there already


def _there(source: Bitrix24, doubtful: Sequence[Told]) -> dict[int, bool] | NotNow:
    """Which of these notes and to-dos the item has already."""
    calls = [_look(one) for one in doubtful]
    found = {}
    for one, reply in zip(doubtful, source.client.batch(calls, urgency=Urgency.NOTE), strict=True):
        if isinstance(reply, Ok):
            text = "DESCRIPTION" if one.kind == "todo" else "COMMENT"
            marked = re.compile(rf"{re.escape(mark(one))}(?!\d)")
            found[one.row] = any(marked.search(str(row.get(text))) for row in reply.value)
        elif isinstance(reply, Refused):
            found[one.row] = True  # the item is gone, or not ours to look at: nothing is written twice
        else:
            return NotNow(reply.why, reply.after if isinstance(reply, Later) else 5.0)
    return found


def _look(one: Told) -> Call:
    """The newest page of what it would be among."""
    entity, number = item_of(one.key)
    newest = {"order": {"ID": "DESC"}}
    if one.kind == "todo":
        filter_ = {"OWNER_TYPE_ID": entity, "OWNER_ID": number, "PROVIDER_ID": "CRM_TODO"}
        return Call(TODOS_THERE, {"filter": filter_, "select": ["ID", "DESCRIPTION"], **newest})
    filter_ = {"ENTITY_ID": number, "ENTITY_TYPE": timeline_type(entity)}
    return Call(NOTES_THERE, {"filter": filter_, "select": ["ID", "COMMENT"], **newest})


def mark(one: Told) -> str:
    """Ends a note or a to-do: what it is recognised by."""
    if one.kind == "todo":
        return f"LeadDrum {one.cycle}/{one.turn}/{one.person}"
    return f"LeadDrum {one.cycle}-{one.seq}"


# Notes


def _note(source: Bitrix24, one: Told, rows: _Rows) -> Call | Answer:
    text = _said(rows.decision(one), rows.names, ZoneInfo(source.portal.company.zone))
    if not text:
        return Rejected("there is nothing to tell")
    entity, number = item_of(one.key)
    comment = f"{text}\n{mark(one)}"
    return Call(NOTES, {"fields": {"ENTITY_ID": number, "ENTITY_TYPE": timeline_type(entity), "COMMENT": comment}})


def _said(entries: Sequence[Entry], names: Mapping[int, str], zone: ZoneInfo) -> str:
    """What one decision was and why, in the journal's sentences: who was chosen, and why not the others (S-20)."""
    lines = [words.entry(entry, names, zone) for entry in entries]
    for entry in entries:
        lines += [
            f"— {names.get(line[0], '?')}: {words.reason(line, names, zone, entry.at)}" for line in _choice(entry)
        ]
    return plain("\n".join(lines))


def _choice(entry: Entry) -> list[list[Any]]:
    found = entry.data.get("candidates") if entry.kind in ("offered", "held") else None
    return found[:10] if isinstance(found, list) else []


def plain(text: str) -> str:
    """Text without the portal's markup: a client's name must not make a link."""
    return text.replace("[", "(").replace("]", ")")


# To-dos


def _todo(source: Bitrix24, one: Told, rows: _Rows) -> Call | Answer:
    cycle = rows.cycles.get(one.cycle)
    user = source.user(one.person)
    if cycle is None or not user:
        return Rejected("he is not in the portal")
    entity, number = item_of(one.key)
    due = clock.now() + TODO_WITHIN
    title = ngettext(
        "Nobody has taken the lead in %(misses)d turn", "Nobody has taken the lead in %(misses)d turns", one.turn
    ) % {"misses": one.turn}
    return Call(
        TODO,
        {
            "ownerTypeId": entity,
            "ownerId": number,
            "deadline": _iso(due, str(source.portal.plan.get("zone") or "UTC")),
            "title": plain(f"{title}: {cycle.lead.title}")[:250],
            "description": f"{_(WHY)}\n{mark(one)}",
            "responsibleId": user,
        },
    )


def _iso(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
