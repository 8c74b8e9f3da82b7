"""Read a company file: text in, values out, or everything that is wrong with it (S-46)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from leaddrum.company import values
from leaddrum.company.calendars import read_calendars
from leaddrum.company.drums import read_drums, read_routes
from leaddrum.company.people import LANGUAGES, read_absences, read_departments, read_people
from leaddrum.company.portal import read_portal
from leaddrum.company.problems import Problem, Problems, Unreadable
from leaddrum.company.references import check_references
from leaddrum.company.shape import CompanyFile, Drum, Stage
from leaddrum.company.syntax import syntax_error
from leaddrum.company.table import Table
from leaddrum.core.policy import Meaning

LARGEST = 16 * 1024 * 1024  # bytes: some 100,000 people


def text_of(content: bytes) -> str:
    """The text of a file's bytes.

    Raises:
        Unreadable: too large, not UTF-8, empty.
    """
    if len(content) > LARGEST:
        raise _unreadable(1, _("the file is larger than %(size)d MiB") % {"size": LARGEST // 1024 // 1024})
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable(1, _("the file is UTF-16: save it as UTF-8"))
    try:
        text = content.decode("utf-8-sig")  # editors on Windows put a mark in front
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(line, _("the file is not UTF-8: save it as UTF-8")) from error
    if not text.strip():
        raise _unreadable(1, _("the file is empty"))
    return text


def read(content: bytes | str, *, language: str = "") -> CompanyFile:
    """What the file says. Mistakes are told in `language`, else in the file's own.

    Raises:
        Unreadable: with every mistake found, each with line and key.
    """
    with translation.override(language or translation.get_language() or "ru"):
        text = text_of(content) if isinstance(content, bytes) else content.removeprefix("\ufeff")
        tree = _toml(text)
    with translation.override(language or language_of(tree)):
        problems = Problems()
        file = _company(Table(tree, (), problems), problems, text)
        if problems:
            raise Unreadable(problems.located(text))
        return file


def _unreadable(line: int, what: str) -> Unreadable:
    return Unreadable((Problem(line, "", what),))


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(place.group(1)) if place else text.count("\n") + 1
        raise _unreadable(line, syntax_error(str(error))) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 1,000 brackets
        raise _unreadable(1, _("the file cannot be read: %(why)s") % {"why": error}) from error


def language_of(tree: Mapping[str, Any]) -> str:
    """The language a file wants to be answered in; Russian when it does not say."""
    company = tree.get("company")
    language = company.get("language") if isinstance(company, Mapping) else None
    return language if language in LANGUAGES else "ru"


LONGEST_KEPT = 600  # months


def _company(root: Table, problems: Problems, text: str) -> CompanyFile:
    head = root.table("company")
    if head is None:
        root.missing("company")
        head = Table({"name": "-", "zone": "UTC"}, ("company",), problems)
    name = head.text("name", values.line, required=True) or ""
    zone = head.text("zone", values.zone, required=True) or "UTC"
    language = head.one_of("language", LANGUAGES, "ru")
    key = head.text("key", values.slug) or ""
    mask_after = head.number("mask_after", 0, 0, LONGEST_KEPT)
    head.done()
    people = read_people(root)
    drums = read_drums(root)
    file = CompanyFile(
        name=name,
        zone=zone,
        language=language,
        key=key,
        mask_after=mask_after,
        stages=_stages(root),
        calendars=read_calendars(root),
        departments=read_departments(root),
        people=people,
        absences=read_absences(root, {person.key: person.zone for person in people}, zone),
        drums=drums,
        routes=read_routes(root),
        default_drum=_default_drum(root, drums),
        portal=read_portal(root),
        text=text,
    )
    root.done()
    if file.portal is None:  # else when it is completed: much of what it names is in the portal
        check_references(file, problems)
    return file


def _stages(root: Table) -> tuple[Stage, ...]:
    section = root.table("stages")
    if section is None:
        if "bitrix24" not in root:
            root.missing("stages")
        return ()
    found = []
    for key, inner in section.keyed(values.key):
        title = inner.text("title", values.line, required=True) or key
        meaning = inner.one_of("meaning", tuple(Meaning), Meaning.IGNORE, required=True)
        inner.done()
        found.append(Stage(key, title, Meaning(meaning)))
    for needed in (Meaning.ENTRY, Meaning.TAKE):
        if needed not in {stage.meaning for stage in found}:
            section.wrong("", _("needs a stage that means “%(meaning)s”") % {"meaning": needed})
    return tuple(found)


def _default_drum(root: Table, drums: tuple[Drum, ...]) -> str:
    """The drum of leads that no rule matches; a single drum is it without saying so."""
    if not drums and "drums" not in root:
        root.missing("drums")
    section = root.table("routing")
    if section is not None:
        key = section.text("default_drum", str, required=True) or ""
        section.done()
        return key
    if len(drums) > 1:
        root.problems.add(("routing",), _("with several drums, [routing] must name the default_drum"))
    return drums[0].key if drums else ""
