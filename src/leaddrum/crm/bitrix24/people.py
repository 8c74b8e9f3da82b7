"""Who works in a portal, in which departments, who is away, which stages there are: read each minute, in the request
of a sweep. What has changed is applied as a new version of the company, so every change of the staff has its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from leaddrum import clock, company
from leaddrum.company import values
from leaddrum.company.portal import DEAL, LEAD, from_plain
from leaddrum.crm.bitrix24 import reached, troubles
from leaddrum.crm.bitrix24.answers import Ok, Refused, Reply
from leaddrum.crm.bitrix24.client import Call, Client
from leaddrum.models import CompanyVersion, Portal

EVERY = timedelta(seconds=55)
PAGE = 50
AHEAD = timedelta(days=30)  # how far absences of the calendar are looked for
USERS, DEPARTMENTS, STAGES = "user.get", "department.get", "crm.status.list"
ABSENT, CALENDAR = "im.user.list.get", "calendar.accessibility.get"
SOURCES = {ABSENT: "im", CALENDAR: "calendar"}
Org = dict[str, Any]
log = structlog.stdlib.get_logger("leaddrum.crm.bitrix24")


class Unreadable(Exception):
    """Something was refused, or is not as documented; says what."""


def due(portal: Portal) -> list[Call]:
    """What is to be asked now; nothing when people were read a minute ago."""
    if portal.synced_at is not None and portal.synced_at + EVERY > clock.now():
        return []
    settings = from_plain(portal.settings)
    watched = {(watch.entity, watch.pipeline) for watch in settings.watches} if settings else set()
    absences = settings.absences if settings else False
    return calls(portal.org, watched, scopes=portal.plan.get("scopes", ()), absences=absences, now=clock.now())


def calls(
    org: Mapping[str, Any],
    watched: Iterable[tuple[int, int]],
    *,
    scopes: Iterable[str],
    absences: bool,
    now: datetime,
) -> list[Call]:
    """One page more than there are people known, dismissed ones among them, so that newcomers are found."""
    users = [user["id"] for user in org.get("users", ()) if user["active"]]
    total = org.get("user_rows", len(users))
    asked = [Call(USERS, {"sort": "ID", "order": "ASC", "start": start}) for start in _starts(total)]
    asked += [Call(DEPARTMENTS, {"START": start}) for start in _starts(len(org.get("departments", ())))]
    asked += [
        Call(STAGES, {"filter": {"ENTITY_ID": dictionary(entity, pipeline)}, "order": {"SORT": "ASC"}})
        for entity, pipeline in sorted(watched)
    ]
    if absences and users:
        if "im" in scopes:
            asked += [
                Call(ABSENT, {"ID": users[at : at + 100], "RESULT_TYPE": "array"}) for at in range(0, len(users), 100)
            ]
        if "calendar" in scopes:
            days = {"from": f"{now:%Y-%m-%d}", "to": f"{now + AHEAD:%Y-%m-%d}"}
            asked += [Call(CALENDAR, {"users": users[at : at + 100], **days}) for at in range(0, len(users), 100)]
    return asked


def _starts(known: int) -> range:
    return range(0, known + 1, PAGE)


def dictionary(entity: int, pipeline: int) -> str:
    """The `ENTITY_ID` of a pipeline's stages in `crm.status.list`."""
    if entity == LEAD:
        return "STATUS"
    if entity == DEAL:
        return f"DEAL_STAGE_{pipeline}" if pipeline else "DEAL_STAGE"
    return f"DYNAMIC_{entity}_STAGE_{pipeline}"


def synced(portal: Portal, answered: Sequence[tuple[Call, Reply]], client: Client, now: datetime) -> None:
    """The company as the portal has it now. What cannot be read or applied is said, and the old one stays: it is tried
    again each time, until the company file or the portal has changed."""
    trouble = ""
    try:
        org = read(portal.org, answered, now, more=client)
        if org != portal.org:
            with transaction.atomic():
                Portal.objects.filter(pk=portal.pk).update(org=org)
                _apply(portal, now)
    except (Unreadable, company.CannotApply) as error:
        trouble = str(error)
        log.warning("people of the portal not taken over", portal=portal.base, error=trouble)
    troubles.say(portal, troubles.PEOPLE, trouble)
    Portal.objects.filter(pk=portal.pk).update(synced_at=now)


def _apply(portal: Portal, now: datetime) -> None:
    """
    Raises:
        CannotApply: the company file names what the portal has no more.
    """
    newest = CompanyVersion.objects.filter(company=portal.company_id).order_by("-number").first()
    if newest is not None:
        company.apply(company.read(newest.text), newest.text, by="bitrix24", now=now, company=portal.company)
        reached.linked(portal, now)


def read(old: Mapping[str, Any], answered: Sequence[tuple[Call, Reply]], now: datetime, more: Client) -> Org:
    """The portal's people and stages from these answers; pages that are missing are asked for.

    Raises:
        Unreadable: something was refused.
    """
    rows: dict[str, list[Any]] = {}
    silent: set[str] = set()  # sources of absences that do not answer now
    for call, reply in answered:
        if not isinstance(reply, Ok):
            if call.method in SOURCES:
                if not isinstance(reply, Refused):
                    silent.add(SOURCES[call.method])
                continue  # a portal without it: own absences count all the same
            if call.method == DEPARTMENTS and isinstance(reply, Refused) and reply.lacking:
                continue  # nobody is anybody's head there
            raise Unreadable(f"{call.method}: {reply}")
        rows.setdefault(call.method, []).append((call, reply))
    try:
        listed = _all(rows.get(USERS, ()), more, "start")
        users = _users(listed, old)
        departments = _departments(_all(rows.get(DEPARTMENTS, ()), more, "START"))
        stages = [row for call, reply in rows.get(STAGES, ()) for row in _stages(call, reply.value)]
        told = [*_absent(rows.get(ABSENT, ()), old, now), *_calendar(rows.get(CALENDAR, ()))]
        kept = [row for row in old.get("absences", ()) if row["source"] in silent]  # nobody comes back by a lost answer
        absences = [*(row for row in told if row["source"] not in silent), *kept]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"an answer that cannot be read ({type(error).__name__}: {error})") from error
    if not users:
        raise Unreadable(f"{USERS}: it names nobody who works there")
    found: Org = {**old, "users": users, "departments": departments, "stages": stages, "absences": absences}
    return found | {"user_rows": len(listed)}  # who was dismissed stands on these pages too


def _all(pages: Sequence[tuple[Call, Ok]], more: Client, start: str) -> list[Mapping[str, Any]]:
    """Every row, each once.

    Raises:
        Unreadable: a page that is missing was refused.
    """
    found: dict[str, Mapping[str, Any]] = {}
    following = None
    for _call, reply in pages:
        found |= {str(row["ID"]): row for row in reply.value}
        following = reply.following
    for _ in range(1000):  # of fifty people each
        if following is None or not pages:
            break
        answer = more.call(pages[0][0].method, {**pages[0][0].params, start: following})
        if not isinstance(answer, Ok):
            raise Unreadable(f"{pages[0][0].method}: {answer}")
        before = len(found)
        found |= {str(row["ID"]): row for row in answer.value}
        following = answer.following if len(found) > before else None  # a portal that repeats a page ends it too
    return list(found.values())


def _users(rows: Iterable[Mapping[str, Any]], old: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Employees who work there; `ACTIVE` is a yes or no, or a word for it."""
    admins = {user["id"] for user in old.get("users", ()) if user.get("admin")}
    found = []
    for row in rows:
        if row.get("ACTIVE") not in (True, "Y", "true", "1", 1) or row.get("USER_TYPE", "employee") != "employee":
            continue
        number = int(row["ID"])
        name = " ".join(str(row[part]).strip() for part in ("NAME", "LAST_NAME") if row.get(part)).strip()
        zone = str(row.get("TIME_ZONE") or "")
        found.append(
            {
                "id": number,
                "name": name[:200] or f"#{number}",
                "email": str(row.get("EMAIL") or "")[:254],
                "zone": zone if zone in values.zones() else "",
                "departments": [int(one) for one in row.get("UF_DEPARTMENT") or ()],
                "active": True,
                "admin": number in admins,
            }
        )
    return sorted(found, key=lambda user: int(str(user["id"])))


def _departments(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": int(row["ID"]),
            "name": str(row.get("NAME") or ""),
            "parent": int(row.get("PARENT") or 0),
            "head": int(row.get("UF_HEAD") or 0),
        }
        for row in rows
    ]


def _stages(call: Call, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    entity, pipeline = _of_dictionary(call.params["filter"]["ENTITY_ID"])
    return [
        {
            "entity": entity,
            "pipeline": pipeline,
            "id": str(row["STATUS_ID"]),
            "name": str(row.get("NAME") or row["STATUS_ID"]),
            "sort": int(row.get("SORT") or 0),
            "semantics": _semantics(row),
        }
        for row in rows
    ]


def _of_dictionary(name: str) -> tuple[int, int]:
    if name == "STATUS":
        return LEAD, 0
    if name.startswith("DEAL_STAGE"):
        return DEAL, int(name.removeprefix("DEAL_STAGE").removeprefix("_") or 0)
    _, entity, _, pipeline = name.split("_")
    return int(entity), int(pipeline)


def _semantics(row: Mapping[str, Any]) -> str:
    """P in work, S success, F failure; told in two places, and either may be empty."""
    extra = row.get("EXTRA")
    told = str(row.get("SEMANTICS") or (extra.get("SEMANTICS") if isinstance(extra, Mapping) else "") or "P")
    return {"S": "S", "F": "F", "success": "S", "failure": "F", "apology": "F"}.get(told, "P")


def _absent(pages: Sequence[tuple[Call, Ok]], old: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The portal says until when somebody is absent, not since when: since we first heard of it."""
    since = {row["user"]: row["from"] for row in old.get("absences", ()) if row.get("source") == "im"}
    found = []
    for _call, reply in pages:
        for row in reply.value if isinstance(reply.value, list) else reply.value.values():
            until = row.get("absent") if isinstance(row, Mapping) else None
            ends = datetime.fromisoformat(str(until)) if until else None
            if ends is None or ends.tzinfo is None or ends <= now:
                continue
            user = int(row["id"])
            starts = since.get(user, now.replace(microsecond=0).isoformat())
            found.append({"user": user, "from": starts, "to": ends.isoformat(), "why": "", "source": "im"})
    return found


def _calendar(pages: Sequence[tuple[Call, Ok]]) -> list[dict[str, Any]]:
    """Entries of the calendar that say `absent`."""
    found = []
    for _call, reply in pages:
        for user, rows in reply.value.items() if isinstance(reply.value, dict) else ():
            for row in rows:
                if row.get("ACCESSIBILITY") != "absent":
                    continue
                starts, ends = (
                    datetime.fromtimestamp(int(row[f"DATE_{which}_TS_UTC"]), UTC) for which in ("FROM", "TO")
                )
                if row.get("DT_SKIP_TIME") == "Y" and ends <= starts:
                    ends = starts + timedelta(days=1)
                if starts < ends:
                    why = str(row.get("NAME") or "")
                    found.append(
                        {
                            "user": int(user),
                            "from": starts.isoformat(),
                            "to": ends.isoformat(),
                            "why": why,
                            "source": "calendar",
                        }
                    )
    return sorted(found, key=lambda row: (str(row["from"]), str(row["user"])))
