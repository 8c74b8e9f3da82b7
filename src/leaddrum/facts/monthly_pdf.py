"""The month's report on one sheet of A4, with the chart library's own letters, which know Cyrillic."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from leaddrum.facts.monthly import Report

INK, QUIET, LINE, HOLD, MISS = "#1a1f1c", "#525b55", "#dcdfda", "#565e78", "#b3261e"
LEFT, RIGHT = 0.08, 0.92
PEOPLE = 18  # as many as the sheet has room for; the mail has them all
ROW = 0.0185  # of the sheet's height


def pdf(report: Report) -> bytes:
    out = io.BytesIO()
    sheet(report).savefig(out, format="pdf", metadata={"Title": report.title, "Creator": "LeadDrum"})
    return out.getvalue()


def sheet(report: Report) -> Figure:
    from matplotlib.figure import Figure

    made = Figure(figsize=(8.27, 11.69))
    _say(made, LEFT, 0.945, report.title, fontsize=17, weight="bold", color=INK)
    _days(made, report)
    bottom = _table(made, 0.7, ("", _("this month"), _("the month before")), report.lines, (0.0, 0.62, 1.0), bold=1)
    heads = (_("Person"), _("Turns"), _("Missed"), _("Share taken"), _("Half within"))
    shown = report.people[:PEOPLE]
    bottom = _table(made, bottom - 0.035, heads, shown, (0.0, 0.5, 0.64, 0.82, 1.0), bold=3)
    if len(shown) < len(report.people):
        left_out = _("and %(n)s more, in the mail") % {"n": len(report.people) - len(shown)}
        _say(made, LEFT, bottom - ROW, left_out, fontsize=9, color=QUIET)
    link = _("All figures, and the rows behind them") + ": " + report.link
    _say(made, LEFT, 0.045, link, fontsize=7, color=QUIET)
    _say(made, LEFT, 0.03, _("The journal's seal: %s") % report.anchor, fontsize=5.5, color=QUIET)
    return made


def _say(made: Figure, x: float, y: float, text: str, **style: Any) -> None:
    """As it stands: a name with two dollar signs is no formula."""
    made.text(x, y, text, parse_math=False, **style)


def _days(made: Figure, report: Report) -> None:
    chart: Any = made.add_axes((LEFT + 0.03, 0.76, RIGHT - LEFT - 0.03, 0.14))
    places = list(range(len(report.days)))
    chart.bar(places, [day.leads for day in report.days], color=HOLD, label=_("leads"))
    missed = [day.missed for day in report.days]
    chart.bar(
        places, missed, color=MISS, width=0.4, label=_("missed turns"), hatch="////", edgecolor="white", linewidth=0
    )
    chart.set_xticks(places[::5], [f"{day.start:%d.%m}" for day in report.days][::5])
    chart.tick_params(colors=QUIET, labelsize=8, length=0)
    chart.grid(axis="y", color=LINE, linewidth=0.6)
    chart.set_axisbelow(True)
    chart.margins(x=0.01)
    chart.legend(frameon=False, fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(-0.01, 0.98), labelcolor=INK)
    for side in ("top", "right", "left"):
        chart.spines[side].set_visible(False)
    chart.spines["bottom"].set_color(QUIET)


def _table(
    made: Figure, top: float, heads: tuple[str, ...], rows: Any, stops: tuple[float, ...], *, bold: int
) -> float:
    """Words from the left, figures from the right of their stops. Returns where it ends."""
    from matplotlib.lines import Line2D

    width = RIGHT - LEFT
    for number, line in enumerate((heads, *rows)):
        height = top - number * ROW
        for column, (text, stop) in enumerate(zip(line, stops, strict=True)):
            _say(
                made,
                LEFT + stop * width,
                height,
                text,
                fontsize=9,
                ha="right" if column else "left",
                color=INK if number else QUIET,
                weight="bold" if number and column == bold else "normal",
            )
        under = height - ROW * 0.36
        made.add_artist(Line2D((LEFT, RIGHT), (under, under), color=QUIET if not number else LINE, linewidth=0.6))
    return top - len(rows) * ROW
