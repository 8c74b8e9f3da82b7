"""What the pages for people promise is there: links, commands, calls, evidence."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import polib
import pytest
from django.test import Client

from leaddrum.cli import cli
from leaddrum.locale import catalogues
from tests import apart

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)\)")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECURITY = ROOT / "docs" / "security.md"


def text_of(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What its headings are called in an address, as forges make it."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+)$", text_of(page), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower().strip()
        found.add(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return found


def links(page: Path) -> Iterator[tuple[str, str, str]]:
    pictures = re.findall(r'<img src="([^"]+)"', text_of(page))
    for words, target in [*LINK.findall(text_of(page)), *(("", picture) for picture in pictures)]:
        if not re.match(r"[a-z]+:", target):
            path, _sign, anchor = target.partition("#")
            yield words, path, anchor


def test_the_pages_that_people_look_for_are_there() -> None:
    names = ("README.md", "README.ru.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/README.md", "docs/user-guide.ru.md")
    for name in names:
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > 10, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for words, path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            dead.append(path)
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            dead.append(f"{path}#{anchor}")
        elif words.startswith("test_") and target.suffix == ".py" and words not in functions(target):
            dead.append(f"{path}::{words}")
    assert dead == []


def functions(file: Path) -> set[str]:
    tree = apart.in_a_thread(ast.parse, file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_page_of_the_docs_can_be_found_from_their_index() -> None:
    index = ROOT / "docs" / "README.md"
    known = {(index.parent / path).resolve() for _words, path, _anchor in links(index)}
    lost = [page.name for page in (ROOT / "docs").rglob("*.md") if page != index and page.resolve() not in known]
    assert lost == []


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_documented_with_its_options(name: str) -> None:
    row = re.search(rf"^\| `{name}\b.*$", OPERATIONS, re.MULTILINE)
    assert row, f"docs/operations.md, Commands: {name} is missing"
    for parameter in cli.commands[name].params:
        shown = not (isinstance(parameter, click.Option) and parameter.hidden) and parameter.name != "data"
        if shown and isinstance(parameter, click.Option) and parameter.name != "company_key":
            assert parameter.opts[0] in row.group(), f"{name} {parameter.opts[0]}"
        elif shown and isinstance(parameter, click.Argument):
            assert parameter.make_metavar(click.Context(cli.commands[name])).strip("[]") in row.group(), name


def test_no_command_is_documented_that_does_not_exist() -> None:
    for page in PAGES:
        said = set(
            re.findall(r"(?:^|[ `]|bin/)leaddrum ([a-z]+)(?=[ `\n])", page.read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert said - {"leaddrum", *cli.commands} == set(), page.name  # "leaddrum": sudo -u leaddrum leaddrum …


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["api.md", "api.ru.md"])
def test_every_call_is_documented(client: Client, page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    calls = {f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods}
    assert {call for call in calls if call not in text} == set()
    said = set(re.findall(r"`(?:GET|POST|PUT|PATCH|DELETE) /api/[^`]*`", text))
    assert said - calls == set()


def test_every_claim_of_safety_names_its_evidence() -> None:
    checklist = SECURITY.read_text(encoding="utf-8").partition("## The checklist")[2].partition("\n## ")[0]
    rows = [row for row in checklist.splitlines() if row.startswith("| **V")]
    chapters = {int(number) for row in rows for number in re.findall(r"V(\d+)", row.split("|")[1])}
    assert chapters == set(range(1, 15))
    for row in rows:
        _left, chapter, _done, where, shown, _right = row.split("|")
        assert LINK.search(where), chapter
        assert "test" in shown, chapter


# What the pages are said to be called

GUIDES = ("user-guide", "channels", "ways-in", "bitrix24", "from-client-to-taken")
"""In these italics are for what the pages call something; what other programs call it stands in quotation marks."""
ITALICS = re.compile(r"(?<!\*)\*([^*\s](?:[^*]*[^*\s])?)\*(?!\*)")


def labels(page: Path) -> set[str]:
    """A path of the menu, *Set-up → Departments*, is two."""
    text = re.sub(r"`[^`]*`", "", text_of(page)).replace("***", "*")
    found = ITALICS.findall(re.sub(r"\*\*.+?\*\*", "", text, flags=re.DOTALL))
    return {part for label in found for part in re.sub(r"\s+", " ", label).split(" → ")}


@cache
def called() -> dict[str, set[str]]:
    """What each text of the pages is in Russian."""
    found: dict[str, set[str]] = defaultdict(set)
    for source in catalogues():
        for entry in apart.in_a_thread(polib.pofile, str(source)):
            if not entry.msgid_plural:
                found[entry.msgid].add(entry.msgstr)
    return found


def is_a(label: str, text: str) -> bool:
    """Letter by letter, with any value at the place of one; a heading may have a capital where its text has none."""
    spoken = {label, label[:1].lower() + label[1:]}
    if "%(" not in text or text.startswith("%("):
        return text in spoken
    pattern = re.sub(r"%\\\(\w+\\\)[a-z]", ".+", re.escape(text))
    return any(re.fullmatch(pattern, one) for one in spoken)


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_calls_everything_as_the_pages_do_and_names_the_same_in_both_languages(guide: str) -> None:
    english, russian = labels(ROOT / "docs" / f"{guide}.md"), labels(ROOT / "docs" / f"{guide}.ru.md")
    assert english
    meant = {label: {said for text in called() if is_a(label, text) for said in called()[text]} for label in english}
    assert [label for label, said in meant.items() if not said] == []
    known = {one for one in russian for said in meant.values() for text in said if is_a(one, text)}
    assert russian - known == set()
    unsaid = [label for label, said in meant.items() if not any(is_a(one, text) for text in said for one in russian)]
    assert unsaid == []
