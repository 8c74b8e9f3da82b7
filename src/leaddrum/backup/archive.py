"""What a backup holds: which tables, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import models

FORMAT = 1
CHUNK = 2000  # rows read or written at once
Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    file: Path
    tables: int
    rows: int
    taken_at: str

    @classmethod
    def of(cls, file: Path, manifest: Manifest) -> Done:
        tables = manifest["tables"]
        return cls(file, len(tables), sum(tables.values()), str(manifest["taken_at"]))

    @property
    def line(self) -> str:
        return f"{self.file}: {self.rows} rows of {self.tables} tables, as of {self.taken_at}."


def kept(registry: Any) -> list[type[models.Model]]:
    """The models whose tables are kept: those of an app registry, also of an older release's."""
    found = registry.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]
