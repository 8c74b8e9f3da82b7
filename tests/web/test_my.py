"""My turns: what waits for my press, giving it back, a pause, notices."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from leaddrum.engine import ways
from tests.web.reader import text
from tests.world import World, expect_offer

Browser = Callable[..., Client]


def my(client: Client) -> str:
    return text(client.get("/my").content)


def test_nothing_waits(world: World, browser: Browser) -> None:
    page = my(browser("anna", "en"))
    assert "No lead is offered to you now" in page
    assert "No notices yet." in page


def test_the_nearest_deadline_stands_first_with_what_a_call_needs(world: World, browser: Browser) -> None:
    world.lead("Второй по сроку", owner="anna", drum="drum")
    world.edit(budget="10m")
    world.lead("Первый по сроку", owner="anna", phone="8 495 555-01-01", phone_key="+74955550101", text="Дует")
    client = browser("anna", "en")
    page = client.get("/my").content.decode()
    assert page.index("Первый по сроку") < page.index("Второй по сроку")
    assert 'href="tel:+74955550101"' in page
    assert "If not taken in time, it goes to: Борис Левин." in text(page.encode())
    assert "your turns: 2" in text(page.encode())


def test_a_phone_nobody_can_dial_is_no_link(world: World, browser: Browser) -> None:
    world.lead(owner="anna", phone="спросите Ивана", email="без собаки")
    page = browser("anna").get("/my").content.decode()
    assert "спросите Ивана" in page
    assert 'href="tel:' not in page
    assert 'href="mailto:' not in page


@pytest.mark.rule("S-34")
def test_an_old_button_answers_also_when_the_lead_is_out_of_sight(world: World, browser: Browser) -> None:
    lead, anna = world.lead(owner="anna"), browser("anna", "en")
    world.delete(lead)
    take, decline = reverse("turn-take", args=lead.turn), reverse("turn-decline", args=lead.turn)
    assert "The lead was deleted." in text(anna.post(take, follow=True).content)
    assert "This turn is over." in text(anna.post(decline, {"reason": "нет"}, follow=True).content)
    assert browser("boris").post(take).status_code == 404


@pytest.mark.rule("S-33")
@pytest.mark.parametrize(
    ("form", "reason"),
    [({"reason": "Not my field"}, "Not my field"), ({"own": " мой сосед ", "reason": "-"}, "мой сосед")],
)
def test_declining_passes_it_on_with_the_reason(
    world: World, browser: Browser, form: dict[str, str], reason: str
) -> None:
    lead = world.lead(owner="anna")
    page = text(browser("anna", "en").post(reverse("turn-decline", args=lead.turn), form, follow=True).content)
    assert "goes on to the next one." in page
    expect_offer(lead, to="boris")
    assert lead.incidents == []
    assert lead.entries("returned")[0].data["reason"] == reason


def test_declining_needs_a_reason(world: World, browser: Browser) -> None:
    lead = world.lead(owner="anna")
    url = reverse("turn-decline", args=lead.turn)
    assert "Choose or write a reason" in text(browser("anna", "en").post(url, {"own": " "}, follow=True).content)
    expect_offer(lead, to="anna")


def test_somebody_elses_turn_cannot_be_declined(world: World, browser: Browser) -> None:
    lead = world.lead(owner="anna")
    page = browser("boris", "en").post(reverse("turn-decline", args=lead.turn), {"own": "так"}, follow=True)
    assert "This turn is somebody else's." in text(page.content)
    expect_offer(lead, to="anna")


def test_an_offer_to_everybody_can_be_taken_and_not_declined(world: World, browser: Browser) -> None:
    world.edit(strategy="claim")
    lead = world.lead()
    for person in ("anna", "boris"):
        page = browser(person, "en").get("/my").content.decode()
        assert reverse("turn-take", args=lead.turn) in page
        assert reverse("turn-decline", args=lead.turn) not in page
    assert "No lead is offered to you now" in my(browser("olga", "en"))


@pytest.mark.rule("S-17")
@pytest.mark.parametrize("roster", [{"people": ["anna", "boris", "clara"]}, {"owners_department": True}])
def test_an_offer_to_everybody_counts_for_all_it_was_made_to_and_nobody_else(
    world: World, browser: Browser, roster: dict[str, object]
) -> None:
    world.edit(strategy="claim", roster=roster)
    world.pause("clara")
    lead = world.lead(owner="clara")
    anna, boris, clara = (browser(person, "en") for person in ("anna", "boris", "clara"))
    for path in ("/my", "/my/live", "/board/live"):
        for person in (anna, boris):
            assert "your turns: 1" in text(person.get(path).content), path
        assert "your turns" not in text(clara.get(path).content), path
    assert reverse("turn-take", args=lead.turn) not in clara.get("/my").content.decode()  # it would be refused (S-34)
    world.take(lead, by="boris")
    for path in ("/my", "/my/live"):
        assert "your turns" not in text(anna.get(path).content), path


@pytest.mark.rule("S-24")
def test_a_pause_passes_the_offers_on_and_ends_by_one_press(world: World, browser: Browser) -> None:
    lead = world.lead(owner="anna")
    anna = browser("anna", "en")
    page = text(anna.post(reverse("pause"), {"reason": "замер"}, follow=True).content)
    assert "You are paused" in page
    assert "Замер" in page
    expect_offer(lead, to="boris")
    assert lead.verdicts == [("anna", "void")]
    assert "I am back" in page
    assert "I am back" not in text(anna.post(reverse("resume"), follow=True).content)
    assert world.person("anna").paused_at is None
    world.check()


def test_notices_are_read_up_to_what_the_page_showed(world: World, browser: Browser) -> None:
    world.lead("Первый", owner="anna")
    anna = browser("anna", "en")
    newest = anna.get("/my").context["newest"]
    world.lead("Второй", owner="anna")
    anna.post(reverse("notices-read"), {"upto": newest})
    read = {effect.cycle.lead.title: effect.read_at for effect in world.told("anna", "offer") if effect.cycle}
    assert read["Первый"] == world.now
    assert read["Второй"] is None
    for nonsense in ("", "all", "9" * 30):
        anna.post(reverse("notices-read"), {"upto": nonsense})
    assert world.told("anna", "offer")[-1].read_at is None


def test_a_notice_that_asks_for_a_press_which_is_too_late_is_not_new(world: World, browser: Browser) -> None:
    world.lead("Окна")
    page = browser("anna", "en").get("/my").content.decode()
    assert "notice kind-offer unread" in page
    world.forward(minutes=31)
    page = browser("anna", "en").get("/my").content.decode()
    assert "kind-offer unread" not in page
    assert "kind-reminder unread" not in page
    assert "kind-missed unread" in page


def test_a_pause_says_of_each_offer_what_becomes_of_it(world: World, browser: Browser) -> None:
    """One that stays is not said to pass on."""
    passes = "What passes on to a colleague is not a miss."
    lead = world.lead("Балкон", owner="anna")
    page = my(browser("anna", "en"))
    assert re.search(r"Балкон ?: passes on", page)
    assert (
        "Boris Levin" not in page.partition("What you hold now")[2].partition(passes)[0]
    )  # nobody knows yet who is next
    assert passes in page
    world.take(lead, by="anna")
    world.edit(strategy="claim")
    world.lead("Дача")
    page = my(browser("anna", "en"))
    assert re.search(r"Дача ?: stays open to everybody else", page)
    assert passes not in page


def test_a_notice_of_a_broken_channel_leads_to_where_it_is_mended(world: World, browser: Browser) -> None:
    """His own does; who heads him cannot unblock it."""
    address = ways.Address("telegram", "7", "@anna")
    ways.link(world.pk("anna"), address, now=world.now)
    ways.broken(world.pk("anna"), address, "Forbidden: bot was blocked by the user", now=world.now)
    link = f'<p class="notice-subject"><span class="unseen">New:</span><a href="{reverse("my-channels")}">'
    assert link + "You cannot be reached" in browser("anna", "en").get("/my").content.decode()
    page = browser("olga", "en").get("/my").content.decode()
    assert "An employee cannot be reached" in page
    assert link not in page


def test_one_press_in_the_background_answers_with_no_page(world: World, browser: Browser) -> None:
    lead = world.lead(owner="anna")
    answer = browser("anna").post(reverse("turn-take", args=lead.turn), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"], answer.content) == (204, "look", b"")
    assert (lead.state, lead.owner) == ("taken", "anna")
