"""What every benchmark shares: its rows of results, progress on stderr, parts of it in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_MARK = "RESULT "  # a part's answer is the line of its stdout that begins with this
_started = time.monotonic()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `met` is None where there is no target."""

    name: str
    value: float
    unit: str
    database: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""
    group: str = ""  # rows of one group are drawn side by side


def say(text: str) -> None:
    """Show progress."""
    print(f"[{time.monotonic() - _started:7.1f} s] {text}", file=sys.stderr, flush=True)


def answer(values: Mapping[str, Any]) -> None:
    """Hand a part's result to the process that started it."""
    print(_MARK + json.dumps(values), flush=True)


def report(benchmark: str, rows: Sequence[Row]) -> None:
    """Print the rows of a benchmark, and hand them to `script/bench` when that runs it."""
    for row in rows:
        mark = {True: "  met", False: "  MISSED", None: ""}[row.met]
        target = f"  (target {row.target})" if row.target else ""
        say(f"{benchmark}: {row.name} [{row.database or '-'}] = {row.value:,.2f} {row.unit}{target}{mark} {row.note}")
    file = os.environ.get("LEADDRUM_BENCH_RESULT")
    if file:
        Path(file).write_text(json.dumps([{"benchmark": benchmark, **asdict(row)} for row in rows], ensure_ascii=False))


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a part: this checkout's product, the given database."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    settings = os.environ.get("DJANGO_SETTINGS_MODULE", "leaddrum.settings")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LEADDRUM_") or k == "LEADDRUM_BENCH_RESULT"}
    kept.pop("DATABASE_URL", None)
    return {**kept, "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": settings, **extra}


def part(module: str, *arguments: object, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a module in its own process, so that its memory and its warm caches are its own; return its answer.

    Raises:
        RuntimeError: it failed or answered nothing.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=environment(env or {}),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    answers = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not answers:
        raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    result: dict[str, Any] = json.loads(answers[-1].removeprefix(_MARK))
    return result


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not exceeded by `share` (0 … 1) of the values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]
