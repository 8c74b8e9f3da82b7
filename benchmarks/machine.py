"""What the figures were measured on, in general words: no host names, no paths."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime
from typing import Any

import psutil


def described() -> dict[str, Any]:
    memory = round(psutil.virtual_memory().total / 2**30)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores ({platform.machine()}), {memory} GiB of memory, {platform.system()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": round(os.getloadavg()[2], 1),
    }
