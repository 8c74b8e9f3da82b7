"""Damaged copies of a backup, each tried on this installation: `python -m tests.ops.damaging FILE`.

Prints how many were refused. Each must be, in words, and leave the database as it was.
"""

from __future__ import annotations

import json
import os
import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaddrum.settings")
django.setup()

from leaddrum import backup  # noqa: E402 - needs the settings
from leaddrum.models import Company, Lead  # noqa: E402

Entries = dict[str, bytes]


def copies(whole: bytes, entries: Entries) -> Iterator[tuple[str, bytes]]:
    """Each with what was done to it."""
    chance = random.Random(20260302)
    for length in (0, 1, 30, len(whole) // 3, len(whole) // 2, len(whole) - 1, *chance.sample(range(len(whole)), 2)):
        yield f"cut to {length} bytes", whole[:length]
    for place in chance.sample(range(len(whole)), 12):
        bent = bytearray(whole)
        bent[place] ^= 0xFF
        yield f"byte {place} is another", bytes(bent)
    yield "no archive", b"leaddrum" * 1000
    yield "an archive of something else", _packed({"readme.txt": b"hello"})
    for name in ("manifest.json", "tables/leaddrum_lead.jsonl"):
        yield f"without {name}", _packed({key: value for key, value in entries.items() if key != name})
        yield f"with an empty {name}", _packed(entries | {name: b""})
        yield f"with something in {name}", _packed(entries | {name: b"\xff\x00["})
    for what, change in _changes().items():
        manifest = json.loads(entries["manifest.json"])
        change(manifest)
        yield what, _packed(entries | {"manifest.json": json.dumps(manifest).encode()})
    leads = entries["tables/leaddrum_lead.jsonl"].splitlines(keepends=True)
    for what, lines in {
        "a lead is missing": leads[:-1],
        "a lead is there twice": [*leads[:-1], leads[-2]],
        "a lead is half": [*leads[:-1], leads[-1][:20] + b"\n"],
        "a column is unknown": [leads[0].replace(b"title", b"tittle"), *leads[1:]],
        "a lead is of no company": [*leads[:-1], leads[-1].replace(b"[", b'["x",', 1)],
    }.items():
        yield what, _packed(entries | {"tables/leaddrum_lead.jsonl": b"".join(lines)})


def _changes() -> dict[str, Callable[[dict[str, Any]], Any]]:
    return {
        "of a newer release": lambda m: m["migrations"].append(["leaddrum", "9999_later"]),
        "of a newer format": lambda m: m.update(format=99),
        "of no format": lambda m: m.update(format="x"),
        "without migrations": lambda m: m.update(migrations=None),
        "migrations of another shape": lambda m: m.update(migrations=[["leaddrum"]]),
        "with an unknown table": lambda m: m["tables"].update(leaddrum_nothing=1),
        "other counts": lambda m: m["tables"].update(leaddrum_lead=7),
        "tables of another shape": lambda m: m.update(tables=[]),
    }


def _packed(entries: Entries) -> bytes:
    file = Path(os.environ["LEADDRUM_DATA"]) / "packed.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.read_bytes()


def main(file: Path) -> dict[str, Any]:
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    damaged = file.with_name("damaged.zip")
    before = (Company.objects.get().name, Lead.objects.count())
    refused, harmless = [], []
    for what, content in copies(whole, entries):
        damaged.write_bytes(content)
        try:
            backup.read(damaged, replace=True)
        except backup.CannotRestoreError as error:
            refused.append(f"{what}: {error}")
        else:
            harmless.append(what)  # a byte of the archive that says nothing, a time stamp for example
        assert (Company.objects.get().name, Lead.objects.count()) == before, f"{what}: the database is another"
    return {"refused": refused, "harmless": harmless}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False))
