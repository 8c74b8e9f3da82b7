"""Now: are leads being lost, who holds what, who is there and next; and what a head does on the spot."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from leaddrum.intake import ways
from leaddrum.models import Company, Heartbeat, Lane, Way
from tests.web.reader import text
from tests.world import World, expect_offer

Browser = Callable[..., Client]


@pytest.fixture(autouse=True)
def turning(world: World) -> None:
    """An engine that has just shown that it lives."""
    Heartbeat.objects.create(worker="one", started_at=world.now, beat_at=world.now)


def now(client: Client) -> str:
    Heartbeat.objects.update(beat_at=World.newest.now)
    return text(client.get("/now").content)


def test_a_quiet_floor(world: World, browser: Browser) -> None:
    page = now(browser("olga", "en"))
    assert "Nothing is lost: no lead waits" in page
    assert re.search(r"Who is next.*Новые лиды.*Анна Ким gets the turn.*Борис Левин : later in the list", page)
    world.lead("Балкон")
    page = now(browser("olga", "en"))
    assert "every lead has its person and its time" in page
    assert re.search(r"Анна Ким open offers: 1 On shift until 13:00.*Балкон 30:00", page)


def test_short_time_is_said_before_it_is_too_late(world: World, browser: Browser) -> None:
    world.lead("Балкон")
    world.forward(minutes=25)
    Lane.objects.update(next_send_at=None)
    page = now(browser("olga", "en"))
    assert "Every lead has its person, but time is short 1 lead is about to be missed." in page
    assert re.search(r"Most urgent.*Балкон.*Анна Ким.*5:00", page)


def test_a_lead_without_a_person_is_being_lost(world: World, browser: Browser) -> None:
    for person in ("anna", "boris", "clara"):
        world.pause(person)
    world.lead("Балкон")
    page = now(browser("olga", "en"))
    assert "Leads are being lost In working hours there is nobody to offer 1 lead to." in page
    assert "Nobody is next:" in page
    assert 'miss-text">Nobody is next' in browser("olga", "en").get("/now").content.decode()
    assert "without a person in working hours 1" in page
    assert "Why not now: 3 people" in page
    assert re.search(r"Анна Ким Paused since 10:00: обед", page)


def test_outside_working_hours_nothing_is_lost(world: World, browser: Browser) -> None:
    world.until("20:00")
    world.lead("Ночной")
    page = now(browser("olga", "en"))
    assert "Nothing is lost: everything waits for the opening" in page
    assert "1 lead waits for less than a minute: outside service hours" in page
    assert "without a person in working hours 0" in page
    assert "wait for the opening 1" in page
    raw = browser("olga", "en").get("/now").content.decode()
    assert re.search(r'hold-text">Nobody is next: outside service hours', raw)
    assert "miss-text" not in raw
    world.forward(hours=1)
    world.lead("Второй")
    assert "2 leads wait, the oldest for 1 h: outside service hours" in now(browser("olga", "en"))


def test_a_time_that_stands_still_is_not_running_out(world: World, browser: Browser) -> None:
    world.until("17:33")
    world.lead("Вечерний")  # until 09:03: with five of thirty minutes left its clock stands for the night
    world.until("17:58")
    page = now(browser("olga", "en"))
    assert "Every lead has its person, but time is short" in page
    assert "time is nearly up 1" in page
    world.until("20:00")
    page = now(browser("olga", "en"))
    assert "Nothing is lost: every lead has its person and its time" in page
    assert "time is nearly up 0" in page
    assert "Вечерний" in page[page.index("Most urgent") :]


def test_who_is_not_next_stands_behind_those_who_are(world: World, browser: Browser) -> None:
    world.pause("anna")
    page = now(browser("olga", "en"))
    assert re.search(r"Who is next.*Борис Левин gets the turn.*Why not now: 1 more Анна Ким :", page)
    assert "Nobody is next" not in page


def test_who_is_absent_is_not_offered_a_pause(world: World, browser: Browser) -> None:
    assert "Борис Левин: Pause…" in now(browser("olga", "en"))
    world.away("boris", later=0, hours=2)
    page = now(browser("olga", "en"))
    assert "Борис Левин: Pause…" not in page
    assert "Анна Ким: Pause…" in page


def test_what_is_broken_is_said_and_its_error_to_administrators_only(world: World, browser: Browser) -> None:
    world.lead()
    Lane.objects.create(company=world.company, channel="telegram", failures=2, error="401 bad token")
    Lane.objects.filter(channel="email").update(next_send_at=None)
    page = now(browser("olga", "en"))
    assert "messages do not get through" in page
    assert "Telegram: messages do not get through, 2 attempts in a row have failed." in page
    assert "401 bad token" not in page
    assert "401 bad token" in now(browser("irina", "en"))
    Heartbeat.objects.all().delete()
    page = text(browser("olga", "en").get("/now").content)
    assert "Leads are being lost The drum does not turn" in page
    assert "The drum does not turn: the LeadDrum service is not running." in page


def test_what_is_due_and_not_being_sent_is_said_after_a_while(world: World, browser: Browser) -> None:
    Lane.objects.all().delete()
    lane = Lane.objects.create(company=world.company, channel="email", next_send_at=world.now)
    world.jump(minutes=2)
    assert "nothing has been sent" not in now(browser("olga", "en"))
    world.jump(seconds=1)
    assert "E-mail: nothing has been sent since 10:00." in now(browser("olga", "en"))
    Lane.objects.filter(pk=lane.pk).update(next_send_at=None)
    assert "nothing has been sent" not in now(browser("olga", "en"))


@pytest.mark.rule("S-41", "S-42")
def test_what_is_to_be_done_about_it_is_said_to_administrators_only(world: World, browser: Browser) -> None:
    def said(told: str, error: str) -> None:
        pages = {name: text(browser(name, "en").get("/now").content) for name in ("olga", "irina")}
        assert [told in page for page in pages.values()] == [True, True]
        assert [error in page for page in pages.values()] == [False, True]

    start = "Start the LeadDrum service on the server."
    Heartbeat.objects.all().delete()
    said("The drum does not turn: the LeadDrum service is not running.", start)
    beat = {"worker": "one", "started_at": world.now, "beat_at": world.now - timedelta(minutes=5)}
    Heartbeat.objects.create(**beat)
    said("The drum does not turn: the LeadDrum service has been silent for 5 min.", start)
    Company.objects.filter(pk=world.company_id).update(crm_down_at=world.now, crm_error="502 bad gateway")
    said("The CRM has not answered since 10:00.", "502 bad gateway")


def test_ways_in_that_do_not_work_or_are_silent(world: World, browser: Browser) -> None:
    """A hiccup is none; a head may not open their pages."""
    company = Company.objects.get(pk=world.company_id)
    hiccup, box, form, off = (
        ways.make(company, kind, name, now=world.now)
        for kind, name in (("mailbox", "Другой ящик"), ("mailbox", "Почта"), ("form", "Сайт"), ("form", "Старый сайт"))
    )
    world.now = world.at("tue 10:00")
    ways.ill(hiccup, "timed out", world.now)
    ways.ill(box, "AUTHENTICATIONFAILED", world.now)
    Way.objects.filter(pk=box.pk).update(trouble_told_at=world.now)
    quiet = {"quiet_since": world.at("2026-03-02 10:00"), "silent_told_at": world.now, "usual_pause": 2400}
    Way.objects.filter(pk__in=[form.pk, off.pk]).update(**quiet)
    Way.objects.filter(pk=off.pk).update(active=False, trouble="all calls are refused", trouble_told_at=world.now)
    Lane.objects.update(next_send_at=None)
    page = now(browser("olga", "en"))
    assert "Leads have their people, but a way in brings none" in page
    assert "“Почта” has not worked since 10:00." in page
    silent = "Nothing has come through “Сайт” since 02.03 10:00. Usually the longest pause is 40 min;"
    assert f"{silent} now nothing has come for 8 h of working time." in page
    assert "AUTHENTICATIONFAILED" not in page
    assert "Другой" not in page
    assert "Старый" not in page
    links = [f'href="/ways/{way.pk}"' for way in (box, form)]
    raw = browser("olga", "en").get("/now").content.decode()
    assert [link in raw for link in links] == [False, False]
    raw = browser("irina", "en").get("/now").content.decode()
    assert [link in raw for link in links] == [True, True]
    assert "AUTHENTICATIONFAILED" in raw
    world.jump(minutes=1)
    ways.keep(Way.objects.get(pk=form.pk), "form", {}, now=world.now)
    Way.objects.filter(pk=box.pk).update(trouble="")
    assert "What is not working" not in now(browser("olga", "en"))


@pytest.mark.rule("S-8", "S-24")
def test_the_head_acts_on_the_spot(world: World, browser: Browser) -> None:
    lead = world.lead("Балкон")
    olga = browser("olga", "en")
    page = text(olga.post(reverse("lead-release", args=[lead.id]), {"next": "/now"}, follow=True).content)
    assert "“Балкон” goes on to the next one." in page
    expect_offer(lead, to="boris")
    olga.post(reverse("lead-assign", args=[lead.id]), {"person": world.pk("clara"), "next": "/now"})
    expect_offer(lead, to="clara")
    page = text(olga.post(reverse("person-pause", args=[world.pk("clara")]), {"reason": "склад"}, follow=True).content)
    assert "Клара Вайс is paused" in page
    assert lead.verdicts[-1] == ("clara", "void")
    assert "Клара Вайс is back" in text(
        olga.post(reverse("person-resume", args=[world.pk("clara")]), follow=True).content
    )
    assert world.person("clara").paused_at is None
    world.check()


def test_calling_a_drum_says_what_came_of_it(world: World, browser: Browser) -> None:
    world.edit(roster={"people": ["anna"]}, cooldown="2h", open_offers_cap=1)
    first, second = world.lead("Первый"), world.lead("Второй")
    olga = browser("olga", "en")
    call = reverse("drum-call", args=["drum"])
    assert "0 leads are offered now, 1 waits on: nobody is free." in text(olga.post(call, follow=True).content)
    world.take(first, by="anna")
    world.forward(minutes=31)
    assert second.cycle.hold_reason == "cooldown"
    assert "1 lead is offered now." in text(olga.post(call, follow=True).content)
    expect_offer(second, to="anna")
    assert "Nothing waits in this drum's queue" in text(olga.post(call, follow=True).content)
    assert olga.post(reverse("drum-call", args=["none"])).status_code == 404


@pytest.mark.rule("S-18", "S-22")
def test_a_lead_is_offered_by_hand_only_where_a_press_finds_somebody(world: World, browser: Browser) -> None:
    """He who rests from it is found; where nobody is there, the drum offers it by itself once somebody is."""
    world.edit(roster={"people": ["anna"]}, cooldown="2h")
    olga = browser("olga", "en")
    lead = world.lead("Первый")
    assert "Hand out the queue" not in now(olga)
    world.forward(minutes=31)
    assert lead.cycle.hold_reason == "cooldown"
    assert "Hand out the queue" in now(olga)
    assert "Первый: Offer now" in now(olga)
    olga.post(reverse("person-pause", args=[world.pk("anna")]), {"reason": "склад"})
    world.forward(minutes=1)
    world.lead("Второй")
    page = now(olga)
    assert "Второй" in page
    assert "Второй: Offer now" not in page


@pytest.mark.rule("S-18", "S-33")
def test_what_somebody_gave_back_is_offered_him_again_by_hand(world: World, browser: Browser) -> None:
    world.edit(roster={"people": ["anna"]}, cooldown="2h")
    olga = browser("olga", "en")
    lead = world.lead("Первый")
    world.decline(lead, by="anna")
    assert lead.state == "held"
    assert "Первый: Offer now" in now(olga)
    olga.post(reverse("lead-release", args=[lead.id]), {"next": "/now"})
    expect_offer(lead, to="anna")


@pytest.mark.rule("S-22")
def test_a_queue_is_handed_out_where_somebody_may_rest_from_it(world: World, browser: Browser) -> None:
    world.edit(roster={"people": ["anna"]}, open_offers_cap=1)
    olga = browser("olga", "en")
    for title in ("Первый", "Второй"):
        world.lead(title)
    page = now(olga)
    assert "Hand out the queue" in page
    assert "Второй: Offer now" not in page  # nobody rests from this one
    olga.post(reverse("person-pause", args=[world.pk("anna")]), {"reason": "склад"})
    world.forward(minutes=1)
    assert "Hand out the queue" not in now(olga)


def test_how_many_more_were_missed_is_said(world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    olga = browser("olga", "en")
    assert "Nobody has missed anything today." in now(olga)
    for _lead in range(2):
        world.lead(owner="anna")
    world.forward(minutes=31)
    missed = len(world.incidents())
    monkeypatch.setattr("leaddrum.web.now.MISSES", 1)
    assert f"{missed - 1} more in the journal" in now(olga)
    monkeypatch.setattr("leaddrum.web.now.NEWEST", missed)
    assert "All in the journal" in now(olga)


def test_an_employee_and_a_stranger_head_may_not(db: None, world: World, browser: Browser) -> None:
    world.person_table("egor").update(departments=["other"], role="head")
    world.file["departments"].append({"id": "other", "name": "Другие", "head": "egor"})
    world.apply()
    lead = world.lead()
    pause = reverse("person-pause", args=[world.pk("anna")])
    for person, statuses in (("anna", {403}), ("egor", {403, 404})):
        for path in (pause, reverse("lead-release", args=[lead.id]), reverse("drum-call", args=["drum"])):
            assert browser(person).post(path).status_code in statuses, (person, path)
    assert lead.verdicts == []


def test_todays_counts_are_todays(world: World, browser: Browser) -> None:
    taken = world.lead("Вчера", owner="anna")
    world.take(taken, by="anna")
    world.until("tue 10:00")
    world.take(world.lead("Сегодня", owner="anna"), by="anna")
    world.lead("Мимо", owner="boris")
    world.forward(minutes=31)
    page = now(browser("olga", "en"))
    assert "taken today: 1" in page
    assert re.search(r"Борис Левин.*missed today: 1", page)
    assert re.search(r"missed today 1 taken in their turn today 1", page)


@pytest.mark.rule("S-48")
def test_what_was_nobodys_fault_is_told_apart(world: World, browser: Browser) -> None:
    world.edit(roster={"people": ["anna"]}, open_offers_cap=2)
    for number in range(2):
        world.lead(f"Лид {number}", owner="anna")
    world.forward(minutes=31)
    assert [incident.excuse for incident in world.incidents()] == ["overload", "overload"]
    page = now(browser("olga", "en"))
    assert re.search(r"Анна Ким.*missed, not counted: 2", page)
    assert "missed today: " not in page
    assert "missed today and 2 more, not counted 0" in page


def test_of_very_many_people_those_who_hold_something_come_first(world: World, browser: Browser) -> None:
    for number in range(60):
        world.person_table(f"p{number:02}")["name"] = f"Сотрудник {number:02}"
    world.edit(roster={"department": "sales"})
    world.lead("Балкон")
    page = now(browser("olga", "en"))
    people = page.partition("Who holds what")[2].partition("Who is next")[0]
    assert re.match(r" \S+ \S+ \S+ open offers: 1", people)
    assert "Сотрудник 30" in people
    assert "Сотрудник 59" not in people
    assert re.search(r"and \d\d more", people)
    everybody = text(browser("olga", "en").get("/now?people=all").content)
    assert "Сотрудник 59" in everybody.partition("Who holds what")[2].partition("Who is next")[0]


def test_what_burns_is_counted_whole_and_shown_in_part(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaddrum.web.waiting.SHOWN", 2)
    world.edit(open_offers_cap=3)
    world.leads(5, owner="anna")
    world.forward(minutes=25)
    Lane.objects.update(next_send_at=None)
    page = now(browser("olga", "en"))
    assert "5 leads are about to be missed." in page
    assert re.search(r"time is nearly up 5 without", page)
    assert "3 more on the board" in page
    assert 'href="/?late=1"' in browser("olga").get("/now").content.decode()
    monkeypatch.setattr("leaddrum.web.nearest.MOST", 4)
    page = now(browser("olga", "en"))
    assert re.search(r"time is nearly up 4\+ without", page)
    assert "More of them on the board" in page
