"""Routing rules as pages and lists of changes say them: in words, not as the company file writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaddrum.core import routing
from leaddrum.words import fields
from leaddrum.words.figures import exact

SOURCES = {
    "form": lazy("form"),
    "call": lazy("call"),
    "mail": lazy("mail"),
    "chat": lazy("chat"),
    "visit": lazy("visit"),
    "api": lazy("API"),
    "csv": lazy("CSV"),
    "hand": lazy("by hand"),
}
OF_A_LEAD: dict[str, Promise] = {  # what every lead has, by its name in a rule
    "source": lazy("source"),
    "phone": lazy("phone"),
    "email": lazy("e-mail"),
    "name": lazy("name"),
    "title": lazy("title"),
    "text": lazy("what the client wrote"),
    "phone_region": lazy("region of the number"),
    "phone_country": lazy("country of the number"),
    "phone_zone": lazy("time zone of the number"),
    "language": lazy("language"),
}


def source(code: str) -> str:
    """Where a lead came from, when it is one of the usual ways; else as it was given."""
    return str(SOURCES.get(code, code))


def rule_field(name: str) -> str:
    """What a rule asks for: "source", "campaign (utm_campaign)"; what has no words of its own is "field amount"."""
    if name in OF_A_LEAD:
        return str(OF_A_LEAD[name])
    own = name.removeprefix("fields.")
    label = fields.field(own)
    if label == own:
        return _("field %(name)s") % {"name": own}
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def condition(name: str, wanted: Any) -> str:
    """One condition of a rule: "source: call, chat", "field amount: at least 1,000,000"."""
    field = rule_field(name)
    if not isinstance(wanted, Mapping):
        return f"{field}: {', '.join(_value(name, item) for item in wanted)}"
    bounds = {bound: exact(number) for bound, number in wanted.items()}
    if "min" not in bounds:
        return _("%(field)s: at most %(most)s") % {"field": field, "most": bounds["max"]}
    if "max" not in bounds:
        return _("%(field)s: at least %(least)s") % {"field": field, "least": bounds["min"]}
    return _("%(field)s: from %(least)s to %(most)s") % {"field": field, "least": bounds["min"], "most": bounds["max"]}


def unmet(name: str, wanted: Any, has: Any) -> str:
    """What a lead has where a rule wants something else: "source is form", "field amount is 5,000"."""
    shown = ", ".join(str(item) for item in has) if isinstance(has, list) else str("" if has is None else has)
    field = rule_field(name)
    if not shown:
        return _("%(field)s is empty") % {"field": field}
    number = routing.number(has) if isinstance(wanted, Mapping) else None
    if number is not None:
        return _("%(field)s is %(value)s") % {"field": field, "value": exact(number)}
    if name == "source" and routing.plain(shown) in SOURCES:
        return _("%(field)s is %(value)s") % {"field": field, "value": _value(name, shown)}
    return _("%(field)s is “%(value)s”") % {"field": field, "value": shown[:80]}


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "source" and routing.plain(value) in SOURCES:  # letter case does not matter in a rule
        return source(routing.plain(value))
    return routing.plain(value) if isinstance(value, float) else str(value)
