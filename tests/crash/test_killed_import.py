"""A table whose import is killed: the next engine goes on from its last commit, every row once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.site import Site, fast_company, until


@pytest.mark.rule("S-46", "I8")
def test_a_killed_import_goes_on_by_itself(make_site: Callable[..., Site], tmp_path: Path, full: bool) -> None:
    rows = 20_000 if full else 600
    refused = {7, rows // 2, rows}  # lines of the file, of which the first is the heading
    file = tmp_path / "leads.csv"
    lines = ["Имя;Почта"]
    lines += [f'"Лид {n}' if n + 2 in refused else f"Лид {n};lead{n}@example.com" for n in range(rows)]
    file.write_text("\n".join(lines), encoding="cp1251")
    site = make_site(fast_company(budget="8h"))
    importing = site.start("import", str(file), "--yes", crash_at="none")
    until(lambda: site.inside("import")["done"] > 50 or importing.running.poll() is not None)
    importing.kill()
    left = site.inside("import")
    assert left["state"] == "running"
    assert 0 < left["done"] < rows
    for _ in range(2):
        worker = site.start("work")
        before = left["done"]
        until(lambda before=before: site.inside("import")["done"] > before, patience=300)  # type: ignore[misc]
        worker.kill()
        left = site.inside("import")
        if left["state"] == "done":
            break
    worker = site.start("work")
    until(lambda: site.inside("import")["state"] == "done", patience=1200)
    assert worker.stop() == 0
    found = site.inside("import")
    assert found["refused_lines"] == sorted(refused)
    assert found["added"] == rows - len(refused)
    assert (found["done"], found["joined"], found["repeated"]) == (rows, 0, 0)
    assert site.check()["leads"] == rows - len(refused)
    again = site.leaddrum("import", str(file), "--yes")
    assert f"here before {rows - len(refused)}, refused {len(refused)}" in again.stdout
    assert [f"line {line}:" in again.stderr for line in refused] == [True] * len(refused)
    assert site.check()["leads"] == rows - len(refused)
