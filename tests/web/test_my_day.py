"""My turns beyond the take: handing over, an absence of one's own, my month; and presses that come twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leaddrum.models import Absence, Handover
from leaddrum.web import month
from tests.web.reader import text
from tests.world import World, expect_offer

Browser = Callable[..., Client]


def my(client: Client) -> str:
    return text(client.get("/my").content)


@pytest.mark.rule("S-28")
def test_a_colleague_is_asked_and_accepts(world: World, browser: Browser) -> None:
    lead = world.lead("Балкон", owner="anna")
    anna, clara = browser("anna", "en"), browser("clara", "en")
    page = anna.get("/my").content.decode()
    assert re.findall(r"<option value=\"\d+\">([^<]+)", page) == ["Борис Левин", "Клара Вайс"]
    form = {"person": world.pk("clara"), "note": "твоя улица"}
    page = text(anna.post(reverse("turn-hand", args=lead.turn), form, follow=True).content)
    assert "Клара Вайс was asked at 10:00 to take it over. Until they answer, it is yours." in page
    page = anna.get(f"/leads/{lead.id}").content.decode()  # his lead's own page says the same
    assert "Клара Вайс was asked at 10:00 to take it over. Until they answer, it is yours." in text(page.encode())
    assert reverse("handover-back", args=[Handover.objects.get().pk]) in page
    assert "Hand over…" not in page
    assert "Take the request back" not in text(browser("olga", "en").get(f"/leads/{lead.id}").content)
    page = my(clara)
    assert re.search(r"Анна Ким asks you to take this lead over “твоя улица”.*Балкон.*Refuse.*Accept", page)
    offer = Handover.objects.get()
    accept = reverse("handover-answer", args=[offer.pk, "accept"])
    assert browser("boris").post(accept).status_code == 404
    for _press in range(2):  # the second is the same press, come twice
        assert "“Балкон” is your turn now." in text(clara.post(accept, follow=True).content)
    expect_offer(lead, to="clara")
    assert "asks you to take this lead over" not in my(clara)
    page = text(clara.get(f"/leads/{lead.id}").content)
    assert "Hand over…" in page
    assert "The lead goes to the colleague at once, with the full budget." in page
    assert lead.verdicts == [("anna", "returned")]


def test_a_request_is_refused_or_taken_back(world: World, browser: Browser) -> None:
    lead = world.lead("Балкон", owner="anna")
    anna, clara = browser("anna", "en"), browser("clara", "en")
    ask = reverse("turn-hand", args=lead.turn)
    for _press in range(2):
        anna.post(ask, {"person": world.pk("clara")})
    first = Handover.objects.get()
    page = text(clara.post(reverse("handover-answer", args=[first.pk, "refuse"]), follow=True).content)
    assert "“Балкон” stays with the colleague." in page
    anna.post(ask, {"person": world.pk("boris")})
    second = Handover.objects.latest("pk")
    assert "The request is taken back." in text(
        anna.post(reverse("handover-back", args=[second.pk]), follow=True).content
    )
    page = text(
        browser("boris", "en").post(reverse("handover-answer", args=[second.pk, "accept"]), follow=True).content
    )
    assert "Too late: this request has been answered, taken back, or the turn is over." in page
    expect_offer(lead, to="anna", due="10:30")


@pytest.mark.rule("S-34")
def test_a_press_that_comes_twice_is_answered_as_the_first(world: World, browser: Browser) -> None:
    first, second = world.lead("Первый", owner="anna"), world.lead("Второй", owner="anna")
    anna = browser("anna", "en")
    for _press in range(2):
        page = text(anna.post(reverse("turn-take", args=first.turn), follow=True).content)
        assert "“Первый” is yours." in page
        assert "taken already" not in page
    decline = reverse("turn-decline", args=second.turn)
    anna.post(decline, {"own": "занята"}, follow=True)
    assert "This turn is over." not in text(anna.post(decline, {"own": "занята"}, follow=True).content)
    assert second.verdicts == [("anna", "returned")]


@pytest.mark.rule("S-24")
def test_an_absence_says_first_what_it_does(world: World, browser: Browser) -> None:
    world.lead("Балкон", owner="anna")
    anna = browser("anna", "en")
    form = {"since": "2026-03-02T10:20", "until": "2026-03-02T18:00", "reason": "врач"}
    page = text(anna.post("/my/away", form).content)
    assert "Away from 10:20 until 18:00" in page
    assert "Балкон Passes on at 10:20 if you have not taken it by then." in page
    assert not Absence.objects.exists()
    for _press in range(2):
        page = text(anna.post("/my/away", form | {"enter": "1"}, follow=True).content)
    assert "Entered: nothing is offered to you in that time." in page
    assert Absence.objects.count() == 1
    assert "You are absent" not in text(anna.get("/my").content)
    world.jump(minutes=20)
    mine = text(anna.get("/my").content)
    assert "You are absent until 18:00" in mine
    assert "Врач" in mine
    for promise in ("Pause my turns", "it appears here at once"):
        assert promise not in mine
    back = reverse("away-back", args=[Absence.objects.get().pk])
    assert browser("boris").post(back).status_code == 404
    anna.post(back)
    assert not Absence.objects.exists()
    assert "You are absent" not in text(anna.get("/my").content)


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("", "2026-03-02T18:00", "Say from when until when."),
        ("завтра", "2026-03-02T18:00", "Say from when until when."),
        ("2026-03-02T18:00", "2026-03-02T10:00", "The end must be later"),
        ("2026-03-01T10:00", "2026-03-01T18:00", "The end must be later"),
        ("2026-03-02T10:00", "2029-03-02T10:00", "an administrator enters it"),
    ],
)
def test_an_absence_that_cannot_be(world: World, browser: Browser, since: str, until: str, said: str) -> None:
    answer = browser("anna", "en").post("/my/away", {"since": since, "until": until, "enter": "1"})
    assert answer.status_code == 422
    assert said in text(answer.content)
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("drum", "since", "said"),
    [
        ({}, "2026-03-02T09:00", "Passes on at once"),
        ({}, "2026-03-03T09:00", "Its deadline comes before"),
        ({"rotate": False}, "2026-03-02T09:00", "Stays with you"),
        ({"strategy": "claim"}, "2026-03-02T09:00", "Stays open to everybody else."),
    ],
)
def test_each_fate_of_an_open_offer(
    world: World, browser: Browser, drum: dict[str, Any], since: str, said: str
) -> None:
    world.edit(**drum)
    world.lead("Балкон", owner=None if "strategy" in drum else "anna")
    page = text(browser("anna", "en").post("/my/away", {"since": since, "until": "2026-03-04T18:00"}).content)
    assert said in page


@pytest.mark.rule("S-24", "S-55")
def test_my_month_says_when_i_was_paused_and_why(world: World, browser: Browser) -> None:
    world.pause("anna", "замер у клиента")
    world.forward(minutes=20)
    world.resume("anna")
    world.pause("boris", "обед")  # is in nobody else's month
    world.edit(pause_after=1)
    world.lead("Балкон", owner="anna")
    world.forward(minutes=31)
    anna = browser("anna", "en")
    page = text(anna.get("/my/month").content)
    assert re.search(
        r"Pauses .*since 02.03 10:50, until now too many .* from 02.03 10:00 to 02.03 10:20 замер у клиента",
        page,
    )
    assert "обед" not in page
    world.forward(days=30)
    assert "since 02.03 10:50" in text(anna.get("/my/month").content)  # it goes on in April
    assert "замер" not in text(anna.get("/my/month").content)
    assert "Pauses" not in text(anna.get("/my/month?month=2026-02").content)


@pytest.mark.rule("S-10", "S-47")
def test_my_month(world: World, browser: Browser) -> None:
    quick, slow = world.lead("Быстрый", owner="anna"), world.lead("Долгий", owner="anna")
    world.lead("Мимо", owner="anna")
    world.forward(minutes=4)
    world.take(quick, by="anna")
    world.forward(minutes=16)
    world.take(slow, by="anna")
    world.forward(minutes=11)
    anna = browser("anna", "en")
    page = text(anna.get("/my/month").content)
    assert "My month: March 2026" in page
    assert re.search(r"taken in my turn 2 .*share taken 67% half taken within 12 min", page)
    assert re.search(r"Misses Мимо .*The deadline was 02.03 10:30 · Новые лиды · went to Борис Левин", page)
    [incident] = world.incidents()
    explain = reverse("journal-explain", args=[incident.pk])
    page = text(anna.post(explain, {"text": "упала сеть", "next": "/my/month"}, follow=True).content)
    assert re.search(r"Мимо.*упала сеть", page)
    world.annul(world.incidents()[0])
    assert "1 miss was annulled." in text(anna.get("/my/month").content)
    earlier = text(anna.get("/my/month?month=2026-02").content)
    assert "taken in my turn 0" in earlier
    assert "Misses Nothing was missed in this month." in earlier
    for nonsense in ("2026-13", "x", "9999-01", "0001-01", ""):
        assert anna.get("/my/month", {"month": nonsense}).status_code == 200
    assert anna.post("/my/away", {"since": "0001-01-01T00:00", "until": "2026-03-02T18:00"}).status_code == 200


def test_a_month_full_of_misses_is_paged_and_counted_whole(world: World, browser: Browser, monkeypatch: Any) -> None:
    monkeypatch.setattr(month, "LISTED", 2)
    world.edit(open_offers_cap=10, roster={"people": ["anna"]}, escalate_after=9)
    world.leads(5)
    world.forward(minutes=31)
    anna = browser("anna", "en")
    seen, url, pages = set(), "/my/month", 0
    while url:
        page = anna.get(url).content.decode()
        assert re.search(r"<dt>missed in my turn</dt><dd[^>]*>5<", page)  # of the month, not of the page
        found = set(re.findall(r'data-key="miss-(\d+)"', page))
        assert len(found) <= 2
        seen |= found
        pages += 1
        older = re.search(r'href="(\?month=[^"]*before=\d+)"', page)
        url = "/my/month" + older[1].replace("&amp;", "&") if older else ""
    assert (len(seen), pages) == (5, 3)
