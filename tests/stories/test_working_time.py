"""S-11 to S-16: calendars, own hours, holidays, what happens when hours change, and why a deadline is when it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import translation

from leaddrum.company import Unreadable
from leaddrum.web import deadline
from leaddrum.web.viewer import Viewer
from tests.world import World, expect_hold, expect_offer, wall


def world_with(calendar: dict[str, Any], *, start: str = "", **drum: Any) -> World:
    """A world whose drum runs by this calendar."""
    world = World(start=start, **drum)
    world.file["calendars"]["office"] = calendar
    world.apply()
    return world


@pytest.mark.rule("S-11")
def test_hours_may_cross_midnight() -> None:
    world = world_with({"weekdays": ["22:00-02:00"]}, start="tue 23:50")
    expect_offer(world.lead(), to="anna", due="wed 00:20")
    world = world_with({"weekdays": ["22:00-02:00"]}, start="sat 01:50")
    expect_offer(world.lead(), to="anna", due="mon 22:20")


@pytest.mark.rule("S-11")
def test_a_day_may_end_at_24() -> None:
    world = world_with({"every_day": ["12:00-24:00"]}, start="23:50")
    expect_offer(world.lead(), to="anna", due="tue 12:20")


@pytest.mark.rule("S-11")
def test_dated_exceptions_win() -> None:
    hours = ["09:00-13:00", "14:00-18:00"]
    exceptions = [
        {"date": date(2026, 3, 3), "hours": [], "reason": "переезд"},
        {"date": date(2026, 3, 4), "hours": ["09:00-10:00"], "reason": "короткий день"},
        {"date": date(2026, 3, 7), "hours": ["10:00-11:00"], "reason": "рабочая суббота"},
    ]
    world = world_with({"weekdays": hours, "exceptions": exceptions}, start="17:50", budget="1h")
    expect_offer(world.lead(), to="anna", due="wed 09:50")
    world.until("fri 17:50")
    expect_offer(world.lead(), to="anna", due="sat 10:50")


@pytest.mark.rule("S-11")
def test_the_closing_instant_is_closed_and_lunch_is_a_gap() -> None:
    world = World(start="18:00")
    expect_hold(world.lead(), "closed")
    world = World(start="13:00")
    expect_hold(world.lead(), "closed")
    world = World(start="12:30")
    expect_offer(world.lead(), to="anna", due="13:00")


@pytest.mark.rule("S-12")
def test_a_turn_runs_on_the_persons_own_hours() -> None:
    world = World(start="10:00", roster={"people": ["anna"]})
    world.file["calendars"]["half"] = {"weekdays": ["09:00-10:15"]}
    world.person_table("anna")["calendar"] = "half"
    world.apply()
    expect_offer(world.lead(), to="anna", due="tue 09:15")


@pytest.mark.rule("S-12")
def test_a_shift_plan_of_two_days_on_two_days_off() -> None:
    on: list[str] = ["09:00-18:00"]
    off: list[str] = []
    world = World(start="mon 17:50", roster={"people": ["anna"]})
    world.file["calendars"]["shifts"] = {"shifts": {"anchor": date(2026, 3, 1), "pattern": [on, on, off, off]}}
    world.person_table("anna")["calendar"] = "shifts"
    world.apply()
    expect_offer(world.lead(), to="anna", due="thu 09:20")  # 1 and 2 March on, 3 and 4 off, 5 on again


@pytest.mark.rule("S-12")
def test_absences_of_the_holder_do_not_count() -> None:
    world = World(roster={"people": ["anna"]})
    world.absent("anna", "10:10", "10:40")
    expect_offer(world.lead(), to="anna", due="11:00")


@pytest.mark.rule("S-12")
def test_own_hours_may_be_in_another_zone() -> None:
    world = World(start="15:50")
    world.file["calendars"]["ural"] = {"zone": "Asia/Yekaterinburg", "weekdays": ["09:00-18:00"]}
    world.person_table("anna").update(calendar="ural")  # 18:00 there is 16:00 in Moscow
    world.apply()
    expect_offer(world.lead(owner="anna"), to="anna", due="tue 09:20")  # ∩ the drum's 09-13, 14-18 in Moscow


@pytest.mark.rule("S-12")
def test_own_hours_are_in_ones_own_zone_unless_the_calendar_names_one() -> None:
    world = World(start="15:50", roster={"people": ["anna", "boris"]})
    world.file["calendars"]["day"] = {"weekdays": ["09:00-18:00"]}
    world.person_table("anna").update(calendar="day", zone="Asia/Yekaterinburg")  # two hours ahead of Moscow
    world.person_table("boris").update(calendar="day")
    world.apply()
    expect_offer(world.lead(owner="boris"), to="boris", due="16:20")
    lead = world.lead(owner="anna")
    expect_offer(lead, to="anna", due="tue 09:20")
    olga = Viewer(world.person("olga"), world.company, world.now)
    derived = deadline.running(lead.cycle, olga)
    assert derived is not None
    assert not derived.moved
    world.file["calendars"]["day"]["zone"] = "Europe/Moscow"
    world.apply()
    expect_offer(lead, to="anna", due="16:20")


@pytest.mark.rule("S-13")
def test_the_russian_production_calendar() -> None:
    week = {"weekdays": ["09:00-13:00", "14:00-18:00"], "holidays": "RU"}
    world = world_with(week, start="fri 17:50")  # 8 March 2026 is a Sunday: Monday the 9th is off
    expect_offer(world.lead(), to="anna", due="tue 09:20")
    world = world_with(week, start="2026-04-30 16:50")  # the day before 1 May is an hour shorter; the 1st is a Friday
    expect_offer(world.lead(), to="anna", due="mon 09:20")


@pytest.mark.rule("S-13")
def test_a_company_edits_it() -> None:
    open_day = {"date": date(2026, 3, 9), "hours": ["09:00-18:00"], "reason": "работаем"}
    week = {"weekdays": ["09:00-18:00"], "holidays": "RU", "exceptions": [open_day]}
    world = world_with(week, start="fri 17:50")
    expect_offer(world.lead(), to="anna", due="mon 09:20")


@pytest.mark.rule("S-14")
def test_a_calendar_that_never_opens_is_refused() -> None:
    world = World()
    world.file["calendars"]["office"] = {"weekdays": []}
    with pytest.raises(Unreadable, match="office"):
        world.apply()
    expect_offer(world.lead(), to="anna", due="10:30")


@pytest.mark.rule("S-15")
def test_a_night_when_the_clocks_change() -> None:
    world = World()
    world.file["company"]["zone"] = "Europe/Berlin"
    world.file["calendars"]["office"] = {"every_day": ["00:00-24:00"]}
    world.apply()
    world.until(datetime(2026, 3, 29, 0, 30, tzinfo=UTC))  # 01:30 in Berlin; at 02:00 the clocks go to 03:00
    lead = world.lead()
    expect_offer(lead, to=lead.holder)
    assert lead.due == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # durations are added on UTC


@pytest.mark.rule("S-15")
def test_an_edited_calendar_moves_open_deadlines_with_a_journal_line() -> None:
    world = World(start="12:50")
    lead = world.lead()
    expect_offer(lead, to="anna", due="14:20")
    world.file["calendars"]["office"] = {"weekdays": ["09:00-13:00", "15:00-18:00"]}
    world.apply()
    expect_offer(lead, to="anna", due="15:20", turn=1)
    (moved,) = lead.entries("extended")
    assert moved.data["reason"] == "calendar"
    assert [wall(datetime.fromisoformat(moved.data[name])) for name in ("was", "due_at")] == ["mon 14:20", "mon 15:20"]
    world.until("15:19")
    assert world.incidents() == []
    world.until("15:20")
    expect_offer(lead, to="boris")


@pytest.mark.rule("S-15")
def test_an_edit_elsewhere_moves_nothing() -> None:
    world = World(start="12:50")
    lead = world.lead()
    world.file["calendars"]["always"] = {"every_day": ["01:00-24:00"]}
    world.apply()
    expect_offer(lead, to="anna", due="14:20")
    assert lead.entries("extended") == []


@pytest.mark.rule("S-16")
def test_a_deadline_says_how_it_came_about() -> None:
    world = World(start="fri 17:50", budget="1h")
    lead = world.lead()
    expect_offer(lead, to="anna", due="mon 09:50")
    olga = Viewer(world.person("olga"), world.company, world.now)
    with translation.override("en"):
        derived = deadline.running(lead.cycle, olga)
        assert derived is not None
        said = [(part.used, f"{part.when} {part.what}") for part in derived.parts]
    assert derived.due_at == lead.due
    assert said == [
        (True, "Fri 6 March 17:50–18:00 10 min"),
        (False, "Fri 6 March 18:00–24:00 outside working hours"),
        (False, "Sat 7 March – Sun 8 March day off"),
        (False, "Mon 9 March 00:00–09:00 outside working hours"),
        (True, "Mon 9 March 09:00–09:50 50 min"),
    ]
