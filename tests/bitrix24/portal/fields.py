"""Fields of CRM items in `crm.item.*`, as `crm.item.fields` tells them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    kind: str
    read_only: bool = False
    multiple: bool = False
    title: str = ""


_WRITABLE = {
    "string": "title sourceId utmSource utmMedium utmCampaign utmContent utmTerm currencyId originatorId originId "
    "xmlId",
    "text": "sourceDescription",
    "user": "assignedById",
    "integer": "webformId",
    "boolean": "opened isManualOpportunity",
    "double": "opportunity",
    "crm_company": "companyId",
    "crm_contact": "contactId",
    "crm_status": "stageId",
}
_COMMON = {name: Field(kind) for kind, names in _WRITABLE.items() for name in names.split()} | {
    "id": Field("integer", read_only=True),
    "createdTime": Field("datetime", read_only=True),
    "updatedTime": Field("datetime", read_only=True),
    "movedTime": Field("datetime", read_only=True),
    "lastActivityTime": Field("datetime", read_only=True),
    "createdBy": Field("user", read_only=True),
    "updatedBy": Field("user", read_only=True),
    "movedBy": Field("user", read_only=True),
    "lastActivityBy": Field("user", read_only=True),
    "observers": Field("user", multiple=True),
    "contactIds": Field("crm_contact", multiple=True),
}
_SEMANTIC = {"stageSemanticId": Field("string", read_only=True), "isReturnCustomer": Field("boolean")}
_LEAD = {
    name: Field("string") for name in ("name", "lastName", "secondName", "companyTitle", "post", "statusDescription")
} | {
    "comments": Field("text"),
    "hasPhone": Field("boolean", read_only=True),
    "hasEmail": Field("boolean", read_only=True),
    "dateClosed": Field("datetime", read_only=True),
    "fm": Field("crm_multifield", multiple=True),
}
_DEAL = {
    "categoryId": Field("crm_category"),
    "comments": Field("text"),
    "typeId": Field("crm_status"),
    "probability": Field("integer"),
    "begindate": Field("date"),
    "closedate": Field("date"),
    "closed": Field("boolean", read_only=True),
    "leadId": Field("crm_lead"),
    "additionalInfo": Field("text"),
}
_PROCESS = {
    "categoryId": Field("crm_category"),
    "previousStageId": Field("crm_status", read_only=True),
    "begindate": Field("date"),
    "closedate": Field("date"),
}
_CONTACT = {name: Field("string") for name in ("name", "lastName", "secondName", "post")} | {
    "fm": Field("crm_multifield", multiple=True),
}
LEAD, DEAL, CONTACT, INVOICE, FIRST_PROCESS = 1, 2, 3, 31, 128


def of(entity: int, custom: dict[str, Field]) -> dict[str, Field]:
    own = {LEAD: _LEAD | _SEMANTIC, DEAL: _DEAL | _SEMANTIC, CONTACT: _CONTACT}.get(entity, _PROCESS)
    return _COMMON | own | custom


def known(name: str, fields: dict[str, Field]) -> str:
    """The name in `crm.item.*` of a field that somebody wrote as of old: `ASSIGNED_BY_ID`, `ID`. Both clients in wide
    use send `ID` in orders and filters, so portals understand it."""
    if name in fields or not name.isupper():
        return name
    head, *rest = name.lower().split("_")
    return head + "".join(part.capitalize() for part in rest)


def upper(name: str) -> str:
    """`assignedById` → `ASSIGNED_BY_ID`."""
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name)
