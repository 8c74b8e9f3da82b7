"""People, departments, stages, routes, drums that come and go: all of the company file, without the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.test import Client

from leaddrum import engine
from leaddrum.company.settings import newest
from leaddrum.company.shape import Person
from leaddrum.engine.geography import DERIVED
from leaddrum.facts.keep import catch_up
from leaddrum.models import Absence, Company
from leaddrum.models import Person as PersonRow
from leaddrum.web.setup import pasted
from tests.setup.forms import Form
from tests.world import World

Browser = Callable[..., Client]


def person(world: World, key: str) -> Person:
    return next(one for one in newest(world.company).file.people if one.key == key)


@pytest.mark.rule("S-24")
def test_an_absence_shows_that_the_offer_passes_on(world: World, browser: Browser) -> None:
    lead = world.lead()
    assert lead.holder == "anna"
    form = Form(browser("olga", language="en"), "/setup/people/anna")
    form.put(**{"from": ["2026-03-02"], "to": ["2026-03-06"], "reason": ["отпуск"]}).press()
    assert "passes on at once" in form.said
    form.press("save")
    assert lead.holder == "boris"
    absence = Absence.objects.get()
    assert (absence.starts_at, absence.ends_at) == (
        datetime(2026, 3, 1, 21, tzinfo=UTC),
        datetime(2026, 3, 6, 21, tzinfo=UTC),
    )
    form = Form(browser("olga", language="en"), "/setup/people/anna")
    form.put(**{"from": [""], "to": [""], "reason": [""]}).save()
    assert not Absence.objects.exists()
    world.check()


def test_a_reason_moves_to_another_absence_and_no_instant_with_it(world: World, browser: Browser) -> None:
    """One absence stands in the file with an offset: on the page it is by the clock of the company."""
    east = timezone(timedelta(hours=5))
    first = {
        "person": "anna",
        "from": datetime(2026, 3, 9, 9, tzinfo=east),
        "to": datetime(2026, 3, 9, 12, tzinfo=east),
    }
    second = {"person": "anna", "from": date(2026, 3, 10), "to": date(2026, 3, 10)}
    world.file["absences"] = [first | {"reason": "врач"}, second]
    world.apply()
    before = set(Absence.objects.values_list("starts_at", "ends_at"))
    form = Form(browser("olga", language="en"), "/setup/people/anna")
    assert form.fields["from"][0] == "2026-03-09T07:00"
    form.put(reason=["", "врач", ""]).save()
    assert set(Absence.objects.values_list("starts_at", "ends_at")) == before
    assert Absence.objects.get(reason="врач").starts_at == datetime(2026, 3, 9, 21, tzinfo=UTC)


def test_a_head_gives_hours_and_nothing_else(world: World, browser: Browser) -> None:
    olga = browser("olga", language="en")
    form = Form(olga, "/setup/people/anna")
    form.put(calendar="always", quiet="22-8").save()
    assert (person(world, "anna").calendar, person(world, "anna").quiet) == ("always", ("22:00-08:00",))
    for forged in ({"role": "admin"}, {"email": "olga@example.com"}, {"departments": ["firm"]}, {"active": None}):
        form = Form(olga, "/setup/people/anna")
        form.put(**forged).press()
        assert "the rest is the administrator's" in form.said, forged
        assert "seal" not in form.fields, forged
    assert olga.get("/setup/people/viktor").status_code == 404
    for path in ("/setup/new-person", "/setup/new-people", "/setup/departments", "/setup/stages", "/setup/routes"):
        assert olga.get(path).status_code == 403, path


def test_somebody_begins_and_somebody_leaves(world: World, browser: Browser) -> None:
    irina = browser("irina", language="en")
    form = Form(irina, "/setup/new-person")
    form.put(name="Жанна Щукина", email="zh@example.com", departments=["sales"]).save()
    made = PersonRow.objects.get(name="Жанна Щукина")
    assert (made.key, made.role, made.account is not None) == ("zhanna-shchukina", "employee", True)
    form = Form(irina, "/setup/people/zhanna-shchukina")
    form.put(active=None).save()
    made.refresh_from_db()
    assert not made.active
    assert "works here no more" in Form(irina, "/setup/people").said


def test_a_table_that_is_too_long_says_so(world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pasted, "MOST", 2)
    form = Form(browser("irina", language="en"), "/setup/new-people")
    form.put(lines="Пётр\nИнна\nЯков").press()
    assert "Only the first 2 lines are read" in form.said
    form.press("save")
    assert [one.name for one in newest(world.company).file.people[-2:]] == ["Пётр", "Инна"]


def test_a_table_of_people_is_pasted(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), "/setup/new-people")
    lines = "ФИО;Почта;Отдел\nМария Белова\tm.belova@example.com\tПартнёры\nАнна Ким; anna.k@example.com\n\n"
    lines += "Олег; oleg@example.com"
    form.put(lines=lines).press()
    assert "New employee Мария Белова" in form.said
    assert "New department “Партнёры”" in form.said
    form.press("save")
    file = newest(world.company).file
    assert [one.key for one in file.people][-2:] == ["mariia-belova", "oleg"]  # Anna was there
    assert person(world, "mariia-belova").departments == ("partnery",)
    assert person(world, "mariia-belova").email == "m.belova@example.com"


def test_an_absence_entered_by_the_api_is_ended(world: World, browser: Browser) -> None:
    pk = engine.add_absence(world.pk("anna"), world.now, world.now + timedelta(days=2), "болен", now=world.now)
    form = Form(browser("olga", language="en"), "/setup/people/anna")
    assert "It is over" in form.said
    assert browser("clara").post(f"/setup/absences/{pk}/end").status_code == 403
    browser("olga").post(f"/setup/absences/{pk}/end")
    assert not Absence.objects.filter(ends_at__gt=world.now).exists()


def test_departments_are_added_sorted_and_removed(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), "/setup/departments")
    assert form.fields["name"] == ["Фирма", "Продажи", ""]
    form.put(
        name=["Фирма", "Продажи", "Опт"], parent=["", "firm", "sales"], head=["viktor", "olga", "boris"],
        deputy=["", "clara", ""],
    ).press("up", "2")  # fmt: skip
    assert form.fields["name"][:3] == ["Фирма", "Опт", "Продажи"]
    form.save()
    units = newest(world.company).file.departments
    assert [(one.key, one.parent, one.head, one.deputy) for one in units] == [
        ("firm", "", "viktor", ""),
        ("opt", "sales", "boris", ""),
        ("sales", "firm", "olga", "clara"),
    ]
    form = Form(browser("irina", language="en"), "/setup/departments")
    form.put(name=["Фирма", "", "Продажи"]).save()
    assert [one.key for one in newest(world.company).file.departments] == ["firm", "sales"]


@pytest.mark.rule("S-30")
def test_stages_and_their_meanings(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), "/setup/stages")
    form.fields["title"][-1], form.fields["meaning"][-1] = "Брак", "close"
    form.save()
    assert [(one.key, one.meaning) for one in newest(world.company).file.stages][-1] == ("brak", "close")
    lead = world.lead()
    form = Form(browser("irina", language="en"), "/setup/stages")
    form.fields["title"][form.fields["id"].index("new")] = ""
    form.press()
    assert "This cannot be saved" in form.said
    assert lead.stage == "new"


@pytest.mark.rule("S-26")
def test_routes_with_what_is_doubtful_of_them(world: World, browser: Browser) -> None:
    irina = browser("irina", language="en")
    Form(irina, "/setup/new-drum").put(name="Звонки", like="drum").save()
    assert [one.key for one in newest(world.company).file.drums] == ["drum", "zvonki"]
    form = Form(irina, "/setup/routes")
    form.put(when=["source: call, chat\nfields.amount: 1000..", "source: call"], to=["zvonki", "drum"]).save()
    routes = newest(world.company).file.routes
    assert [(dict(one.when), one.drum) for one in routes] == [
        ({"source": ["call", "chat"], "fields.amount": {"min": 1000}}, "zvonki"),
        ({"source": ["call"]}, "drum"),
    ]
    form = Form(irina, "/setup/routes")
    page = form.page.content.decode()
    assert "A lead can fit this rule and rule\N{NO-BREAK SPACE}1, which then wins.</p>" in page
    assert re.findall(r"data-in-words[^>]*>(.*?)</p>", page) == [
        "Source: call, chat; field amount: at least 1,000",
        "Source: call",
    ]
    form.press("up", "1")
    assert "never wins" in form.said or "which then wins" in form.said
    form.put(when=["sauce: call"], to=["drum"]).press()
    assert "A lead has: source" in form.said
    form = Form(irina, "/setup/drums/zvonki/remove")
    assert "takes no new leads" in form.said
    assert "Its form stops working" in form.said
    assert "Ways in that are set to it follow the rules." in form.said
    assert '<a class="button small" href="/setup/drums/zvonki">Do not remove it</a>' in form.page.content.decode()
    form.press("save")
    assert [one.key for one in newest(world.company).file.drums] == ["drum"]
    assert all(one.drum == "drum" for one in newest(world.company).file.routes)


@pytest.mark.rule("S-26")
def test_the_routes_page_says_what_a_rule_may_ask_for(world: World, browser: Browser) -> None:
    for source in ("web", "<b>fair</b>"):
        world.lead(source=source)
    catch_up(world.company_id, world.now)
    page = browser("irina", language="en").get("/setup/routes").content.decode()
    assert "<bdi>&lt;b&gt;fair&lt;/b&gt;, web</bdi>" in page
    for name in DERIVED:
        assert name in page
    assert 'href="/routing"' in page


@pytest.mark.rule("S-26")
@pytest.mark.parametrize("span", ["1234567..", "..2500000.5", "-5..25000000000", "0.5..1"])
def test_a_range_comes_back_from_the_page_as_it_was(world: World, browser: Browser, span: str) -> None:
    """Also one that Python would write with an exponent."""
    irina = browser("irina", language="en")
    Form(irina, "/setup/routes").put(when=[f"fields.amount: {span}"], to=["drum"]).save()
    [route] = newest(world.company).file.routes
    low, high = span.split("..")
    bounds = {name: float(text) for name, text in (("min", low), ("max", high)) if text}
    assert dict(route.when) == {"fields.amount": bounds}
    form = Form(irina, "/setup/routes")
    assert form.fields["when"][0] == f"fields.amount: {span}"
    form.put(when=[form.fields["when"][0], "source: call"], to=["drum", "drum"]).save()
    assert dict(newest(world.company).file.routes[0].when) == {"fields.amount": bounds}
    form = Form(irina, "/setup/routes").put(when=[f"fields.amount: {span.replace('.5', ',5')}", "source: call"])
    form.press()
    assert "Nothing has changed." in form.said  # a comma says the same


def test_the_default_drum_is_not_removed(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), "/setup/drums/drum/remove")
    assert "This cannot be saved" in form.said


def test_what_removes_a_drum_says_so_and_the_way_back_stands_beside_it(world: World, browser: Browser) -> None:
    Form(browser("irina", language="en"), "/setup/new-drum").put(name="Calls", like="drum").save()
    page = browser("irina", language="ru").get("/setup/drums/calls/remove").content.decode()
    head = re.search(r'<div class="verdict-head">.*?</div>', page, re.DOTALL)
    assert head
    assert re.search(r'Не убирать</a><button [^>]*class="button danger"[^>]*>Убрать барабан</button>', head[0])
    assert "Убрать барабан «Calls»?" in page
    assert ">Сохранить</button>" not in page


def test_what_deserves_a_look_has_one_colon_a_line(world: World, browser: Browser) -> None:
    world.edit(roster={"people": ["anna"]})
    page = browser("irina", language="ru").get("/setup").content.decode().replace("\N{NO-BREAK SPACE}", " ")
    lines = [re.sub(r"<[^>]*>", "", line) for line in re.findall(r"<li><span class=\"quiet\">.*?</li>", page)]
    assert any(
        line.startswith("Барабан «Новые лиды», список сотрудников: в списке только Анна")
        and " — после пропуска" in line
        for line in lines
    ), lines
    assert all(re.sub(r"\d:\d", "", line).count(":") <= 1 for line in lines), lines


def test_a_renamed_company_stays_the_one_it_is(world: World, browser: Browser) -> None:
    before = world.company.pk
    form = Form(browser("irina", language="en"), "/setup/company")
    form.put(name="Двери", zone="Asia/Yekaterinburg").save()
    company = world.company
    company.refresh_from_db()
    assert (company.pk, company.name, company.zone) == (before, "Двери", "Asia/Yekaterinburg")


@pytest.mark.rule("S-49")
def test_how_long_clients_data_is_kept(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), "/setup/company")
    assert form.fields["mask_after"] == ["0"]
    form.put(mask_after="1000").press()
    assert "must be from 0 to 600" in form.said
    form.put(mask_after="year").press()
    assert "must be a whole number" in form.said
    form.put(mask_after="12").press()
    assert "months until clients' data is masked: 0 → 12" in form.said
    form.press("save")
    assert Company.objects.get(pk=world.company_id).mask_after == 12
    assert newest(world.company).file.mask_after == 12


def test_every_page_of_the_set_up_marks_its_tab(world: World, browser: Browser) -> None:
    irina = browser("irina", language="en")
    for path in ("/setup", "/setup/people", "/setup/people/anna", "/setup/hours/office"):
        page = irina.get(path).content.decode()
        assert re.findall(r'<a href="([^"]+)" aria-current="page"', page) == ["/setup"], path
    page = irina.get("/journal/unread").content.decode()  # of the menu, though its address begins as the journal's
    assert 'aria-current="page"' not in page
