"""The words of `leaddrum.words` for templates: instants and durations in the reader's zone and language."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

from leaddrum import clock, words
from leaddrum.templatetags.humane import unbroken, whole_units

register = template.Library()


@register.filter
def moment(value: datetime | None) -> str:
    """An instant; without its day when that is today."""
    return whole_units(words.instant(value, timezone.get_current_timezone(), clock.now())) if value else ""


@register.filter
def dated(value: datetime) -> str:
    """An instant with its day, today's too; with its year when that is another."""
    zone, now = timezone.get_current_timezone(), clock.now()
    same_year = value.astimezone(zone).year == now.astimezone(zone).year
    return whole_units(words.instant(value, zone, None if same_year else now))


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as people say them."""
    return unbroken(words.duration(seconds or 0))


@register.filter
def state_words(code: str) -> str:
    return words.state(code)


@register.filter
def excuse_words(code: str) -> str:
    return words.excuse(code)


@register.filter
def unsent_words(error: str) -> str:
    return words.unsent(error)
