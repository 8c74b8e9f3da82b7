"""The public form, as browsers, machines and other sites send it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from leaddrum.intake import form
from leaddrum.models import Company, Drum, Lead, Request
from tests.world import World

GOOD = {"name": "Пётр", "phone": "8 912 345-67-89", "email": "", "text": "Нужны окна\nна дачу", "consent": "yes"}


class Visitor:
    """Opens a drum's form, reads for a while, sends it."""

    def __init__(self, world: World, drum: str = "drum") -> None:
        self.world = world
        self.client = Client(enforce_csrf_checks=True)
        self.url = f"/f/{world.company.key}/{drum}"

    def open(self, query: str = "", **headers: str) -> dict[str, str]:
        """The form's hidden inputs."""
        page = self.client.get(self.url + query, headers=headers)
        assert page.status_code == 200
        return _hidden(page.content.decode())

    def send(self, values: dict[str, Any], *, after: float = 5, **extra: Any) -> Any:
        self.world.jump(seconds=after)
        return self.client.post(self.url, values, **extra)


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {unescape(name): unescape(value) for name, value in found}


@pytest.mark.rule("S-1")
def test_a_request_becomes_an_offer(world: World) -> None:
    visitor = Visitor(world)
    hidden = visitor.open("?utm_source=direct&utm_campaign=окна&other=1", referer="https://example.com/landing?x=1")
    sent = visitor.send(hidden | GOOD)
    assert (sent.status_code, sent["Location"]) == (303, f"{visitor.url}/thanks")
    assert visitor.client.get(sent["Location"]).status_code == 200
    lead = Lead.objects.get()
    assert (lead.name, lead.phone_key, lead.source) == ("Пётр", "+79123456789", "form")
    assert lead.text == "Нужны окна\nна дачу"
    assert lead.fields["utm_source"] == "direct"
    assert lead.fields["utm_campaign"] == "окна"
    assert lead.fields["referrer"] == "https://example.com/landing?x=1"
    assert "Окна" in lead.fields["consent"]
    assert "other" not in lead.fields
    assert lead.cycles.get().state == "offered"
    kept = Request.objects.get()
    assert kept.channel == "form"
    assert "ticket" not in kept.payload


def test_the_drum_of_the_form_gets_the_lead(world: World) -> None:
    world.edit("second", entry=["new"], roster={"people": ["clara"]}, budget="5m")
    visitor = Visitor(world, "second")
    visitor.send(visitor.open() | GOOD)
    cycle = Lead.objects.get().cycles.get()
    assert (cycle.drum.key, cycle.holder and cycle.holder.key) == ("second", "clara")


@pytest.mark.parametrize("ticketed", [True, False])
def test_pressed_twice_is_one_lead(world: World, ticketed: bool) -> None:
    visitor = Visitor(world)
    hidden = visitor.open() if ticketed else {}
    values = hidden | GOOD | {"phone": "", "email": "a@example.com"}
    assert [visitor.send(values, after=3).status_code for _ in range(3)] == [303, 303, 303]
    assert Lead.objects.count() == 1
    assert Request.objects.count() == 1


@pytest.mark.rule("S-25")
def test_the_same_client_once_more_joins(world: World) -> None:
    visitor = Visitor(world)
    for text in ("первый раз", "второй раз"):
        assert visitor.send(visitor.open() | GOOD | {"text": text}).status_code == 303
    assert Lead.objects.count() == 1
    assert Request.objects.count() == 2


@pytest.mark.rule("S-46")
@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"phone": "", "email": ""}, "phone"),
        ({"phone": "позвоните"}, "phone"),
        ({"email": "не адрес"}, "email"),
        ({"consent": ""}, "consent"),
        ({"name": "x" * 201}, "name"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(
    world: World, change: dict[str, str], wrong: str
) -> None:
    visitor = Visitor(world)
    hidden = visitor.open()
    answer = visitor.send(hidden | GOOD | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="{wrong}-wrong"' in page
    if wrong != "text":
        assert "Нужны окна\nна дачу" in unescape(page)
    assert not Lead.objects.exists()
    again = _hidden(page) | GOOD
    assert visitor.send(again).status_code == 303


def test_a_machine_is_stopped_and_a_person_is_not(world: World) -> None:
    visitor = Visitor(world)
    quick = visitor.send(visitor.open() | GOOD | {"utm_source": "mail"}, after=0.5)
    assert quick.status_code == 422
    trapped = visitor.send(_hidden(quick.content.decode()) | GOOD | {form.TRAP: "https://spam.example"})
    assert trapped.status_code == 422
    assert not Lead.objects.exists()
    hidden = _hidden(trapped.content.decode())
    assert hidden["utm_source"] == "mail"
    assert visitor.send(hidden | GOOD).status_code == 303


@pytest.mark.parametrize("forged", ["", "x", "a:b", "\x00", "W10:1tX"])
def test_a_forged_ticket_costs_one_more_press(world: World, forged: str) -> None:
    visitor = Visitor(world)
    answer = visitor.send(GOOD | {"ticket": forged})
    assert answer.status_code == 422
    assert visitor.send(_hidden(answer.content.decode()) | GOOD).status_code == 303


def test_an_old_tab_costs_one_more_press(world: World) -> None:
    visitor = Visitor(world)
    answer = visitor.send(visitor.open() | GOOD, after=8 * 24 * 3600)
    assert answer.status_code == 422
    assert visitor.send(_hidden(answer.content.decode()) | GOOD).status_code == 303


def test_a_ticket_of_another_drum_is_none(world: World) -> None:
    world.edit("second", entry=["new"], roster={"people": ["clara"]}, budget="5m")
    visitor = Visitor(world, "second")
    assert visitor.send(Visitor(world).open() | GOOD).status_code == 422


def test_a_form_of_another_site(world: World) -> None:
    visitor = Visitor(world)
    values = GOOD | {"region": "Пермь", "rooms": ["2", "3"], "empty": ""}
    sent = visitor.send(values, headers={"origin": "https://example.com", "referer": "https://example.com/"})
    assert sent.status_code == 303
    fields = Lead.objects.get().fields
    assert (fields["region"], fields["rooms"]) == ("Пермь", ["2", "3"])
    assert "empty" not in fields


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({f"field{number}": "1" for number in range(60)}, "fields"),
        ({"long": "x" * 2001}, "fields.long"),
        ({"n" * 65: "1"}, "fields.n"),
    ],
)
def test_own_fields_have_bounds(world: World, values: dict[str, str], where: str) -> None:
    answer = Visitor(world).send(GOOD | values)
    assert answer.status_code == 422
    assert not Lead.objects.exists()


def test_markup_stays_text(world: World) -> None:
    visitor = Visitor(world)
    evil = '"><script>alert(1)</script>'
    page = visitor.send(visitor.open(f"?utm_source={evil}") | GOOD | {"name": evil, "phone": "", evil: evil}).content
    assert b"<script" not in page
    assert visitor.send(_hidden(page.decode()) | GOOD | {"name": evil}).status_code == 303
    assert Lead.objects.get().name == evil


def test_too_much_and_too_often(world: World, settings: Settings) -> None:
    settings.FORM_RATE = "3/minute"
    visitor = Visitor(world)
    assert visitor.send({"text": "я" * 500_000}).status_code == 413
    assert [visitor.send(GOOD | {"phone": "x"}).status_code for _ in range(4)] == [422, 422, 422, 429]
    late = visitor.send(visitor.open() | GOOD)
    assert late.status_code == 429
    assert "Заявка не отправлена: их слишком много подряд." in late.content.decode()
    assert int(late["Retry-After"]) > 0
    assert "Нужны окна" in late.content.decode()
    settings.PROXIES = 1
    assert visitor.send(visitor.open() | GOOD, headers={"x-forwarded-for": "1.2.3.4"}).status_code == 303


@pytest.mark.parametrize(
    "path", ["/f/nobody/drum", "/f/{key}/nothing", "/f/{key}/%00", "/f/{key}/drum/thank", "/f/{key}/'; DROP--"]
)
def test_no_such_form(world: World, path: str, settings: Settings) -> None:
    """A client has no account: a dead link says what to do, in the frame of a site too, and offers no sign-in."""
    settings.FRAME_ANCESTORS = ["https://example.com"]
    answer = Client().get(path.format(key=world.company.key) + "?lang=ru&theme=dark", headers={"accept-language": "en"})
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "Такой формы нет" in page
    assert '<html lang="ru" data-theme="dark">' in page
    assert "/sign-in" not in page
    assert "X-Frame-Options" not in answer
    assert "frame-ancestors 'self' https://example.com" in answer["Content-Security-Policy"]


def test_a_form_whose_drum_is_off_is_gone(world: World) -> None:
    visitor = Visitor(world)
    Drum.objects.filter(company=world.company).update(active=False)
    answer = visitor.client.get(visitor.url, headers={"accept-language": "en"})
    assert answer.status_code == 404
    assert "There is no such form" in answer.content.decode()


def test_a_fault_of_ours_sends_no_client_to_the_board(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(world)
    values = visitor.open() | GOOD

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(form, "read", broken)
    visitor.client.raise_request_exception = False
    answer = visitor.send(values, headers={"accept-language": "ru"})
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Заявка, возможно, не отправлена" in page
    assert "secret reason" not in page
    assert 'href="/"' not in page
    assert "X-Frame-Options" not in answer


def test_a_form_with_too_many_fields_is_no_dead_end(world: World) -> None:
    visitor = Visitor(world)
    too_many = {f"x{number}": "" for number in range(1001)}  # Django's own limit
    answer = visitor.client.post(visitor.url + "?lang=ru", too_many)
    assert answer.status_code == 400
    assert "Ничего не отправлено" in answer.content.decode()
    assert 'href="/"' not in answer.content.decode()
    for dead in ("", "/nobody"):
        answer = visitor.client.get(f"{visitor.url}{dead}?" + "&".join(too_many))
        assert answer.status_code in (400, 404)
        assert 'href="/"' not in answer.content.decode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"name": "x"}'),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("text/plain", b"\x00\xff"),
        ("application/x-www-form-urlencoded; charset=nothing", b"name=x"),
        ("application/x-www-form-urlencoded", b"name=%ff%00&phone=%F0%9F%98%80&consent=1"),
        ("application/x-www-form-urlencoded; charset=cp1251", "name=Пётр".encode("cp1251")),
    ],
)
def test_strange_posts_are_refused(world: World, content_type: str, body: bytes) -> None:
    visitor = Visitor(world)
    answer = visitor.client.generic("POST", visitor.url, body, content_type=content_type)
    assert 400 <= answer.status_code < 500
    assert not Lead.objects.exists()


@pytest.mark.rule("S-21")
def test_the_client_is_promised_a_time_when_the_drum_says_so(world: World) -> None:
    world.edit(promise=True, budget_by_source={"form": "20m"})
    for start, promised in (("17:50", "03.03 09:10"), ("20:00", "03.03 09:20"), ("tue 10:00", "10:20")):
        world.until(world.at(start) - timedelta(seconds=5))  # the visitor reads for a while
        visitor = Visitor(world)
        values = visitor.open()
        thanks = visitor.send(values | GOOD)["Location"]
        assert f"до {promised}." in visitor.client.get(thanks).content.decode()
    forged = visitor.client.get(thanks[:-3] + "xyz").content.decode()
    assert "10:20" not in forged
    world.edit(promise=False)
    values = visitor.open()
    assert visitor.send(values | GOOD)["Location"].endswith("/thanks")


def test_only_the_form_may_be_framed_and_only_by_named_sites(world: World, settings: Settings) -> None:
    visitor = Visitor(world)
    alone = visitor.client.get(visitor.url)["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in alone
    settings.FRAME_ANCESTORS = ["https://example.com"]
    for path in (visitor.url, f"{visitor.url}/thanks"):
        framed = visitor.client.get(path)
        assert "frame-ancestors 'self' https://example.com" in framed["Content-Security-Policy"]
        assert "X-Frame-Options" not in framed
        assert "script-src 'self'" in framed["Content-Security-Policy"]
    other = visitor.client.get("/sign-in")
    assert other["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in other["Content-Security-Policy"]


def test_the_page_speaks_the_companys_language_or_the_asked_one(world: World) -> None:
    visitor = Visitor(world)
    assert 'lang="ru"' in visitor.client.get(visitor.url, headers={"accept-language": "en"}).content.decode()
    english = visitor.client.get(visitor.url + "?lang=en").content.decode()
    assert 'lang="en"' in english
    assert "Leave a request" in english
    assert "<script" not in english
    assert "style=" not in english


@pytest.mark.parametrize(
    ("query", "where", "theme"),
    [
        ("", "document", ""),
        ("", "iframe", "light"),
        ("?theme=auto", "iframe", ""),
        ("?theme=dark", "iframe", "dark"),
        ("?theme=light", "document", "light"),
        ("?theme=purple", "iframe", "light"),
    ],
)
def test_a_frame_is_light_unless_its_address_says_otherwise(world: World, query: str, where: str, theme: str) -> None:
    visitor = Visitor(world)
    page = visitor.client.get(visitor.url + query, headers={"sec-fetch-dest": where}).content.decode()
    assert re.findall(r'<html lang="ru"(?: data-theme="(\w+)")?>', page) == [theme]
    assert f'<meta name="color-scheme" content="{theme or "light dark"}">' in page
    world.jump(seconds=5)
    sent = visitor.client.post(visitor.url + query, _hidden(page) | GOOD, headers={"sec-fetch-dest": where})
    thanks = visitor.client.get(sent["Location"], headers={"sec-fetch-dest": where})
    assert re.findall(r'<html lang="ru"(?: data-theme="(\w+)")?>', thanks.content.decode()) == [theme]
    assert "Sec-Fetch-Dest" in thanks["Vary"]


def test_the_snippet_can_be_pasted(world: World) -> None:
    visitor = Visitor(world)
    text = visitor.client.get(visitor.url + "/snippet").content.decode()
    assert f'src="http://testserver{visitor.url}?theme=light"' in text
    assert f'action="http://testserver{visitor.url}"' in text
    assert form.TRAP in text


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(
        st.sampled_from([*form.INPUTS, "consent", "ticket", form.TRAP]) | st.text(), st.text(), max_size=6
    )
)
def test_no_post_is_a_fault_of_ours(world: World, settings: Settings, values: dict[str, str]) -> None:
    settings.FORM_RATE = "100000/minute"
    assert Visitor(world).send(values).status_code in {303, 422}


@pytest.mark.parametrize(
    "words",
    [
        {"text": "SEO and backlinks, rank on google: https://spam.example"},
        {"text": '<a href="https://spam.example">casino</a>'},
        {"name": "https://spam.example", "text": "hello"},
        {"text": "Продвижение сайта, вывод в топ"},
    ],
)
def test_what_looks_like_advertising_costs_one_more_press(world: World, words: dict[str, str]) -> None:
    visitor = Visitor(world)
    answer = visitor.send(visitor.open() | GOOD | words)
    assert answer.status_code == 422
    assert "похожа на рекламу" in answer.content.decode()
    assert visitor.send(_hidden(answer.content.decode()) | GOOD | words).status_code == 303
    assert Lead.objects.count() == 1


@pytest.mark.parametrize(
    "words", ["Сайт https://okna.example, хочу такие же окна", "<3 любимой жене окна", "Топ окна!"]
)
def test_what_clients_write_is_no_advertising(world: World, words: str) -> None:
    visitor = Visitor(world)
    assert visitor.send(visitor.open() | GOOD | {"text": words}).status_code == 303


def test_who_goes_back_and_mends_his_phone_is_no_repeat(world: World) -> None:
    visitor = Visitor(world)
    hidden = visitor.open()
    assert visitor.send(hidden | GOOD | {"phone": "8 912 345-67-80"}).status_code == 303
    assert visitor.send(hidden | GOOD).status_code == 303
    assert visitor.send(hidden | GOOD).status_code == 303
    assert sorted(Lead.objects.values_list("phone_key", flat=True)) == ["+79123456780", "+79123456789"]


@pytest.mark.rule("S-46")
def test_a_form_of_a_company_whose_leads_live_elsewhere_loses_nobody(world: World) -> None:
    visitor = Visitor(world)
    hidden = visitor.open()
    Company.objects.filter(pk=world.company_id).update(crm="apart", staff_version=99)
    for _again in range(2):
        assert visitor.send(hidden | GOOD).status_code == 303
    kept = Request.objects.get()
    assert (kept.lead_id, kept.payload["phone"], len(kept.errors)) == (None, ["8 912 345-67-89"], 1)
