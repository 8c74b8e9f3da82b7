"""`kill -9` while a mailbox is read: every letter is a lead, and one (I8, S-46)."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.site import Site, fast_company, until
from tests.intake.dovecot import USER, Dovecot
from tests.intake.letters import letter

LETTERS = 6


@pytest.mark.rule("S-46", "I8")
def test_killed_between_two_letters_and_within_one(make_site: Callable[..., Site]) -> None:
    site = make_site(fast_company(budget="1h"))
    with tempfile.TemporaryDirectory(prefix="leaddrum-imap-") as folder:
        Path(folder).chmod(0o755)
        server = Dovecot(Path(folder))
        server.start()
        try:
            server.put(*(letter(sender=f"c{n}@client.example", number=f"<{n}@x>") for n in range(LETTERS)))
            site.inside("mailbox", str(server.port), USER)
            worker = site.start("work", crash_at="arrive.after_write:3")
            assert worker.wait() == -signal.SIGKILL, worker.output
            site.inside("lapse")  # the third was written and not committed
            worker = site.start("work")
            until(lambda: len(site.inside("doors")["leads"]) == LETTERS)
            assert worker.stop() == 0
        finally:
            server.stop()
    assert site.check()["leads"] == LETTERS
