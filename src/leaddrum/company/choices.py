"""What the choices of a setting are called, wherever they are chosen or told of: `weighted` is “By weight”."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CHOICES: dict[str, dict[str, Promise]] = {
    "strategy": {
        "circle": _("In a circle"),
        "weighted": _("By weight"),
        "least_loaded": _("Whoever has least"),
        "claim": _("Offered to all"),
    },
    "escalation": {"observe": _("Observes"), "own": _("Gets the lead"), "freeze": _("Decides")},
    "first_turn": {"owner": _("The responsible person"), "drum": _("Whoever is next")},
    "take_signals": {
        "call": _("An answered call with the client"),
        "mail": _("A mail to the client"),
        "chat": _("A message to the client"),
    },
    "on_signal": {"take": _("The lead is his"), "ask": _("He is asked")},
    "role": {"employee": _("Employee"), "head": _("Head"), "admin": _("Administrator")},
    "meaning": {
        "entry": pgettext_lazy("meaning", "waits"),
        "take": pgettext_lazy("meaning", "taken"),
        "close": pgettext_lazy("meaning", "closed"),
        "ignore": pgettext_lazy("meaning", "not for the drum"),
    },
}

LANGUAGES = {"ru": "Русский", "en": "English"}

NOTHING: dict[tuple[str, str], Promise] = {
    ("people", "calendar"): _("those of the drum"),
    ("people", "zone"): _("the company's"),
    ("people", "language"): _("the company's"),
    ("drums", "calendar"): _("around the clock"),
    ("drums", "cooldown"): _("as long as the budget"),
    ("drums", "take_stage"): _("the first stage that means “taken”"),
}
"""What holds where a setting of a section is left empty."""


def chosen(key: str, code: str) -> str:
    """A choice within a sentence."""
    said = str(CHOICES[key].get(code, code))
    return said[:1].lower() + said[1:]
