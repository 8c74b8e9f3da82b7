"""Ask for each page as an employee, a head and an administrator; say what it cost: `--repeats 15`."""

from __future__ import annotations

import argparse
import time
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  after setup, as Django wants it
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
        "longest": max(clock),
        "cpu": median(processor),
        "queries": queries,
        "bytes": len(page.content),
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
    pages = {"board": "/", "my turns": "/my", "journal": "/journal", "lead": f"/leads/{handed_over[0]}"}
    found = {}
    for role, key in WHO.items():
        client = Client()
        account = access.account_of(Person.objects.get(company=company, key=key))
        client.force_login(account, "django.contrib.auth.backends.ModelBackend")
        client.get("/my")  # compiles the company's calendars and the templates
        for name, address in pages.items():
            found[f"{name}, {role}"] = cost(client, address, given.repeats)
    answer(found)


if __name__ == "__main__":
    main()
