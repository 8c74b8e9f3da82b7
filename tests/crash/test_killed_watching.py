"""A way in that is broken or silent is told of once, whoever looks at it at the same moment and whenever he dies of it
(I8)."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.crash.site import ROOT, Site


def looking(site: Site, crash_at: str = "") -> subprocess.Popen[bytes]:
    """Another process that looks, now."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.inside", "watch"], env=site.environment(crash_at), cwd=ROOT
    )


def told(site: Site, kind: str) -> int:
    return site.count(f"leaddrum_effect WHERE kind = '{kind}'")


BOTH = [("broken-way", "mended-way", ("way_broken", "way_works"))]
BOTH += [("silent-way", "heard-way", ("way_silent", "way_heard"))]


@pytest.mark.rule("I8")
@pytest.mark.parametrize(("begins", "ends", "kinds"), BOTH)
def test_four_processes_tell_once(site: Site, begins: str, ends: str, kinds: tuple[str, str]) -> None:
    site.inside(begins)
    for kind in kinds:
        four = [looking(site) for _ in range(4)]
        assert [process.wait(120) for process in four] == [0] * 4
        assert told(site, kind) == 1
        site.inside(ends)


@pytest.mark.rule("I8")
@pytest.mark.parametrize(("begins", "ends", "kinds"), BOTH)
@pytest.mark.parametrize(("point", "before"), [("ways.before_write", 0), ("ways.after_commit", 1)])
def test_killed_at_a_named_point_it_is_told_once(
    site: Site, point: str, before: int, begins: str, ends: str, kinds: tuple[str, str]
) -> None:
    site.inside(begins)
    for kind in kinds:
        assert looking(site, point).wait(120) == -signal.SIGKILL
        assert told(site, kind) == before
        assert looking(site).wait(120) == 0
        assert told(site, kind) == 1
        site.inside(ends)
