"""A client that nobody here wrote (python-odata) walks the metadata, filters and pages."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from leaddrum.models import FactTurn
from tests.world import World

pytestmark = pytest.mark.rule("S-50")

# In a process of its own: the library draws on a console and warns of things that are none of ours.
WALK = """
import json, sys, warnings
warnings.simplefilter("ignore")
from odata import ODataService
service = ODataService(sys.argv[1], reflect_entities=True, auth=("anybody", sys.argv[2]), quiet_progress=True)
Turn = service.entities["fact_turn"]
missed = [turn.turn_key for turn in service.query(Turn).filter(Turn.verdict == "missed").order_by(Turn.turn_key.asc())]
pages = [turn.turn_key for turn in service.query(Turn).limit(2)]
whole = [turn.turn_key for turn in service.query(Turn)]
Person = service.entities["dim_person"]
names = sorted(person.person_name for person in service.query(Person).filter(Person.role == "employee"))
found = {"entities": sorted(service.entities), "missed": missed, "limited": pages, "whole": whole, "names": names}
print(json.dumps(found))
"""


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    from leaddrum.api.feed import service

    monkeypatch.setattr(service, "PAGE", 2)


@pytest.mark.django_db(transaction=True)
def test_python_odata_walks_filters_and_pages(
    live_server: LiveServer, lively: World, feed_token: str, small_pages: None, client: Client
) -> None:
    command = [sys.executable, "-c", WALK, f"{live_server.url}/odata/v1/", feed_token]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(re.search(r"\{.*\}", done.stdout)[0])  # type: ignore[index]  # no match fails as well
    assert "fact_turn" in found["entities"]
    assert "dim_person" in found["entities"]
    keys = list(FactTurn.objects.order_by("pk").values_list("pk", flat=True))
    assert found["whole"] == keys
    assert len(keys) > 4  # several pages of two
    assert found["limited"] == keys[:2]
    assert found["missed"] == list(
        FactTurn.objects.filter(verdict="missed").order_by("pk").values_list("pk", flat=True)
    )
    assert found["names"] == ["Анна Ким", "Борис Левин", "Клара Вайс"]
