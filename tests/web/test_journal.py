"""The journal of misses: who reads what, filters, paging, CSV, explaining and annulling."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum import access
from leaddrum.models import CompanyVersion, Cycle, Incident, Request
from leaddrum.web import incidents
from tests.web.reader import Browser, text
from tests.world import World


@pytest.fixture
def missed(world: World) -> World:
    """Anna, Boris and Clara have missed one lead each; the fourth turn runs."""
    world.lead("Окна на дачу")
    world.forward(minutes=91)
    assert [incident.person_id for incident in world.incidents()] == [
        world.pk(key) for key in ("anna", "boris", "clara")
    ]
    return world


def rows(page: bytes) -> list[int]:
    """The incidents of a page, in its order."""
    return [int(pk) for pk in re.findall(r'id="incident-(\d+)"', page.decode())]


def table(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/journal.csv{query}")
    assert answer.streaming
    body = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


@pytest.mark.rule("S-47")
def test_each_reads_his_part(missed: World, browser: Browser) -> None:
    found = {incident.person_id: incident.pk for incident in missed.incidents()}
    newest_first = sorted(found.values(), reverse=True)
    assert rows(browser("anna", "en").get("/journal").content) == [found[missed.pk("anna")]]
    assert rows(browser("olga", "en").get("/journal").content) == newest_first
    assert rows(browser("viktor", "en").get("/journal").content) == newest_first
    assert rows(browser("irina", "en").get("/journal").content) == newest_first
    stranger = Client()
    stranger.force_login(access.account_of(World().person("irina")), "django.contrib.auth.backends.ModelBackend")
    assert rows(stranger.get("/journal").content) == []


@pytest.mark.rule("S-47")
def test_an_incident_says_what_happened(missed: World, browser: Browser) -> None:
    said = text(browser("olga", "en").get("/journal?person=anna").content)
    assert "Анна Ким" in said
    assert "Offered 10:00, due 10:30" in said
    assert "1 open offer then" in said
    assert "went to Борис Левин" in said
    assert "Клара Вайс last offer" in said or "Клара Вайс later in the list" in said


@pytest.mark.rule("S-20")
@pytest.mark.parametrize(
    ("drum", "heading"),
    [
        ({}, "How the next person was chosen"),
        ({"roster": {"people": ["anna"]}, "cooldown": "2h"}, "Why it was offered to nobody"),
        ({"strategy": "claim"}, "Who was considered"),
    ],
)
def test_who_was_considered_is_headed_by_what_came_of_it(
    world: World, browser: Browser, drum: dict[str, object], heading: str
) -> None:
    world.drum_table().update(drum)
    world.apply()
    world.lead()
    world.forward(minutes=31)
    page = browser("olga", "en").get("/journal").content.decode()
    assert re.findall(r"<summary>((?:Wh|How the next)[^<]+)", page) == [heading]


@pytest.mark.rule("S-48")
def test_overload_is_marked(world: World, browser: Browser) -> None:
    world.edit(roster={"people": ["anna"]}, open_offers_cap=2)
    world.leads(2)
    world.forward(minutes=31)
    page = browser("olga", "en").get("/journal")
    excused = [incident for incident in world.incidents() if incident.excuse == "overload"]
    assert page.context["total"].excused == len(excused) == 2
    said = text(page.content)
    assert said.count("not counted: open offers at the limit") == 2
    assert "0 misses not counted: 2 through no fault of theirs" in said
    assert re.search(r"Анна Ким 0 \+2 not counted", said)
    assert '<meter min="0" max="1" value="0"' in page.content.decode()  # nor are the bars measured by what does not
    world.annul(excused[0])
    assert "not counted: 1 through no fault of theirs, 1 annulled" in text(
        browser("olga", "en").get("/journal").content
    )


def test_the_headline_and_the_bars_count_what_counts(missed: World, browser: Browser) -> None:
    missed.annul(missed.incidents()[0])
    page = browser("olga", "en").get("/journal").content
    assert "2 misses not counted: 1 annulled" in text(page)
    assert re.findall(r'<meter min="0" max="(\d+)" value="(\d+)"', page.decode()) == [
        ("1", "1"),
        ("1", "1"),
        ("1", "0"),
    ]


def test_a_narrowed_journal_is_made_whole_by_one_press(missed: World, browser: Browser) -> None:
    head = browser("olga", "en")
    for query, narrowed in (("", False), ("?before=9", False), ("?person=anna", True), ("?annulled=0", True)):
        page = head.get(f"/journal{query}")
        assert (">Reset</a>" in page.content.decode()) is narrowed, query


def test_a_file_is_offered_of_what_there_is(missed: World, browser: Browser) -> None:
    head = browser("olga", "en")
    assert "/journal.csv" in head.get("/journal").content.decode()
    assert "/journal.csv" not in head.get("/journal?person=nobody").content.decode()


def test_who_explains_knows_who_reads_it(missed: World, browser: Browser) -> None:
    for page in ("/journal", "/my/month"):
        assert "Your head reads the explanation." in text(browser("anna", "en").get(page).content), page


def test_the_filter_narrows_page_sum_and_file_alike(missed: World, browser: Browser) -> None:
    head = browser("olga", "en")
    for query, count in (
        ("", 3),
        ("?person=anna", 1),
        ("?drum=drum", 3),
        ("?drum=other", 0),
        ("?since=2026-03-02&until=2026-03-02", 3),
        ("?since=2026-03-03", 0),
        ("?since=&until=2026-03-01", 0),
        ("?person=nobody", 0),
    ):
        page = head.get(f"/journal{query}")
        assert len(rows(page.content)) == count, query
        assert page.context["total"].missed == count, query
        assert [int(row["incident"]) for row in table(head, query)] == rows(page.content), query


@pytest.mark.rule("S-38")
def test_false_takes_are_counted_apart_from_misses(world: World, browser: Browser) -> None:
    world.edit(relapse="60m")
    for title in ("Первый", "Второй"):
        world.take(world.lead(title, owner="anna"), by="anna")
    world.forward(minutes=60)  # nobody has called: the drum turns again
    world.forward(minutes=30)
    head = browser("olga", "en")
    page = head.get("/journal")
    counted = {one.key: (one.missed, one.false) for one in page.context["tallies"]}
    assert counted["anna"] == (0, 2)
    assert [sum(column) for column in zip(*counted.values(), strict=True)] == [2, 2]
    said = text(page.content)
    assert re.search(r"2 misses and 2 false takes", said)
    assert re.search(r"Анна Ким 0 false takes: 2", said)
    assert rows(page.content) == sorted((one.pk for one in world.incidents()), reverse=True)
    false = next(one for one in world.incidents() if one.turn_number == 0)
    assert "Annul the false take" in said
    world.annul(false)
    total = head.get("/journal").context["total"]
    assert (total.missed, total.annulled, total.false, total.false_annulled) == (2, 0, 2, 1)
    assert head.get("/journal?annulled=0").context["total"].false == 1
    month = text(browser("anna", "en").get("/my/month").content)
    assert re.search(r"missed in my turn 0 false takes 1", month)
    assert "no call, mail or comment until 02.03 11:00" in month
    now = text(head.get("/now").content)
    assert re.search(r"missed today 2 false takes today 1", now)
    assert "11:00 · Анна Ким · a false take" in now


def test_first_of_the_sums_comes_who_has_most_left_to_answer_for(missed: World, browser: Browser) -> None:
    missed.lead("Балкон", owner="clara")
    missed.forward(minutes=31)
    for incident in missed.incidents():
        if incident.person_id == missed.pk("clara"):
            missed.annul(incident)
    tallies = browser("olga", "en").get("/journal").context["tallies"]
    assert [one.guilty for one in tallies] == sorted((one.guilty for one in tallies), reverse=True)
    assert (tallies[-1].name, tallies[-1].missed, tallies[-1].guilty) == ("Клара Вайс", 2, 0)


def test_false_takes_are_found_by_their_own_index(world: World) -> None:
    """What the journal costs does not grow with the misses for it."""
    found = incidents.matching(Incident.objects.filter(company=world.company), incidents.Filter(), ZoneInfo("UTC"))
    with CaptureQueriesContext(connection) as asked:
        incidents.tally(found)
    query = next(one["sql"] for one in asked if "turn_number = 0" in one["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {query}")
        assert "incident_false" in str(cursor.fetchall())


def test_a_filter_that_cannot_be_read_says_so(missed: World, browser: Browser) -> None:
    head = browser("olga", "en")
    assert "From: “soon” is not a date, so it was left out." in text(head.get("/journal?since=soon").content)
    assert "The period ends before it begins." in text(head.get("/journal?since=2026-03-03&until=2026-03-01").content)
    assert head.get("/journal?before=x&until=9999-12-31&person=%00&drum=%00").status_code == 200
    assert head.get("/journal?since=0001-01-01&until=0001-01-02").status_code == 200


def test_the_file_holds_what_the_rows_hold(missed: World, browser: Browser) -> None:
    incident = missed.incidents()[0]
    Incident.objects.filter(pk=incident.pk).update(explanation="=cmd()\nвторая строка, с запятой")
    row = table(browser("olga", "en"))[-1]
    assert row["person"] == "anna"
    assert row["next_person"] == "boris"
    assert row["due_at"] == "2026-03-02T07:30:00+00:00"
    assert row["explanation"] == "'=cmd()\nвторая строка, с запятой"
    assert (row["cycle"], row["turn"], row["open_offers"], row["budget_seconds"]) == ("1", "1", "1", "1800")


def test_pages_follow_each_other_without_gap_or_double(world: World, browser: Browser) -> None:
    world.edit(budget="1m", escalate_after=1000, cooldown="1m")
    world.leads(3)
    client = browser("olga", "en")

    def queries() -> int:
        client.get("/journal")
        with CaptureQueriesContext(connection) as seen:
            client.get("/journal")
        return len(seen)

    world.forward(minutes=3)
    few = queries()
    world.forward(minutes=50)
    assert queries() == few
    found: list[int] = []
    query = ""
    while True:
        page = client.get(f"/journal{query}")
        found += rows(page.content)
        if page.context["older"] is None:
            break
        query = f"?before={page.context['older']}"
    assert len(found) > 2 * incidents.PAGE
    assert found == [incident.pk for incident in reversed(world.incidents())]


def test_he_explains_his_own_and_nobody_elses(missed: World, browser: Browser) -> None:
    hers, his = missed.incidents()[:2]
    anna = browser("anna", "en")
    assert anna.post(f"/journal/{his.pk}/explain", {"text": "не я"}).status_code == 404
    assert browser("olga", "en").post(f"/journal/{hers.pk}/explain", {"text": "за неё"}).status_code == 403
    page = anna.post(f"/journal/{hers.pk}/explain", {"text": " Была на звонке. ", "next": "/journal"}, follow=True)
    assert "The explanation is in the journal." in text(page.content)
    assert "Была на звонке." in text(page.content)
    hers.refresh_from_db()
    assert hers.explanation == "Была на звонке."


@pytest.mark.parametrize("words", ["", "   ", "\x00", "ж" * 2001])
def test_an_explanation_has_words_and_an_end(missed: World, browser: Browser, words: str) -> None:
    hers = missed.incidents()[0]
    browser("anna", "en").post(f"/journal/{hers.pk}/explain", {"text": words})
    hers.refresh_from_db()
    assert hers.explanation == ""


@pytest.mark.rule("S-47")
def test_the_head_annuls_with_a_reason(missed: World, browser: Browser) -> None:
    hers = missed.incidents()[0]
    assert browser("anna", "en").post(f"/journal/{hers.pk}/annul", {"text": "не считается"}).status_code == 403
    assert browser("boris", "en").post(f"/journal/{hers.pk}/annul", {"text": "жалко"}).status_code == 404
    head = browser("olga", "en")
    page = head.post(f"/journal/{hers.pk}/annul", {"text": "Была у врача."}, follow=True)
    said = text(page.content)
    assert "The incident is annulled." in said
    assert "Annulled by Ольга Руднева" in said
    assert "Была у врача." in said
    assert len(rows(head.get("/journal?annulled=0").content)) == 2
    assert page.context["total"].guilty == 2
    again = head.post(f"/journal/{hers.pk}/annul", {"text": "ещё раз"}, follow=True)
    assert "This miss is annulled already." in text(again.content)


def test_a_miss_of_everybody_is_annulled_by_their_head(world: World, browser: Browser) -> None:
    world.edit(strategy="claim")
    world.lead()
    world.forward(minutes=31)
    theirs = world.incidents()[0]
    assert theirs.person is None
    head = browser("olga", "en")
    for page in ("/now", "/journal"):
        assert f"/journal/{theirs.pk}/annul" in head.get(page).content.decode(), page
    assert browser("anna", "en").post(f"/journal/{theirs.pk}/annul", {"text": "мне можно"}).status_code == 404
    assert head.post(f"/journal/{theirs.pk}/annul", {"text": "выставка"}).status_code == 302
    theirs.refresh_from_db()
    assert theirs.annulled_by_id == world.pk("olga")


def test_nobody_annuls_his_own(world: World, browser: Browser) -> None:
    world.edit(roster={"people": ["olga"]})
    world.lead()
    world.forward(minutes=31)
    own = world.incidents()[0]
    assert f"/journal/{own.pk}/annul" not in browser("olga").get("/now").content.decode()
    assert f"/journal/{own.pk}/annul" in browser("viktor").get("/now").content.decode()
    assert browser("olga", "en").post(f"/journal/{own.pk}/annul", {"text": "мне можно"}).status_code == 403
    assert browser("viktor", "en").post(f"/journal/{own.pk}/annul", {"text": "болела"}).status_code == 302
    own.refresh_from_db()
    assert own.annulled_by_id == world.pk("viktor")


def test_after_a_press_he_is_back_on_our_page_only(missed: World, browser: Browser) -> None:
    hers = missed.incidents()[0]
    anna = browser("anna", "en")
    away = anna.post(f"/journal/{hers.pk}/explain", {"text": "а", "next": "https://example.com/"})
    assert away["Location"] == "/journal"
    back = anna.post(f"/journal/{hers.pk}/explain", {"text": "а", "next": "/journal?person=anna"})
    assert back["Location"] == "/journal?person=anna"


@pytest.mark.rule("S-46")
def test_what_could_not_be_read_waits_for_the_administrator(world: World, browser: Browser) -> None:
    company = world.company
    Request.objects.create(
        company=company,
        channel="api",
        received_at=world.now,
        payload={"phone": "<b>нет</b>"},
        errors=[{"where": "title", "what": "is missing"}],
    )
    lead = world.lead("Споткнулись")
    Cycle.objects.filter(lead=lead.id).update(error="ValueError: boom", next_at=world.now + timedelta(hours=1))
    assert browser("olga", "en").get("/journal/unread").status_code == 403
    page = browser("irina", "en").get("/journal/unread").content
    said = text(page)
    assert "title is missing" in said
    assert "Споткнулись" in said
    assert "ValueError: boom" in said
    assert b"<b>" not in page.split(b"<main")[1].replace(b"<b>\xd0", b"")


@pytest.mark.rule("S-46")
def test_what_came_by_no_way_in_leaves_the_page_once_dealt_with(world: World, browser: Browser) -> None:
    ours = {"company": world.company, "received_at": world.now, "payload": {}}
    kept, other = (Request.objects.create(channel="api", errors=[{"where": "", "what": what}], **ours) for what in "ab")
    address = f"/journal/unread/{kept.pk}/dealt"
    irina = browser("irina", "en")
    assert f'action="{address}"' in irina.get("/journal/unread").content.decode()
    assert irina.get(address).status_code == 405
    assert browser("olga", "en").post(address).status_code == 403
    for _twice in range(2):
        assert irina.post(address)["Location"] == "/journal/unread"
    page = irina.get("/journal/unread").content.decode()
    assert address not in page
    assert f"/journal/unread/{other.pk}/dealt" in page
    kept.refresh_from_db()
    assert (kept.set_aside, kept.lead_id) == ("dealt", None)
    world.lead("Понятный", external_id="7")
    read = Request.objects.get(lead__title="Понятный")
    assert irina.post(f"/journal/unread/{read.pk}/dealt").status_code == 404


def test_every_version_of_the_company_file_is_kept_and_given_back(world: World, browser: Browser) -> None:
    world.edit(budget="45m")
    newest = CompanyVersion.objects.filter(company=world.company_id).latest("number")
    assert browser("olga", "en").get("/settings/versions").status_code == 403
    admin = browser("irina", "en")
    said = text(admin.get("/settings/versions").content)
    assert f"Version {newest.number} in force" in said
    assert str(newest.changes[0]) in said
    assert admin.get(f"/settings/versions/{newest.number}.toml").content.decode() == newest.text
    assert admin.get(f"/settings/versions/{newest.number + 1}.toml").status_code == 404


@pytest.mark.rule("S-30")
def test_what_was_closed_without_a_take_is_listed_for_the_head(world: World, browser: Browser) -> None:
    assert "See whether there are clients" not in text(browser("olga", "en").get("/journal/closed").content)
    junk, taken, back = world.lead("Реклама"), world.lead("Настоящий"), world.lead("Ошибка")
    world.move(junk, "junk", by="anna")
    world.take_card(taken, by="boris")
    world.move(taken, "junk", by="boris")
    world.move(back, "junk", by=None)
    said = text(browser("olga", "en").get("/journal/closed").content)
    assert "Реклама" in said
    assert "See whether there are clients among them" in said
    assert "Анна Ким" in said
    assert "a robot" in said
    assert "Настоящий" not in said
    world.move(back, "new", by="olga")
    assert "Ошибка" not in text(browser("olga", "en").get("/journal/closed").content)
    assert browser("anna", "en").get("/journal/closed").status_code == 403
    assert 'href="/journal/closed"' in browser("olga", "en").get("/journal").content.decode()
    assert 'href="/journal/closed"' not in browser("anna", "en").get("/journal").content.decode()


@pytest.mark.rule("S-30")
def test_that_list_comes_in_pages(world: World, browser: Browser) -> None:
    for number in range(52):
        world.move(world.lead(f"Спам {number:02}"), "junk", by=None)
    page = browser("olga", "en").get("/journal/closed").content.decode()
    (older,) = re.findall(r'href="(\?before=\d+)"', page)
    rest = text(browser("olga", "en").get(f"/journal/closed{older}").content)
    assert "Спам 51" in page
    assert [number for number in range(52) if f"Спам {number:02}" in rest] == [0, 1]
