"""What no file of the project may hold, whoever reads it: style sheets with a torn rule are read without a word."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "docs", "benchmarks", "examples", "deploy", "integrations", "script", "requirements", ".ci")
BINARY = {".png", ".ico", ".mo", ".woff2", ".zip", ".gz", ".parquet", ".xlsx", ".pdf", ".pyc", ".sqlite3"}
TWO_VERSIONS = re.compile(rb"^(<{7}|>{7}|\|{7}) ", re.MULTILINE)  # as a merge leaves them to be chosen from


def test_no_file_holds_two_versions_of_itself() -> None:
    inside = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*")]
    files = [file for file in (*ROOT.iterdir(), *inside) if file.is_file() and file.suffix not in BINARY]
    assert len(files) > 1000
    assert [str(file.relative_to(ROOT)) for file in files if TWO_VERSIONS.search(file.read_bytes())] == []
