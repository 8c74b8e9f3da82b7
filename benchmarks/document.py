"""docs/benchmarks.md: the table of the last results between two marks; the words around it are written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- results: written by script/bench -->", "<!-- end of results -->"
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL", "": ""}
MET = {True: "met", False: "**missed**", None: ""}
EMPTY = f"# How fast it is\n\n{BEGIN}\n{END}\n"


def write(measures: Mapping[str, Any], order: Sequence[tuple[str, str]], file: Path) -> None:
    """Put the table into the document, which is made when there is none.

    Raises:
        ValueError: the document has lost its marks.
    """
    text = file.read_text(encoding="utf-8") if file.exists() else EMPTY
    if BEGIN not in text or END not in text:
        raise ValueError(f"{file} must have the lines {BEGIN} and {END}")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    body = "\n".join(_sections(measures, order))
    file.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")


def _sections(measures: Mapping[str, Any], order: Sequence[tuple[str, str]]) -> Iterable[str]:
    yield "\n![The figures of the tables as bars](benchmarks/benchmarks.svg)"
    for name, what in order:
        if name not in measures:
            continue
        found = measures[name]
        small = " Small sizes (`--quick`)." if found["quick"] else ""
        yield f"\n## {name}: {what}\n"
        yield (
            f"{found['date']}, {found['machine']}, load {found['load']} when it ended,"
            f" Python {found['python']}, SQLite {found['sqlite']}.{small}\n"
        )
        yield "| what | database | value | target | | |"
        yield "|---|---|---:|---|---|---|"
        for row in found["rows"]:
            cells = (
                row["name"],
                DATABASES[row["database"]],
                f"{_number(row['value'])} {row['unit']}",
                row["target"],
                MET[row["met"]],
                row["note"],
            )
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(value: float) -> str:
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
