"""What a company file says, as values. People, drums, calendars and stages are named by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leaddrum.core import hours_spec
from leaddrum.core.policy import Meaning, Policy


@dataclass(frozen=True, slots=True)
class Stage:
    key: str
    title: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Department:
    key: str
    name: str
    parent: str = ""
    head: str = ""
    deputy: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    name: str
    email: str = ""
    role: str = "employee"
    zone: str = ""  # empty: the company's
    language: str = ""  # empty: the company's
    calendar: str = ""  # own hours (S-12); empty: the drum's
    quiet: tuple[str, ...] = ()  # "22:00-08:00" in his zone
    departments: tuple[str, ...] = ()
    active: bool = True
    technical: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    person: str
    starts_at: datetime
    ends_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drum:
    key: str
    name: str
    policy: Policy  # its version is 0: an apply numbers it


@dataclass(frozen=True, slots=True)
class Route:
    """One rule: `when` maps a lead field to the values it may have, or to {"min", "max"} (S-26)."""

    when: Mapping[str, Any]
    drum: str


@dataclass(frozen=True, slots=True)
class Watch:
    """What a drum watches in a portal. `entity`: 1 leads, 2 deals, else a smart process."""

    drum: str
    entity: int
    pipeline: int
    entry: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Portal:
    """The `[bitrix24]` section: leads live in a portal, and so do people, departments and stages."""

    watches: tuple[Watch, ...] = ()
    webhook_file: str = ""  # empty: the one that was kept when the portal was connected
    sweep: int = 20  # seconds between two looks at everything
    watch_only: bool = False  # say what would be done, write nothing
    technical: tuple[int, ...] = ()  # users whose moves are no take (S-29)
    absences: bool = True  # take absences from the portal too


@dataclass(frozen=True, slots=True)
class CompanyFile:
    name: str
    zone: str
    language: str = "ru"
    key: str = ""  # empty: not said; the company that is there, or one made from the name
    mask_after: int = 0  # months after which a client's data is masked; 0: never by itself
    stages: tuple[Stage, ...] = ()
    # specifications for leaddrum.core.hours; without a zone the person's or the company's holds
    calendars: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    departments: tuple[Department, ...] = ()
    people: tuple[Person, ...] = ()
    absences: tuple[Absence, ...] = ()
    drums: tuple[Drum, ...] = ()
    routes: tuple[Route, ...] = ()
    default_drum: str = ""
    portal: Portal | None = None  # None: the built-in board
    text: str = field(default="", compare=False, repr=False)  # what it was read from: places of doubts are found in it

    def hours(self, key: str) -> str:
        """What people call a calendar; its id where it has no name."""
        return hours_spec.title(key, self.calendars.get(key, {}))
