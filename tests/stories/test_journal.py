"""S-47, S-48: what an incident holds, and what is not guilt. S-20 and S-24 tell the rest of the journal."""

from __future__ import annotations

import pytest

from leaddrum import engine
from tests.world import World


@pytest.mark.rule("S-47")
def test_an_incident_holds_everything_that_explains_it() -> None:
    world = World(verdict_delay="20s")
    lead = world.lead()
    world.until("10:31")
    (incident,) = lead.incidents
    assert incident.lead_id == lead.id
    assert incident.drum.key == "drum"
    assert incident.policy_version == 1
    assert (incident.cycle_id, incident.turn_number) == (lead.cycle.pk, 1)
    assert incident.person_id == world.pk("anna")
    assert incident.offered_at == world.at("10:00")
    assert incident.due_at == world.at("10:30")
    assert incident.missed_at == world.at("10:30:20")  # overdue by 20 s
    assert incident.open_offers == 1
    assert incident.next_person_id == world.pk("boris")
    assert {world.key(pk): code for pk, code, _ in incident.candidates} == {
        "anna": "cooldown",
        "boris": "chosen",
        "clara": "later",
    }


@pytest.mark.rule("S-47")
def test_he_may_explain_it_and_nobody_else() -> None:
    world = World()
    lead = world.lead()
    world.until("10:31")
    (incident,) = lead.incidents
    world.explain(incident, "Был на звонке с клиентом", by="anna")
    assert lead.incidents[0].explanation == "Был на звонке с клиентом"
    with pytest.raises(engine.Refused):
        world.explain(incident, "Это не он", by="boris")
    assert lead.incidents[0].explanation == "Был на звонке с клиентом"
    assert lead.journal[-1] == "explained"


@pytest.mark.rule("S-47")
def test_the_head_annuls_with_a_reason_once() -> None:
    world = World()
    lead = world.lead()
    world.until("10:31")
    (incident,) = lead.incidents
    with pytest.raises(engine.Refused):
        world.annul(incident, why="")
    world.annul(incident, why="Сервер был выключен")
    with pytest.raises(engine.Refused):
        world.annul(incident, why="Ещё раз")
    assert lead.incidents[0].annulled_why == "Сервер был выключен"
    assert lead.journal[-1] == "annulled"


@pytest.mark.rule("S-47")
def test_whom_the_file_calls_a_head_is_one_in_his_own_department() -> None:
    """As on the pages, where he sees what its people missed and is offered to annul it."""
    world = World(people={"peter": {"role": "head"}})
    world.file["departments"].append({"id": "north", "name": "Север", "head": "olga"})
    world.person_table("paul").update(role="head", departments=["north"])
    world.apply()
    lead = world.lead()
    world.until("10:31")
    (incident,) = lead.incidents
    with pytest.raises(engine.Refused):
        world.annul(incident, why="чужой отдел", by="paul")
    world.annul(incident, why="болел", by="peter")
    assert lead.incidents[0].annulled_why == "болел"


@pytest.mark.rule("S-17", "S-47")
def test_a_deputy_decides_about_what_nobody_in_particular_missed() -> None:
    world = World(strategy="claim")
    world.file["departments"][1]["deputy"] = "clara"
    world.apply()
    lead = world.lead()
    world.until("10:31")
    (incident,) = lead.incidents
    with pytest.raises(engine.Refused):
        world.annul(incident, by="anna")
    world.annul(incident, by="clara")
    assert lead.incidents[0].annulled_at is not None


@pytest.mark.rule("S-48")
def test_what_comes_in_the_instant_of_the_miss_is_no_overload() -> None:
    """Boris's lead passes to Anna a moment before her own deadline is judged: she had held one of two all the time."""
    world = World(roster={"people": ["anna", "boris"]}, open_offers_cap=2)
    world.lead(owner="boris")
    own = world.lead(owner="anna")
    world.until("10:30")
    assert [incident.person.key for incident in world.incidents() if incident.person] == ["boris", "anna"]
    assert own.incidents[0].excuse == ""
    assert own.incidents[0].open_offers == 1


@pytest.mark.rule("S-48")
def test_overload_is_not_guilt() -> None:
    world = World(roster={"people": ["anna", "boris"]}, open_offers_cap=2)
    leads = world.leads(4)
    last = leads[0]
    world.take(leads[2], by="anna")
    world.until("10:31")
    by_person = {incident.person.key: incident for incident in world.incidents() if incident.person}
    boris = [incident for incident in world.incidents() if incident.person_id == world.pk("boris")]
    assert [incident.excuse for incident in boris] == ["overload", "overload"]  # he held two of two
    assert [incident.open_offers for incident in boris] == [2, 2]  # also when the first of them had been judged
    assert by_person["anna"].excuse == ""
    assert last.cycle.misses == 1
