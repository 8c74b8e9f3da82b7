"""What an apply would change, in sentences (S-37)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum.company import diff_hours, diff_routes, labels, saying
from leaddrum.company.naming import Naming
from leaddrum.company.people import local
from leaddrum.company.shape import Absence, CompanyFile, Department, Drum, Person, Route, Stage

MANY = 20  # more new ones of a kind than this are counted, not listed

T = TypeVar("T", Stage, Department, Person, Drum)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `section` is the file's, such as "drums"."""

    section: str
    key: str  # of what changes; empty where the section has no ids
    said: str
    turns: int = 0  # open ones that keep the settings they began with

    @property
    def what(self) -> str:
        """All of it in one sentence."""
        return f"{self.said}; {kept(self.turns)}" if self.turns else self.said

    def __str__(self) -> str:
        return self.what


def kept(turns: int) -> str:
    """How many open turns keep the settings they began with."""
    words = ngettext(
        "%(count)d running turn keeps the old settings", "%(count)d running turns keep the old settings", turns
    )
    return words % {"count": turns}


def differences(old: CompanyFile | None, new: CompanyFile, *, running: Mapping[str, int]) -> tuple[Change, ...]:
    """What `new` changes of `old`; none means that an apply would write nothing.

    Args:
        old: what the tables have; None when the company is new.
        running: open turns by drum: they keep the settings they began with.
    """
    if old is None:
        old = CompanyFile(name="", zone="")
        first = [Change("company", "", _("New company “%(name)s”") % {"name": new.name})]
    else:
        first = list(_company(old, new))
    naming = Naming(old, new)
    return (
        *first,
        *_keyed("stages", old.stages, new.stages, _title, naming),
        *_ordered("stages", old.stages, new.stages, _title),
        *_calendars(old, new),
        *_keyed("departments", old.departments, new.departments, _name, naming),
        *_ordered("departments", old.departments, new.departments, _name),
        *_people(old, new, naming),
        *_absences(old, new),
        *_drums(old, new, running, naming),
        *_ordered("drums", old.drums, new.drums, _name),
        *_routes(old, new),
        *_portal(old, new),
    )


def _portal(old: CompanyFile, new: CompanyFile) -> Iterable[Change]:
    if new.portal is None or old.portal == new.portal:
        return
    if old.portal is None:
        yield Change("bitrix24", "", _("Leads live in the Bitrix24 portal"))
        return
    for attribute in fields(new.portal):
        was, becomes = getattr(old.portal, attribute.name), getattr(new.portal, attribute.name)
        if was != becomes:
            said = _("Bitrix24, what changes: %(what)s") % {"what": labels.PORTAL[attribute.name]}
            yield Change("bitrix24", attribute.name, said)


def _company(old: CompanyFile, new: CompanyFile) -> Iterable[Change]:
    said = Naming(old, new).of("company")
    for key in ("name", "zone", "language", "mask_after"):
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            yield Change("company", "", _sentence(_("Company"), key, said(key, before), said(key, after)))


def _title(stage: Stage) -> str:
    return stage.title


def _name(thing: Department | Person | Drum) -> str:
    return thing.name


def _keyed(
    section: str, old: Sequence[T], new: Sequence[T], name: Callable[[T], str], naming: Naming
) -> Iterable[Change]:
    """Added, changed and removed things that have an id."""
    before, after = {thing.key: thing for thing in old}, {thing.key: thing for thing in new}
    yield from _added(section, [thing for key, thing in after.items() if key not in before], name)
    for key, thing in after.items():
        if key in before and before[key] != thing:
            for what in _attributes(labels.named(section, name(before[key])), before[key], thing, naming.of(section)):
                yield Change(section, key, what)
    for key, thing in before.items():
        if key not in after:
            yield Change(section, key, labels.removed(section, name(thing)))


def _added(section: str, things: Sequence[T], name: Callable[[T], str]) -> Iterable[Change]:
    if len(things) > MANY:
        yield Change(section, "", labels.count_added(section, len(things)))
        return
    for thing in things:
        yield Change(section, thing.key, labels.added(section, name(thing)))


def _attributes(subject: str, before: Any, after: Any, said: Callable[[str, Any], Any]) -> Iterable[str]:
    for attribute in fields(before):
        was, becomes = getattr(before, attribute.name), getattr(after, attribute.name)
        if was != becomes and attribute.name not in {"key", "policy"}:
            yield _sentence(subject, attribute.name, said(attribute.name, was), said(attribute.name, becomes))


def _sentence(subject: str, key: str, was: Any, becomes: Any) -> str:
    after = _("none") if saying.empty(becomes) else saying.value(key, becomes)
    words = {"subject": subject, "label": labels.label(key), "was": saying.value(key, was), "becomes": after}
    if saying.empty(was):
        return _("%(subject)s, %(label)s: %(becomes)s") % words
    return _("%(subject)s, %(label)s: %(was)s → %(becomes)s") % words


def _ordered(section: str, old: Sequence[T], new: Sequence[T], name: Callable[[T], str]) -> Iterable[Change]:
    """Their order matters: columns of the board, the first matching drum, the candidates of a department."""
    both = {thing.key for thing in old} & {thing.key for thing in new}
    before, after = ([thing for thing in things if thing.key in both] for things in (old, new))
    if [thing.key for thing in before] != [thing.key for thing in after]:
        yield Change(section, "", labels.reordered(section, ", ".join(map(name, after))))


def _calendars(old: CompanyFile, new: CompanyFile) -> Iterable[Change]:
    """A calendar that left the file stays for the turns that still run by it, so its going is no change."""
    for key, spec in new.calendars.items():
        if key not in old.calendars:
            yield Change("calendars", key, labels.added("calendars", new.hours(key)))
            continue
        for part, was, becomes in diff_hours.parts(old.calendars[key], spec):
            yield Change("calendars", key, _sentence(labels.named("calendars", new.hours(key)), part, was, becomes))


def _people(old: CompanyFile, new: CompanyFile, naming: Naming) -> Iterable[Change]:
    """Nobody is deleted: who is missing from the file becomes inactive, and a return is a change of that."""
    there = {person.key for person in new.people}
    before = tuple(_sorted_departments(person) for person in old.people if person.active or person.key in there)
    yield from _keyed("people", before, tuple(map(_sorted_departments, new.people)), _name, naming)


def _sorted_departments(person: Person) -> Person:
    return replace(person, departments=tuple(sorted(person.departments)))


def _absences(old: CompanyFile, new: CompanyFile) -> Iterable[Change]:
    names = {person.key: person.name for person in (*old.people, *new.people)}
    zones = {person.key: person.zone or new.zone for person in (*old.people, *new.people)}

    def told(absence: Absence, words: str) -> Change:
        zone = zones[absence.person]
        what = words % {
            "name": names[absence.person],
            "from": local(absence.starts_at, zone),
            "to": local(absence.ends_at, zone),
        }
        return Change("absences", absence.person, f"{what} ({absence.reason})" if absence.reason else what)

    before, after = set(old.absences), set(new.absences)
    if len(after - before) > MANY:
        yield Change("absences", "", labels.count_added("absences", len(after - before)))
    else:
        for absence in sorted(after - before, key=_when):
            yield told(absence, _("Absence of %(name)s from %(from)s to %(to)s is added"))
    for absence in sorted(before - after, key=_when):
        yield told(absence, _("Absence of %(name)s from %(from)s to %(to)s is removed"))


def _when(absence: Absence) -> tuple[Any, ...]:
    return absence.starts_at, absence.person, absence.ends_at, absence.reason


def _drums(old: CompanyFile, new: CompanyFile, running: Mapping[str, int], naming: Naming) -> Iterable[Change]:
    yield from _keyed("drums", old.drums, new.drums, _name, naming)
    before = {drum.key: drum for drum in old.drums}
    for drum in new.drums:
        was = before.get(drum.key)
        if was is None or was.policy.same_settings(drum.policy):
            continue
        changes = list(_attributes(labels.named("drums", was.name), was.policy, drum.policy, naming.of("drums")))
        turns = running.get(drum.key, 0)
        for said in changes:
            yield Change("drums", drum.key, said, turns)
    if old.default_drum != new.default_drum:
        names = {drum.key: drum.name for drum in (*old.drums, *new.drums)}
        drum_name = names.get(new.default_drum, new.default_drum)
        yield Change("routing", "", _("Leads that no rule fits → “%(drum)s”") % {"drum": drum_name})


def _routes(old: CompanyFile, new: CompanyFile) -> Iterable[Change]:
    """What is there now has its number of now, what is added the one it gets."""
    names = {drum.key: drum.name for drum in (*old.drums, *new.drums)}
    for step in diff_routes.steps(old.routes, new.routes):
        match step:
            case int(was), None:
                yield _rule(_("Rule %(number)d is removed: %(when)s → “%(drum)s”"), old.routes[was], names, was)
            case None, int(place):
                words = _("Rule %(number)d is added: %(when)s → “%(drum)s”")
                yield _rule(words, new.routes[place], names, place)
            case int(was), int(place) if was == place:
                yield _rule(_("Rule %(number)d: %(when)s → “%(drum)s”"), new.routes[place], names, place)
            case int(was), int(place):
                words = _("Rule %(was)d becomes rule %(number)d: %(when)s → “%(drum)s”")
                yield _rule(words, new.routes[place], names, place, was)


def _rule(words: str, route: Route, names: Mapping[str, str], place: int, was: int = 0) -> Change:
    values = {"number": place + 1, "was": was + 1, "when": saying.condition(route.when)}
    return Change("routes", str(place + 1), words % {**values, "drum": names.get(route.drum, route.drum)})
