"""The company file of a portal, as it is proposed: one drum over one entry stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from leaddrum.company import toml, values
from leaddrum.company.portal import DEAL, ENTITIES, LEAD
from leaddrum.crm.bitrix24.probing import Found

DAYS = {
    "MO": "monday",
    "TU": "tuesday",
    "WE": "wednesday",
    "TH": "thursday",
    "FR": "friday",
    "SA": "saturday",
    "SU": "sunday",
}
SHORT = 300  # a budget in seconds below which the pauses around it shrink with it
QUICK = ("verdict_delay", "hold_alert")  # these pauses
YEARS = 3
DRUM, CALENDAR = "leads", "portal"


class NotChosen(ValueError):
    """Something of the choice does not fit the portal; says what."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants of this portal. Exactly one of `users`, `department`, `owners`."""

    entity: int = LEAD
    pipeline: int = 0
    entry: str = ""
    users: tuple[int, ...] = ()
    department: int = 0
    owners: bool = False
    budget: int = 1800
    escalate_after: int = 4
    calendar: str = CALENDAR  # portal | always | a calendar of the company file that is there
    watch_only: bool = False


def text(
    choice: Choice, found: Found, *, name: str, key: str, language: str, before: Mapping[str, Any], now: datetime
) -> str:
    """A company file.

    Args:
        before: the file that is there already, as plain values. Its calendars and people stay; of a portal that is
            connected again, everything else that was not chosen anew too.

    Raises:
        NotChosen: something chosen is not in the portal.
    """
    _check(choice, found)
    again = before if "bitrix24" in before else {}
    head = dict(before.get("company", {}))
    company = head | {
        "key": key,
        "name": head.get("name", name),
        "zone": head["zone"] if again else found.zone,
        "language": head.get("language", language),
    }
    calendars = dict(before.get("calendars", {}))
    if choice.calendar == CALENDAR:
        calendars[CALENDAR] = working_time(found.hours, now.astimezone(ZoneInfo(found.zone)).year)
    elif choice.calendar == "always":
        calendars.setdefault("always", {"every_day": ["00:00-24:00"]})
    elif choice.calendar not in calendars:
        raise NotChosen(_("there is no calendar “%(key)s”: choose portal or always") % {"key": choice.calendar})
    tree: dict[str, Any] = {"company": company, "calendars": calendars}
    tree |= {kept: before[kept] for kept in ("people", "departments", "absences") if before.get(kept)}
    own = _own(choice, again)
    tree["bitrix24"] = _portal(choice, own, again)
    tree["drums"] = _drums(choice, found, own, again.get("drums", ()))
    tree |= {kept: again[kept] for kept in ("routes", "routing") if again.get(kept)}
    if len(tree["drums"]) > 1:
        tree.setdefault("routing", {"default_drum": tree["drums"][0]["id"]})
    return toml.dumps(tree)


def _own(choice: Choice, again: Mapping[str, Any]) -> str:
    """The drum that is chosen for: the one that watches this stage already, else that of a former connecting."""
    watches = again.get("bitrix24", {}).get("watch", ())
    return next((str(watch["drum"]) for watch in watches if _chosen(watch, choice)), DRUM)


def _chosen(watch: Mapping[str, Any], choice: Choice) -> bool:
    """Whether it is about the stage that is chosen."""
    pipeline = (ENTITIES.get(watch["entity"], watch["entity"]), watch.get("pipeline", 0))
    return pipeline == (choice.entity, choice.pipeline) and choice.entry in watch["entry"]


def _check(choice: Choice, found: Found) -> None:
    if choice.entity == LEAD and found.simple:
        raise NotChosen(_("the portal is in simple CRM mode and has no leads: choose deals"))
    if not any((one.entity, one.number) == (choice.entity, choice.pipeline) for one in found.pipelines):
        known = ", ".join(f"{one.entity}/{one.number} ({one.name})" for one in found.pipelines)
        raise NotChosen(_("the portal has no such pipeline; there are: %(known)s") % {"known": known})
    stages = found.stages(choice.entity, choice.pipeline)
    if choice.entry not in {row["id"] for row in stages}:
        known = ", ".join(f"{row['id']} ({row['name']})" for row in stages)
        raise NotChosen(
            _("there is no stage “%(stage)s” there; there are: %(known)s") % {"stage": choice.entry, "known": known}
        )
    if next(row for row in stages if row["id"] == choice.entry)["semantics"] != "P":
        raise NotChosen(_("“%(stage)s” is a final stage: nothing waits there to be taken") % {"stage": choice.entry})
    users = {user["id"]: user for user in found.org["users"]}
    unknown = [user for user in choice.users if user not in users]
    if unknown:
        raise NotChosen(_("the portal has no active employee %(users)s") % {"users": ", ".join(map(str, unknown))})
    if choice.department and choice.department not in {row["id"] for row in found.org["departments"]}:
        known = ", ".join(f"{row['id']} ({row['name']})" for row in found.org["departments"])
        raise NotChosen(
            _("the portal has no department %(id)d; there are: %(known)s") % {"id": choice.department, "known": known}
        )
    if choice.department and not any(choice.department in user["departments"] for user in found.org["users"]):
        raise NotChosen(_("nobody works in the department %(id)d") % {"id": choice.department})


def _portal(choice: Choice, own: str, again: Mapping[str, Any]) -> dict[str, Any]:
    section = dict(again.get("bitrix24", {}))
    watches = section.get("watch", [])
    if not any(_chosen(watch, choice) for watch in watches):  # else what it watches beside that stays too
        entity: Any = {LEAD: "lead", DEAL: "deal"}.get(choice.entity, choice.entity)
        watch = {"drum": own, "entity": entity, "pipeline": choice.pipeline, "entry": [choice.entry]}
        watches = [watch, *(each for each in watches if each["drum"] != own)]
    before: Mapping[str, Any] = next((each for each in again.get("drums", ()) if each["id"] == own), {})
    usual = f"{sweep(values.duration(before['budget']))}s" if "budget" in before else ""
    if section.get("sweep", usual) == usual:  # nobody has chosen it
        section["sweep"] = f"{sweep(choice.budget)}s"
    for name in ("watch_only", "webhook_file"):  # chosen anew; the address that was given now counts
        section.pop(name, None)
    if choice.watch_only:
        section["watch_only"] = True
    return section | {"watch": watches}


def sweep(budget: int) -> int:
    """Seconds between two looks: twenty cost three requests a minute; a short budget wants to see more."""
    return max(1, min(20, budget // 6))


def _drums(choice: Choice, found: Found, own: str, again: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The drum that is chosen for, with what else was said of it, in its place among the others."""
    drums = [dict(each) for each in again]
    place = next((at for at, each in enumerate(drums) if each["id"] == own), None)
    if place is None:
        return [_drum(choice, found, own, {}), *drums]
    drums[place] = _drum(choice, found, own, drums[place])
    return drums


def _drum(choice: Choice, found: Found, own: str, said: Mapping[str, Any]) -> dict[str, Any]:
    roster: dict[str, Any] = {"owners_department": True}
    if choice.users:
        roster = {"bitrix24_users": list(choice.users)}
    elif choice.department:
        roster = {"bitrix24_department": choice.department}
    name = found.org["entities"].get(f"{choice.entity}:{choice.pipeline}", "")
    drum: dict[str, Any] = {
        "id": own,
        "name": said.get("name") or (_("New leads") if choice.entity == LEAD else name or own),
        "roster": roster,
        "budget": duration(choice.budget),
        "calendar": choice.calendar,
        "escalate_after": choice.escalate_after,
    }
    tried = "budget" in said and values.duration(said["budget"]) < SHORT
    drum |= {key: value for key, value in said.items() if key not in drum and not (tried and key in QUICK)}
    if choice.budget < SHORT:  # a trial: everything goes quicker
        drum["verdict_delay"] = duration(max(1, choice.budget // 15))
        drum["hold_alert"] = duration(max(10, choice.budget))
    return drum


def duration(seconds: int) -> str:
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


def working_time(hours: Mapping[str, Any], year: int) -> dict[str, Any]:
    """The portal's working time as a calendar. Its holidays and worked days have no year, so they are written out for
    this one and the next two; a worked day beats a holiday."""
    span = f"{_clock(hours.get('work_time_start'), '09:00')}-{_clock(hours.get('work_time_end'), '18:00')}"
    given = hours.get("week_holidays")
    free = set(given) if isinstance(given, list | tuple) else set(str(given or "SA,SU").replace("|", ",").split(","))
    week = {day: [span] for short, day in DAYS.items() if short not in free}
    worked, closed = (_days(hours.get(name), year) for name in ("year_workdays", "year_holidays"))
    days: dict[date, list[str]] = {day: [] for day in closed} | {day: [span] for day in worked}
    rows = [
        {"date": day, "hours": span_, "reason": _("worked day") if span_ else _("holiday")}
        for day, span_ in sorted(days.items())
    ]
    return week | ({"exceptions": rows} if rows else {})


def _clock(value: Any, default: str) -> str:
    """`9`, `9.30`, `9:30` or `19`."""
    parts = str(value or "").replace(":", ".").split(".")
    if not parts[0].strip().isdigit():
        return default
    minutes = parts[1].strip() if len(parts) > 1 else "0"
    minutes = f"{minutes}0" if len(minutes) == 1 and minutes != "0" else minutes
    hour, minute = int(parts[0]), int(minutes) if minutes.isdigit() else 0
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else "24:00" if hour == 24 else default


def _days(value: Any, year: int) -> list[date]:
    """`1.01,7.01,23.02`: day and month."""
    found = []
    for one in str(value or "").split(","):
        parts = one.strip().split(".")
        if len(parts) >= 2 and parts[0].isdigit() and parts[1].isdigit():
            for which in range(year, year + YEARS):
                try:
                    found.append(date(which, int(parts[1]), int(parts[0])))
                except ValueError:
                    continue  # 29 February
    return found
