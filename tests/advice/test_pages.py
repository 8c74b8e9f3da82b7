"""The adviser's and the replay's pages: what they say, to whom, and that no request is long (S-51, S-52)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.test import Client

from leaddrum import access, clock
from leaddrum.models import Calendar, Company, Person
from leaddrum.web import replay
from tests.advice.conftest import UNTIL

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.reading(lambda: UNTIL):
        yield


def signed_in(company: Company, key: str, lang: str = "ru") -> Client:
    client = Client()
    client.force_login(access.account_of(Person.objects.get(company=company, key=key)))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = lang
    return client


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content[:300]
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.rule("S-51")
def test_a_head_reads_what_to_do_why_and_what_is_not_known(sample: Company) -> None:
    page = text(signed_in(sample, "olga").get("/advice"))
    for said in ("вместо 30 мин: клиент ждал бы", "потому что за", "Чего данные не говорят", "Простое среднее",
                 "Анна Ким", "дойдёт до руководителя не позже"):  # fmt: skip
        assert said in page
    assert "instead of 30 min" in text(signed_in(sample, "olga", "en").get("/advice"))
    few = text(signed_in(sample, "olga").get("/advice?since=2026-05-30&until=2026-05-30"))
    assert "Для совета данных мало" in few


def test_a_head_sees_his_own_drum_and_people_only(sample: Company) -> None:
    pavel = text(signed_in(sample, "pavel").get("/advice?drum=site"))
    assert "Корпоративные заявки" in pavel
    assert "Анна Ким" not in pavel
    assert "Заявки с сайта" not in pavel
    assert "Анна Ким" in text(signed_in(sample, "sofia").get("/advice?drum=site"))


def test_it_is_for_heads_and_for_who_is_signed_in(sample: Company) -> None:
    for path in ("/advice", "/advice/taken-light.svg", "/advice/replay"):
        assert signed_in(sample, "anna").get(path).status_code == 403
        assert Client().get(path).status_code == 302
    assert signed_in(sample, "anna").post("/advice/replay/step").status_code == 403


def test_what_is_wrong_in_the_address_is_said_and_left_out(sample: Company) -> None:
    olga = signed_in(sample, "olga")
    assert "не дата" in text(olga.get("/advice?since=2026-13-77"))
    assert "не дата" in text(olga.get("/advice?until=soon"))
    assert "позже последнего" in text(olga.get("/advice?since=2026-05-20&until=2026-05-10"))
    assert "вместо 30 мин" in text(olga.get("/advice?drum=nix&person=kira&source=%00"))
    assert "Целое число" in text(olga.get("/advice/replay?play=1&escalate_after=0"))
    assert "Срок:" in text(olga.get("/advice/replay?play=1&budget=soon"))


def test_no_day_of_the_calendar_is_a_fault_of_ours(sample: Company) -> None:
    head = signed_in(sample, "olga")
    for days in (
        "since=2020-01-01&until=2020-02-01",
        "since=0001-01-01&until=0001-01-02",
        "until=0001-01-05",
        "since=9999-12-31&until=9999-12-31",
    ):
        for path in ("/advice", "/advice/replay"):
            assert head.get(f"{path}?{days}&person=%00&roster=%00&calendar=%00&play=1").status_code == 200, days


def test_charts_are_pictures_of_their_own_in_light_and_dark(sample: Company) -> None:
    olga = signed_in(sample, "olga")
    for name in ("taken", "waits"):
        light, dark = (olga.get(f"/advice/{name}-{theme}.svg?drum=site") for theme in ("light", "dark"))
        assert light["Content-Type"] == "image/svg+xml"
        assert ET.fromstring(light.content).tag.endswith("svg")  # noqa: S314 - our own
        assert light.content != dark.content
        assert light.content == olga.get(f"/advice/{name}-light.svg?drum=site").content
    assert olga.get("/advice/taken-pink.svg").status_code == 404
    assert olga.get("/advice/other-light.svg").status_code == 404


def test_the_page_needs_as_many_queries_however_much_there_is(
    sample: Company, django_assert_max_num_queries: Any
) -> None:
    olga = signed_in(sample, "olga")
    with django_assert_max_num_queries(40):
        text(olga.get("/advice"))


def token(page: str) -> str | None:
    found = re.search(r'name="token" value="([^"]+)"', page)
    return found.group(1) if found else None


@pytest.mark.rule("S-52")
def test_a_replay_is_played_step_by_step_and_says_the_same_as_in_one_go(
    sample: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "RUNS", 6)
    olga = signed_in(sample, "olga")
    address = "/advice/replay?drum=site&budget=10&escalate_after=2&play=1"
    monkeypatch.setattr(replay, "STEP", 0.0)
    page = text(olga.get(address))
    steps = 0
    while (given := token(page)) is not None:
        page = text(olga.post("/advice/replay/step", {"token": given}, headers={"HX-Request": "true"}))
        steps += 1
    assert steps == 5
    monkeypatch.setattr(replay, "STEP", 60.0)
    whole = text(olga.get(address))
    result = re.search(r"<section.*</section>", page)
    assert result
    assert result.group(0) in whole
    assert "Если срок 10 мин, руководитель после 2 пропусков" in whole
    assert "Повтор по\N{NON-BREAKING HYPHEN}новому</th>" in whole


@pytest.mark.parametrize(("lang", "said"), [("ru", "часы «Весь офис»"), ("en", "hours “Весь офис”")])
def test_hours_are_called_what_people_call_them(
    sample: Company, monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    """In the sentence as in the form above it; the id they are filed under is for the company file."""
    monkeypatch.setattr(replay, "RUNS", 1)
    office = Calendar.objects.get(company=sample, key="office")
    office.spec["name"] = "Весь офис"
    office.save()
    page = text(signed_in(sample, "olga", lang).get("/advice/replay?drum=site&calendar=office&play=1"))
    assert '<option value="office" selected>Весь офис</option>' in page
    assert said in page


def test_a_step_is_signed(sample: Company) -> None:
    olga = signed_in(sample, "olga")
    assert olga.post("/advice/replay/step", {"token": "nonsense"}).status_code == 400
    assert olga.post("/advice/replay/step").status_code == 400


def test_nothing_to_replay_is_said(sample: Company) -> None:
    olga = signed_in(sample, "olga")
    assert "повторять нечего" in text(olga.get("/advice/replay?since=2026-04-01&until=2026-04-02&play=1"))
    assert "слишком давно" in text(olga.get("/advice/replay?since=2020-04-01&until=2026-04-02&play=1"))
