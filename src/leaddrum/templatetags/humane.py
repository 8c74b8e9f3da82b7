"""How pages write instants, ages and codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from leaddrum import words
from leaddrum.company.choices import CHOICES
from leaddrum.models import Cycle, Way

if TYPE_CHECKING:
    from leaddrum.web.viewer import Viewer

register = template.Library()

LEADING = r"(?:\b(?:до|с|в|к|по|until|by|at|since) )?"
COUNTED = re.compile(
    LEADING + r"(?:(?<![\d.:])\d+ [^\W\d_]+\.?(?: \d+ [^\W\d_]+)*|\d\d\.\d\d \d\d:\d\d|(?<![\d.:])\d\d?:\d\d)"
)  # 4 misses; 1 h 30 min; 27.11 10:30; until 10:30
NUMBERED = re.compile(r"(?i)\b(правил\w*|rules?) (?=\d)")
HOURS = re.compile(r"(\d{1,2}:\d\d)-(\d{1,2}:\d\d)")
RANGE = re.compile(r"(?<=[\d%])–(?=\d)")
ENDING = re.compile(r"(?<=\d)-(?=[^\W\d_]{1,3}\b)")  # 16-я
NAMED = re.compile(r"((?<![\w/.-])[A-Za-z][A-Za-z0-9]*(?:-\w{2,12}){1,3}(?![\w/.-]))")  # fits a phone's line
HYPHENED = re.compile(r"(<[^>]*>)|(?<=[^\W\d_])-(?=[^\W\d_])")  # a tag, or a hyphen within a word


@register.filter
def source(code: str) -> str:
    """Where a lead came from, when it is one of the usual ways; else as it was given."""
    return words.source(code)


@register.filter
def options(choices: Iterable[tuple[object, str]], chosen: object = "") -> SafeString:
    """The options of a list: values and what they are called. Together, for there can be hundreds of people, and a
    template's line for each of them takes ten times as long."""
    marked = ((value, mark_safe(" selected") if value == chosen else "", name) for value, name in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', marked)


@register.filter
def entry(mapping: Mapping[int, object], key: int) -> object:
    """What a mapping has under a key; None: nothing."""
    return mapping.get(key)


@register.filter
def way(code: str) -> str:
    """A channel by which people are told."""
    return words.way(code)


@register.filter
def way_name(way: Way) -> str:
    """What a way in is called."""
    return words.way_in(way.kind, way.name)


@register.filter
def way_trouble(text: str) -> str:
    """Why a way in does not work."""
    return words.trouble(text)


@register.filter
def role(code: str) -> str:
    """What somebody is in the company."""
    return str(CHOICES["role"][code])


@register.filter
def ago(at: datetime, now: datetime | None) -> str:
    """How long ago, in one unit: "less than a minute", "5 min", "3 h", "2 days"."""
    minutes = int(((now or at) - at).total_seconds() // 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 60:
        return unbroken(words.duration(minutes * 60))
    if minutes < 48 * 60:
        return unbroken(words.duration(minutes // 60 * 3600))
    return unbroken(_("%(days)d d") % {"days": minutes // (24 * 60)})


def unbroken(text: str) -> str:
    """A number and its unit stay on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def whole_units(sentence: str | Promise) -> str:
    """A sentence in which no line ends between a number and what it counts or names, a day and its hour, or from and
    to."""
    joined = COUNTED.sub(lambda found: unbroken(found[0]), str(sentence))
    joined = NUMBERED.sub("\\1\N{NO-BREAK SPACE}", joined)
    joined = RANGE.sub("\N{WORD JOINER}–\N{WORD JOINER}", joined)
    joined = ENDING.sub("\N{WORD JOINER}-\N{WORD JOINER}", joined)
    return HOURS.sub("\\1\N{WORD JOINER}-\N{WORD JOINER}\\2", joined)


@register.filter(is_safe=True)
def whole_words(markup: str) -> str:
    """Heads of narrow columns, in which no line ends at the hyphen of a word; attributes of tags stay as they are."""
    return HYPHENED.sub(lambda found: found[1] or "\N{NON-BREAKING HYPHEN}", markup)


@register.filter
def near(at: datetime, now: datetime | None) -> str:
    """An instant in the reader's zone; today's without its date."""
    return whole_units(words.instant(at, timezone.get_current_timezone(), now))


@register.filter
def percent(share: float | None) -> str:
    """A share between 0 and 1."""
    return words.percent(share)


@register.filter
def mailbox(address: str) -> SafeString:
    """An e-mail address that breaks, where it does not fit, behind its @ and its dots and not within a word."""
    parts = re.split(r"(?<=[@.])", address)
    return format_html(
        '<span class="one">{}</span>', format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in parts))
    )


@register.filter
def whole_names(sentence: str | Promise) -> SafeString:
    """A sentence in which no line ends within a name of the other side: X-LeadDrum-Token, HMAC-SHA256. It stays as it
    is, to be copied."""
    parts = enumerate(NAMED.split(str(sentence)))  # every second one is a name
    return format_html_join(
        "", "{}", ((format_html('<span class="whole">{}</span>', part) if n % 2 else part,) for n, part in parts)
    )


@register.filter
def initials(name: str) -> str:
    """Two letters that stand for somebody: of his first name and his last."""
    words_of = [word for word in name.split() if word[:1].isalpha()]
    return "".join(word[0] for word in (words_of[:1] + words_of[-1:] if len(words_of) > 1 else words_of)).upper()


@register.filter
def excuse(code: str) -> str:
    """Why a miss is not his fault."""
    return words.excuse(code)


@register.filter
def held(cycle: Cycle, viewer: Viewer) -> str:
    """Why nobody has the lead now, and until when."""
    why = words.hold(cycle.hold_reason, cycle.hold.get("until"), viewer.zone, viewer.now)
    return whole_units(_("Waits: %(why)s") % {"why": why})
