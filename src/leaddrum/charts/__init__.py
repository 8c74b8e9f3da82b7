"""Charts as SVG, drawn on the server by matplotlib: no script, no network, one picture in light and one in dark.

The library is loaded with the first chart: it costs memory that a server without readers need not spend. A chart never
says by colour alone what matters: lines differ in their strokes, marks have their names beside them, and the page has
the same figures as a table.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of base.css that a chart needs."""

    ink: str
    quiet: str
    line: str
    act: str
    warn: str
    miss: str
    head: str
    link: str


THEMES = {
    "light": Theme("#1a1f1c", "#525b55", "#dcdfda", "#0b6b4a", "#8a5300", "#b3261e", "#6a3fa0", "#0b5a85"),
    "dark": Theme("#e9ece9", "#a9b2ab", "#3a413b", "#5cc79b", "#e0ac55", "#f28b82", "#c3a3ee", "#7cc0ea"),
}
TYPE = "image/svg+xml"


def figure(theme: Theme, width: float = 5.4, height: float = 3.2) -> tuple[Figure, Axes]:
    """An empty chart; inches of 72 points, drawn without a background."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    made.patch.set_alpha(0)
    axes = made.subplots()
    axes.patch.set_alpha(0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(theme.quiet)
    axes.tick_params(colors=theme.quiet, labelsize=9)
    axes.grid(axis="y", color=theme.line, linewidth=0.8)
    axes.set_axisbelow(True)
    return made, axes


def label(axes: Axes, theme: Theme, x: str, y: str) -> None:
    axes.set_xlabel(x, color=theme.ink, fontsize=10)
    axes.set_ylabel(y, color=theme.ink, fontsize=10)


def svg(made: Figure) -> bytes:
    """The same bytes for the same chart: no date, no random names."""
    import matplotlib as mpl

    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "leaddrum"}):
        made.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
