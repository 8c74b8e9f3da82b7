"""`kill -9` of a real engine during hand-overs, at random and at named points: nothing lost, nothing doubled (I8).

The parts of one hand-over are one commit, so what a dead engine left behind is all of it or nothing; the next engine
goes on from there.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable

import httpx
import pytest

from tests.crash.site import Site, fast_company, until

POINTS = ("tick.before_write", "tick.after_write", "tick.after_commit")


@pytest.mark.rule("S-6", "S-40", "S-42", "I8")
def test_killed_at_random(site: Site, full: bool) -> None:
    leads, kills, goal = (2000, 40, 20_000) if full else (200, 4, 1000)
    chance = random.Random(20260302)
    site.load(leads)
    for _ in range(kills):
        worker = site.start("work")
        time.sleep(chance.uniform(0.05, 1.5))
        worker.kill()
    worker = site.start("work")
    until(lambda: site.misses() >= goal, patience=600)
    assert worker.stop() == 0
    counts = site.check()
    assert counts["leads"] == counts["cycles"] == leads
    assert counts["missed"] >= goal


@pytest.mark.rule("S-6", "S-40", "I8")
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point(site: Site, point: str, full: bool) -> None:
    site.load(60)
    for passes in (1, 3, 7, 20) if full else (2,):
        worker = site.start("work", crash_at=f"{point}:{passes}")
        assert worker.wait() == -signal.SIGKILL, worker.output
        before = site.check()["missed"]
        worker = site.start("work")
        until(lambda before=before: site.misses() > before)  # type: ignore[misc]  # mypy: defaults of a lambda
        assert worker.stop() == 0
    assert site.check()["leads"] == 60


@pytest.mark.rule("S-39", "S-40", "S-46", "I8")
def test_killed_while_leads_come_in(make_site: Callable[..., Site]) -> None:
    """The sender of a lead that was not acknowledged sends it again: it is there once."""
    site = make_site(fast_company(budget="1h"))
    token = site.leaddrum("token", "crash", "--role", "intake").stdout.split()[-1]
    web = site.start("serve", "--port", "0", crash_at="arrive.after_write:5")
    web.wait_ready()
    ids: dict[str, int] = {}
    for number in range(12):
        while str(number) not in ids:
            try:
                answer = httpx.post(
                    f"{web.url}/api/v1/leads",
                    headers={"Authorization": f"Bearer {token}"},
                    json={"title": f"Лид {number}", "external_id": str(number)},
                    timeout=30,
                )
            except httpx.TransportError:
                assert web.wait() == -signal.SIGKILL, web.output
                web = site.start("serve", "--port", "0")
                continue
            assert answer.status_code in {200, 201}, answer.text
            ids[str(number)] = answer.json()["id"]
    assert web.stop() == 0
    assert len(set(ids.values())) == 12
    counts = site.check()
    assert counts["leads"] == counts["cycles"] == counts["turns"] == 12


@pytest.mark.rule("S-40", "S-45")
def test_killed_after_a_mail_has_gone(make_site: Callable[..., Site]) -> None:
    """Delivery repeats until acknowledged: no mail is lost, and a repeat carries the key of the first. On SQLite the
    next engine goes on at once: nobody else can have the lane; on PostgreSQL when the lease has run out."""
    company = fast_company(budget="1h", warn_at=[])
    for person in company["people"]:
        person["email"] = f"{person['id']}@example.com"
    site = make_site(company)
    site.load(9)
    worker = site.start("work", crash_at="outbox.after_send:4")
    assert worker.wait() == -signal.SIGKILL, worker.output
    if site.database:
        site.inside("lapse")
    worker = site.start("work")
    until(lambda: site.count("leaddrum_effect WHERE state = 'pending'") == 0, patience=120)
    assert worker.stop() == 0
    sent = site.inside("mails")
    assert set(sent["keys"]) == set(sent["effects"])
    assert len(sent["keys"]) - len(set(sent["keys"])) <= 1  # the one whose acknowledgement was lost


@pytest.mark.rule("S-42")
def test_told_to_stop_it_ends_its_work_first(site: Site) -> None:
    site.load(100)
    for _ in range(2):
        worker = site.start("work")
        time.sleep(1.2)
        assert worker.stop() == 0, worker.output
        site.check()
