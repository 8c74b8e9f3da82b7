"""One data folder has one engine: a second is refused in plain words and disturbs nothing."""

from __future__ import annotations

import pytest

from tests.crash.site import Site


@pytest.mark.rule("I8")
@pytest.mark.parametrize("second", ["serve", "work"])
def test_two_engines_on_one_folder(site: Site, second: str) -> None:
    site.load(20)
    first = site.start("serve", "--port", "0")
    refused = site.leaddrum(second, *(["--port", "0"] if second == "serve" else []), fine=False)
    assert refused.returncode == 3
    said = refused.stderr.strip()
    assert len(said.splitlines()) == 1, said
    assert str(site.folder / "data") in said
    assert first.running.poll() is None
    assert first.stop() == 0
    site.check()


def test_the_folder_is_free_after_a_kill(site: Site) -> None:
    site.start("work").kill()
    assert site.start("work").stop() == 0
