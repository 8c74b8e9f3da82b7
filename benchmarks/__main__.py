"""`script/bench [--quick] [NAME …]`: run the measures one after the other and write docs/benchmarks.md and its plot.

1. Each measure is a module that runs in a process of its own and hands over its rows.
2. A measure that fails is reported and leaves the others alone; the exit code tells.
3. What was measured is kept in docs/benchmarks/results.json, so that a part measured anew replaces only itself.
   `--quick` and `--out DIR` write elsewhere: figures of small sizes are no figures for the documentation.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import document, machine, plot
from benchmarks.frame import ROOT, environment, say


@dataclass(frozen=True)
class Measure:
    name: str
    what: str
    databases: bool = True  # whether it is run on databases, so that one of them can be chosen


MEASURES = (
    Measure("deadlines", "deadlines a second beside two libraries and a plain walk; same answers", databases=False),
    Measure("handovers", "hand-overs a second against the same rows by bare SQL; small and large; two processes"),
    Measure("peers", "the same hand-over as a job per lead in six libraries"),
    Measure("punctuality", "from a deadline to its committed verdict, with very many waiting"),
    Measure("arrivals", "leads a second through the HTTP API into a committed first turn"),
    Measure("flood", "500 calls a second of sites, messengers and telephonies for a minute: none lost"),
    Measure("ways_in", "a mailbox of a real mail server into leads, and leads through 200 routing rules"),
    Measure("telegram", "500 offers out by Telegram within its limits"),
    Measure("pages", "server time and queries of the pages with very many open leads"),
    Measure("bitrix24", "hand-overs in a portal double with the cloud's limits, beside other clients", databases=False),
    Measure("memory", "memory of the whole server with very many waiting leads"),
)
RESULTS = "results.json"


def main() -> int:
    names = [measure.name for measure in MEASURES]
    parser = argparse.ArgumentParser(prog="script/bench", description="How fast LeadDrum is, beside others.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes; the documentation stays")
    parser.add_argument("--database", choices=["", "sqlite", "postgres"], default="", help="only this one")
    parser.add_argument("--repeats", type=int, default=0, help="of `handovers`, instead of the usual number")
    parser.add_argument("--due", type=int, default=0, help="leads due in `handovers`, instead of the usual number")
    parser.add_argument("--out", type=Path, help="folder for table, plot and results instead of docs/")
    parser.add_argument("--list", action="store_true", help="name the measures")
    given = parser.parse_args()
    if given.list:
        print("\n".join(f"{measure.name:12} {measure.what}" for measure in MEASURES))
        return 0
    if unknown := set(given.names) - set(names):
        parser.error(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    out = given.out or (Path(tempfile.mkdtemp(prefix="leaddrum-bench-out-")) if given.quick else ROOT / "docs")
    wanted = [measure for measure in MEASURES if not given.names or measure.name in given.names]
    failed = []
    for number, measure in enumerate(wanted, 1):
        say(f"── {measure.name} ({number} of {len(wanted)}): {measure.what}")
        more = {"--repeats": given.repeats, "--due": given.due} if measure.name == "handovers" else {}
        rows = run(measure, more, quick=given.quick, database=given.database)
        if rows is None:
            failed.append(measure.name)
            continue
        keep(out, measure.name, rows, quick=given.quick, database=given.database)
    say(f"written: {out / 'benchmarks.md'}")
    for name in failed:
        say(f"FAILED: {name}")
    return 1 if failed else 0


def run(measure: Measure, more: dict[str, int], *, quick: bool, database: str) -> list[dict[str, Any]] | None:
    """The rows of one measure; None when it failed."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{measure.name}"]
        command += [word for name, value in more.items() if value for word in (name, str(value))]
        command += ["--quick"] if quick else []
        command += ["--database", database] if database and measure.databases else []
        env = environment({"LEADDRUM_BENCH_RESULT": file.name})
        done = subprocess.run(command, cwd=ROOT, env=env, check=False)
        text = Path(file.name).read_text(encoding="utf-8")
        if done.returncode or not text:
            return None
        found: list[dict[str, Any]] = json.loads(text)
        return found


def keep(out: Path, name: str, rows: list[dict[str, Any]], *, quick: bool, database: str) -> None:
    """Put the rows of one measure in the place of its old ones; write table and plot anew."""
    folder = out / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / RESULTS
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"measures": {}}
    before = found["measures"].get(name, {}).get("rows", []) if database else []
    others = [row for row in before if row["database"] and row["database"] != database]
    found["measures"][name] = {**machine.described(), "quick": quick, "rows": [*others, *rows]}
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    temporary = file.with_suffix(".new")
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(file)
    plot.draw(found["measures"], folder / "benchmarks.svg")
    order = [(measure.name, measure.what) for measure in MEASURES]
    document.write(found["measures"], order, out / "benchmarks.md")


if __name__ == "__main__":
    sys.exit(main())
