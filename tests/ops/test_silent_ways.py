"""Those who run the company are told of a way in that has fallen silent: once, and once when it is heard again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from django.db import connection

from leaddrum import engine, outbox
from leaddrum.channels import pace
from leaddrum.core import silence
from leaddrum.core.worktime import Calendar
from leaddrum.engine import broken_ways, built_in, silent_ways
from leaddrum.engine.desk import desk
from leaddrum.engine.staff import Org
from leaddrum.guard import Guard
from leaddrum.intake import trying, ways
from leaddrum.intake.hooks import receive
from leaddrum.intake.hooks.call import Call
from leaddrum.intake.mail import receive as mail
from leaddrum.intake.watching import GRACE, Watching
from leaddrum.loop import Turning
from leaddrum.models import Company, Drum, Request, Way
from tests.intake.letters import letter
from tests.ops.postbox import Postbox, text_of
from tests.web.test_plans import scans
from tests.world import World

IRINA = "irina@example.com"
DAY = timedelta(days=1)


@pytest.fixture
def office(world: World) -> World:
    world.person_table("irina")["email"] = IRINA
    world.apply()
    return world


def made(world: World, kind: str = "form", name: str = "Сайт", **values: Any) -> Way:
    return ways.make(Company.objects.get(pk=world.company_id), kind, name, now=world.now, **values)


def history(world: World, way: Way, days: int = 28) -> None:
    """Something came at ten and at four of every working day so far, the last time now: at most four hours and a half
    of working time between, lunch not counted."""
    found = [world.now - DAY * n + timedelta(hours=after) for n in range(1, days + 1) for after in (0, 6)]
    for at in [at for at in sorted(found) if at.weekday() < 5] + [world.now]:
        ways.keep(way, "form", {"raw": "?"}, now=at)


def calls(world: World, way: Way, signed: bool = True) -> None:
    """The site does what it always did."""
    way.refresh_from_db()
    headers = {"content-type": "application/json"} | ({"x-leaddrum-token": ways.secret_of(way)} if signed else {})
    body = f'{{"name": "Ivan", "id": "{world.now.timestamp()}"}}'.encode()
    assert receive.take_in(way, Call(body, headers, {}), now=world.now).status == (200 if signed else 403)


def look(world: World, when: str = "") -> int:
    if when:
        world.now = world.at(when)
    return silent_ways.look(world.now)


def silent(world: World, **values: Any) -> Way:
    """A way that they have been told of: nothing since Monday at ten."""
    way = made(world, **values)
    history(world, way)
    assert look(world, "wed 11:00") == 1
    return way


def send(world: World) -> int:
    pace.forget()
    world.jump(seconds=1)
    return outbox.send_due(world.now).done


def test_a_silence_is_told_once_with_its_figures(office: World, postbox: Postbox) -> None:
    way = made(office)
    history(office, way)
    assert look(office) == 0
    # Five hours are the longest pause (ten to four), so fifteen are too much: 7 on Monday, 8 on Tuesday.
    assert look(office, "tue 17:59") == 0
    assert look(office, "tue 18:00") == 1
    assert look(office, "wed 12:00") == 0
    assert {key: office.notices(key) for key in ("irina", "olga", "viktor", "anna")} == {
        "irina": ["way_silent"], "olga": [], "viktor": [], "anna": []
    }  # fmt: skip
    assert send(office) == 1
    (letter_,) = postbox.to(IRINA)
    assert letter_["Subject"].strip() == "Канал молчит: Сайт"
    said = text_of(letter_)
    assert "В последний раз по нему что-то пришло: 02.03 10:00." in said
    assert "Обычно перерыв не дольше 5 ч, а сейчас ничего нет уже 15 ч рабочего времени." in said
    assert "Отправьте форму на сайте сами" in said
    assert f"https://leads.example.com/ways/{way.pk}" in said


@pytest.mark.parametrize(
    ("kind", "name", "advice"),
    [
        ("page", "Страница формы: Новые лиды", "Откройте форму там, где её видят клиенты"),
        ("api", "API", "Посмотрите журнал программы, которая присылает лиды"),
    ],
)
def test_of_a_form_page_and_the_api_it_is_told_alike(
    office: World, postbox: Postbox, kind: str, name: str, advice: str
) -> None:
    drum = Drum.objects.get().pk if kind == "page" else None
    way = built_in.row(office.company_id, kind, drum, office.now)
    history(office, way)
    assert look(office, "tue 17:59") == 0
    assert look(office, "tue 18:00") == 1
    assert send(office) == 1
    (told,) = postbox.to(IRINA)
    assert told["Subject"].strip() == f"Канал молчит: {name}"
    said = text_of(told)
    assert "Обычно перерыв не дольше 5 ч, а сейчас ничего нет уже 15 ч рабочего времени." in said
    assert advice in said
    assert "нажмите «Не отслеживать» на его странице" in said
    assert f"https://leads.example.com/ways/{way.pk}" in said
    office.jump(minutes=1)
    engine.arrive(office.company_id, engine.Arrival(title="Окна", built_in=kind, drum=drum), now=office.now)
    assert not Way.objects.get().is_silent
    assert look(office) == 1
    office.jump(minutes=2)
    send(office)
    assert f"Канал снова на связи: {name}" in [letter["Subject"].strip() for letter in postbox.to(IRINA)]
    assert look(office) == 0


def test_a_weekend_is_no_silence(office: World) -> None:
    office.now = office.at("2026-03-06 16:00")  # Friday: ten o'clock has its pair, and it is the last one
    way = made(office)
    history(office, way)
    for when in ("sat 10:00", "sun 23:00", "mon 09:00", "mon 18:00"):  # 2 hours of Friday and 8 of Monday
        assert look(office, when) == 0
    assert look(office, "tue 18:00") == 1


def test_when_something_comes_they_are_told_once(office: World, postbox: Postbox) -> None:
    way = silent(office)
    send(office)
    office.jump(minutes=30)
    calls(office, way)
    assert not Way.objects.get().is_silent  # its page says so at once
    assert look(office) == 1
    assert look(office) == 0
    assert office.notices("irina") == ["way_silent", "way_heard"]
    office.jump(minutes=2)
    send(office)
    heard = postbox.to(IRINA)[1]
    assert heard["Subject"].strip() == "Канал снова на связи: Сайт"
    assert "По нему что-то пришло: 11:30." in text_of(heard)
    assert look(office, "thu 11:00") == 0
    assert look(office, "2026-03-20 18:00") == 1  # another silence
    assert office.notices("irina") == ["way_silent", "way_heard", "way_silent"]


def test_a_test_of_ours_is_no_sign_of_life(office: World) -> None:
    way = made(office)
    history(office, way)
    office.now = office.at("tue 16:00")
    assert trying.send(Way.objects.get(pk=way.pk), now=office.now) is not None
    assert look(office, "tue 18:00") == 1
    assert trying.send(Way.objects.get(pk=way.pk), now=office.now) is not None
    assert look(office, "wed 10:00") == 0
    assert Way.objects.get().is_silent


def test_refused_calls_are_a_sign_of_life_that_says_so(office: World) -> None:
    way = made(office)
    history(office, way)
    office.now = office.at("tue 12:00")
    calls(office, way, signed=False)
    assert look(office, "wed 12:00") == 0  # that is told as trouble, by `broken_ways`
    assert Way.objects.get().trouble


def test_a_mailbox_that_is_read_and_brings_nothing(office: World) -> None:
    """Somebody has switched forwarding off. That we reach the mailbox, and what we send ourselves, is no sign of it."""
    way = made(office, "mailbox", "Почта", settings={"address": "sales@firm.example"})
    history(office, way)
    office.now = office.at("tue 17:00")
    ways.well(Way.objects.get(), office.now, came=False)
    own = letter(sender="sales@firm.example", to="x@y.example", subject="Прайс", number="<own@firm>")
    assert mail.take_in(Way.objects.get(), own, now=office.now, sent=True) == "ours"
    assert look(office, "tue 18:00") == 1
    office.jump(minutes=1)
    ways.well(Way.objects.get(), office.now, came=False)
    assert look(office) == 0
    mail.take_in(Way.objects.get(), letter(Precedence="bulk", subject="Скидки"), now=office.now)
    assert look(office) == 1
    assert office.notices("irina") == ["way_silent", "way_heard"]


def test_while_it_was_broken_nothing_could_come(office: World) -> None:
    """A telephony that was not reached for days; what it would have told is lost, and no silence of its."""
    way = made(office, "calls", "Телефон", preset="asterisk")
    history(office, way)
    office.now = office.at("2026-03-02 12:00")
    ways.ill(way, "timed out", office.now)
    assert broken_ways.look(office.at("2026-03-02 12:10")) == 1
    office.now = office.at("wed 12:00")
    ways.well(way, office.now, came=False)
    office.jump(seconds=5)
    assert look(office) == 0  # nobody has been told yet that it works
    assert broken_ways.look(office.now) == 1
    assert look(office) == 0
    assert office.notices("irina") == ["way_broken", "way_works"]
    assert look(office, "2026-03-06 10:59") == 0
    assert look(office, "2026-03-06 11:01") == 1  # 5 hours on Wednesday, 8 on Thursday, 2 on Friday


def test_that_a_silent_way_works_again_is_no_sign_of_life(office: World) -> None:
    way = silent(office, kind="calls", preset="asterisk")
    ways.ill(way, "timed out", office.now)
    office.jump(hours=2)
    assert broken_ways.look(office.now) == 1
    office.jump(seconds=5)
    ways.well(way, office.now, came=False)
    assert broken_ways.look(office.now) == 1
    assert look(office) == 0
    assert Way.objects.get().is_silent


def test_that_it_is_off_at_night_does_not_hide_a_silence(office: World) -> None:
    """Each time it is away for 59 minutes of working time."""
    way = made(office, "calls", "Телефон", preset="asterisk")
    history(office, way)
    for evening in ("2026-03-02 18:00", "tue 18:00"):
        office.now = office.at(evening)
        ways.ill(way, "timed out", office.now)
        office.jump(hours=1)
        assert broken_ways.look(office.now) == 1
        office.jump(hours=14, minutes=59)
        ways.well(way, office.now, came=False)
        office.jump(seconds=5)
        assert broken_ways.look(office.now) == 1
    assert look(office) == 1


def test_letters_of_our_own_do_not_fill_its_pauses(office: World) -> None:
    """A mailbox with a folder of sent mail, into which somebody writes every hour."""
    way = made(office, "mailbox", "Почта")
    for hour in range(24 * 29, 0, -1):
        ways.keep(way, "mail", {}, now=office.now - timedelta(hours=hour), aside="ours")
    history(office, way)
    assert look(office, "tue 17:59") == 0  # of one it would be four hours at most: silent at three o'clock on Monday
    assert office.notices("irina") == []


def test_one_that_is_off_or_was_never_used_is_never_silent(office: World) -> None:
    made(office, name="Новый")
    way = made(office)
    history(office, way)
    Way.objects.filter(pk=way.pk).update(active=False)
    assert look(office, "2026-03-20 12:00") == 0
    Way.objects.filter(pk=way.pk).update(active=True)
    assert look(office) == 1
    assert office.told("irina")[0].data["name"] == "Сайт"


def test_of_a_way_older_than_this_the_last_request_counts(office: World) -> None:
    way = made(office)
    history(office, way)
    Way.objects.update(quiet_since=None)
    assert look(office, "tue 17:59") == 0
    assert look(office, "tue 18:00") == 1
    assert Way.objects.get().quiet_since == office.at("2026-03-02 10:00")


def test_the_hours_are_those_of_its_drum(office: World) -> None:
    drum = office.drum_table("night")
    drum |= {"name": "Круглосуточно", "entry": ["later"], "calendar": "always", "roster": {"people": ["anna"]}}
    drum["budget"] = "30m"
    office.apply()
    way = made(office, drum=Company.objects.get(pk=office.company_id).drum_set.get(key="night"))
    history(office, way)
    # By the clock a weekend is the longest pause: Friday 16:00 to Monday 10:00, 66 hours. So 198 are too much.
    assert look(office, "2026-03-10 15:59") == 0
    assert look(office, "2026-03-10 16:00") == 1


def test_while_nothing_ran_here_nothing_could_come(office: World) -> None:
    way = made(office)
    history(office, way)
    silent_ways.deaf(office.at("2026-03-02 10:30"), office.at("2026-03-02 11:00"))  # as long as an upgrade
    assert Way.objects.get().quiet_since == office.at("2026-03-02 10:00")
    silent_ways.deaf(office.at("2026-02-27 10:00"), office.at("2026-03-02 09:55"))  # something has come since
    assert Way.objects.get().quiet_since == office.at("2026-03-02 10:00")
    silent_ways.deaf(office.at("2026-03-02 18:00"), office.at("2026-03-03 09:30"))  # a night, and half an hour
    assert Way.objects.get().quiet_since == office.at("2026-03-02 10:00")
    silent_ways.deaf(office.at("2026-03-02 12:00"), office.at("2026-03-03 10:00"))
    assert look(office, "tue 18:00") == 0
    assert look(office, "wed 17:59") == 0
    assert look(office, "wed 18:00") == 1  # 7 on Tuesday and 8 on Wednesday
    silent_ways.deaf(office.at("2026-03-05 09:00"), office.at("2026-03-06 09:00"))
    assert look(office, "fri 10:00") == 0  # of one they know of it is not taken for a sign of life
    assert Way.objects.get(pk=way.pk).is_silent


def test_an_engine_that_was_away_lets_silence_count_anew_before_anything_else(office: World) -> None:
    """One that is killed in its first minutes does not take along what it knew of the outage."""
    history(office, made(office))
    guard = Guard(wall=lambda: office.now, boot=lambda: office.now.timestamp())
    office.now = office.at("2026-03-02 12:00")
    Turning(guard, "here:1")()
    office.now = back = office.at("wed 12:00")
    Turning(guard, "here:2")()
    office.jump(minutes=1)
    turning, watch = Turning(guard, "here:3"), Watching()
    for _moment in range(4):
        turning()
        watch(office.now)
        office.jump(seconds=GRACE.total_seconds() / 2)
    assert office.notices("irina") == []
    assert Way.objects.get().quiet_since == back


def test_of_an_outage_that_only_the_clock_of_this_machine_knows_silence_hears_nothing(office: World) -> None:
    way = made(office)
    history(office, way)
    Turning(Guard(wall=lambda: office.now, boot=lambda: office.now.timestamp()), "here:1")()
    true = office.now
    office.now = office.at("2027-03-02 10:00")
    Turning(Guard(wall=lambda: office.now, boot=lambda: 0.0, witness=lambda: true), "there:1")()
    assert Way.objects.get().quiet_since == true


@pytest.mark.parametrize("wrong", [timedelta(minutes=-5), timedelta(minutes=5)])
def test_an_outage_is_not_forgotten_while_the_clock_is_set_right(office: World, wrong: timedelta) -> None:
    way = made(office)
    history(office, way)
    before = office.now
    Turning(Guard(wall=lambda: office.now, boot=lambda: office.now.timestamp()), "here:1")()
    true = office.at("wed 12:00")
    office.now = true + wrong
    turning = Turning(
        Guard(wall=lambda: office.now, boot=lambda: office.now.timestamp(), witness=lambda: true), "here:2"
    )
    turning()
    assert Way.objects.get().quiet_since == before
    office.now = true = true + timedelta(minutes=1)
    turning()
    assert Way.objects.get().quiet_since == true


def test_one_company_whose_hours_cannot_be_read_keeps_no_other_from_counting_anew(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange, way = made(office, name="Странный"), made(office)
    for one in (strange, way):
        history(office, one)
    hours = silent_ways._calendar

    def read(one: Way, people: Org) -> Calendar:
        if one.pk == strange.pk:
            raise ZoneInfoNotFoundError("Mars/Olympus")
        return hours(one, people)

    monkeypatch.setattr(silent_ways, "_calendar", read)
    end = office.at("2026-03-04 12:00")
    silent_ways.deaf(office.now, end)
    assert Way.objects.get(pk=way.pk).quiet_since == end


def test_a_look_is_one_query_however_many_there_are(office: World, django_assert_num_queries: Any) -> None:
    silent(office)
    for number in range(10):
        way = made(office, name=f"Форма {number}")
        calls(office, way)
    look(office)
    with django_assert_num_queries(1):
        assert look(office) == 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what the tables hold")
def test_no_look_reads_a_whole_table_of_history(office: World) -> None:
    history(office, made(office))
    history(office, made(office, name="Другой"))
    with scans() as found:
        assert look(office, "wed 11:00") == 2
    assert found == []


def test_it_reads_no_more_than_the_newest(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    way = made(office)
    history(office, way)
    monkeypatch.setattr(silence, "NEWEST", 10)
    assert len(silent_ways._came(way.pk)) == 10
    newest = list(Request.objects.order_by("-pk").values_list("received_at", flat=True)[:10])
    assert sorted(silent_ways._came(way.pk)) == sorted(newest)


def test_something_that_comes_at_that_very_moment_is_no_silence(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading the history and telling, as another process might."""
    way = made(office)
    history(office, way)

    def late(company: int, now: datetime) -> Any:
        calls(office, way)
        return desk(company, now)

    monkeypatch.setattr("leaddrum.engine.silent_ways.desk", late)
    assert look(office, "wed 11:00") == 0
    assert office.notices("irina") == []
