"""Every sentence people read about what the drum did and why, in the language that is active.

Works from plain data: people are numbers, and the caller gives their names in a mapping, so that no query hides in a
sentence. Instants are shown in the reader's zone.
"""

from leaddrum.words.contacts import unsent
from leaddrum.words.entries import entry
from leaddrum.words.fields import field
from leaddrum.words.figures import number, percent
from leaddrum.words.labels import channel, excuse, hold, state, verdict, void
from leaddrum.words.notices import Notice, bundle, notice, people_in
from leaddrum.words.reasons import reason
from leaddrum.words.refusals import refusal, stale
from leaddrum.words.rules import SOURCES, condition, rule_field, source, unmet
from leaddrum.words.standing import DECLINES, delivery, standing, way
from leaddrum.words.times import duration, instant, until, working
from leaddrum.words.ways_in import silence, trouble, way_in

__all__ = [
    "DECLINES",
    "SOURCES",
    "Notice",
    "bundle",
    "channel",
    "condition",
    "delivery",
    "duration",
    "entry",
    "excuse",
    "field",
    "hold",
    "instant",
    "notice",
    "number",
    "people_in",
    "percent",
    "reason",
    "refusal",
    "rule_field",
    "silence",
    "source",
    "stale",
    "standing",
    "state",
    "trouble",
    "unmet",
    "unsent",
    "until",
    "verdict",
    "void",
    "way",
    "way_in",
    "working",
]
