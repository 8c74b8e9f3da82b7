"""A share is written one way in each language, on pages, in mails, on paper, in messengers and in a terminal."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import polib
import pytest
from django.utils import translation

import leaddrum
from leaddrum import words
from leaddrum.locale import catalogues
from tests import apart

PACKAGE = Path(leaddrum.__file__).parent
WRITTEN = re.compile(r"(?:\d|\)[sdg]|\}|percent|share)(?:[ \u00a0\u202f]|&nbsp;)?(?:%%?|&#37;|per cent)(?![\w(=}])")
"""A figure, or what stands for one, with the sign after it."""
MAY = {
    "%(number)s%%",  # the one place that knows
    "In per cent, with commas. For example, 50, 80: of 20 minutes the 10th and the 16th. Empty: no reminders.",
}


def said_by_python() -> Iterator[tuple[str, str]]:
    for file in PACKAGE.rglob("*.py"):
        if file.name == "powerbi.py":  # names of measures, in English alone
            continue
        tree = apart.in_a_thread(ast.parse, file.read_text(encoding="utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values]
                yield file.name, "".join(parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                yield file.name, node.value


def said_by_templates() -> Iterator[tuple[str, str]]:
    """What is read of them: an attribute of a drawing or a style has widths of its own."""
    for file in [*PACKAGE.rglob("templates/**/*.html"), *PACKAGE.rglob("templates/**/*.txt")]:
        shown = re.sub(r"\{%.*?%\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield file.name, re.sub(r"""\s(?:style|width|height|[xyr][12]?|c[xy])=(?:"[^"]*"|'[^']*')""", "", shown)


def said_by_catalogues() -> Iterator[tuple[str, str]]:
    for file in catalogues():
        for entry in apart.in_a_thread(polib.pofile, str(file)):
            for text in (entry.msgid, entry.msgid_plural, entry.msgstr, *entry.msgstr_plural.values()):
                if entry.msgctxt != "share":
                    yield file.parts[-4], text


@pytest.mark.parametrize("source", [said_by_python, said_by_templates, said_by_catalogues])
def test_nobody_writes_the_sign_himself(source: Callable[[], Iterator[tuple[str, str]]]) -> None:
    found = [(where, WRITTEN.search(text)) for where, text in source() if text not in MAY and "SELECT" not in text]
    assert [(where, hit.string[max(0, hit.start() - 40) : hit.end() + 20]) for where, hit in found if hit] == []


def test_each_language_has_its_way() -> None:
    with translation.override("en"):
        assert [words.percent(share) for share in (0, 0.5, 0.826, 1)] == ["0%", "50%", "83%", "100%"]
        assert words.percent(0.0125, 1) == "1.2%"
    with translation.override("ru"):
        assert words.percent(0.5) == "50\u00a0%"
        assert words.percent(0.0125, 1) == "1,2\u00a0%"
    assert words.percent(None) == "—"
