"""`script/bench` has an environment of its own: what the doubles of the tests import must be in it too."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("benchmarks", "tests")


def imported(file: Path) -> Iterator[str]:
    """The modules that a file names, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def source(module: str) -> Path | None:
    """The file of a module of ours; None when it is no module."""
    path = ROOT.joinpath(*module.split("."))
    found = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
    return found[0] if found else None


def reached() -> dict[str, str]:
    """Library -> a file that names it, of all that the benchmarks import of ours, step by step."""
    libraries: dict[str, str] = {}
    files = sorted((ROOT / "benchmarks").rglob("*.py"))
    seen = set(files)
    while files:
        file = files.pop()
        for module in imported(file):
            top = module.split(".")[0]
            if top in OURS:
                parts = module.split(".")
                parents = [source(".".join(parts[:end])) for end in range(1, len(parts) + 1)]
                new = [found for found in parents if found is not None and found not in seen]
                seen.update(new)
                files.extend(new)
            elif top != "leaddrum" and top not in sys.stdlib_module_names:
                libraries.setdefault(top, str(file.relative_to(ROOT)))
    return libraries


def test_every_library_of_the_benchmarks_is_pinned_for_them() -> None:
    text = (ROOT / "requirements" / "bench.txt").read_text(encoding="utf-8")
    pinned = {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    known = packages_distributions()
    libraries = reached()
    assert {"pytest", "b24pysdk"} <= set(libraries)  # through the doubles
    missing = {
        library: file
        for library, file in libraries.items()
        if library in known and not {name.lower().replace("_", "-") for name in known[library]} & pinned
    }
    assert missing == {}
