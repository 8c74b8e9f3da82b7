"""The whole story in a portal's own data: responsible person, timeline, list, bell, bot, head."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from leaddrum.models import Company, Incident, Lane, Person, Portal, Stage
from tests.bitrix24.driving import Drum
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import sample

ANNA, BORIS, HEAD = sample.ANNA, sample.BORIS, sample.HEAD


@pytest.mark.rule("S-1", "S-3", "S-6", "S-8", "S-49")
def test_the_whole_story(drum: Callable[..., Drum], portal: Double) -> None:
    lead = portal.lead("Окна на дачу", by=0)
    turning = drum()
    turning.run()
    assert portal.item(lead)["assignedById"] == ANNA
    (message,) = portal.messages(ANNA)
    assert [button["TEXT"] for button in message.keyboard] == ["Взять в работу", "Открыть", "Отказаться"]
    assert len(portal.notices(ANNA)) == 1
    assert "Окна на дачу" in portal.notices(ANNA)[0]
    turning.forward(minutes=30, seconds=25)
    assert portal.item(lead)["assignedById"] == BORIS
    assert "Срок прошёл" in portal.notices(ANNA)[0]  # the newest notice takes the place of the older ones
    assert len(portal.notices(ANNA)) == 1
    (element,) = turning.elements()
    assert (element["PERSON"], element["NEXT"], element["LEAD"]) == (str(ANNA), str(BORIS), f"L_{lead}")
    assert element["CODE"] == f"leaddrum-{turning.cycle(lead).pk}-1"
    (note,) = portal.crm.notes
    assert "Анна Котова" in note.text
    assert "уже был пропуск" in note.text
    turning.forward(minutes=31)
    assert portal.item(lead)["observers"] == [HEAD]
    (todo,) = portal.crm.activities
    assert todo.responsible == HEAD
    assert "за 2 хода" in todo.title
    assert "Лид никто не берёт" in portal.notices(HEAD)[0]
    assert portal.item(lead)["assignedById"] == ANNA  # the drum goes on
    assert len(turning.elements()) == turning.incidents() == 2
    portal.move(lead, "IN_PROCESS", by=ANNA)
    turning.look()
    assert turning.cycle(lead).state == "taken"
    assert "Лид ваш" in portal.notices(ANNA)[0]


@pytest.mark.rule("S-34", "S-35")
def test_the_buttons_of_the_bot(drum: Callable[..., Drum], portal: Double) -> None:
    lead, other = portal.lead("Окна"), portal.lead("Двери")
    turning = drum()
    turning.run()
    to_anna, to_boris = portal.messages(ANNA)[0], portal.messages(BORIS)[0]
    assert portal.press(to_boris, "Отказаться", by=BORIS)
    assert portal.press(to_anna, "Взять в работу", by=BORIS)  # it is not his
    turning.look()
    assert turning.cycle(lead).state == "offered"
    assert any("Эта кнопка" in message.text for message in portal.messages(ANNA))
    assert turning.cycle(other).holder == Person.objects.get(key="b24:27")
    assert portal.press(to_anna, "Взять в работу", by=ANNA)
    turning.look()
    assert turning.cycle(lead).state == "taken"
    assert portal.item(lead)["stageId"] == "IN_PROCESS"
    assert "Взято, лид ваш" in to_anna.text
    assert to_anna.keyboard == []


@pytest.mark.rule("S-27", "S-28", "S-29", "S-30", "S-32")
def test_what_people_and_robots_do_in_the_portal(drum: Callable[..., Drum], portal: Double) -> None:
    taken, pinned, robots, junk, gone = (portal.lead(f"Лид {n}") for n in range(5))
    turning = drum(users="27,31,35")
    turning.run()
    portal.move(taken, "PROCESSED", by=sample.CLARA)
    portal.assign(pinned, sample.CLARA, by=HEAD)
    portal.move(robots, "IN_PROCESS", by=0)
    portal.move(junk, "JUNK", by=BORIS)
    portal.delete(gone, by=1)
    turning.look()
    assert turning.cycle(taken).taken_by == Person.objects.get(key="b24:35")
    assert portal.item(taken)["assignedById"] == sample.CLARA
    assert turning.cycle(pinned).pinned == Person.objects.get(key="b24:35")
    assert turning.cycle(robots).state == "offered"
    assert turning.cycle(junk).state == "closed"
    assert turning.cycle(gone).state == "withdrawn"


@pytest.mark.rule("S-36")
def test_learned_late_that_it_was_taken_in_time(drum: Callable[..., Drum], portal: Double) -> None:
    lead = portal.lead()
    turning = drum()
    turning.forward(minutes=29)
    portal.faults.plan("drop_before", times=0)
    portal.clock.forward(30)
    portal.move(lead, "IN_PROCESS", by=ANNA)
    turning.forward(minutes=10)
    assert Company.objects.get().crm_down_at is not None  # the pages say so (S-41)
    assert turning.incidents() == 0
    portal.faults.clear()
    turning.forward(minutes=3)
    assert turning.cycle(lead).state == "taken"
    assert turning.incidents() == 0


@pytest.mark.parametrize(("entity", "key"), [(2, "deal"), (sample.PROCESS, "T410")])
def test_deals_and_smart_processes(drum: Callable[..., Drum], portal: Double, entity: int, key: str) -> None:
    number = portal.lead("Опт", entity=entity)
    turning = drum(entity=str(entity))
    turning.forward(minutes=31)
    assert portal.item(number, entity)["assignedById"] == BORIS
    assert len(turning.elements()) == 1
    if entity == 2:
        portal.change(number, by=BORIS, entity=2, categoryId=2, stageId="C2:NEW")
        turning.look()
        assert turning.cycle(number, key).state == "taken"  # it has left for another pipeline
        assert Stage.objects.filter(key="deal:other").exists()


def test_only_watching_writes_nothing(drum: Callable[..., Drum], portal: Double) -> None:
    lead = portal.lead()
    before = dict(portal.item(lead))
    turning = drum(watch_only=True)
    turning.forward(minutes=62)
    assert turning.incidents() >= 2  # it says what it would do
    assert set(Incident.objects.values_list("excuse", flat=True)) == {"watched"}  # nobody could know
    assert portal.item(lead) == before
    assert portal.lists == {}
    assert portal.chat.notices == []
    assert portal.crm.notes == []


@pytest.mark.rule("S-28")
@pytest.mark.parametrize("by", [HEAD, sample.ADMIN, ANNA])
def test_while_only_watching_a_change_by_hand_is_followed(drum: Callable[..., Drum], portal: Double, by: int) -> None:
    lead, other = portal.lead(), portal.lead()
    turning = drum(watch_only=True, users="27,31,35")
    turning.run()
    assert turning.cycle(lead).holder == Person.objects.get(key=f"b24:{ANNA}")
    turning.forward(minutes=5)
    portal.assign(lead, sample.CLARA, by=by)
    before = dict(portal.item(lead))
    turning.look()
    clara = Person.objects.get(key=f"b24:{sample.CLARA}")
    cycle = turning.cycle(lead)
    assert (cycle.holder, cycle.pinned) == (clara, None if by == ANNA else clara)
    assert turning.journal(lead)[-3:-1] == (["started", "returned"] if by == ANNA else ["voided", "pinned"])
    turning.look()
    turning.forward(minutes=10)
    assert turning.cycle(lead).turn_number == 2  # once, however often it is read
    assert turning.cycle(other).turn_number == 1
    portal.assign(lead, BORIS, by=HEAD)
    turning.look()
    assert turning.cycle(lead).holder == Person.objects.get(key=f"b24:{BORIS}")
    assert before == portal.item(lead) | {key: before[key] for key in ("assignedById", "updatedBy", "updatedTime")}
    assert (portal.crm.notes, portal.chat.notices) == ([], [])


@pytest.mark.rule("S-24")
def test_people_come_and_go(drum: Callable[..., Drum], portal: Double) -> None:
    lead = portal.lead()
    turning = drum(department=5, users=None)
    turning.run()
    holder = portal.item(lead)["assignedById"]
    portal.dismiss(holder)
    portal.user(77, "Новый", "Сотрудник", departments=[5])
    turning.look()
    assert portal.item(lead)["assignedById"] != holder
    assert turning.incidents() == 0
    assert Person.objects.get(key="b24:77").active
    assert not Person.objects.get(key=f"b24:{holder}").active


@pytest.mark.rule("S-24")
def test_an_absence_in_the_portal_passes_the_lead_on(drum: Callable[..., Drum], portal: Double) -> None:
    lead = portal.lead()
    turning = drum()
    turning.run()
    portal.absent(ANNA, turning.now, turning.now + timedelta(days=3))
    turning.look()
    assert portal.item(lead)["assignedById"] == BORIS
    assert turning.incidents() == 0


@pytest.mark.rule("S-40", "S-49")
@pytest.mark.parametrize("fault", ["drop_after", "html_after", "drop_before", "limit"])
def test_a_hand_over_under_faults_happens_exactly_once(drum: Callable[..., Drum], portal: Double, fault: str) -> None:
    leads = portal.import_(4, by=0)
    turning = drum()
    turning.forward(minutes=29)
    owners = len(portal.crm.owners)
    portal.faults.chance(7, **{fault: 0.4})
    turning.forward(minutes=3)
    portal.faults.clear()
    turning.forward(minutes=3)
    assert turning.incidents() == 4
    assert len(turning.elements()) == 4
    assert len(portal.crm.owners) - owners == 4  # one change of the owner for each hand-over
    texts = [note.text for note in portal.crm.notes]
    assert len(texts) == len(set(texts)) == 4
    assert all(turning.cycle(lead).misses == 1 for lead in leads)


@pytest.mark.rule("S-8", "S-40")
@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "internal_after"])
def test_a_to_do_whose_answer_was_lost_is_looked_for(drum: Callable[..., Drum], portal: Double, fault: str) -> None:
    lead = portal.lead()
    turning = drum()
    turning.forward(minutes=59)
    Lane.objects.filter(channel="crm-told").update(lease="held", next_send_at=turning.now + timedelta(hours=1))
    turning.forward(minutes=4)
    assert portal.crm.activities == []
    Lane.objects.filter(channel="crm-told").update(lease="", next_send_at=turning.now)
    portal.faults.plan(fault, "batch")
    turning.run()
    turning.forward(minutes=1)
    (todo,) = portal.crm.activities
    assert todo.text.endswith(f"LeadDrum {turning.cycle(lead).pk}/2/{Person.objects.get(key=f'b24:{HEAD}').pk}")
    assert len(portal.crm.notes) == len({note.text for note in portal.crm.notes}) == 2
    assert "crm.activity.list" in {name for name, _ in portal.called}


def test_three_requests_a_minute_however_many_wait(drum: Callable[..., Drum], portal: Double) -> None:
    turning = drum(budget="8h", sweep=20)
    turning.run()
    portal.import_(400, by=0)
    turning.look()
    turning.forward(minutes=1)
    assert len(Person.objects.all()) == 6
    before = len(portal.asked)
    turning.forward(minutes=5)
    assert len(portal.asked) - before <= 15


def test_hand_overs_share_their_requests(drum: Callable[..., Drum], portal: Double) -> None:
    """Six calls each, the reminders before, and the readings: up to fifty go in one request."""
    for number in range(100, 120):
        portal.user(number, f"Сотрудник {number}", departments=[9])
    leads = portal.import_(60, by=0)
    turning = drum(users=None, department=9, escalate_after=50, sweep=3600)
    turning.forward(minutes=20)
    assert all(portal.item(lead)["assignedById"] >= 100 for lead in leads)
    before, called = len(portal.asked), len(portal.called)
    turning.forward(minutes=13)
    assert turning.incidents() == len(turning.elements()) == 60
    assert len(portal.called) - called > 5 * 60
    assert len(portal.asked) - before <= 30


def test_a_list_that_was_deleted_is_made_anew(drum: Callable[..., Drum], portal: Double) -> None:
    portal.lead()
    turning = drum()
    turning.forward(minutes=31)
    portal.lists.clear()
    turning.forward(minutes=31)
    assert len(turning.elements()) == 2  # the first one as well
    assert Portal.objects.get().journal["fields"]


@pytest.mark.rule("S-25")
@pytest.mark.parametrize("entity", [1, 2])
def test_a_known_client_goes_to_whom_he_knows(drum: Callable[..., Drum], portal: Double, entity: int) -> None:
    """By the phone of the lead, or of the deal's contact, however it is written."""

    def request(title: str, phone: str) -> int:
        numbers = [{"typeId": "PHONE", "valueType": "WORK", "value": phone}]
        if entity == 1:
            return portal.lead(title, fm=numbers)
        contact = portal.lead("Иван Пешков", entity=3, name="Иван", fm=numbers)
        return portal.lead(title, entity=2, contactIds=[contact])

    kind = {1: "lead", 2: "deal"}[entity]
    first = request("Окна", "8 (912) 345-67-89")
    turning = drum(entity=str(entity))
    turning.run()
    assert turning.lead(first, kind).phone_key == "+79123456789"
    holder = portal.item(first, entity)["assignedById"]
    portal.move(first, "IN_PROCESS" if entity == 1 else "PREPARATION", by=holder, entity=entity)
    turning.look()
    assert turning.cycle(first, kind).state == "taken"
    other = request("Двери", "+7 912 000-00-00")
    turning.look()
    assert portal.item(other, entity)["assignedById"] != holder  # the circle goes on
    again = request("Ещё окна", "+7 912 345-67-89")
    turning.look()
    assert portal.item(again, entity)["assignedById"] == holder
