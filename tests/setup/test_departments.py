"""Departments: heads and deputies by name, with one list of everybody for the whole page (S-8)."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaddrum.company.settings import newest
from leaddrum.company.shape import Department
from tests.setup.forms import Form
from tests.world import World

Browser = Callable[..., Client]
PAGE = "/setup/departments"


def sales(world: World) -> Department:
    return next(one for one in newest(world.company).file.departments if one.key == "sales")


def namesake(world: World) -> None:
    """Another Anna Kim, in no department."""
    world.person_table("anna2").update(name="Анна Ким", email="a2@example.com", departments=[])
    world.apply()


@pytest.mark.parametrize("written", ["Анна Ким", "анна  КИМ", "ким анна", "Ким", "anna@example.com", "anna"])
def test_a_head_is_named_as_one_calls_him(world: World, browser: Browser, written: str) -> None:
    world.person_table("anna")["email"] = "anna@example.com"
    world.apply()
    form = Form(browser("irina", language="en"), PAGE)
    assert form.fields["head"] == ["Виктор Директор", "Ольга Руднева", ""]
    form.put(head=["Виктор Директор", written, ""]).press()
    assert "Ольга Руднева → Анна Ким" in form.said  # who is meant is seen before it is saved
    form.press("save")
    assert sales(world).head == "anna"
    assert Form(browser("irina"), PAGE).fields["head"][1] == "Анна Ким"


def test_somebody_of_another_department_answers_and_nobody_may(world: World, browser: Browser) -> None:
    form = Form(browser("irina"), PAGE)
    form.put(head=["", "Ирина Админ", ""], deputy=["", "Виктор Директор", ""]).save()
    assert (sales(world).head, sales(world).deputy) == ("irina", "viktor")
    assert newest(world.company).file.departments[0].head == ""


def test_who_has_a_namesake_goes_by_his_address_too(world: World, browser: Browser) -> None:
    namesake(world)
    form = Form(browser("irina", language="en"), PAGE)
    form.put(head=["Виктор Директор", "Анна Ким", ""]).press()
    assert "“Анна Ким” may be several people (Анна Ким, a2@example.com; Анна Ким, anna)" in form.said
    assert "seal" not in form.fields
    form.put(head=["Виктор Директор", "Анна Ким, a2@example.com", ""]).save()
    assert sales(world).head == "anna2"
    form = Form(browser("irina", language="en"), PAGE)
    assert form.fields["head"][1] == "Анна Ким, a2@example.com"
    form.put(name=["Фирма", "Сбыт", ""]).save()
    assert sales(world).head == "anna2"


def test_who_shares_his_address_too_goes_by_his_id(world: World, browser: Browser) -> None:
    namesake(world)
    world.person_table("anna")["email"] = "a2@example.com"
    world.apply()
    form = Form(browser("irina"), PAGE)
    form.put(head=["Виктор Директор", "Анна Ким, anna2", ""], deputy=["", "Анна Ким, anna", ""]).save()
    assert (sales(world).head, sales(world).deputy) == ("anna2", "anna")


def test_a_name_nobody_has_is_refused_at_its_field(world: World, browser: Browser) -> None:
    form = Form(browser("irina", language="en"), PAGE)
    form.put(deputy=["", "Зоя Нет", ""]).press()
    assert "Продажи, deputy: nobody is called “Зоя Нет”." in form.said
    assert "seal" not in form.fields
    page = form.page.content.decode()
    assert page.count('aria-invalid="true"') == 1
    field = page[page.index('name="deputy"', page.index('value="sales"')) :]
    assert 'id="deputy-sales"' in field[: field.index('aria-invalid="true"')]
    assert 'data-wrong="deputy-sales"' in page
    assert form.fields["deputy"][1] == "Зоя Нет"  # what he wrote stays
    assert sales(world).deputy == ""


def test_a_head_who_has_left_is_named_and_not_offered(world: World, browser: Browser) -> None:
    world.person_table("olga")["active"] = False
    world.apply()
    form = Form(browser("irina"), PAGE)
    assert form.fields["head"][1] == "Ольга Руднева"
    assert '<option value="Ольга Руднева">' not in form.page.content.decode()
    form.put(name=["Фирма", "Сбыт", ""]).save()
    assert sales(world).head == "olga"


def test_two_who_change_different_cells_undo_nothing(world: World, browser: Browser) -> None:
    first, second = (Form(browser("irina"), PAGE) for _each in range(2))
    first.put(head=["Виктор Директор", "Борис", ""]).save()
    second.put(deputy=["", "Клара Вайс", ""]).save()
    assert (sales(world).head, sales(world).deputy) == ("boris", "clara")


def test_everybody_is_listed_once_however_many_departments_there_are(world: World, browser: Browser) -> None:
    client = browser("irina")

    def looked() -> tuple[str, int]:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as seen:
            page = client.get(PAGE).content.decode()
        return unescape(page), len(seen)

    _page, queries = looked()
    for number in range(12):
        world.file["departments"].append({"id": f"d{number}", "name": f"Отдел {number}", "head": f"p{number}"})
    for number in range(60):
        world.person_table(f"p{number}").update(name=f"Продавец № {number}", departments=[f"d{number % 12}"])
    world.apply()
    page, more = looked()
    assert more == queries
    assert page.count("Продавец № 59") == 1
    assert page.count("Продавец № 7") == 2  # who is offered, and who is a head


def test_a_department_leads_to_its_people(world: World, browser: Browser) -> None:
    irina = browser("irina", language="en")
    form = Form(irina, PAGE)
    assert "4 people : Продажи" in form.said
    assert 'href="/setup/people?department=sales"' in form.page.content.decode()
    found = Form(irina, PAGE).client.get("/setup/people?department=sales").content.decode()
    assert "Анна Ким" in found
    assert "Виктор Директор" not in found
    assert '<option value="sales" selected>' in found
    both = irina.get("/setup/people?department=sales&q=Клара").content.decode()
    assert "Клара Вайс" in both
    assert "Анна Ким" not in both
    assert "Виктор Директор" in irina.get("/setup/people?department=nowhere").content.decode()
