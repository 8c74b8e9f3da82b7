"""Many at once against a real server: repeats are one lead, a press is one take, a flood loses nothing it was told."""

from __future__ import annotations

import hashlib
import hmac
import json
import resource
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.crash.site import Process, Site, fast_company, until

MakeSite = Callable[..., Site]


@pytest.fixture
def calm(make_site: MakeSite) -> Site:
    """Budgets long enough that nothing happens by itself."""
    return make_site(fast_company(budget="8h"))


def caller(site: Site, serving: Process, **more: Any) -> httpx.Client:
    token = site.leaddrum("token", f"at {time.monotonic_ns()}", "--role", "intake").stdout.strip()
    limits = httpx.Limits(max_connections=100)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=serving.url, headers=headers, timeout=60, limits=limits, **more)


@pytest.mark.rule("S-39", "I8")
def test_the_same_post_from_twenty_at_once_is_one_lead(calm: Site) -> None:
    serving = calm.start("serve", "--port", "0")
    with caller(calm, serving) as client, ThreadPoolExecutor(20) as pool:
        for number in range(5):
            body = {"title": "Окна", "external_id": f"shop-{number}"}
            answers = list(pool.map(lambda _, body=body: client.post("/api/v1/leads", json=body), range(20)))
            assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 19}
            assert len({answer.json()["id"] for answer in answers}) == 1
    assert serving.stop() == 0
    assert calm.check()["leads"] == 5


@pytest.mark.rule("S-25")
def test_one_client_from_twenty_at_once_is_one_lead(calm: Site) -> None:
    serving = calm.start("serve", "--port", "0")
    with caller(calm, serving) as client, ThreadPoolExecutor(20) as pool:
        body = {"name": "Пётр", "phone": "8 912 345-67-89"}
        answers = list(pool.map(lambda _: client.post("/api/v1/leads", json=body), range(20)))
    assert Counter(answer.json()["outcome"] for answer in answers) == {"created": 1, "joined": 19}
    assert serving.stop() == 0
    assert calm.check()["leads"] == 1


@pytest.mark.rule("S-34", "S-35")
def test_a_button_pressed_twenty_times_at_once_takes_once(calm: Site) -> None:
    """A fetch of the link in between takes nothing; whoever pressed is told that the lead is his."""
    calm.load(2)
    serving = calm.start("serve", "--port", "0")
    paths = [calm.inside("link", str(lead))["path"] for lead in (1, 2)]
    with httpx.Client(base_url=serving.url, timeout=60) as client, ThreadPoolExecutor(20) as pool:
        looks = list(pool.map(lambda method: client.request(method, paths[0]), ["GET", "HEAD"] * 10))
        assert {look.status_code for look in looks} == {200}
        assert calm.check()["taken"] == 0
        presses = list(pool.map(lambda _: client.post(paths[0]), range(20)))
        assert {press.status_code for press in presses} == {200}
        assert all("Лид ваш" in press.text for press in presses), presses[0].text
        for wrong in (f"{paths[1]}x", paths[1][:-3], paths[1].swapcase(), "/t/"):
            assert client.post(wrong).status_code == 404
    assert calm.check()["taken"] == 1
    assert serving.stop() == 0


@pytest.mark.rule("S-46")
def test_a_flood_of_a_thousand_loses_nothing_it_was_told(calm: Site, full: bool) -> None:
    """As fast as they come: 201 is a lead, 429 is none and says when to come again; pages go on answering."""
    number = 3000 if full else 1000
    serving = calm.start("serve", "--port", "0", LEADDRUM_API_RATE=f"{number * 2 // 3}/hour")
    slowest = 0.0
    with caller(calm, serving) as client, ThreadPoolExecutor(60) as pool:
        sent = [pool.submit(client.post, "/api/v1/leads", json={"title": f"Лид {n}"}) for n in range(number)]
        with httpx.Client(base_url=serving.url, timeout=60) as other:
            while not all(one.done() for one in sent):
                started = time.monotonic()
                assert other.get("/health").status_code == 200
                slowest = max(slowest, time.monotonic() - started)
                time.sleep(0.2)
        answers = [one.result() for one in sent]
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {201, 429}, statuses
    assert statuses[429] > 0, statuses
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 429)
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(ids) == statuses[201]
    longest = max(answer.elapsed.total_seconds() for answer in answers)
    assert slowest < 2 * longest, f"{slowest:.1f} s for /health, {longest:.1f} s for a lead"  # a share of the queue
    assert serving.stop() == 0
    assert calm.check()["leads"] == len(ids)


@pytest.mark.rule("S-46", "I8")
def test_killed_in_a_flood_of_calls_nothing_is_lost_that_was_answered(calm: Site) -> None:
    """More calls at once than can be taken in: whoever was answered is a lead after the restart, and once."""
    form = calm.inside("way")
    serving = calm.start("serve", "--port", "0", LEADDRUM_API_RATE="100000/second")
    answered: list[str] = []

    def call(number: int) -> None:
        body = json.dumps({"id": f"n{number}", "name": f"Клиент {number}"}).encode()
        mark = "sha256=" + hmac.new(form["secret"].encode(), body, hashlib.sha256).hexdigest()
        with suppress(httpx.HTTPError):
            headers = {"X-LeadDrum-Signature": mark, "Content-Type": "application/json"}
            if client.post(f"/in/{form['token']}", content=body, headers=headers).status_code == 200:
                answered.append(f"n{number}")

    with httpx.Client(base_url=serving.url, timeout=60) as client, ThreadPoolExecutor(40) as pool:
        sent = [pool.submit(call, number) for number in range(600)]
        until(lambda: len(answered) > 250)
        serving.kill()
        for one in sent:
            one.result()
    waiting = calm.inside("doors")["waiting"]
    assert waiting > 0  # they came faster than they could be taken in
    serving = calm.start("serve", "--port", "0")
    until(lambda: not calm.inside("doors")["waiting"])
    leads = calm.inside("doors")["leads"]
    assert set(answered) <= set(leads)
    assert len(leads) == len(set(leads)) <= 600
    assert serving.stop() == 0
    assert calm.check()["leads"] == len(leads)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux's prlimit")
@pytest.mark.rule("S-46", "I8")
def test_a_disk_that_fills_up_under_a_running_server(make_site: MakeSite) -> None:
    """Refused in JSON, nothing half kept; with room again everything goes on without a restart."""
    site = make_site(fast_company())
    if site.database:
        pytest.skip("the database is on the server's disk")
    serving = site.start("serve", "--port", "0")
    kept: list[int] = []

    def post(number: int) -> httpx.Response:
        return client.post("/api/v1/leads", json={"title": "x" * 250, "external_id": str(number)})

    with caller(site, serving) as client:
        kept += [post(number).json()["id"] for number in range(20)]
        log = site.folder / "data" / "leaddrum.sqlite3-wal"
        limit = log.stat().st_size + 300_000  # a file that may not grow is a disk that is full
        before = resource.prlimit(serving.running.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        refused = 0
        for number in range(20, 600):
            answer = post(number)
            if answer.status_code == 201:
                kept.append(answer.json()["id"])
                continue
            assert answer.status_code == 503, answer.text
            assert answer.json()["errors"][0]["where"] == "server"
            refused += 1
            if refused == 5:
                break
        assert refused == 5
        resource.prlimit(serving.running.pid, resource.RLIMIT_FSIZE, before)
        answer = post(9999)
        assert answer.status_code == 201, answer.text
        kept.append(answer.json()["id"])
    seen = site.misses()
    until(lambda: site.misses() > seen + 20)
    assert serving.stop() == 0
    assert site.check()["leads"] == len(set(kept)) == len(kept)
