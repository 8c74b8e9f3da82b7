"""Ask for each page as an employee, a head and an administrator; say what it cost: `--repeats 15`."""

from __future__ import annotations

import argparse
import gzip
import re
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  after setup, as Django wants it
from django.contrib.staticfiles import finders  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks.frame import answer, median  # noqa: E402
from leaddrum import access, logs  # noqa: E402
from leaddrum.models import Company, Incident, Person  # noqa: E402

WHO = {"employee": "p0", "head": "head", "administrator": "boss"}


def cost(client: Client, address: str, repeats: int) -> dict[str, Any]:
    """Median seconds by the clock and of the processor, queries, size.

    Raises:
        RuntimeError: the page was not shown.
    """
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address)
    queries = len(asked)  # now: the next request empties the log
    if page.status_code != 200 or not queries:
        raise RuntimeError(f"{address}: {page.status_code}, {queries} queries")
    client.get(address)
    clock, processor = [], []
    for _ in range(repeats):
        began, used = time.perf_counter(), time.process_time()
        page = client.get(address)
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    return {
        "median": median(clock),
        "p95": sorted(clock)[max(0, round(0.95 * len(clock)) - 1)],
        "longest": max(clock),
        "cpu": median(processor),
        "queries": queries,
        "bytes": len(page.content),
        "compressed": len(gzip.compress(page.content)),
    }


def first_visit(client: Client, address: str) -> dict[str, Any]:
    """The page with everything it names, compressed as a proxy does it; later only the page comes anew."""
    page = client.get(address).content
    named = set(re.findall(rb'(?:src|href)="(/static/[^"?]+)"', page))
    files = [finders.find(name.decode().removeprefix("/static/")) for name in named]
    whole = sum(len(gzip.compress(Path(str(file)).read_bytes())) for file in files if file)
    return {"first": whole + len(gzip.compress(page)), "later": len(gzip.compress(page)), "files": len(named)}


def live(client: Client, address: str, repeats: int) -> dict[str, Any]:
    """What a page that stays open asks every two seconds: nothing changed, and one thing did."""
    page = client.get(address)
    still, moved = [], []
    for _ in range(repeats):
        began = time.perf_counter()
        quiet = client.get(address, headers={"If-None-Match": page["ETag"]})
        still.append(time.perf_counter() - began)
        began = time.perf_counter()
        changed = client.get(address, headers={"If-None-Match": '"another"'})
        moved.append(time.perf_counter() - began)
    if quiet.status_code != 304 or changed.status_code != 200:
        raise RuntimeError(f"{address}: {quiet.status_code}, {changed.status_code}")
    return {
        "still": median(still),
        "still_bytes": len(quiet.content),
        "moved": median(moved),
        "moved_bytes": len(gzip.compress(changed.content)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    given = parser.parse_args()
    logs.configure()
    settings.ALLOWED_HOSTS.append("testserver")  # the name Django's client calls itself by
    company = Company.objects.get()
    Person.objects.create(company=company, key="boss", name="Администратор", role="admin")
    handed_over = Incident.objects.filter(person__key=WHO["employee"]).order_by("pk").values_list("lead", flat=True)
    pages = {
        "board": "/",
        "board, one drum": "/?drum=leads",
        "board, words": "/?text=7",
        "board, late only": "/?late=1",
        "my turns": "/my",
        "my month": "/my/month",
        "journal": "/journal",
        "lead": f"/leads/{handed_over[0]}",
    }
    found = {}
    for role, key in WHO.items():
        client = Client()
        account = access.account_of(Person.objects.get(company=company, key=key))
        client.force_login(account, "django.contrib.auth.backends.ModelBackend")
        client.get("/my")  # compiles the company's calendars and the templates
        for name, address in pages.items():
            found[f"{name}, {role}"] = cost(client, address, given.repeats)
        if role != "employee":
            found[f"now, {role}"] = cost(client, "/now", given.repeats)
        if role == "head":
            found["weight: board"], found["weight: my turns"] = first_visit(client, "/"), first_visit(client, "/my")
            found["live: board"] = live(client, "/board/live", given.repeats)
    answer(found)


if __name__ == "__main__":
    main()
