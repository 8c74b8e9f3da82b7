"""In which line of a TOML text each key stands.

`tomllib` gives values without positions, so the places come from a second, equally quick reading of the same text by
the tree-sitter grammar. It is only done when there is something to report.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Path = tuple[str | int, ...]  # keys and, in lists, positions from 0: ("people", 3, "email")

_LANGUAGE = Language(tree_sitter_toml.language())
_KEYS = frozenset({"bare_key", "quoted_key", "dotted_key"})


def line_of(index: Mapping[Path, int], path: Path) -> int:
    """The line of a key, or of the nearest thing around it that has one."""
    while path and path not in index:
        path = path[:-1]
    return index.get(path, 1)


def lines(text: str) -> dict[Path, int]:
    """The line, from 1, of every table, key and list element of a valid TOML text."""
    index: dict[Path, int] = {}
    elements: dict[Path, int] = defaultdict(int)  # how many elements an array of tables has so far
    root = Parser(_LANGUAGE).parse(text.encode()).root_node
    for node in root.children:
        if node.type == "pair":
            _pair(node, (), index)
        elif node.type in {"table", "table_array_element"}:
            _table(node, index, elements)
    return index


def _table(node: Node, index: dict[Path, int], elements: dict[Path, int]) -> None:
    here: Path = ()
    names = [name for child in node.children if child.type in _KEYS for name in _names(child)]
    for position, name in enumerate(names):
        here = (*here, name)
        if node.type == "table_array_element" and position == len(names) - 1:
            elements[here] += 1
        index.setdefault(here, _line(node))
        if here in elements:
            here = (*here, elements[here] - 1)
            index.setdefault(here, _line(node))
    for child in node.children:
        if child.type == "pair":
            _pair(child, here, index)


def _pair(node: Node, around: Path, index: dict[Path, int]) -> None:
    key, *_, value = (child for child in node.children if child.is_named and child.type != "comment")
    here = around
    for name in _names(key):
        here = (*here, name)
        index.setdefault(here, _line(key))
    _value(value, here, index)


def _value(node: Node, here: Path, index: dict[Path, int]) -> None:
    if node.type == "array":
        values = (child for child in node.children if child.is_named and child.type != "comment")
        for position, child in enumerate(values):
            index[(*here, position)] = _line(child)
            _value(child, (*here, position), index)
    elif node.type == "inline_table":
        for child in node.children:
            if child.type == "pair":
                _pair(child, here, index)


def _names(key: Node) -> Iterator[str]:
    if key.type == "dotted_key":
        for child in key.children:
            if child.type in _KEYS:
                yield from _names(child)
        return
    written = (key.text or b"").decode()
    yield written if key.type == "bare_key" else next(iter(tomllib.loads(f"{written} = 0")))


def _line(node: Node) -> int:
    return node.start_point.row + 1
