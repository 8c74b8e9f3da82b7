"""Figures in the writing of the language."""

from __future__ import annotations

import math

from django.utils import formats
from django.utils.translation import pgettext


def number(value: float, digits: int = 1) -> str:
    """With so many digits after the point; what is endless is said so."""
    if not math.isfinite(value):
        return "∞"
    return str(formats.number_format(round(value, digits), digits)).replace("-", "−")


def exact(value: float) -> str:
    """With all its digits and no more, thousands set apart: an amount that somebody has named."""
    if not math.isfinite(value):
        return number(value)
    whole = int(value) if value == int(value) else value
    return str(formats.number_format(whole, force_grouping=True)).replace("-", "−")


def percent(share: float | None, digits: int = 0) -> str:
    """A share between 0 and 1: "50%"; Russian puts a space before the sign, and the two stay on one line. Nobody writes
    the sign himself: this is the one place that knows where it stands. None: there is nothing to say."""
    if share is None:
        return "—"
    return pgettext("share", "%(number)s%%") % {"number": number(100 * share, digits)}
