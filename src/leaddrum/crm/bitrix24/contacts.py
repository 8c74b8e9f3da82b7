"""Clients' phones and addresses: what a known client is recognised by (S-25).

They come only when everything of an item is asked for (bitrix24 documentation: `crm.item.list`), so they are asked
once, when a lead is seen for the first time. A lead carries its own; a deal and a smart process name contacts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leaddrum.crm.bitrix24.answers import Ok
from leaddrum.crm.bitrix24.budget import Urgency
from leaddrum.crm.bitrix24.client import Call
from leaddrum.crm.bitrix24.keys import LEAD, item_key, item_of, stage_key
from leaddrum.engine.mirror import Seen
from leaddrum.intake import dedupe
from leaddrum.models import Lead

if TYPE_CHECKING:
    from leaddrum.crm.bitrix24.apart import Bitrix24

CONTACT = 3
PAGE = 50


def recognised(source: Bitrix24, found: list[Seen]) -> list[Seen]:
    """The same leads; those that are new here, and come in, with their client's phone and address.

    Raises:
        Unreachable, Busy: they are read again later, as a whole.
    """
    entry = {stage_key(watch.entity, stage) for watch in source.settings.watches for stage in watch.entry}
    keys = [seen.key for seen in found if seen.exists and seen.stage in entry]
    known = set(
        Lead.objects.filter(company=source.portal.company_id, crm_key__in=keys).values_list("crm_key", flat=True)
    )
    fresh = [key for key in keys if key not in known]
    if not fresh:
        return found
    clients = _clients(source, fresh)
    return [_with_client(source, seen, clients[seen.key]) if seen.key in clients else seen for seen in found]


def _clients(source: Bitrix24, keys: Iterable[str]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """For each lead the records that may hold a phone: itself, or its contacts."""
    asked: dict[int, list[int]] = defaultdict(list)
    for key in keys:
        entity, number = item_of(key)
        asked[entity].append(number)
    rows = {item_key(entity, int(row["id"])): row for entity, row in _rows(source, asked)}
    wanted = {int(one) for key, row in rows.items() if item_of(key)[0] != LEAD for one in row.get("contactIds") or ()}
    contacts = {int(row["id"]): row for _, row in _rows(source, {CONTACT: sorted(wanted)})}
    return {
        key: [row]
        if item_of(key)[0] == LEAD
        else [contacts[int(one)] for one in row.get("contactIds") or () if int(one) in contacts]
        for key, row in rows.items()
    }


def _rows(source: Bitrix24, asked: Mapping[int, list[int]]) -> list[tuple[int, Mapping[str, Any]]]:
    """Whole items; what the portal does not show has none."""
    calls = [
        Call("crm.item.list", {**_whole(entity), "filter": {"@id": numbers[start : start + PAGE]}})
        for entity, numbers in asked.items()
        for start in range(0, len(numbers), PAGE)
    ]
    found: list[tuple[int, Mapping[str, Any]]] = []
    for call, reply in source.asked(calls, Urgency.VERDICT):
        rows = reply.value.get("items") if isinstance(reply, Ok) and isinstance(reply.value, dict) else None
        if isinstance(rows, list):
            found += [(int(call.params["entityTypeId"]), row) for row in rows if isinstance(row, dict) and "id" in row]
    return found


def _whole(entity: int) -> dict[str, Any]:
    return {"entityTypeId": entity, "select": ["*"], "order": {"id": "ASC"}, "start": -1}


def _with_client(source: Bitrix24, seen: Seen, records: Sequence[Mapping[str, Any]]) -> Seen:
    """The first phone and address that can be understood."""
    company = source.portal.company
    region = dedupe.region_of(company.zone, company.language)
    values = [one for record in records for one in record.get("fm") or () if isinstance(one, dict)]
    phones = [str(one.get("value") or "") for one in values if one.get("typeId") == "PHONE"]
    mails = [str(one.get("value") or "") for one in values if one.get("typeId") == "EMAIL"]
    numbers = {phone: dedupe.phone_key(phone, region) for phone in phones}
    addresses = {mail: dedupe.email_key(mail) for mail in mails}
    phone = next((phone for phone, key in numbers.items() if key), "")
    mail = next((mail for mail, key in addresses.items() if key), "")
    names = [" ".join(str(record[part]) for part in ("name", "lastName") if record.get(part)) for record in records]
    return replace(
        seen,
        name=seen.name or next(iter(names), ""),
        phone=phone,
        phone_key=numbers.get(phone, ""),
        email=mail,
        email_key=addresses.get(mail, ""),
    )
