"""The `[bitrix24]` section, and the company that a file and a portal make together.

People, departments and stages come from the portal, as it was last read (`models.Portal.org`); the file says what is
watched, by which rules, and what of a person differs (`[[people]] id = "b24:27"` with hours of his own, say).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from leaddrum.company import values
from leaddrum.company.problems import Problems, Unreadable
from leaddrum.company.references import check_references
from leaddrum.company.shape import Absence, CompanyFile, Department, Drum, Person, Portal, Stage, Watch
from leaddrum.company.table import Table
from leaddrum.core.policy import Meaning

LEAD, DEAL, FIRST_PROCESS = 1, 2, 128
ENTITIES = {"lead": LEAD, "deal": DEAL}
SWEEPS = (1, 3600)  # seconds
OTHER = "other"  # the stage of an item in a pipeline that nothing watches
_DEFAULT = Portal()
Org = Mapping[str, Any]


# Names


def person_key(user: int | str) -> str:
    return f"b24:{user}"


def department_key(number: int | str) -> str:
    return f"b24:{number}"


def entity_key(entity: int) -> str:
    """`lead`, `deal`, or the portal's own short name of a smart process: `T80`."""
    return {LEAD: "lead", DEAL: "deal"}.get(entity) or f"T{entity:X}"


def stage_key(entity: int, stage: str) -> str:
    return f"{entity_key(entity)}:{stage}"


# Reading


def read_portal(root: Table) -> Portal | None:
    section = root.table("bitrix24")
    if section is None:
        return None
    if "stages" in root:
        section.wrong("", _("stages come from the portal: leave out [stages]"))
    portal = Portal(
        watches=tuple(_watches(section)),
        webhook_file=section.text("webhook_file", values.line) or "",
        sweep=_sweep(section),
        watch_only=section.flag("watch_only", False),
        technical=numbers(section, "technical_users"),
        absences=section.flag("absences", True),
    )
    section.done()
    if not portal.watches:
        section.wrong("", _("say what is watched: [[bitrix24.watch]]"))
    return portal


def _sweep(section: Table) -> int:
    def read(text: str) -> int:
        seconds = values.duration(text)
        if not SWEEPS[0] <= seconds <= SWEEPS[1]:
            raise ValueError(_("must be from one second to one hour"))
        return seconds

    return section.text("sweep", read) or _DEFAULT.sweep


def _watches(section: Table) -> Iterator[Watch]:
    for watch in section.tables("watch"):
        drum = watch.text("drum", str, required=True) or ""
        entity = _entity(watch)
        pipeline = watch.number("pipeline", 0, 0, 10**9)
        entry = watch.texts("entry", values.line, required=True) or ()
        watch.done()
        if entity and drum:
            yield Watch(drum, entity, pipeline, entry)


def _entity(watch: Table) -> int:
    given = watch.raw("entity")
    if isinstance(given, str) and given in ENTITIES:
        return ENTITIES[given]
    if isinstance(given, int) and not isinstance(given, bool) and (given >= FIRST_PROCESS or given in (LEAD, DEAL)):
        return given
    watch.wrong("entity", _("must be “lead”, “deal” or the number of a smart process"))
    return 0


def numbers(table: Table, key: str) -> tuple[int, ...]:
    """A list of users' numbers."""
    given = table.raw(key)
    if given is None:
        return ()
    if not isinstance(given, list) or not all(
        isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in given
    ):
        table.wrong(key, _("must be a list of the portal's user numbers, such as [27, 31]"))
        return ()
    return tuple(dict.fromkeys(given))


def plain(portal: Portal) -> dict[str, Any]:
    """The section as JSON; `from_plain` is the way back."""
    return asdict(portal)


def from_plain(spec: Mapping[str, Any]) -> Portal | None:
    if not spec:
        return None
    known = {field.name for field in fields(Portal)}
    given = {key: value for key, value in spec.items() if key in known}
    watches = tuple(Watch(w["drum"], w["entity"], w["pipeline"], tuple(w["entry"])) for w in given.pop("watches", ()))
    return Portal(watches=watches, **{**given, "technical": tuple(given.get("technical", ()))})


# Completing


def completed(file: CompanyFile, org: Org) -> CompanyFile:
    """The whole company: what the file leaves to the portal is filled in.

    Raises:
        Unreadable: the file names what the portal does not have.
    """
    portal = file.portal
    if portal is None:
        return file
    problems = Problems()
    _check_watches(portal, file, org, problems)
    whole = replace(
        file,
        stages=tuple(_stages(portal, file, org)),
        departments=(*_departments(org), *file.departments),
        people=tuple(_people(portal, file, org)),
        absences=(*file.absences, *_absences(portal, org)),
        drums=tuple(_watching(drum, portal) for drum in file.drums),
    )
    if not problems:
        check_references(whole, problems)
    if problems:
        raise Unreadable(problems.located(file.text))
    return whole


def _check_watches(portal: Portal, file: CompanyFile, org: Org, problems: Problems) -> None:
    drums = {drum.key for drum in file.drums}
    there = {(row["entity"], row["pipeline"], row["id"]) for row in org.get("stages", ())}
    for at, watch in enumerate(portal.watches):
        here = ("bitrix24", "watch", at)
        if watch.drum not in drums:
            problems.add((*here, "drum"), _("there is no drum “%(key)s” in this file") % {"key": watch.drum})
        if not any(entity == watch.entity and pipeline == watch.pipeline for entity, pipeline, _id in there):
            problems.add((*here, "pipeline"), _("the portal has no such pipeline"))
            continue
        for stage in watch.entry:
            if (watch.entity, watch.pipeline, stage) not in there:
                words = _("the portal has no stage “%(stage)s” there") % {"stage": stage}
                problems.add((*here, "entry"), words)
    for at, drum in enumerate(file.drums):
        if not any(watch.drum == drum.key for watch in portal.watches):
            problems.add(("drums", at), _("watches nothing: name it in [[bitrix24.watch]]"))


def _stages(portal: Portal, file: CompanyFile, org: Org) -> Iterator[Stage]:
    """The stages of what is watched, in the portal's order, and one for items that have left for another pipeline."""
    rotating = {drum.key for drum in file.drums if drum.policy.rotate}
    entry = {(w.entity, stage) for w in portal.watches if w.drum in rotating for stage in w.entry}
    watched = list(dict.fromkeys((watch.entity, watch.pipeline) for watch in portal.watches))
    names = org.get("entities", {})
    several = len(watched) > 1
    for entity, pipeline in watched:
        rows = [row for row in org.get("stages", ()) if (row["entity"], row["pipeline"]) == (entity, pipeline)]
        for row in sorted(rows, key=lambda row: row["sort"]):
            title = (
                f"{names.get(f'{entity}:{pipeline}', entity_key(entity))}: {row['name']}" if several else row["name"]
            )
            meaning = Meaning.ENTRY if (entity, row["id"]) in entry else _meaning(row["semantics"])
            yield Stage(stage_key(entity, row["id"]), title[:200], meaning)
    for entity in dict.fromkeys(entity for entity, _pipeline in watched if entity != LEAD):
        yield Stage(stage_key(entity, OTHER), _("Another pipeline"), Meaning.TAKE)


def _meaning(semantics: str) -> Meaning:
    return Meaning.CLOSE if semantics == "F" else Meaning.TAKE


def _departments(org: Org) -> Iterator[Department]:
    users = {user["id"] for user in org.get("users", ())}
    known = {row["id"] for row in org.get("departments", ())}
    for row in org.get("departments", ()):
        yield Department(
            key=department_key(row["id"]),
            name=row["name"][:200] or str(row["id"]),
            parent=department_key(row["parent"]) if row["parent"] in known else "",
            head=person_key(row["head"]) if row["head"] in users else "",
        )


def _people(portal: Portal, file: CompanyFile, org: Org) -> Iterator[Person]:
    """Who is in the portal, with what the file says of him; then who is in the file alone."""
    own = {person.key: person for person in file.people}
    heads = {row["head"] for row in org.get("departments", ())}
    known = {row["id"] for row in org.get("departments", ())}
    for user in org.get("users", ()):
        key = person_key(user["id"])
        said = own.pop(key, None) or Person(key, "")
        role = "admin" if user.get("admin") else "head" if user["id"] in heads else "employee"
        yield replace(
            said,
            name=said.name or user["name"],
            email=said.email or user.get("email", ""),
            role=said.role if said.role != "employee" else role,
            zone=said.zone or user.get("zone", ""),
            departments=(*(department_key(one) for one in user["departments"] if one in known), *said.departments),
            active=said.active and user["active"],
            technical=said.technical or user["id"] in portal.technical,
        )
    yield from own.values()


def _absences(portal: Portal, org: Org) -> Iterator[Absence]:
    """What the portal knows; a person's own entries for the same days, in the file or by hand, come first anyway:
    absences add up."""
    users = {user["id"] for user in org.get("users", ())}
    for row in org.get("absences", ()) if portal.absences else ():
        if row["user"] in users:
            starts, ends = datetime.fromisoformat(row["from"]), datetime.fromisoformat(row["to"])
            yield Absence(person_key(row["user"]), starts, ends, row.get("why", "")[:200])


def _watching(drum: Drum, portal: Portal) -> Drum:
    stages = [stage_key(watch.entity, one) for watch in portal.watches if watch.drum == drum.key for one in watch.entry]
    return replace(drum, policy=replace(drum.policy, entry=tuple(dict.fromkeys(stages))))
