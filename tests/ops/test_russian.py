"""The Russian of all areas together: each text has one translation, plurals are whole, nothing is left in English."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

import leaddrum
from leaddrum.facts import document
from leaddrum.locale import catalogues
from tests import apart

PACKAGE = Path(leaddrum.__file__).parent
SAYS = {"_", "lazy", "gettext", "gettext_lazy", "ngettext", "pgettext", "npgettext"}
CALL = re.compile(r"\b(n?p?gettext|_)\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?:,\s*u?(?:'[^']*'|\"[^\"]*\"))*)")
PLACE = re.compile(r"%\(\w+\)[a-z]")
COMMAND = re.compile(r"bitrix24 (?:ADDRESS|АДРЕС)|\[\[?bitrix24|\.bitrix24\.ru|application bitrix24")
"""Where it is the name of a command, a section of the company file, or an address."""
NAMES = {"API", "CRM", "CSV", "Telegram"}
"""What is called so in Russian too."""


def entries() -> Iterator[tuple[Path, polib.POEntry]]:
    for source in catalogues():
        for entry in apart.in_a_thread(polib.pofile, str(source)):
            yield source, entry


def words_of(entry: polib.POEntry) -> tuple[str, ...]:
    return tuple(entry.msgstr_plural.values()) or (entry.msgstr,)


def said_by_python() -> set[str]:
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(apart.in_a_thread(ast.parse, file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = 1 if name in {"pgettext", "npgettext"} else 0
            text = node.args[place] if name in SAYS and len(node.args) > place else None
            if isinstance(text, ast.Constant):
                found.add(str(text.value))
    return found


def said_by_templates() -> set[str]:
    found = set()
    for file in [*PACKAGE.rglob("templates/**/*.html"), *PACKAGE.rglob("templates/**/*.txt")]:
        for name, given in CALL.findall(templatize(file.read_text(encoding="utf-8"))):
            values = ast.literal_eval(f"({given},)")
            found.add(values[1] if "p" in name.removesuffix("gettext") else values[0])
    return found


def test_a_text_has_one_translation_whatever_catalogue_it_stands_in() -> None:
    """Django puts all catalogues together: of two translations of one text only one would ever be read."""
    found: dict[tuple[str | None, str], set[tuple[str, ...]]] = defaultdict(set)
    for _source, entry in entries():
        found[entry.msgctxt, entry.msgid].add(words_of(entry))
    assert {text: said for text, said in found.items() if len(said) > 1} == {}


def test_every_text_of_pages_and_messages_has_a_translation() -> None:
    known = {entry.msgid for _source, entry in entries()}
    assert sorted((said_by_python() | said_by_templates()) - known) == []


def test_translations_are_whole() -> None:
    """None is empty, plurals have three forms, every placeholder is there."""
    wrong = []
    for source, entry in entries():
        texts = words_of(entry)
        wanted = set(PLACE.findall(entry.msgid_plural or entry.msgid))
        if (
            not all(texts)
            or (entry.msgid_plural and len(texts) != 3)
            or any(set(PLACE.findall(one)) != wanted for one in texts)
        ):
            wrong.append((source.parts[-4], entry.msgid, texts))
    assert wrong == []


def test_nothing_is_left_in_english() -> None:
    """A translation without a Russian letter is a name, a unit or an address."""
    left = []
    for _source, entry in entries():
        for text in words_of(entry):
            said = set(re.findall(r"[A-Za-z]{3,}", PLACE.sub("", text)))
            if said - NAMES and not re.search("[А-Яа-я]", text):
                left.append(text)
    assert left == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("аннулир", "снять"),
        ("менеджер", "сотрудник"),
        ("тикет", "лид"),
        ("для вида", "ложное взятие"),
        ("способ приём", "канал приёма"),
        ("опечатан", "запечатан"),
        ("техническ", "робот"),
        ("эл. почта", "почта"),
        ("крайний срок", "срок"),
        ("bitrix24", "Битрикс24"),
    ],
)
def test_one_word_for_one_thing(wrong: str, right: str) -> None:
    """Who says it otherwise in one place confuses the reader of two."""
    texts = [*(text for _source, entry in entries() for text in words_of(entry)), document.tables("ru")]
    found = [text for text in texts if re.search(rf"\b{wrong}", COMMAND.sub("", text).lower())]
    assert found == [], f"say it with «{right}»"


def test_no_line_begins_with_a_dash() -> None:
    dashes = 0
    for source in catalogues():
        for entry in apart.in_a_thread(polib.mofile, str(source.with_suffix(".mo"))):
            for text in words_of(entry):
                dashes += text.count("\N{NO-BREAK SPACE}—")
                assert not re.search(r"\S —\s", text), text
    assert dashes > 50
