"""People with the board open: `URL --people 200 --seconds 30 [--every 10]`.

Each of them is signed in, has a connection of his own and asks every two seconds, as the page does, with the tag of
what he has. Every so many seconds somebody writes a line into a lead's story, after which everybody's board is drawn
anew. A question's time counts from the instant it was due, so a server that falls behind cannot hide it.
"""

from __future__ import annotations

import argparse
import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402  after setup
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks.frame import answer, percentile  # noqa: E402
from leaddrum import access, clock, engine  # noqa: E402
from leaddrum.models import Lead, Person  # noqa: E402

PAUSE = 2.0  # seconds between two questions of one page
PATIENCE = 60.0  # seconds after which a question counts as refused


@dataclass
class Seen:
    """Of all watchers: seconds of answers that said "nothing new", and of those that brought the board."""

    still: list[float] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)
    wrong: int = 0


def session(person: Person) -> str:
    account = access.account_of(person)
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def watch(url: str, key: str, began: float, warm: float, until: float, seen: Seen) -> None:
    parts = urlsplit(url)
    asking = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE)
    headers = {"Cookie": f"sessionid={key}", "HX-Request": "true"}
    due = began
    while due < until:
        time.sleep(max(0.0, due - time.perf_counter()))
        try:
            asking.request("GET", "/board/live", headers=headers)
            reply = asking.getresponse()
            reply.read()
        except TimeoutError:
            seen.wrong += 1
            asking.close()  # the next question opens another
            due = time.perf_counter()
            continue
        took = time.perf_counter() - due
        headers["If-None-Match"] = reply.getheader("ETag") or ""
        if reply.status not in (200, 304):
            seen.wrong += 1
        elif due >= warm:  # before it all open their boards at once, which is another matter
            (seen.still if reply.status == 304 else seen.moved).append(took)
        due = max(due + PAUSE, time.perf_counter())  # the page asks again when it has its answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--every", type=float, default=0, help="seconds between two changes; 0: none")
    given = parser.parse_args()
    people = list(Person.objects.filter(key__startswith="p").order_by("pk")[: given.people])
    keys = [session(person) for person in people]
    lead = Lead.objects.order_by("pk")[0].pk
    seen, began = Seen(), time.perf_counter() + 1
    warm = began + 1.5 * PAUSE + len(keys) * 0.1
    until = warm + given.seconds
    with ThreadPoolExecutor(len(keys)) as pool:
        runs = [
            pool.submit(watch, given.url, key, began + number * PAUSE / len(keys), warm, until, seen)
            for number, key in enumerate(keys)
        ]
        changes = 0
        while given.every and (due := warm + changes * given.every) < until:
            time.sleep(max(0.0, due - time.perf_counter()))
            engine.comment(lead, by=people[0].pk, text=f"{changes}", now=clock.now())
            changes += 1
        for run in runs:
            run.result()
    connection.close()
    answer(
        {
            "people": len(keys),
            "changes": changes,
            "asked": len(seen.still) + len(seen.moved),
            "wrong": seen.wrong,
            "seconds": time.perf_counter() - warm,
            # Not answered so once: it takes longer than we watched.
            "still": percentile(seen.still, 0.95) if seen.still else given.seconds,
            "moved": percentile(seen.moved, 0.95) if seen.moved else given.seconds,
        }
    )


if __name__ == "__main__":
    main()
