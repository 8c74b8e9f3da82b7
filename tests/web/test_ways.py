"""The pages of the ways in: for administrators, from nothing to the first lead."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from leaddrum import engine, sealed
from leaddrum.intake import fields, kinds, ways
from leaddrum.intake.mail import receive
from leaddrum.models import Attachment, Company, Lead, Request, Way
from tests.intake.letters import letter
from tests.web.reader import text
from tests.world import World

Browser = Callable[..., Client]


def made(world: World, kind: str = "form", **values: Any) -> Way:
    return ways.make(Company.objects.get(pk=world.company_id), kind, "Канал", now=world.now, **values)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("key", sorted(kinds.KINDS))
def test_every_kind_has_its_page(browser: Browser, key: str, language: str) -> None:
    page = browser("irina", language).get(f"/ways/new/{key}").content.decode()
    assert page.count('<label for="name"') == 1


def test_from_nothing_to_the_first_lead(world: World, browser: Browser) -> None:
    irina = browser("irina")
    assert "ещё не подключены" in irina.get("/ways").content.decode()
    answer = irina.post("/ways/new/form-tilda", {"name": "Сайт", "drum": ""})
    way = Way.objects.get()
    assert answer["Location"] == f"/ways/{way.pk}"
    page = irina.get(f"/ways/{way.pk}").content.decode()
    assert f"/in/{way.token}" in page
    assert ways.secret_of(way) in page
    answer = irina.post(f"/ways/{way.pk}/test")
    assert answer["Location"] == f"/leads/{Lead.objects.get().pk}"
    page = irina.get(f"/ways/{way.pk}").content.decode()
    assert "Comments" in page
    irina.post(f"/ways/{way.pk}/fields", {"name": ["Name"], "field-0": "title"})
    way.refresh_from_db()
    assert way.settings["map"] == {"Name": "title"}
    Way.objects.filter(pk=way.pk).update(last_payload={"Phone": "1", "Email": "2"})  # another call came meanwhile
    irina.post(f"/ways/{way.pk}/fields", {"name": ["Email", "Comments"], "field-0": "email", "field-1": "text"})
    irina.post(f"/ways/{way.pk}/fields", {"name": ["Sub\x00ject"], "field-0": "title"})
    way.refresh_from_db()
    assert way.settings["map"] == {"Email": "email", "Comments": "text", "Subject": "title"}
    assert "работает" in irina.get("/ways").content.decode()


def test_the_kind_stands_beside_a_name_that_does_not_say_it(world: World, browser: Browser) -> None:
    company = Company.objects.get(pk=world.company_id)
    named = [("form", "tilda", "Канал"), ("form", "tilda", "TILDA"), ("calls", "", "АТС"), ("chat", "", "Чат")]
    for kind, preset, name in named:
        ways.make(company, kind, name, preset=preset, now=world.now)
    page = browser("irina", "en").get("/ways").content.decode()
    found = r'<bdi>([^<]+)</bdi></a> (?:<span class="way-kind quiet small">([^<]+)</span>)?</div>'
    shown = dict(re.findall(found, page))
    assert shown == {"Канал": "Tilda", "TILDA": "", "АТС": "", "Чат": ""}


def test_a_way_that_is_off_says_so_and_offers_what_can_be_done(world: World, browser: Browser) -> None:
    way = ways.make(Company.objects.get(pk=world.company_id), "form", "Сайт", now=world.now)
    irina = browser("irina", "en")
    page = irina.get(f"/ways/{way.pk}").content.decode()
    assert "waits for the first contact" in page
    assert re.search(r'</span>\s*<span class="quiet small fares"><span class="one">0 leads', page)  # no dot before it
    assert "Send a test lead" in page
    irina.post(f"/ways/{way.pk}/switch", {"on": ""})
    page = irina.get(f"/ways/{way.pk}").content.decode()
    page = page.replace("\n", "")
    assert "<p>It is off: nothing comes in by it.</p>" in page
    assert '<button type="submit" class="button act">Switch it on</button>' in page
    assert "Send a test lead" not in page
    page = irina.get("/ways").content.decode()
    assert "Send a test lead" not in page
    assert re.search(rf'action="/ways/{way.pk}/switch">.*?name="on" value="1">.*?Switch it on', page)


def test_a_mailbox_keeps_its_password_out_of_sight(world: World, browser: Browser) -> None:
    irina = browser("irina")
    said = {"name": "Почта", "host": "127.0.0.1", "port": "9", "security": "plain", "user": "u", "auth": "password"}
    said |= {"old": "new", "afterwards": "keep", "folder": "INBOX"}
    assert irina.post("/ways/new/mailbox", said).status_code == 422  # no password
    irina.post("/ways/new/mailbox", said | {"password": "imap-secret"})
    way = Way.objects.get()
    assert sealed.unseal(way.sealed) == {"password": "imap-secret"}
    assert "imap-secret" not in way.sealed + str(way.settings)
    assert "imap-secret" not in irina.get(f"/ways/{way.pk}").content.decode()
    irina.post(f"/ways/{way.pk}", said | {"name": "Почта 2", "password": ""})
    way.refresh_from_db()
    assert (way.name, sealed.unseal(way.sealed)) == ("Почта 2", {"password": "imap-secret"})
    page = irina.post(f"/ways/{way.pk}/test", follow=True).content.decode()
    assert "Не работает" in page
    refused = irina.post(f"/ways/{way.pk}", said | {"port": "99999", "security": "x"})
    assert refused.status_code == 422
    assert "Целое число от 1 до 65535." in text(refused.content)


def test_a_request_of_a_client_who_waits_already_shows_that_it_works(world: World, browser: Browser) -> None:
    """His request joins the lead he has: no new one, and yet the last that came by this way."""
    lead = world.lead(phone="+79123456789", phone_key="+79123456789")
    way = made(world)
    told = fields.read({"name": "Пётр", "phone": "8 912 345-67-89"})
    ways.arrive(way, fields.arrival(told, way.company, channel="form", way=way.pk), now=world.now)
    way.refresh_from_db()
    assert (way.lead_at, way.lead_id) == (world.now, lead.id)
    assert "лидов ещё не было" not in text(browser("irina").get("/ways").content).partition("без настройки")[0]


def test_extensions_that_would_reach_nobody_are_named(world: World, browser: Browser) -> None:
    irina = browser("irina")
    for people, said in (
        ("101 = anna, 102 boris", "Не удалось прочитать: 102 boris."),
        ("101 = anna, 102 = nobody", "Такого сотрудника нет: nobody."),
    ):
        answer = irina.post("/ways/new/calls", {"name": "АТС", "people": people})
        assert answer.status_code == 422
        assert said in text(answer.content)
        assert "У кого какой" in text(answer.content)  # how to write it stays in sight
    assert not Way.objects.exists()
    assert irina.post("/ways/new/calls", {"name": "АТС", "people": "101 = anna;102=boris"}).status_code == 302


def test_a_mailbox_that_refuses_says_what_to_do(world: World, browser: Browser) -> None:
    way = made(world, "mailbox")
    ways.ill(way, "imap.example.com: LOGIN failed.", world.now)
    page = text(browser("irina").get(f"/ways/{way.pk}").content)
    assert "imap.example.com: LOGIN failed. Сервер не принял имя или пароль: проверьте пароль" in page
    assert "Письма остаются в ящике" in page


def test_what_could_not_be_read_can_be_made_a_lead_where_it_is_listed(world: World, browser: Browser) -> None:
    way, irina = made(world, "mailbox"), browser("irina")
    assert "всё ждёт вас здесь" not in text(irina.get("/journal/unread").content)
    receive.take_in(way, b"", now=world.now)
    raw = '{"phone": "79161234567",\n "titel": "Окна"}'
    Request.objects.create(company_id=world.company_id, channel="api", received_at=world.now, payload={"raw": raw})
    page = irina.get("/journal/unread").content.decode()
    assert "всё ждёт вас здесь" in page
    assert unescape(page).count('"titel": "Окна"\n}') == 1
    asked = [request.pk for request in Request.objects.all() if f"/requests/{request.pk}/lead" in page]
    assert asked == [Request.objects.get(way=way).pk]
    assert irina.post(f"/ways/{way.pk}/requests/{asked[0]}/lead")["Location"] == f"/leads/{Lead.objects.get().pk}"


def test_what_needs_a_look_stands_first_and_its_form_is_the_press_that_mends_it(world: World, browser: Browser) -> None:
    good, bad, off = made(world), made(world, "mailbox"), made(world, "mailbox")
    Way.objects.filter(pk=good.pk).update(name="Сайт")
    Way.objects.filter(pk=bad.pk).update(name="Почта", trouble="535")
    Way.objects.filter(pk=off.pk).update(name="Старая почта", trouble="535", active=False)
    irina = browser("irina", "en")
    page = text(irina.get("/ways").content)
    assert page.index("Почта") < page.index("Сайт") < page.index("Старая почта")
    act = re.findall(r'class="button act">([^<]+)<', irina.get(f"/ways/{bad.pk}").content.decode())
    assert act == ["Save"]


def test_what_could_not_be_read_names_its_field(world: World, browser: Browser) -> None:
    way = made(world)
    errors = [{"where": "titel", "what": "There is no such field."}]
    kept = {"channel": "form", "received_at": world.now, "payload": {"titel": "Окна"}, "errors": errors}
    Request.objects.create(company_id=world.company_id, way=way, **kept)
    assert "titel : There is no such field." in text(browser("irina").get(f"/ways/{way.pk}").content)


def test_only_administrators_and_only_their_own(world: World, browser: Browser) -> None:
    way = made(world)
    for person in ("anna", "olga"):
        assert browser(person).get("/ways").status_code == 403
        assert browser(person).post(f"/ways/{way.pk}/renew").status_code == 403
    World()
    stranger = browser("irina")  # of the newest world
    if stranger.get("/ways").status_code == 200:
        way.refresh_from_db()
    assert browser().get("/ways").status_code == 302


def test_a_way_can_be_switched_off_and_its_secret_renewed(world: World, browser: Browser) -> None:
    way, irina = made(world), browser("irina")
    before = ways.secret_of(way)
    for _twice in range(2):
        irina.post(f"/ways/{way.pk}/switch", {"on": ""})
    irina.post(f"/ways/{way.pk}/renew")
    way.refresh_from_db()
    assert not way.active
    assert ways.secret_of(way) != before
    assert "выключен" in irina.get("/ways").content.decode()


def test_what_was_set_aside_is_listed_and_can_become_a_lead(world: World, browser: Browser) -> None:
    way, irina = made(world, "mailbox"), browser("irina")
    receive.take_in(way, letter(Precedence="bulk", subject="Скидки"), now=world.now)
    receive.take_in(way, b"", now=world.now)
    page = irina.get(f"/ways/{way.pk}").content.decode()
    assert "рассылка" in page
    assert "Скидки" in page
    assert "Скидки" not in irina.get("/journal/unread").content.decode()
    for request in Request.objects.all():
        assert irina.post(f"/ways/{way.pk}/requests/{request.pk}/lead").status_code == 302
    assert sorted(Lead.objects.values_list("title", "email")) == [("Канал", ""), ("Скидки", "ivan@client.example")]
    assert not Request.objects.filter(lead=None).exists()
    world.check()


def test_files_are_downloads_for_those_who_see_the_lead(world: World, browser: Browser) -> None:
    receive.take_in(made(world, "mailbox"), letter(files=(("план.html", b"<script>"),)), now=world.now)
    file = Attachment.objects.get()
    answer = browser("anna").get(f"/files/{file.pk}")
    assert answer.content == b"<script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "план.html" in browser("anna").get(f"/leads/{file.request.lead_id}").content.decode()
    world.person_table("stranger")["departments"] = []
    world.apply()
    assert browser("stranger").get(f"/files/{file.pk}").status_code == 404


def test_the_list_asks_as_often_however_many_there_are(
    world: World, browser: Browser, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        made(world)
    irina = browser("irina")
    with django_assert_max_num_queries(12):
        irina.get("/ways")


def test_a_test_that_makes_no_lead_does_not_say_it_did(world: World, browser: Browser) -> None:
    way, irina = made(world, "smtp"), browser("irina")
    Company.objects.filter(pk=world.company_id).update(crm="apart", staff_version=99)
    page = irina.post(f"/ways/{way.pk}/test", follow=True).content.decode()
    assert "лида из него не вышло" in page
    assert "Пробный лид пришёл" not in page


def broken(world: World) -> Way:
    """A mailbox that has not worked for ten minutes."""
    way = made(world, "mailbox")
    ways.ill(way, "AUTHENTICATIONFAILED", world.now)
    world.jump(minutes=10)
    return way


def test_a_notice_that_it_is_broken_leads_to_its_page(world: World, browser: Browser) -> None:
    way = broken(world)
    assert engine.broken_ways.look(world.now) == 1
    page = browser("irina").get("/my").content.decode()
    assert f'<a href="/ways/{way.pk}">Канал не работает: Канал</a>' in page
    assert "AUTHENTICATIONFAILED" in page


def test_saving_it_or_making_a_lead_of_an_old_letter_does_not_mean_that_it_works(
    world: World, browser: Browser
) -> None:
    receive.take_in(made(world, "mailbox"), letter(Precedence="bulk", subject="Скидки"), now=world.now)
    way, irina, began = Way.objects.get(), browser("irina"), world.now
    ways.ill(way, "AUTHENTICATIONFAILED", world.now)
    world.jump(minutes=10)
    assert engine.broken_ways.look(world.now) == 1
    world.jump(minutes=1)
    assert irina.post(f"/ways/{way.pk}/requests/{Request.objects.get().pk}/lead").status_code == 302
    way.refresh_from_db()
    assert (way.trouble, way.lead_at) == ("AUTHENTICATIONFAILED", world.now)
    said = {"name": "Почта", "host": "127.0.0.1", "port": "9", "security": "plain", "user": "u", "auth": "password"}
    said |= {"old": "new", "afterwards": "keep", "folder": "INBOX", "password": "wrong again"}
    assert irina.post(f"/ways/{way.pk}", said).status_code == 302
    assert engine.broken_ways.look(world.now) == 0
    way.refresh_from_db()
    assert way.trouble == ""  # it is being tried
    ways.ill(way, "AUTHENTICATIONFAILED", world.now)
    world.jump(hours=1)
    assert engine.broken_ways.look(world.now) == 0
    assert world.notices("irina") == ["way_broken"]  # still the same outage
    way.refresh_from_db()
    assert way.trouble_at == began
    ways.well(way, world.now)
    assert engine.broken_ways.look(world.now) == 1
    assert world.notices("irina") == ["way_broken", "way_works"]


def silent(world: World, **values: Any) -> Way:
    """A form by which nothing has come since ten, in an office that has been open for eight hours since; once there
    were forty minutes between two requests at most."""
    way = made(world, **values)
    said = {"quiet_since": world.now, "usual_pause": 2400, "seen_at": world.now}
    world.now = world.at("tue 10:00")
    Way.objects.filter(pk=way.pk).update(silent_told_at=world.now, **said)
    return way


def test_that_it_is_silent_stands_on_its_page_and_in_the_list(world: World, browser: Browser) -> None:
    way, irina = silent(world), browser("irina", "en")
    page = text(irina.get("/ways").content)
    assert "silent nothing since 02.03 10:00; usually the longest pause is 40 min of working time" in page
    page = text(irina.get(f"/ways/{way.pk}").content)
    assert "silent nothing since 02.03" in page
    assert "last contact" not in page  # as of ours, or of a test
    assert "Usually the longest pause is 40 min; now nothing has come for 8 h of working time." in page
    assert "Send the form on the site yourself" in page
    world.jump(minutes=1)
    ways.keep(Way.objects.get(), "form", {}, now=world.now)
    assert "silent" not in text(irina.get("/ways").content)
    assert "the longest pause" not in text(irina.get(f"/ways/{way.pk}").content)


def test_off_and_on_again_it_is_silent_no_more(world: World, browser: Browser) -> None:
    way, irina = silent(world), browser("irina", "en")
    irina.post(f"/ways/{way.pk}/switch", {"on": ""})
    world.jump(days=2)
    irina.post(f"/ways/{way.pk}/switch", {"on": "1"})
    way = Way.objects.get()
    assert (way.is_silent, way.quiet_since, way.look_at) == (False, world.now, None)
    assert "silent" not in text(irina.get("/ways").content)


def test_that_its_calls_are_refused_is_said_in_words(world: World, browser: Browser) -> None:
    way = made(world)
    ways.refused(way, world.now)
    assert "Запросы приходят, но все отклоняются" in browser("irina").get("/ways").content.decode()
    assert "Requests come, and all of them are refused" in text(browser("irina", "en").get(f"/ways/{way.pk}").content)


def test_saving_and_trying_it_does_not_mean_that_its_calls_are_accepted(world: World, browser: Browser) -> None:
    way, irina = made(world), browser("irina")
    ways.refused(way, world.now)
    world.jump(minutes=10)
    assert engine.broken_ways.look(world.now) == 1
    world.jump(minutes=1)
    irina.post(f"/ways/{way.pk}", {"name": "Сайт", "drum": ""})
    assert irina.post(f"/ways/{way.pk}/test")["Location"] == f"/leads/{Lead.objects.get().pk}"
    assert engine.broken_ways.look(world.now) == 0
    assert "все отклоняются" in irina.get(f"/ways/{way.pk}").content.decode()
    assert world.notices("irina") == ["way_broken"]


def test_off_and_on_again_what_was_before_is_forgotten(world: World, browser: Browser) -> None:
    way, irina = broken(world), browser("irina")
    irina.post(f"/ways/{way.pk}/switch", {"on": ""})
    world.jump(days=2)
    irina.post(f"/ways/{way.pk}/switch", {"on": "1"})
    assert engine.broken_ways.look(world.now) == 0
    way.refresh_from_db()
    ways.ill(way, "AUTHENTICATIONFAILED", world.now)
    world.jump(minutes=9)
    assert engine.broken_ways.look(world.now) == 0
    world.jump(minutes=1)
    assert engine.broken_ways.look(world.now) == 1
