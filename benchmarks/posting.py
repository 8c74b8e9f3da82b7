"""Send leads to the API over kept connections: `URL TOKEN --seconds 15 --senders 8 [--rate 100]`.

Without a rate each sender posts as soon as it has its answer. With one, posts are due at fixed instants and their time
counts from there, so that a server that falls behind cannot hide it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import urlsplit

from benchmarks.frame import answer, percentile

_numbers = count()


def _body(number: int) -> bytes:
    lead = {
        "title": f"Остекление балкона {number}",
        "name": f"Клиент {number}",
        "phone": f"+7901{number:07d}",
        "email": f"new{number}@example.com",
        "source": "site",
        "external_id": f"bench-{number}",
        "fields": {"utm_source": "yandex", "region": "Москва"},
    }
    return json.dumps(lead).encode()


def send(url: str, token: str, until: float, began: float, rate: float) -> list[float]:
    """Seconds each post took, until the time is over.

    Raises:
        RuntimeError: an answer was not "created".
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    took: list[float] = []
    while True:
        number = next(_numbers)
        started = time.perf_counter()
        if rate:
            started = began + number / rate
            time.sleep(max(0.0, started - time.perf_counter()))
        if started >= until:
            return took
        connection.request("POST", "/api/v1/leads", _body(number), headers)
        reply = connection.getresponse()
        text = reply.read()
        if reply.status != 201:
            raise RuntimeError(f"{reply.status}: {text[:300]!r}")
        took.append(time.perf_counter() - started)


def main() -> None:
    global _numbers  # each run has numbers of its own, so that no lead is known already
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--senders", type=int, default=8)
    parser.add_argument("--rate", type=float, default=0, help="posts a second; 0: as many as go")
    parser.add_argument("--first", type=int, default=0, help="number of the first lead")
    given = parser.parse_args()
    _numbers = count(given.first)
    began = time.perf_counter() - given.first / given.rate if given.rate else time.perf_counter()
    until = time.perf_counter() + given.seconds
    with ThreadPoolExecutor(given.senders) as pool:
        runs = [pool.submit(send, given.url, given.token, until, began, given.rate) for _ in range(given.senders)]
        took = [seconds for run in runs for seconds in run.result()]
    whole = time.perf_counter() - until + given.seconds
    answer(
        {
            "posts": len(took),
            "seconds": whole,
            "p50": percentile(took, 0.5),
            "p99": percentile(took, 0.99),
            "next": next(_numbers),
        }
    )


if __name__ == "__main__":
    main()
