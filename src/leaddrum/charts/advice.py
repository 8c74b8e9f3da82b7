"""The adviser's two charts: how quickly offers are taken, and what that makes of each budget."""

from __future__ import annotations

from django.utils.translation import gettext as _

from leaddrum.adviser.report import Report, points
from leaddrum.charts import Theme, figure, label, svg
from leaddrum.company import saying

MOST_SHOWN = 3.0  # times the least wait: what is worse goes out of the picture


def taken(made: Report, theme: Theme) -> bytes:
    """The share of offers taken by then, with its band."""
    advice = made.advice
    chart, axes = figure(theme)
    curve = points(advice.curve, advice.longest)
    minutes = [at / 60 for at, *_rest in curve]
    axes.fill_between(
        minutes,
        [100 * (1 - high) for _at, _share, _low, high in curve],
        [100 * (1 - low) for _at, _share, low, _high in curve],
        step="post",
        color=theme.act,
        alpha=0.22,
        linewidth=0,
    )
    axes.step(minutes, [100 * (1 - share) for _at, share, *_band in curve], where="post", color=theme.act, linewidth=2)
    axes.set_ylim(0, 100)
    axes.set_xlim(left=0)
    _marks(made, theme, axes)
    label(axes, theme, _("working minutes since the offer"), _("taken, %"))
    return svg(chart)


def waits(made: Report, theme: Theme) -> bytes:
    """The expected wait of each budget, with its band."""
    chart, axes = figure(theme)
    good = [one for one in made.advice.candidates if one.enough]
    least = min((one.wait for one in good), default=0.0)
    shown = [one for one in good if one.wait <= least * MOST_SHOWN]
    minutes = [one.budget / 60 for one in shown]
    axes.fill_between(
        minutes,
        [one.wait_band.low / 60 for one in shown],
        [one.wait_band.high / 60 for one in shown],
        color=theme.link,
        alpha=0.22,
        linewidth=0,
    )
    axes.plot(minutes, [one.wait / 60 for one in shown], color=theme.link, linewidth=2, marker="o", markersize=4)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    _marks(made, theme, axes, now=0.1)  # below the curve, which ends high
    label(axes, theme, _("budget, minutes"), _("expected wait, minutes"))
    return svg(chart)


def _marks(made: Report, theme: Theme, axes: object, now: float = 0.86) -> None:
    """Where the budget of today and the best one are: a dashed and a dotted line, each with its name; `now`: how high
    that of today stands."""
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)  # noqa: S101  its type is loaded with the library
    advice = made.advice
    named = [(advice.best, _("best"), ":", theme.head, 0.98), (advice.present, _("now"), "--", theme.ink, now)]
    for one, name, stroke, colour, height in named:
        if one is None or (one is advice.present and one is advice.best and name == _("best")):
            continue
        axes.axvline(one.budget / 60, color=colour, linestyle=stroke, linewidth=1.4)
        axes.annotate(
            f"{name}: {saying.duration(one.budget)}",
            (one.budget / 60, height),
            xycoords=("data", "axes fraction"),
            xytext=(-5 if one.budget > advice.longest / 2 else 5, 0),
            textcoords="offset points",
            ha="right" if one.budget > advice.longest / 2 else "left",
            va="top",
            fontsize=9,
            color=colour,
        )
