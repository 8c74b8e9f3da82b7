"""The board and its presses."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from leaddrum.engine import outages
from tests.world import World

Browser = Callable[..., Client]


def text(page: str) -> str:
    """A page's words without its marks."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def board(client: Client, query: str = "") -> str:
    return client.get("/" + query).content.decode()


def clock_of(page: str) -> dict[str, str]:
    [attributes] = re.findall(r'<div class="clock[^"]*" ([^>]+)>', page)
    return dict(re.findall(r'data-(\w+)="([^"]*)"', attributes))


def test_a_card_says_who_holds_it_and_how_long(world: World, browser: Browser) -> None:
    world.lead("Балкон", name="Иван", source="call")
    world.forward(minutes=10)
    page = board(browser("boris", "en"))
    assert re.search(r"Балкон.*Иван · call · 10 min.*Анна Ким.*20:00 until 10:30", text(page))
    assert clock_of(page) | {"at": ""} == {
        "left": "1200",
        "budget": "1800",
        "at": "",
        "level": "calm",
        "over": "time is up",
        "runs": "1",
        "stops": "10200",  # 13:00, lunch
    }


def test_the_countdown_stands_outside_working_hours_and_says_until_when(world: World, browser: Browser) -> None:
    world.forward(hours=2, minutes=50)
    world.lead()  # 12:50, lunch at 13:00
    world.forward(minutes=30)
    page = board(browser("boris", "en"))
    clock = clock_of(page)
    assert (clock["left"], "runs" in clock) == ("1200", False)
    assert "stopped until 14:00" in text(page)


def test_the_holder_reads_times_in_his_zone(db: None, world: World, browser: Browser) -> None:
    world.person_table("anna")["zone"] = "Asia/Yekaterinburg"
    world.apply()
    world.lead()
    assert "until 12:30" in text(board(browser("anna", "en")))
    assert "until 10:30" in text(board(browser("boris", "en")))


def test_misses_turns_holds_and_the_head_are_told(db: None, browser_in: Callable[[World, str], Client]) -> None:
    world = World(escalate_after=2, escalation="freeze", roster={"people": ["anna", "boris"]})
    world.lead("Первый")
    world.forward(minutes=31)
    page = text(board(browser_in(world, "clara"), ""))
    assert "Первый" not in page  # not her drum
    page = text(board(browser_in(world, "olga")))
    assert re.search(r"Первый.*Борис Левин.*turn 2 1 miss", page)
    world.forward(minutes=30)
    assert re.search(r"Первый.*The head decides.*2 misses", text(board(browser_in(world, "olga"))))
    world.pause("anna")
    world.pause("boris")
    world.lead("Второй")
    assert re.search(r"Второй.*Waits: ", text(board(browser_in(world, "olga"))))


@pytest.fixture
def browser_in() -> Callable[[World, str], Client]:
    from leaddrum import access

    def opened(world: World, key: str) -> Client:
        client = Client()
        client.force_login(access.account_of(world.person(key)), "django.contrib.auth.backends.ModelBackend")
        client.cookies["django_language"] = "en"
        return client

    return opened


def test_the_take_button_stands_on_ones_own_offer(world: World, browser: Browser) -> None:
    lead = world.lead()
    button = reverse("turn-take", args=lead.turn)
    assert button in board(browser("anna"))
    assert button not in board(browser("boris"))
    answer = browser("anna").post(button)
    assert answer.status_code == 302
    assert (lead.state, lead.owner, lead.stage) == ("taken", "anna", "in_work")


def test_an_offer_to_everybody_has_the_button_for_everybody(
    db: None, browser_in: Callable[[World, str], Client]
) -> None:
    world = World(strategy="claim")
    lead = world.lead()
    for person in ("anna", "boris"):
        page = board(browser_in(world, person))
        assert reverse("turn-take", args=lead.turn) in page
        assert "Whoever presses first" in page
    assert reverse("turn-take", args=lead.turn) not in board(browser_in(world, "olga"))  # she takes it as the head
    browser_in(world, "boris").post(reverse("turn-take", args=lead.turn))
    assert lead.owner == "boris"


def test_an_offer_to_everybody_has_no_button_for_who_was_away(
    db: None, browser_in: Callable[[World, str], Client]
) -> None:
    world = World(strategy="claim")
    world.pause("boris")
    lead = world.lead()
    world.resume("boris")
    page = board(browser_in(world, "boris"))
    assert "Whoever presses first" in page
    assert reverse("turn-take", args=lead.turn) not in page
    assert reverse("turn-take", args=lead.turn) in board(browser_in(world, "anna"))


@pytest.mark.rule("S-34")
def test_a_stale_press_says_who_has_it_and_until_when(world: World, browser: Browser) -> None:
    lead = world.lead()
    old = reverse("turn-take", args=lead.turn)
    world.forward(minutes=31)
    anna = browser("anna", "en")
    page = anna.post(old, {"next": "/"}, follow=True).content.decode()
    assert "Too late: the lead is with Борис Левин until 11:00." in page
    assert (lead.state, lead.holder) == ("offered", "boris")


@pytest.mark.rule("S-35")
def test_the_second_of_two_presses_is_told_who_was_faster(world: World, browser: Browser) -> None:
    lead = world.lead()
    press = reverse("turn-take", args=lead.turn)
    browser("boris").post(reverse("board-take", args=[lead.id]))
    page = browser("anna", "en").post(press, {"next": "/"}, follow=True).content.decode()
    assert "The lead is taken already: Борис Левин." in page
    assert lead.owner == "boris"


@pytest.mark.rule("S-27")
def test_the_head_takes_from_the_menu(world: World, browser: Browser) -> None:
    lead = world.lead()
    olga = browser("olga")
    assert reverse("board-take", args=[lead.id]) in board(olga)
    olga.post(reverse("board-take", args=[lead.id]))
    assert (lead.owner, lead.verdicts) == ("olga", [("anna", "void")])


def test_the_menu_moves_to_a_stage(world: World, browser: Browser) -> None:
    lead = world.lead()
    browser("anna").post(reverse("board-move", args=[lead.id, "junk"]))
    assert (lead.stage, lead.state) == ("junk", "closed")
    assert browser("anna").post(reverse("board-move", args=[lead.id, "nowhere"])).status_code == 404


def test_columns_have_counts_and_pages(world: World, browser: Browser) -> None:
    world.leads(35)
    page = board(browser("olga", "en"))
    assert re.search(r"Новый 35", text(page))
    assert page.count('data-key="lead-') == 30
    [more] = re.findall(r'href="/(\?[^"]*n-new=60)"', page)
    assert board(browser("olga", "en"), more).count('data-key="lead-') == 35


@pytest.mark.parametrize(
    "query", ["?n-new=abc", "?n-new=-5", "?n-new=999999999999", "?drum=none", "?drum=%00", "?n-new=²"]
)
def test_nonsense_in_the_address_is_passed_over(world: World, browser: Browser, query: str) -> None:
    world.lead()
    assert browser("anna").get("/" + query).status_code == 200


def test_one_drum_at_a_time(world: World, browser: Browser) -> None:
    world.drum_table("second").update(entry=["new"], roster={"people": ["clara"]}, budget="30m", calendar="office")
    world.apply()
    world.lead("Первый")
    world.lead("Второй", drum="second")
    page = board(browser("olga"), "?drum=second")
    assert "Второй" in page
    assert "Первый" not in page


def test_an_empty_entry_stage_of_other_drums_is_left_out(world: World, browser: Browser) -> None:
    world.file["stages"]["tender"] = {"title": "Тендеры", "meaning": "entry"}
    world.drum_table("second").update(entry=["tender"], roster={"people": ["clara"]}, budget="30m", calendar="office")
    world.apply()
    column = 'data-key="column-tender"'
    assert column not in board(browser("anna"))
    assert column in board(browser("clara"))
    assert column not in board(browser("olga"), "?drum=drum")
    assert column in board(browser("olga"), "?drum=second")
    lead = world.lead("Большой", owner="anna")
    world.move(lead, "tender", by="olga")
    assert column in board(browser("anna")), "a lead is never hidden"


def test_what_clients_write_is_only_text(world: World, browser: Browser) -> None:
    world.lead("<script>alert(1)</script>", name='"><img src=x>', source="<b>", text="<i>")
    for path in ("/", "/my"):
        page = browser("anna").get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "<i>" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.rule("S-41")
def test_everybody_sees_that_the_crm_is_silent(world: World, browser: Browser) -> None:
    world.lead()
    anna = browser("anna", "en")
    assert "has not answered" not in board(anna)
    tag = anna.get("/board/live")["ETag"]
    outages.unreachable(world.company_id, "timed out", now=world.now)
    fresh = anna.get("/board/live", headers={"if-none-match": tag})
    assert fresh.status_code == 200  # an open board hears of it
    assert "The CRM has not answered since" in text(fresh.content.decode())
