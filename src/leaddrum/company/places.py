"""Where in the settings something stands, as people call it: `drums[site].roster` is “Drum “Site”, roster”."""

from __future__ import annotations

import re

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from leaddrum.company import labels
from leaddrum.company.shape import CompanyFile

_PLACE = re.compile(r"(?P<section>\w+)(?:\[(?P<key>[^\]]*)\]|\.(?P<table>[^.\[]+))?\.?(?P<rest>.*)")


def place(file: CompanyFile, key: str) -> str:
    """The words for a problem's key; what they do not know is named as the file names it."""
    found = _PLACE.fullmatch(key)
    if found is None:
        return key
    section, name = found["section"], found["key"] or found["table"] or ""
    setting = re.split(r"[.\[]", found["rest"])[0]
    subject = _subject(file, section, name)
    if subject is None:
        return key
    return f"{subject}, {labels.LABELS[setting]}" if setting in labels.LABELS else subject


def _subject(file: CompanyFile, section: str, key: str) -> str | None:
    if section == "routes":
        return _("Rule %(number)s") % {"number": key}
    if section == "company":
        return _("Company")
    if section == "calendars":
        return labels.named(section, file.hours(key))
    things = {
        "drums": {drum.key: drum.name for drum in file.drums},
        "people": {person.key: person.name for person in file.people},
        "departments": {unit.key: unit.name for unit in file.departments},
        "stages": {stage.key: stage.title for stage in file.stages},
    }.get(section)
    return labels.named(section, things[key]) if things and key in things else None


def of_itself(sentence: str, drum: str) -> str:
    """A drum's sentence where it is clear which drum is meant: without “Drum “Site”: ” before it."""
    return capfirst(after_its_name(sentence, drum))


def after_its_name(sentence: str, drum: str) -> str:
    """What a drum's sentence says of it, to follow a colon."""
    return sentence.removeprefix(labels.named("drums", drum) + ": ")
