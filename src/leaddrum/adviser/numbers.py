"""Figures in the writing of the language."""

from __future__ import annotations

import math

from django.utils import formats
from django.utils.translation import gettext as _

from leaddrum.company import saying


def number(value: float, digits: int = 1) -> str:
    """In the writing of the language; what is endless is said so."""
    if not math.isfinite(value):
        return "∞"
    return str(formats.number_format(round(value, digits), digits)).replace("-", "−")


def short(value: float, digits: int = 1) -> str:
    """Three figures say enough, and fit into a column."""
    return number(value, 0 if abs(value) >= 100 else digits)


def minutes(seconds: float | None) -> str:
    """ "8.4 min", "1 h 20 min"."""
    if seconds is None or not math.isfinite(seconds):
        return "—"
    if seconds < 3600:
        return _("%(minutes)s min") % {"minutes": number(seconds / 60, 1)}
    return saying.duration(round(seconds / 60) * 60)


def percent(share: float) -> str:
    return f"{number(100 * share, 0)}\u00a0%"
