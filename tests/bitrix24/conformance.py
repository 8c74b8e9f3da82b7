"""The conformance table: `python -m tests.bitrix24.conformance` runs every story on the board, in a portal by webhook
and as an application, and writes docs/bitrix24-conformance.md from what came out.

A failed story stands there as failed, and the command fails. That the page names the stories of today is a test.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from tests import apart
from tests.bitrix24 import tried

ROOT = Path(__file__).parent.parent.parent
STORIES = ROOT / "tests/crm/test_conformance.py"
PAGE = ROOT / "docs/bitrix24-conformance.md"
COLUMNS = {  # heading: the story's file and floor
    "board": ("tests.crm.test_conformance", "board"),
    "portal by webhook": ("tests.bitrix24.test_conformance", "webhook"),
    "portal by application": ("tests.bitrix24.test_conformance", "application"),
}
CASE = re.compile(r"(?P<story>test_\w+)\[(?P<floor>\w+?)(?P<more>-.*)?\]")
BEFORE = """# Conformance: the board and a portal

The same stories run on the built-in board, in a portal by webhook and in a portal as an application (against the
[double](../tests/bitrix24/portal/README.md)), and must end in the same journal. This page is written from a run by
`python -m tests.bitrix24.conformance`; the stories are
[tests/crm/test_conformance.py](../tests/crm/test_conformance.py), and the suite runs all of them each time. What the
three have in common is decided by one engine; what differs is how leads are read and written: that is what these show.
"""
BETWEEN = """
## Bad input and bad days

What else was tried, each in the suite.
"""
Outcomes = dict[tuple[str, str], str]  # (story, column): ✓, or what it was


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "stories.xml"
        if len(sys.argv) < 2:
            files = [file.replace(".", "/") + ".py" for file in dict.fromkeys(file for file, _ in COLUMNS.values())]
            command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *files]
            subprocess.run(command, cwd=ROOT, env=os.environ, check=False)
        found = outcomes(report)
    PAGE.write_text(page(found), encoding="utf-8")
    return 0 if found and all(outcome == "✓" for outcome in found.values()) else 1


def stories() -> dict[str, tuple[str, ...]]:
    """Every story and the rules it shows, in the file's order."""
    tree = apart.in_a_thread(ast.parse, STORIES.read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            marks = [mark for mark in node.decorator_list if isinstance(mark, ast.Call)]
            rules = [mark for mark in marks if isinstance(mark.func, ast.Attribute) and mark.func.attr == "rule"]
            named = [str(one.value) for mark in rules for one in mark.args if isinstance(one, ast.Constant)]
            found[node.name] = tuple(named)
    return found


def outcomes(report: Path) -> Outcomes:
    """What came of each; of a story with several cases the worst."""
    found: Outcomes = {}
    columns = {where: heading for heading, where in COLUMNS.items()}
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314  # pytest wrote it a moment ago
        match = CASE.fullmatch(case.get("name", ""))
        floor = match["floor"] if match else ""
        column = columns.get((case.get("classname", ""), floor))
        if match is None or column is None:
            continue
        bad = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "")
        key = (match["story"], column)
        found[key] = bad or found.get(key, "✓")
    return found


def page(found: Outcomes) -> str:
    lines = [BEFORE, f"| rules | story | {' | '.join(COLUMNS)} |", f"|---|---|{'---|' * len(COLUMNS)}"]
    for story, rules in stories().items():
        cells = [found.get((story, column), "not run") for column in COLUMNS]
        words = story.removeprefix("test_").replace("_", " ")
        lines.append(f"| {', '.join(rules)} | {words} | {' | '.join(cells)} |")
    return "\n".join([*lines, BETWEEN, *tried.table()]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
