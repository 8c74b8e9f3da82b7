"""Calendars: written in the fields as people write hours, with what they do to deadlines that run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from leaddrum.company.settings import newest
from leaddrum.models import Aftercare
from tests.setup.forms import Form
from tests.world import World

Browser = Callable[..., Client]


def spec(world: World, key: str = "office") -> dict[str, object]:
    return dict(newest(world.company).file.calendars[key])


@pytest.mark.rule("S-11", "S-15")
def test_an_edit_shows_first_which_deadlines_it_moves(world: World, browser: Browser) -> None:
    world.until(world.at("12:45"))
    lead = world.lead()
    assert lead.due == world.at("14:15")
    form = Form(browser("irina", language="en"), "/setup/hours/office")
    assert form.fields["day-0"] == ["09:00-13:00, 14:00-18:00"]
    form.put(**{f"day__{day}": "9-18" for day in range(5)}).press()
    assert "14:15 → 13:15" in form.said
    assert lead.due == world.at("14:15")
    form.press("save")
    assert lead.due == world.at("13:15")
    assert spec(world)["weekdays"] == ["09:00-18:00"]
    world.check()


@pytest.mark.rule("S-15", "S-38")
def test_an_edit_shows_the_clock_after_a_take_too(world: World, browser: Browser) -> None:
    world.edit(relapse="60m")
    world.until(world.at("12:45"))
    lead = world.lead(owner="anna")
    world.take(lead, by="anna")
    clock = Aftercare.objects.get(cycle=lead.cycle)
    form = Form(browser("irina", language="en"), "/setup/hours/office")
    form.put(**{f"day__{day}": "9-18" for day in range(5)}).press()
    assert "the first call or letter after the take" in form.said
    assert "14:45 → 13:45" in form.said
    clock.refresh_from_db()
    assert clock.due_at == world.at("14:45")
    form.press("save")
    clock.refresh_from_db()
    assert clock.due_at == world.at("13:45")


def test_days_may_differ_and_nights_cross_midnight(world: World, browser: Browser) -> None:
    form = Form(browser("irina"), "/setup/hours/office")
    form.put(day__0="22–6", day__1="", day__2="9:30-13, 14-18.30", day__5="10-15").save()
    assert spec(world) == {
        "monday": ["22:00-06:00"],
        "wednesday": ["09:30-13:00", "14:00-18:30"],
        "thursday": ["09:00-13:00", "14:00-18:00"],
        "friday": ["09:00-13:00", "14:00-18:00"],
        "saturday": ["10:00-15:00"],
    }


@pytest.mark.rule("S-12")
def test_two_on_two_off(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), "/setup/new-hours?person=anna")
    form.put(name="Anna: shifts", kind="shifts", anchor="2026-03-02", pattern="9-21\n9-21\n–\n–").save()
    assert spec(world, "anna-shifts")["shifts"] == {
        "anchor": "2026-03-02",
        "pattern": [["09:00-21:00"], ["09:00-21:00"], [], []],
    }
    anna = next(person for person in newest(world.company).file.people if person.key == "anna")
    assert anna.calendar == "anna-shifts"
    form = Form(browser("irina", language="en"), "/setup/hours/anna-shifts")
    assert form.fields["pattern"] == ["09:00-21:00\n09:00-21:00\nday off\nday off"]
    form.put(pattern="9-21\nDay off\nвыходной\n-").save()
    plan = newest(world.company).tree["calendars"]["anna-shifts"]["shifts"]
    assert plan["pattern"] == [["09:00-21:00"], [], [], []]


def test_a_shift_plan_is_shown_a_line_a_day_before_one_is_written(world: World, browser: Browser) -> None:
    page = browser("irina", language="ru").get("/setup/new-hours").content.decode()
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    assert 'placeholder="09:00-21:00\n09:00-21:00\nвыходной\nвыходной"' in page
    assert "По строке на день: часы или слово «выходной»." in page


def test_hours_are_called_by_their_name(world: World, browser: Browser) -> None:
    client = browser("irina", language="en")
    form = Form(client, "/setup/hours/office")
    assert form.fields["name"] == ["office"]  # one that was given none
    form.put(name="Контора").press()
    assert "Hours “Контора”, name: Контора" in form.said
    form.press("save")
    assert spec(world)["name"] == "Контора"
    assert Form(client, "/setup/hours/office").fields["name"] == ["Контора"]
    Form(client, "/setup/people/anna").put(calendar="office").save()
    for page in ("/setup", "/setup/people", "/setup/people/anna", "/setup/drums/drum", "/advice/replay"):
        assert "Контора" in client.get(page).content.decode(), page
    form = Form(client, "/setup/people/anna")
    form.put(calendar="").press()
    assert "hours: Контора → those of the drum" in form.said
    form = Form(client, "/setup/hours/office")
    form.put(day__5="9 to 18").press()
    assert "Saturday" in form.said
    assert "office" not in form.said


def test_hours_without_a_name_are_called_by_their_id(world: World, browser: Browser) -> None:
    client = browser("irina", language="en")
    Form(client, "/setup/new-hours").put(day__0="9-18").save()
    assert "Hours “new”" in client.get("/setup").content.decode()
    assert "name" not in spec(world, "new")


@pytest.mark.rule("S-11", "S-13")
def test_the_year_shows_holidays_and_single_days(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), "/setup/hours/office?year=2026")
    form.put(holidays="RU", date=["2026-03-03"], hours=["9-12"], reason=["Инвентаризация"]).press()
    page = form.page.content.decode()
    assert re.search(r'class="set" data-day="2026-03-03" data-hours="09:00-12:00"', page)
    assert re.search(r'class="holiday" data-day="2026-03-09"', page)  # the 8th is a Sunday: moved
    assert re.search(r'class="short" data-day="2026-04-30" data-hours="09:00-13:00, 14:00-17:00"', page)
    form.press("save")
    assert spec(world)["exceptions"] == [{"date": "2026-03-03", "hours": ["09:00-12:00"], "reason": "Инвентаризация"}]


@pytest.mark.parametrize(
    ("language", "short", "whole"),
    [("en", "Mo Tu We Th Fr Sa Su", "Monday"), ("ru", "Пн Вт Ср Чт Пт Сб Вс", "понедельник")],
)
def test_the_days_of_a_year_stand_under_their_weekdays(
    world: World, browser: Browser, language: str, short: str, whole: str
) -> None:
    page = browser("irina", language=language).get("/setup/hours/office?year=2026").content.decode()
    seen = re.findall(
        r'<th scope="col"><span aria-hidden="true">(\w+)</span><span class="unseen">(\w+)</span></th>', page
    )
    assert len(seen) == 12 * 7
    assert " ".join(letters for letters, _name in seen[:7]) == short
    assert seen[0][1].lower() == whole.lower()
    first = re.search(r'<tbody><tr>((?:<td></td>)*)<td class="\w+" data-day="2026-01-01"', page)
    assert first
    assert first[1].count("<td>") == 3  # a Thursday


def test_a_day_off_is_written_by_its_name(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="ru"), "/setup/hours/office")
    form.put(
        date=["2026-03-03", "2026-03-04", "2026-03-05"], hours=["выходной", "", "9-12"], reason=["", "", ""]
    ).save()
    days = [row["hours"] for row in newest(world.company).tree["calendars"]["office"]["exceptions"]]
    assert days == [[], [], ["09:00-12:00"]]
    form = Form(browser("irina", language="ru"), "/setup/hours/office")
    assert form.fields["hours"] == ["выходной", "выходной", "09:00-12:00", ""]


def test_a_reason_moves_to_another_day(world: World, browser: Browser) -> None:
    days = {"date": ["2026-03-03", "2026-03-04"], "hours": ["9-12", "9-12"]}
    Form(browser("irina"), "/setup/hours/office").put(**days, reason=["Инвентаризация", ""]).save()
    Form(browser("irina"), "/setup/hours/office").put(reason=["", "Инвентаризация"]).save()
    assert [row.get("reason") for row in newest(world.company).tree["calendars"]["office"]["exceptions"]] == [
        None,
        "Инвентаризация",
    ]


@pytest.mark.rule("S-14", "S-46")
def test_mistakes_are_said_in_their_fields(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), "/setup/hours/office")
    page = form.put(day__2="9 to 18", day__0="", day__1="").press(live=True).content.decode()
    assert 'data-wrong="day-2"' in page
    form.put(**{f"day__{day}": "" for day in range(5)}).press()
    assert "Never opens" in form.said
    assert "seal" not in form.fields


def test_a_head_changes_hours_only_his_people_keep(world: World, browser: Browser) -> None:
    world.file["calendars"]["firm"] = {"weekdays": ["10:00-19:00"]}
    world.person_table("viktor")["calendar"] = "firm"
    world.apply()
    olga = browser("olga", language="en")
    form = Form(olga, "/setup/hours/firm")
    assert form.put(day__5="9-12").press().status_code == 403
    Form(olga, "/setup/hours/office").put(day__5="9-12").save()  # kept by her drum alone
    assert spec(world)["saturday"] == ["09:00-12:00"]
