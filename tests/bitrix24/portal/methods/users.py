"""Users and departments."""

from __future__ import annotations

from typing import Any

from tests.bitrix24.portal import filters
from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, Result
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.kinds import anything, integer, listed, mapping, text
from tests.bitrix24.portal.people import Department, User

SCOPES = ("user", "user_basic", "user_brief")
BRIEF = [
    "ID",
    "ACTIVE",
    "NAME",
    "LAST_NAME",
    "SECOND_NAME",
    "WORK_POSITION",
    "TIME_ZONE",
    "IS_ONLINE",
    "UF_DEPARTMENT",
    "USER_TYPE",
    "LAST_LOGIN",
    "LAST_ACTIVITY_DATE",
    "XML_ID",
    "PERSONAL_GENDER",
]
KEYS = dict.fromkeys(
    [
        "ID",
        "ACTIVE",
        "UF_DEPARTMENT",
        "NAME",
        "LAST_NAME",
        "EMAIL",
        "IS_ONLINE",
        "USER_TYPE",
        "NAME_SEARCH",
        "@ID",
        "!ID",
        "!ACTIVE",
    ],
    anything,
)


def row(caller: Caller, user: User) -> dict[str, Any]:
    """Numbers are strings here, departments are not; `user_brief` and `user_basic` see less."""
    found: dict[str, Any] = {
        "ID": str(user.id),
        "XML_ID": str(user.id),
        "ACTIVE": user.active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "SECOND_NAME": "",
        "WORK_POSITION": user.position,
        "EMAIL": user.email,
        "TIME_ZONE": user.zone,
        "IS_ONLINE": "Y" if user.online else "N",
        "LAST_LOGIN": caller.portal.now().isoformat(timespec="seconds"),
        "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": "",
        "UF_DEPARTMENT": list(user.departments),
        "USER_TYPE": user.kind if user.intranet else "extranet",
    }
    if not caller.scopes & {"user", "user_basic"}:
        found = {name: value for name, value in found.items() if name in BRIEF}
    return found


@method(
    "user.get",
    *SCOPES,
    optional={
        "FILTER": mapping,
        "SORT": text,
        "ORDER": text,
        "SELECT": listed,
        "ADMIN_MODE": anything,
        "START": integer,
    }
    | KEYS,
    folded=True,
)
def get(caller: Caller, params: Params) -> Result:
    wanted = {key.upper(): value for key, value in params.get("FILTER", {}).items()}
    wanted |= {key: value for key, value in params.items() if key in KEYS}
    rows = [row(caller, user) for user in caller.portal.users.values() if _matches(user, wanted)]
    rows.sort(key=lambda each: int(each["ID"]), reverse=params.get("ORDER", "ASC").upper() == "DESC")
    page, total, following = filters.page(rows, params.get("START"))
    if "SELECT" in params:
        page = [{name: value for name, value in each.items() if name in ("ID", *params["SELECT"])} for each in page]
    return Result(page, total=total, next=following)


def _matches(user: User, wanted: dict[str, Any]) -> bool:
    values: dict[str, set[str]] = {
        "ID": {str(user.id)},
        "ACTIVE": {"Y"} if user.active else {"N"},
        "UF_DEPARTMENT": {str(number) for number in user.departments},
        "NAME": {user.name},
        "LAST_NAME": {user.last_name},
        "EMAIL": {user.email},
        "IS_ONLINE": {"Y" if user.online else "N"},
        "USER_TYPE": {user.kind if user.intranet else "extranet"},
    }
    for key, value in wanted.items():
        if key == "NAME_SEARCH":
            if str(value).lower() not in user.full_name.lower():
                return False
            continue
        name = key.lstrip("@!=")
        if name not in values:
            continue
        given = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
        told = {_flag(each) if name in ("ACTIVE", "IS_ONLINE") else str(each) for each in given}
        if bool(values[name] & told) is key.startswith("!"):
            return False
    return True


def _flag(value: Any) -> str:
    return "Y" if value in (True, 1, "1", "Y", "true", "True") else "N"


@method("user.current", *SCOPES)
def current(caller: Caller, params: Params) -> Any:
    return row(caller, caller.user)


@method("user.admin")
def admin(caller: Caller, params: Params) -> bool:
    return caller.admin


@method("profile")
def profile(caller: Caller, params: Params) -> Any:
    user = caller.user
    return {
        "ID": str(user.id),
        "ADMIN": user.admin,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_GENDER": "",
        "TIME_ZONE": user.zone,
    }


@method(
    "department.get",
    "department",
    "user",
    optional={
        "ID": anything,
        "NAME": text,
        "PARENT": integer,
        "UF_HEAD": integer,
        "SORT": anything,
        "ORDER": text,
        "START": integer,
    },
    folded=True,
)
def departments(caller: Caller, params: Params) -> Result:
    given = params.get("ID")
    ids = {str(each) for each in (given if isinstance(given, list) else [given])} if given is not None else None
    found = [
        _department(each)
        for each in caller.portal.departments.values()
        if (ids is None or str(each.id) in ids)
        and params.get("NAME", each.name) == each.name
        and params.get("PARENT", each.parent) == each.parent
        and params.get("UF_HEAD", each.head) == each.head
    ]
    page, total, following = filters.page(found, params.get("START"))
    return Result(page, total=total, next=following)


def _department(each: Department) -> dict[str, Any]:
    """The root has no parent; without a head the key is missing or "0"."""
    found: dict[str, Any] = {"ID": str(each.id), "NAME": each.name, "SORT": each.sort}
    if each.parent:
        found["PARENT"] = str(each.parent)
    if each.head:
        found["UF_HEAD"] = str(each.head)
    elif each.id % 2:
        found["UF_HEAD"] = "0"
    return found


@method("im.department.managers.get", "im", required={"ID": listed}, optional={"USER_DATA": text}, folded=True)
def managers(caller: Caller, params: Params) -> Any:
    portal = caller.portal
    found: dict[str, Any] = {}
    for number in params["ID"]:
        each = portal.departments.get(int(number))
        if each is None:
            raise Refusal(400, "INVALID_FORMAT", "Wrong department")
        heads = [each.head] if each.head else []
        found[str(each.id)] = (
            [{"id": head, "name": portal.users[head].full_name, "active": portal.users[head].active} for head in heads]
            if params.get("USER_DATA") == "Y"
            else heads
        )
    return found


@method("im.department.employees.get", "im", required={"ID": listed}, optional={"USER_DATA": text}, folded=True)
def employees(caller: Caller, params: Params) -> Any:
    people = caller.portal.users.values()
    return {str(number): [user.id for user in people if int(number) in user.departments] for number in params["ID"]}
