"""Figures of the adviser: short enough for a table, minutes as people say them."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _

from leaddrum.company import saying
from leaddrum.words import number, percent

__all__ = ["minutes", "number", "percent", "short"]


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
