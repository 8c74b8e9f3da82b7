"""Calls of four kinds of ways in at fixed instants: `URL WAYS --rate 500 --seconds 60`. WAYS is what `doors` made.

A call's time counts from the instant at which it was due, so a server that falls behind cannot hide it. Each call is a
client of its own. What is not answered with 200 is counted by its status and not sent again.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import urlencode, urlsplit

from benchmarks.frame import answer, percentile

Post = tuple[str, bytes, dict[str, str]]


def post(number: int, kind: str, preset: str, token: str, secret: str) -> Post:
    name, phone = f"Клиент {number}", f"+7902{number:07d}"
    if preset == "tilda":
        said = {"Name": name, "Phone": phone, "Comments": "Окна", "tranid": str(number), "leaddrum_token": secret}
        return f"/in/{token}", urlencode(said).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if kind == "chat":
        data = {"id": "1", "conversation": f"wa-{number}", "name": name, "phone": phone, "text": "Сколько стоит окно?"}
    elif kind == "calls":
        at = "2026-03-02T10:00:00+03:00"
        data = {"id": str(number), "direction": "in", "client": phone, "started_at": at, "ended_at": at}
    else:
        data = {"id": str(number), "name": name, "phone": phone, "message": "Окна на дачу", "utm_source": "yandex"}
    body = json.dumps(data).encode()
    mark = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return f"/in/{token}", body, {"Content-Type": "application/json", "X-LeadDrum-Signature": mark}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("ways", type=json.loads)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--senders", type=int, default=20)
    given = parser.parse_args()
    number = round(given.rate * given.seconds)
    posts = [post(n, *given.ways[n % len(given.ways)]) for n in range(number)]
    numbers, took, told = count(), list[float](), Counter[str]()
    parts = urlsplit(given.url)
    began = time.perf_counter() + 0.5

    def send() -> None:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        while (n := next(numbers)) < number:
            due = began + n / given.rate
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("POST", *posts[n])
            reply = connection.getresponse()
            reply.read()
            took.append(time.perf_counter() - due)
            told[str(reply.status)] += 1

    with ThreadPoolExecutor(given.senders) as pool:
        for one in [pool.submit(send) for _ in range(given.senders)]:
            one.result()
    whole = time.perf_counter() - began
    answer(
        {
            "told": told,
            "seconds": whole,
            "p50": percentile(took, 0.5),
            "p99": percentile(took, 0.99),
            "longest": max(took),
        }
    )


if __name__ == "__main__":
    main()
