"""Those who run the company are told of a way in that does not work: once, and once when it does again."""

from __future__ import annotations

from typing import Any

import pytest

from leaddrum import outbox
from leaddrum.channels import pace
from leaddrum.engine import broken_ways
from leaddrum.intake import trying, ways
from leaddrum.intake.hooks import receive
from leaddrum.intake.hooks.call import Call
from leaddrum.intake.listening import LEASE, Hold, Reader
from leaddrum.models import Company, Way
from leaddrum.words.ways_in import HANGS
from leaddrum.words.ways_in import REFUSED as REFUSED_CALLS
from tests.ops.postbox import Postbox, text_of
from tests.world import World

IRINA = "irina@example.com"
REFUSED = "sales@firm.example: AUTHENTICATIONFAILED"


@pytest.fixture
def office(world: World) -> World:
    world.person_table("irina")["email"] = IRINA
    world.apply()
    return world


def made(world: World, kind: str = "mailbox", name: str = "Почта отдела") -> Way:
    return ways.make(Company.objects.get(pk=world.company_id), kind, name, now=world.now)


def fails(world: World, way: Way, why: str = REFUSED) -> None:
    way.refresh_from_db()
    ways.ill(way, why, world.now)


def speaks(world: World, way: Way) -> None:
    way.refresh_from_db()
    ways.well(way, world.now)


def look(world: World, **later: float) -> int:
    world.jump(**later)
    return broken_ways.look(world.now)


def broken(world: World, **values: Any) -> Way:
    """A way that they have been told of."""
    way = made(world, **values)
    fails(world, way)
    assert look(world, minutes=10) == 1
    return way


def send(world: World) -> int:
    pace.forget()
    world.jump(seconds=1)
    return outbox.send_due(world.now).done


def test_a_hiccup_tells_nobody(office: World) -> None:
    way = made(office)
    for _hiccup in range(3):
        fails(office, way)
        assert look(office, minutes=9, seconds=59) == 0
        speaks(office, way)
        assert look(office, minutes=5) == 0
    assert office.notices("irina") == []


def test_one_outage_is_told_once_to_those_who_run_the_company(office: World, postbox: Postbox) -> None:
    way = made(office)
    fails(office, way)
    for _attempt in range(3):  # each says something else, and it is one outage
        office.jump(minutes=4)
        fails(office, way)
    assert look(office) == 1
    for _hour in range(3):
        fails(office, way, "another word")
        assert look(office, hours=1) == 0
    assert {key: office.notices(key) for key in ("irina", "olga", "viktor", "anna")} == {
        "irina": ["way_broken"], "olga": [], "viktor": [], "anna": []
    }  # fmt: skip
    assert send(office) == 1
    (mail,) = postbox.to(IRINA)
    assert mail["Subject"].strip() == "Канал не работает: Почта отдела"
    said = text_of(mail)
    assert "С 10:00 лиды по нему не приходят." in said
    assert f"Ответ: {REFUSED}" in said
    assert "Письма остаются в ящике" in said
    assert "Открыть канал" in said
    assert f"https://leads.example.com/ways/{way.pk}" in said
    assert send(office) == 0


def test_when_it_works_again_they_are_told_once(office: World, postbox: Postbox) -> None:
    way = broken(office)
    send(office)
    assert look(office, minutes=20) == 0
    speaks(office, way)
    assert look(office, seconds=5) == 1
    speaks(office, way)
    assert look(office, minutes=20) == 0
    assert office.notices("irina") == ["way_broken", "way_works"]
    send(office)
    mail = postbox.to(IRINA)[1]
    assert mail["Subject"].strip() == "Канал снова работает: Почта отдела"
    assert "Не работал с 10:00 до 10:30." in text_of(mail)
    fails(office, way)  # another outage
    assert look(office, minutes=10) == 1
    assert office.notices("irina") == ["way_broken", "way_works", "way_broken"]


def test_at_night_mail_waits_for_the_end_of_their_quiet_hours(office: World, postbox: Postbox) -> None:
    office.person_table("irina")["quiet"] = ["22:00-08:00"]
    office.apply()
    office.until("23:00")
    broken(office)
    assert office.notices("irina") == ["way_broken"]  # on the pages at once
    assert send(office) == 0
    office.until("tue 07:59")
    assert send(office) == 0
    office.until("tue 08:00")
    assert send(office) == 1
    assert "С 02.03 23:00" in text_of(postbox.to(IRINA)[0])


def test_of_one_that_is_off_nobody_is_told(office: World) -> None:
    way = made(office)
    fails(office, way)
    Way.objects.update(active=False)
    assert look(office, hours=1) == 0
    Way.objects.update(active=True)
    assert look(office) == 1
    Way.objects.update(active=False)
    office.jump(seconds=1)
    speaks(office, way)
    assert look(office, minutes=1) == 0
    assert office.notices("irina") == ["way_broken"]


def signed(way: Way, body: bytes) -> Call:
    return Call(body, {"content-type": "application/json", "x-leaddrum-token": ways.secret_of(way)}, {})


def test_a_site_whose_calls_are_all_refused_is_told_of(office: World, postbox: Postbox) -> None:
    """Its secret was renewed here and not there: it calls, and no lead comes of it."""
    way = made(office, "form", "Сайт")
    for _visitor in range(3):
        assert receive.take_in(way, Call(b"{}", {}, {}), now=office.now).status == 403
        way.refresh_from_db()
        assert (way.trouble, way.trouble_at) == (REFUSED_CALLS, office.at("10:00"))
        office.jump(minutes=4)
    assert look(office) == 1
    send(office)
    said = text_of(postbox.to(IRINA)[0])
    assert "подпись не подходит" in said
    assert "посмотрите их там, где их хранит сайт" in said
    assert trying.send(way, now=office.now) is not None  # from here it works: that says nothing of the site
    assert look(office, minutes=1) == 0
    assert Way.objects.get().trouble == REFUSED_CALLS
    way = Way.objects.get()
    assert receive.take_in(way, signed(way, b'{"name": "Ivan"}'), now=office.now).status == 200
    assert look(office, minutes=1) == 1
    assert office.notices("irina") == ["way_broken", "way_works"]


def test_one_refused_call_among_others_is_nothing(office: World) -> None:
    way = made(office, "form", "Сайт")
    receive.take_in(way, Call(b"{}", {}, {}), now=office.now)
    office.jump(minutes=9)
    way.refresh_from_db()
    receive.take_in(way, signed(way, b'{"name": "Ivan"}'), now=office.now)
    assert look(office, hours=1) == 0


def test_what_cannot_be_read_is_no_outage(office: World) -> None:
    """It is kept and shown for itself (S-46)."""
    way = made(office, "form", "Сайт")
    assert receive.take_in(way, signed(way, b"{"), now=office.now).status == 422
    assert Way.objects.get().trouble == ""
    assert look(office, hours=1) == 0


def test_a_reader_that_hangs_is_told_of_too(office: World, postbox: Postbox) -> None:
    way = made(office)
    assert Hold(way, "host:1").take() is not None
    assert look(office, seconds=LEASE.total_seconds() + 599) == 0
    assert look(office, seconds=1) == 1
    (notice,) = office.told("irina")
    assert (notice.kind, notice.data["error"]) == ("way_broken", HANGS)
    way.refresh_from_db()
    assert way.trouble == HANGS  # its page says so
    send(office)
    assert "Чтение зависло. Перезапустите LeadDrum." in text_of(postbox.to(IRINA)[0])
    assert Hold(way, "host:2").take() is not None
    office.jump(seconds=1)
    speaks(office, way)
    assert look(office, minutes=1) == 1
    assert office.notices("irina") == ["way_broken", "way_works"]


def test_a_fault_of_ours_is_trouble_like_any_other(office: World) -> None:
    way = made(office)

    def session(_way: Way, _hold: Hold) -> None:
        raise KeyError("UIDNEXT")

    reader = Reader(Hold(way, "test"), session)
    assert reader._once()
    way.refresh_from_db()
    assert (way.trouble, way.trouble_at, way.held_by) == ("KeyError", office.now, "")
    office.jump(minutes=10)
    assert reader._once()
    assert look(office) == 1


def test_without_an_administrator_the_heads_are_told(office: World) -> None:
    office.person_table("irina")["role"] = "employee"
    office.apply()
    broken(office)
    heard = {key for key in ("irina", "olga", "viktor", "anna", "boris") if office.notices(key)}
    assert heard == {"olga", "viktor"}


def test_many_at_once_are_one_table(office: World, postbox: Postbox) -> None:
    for number in range(5):
        fails(office, made(office, name=f"Ящик {number}"))
    assert look(office, minutes=10) == 5
    assert send(office) == 5
    (mail,) = postbox.to(IRINA)
    said = text_of(mail)
    assert all(f"Канал не работает: Ящик {number}" in said for number in range(5))
    assert said.count("https://leads.example.com/ways/") == 5


def test_a_company_that_cannot_be_told_keeps_no_other_in_the_dark(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = World()
    for world in (office, other):
        fails(world, made(world))
    tell = broken_ways._tell

    def some(table: Any, way: int) -> bool:
        if table.company == office.company_id:
            raise KeyError("x")
        return tell(table, way)

    monkeypatch.setattr(broken_ways, "_tell", some)
    assert look(office, minutes=10) == 1
    assert (office.notices("irina"), other.notices("irina")) == ([], ["way_broken"])
    monkeypatch.undo()
    assert look(office) == 1
    assert office.notices("irina") == ["way_broken"]


def test_a_look_is_one_query_however_many_there_are(office: World, django_assert_num_queries: Any) -> None:
    broken(office)  # one is out, and they know
    for number in range(30):
        speaks(office, made(office, name=f"Ящик {number}"))
    office.leads(20)
    with django_assert_num_queries(1):
        assert look(office, minutes=1) == 0
