"""The examples of docs/api.md and docs/api.ru.md work, in the order in which somebody would try them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client

from leaddrum import access
from leaddrum.engine import org
from leaddrum.intake import rate
from leaddrum.models import Cycle, Heartbeat
from tests.world import World

DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True)
class Example:
    method: str
    path: str
    headers: dict[str, str]
    body: str
    answer: str  # what the page shows below it; nothing where it shows nothing

    @property
    def refused(self) -> bool:
        return '"errors"' in self.answer


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    rate.forget()
    org.forget()
    yield
    rate.forget()
    org.forget()


def examples(page: str) -> Iterator[Example]:
    """Every `$ curl` of the page's console blocks, with the line that follows it."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for prompt in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            if prompt.startswith("curl "):
                yield _example(prompt)


def _example(prompt: str) -> Example:
    lines = prompt.splitlines()
    said = 1
    while lines[said - 1].endswith("\\") or "\n".join(lines[:said]).count("'") % 2:
        said += 1
    words = shlex.split("\n".join(lines[:said]).replace("\\\n", " "))
    taken: dict[str, list[str]] = {"-X": [], "-H": [], "-d": [], "": []}
    rest = iter(words[1:])
    for word in rest:
        taken[word if word in taken else ""].append(next(rest) if word in taken else word)
    headers = dict(header.split(": ", 1) for header in taken["-H"])
    [url] = taken[""]
    return Example(
        method=(taken["-X"] or ["GET"])[0],
        path=url.removeprefix("$LEADDRUM"),
        headers=headers,
        body=(taken["-d"] or [""])[0],
        answer="\n".join(lines[said:]),
    )


@pytest.mark.parametrize(("page", "language"), [("api.md", "en"), ("api.ru.md", "ru")])
def test_the_examples_work_one_after_the_other(world: World, page: str, language: str) -> None:
    world.edit(roster={"people": ["anna", "boris"]})
    world.lead(title="missed", owner="anna")
    world.forward(minutes=30)
    missed = Cycle.objects.get()
    Heartbeat.objects.create(worker="docs", started_at=world.now, beat_at=world.now)
    secret = access.make_token(world.company, "docs", "admin", now=world.now)
    lead, cycle, tried = 0, 0, 0
    for example in examples(page):
        path = example.path.replace("/leads/1", f"/leads/{lead}").replace("/turns/1-", f"/turns/{cycle}-")
        path = path.replace("/incidents/3-1", f"/incidents/{missed.pk}-1")
        if path.startswith("/f/"):
            path = f"/f/{world.company.key}/drum/snippet"
        headers = {"Accept-Language": language} | {
            name: value.replace("$TOKEN", secret) for name, value in example.headers.items()
        }
        answer = Client().generic(
            example.method, path, example.body, "application/x-www-form-urlencoded", headers=headers
        )
        told = f"{example.method} {path}: {answer.status_code} {answer.content.decode()[:300]}"
        assert (answer.status_code < 400) is not example.refused, told
        if example.refused:
            expected, got = json.loads(example.answer)["errors"], answer.json()["errors"]
            assert [line["where"] for line in got] == [line["where"] for line in expected], told
        elif example.answer.startswith("{"):
            assert set(json.loads(example.answer)) <= set(answer.json()), told
        if example.method == "POST" and path == "/api/v1/leads" and not example.refused:
            lead = answer.json()["id"]
            cycle = Cycle.objects.get(lead=lead).pk
        tried += 1
    assert tried >= 15
