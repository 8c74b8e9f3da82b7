"""People of a portal: users, departments and their heads, absences, working days, and the portal's working time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass
class User:
    """`crm`: all | own | none, what he may see there. `zone`: empty means the portal's."""

    id: int
    name: str
    last_name: str = ""
    email: str = ""
    departments: list[int] = field(default_factory=list)
    active: bool = True
    admin: bool = False
    crm: str = "all"
    zone: str = ""
    online: bool = True
    position: str = ""
    intranet: bool = True
    kind: str = "employee"  # USER_TYPE; an integrator is none
    workday: str = "CLOSED"  # timeman: OPENED | CLOSED | PAUSED | EXPIRED
    workday_since: datetime | None = None

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()


@dataclass
class Department:
    id: int
    name: str
    parent: int = 0
    head: int = 0
    sort: int = 500


@dataclass
class Absence:
    """`source`: chart (the absence chart, seen by `im.user.get`), calendar (an event with the mark “absent”)."""

    user: int
    starts: datetime
    ends: datetime
    name: str = "Отпуск"
    source: str = "chart"
    whole_days: bool = False
    accessibility: str = "absent"


@dataclass
class WorkingTime:
    """As `calendar.settings.get` has it."""

    starts: str = "9"
    ends: str = "18"
    holidays: str = "1.01,2.01,7.01,23.02,8.03,1.05,9.05,12.06,4.11"
    workdays: str = ""
    weekend: list[str] = field(default_factory=lambda: ["SA", "SU"])
    week_starts: str = "MO"


@dataclass
class Schedule:
    """As `timeman.schedule.get` has it; seconds after midnight, days `12345`."""

    id: int
    name: str
    users: list[int]
    starts: int = 9 * 3600
    ends: int = 18 * 3600
    days: str = "12345"
    kind: str = "FIXED"
    days_off: list[date] = field(default_factory=list)
