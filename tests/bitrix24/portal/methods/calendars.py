"""Working time and absences: the portal's calendar, working days, schedules, and who is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bitrix24.portal.access import Caller
from tests.bitrix24.portal.answers import Refusal, denied
from tests.bitrix24.portal.calls import Params, method
from tests.bitrix24.portal.kinds import anything, integer, listed, text
from tests.bitrix24.portal.people import User

OFFSET = "%d.%m.%Y %H:%M:%S"


@method("calendar.settings.get", "calendar")
def settings(caller: Caller, params: Params) -> Any:
    time = caller.portal.working_time
    return {
        "work_time_start": time.starts,
        "work_time_end": time.ends,
        "year_holidays": time.holidays,
        "year_workdays": time.workdays,
        "week_holidays": list(time.weekend),
        "week_start": time.week_starts,
        "user_name_template": "",
        "sync_by_push": False,
        "user_show_login": True,
    }


@method("calendar.user.settings.get", "calendar")
def user_settings(caller: Caller, params: Params) -> Any:
    zone = caller.user.zone or caller.portal.zone_name
    return {"timezoneName": zone, "work_time_start": "9.00", "work_time_end": "18.00", "view": "month"}


def _day(value: Any) -> str:
    found = text(value)
    datetime.strptime(found[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    return found[:10]


def _needed(name: str) -> Refusal:
    return Refusal(400, "", f"The required parameter '{name}' is not set for the method 'calendar.accessibility.get'")


@method("calendar.accessibility.get", "calendar", required={"users": listed, "from": _day, "to": _day}, missing=_needed)
def accessibility(caller: Caller, params: Params) -> Any:
    """Events of the calendar only; whether a portal merges its absence chart in is not documented."""
    zone = caller.portal.zone
    first = datetime.fromisoformat(params["from"]).replace(tzinfo=zone)
    last = datetime.fromisoformat(params["to"]).replace(tzinfo=zone) + timedelta(days=1)
    found: dict[str, list[dict[str, Any]]] = {str(user): [] for user in params["users"]}
    for number, each in enumerate(caller.portal.absences, 1):
        rows = found.get(str(each.user))
        if rows is None or each.source != "calendar" or each.ends <= first or each.starts >= last:
            continue
        starts, ends = each.starts.astimezone(zone), each.ends.astimezone(zone)
        rows.append(
            {
                "ID": str(number),
                "NAME": each.name,
                "DATE_FROM": starts.strftime("%d.%m.%Y" if each.whole_days else OFFSET),
                "DATE_TO": ends.strftime("%d.%m.%Y" if each.whole_days else OFFSET),
                "DATE_FROM_TS_UTC": str(int(each.starts.timestamp())),
                "DATE_TO_TS_UTC": str(int(each.ends.timestamp())),
                "DT_SKIP_TIME": "Y" if each.whole_days else "N",
                "TZ_FROM": caller.portal.zone_name,
                "ACCESSIBILITY": each.accessibility,
                "IMPORTANCE": "normal",
                "FROM_HR": False,
                "IS_MEETING": False,
            }
        )
    return found


def _im_row(caller: Caller, user: User) -> dict[str, Any]:
    now = caller.portal.clock.now()
    away = [each for each in caller.portal.absences if each.user == user.id and each.starts <= now < each.ends]
    away = [each for each in away if each.source == "chart"]
    until = max((each.ends for each in away), default=None)
    return {
        "id": user.id,
        "active": user.active,
        "name": user.full_name,
        "first_name": user.name,
        "last_name": user.last_name,
        "work_position": user.position,
        "extranet": not user.intranet,
        "bot": False,
        "status": "online" if user.online else "offline",
        "idle": False,
        "last_activity_date": caller.portal.now().isoformat(timespec="seconds"),
        "absent": until.astimezone(caller.portal.zone).isoformat(timespec="seconds") if until else False,
        "departments": list(user.departments),
        "phones": False,
    }


@method(
    "im.user.list.get", "im", required={"ID": listed}, optional={"RESULT_TYPE": text, "AVATAR_HR": text}, folded=True
)
def im_users(caller: Caller, params: Params) -> Any:
    if not params["ID"]:
        raise Refusal(400, "INVALID_FORMAT", "A wrong format for the ID field is passed")
    rows: dict[str, Any] = {}
    for number in params["ID"]:
        user = caller.portal.users.get(integer(number))
        rows[str(number)] = _im_row(caller, user) if user else None
    return [row for row in rows.values() if row] if params.get("RESULT_TYPE") == "array" else rows


@method("im.user.get", "im", optional={"ID": integer, "AVATAR_HR": text}, folded=True)
def im_user(caller: Caller, params: Params) -> Any:
    user = caller.portal.users.get(params.get("ID", caller.user.id))
    if user is None:
        raise Refusal(400, "USER_NOT_EXISTS", "Specified user is not found")
    return _im_row(caller, user)


def _person(caller: Caller, params: Params) -> User:
    user = caller.portal.users.get(params.get("USER_ID", caller.user.id))
    if user is None:
        raise Refusal(400, "", "User not found")  # an empty code, as documented
    return user


@method("timeman.settings", "timeman", optional={"USER_ID": integer})
def timeman_settings(caller: Caller, params: Params) -> Any:
    _person(caller, params)
    return {
        "UF_TIMEMAN": True,
        "UF_TM_FREE": False,
        "UF_TM_MAX_START": "09:15:00",
        "UF_TM_MIN_FINISH": "17:45:00",
        "UF_TM_MIN_DURATION": "08:00:00",
        "UF_TM_ALLOWED_DELTA": "00:15:00",
        "ADMIN": caller.admin,
    }


@method("timeman.status", "timeman", optional={"USER_ID": integer})
def timeman_status(caller: Caller, params: Params) -> Any:
    user = _person(caller, params)
    offset = caller.portal.now().utcoffset() or timedelta(0)
    since = (
        user.workday_since.astimezone(caller.portal.zone).isoformat(timespec="seconds") if user.workday_since else None
    )
    return {
        "STATUS": user.workday,
        "TIME_START": since,
        "TIME_FINISH": None,
        "DURATION": "00:00:00",
        "TIME_LEAKS": "00:00:00",
        "ACTIVE": user.workday in ("OPENED", "PAUSED"),
        "TZ_OFFSET": int(offset.total_seconds()),
    }


@method("timeman.schedule.get", "timeman", required={"id": integer})
def schedule(caller: Caller, params: Params) -> Any:
    if not caller.admin:
        raise denied()
    found = caller.portal.schedules.get(params["id"])
    if found is None:
        return []
    shift = {
        "ID": found.id,
        "NAME": found.name,
        "WORK_TIME_START": found.starts,
        "WORK_TIME_END": found.ends,
        "BREAK_DURATION": 3600,
        "WORK_DAYS": found.days,
    }
    days: dict[str, dict[str, dict[str, str]]] = {}
    for day in found.days_off:
        days.setdefault(str(day.year), {}).setdefault(str(day.month - 1), {})[str(day.day)] = "0"
    return {
        "ID": found.id,
        "NAME": found.name,
        "SCHEDULE_TYPE": found.kind,
        "IS_FOR_ALL_USERS": not found.users,
        "SHIFTS": [shift],
        "CALENDAR": {"EXCLUSIONS": days},
    }


@method(
    "timeman.open",
    "timeman",
    optional={"USER_ID": integer, "TIME": text, "REPORT": text, "LAT": anything, "LON": anything},
)
def timeman_open(caller: Caller, params: Params) -> Any:
    user = _person(caller, params)
    user.workday, user.workday_since = "OPENED", caller.portal.clock.now()
    return timeman_status(caller, params)
