"""What else happens to a portal's drum: an answer that is missing, one lead that is hidden, words somebody types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from leaddrum import crm
from leaddrum.crm import telling
from leaddrum.crm.base import Told
from leaddrum.crm.bitrix24 import command, people
from leaddrum.crm.bitrix24.answers import Later, Ok, Refused, Unknown
from leaddrum.crm.bitrix24.client import Call
from leaddrum.models import Company, CrmWrite, Delivery, Incident, Lane, Person, Portal
from leaddrum.web.working import broken
from tests.bitrix24.driving import NOTHING, Drum
from tests.bitrix24.office import Office
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import sample
from tests.web.test_plans import scans

Turning = Callable[..., Drum]
ADMIN, ANNA, BORIS, CLARA = sample.ADMIN, sample.ANNA, sample.BORIS, sample.CLARA


def person(user: int) -> Person:
    return Person.objects.get(key=f"b24:{user}")


# Leads


@pytest.mark.rule("I3", "S-41")
def test_a_lead_that_our_access_is_not_shown_waits_alone(drum: Turning, portal: Double) -> None:
    """It is named, nobody is blamed for it, and the others go on."""
    mine, hidden = portal.lead("Мой", assignedById=ADMIN), portal.lead("Чужой", assignedById=ANNA)
    turning = drum(users="1,27", sweep=20)
    turning.run()
    portal.users[ADMIN].crm = "own"
    turning.forward(minutes=2)
    portal.move(mine, "IN_PROCESS", by=ADMIN)
    turning.forward(minutes=31)
    assert turning.cycle(mine).state == "taken"
    assert turning.cycle(hidden).state == "offered"
    assert turning.incidents() == 0
    assert Company.objects.get().crm_down_at is None
    assert f"lead:{hidden}" in Lane.objects.get(channel="crm-read").error
    asked = len(portal.asked)
    turning.forward(minutes=2)
    assert len(portal.asked) - asked <= 2 * 4 * 3  # with each look at everything, and no oftener
    portal.users[ADMIN].crm = "all"
    turning.forward(seconds=20)  # no later than with each look at everything
    assert turning.incidents() == 1
    assert Lane.objects.get(channel="crm-read").error == ""


@pytest.mark.rule("S-41")
def test_an_access_that_is_shown_nothing_any_more_is_an_outage(drum: Turning, portal: Double) -> None:
    portal.lead("Чужой", assignedById=ANNA)
    turning = drum(users="27,31", sweep=20)
    turning.run()
    portal.users[ADMIN].crm = "own"
    turning.forward(minutes=1)
    assert "rights" in Company.objects.get().crm_error


@pytest.mark.rule("I4", "S-28")
def test_the_owner_of_the_webhook_gives_a_lead_to_a_former_holder_by_hand(drum: Turning, portal: Double) -> None:
    """His are the webhook's changes too; this one is his own."""
    lead = portal.lead()
    turning = drum()
    turning.forward(minutes=31)
    assert turning.cycle(lead).holder == person(BORIS)
    portal.assign(lead, ANNA, by=ADMIN)
    turning.look()
    turning.forward(minutes=1)
    assert portal.item(lead)["assignedById"] == ANNA
    assert turning.cycle(lead).pinned == person(ANNA)


def test_no_letter_of_a_lead_stops_the_others(drum: Turning, portal: Double) -> None:
    """PostgreSQL keeps no NUL; nor does one in a colleague's name keep the people from being taken over."""
    portal.users[ANNA].name = "Ан\x00на"
    strange, other = portal.lead("Ок\x00на"), portal.lead("Двери")
    turning = drum()
    turning.run()
    assert turning.lead(strange).title == "Окна"
    assert person(ANNA).name.startswith("Анна ")
    assert turning.cycle(other).state == "offered"


def test_what_takes_long_there_is_asked_in_smaller_batches_and_seldom(drum: Turning, portal: Double) -> None:
    """A portal cuts a request off after a minute (S-41 would follow from that)."""
    leads = portal.import_(400, by=0)
    turning = drum(budget="8h", sweep=20)
    turning.run()
    spent = dict(Portal.objects.get().spent)
    Portal.objects.update(spent=spent | {"mean": {"crm.item.list": 5.0}})
    assert crm.of(turning.company).sweep > timedelta(seconds=100)  # 8 pages of 5 s in half of 432 s per ten minutes
    portal.asked.clear()
    turning.look()
    assert len(portal.asked) >= len(leads) / 40 / 4
    assert Company.objects.get().crm_down_at is None


# Presses


@pytest.mark.parametrize("typed", ["²:1:x", "1:²:x", "1:1:\ud800", ":", "x:1:x", "9" * 5000 + ":1:x"])
def test_what_somebody_types_as_a_buttons_command_stops_nothing(drum: Turning, portal: Double, typed: str) -> None:
    lead = portal.lead("Окна")
    turning = drum()
    turning.run()
    message = portal.messages(ANNA)[0]
    message.keyboard[0]["COMMAND_PARAMS"] = typed.encode("utf-8", "replace").decode()
    assert portal.press(message, "Взять в работу", by=ANNA)
    portal.move(lead, "IN_PROCESS", by=ANNA)
    turning.look()
    assert turning.cycle(lead).state == "taken"


@pytest.mark.parametrize("number", ["abc", "²", "9" * 30, "-1"])
def test_a_bots_address_that_is_none_is_refused(drum: Turning, number: str) -> None:
    drum()
    assert Browser().post(f"/bitrix24/bot/{number}/secret", {}).status_code == 403


# People


@pytest.mark.rule("S-24")
@pytest.mark.parametrize("lost", [Later("used up", 60.0, code="PARKED"), Unknown("no answer for it")])
def test_nobody_comes_back_because_an_answer_is_missing(drum: Turning, portal: Double, lost: Any) -> None:
    lead = portal.lead()
    turning = drum()
    portal.absent(ANNA, turning.now, turning.now + timedelta(days=3))
    turning.look()
    assert turning.cycle(lead).holder == person(BORIS)
    before = turning.portal.org
    users = [{"ID": str(user.id), "NAME": user.name, "ACTIVE": True} for user in portal.users.values()]
    answered = [
        (Call(people.USERS), Ok(users)),
        (Call(people.DEPARTMENTS), Ok([])),
        (Call(people.ABSENT), lost),
        (Call(people.CALENDAR), Ok({})),
    ]
    found = people.read(before, answered, turning.now, more=None)  # type: ignore[arg-type]
    assert [row["user"] for row in found["absences"]] == [ANNA]
    answered[2] = (Call(people.ABSENT), Refused("insufficient_scope", ""))
    assert people.read(before, answered, turning.now, more=None)["absences"] == []  # type: ignore[arg-type]
    answered[0] = (Call(people.USERS), Ok([]))
    with pytest.raises(people.Unreadable, match="nobody"):
        people.read(before, answered, turning.now, more=None)  # type: ignore[arg-type]


def test_who_was_dismissed_costs_no_request_of_his_own(drum: Turning, portal: Double) -> None:
    for number in range(100, 500):
        portal.user(number, f"Бывший {number}", active=False)
    turning = drum()
    turning.look()
    before = len(portal.asked)
    turning.look()
    assert len(portal.asked) - before <= 2
    assert Person.objects.filter(active=True).count() == 6


# What is said of it


def test_what_is_wrong_is_said_until_it_is_mended(drum: Turning, portal: Double) -> None:
    """People are taken over again and again, until the file fits; a list and a bot are no less wrong for that."""
    portal.lead()
    portal.missing.add("imbot.v2.bot.register")
    turning = drum()
    stages = portal.crm.types[1].pipelines[0].stages
    kept = list(stages)
    portal.rename_stage(1, "NEW", None)
    for _ in range(2):
        turning.look()
        assert {line.partition(":")[0] for line in turning.portal.trouble.splitlines()} == {"people", "the bot"}
    portal.user(77, "Новый", "Сотрудник", departments=[5])
    turning.look()
    assert not Person.objects.filter(key="b24:77").exists()
    portal.crm.types[1].pipelines[0].stages = kept
    turning.look()
    assert Person.objects.get(key="b24:77").active
    assert turning.portal.trouble.startswith("the bot: imbot.v2.Bot.register")
    viewer: Any = type("Viewer", (), {"company": turning.company, "now": turning.now, "zone": portal.zone})
    assert "imbot.v2.Bot.register" in [one.error.partition(": ")[0] for one in broken(viewer)]


def test_a_list_that_may_not_be_written_is_said_and_not_asked_again_and_again(drum: Turning, portal: Double) -> None:
    portal.lead()
    turning = drum()
    turning.forward(minutes=29)
    portal.journal("leaddrum_journal").rights.clear()
    portal.users[ADMIN].admin = False
    asked = len(portal.asked)
    turning.forward(minutes=7)
    assert len(portal.asked) - asked < 60
    assert turning.portal.trouble.startswith("the list: ")
    assert "ACCESS_DENIED" in turning.portal.trouble
    portal.users[ADMIN].admin = True
    turning.forward(minutes=6)
    assert len(turning.elements()) == turning.incidents() == 1
    assert turning.portal.trouble == ""


@pytest.mark.parametrize("floor", ["application"], indirect=True)
def test_the_trigger_of_a_miss_fires_once_also_when_its_list_is_made_anew(floor: Callable[..., Office]) -> None:
    world = floor()
    world.lead()
    world.forward(minutes=31)
    assert len(world.portal.fired) == 1
    world.portal.lists.clear()
    world.forward(minutes=31)
    assert len(world.portal.journal("leaddrum_journal").elements) == 2
    assert len(world.portal.fired) == 2


@pytest.mark.rule("S-40")
def test_what_is_told_is_read_for_many_at_once(drum: Turning, portal: Double) -> None:
    some = told_of_five(drum, portal)
    source = crm.of(Company.objects.get())
    with CaptureQueriesContext(connection) as of_two:
        source.tell([some["incident"][0], some["note"][0]])
    with CaptureQueriesContext(connection) as of_all:
        source.tell([*some["incident"], *some["note"]])
    assert len(of_all) == len(of_two)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what the tables hold")
def test_what_is_told_is_found_without_reading_history(drum: Turning, portal: Double) -> None:
    some = told_of_five(drum, portal)
    with scans() as found:
        crm.of(Company.objects.get()).tell([*some["incident"], *some["note"]])
    assert found == []


def told_of_five(drum: Turning, portal: Double) -> dict[str, list[Told]]:
    """What the portal was told of five leads that were missed, by its kind."""
    for number in range(5):
        portal.lead(f"Лид {number}", by=0, assignedById=ANNA)
    drum().forward(minutes=31)
    found: dict[str, list[Told]] = {"incident": [], "note": []}
    for write in CrmWrite.objects.filter(kind__in=found).select_related("lead").order_by("pk"):
        found[write.kind].append(telling.told(write, again=False))
    assert len(found["incident"]) == 5
    assert len(found["note"]) >= 5
    return found


# Only watched, and then in earnest


@pytest.mark.rule("S-2", "S-3")
@pytest.mark.parametrize("owner", [ADMIN, BORIS])
def test_what_waited_while_it_was_only_watched_begins_anew(drum: Turning, portal: Double, owner: int) -> None:
    leads = [portal.lead(f"Лид {number}", by=0, assignedById=owner) for number in range(4)]
    turning = drum(watch_only=True)
    turning.forward(minutes=31)
    assert turning.incidents()
    assert not Delivery.objects.exclude(channel="inapp").exists()  # by no channel
    command.connect(turning.hook, command.Given(**(NOTHING | {"users": "27,31"})), yes=True)
    began = turning.now
    turning.run()
    for number in leads:
        cycle = turning.cycle(number)
        assert (cycle.number, cycle.pinned, cycle.misses) == (2, None, 0)
        assert cycle.holder is not None
        assert portal.item(number)["assignedById"] == int(cycle.holder.key[4:])
        assert cycle.due_at is not None
        assert cycle.due_at - began >= timedelta(minutes=30)
    told = " ".join(portal.notices(ANNA) + portal.notices(BORIS))
    assert "Новый лид" in told
    assert "больше не ваш" not in told  # nobody hears of what was only a thought
    assert sum(turning.cycle(number).holder == person(BORIS) for number in leads) == (3 if owner == BORIS else 2)
    turning.forward(minutes=31)
    assert "watched" not in Incident.objects.filter(cycle__number=2).values_list("excuse", flat=True)
