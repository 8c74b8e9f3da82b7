"""A lead's page: who sees it, what it says, what can be done there."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum import access, engine
from leaddrum.engine import org
from leaddrum.models import Entry
from leaddrum.web import journal, story, story_lines
from tests.web.reader import Browser, text
from tests.world import World


def told(client: Client, lead: int, query: str = "") -> str:
    answer = client.get(f"/leads/{lead}{query}")
    assert answer.status_code == 200
    return text(answer.content)


@pytest.mark.rule("S-3", "S-6", "S-7", "S-20")
def test_the_story_is_told_in_sentences(world: World, browser: Browser) -> None:
    lead = world.lead("Окна на дачу", name="Пётр", phone="+7 495 123-45-67", phone_key="+74951234567")
    world.forward(minutes=31)
    page = told(browser("olga", "en"), lead.id)
    assert "Offered to Борис Левин" in page
    assert re.search(r"Reminder: Анна Ким, 50% .* 80%", page)
    assert "Missed: Анна Ким, the deadline was 10:30" in page
    assert "until 11:00" in page
    assert "missed this lead at 10:30" in page  # why Anna was skipped
    assert "Борис Левин gets the turn: longest without an offer in this drum." in page  # without unfolding anything


@pytest.mark.rule("S-20")
def test_of_an_offer_to_everybody_the_story_says_so(world: World, browser: Browser) -> None:
    world.edit(strategy="claim")
    page = told(browser("olga", "en"), world.lead().id)
    assert "Everybody is offered it at once: the first to take it has it." in page


def test_fields_have_words_and_values_as_people_write_them(world: World, browser: Browser) -> None:
    sent = {"utm_campaign": "autumn", "referrer": "https://a.example/", "город": ["Тверь", "Клин"]}
    lead = world.lead(fields={**sent, "дача": True, "сумма": 1234567.5, "этаж": 3.0, "лифт": None})
    page = told(browser("olga", "en"), lead.id)
    assert "Campaign (utm_campaign) autumn" in page
    assert "Page he came from (referrer) https://a.example/" in page
    assert "город Тверь, Клин" in page
    assert "дача yes" in page
    assert "сумма 1234567.5" in page
    assert "этаж 3 " in page
    assert "лифт –" in page
    assert "Рекламная кампания (utm_campaign) autumn" in told(browser("olga", "ru"), lead.id)


@pytest.mark.rule("S-8")
def test_the_head_reads_that_he_was_pulled_in_and_decides(world: World, browser: Browser) -> None:
    world.edit(escalate_after=1, escalation="freeze")
    lead = world.lead()
    world.forward(minutes=31)
    head, employee = browser("olga", "en"), browser("boris", "en")
    assert "The drum stands still until the head decides" in told(head, lead.id)
    assert "Start the drum again" not in told(employee, lead.id)
    page = head.get(f"/leads/{lead.id}").content.decode()
    assert 'value="close"' not in page  # it is asked what for, as of every other lead
    assert "Спам" in page[page.index('id="close"') :]
    assert employee.post(f"/leads/{lead.id}/decide", {"action": "restart"}).status_code == 403
    assert lead.state == "with_head"
    assert head.post(f"/leads/{lead.id}/decide", {"action": "restart"}).status_code == 302
    assert lead.state == "offered"


@pytest.mark.rule("S-16")
def test_the_deadline_is_derived_in_words_and_drawn(world: World, browser: Browser) -> None:
    world.until("12:45")
    lead = world.lead()
    client = browser("anna", "en")
    page = client.get(f"/leads/{lead.id}").content.decode()
    said = text(page.encode())
    assert "30 min of working time: from 12:45 to 14:15." in said
    assert re.search(r"12:45–13:00 15 min .*13:00–14:00 break .*14:00–14:15 15 min", said)
    assert page.count('class="bar-used"') == 2
    assert 'style="' not in page  # the content security policy would drop it
    world.until("14:16")
    later = told(client, lead.id, "/deadlines/1-1")
    assert "Why the deadline is 14:15" in later
    assert client.get(f"/leads/{lead.id}/deadlines/1-7").status_code == 404


@pytest.mark.rule("S-16")
def test_a_deadline_on_another_day_says_which(world: World, browser: Browser) -> None:
    world.until("17:50")
    lead = world.lead()
    said = told(browser("anna", "en"), lead.id)
    assert re.search(r"30 min of working time: from 17:50 to \d\d\.\d\d 09:20\.", said)
    assert re.search(r"[A-Z]\w\w \d+ \w+ 18:00 – [A-Z]\w\w \d+ \w+ 09:00", said)
    told_in_russian = told(browser("anna", "ru"), lead.id)
    assert re.search(r"Срок — 30 мин рабочего времени: с 17:50 до \d\d\.\d\d 09:20\.", told_in_russian)
    assert re.search(r"[А-Я]\w \d+ \w+ 18:00 – [а-я]\w \d+ \w+ 09:00", told_in_russian)


@pytest.mark.rule("S-16")
def test_a_turn_that_is_over_keeps_its_drawing(world: World, browser: Browser) -> None:
    world.until("12:45")
    lead = world.lead()
    world.until("14:05")
    world.take(lead, by="anna")
    client = browser("olga", "en")
    url = f"/leads/{lead.id}/deadlines/1-1"
    assert f'hx-get="{url}"' in client.get(f"/leads/{lead.id}").content.decode()
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part  # as the story unfolds it
    assert "Taken at 14:05, after 20 min of working time." in text(part.encode())
    assert 'class="bar-mark ended"' in part
    assert 'class="bar-mark now"' not in part
    missed = world.lead()
    world.forward(minutes=31)
    said = told(client, missed.id, "/deadlines/1-1")
    assert "Nobody took it in that time." in said


@pytest.mark.rule("S-30")
def test_a_lead_is_closed_by_its_own_button(world: World, browser: Browser) -> None:
    lead = world.lead()
    page = browser("anna", "en").get(f"/leads/{lead.id}").content.decode()
    closing, moving = page[page.index('id="close"') :], page[page.index('id="move"') : page.index('id="close"')]
    assert f"/board/{lead.id}/move/junk" in closing
    assert f"/board/{lead.id}/move/junk" not in moving
    assert browser("anna").post(f"/board/{lead.id}/move/junk").status_code == 302
    assert lead.state == "closed"
    assert "stage “Спам”" in told(browser("anna", "en"), lead.id)  # as the board calls it


@pytest.mark.rule("S-16")
def test_days_off_and_absences_are_named(world: World, browser: Browser) -> None:
    world.until("fri 17:50")
    lead = world.lead()
    said = told(browser("anna", "en"), lead.id)
    assert "Fri 6 March 17:50–18:00 10 min" in said
    assert "Sat 7 March – Sun 8 March day off" in said
    assert "Mon 9 March 00:00–09:00 outside working hours" in said
    assert "Mon 9 March 09:00–09:20 20 min" in said


@pytest.mark.rule("S-16")
def test_the_parts_of_a_term_add_up(world: World, browser: Browser) -> None:
    world.until("17:58")
    world.forward(seconds=30)
    lead = world.lead()
    said = told(browser("anna", "en"), lead.id)
    assert "17:58:30–18:00 1 min 30 s" in said or "17:58:30–18:00 90 s" in said
    assert "09:00–09:28:30 28 min 30 s" in said


@pytest.mark.rule("S-21", "S-22")
def test_a_hold_says_why_and_until_when(world: World, browser: Browser) -> None:
    world.until("18:30")
    lead = world.lead()
    page = told(browser("olga", "en"), lead.id)
    assert "Outside service hours (until 03.03 09:00)" in page
    assert "Why it was offered to nobody" in page


@pytest.mark.rule("S-47")
def test_explanation_and_annulment_stand_in_the_story(world: World, browser: Browser) -> None:
    lead = world.lead()
    world.forward(minutes=31)
    world.explain(lead.incidents[0], "Была на звонке", by="anna")
    world.annul(lead.incidents[0], why="Проверила, так и было")
    said = told(browser("boris", "en"), lead.id)
    assert "Explanation: Анна Ким: “Была на звонке”." in said
    assert "The miss is annulled by: Ольга Руднева. Reason: Проверила, так и было." in said


@pytest.mark.rule("S-28")
def test_the_head_assigns_by_hand(world: World, browser: Browser) -> None:
    lead = world.lead()
    assert browser("clara", "en").post(f"/leads/{lead.id}/assign", {"person": world.pk("clara")}).status_code == 403
    answer = browser("olga", "en").post(f"/leads/{lead.id}/assign", {"person": world.pk("clara")}, follow=True)
    assert "The lead is given to Клара Вайс." in text(answer.content)
    assert (lead.holder, lead.cycle.pinned_id) == ("clara", world.pk("clara"))


@pytest.mark.rule("S-28")
def test_the_holder_hands_over(world: World, browser: Browser) -> None:
    lead = world.lead()
    browser("anna", "en").post(f"/leads/{lead.id}/assign", {"person": world.pk("boris")})
    assert lead.holder == "boris"
    assert lead.verdicts == [("anna", "returned")]


@pytest.mark.rule("S-32")
def test_the_head_deletes_and_the_journal_stays(world: World, browser: Browser) -> None:
    lead = world.lead()
    world.forward(minutes=31)
    assert browser("anna", "en").post(f"/leads/{lead.id}/delete").status_code == 403
    head = browser("olga", "en")
    assert head.post(f"/leads/{lead.id}/delete").status_code == 302
    assert lead.state == "withdrawn"
    assert head.get(f"/leads/{lead.id}").status_code == 404
    assert len(lead.incidents) == 1


def test_of_very_many_people_the_drums_own_can_be_chosen(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name alone Irina would come before them."""
    monkeypatch.setattr(story, "CHOICE", 3)
    lead = world.lead()
    page = browser("irina").get(f"/leads/{lead.id}").content.decode()
    chosen = page[page.index('id="assign-person"') :]
    assert re.findall(r"<option[^>]*>([^<]+)</option>", chosen[: chosen.index("</select>")]) == [
        "выберите сотрудника",
        "Анна Ким",
        "Борис Левин",
        "Клара Вайс",
    ]


def test_what_is_no_longer_possible_is_refused(world: World, browser: Browser) -> None:
    world.edit(escalate_after=1, escalation="freeze")
    lead = world.lead()
    world.forward(minutes=31)
    engine.head_decides(lead.cycle.pk, "restart", by=world.pk("olga"), now=world.now)
    head = browser("olga", "en")
    assert head.post(f"/leads/{lead.id}/decide", {"action": "restart"}).status_code == 403
    assert head.post(f"/leads/{lead.id}/assign", {"person": "0"}).status_code == 404
    assert head.get(f"/leads/{lead.id}/assign").status_code == 405


def test_nobody_else_sees_it(world: World, browser: Browser) -> None:
    lead = world.lead()
    stranger = World()
    assert Client().get(f"/leads/{lead.id}").status_code == 302
    other = Client()
    other.force_login(access.account_of(stranger.person("irina")), "django.contrib.auth.backends.ModelBackend")
    assert other.get(f"/leads/{lead.id}").status_code == 404
    assert other.post(f"/leads/{lead.id}/delete").status_code == 404
    assert other.post(f"/leads/{lead.id}/assign", {"person": world.pk("anna")}).status_code == 404


def test_the_page_keeps_itself_up_to_date(world: World, browser: Browser) -> None:
    lead = world.lead()
    client = browser("olga", "en")
    first = client.get(f"/leads/{lead.id}/live")
    assert first.status_code == 200
    again = client.get(f"/leads/{lead.id}/live", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    world.take(lead, by="anna")
    changed = client.get(f"/leads/{lead.id}/live", headers={"if-none-match": first["ETag"]})
    assert "Taken by Анна Ким" in text(changed.content)


def test_other_leads_of_the_client_are_listed(world: World, browser: Browser) -> None:
    world.take(world.lead("Первый заказ", phone_key="+74951234567", phone="1"), by="anna")
    second = world.lead("Второй заказ", phone_key="+74951234567", phone="+7 495 123-45-67", fields={"город": "Тверь"})
    page = browser("olga", "en").get(f"/leads/{second.id}").content.decode()
    assert "Первый заказ" in page
    assert 'href="tel:+74951234567"' in page
    assert "Тверь" in page


def test_what_the_client_wrote_is_text(world: World, browser: Browser) -> None:
    evil = "<script>alert(1)</script>"
    lead = world.lead(evil, name=evil, text=evil, email='"><b>@x.ru', fields={evil: evil})
    page = browser("olga", "en").get(f"/leads/{lead.id}").content.decode()
    assert evil not in page
    assert "<b>@x" not in page


def test_queries_do_not_grow_with_the_story(world: World, browser: Browser) -> None:
    world.edit(budget="1m", escalate_after=100, cooldown="1m")
    lead = world.lead()
    client = browser("olga", "en")

    def queries() -> int:
        client.get(f"/leads/{lead.id}")
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/leads/{lead.id}")
        return len(seen)

    world.forward(minutes=2)
    org.of(world.company_id, world.now)
    few = queries()
    world.forward(minutes=40)
    assert Entry.objects.filter(cycle__lead=lead.id).count() > 2 * story_lines.PAGE
    assert queries() == few


def test_a_long_story_is_read_in_parts(world: World, browser: Browser) -> None:
    world.edit(budget="1m", escalate_after=100, cooldown="1m")
    lead = world.lead()
    world.forward(minutes=40)
    client = browser("olga", "en")
    page = client.get(f"/leads/{lead.id}").content.decode()
    seen = re.findall(r'data-key="step-(\d+)"', page)
    assert len(seen) == story_lines.PAGE
    assert "The lead arrived" not in page
    while earlier := re.search(r'href="\?before=(\d+)"', page):
        page = client.get(f"/leads/{lead.id}?before={earlier[1]}").content.decode()
        seen = re.findall(r'data-key="step-(\d+)"', page) + seen
    assert "The lead arrived" in page
    assert [int(pk) for pk in seen] == [entry.pk for entry in lead.entries()]


def test_who_gives_a_lead_away_reads_what_becomes_of_it(world: World, browser: Browser) -> None:
    """His own goes on like any other; where a head assigns it, there it stays."""
    lead = world.lead()
    his, heads = (told(browser(person, "en"), lead.id) for person in ("anna", "olga"))
    goes_on = "The lead goes to the colleague at once, with the full budget."
    stays = "This person gets the full budget; the drum will not take the lead away."
    assert [goes_on in his, stays in his] == [True, False]
    assert [goes_on in heads, stays in heads] == [False, True]


@pytest.mark.rule("S-20")
def test_of_a_long_list_the_rest_is_asked_for_when_it_is_opened(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story_lines, "LISTED", 1)
    monkeypatch.setattr(journal, "LISTED", 1)
    lead = world.lead("Балкон")
    client = browser("olga", "en")
    page = client.get(f"/leads/{lead.id}").content.decode()
    path = re.findall(r"/leads/\d+/considered/1-\d+", page)[0]
    assert f'hx-get="{path}"' in page
    assert f'<a href="{path}">2 more people</a>' in page  # without JavaScript a page of its own
    assert "later in the list" not in page
    alone = text(client.get(path).content)
    assert "Who was considered" in alone
    assert re.search(r"Анна Ким gets the turn.*Борис Левин later in the list.*Клара Вайс", alone)
    part = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith("<ul")
    assert part.count("<li") == 3
    world.forward(minutes=31)
    row = world.incidents()[0]
    page = client.get("/journal").content.decode()
    assert f'hx-get="/journal/{row.pk}/considered"' in page
    assert client.get(f"/journal/{row.pk}/considered", headers={"HX-Request": "true"}).content.count(b"<li") == 3
    assert "missed this lead at 10:30" in text(client.get(f"/journal/{row.pk}/considered").content)


def test_who_was_considered_is_told_to_those_who_see_the_lead(world: World, browser: Browser) -> None:
    world.person_table("egor").update(departments=["other"])
    world.file["departments"].append({"id": "other", "name": "Другие"})
    world.apply()
    lead = world.lead("Балкон")
    offered = Entry.objects.get(cycle__lead=lead.id, kind="offered")
    arrived = Entry.objects.get(cycle__lead=lead.id, kind="arrived")
    world.forward(minutes=31)
    row = world.incidents()[0].pk
    for person, status in (("olga", 200), ("irina", 200), ("anna", 200), ("egor", 404), ("", 302)):
        assert browser(person).get(f"/leads/{lead.id}/considered/1-{offered.seq}").status_code == status, person
    for person, status in (("olga", 200), ("anna", 200), ("boris", 404), ("egor", 404), ("", 302)):
        assert browser(person).get(f"/journal/{row}/considered").status_code == status, person
    for nothing in (f"1-{arrived.seq}", "1-999", f"2-{offered.seq}"):
        assert browser("olga").get(f"/leads/{lead.id}/considered/{nothing}").status_code == 404
