"""The rows that belong together, as bars; one panel a group."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

COLOURS = {"sqlite": "#2f6f9f", "postgres": "#b5651d", "": "#5b7f5b"}
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def draw(measures: Mapping[str, Any], file: Path) -> None:
    """Write the plot as SVG; nothing when no row belongs to a group."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "leaddrum"  # the same rows give the same file
    import matplotlib.pyplot as plt

    groups: dict[str, list[dict[str, Any]]] = {}
    for found in measures.values():
        for row in found["rows"]:
            if row["group"] and row["value"]:
                groups.setdefault(row["group"], []).append(row)
    if not groups:
        return
    heights = [0.32 * len(rows) + 0.9 for rows in groups.values()]
    figure, axes = plt.subplots(
        len(groups), figsize=(9, sum(heights)), squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for axis, (name, rows) in zip(axes[:, 0], groups.items(), strict=True):
        _panel(axis, name, rows)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _panel(axis: Any, name: str, rows: list[dict[str, Any]]) -> None:
    labels = [f"{row['name']}{', ' if row['database'] else ''}{NAMES.get(row['database'], '')}" for row in rows]
    values = [row["value"] for row in rows]
    places = range(len(rows))
    axis.barh(places, values, color=[COLOURS[row["database"]] for row in rows], height=0.7)
    axis.set_yticks(places, labels, fontsize=8)
    axis.invert_yaxis()
    if max(values) > 30 * min(values):
        axis.set_xscale("log")
        axis.set_xlim(left=min(values) / 3, right=max(values) * 4)
    else:
        axis.set_xlim(0, max(values) * 1.18)
    for place, row in zip(places, rows, strict=True):
        text = f" {row['value']:,.0f}" if row["value"] >= 100 else f" {row['value']:.1f}"
        axis.text(row["value"], place, text, va="center", fontsize=8)
    axis.set_title(f"{name} ({rows[0]['unit']})", fontsize=10, loc="left")
    axis.tick_params(axis="x", labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)
