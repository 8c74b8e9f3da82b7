"""Which test shows which rule: the table at the end of docs/rules.md. `python -m tests.rules` writes it anew.

A test says which rules it shows: `@pytest.mark.rule("S-6")`, a whole file by its `pytestmark`. A rule without a
test needs a stated reason here.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests import apart

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "rules.md"
START = "<!-- rule → test: written by `python -m tests.rules` -->"
RULE = re.compile(r"^- \*\*([SI]\d*-?\d+)\*\*", re.MULTILINE)

REASONS = {
    "I1": "checked on the rows after every step of every story, property and crash test (tests/invariants.py)",
    "I2": "as I1",
    "I5": "as I1",
    "I6": "as I1",
    "I7": "as I1",
    "I8": "as I1",
    "I3": "the board is read in the transaction that judges, a CRM apart before it: S-6, S-35, S-41 and S-42 show it",
    "I4": "S-27, S-28 and S-30 show it",
}


def numbers() -> list[str]:
    """Every rule of the page, in its order."""
    return RULE.findall(PAGE.read_text(encoding="utf-8"))


def shown() -> dict[str, list[str]]:
    """Rule → the tests that carry its number; of a file that does as a whole its name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted(TESTS.glob("**/test_*.py")):
        name = file.relative_to(TESTS.parent).as_posix()
        for test, rules in _marked(apart.in_a_thread(ast.parse, file.read_text(encoding="utf-8"))):
            for rule in rules:
                found[rule].append(f"{name}::{test or file.relative_to(TESTS)}")
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """(test, or nothing for the whole file; its rules)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            marks = [rules for mark in node.decorator_list for rules in _rules(mark)]
            yield node.name, marks
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            yield "", [rule for mark in ast.walk(node.value) for rule in _rules(mark)]


def _rules(mark: ast.AST) -> list[str]:
    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "rule":
        return [str(argument.value) for argument in mark.args if isinstance(argument, ast.Constant)]
    return []


def table() -> str:
    """The table as Markdown."""
    tests = shown()
    lines = [START, "", "| rule | shown by |", "|---|---|"]
    for rule in numbers():
        links = [f"[{test.split('::')[1]}](../{test.split('::')[0]})" for test in tests[rule]]
        lines.append(f"| {rule} | {'<br>'.join(links) or REASONS.get(rule, '')} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The whole page with today's table."""
    return PAGE.read_text(encoding="utf-8").partition(START)[0] + table()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
