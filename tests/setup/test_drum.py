"""A drum's page: who may change it, what he sees before he saves, and what holds afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from leaddrum.company.settings import newest
from leaddrum.core.policy import Policy
from leaddrum.models import CompanyVersion, Drum
from leaddrum.models import Policy as PolicyRow
from tests.setup.forms import Form
from tests.world import World

Browser = Callable[..., Client]


def policy(world: World, drum: str = "drum") -> Policy:
    row = Drum.objects.get(company=world.company_id, key=drum)
    return Policy.from_spec(PolicyRow.objects.get(drum=row, version=row.version).spec)


@pytest.mark.rule("S-37", "S-53")
def test_thirty_minutes_become_twenty_after_a_look(world: World, browser: Browser) -> None:
    form = Form(browser("olga", language="en"), "/setup/drums/drum")
    assert form.fields["budget"] == ["30 min"]
    form.put(budget="20").press()
    assert "1 change" in form.said
    assert " Budget: 30 min → 20 min " in form.said  # of which drum is said above it
    assert "Until now: a lead of " in form.said  # of which drum is said above it
    assert "4 missed turns of 20 min each" in form.said
    assert policy(world).budget == 1800  # only looked at
    answer = form.press("save")
    assert (answer.status_code, answer["Location"]) == (302, "/setup/drums/drum")
    assert policy(world).budget == 1200
    kept = CompanyVersion.objects.get(company=world.company_id, number=2)
    assert (kept.applied_by, kept.changes) == ("Ольга Руднева", ["Барабан «Новые лиды», срок: 30 мин → 20 мин"])
    assert newest(world.company).file.drums[0].policy.budget == 1200


def test_what_nobody_touched_stays_as_it_was_written(world: World, browser: Browser) -> None:
    before = newest(world.company).tree
    Form(browser("irina"), "/setup/drums/drum").put(budget="25 мин", warn_at="50, 75").save()
    after = newest(world.company).tree
    assert after["drums"][0] == before["drums"][0] | {"budget": "25m", "warn_at": [0.5, 0.75]}
    assert {key: value for key, value in after.items() if key != "drums"} == {
        key: value for key, value in before.items() if key != "drums"
    }


ROSTERS: dict[str, dict[str, object]] = {"department": {"department": "sales"}, "owner": {"owners_department": True}}


@pytest.mark.parametrize(("kind", "other"), [("department", "owner"), ("owner", "department")])
def test_weights_that_have_no_field_stay(world: World, browser: Browser, kind: str, other: str) -> None:
    """A department's people are not listed on the page, and their weights are not forgotten for that."""
    weights: dict[str, object] = {"weights": {"anna": 2, "boris": 0.5}}
    world.edit(roster=ROSTERS[kind] | weights, strategy="weighted")
    form = Form(browser("irina", language="en"), "/setup/drums/drum")
    form.put(budget="20").press()
    assert "1 change" in form.said
    form.press("save")
    assert newest(world.company).tree["drums"][0]["roster"] == ROSTERS[kind] | weights
    Form(browser("irina"), "/setup/drums/drum").put(roster=other, department="sales").save()
    assert newest(world.company).tree["drums"][0]["roster"] == ROSTERS[other] | weights


@pytest.mark.rule("S-51")
def test_two_times_are_tried_and_the_trial_is_ended(world: World, browser: Browser) -> None:
    client = browser("olga", language="en")
    form = Form(client, "/setup/drums/drum")
    page = form.put(trial="20 min").press(live=True).content.decode()
    assert re.search(r'data-wrong="trial".*Budgets on trial</a>: write two different budgets', page)
    form.put(trial="15 min, 30 min").save()
    assert policy(world).trial == (900, 1800)
    assert newest(world.company).tree["drums"][0]["trial"] == ["15m", "30m"]
    form = Form(client, "/setup/drums/drum")
    assert form.fields["trial"] == ["15 min, 30 min"]
    form.put(trial="").save()
    assert policy(world).trial == ()
    assert "trial" not in newest(world.company).tree["drums"][0]


@pytest.mark.rule("S-46")
def test_a_mistake_is_said_in_its_field_and_nothing_is_saved(world: World, browser: Browser) -> None:
    form = Form(browser("olga", language="en"), "/setup/drums/drum")
    page = form.put(budget="soon", escalate_after="0").press(live=True).content.decode()
    assert re.search(r'data-wrong="budget".*Budget</a>: write it like 20\smin', page)
    assert re.search(r'data-wrong="escalate_after".*must be from 1\sto 1000', page)
    assert "name=save" not in page.replace('"', "")
    assert policy(world).budget == 1800


def test_a_press_on_save_saves_only_what_was_looked_at(world: World, browser: Browser) -> None:
    form = Form(browser("olga", language="en"), "/setup/drums/drum")
    form.put(budget="20").press()
    form.put(budget="10").press("save")  # typed and saved at once, before the page had looked
    assert form.page.status_code == 422
    assert "30 min → 10 min" in form.said
    assert policy(world).budget == 1800
    form.press("save")
    assert policy(world).budget == 600


@pytest.mark.rule("S-37")
def test_running_turns_follow_only_when_asked_and_are_shown_first(world: World, browser: Browser) -> None:
    lead = world.lead()
    form = Form(browser("olga", language="en"), "/setup/drums/drum")
    form.put(budget="20").press()
    assert "Also apply it to the 1 turn already running" in form.said
    assert "Open deadlines" not in form.said
    form.put(escalate_after="3").press()
    assert "2 changes" in form.said
    assert form.said.count("1 running turn keeps the old settings") == 1  # once, not at every change
    form.put(escalate_after="4")
    form.put(running="1").press()
    assert "10:30 → 10:20" in form.said
    form.press("save")
    assert lead.due == world.at("10:20")
    world.check()


@pytest.mark.rule("S-24", "S-37")
def test_who_is_taken_out_of_the_roster_is_shown_to_lose_his_turn(world: World, browser: Browser) -> None:
    lead = world.lead()
    assert lead.holder == "anna"
    form = Form(browser("olga", language="en"), "/setup/drums/drum")
    form.press("remove", "anna")
    assert form.fields["person"] == ["boris", "clara"]
    assert re.search(r"Анна Ким\s+passes on at once", form.said)
    assert lead.holder == "anna"
    form.press("save")
    assert lead.holder == "boris"
    world.check()


def test_the_roster_is_sorted_by_buttons_and_copied_from_a_department(world: World, browser: Browser) -> None:
    form = Form(browser("irina"), "/setup/drums/drum")
    form.press("down", "anna")
    assert form.fields["person"] == ["boris", "anna", "clara"]
    form.press("up", "clara")
    assert form.fields["person"] == ["boris", "clara", "anna"]
    form.put(copy_from="sales").press("copy")
    assert form.fields["person"] == ["boris", "clara", "anna", "olga"]
    form.put(add="viktor").press("add_one")
    form.put(strategy="weighted", weight__anna="2,5").save()
    roster = policy(world).roster
    assert roster.people == ("boris", "clara", "anna", "olga", "viktor")
    assert roster.weights == {"anna": 2.5}


def test_times_by_source(world: World, browser: Browser) -> None:
    form = Form(browser("olga"), "/setup/drums/drum")
    form.put(source=["call", "", ""], source_budget=["5 мин", "", ""]).save()
    assert policy(world).budget_by_source == {"call": 300}
    form = Form(browser("olga"), "/setup/drums/drum")
    assert (form.fields["source"][0], form.fields["source_budget"][0]) == ("call", "5 мин")


@pytest.mark.rule("S-53")
def test_today_under_the_settings_is_told_by_the_engine_itself(world: World, browser: Browser) -> None:
    world.edit(escalate_after=2)
    form = Form(browser("olga", language="en"), "/setup/drums/drum")
    assert re.search(r"10:00\s+Анна Ким until 10:30\s+10:30\s+Борис Левин until 11:00\s+11:00\s+Ольга", form.said)
    form.put(budget="20").press()
    assert re.search(r"10:00\s+Анна Ким until 10:20\s+10:20\s+Борис Левин until 10:40\s+10:40\s+Ольга", form.said)
    lead = world.lead()  # and that is what comes
    assert lead.holder == "anna"
    world.forward(minutes=30)
    assert lead.holder == "boris"


def test_today_says_why_nobody_has_it_and_until_when_if_that_is_known(world: World, browser: Browser) -> None:
    client = browser("olga", language="en")
    world.edit(roster={"people": ["anna"]}, open_offers_cap=1)
    world.lead(owner="anna")
    full = "Nobody: everybody available is at the limit of open offers"
    assert re.search(rf"{full}(?! \()", Form(client, "/setup/drums/drum").said)
    world.until("18:30")
    assert re.search(r"Nobody: outside service hours \(until \S*\s?09:00\)", Form(client, "/setup/drums/drum").said)


def test_two_people_who_change_different_things_keep_both(world: World, browser: Browser) -> None:
    first = Form(browser("olga", language="en"), "/setup/drums/drum")
    second = Form(browser("irina", language="en"), "/setup/drums/drum")
    first.put(budget="20").save()
    second.put(open_offers_cap="5").press()
    assert "Meanwhile Ольга Руднева saved version 2" in second.said
    assert "budget 30 min" not in second.said.partition("That stays")[2]
    second.press("save")
    assert (policy(world).budget, policy(world).open_offers_cap) == (1200, 5)


def test_a_save_in_between_is_said_and_asks_for_another_look(world: World, browser: Browser) -> None:
    second = Form(browser("irina", language="en"), "/setup/drums/drum")
    second.put(open_offers_cap="5").press()
    Form(browser("olga", language="en"), "/setup/drums/drum").put(budget="20").save()
    second.press("save")
    assert second.page.status_code == 422
    assert "Meanwhile Ольга Руднева saved version 2" in second.said
    assert policy(world).open_offers_cap == 3
    second.press("save")
    assert (policy(world).budget, policy(world).open_offers_cap) == (1200, 5)


def test_a_head_changes_the_drums_of_his_people_only(world: World, browser: Browser) -> None:
    world.drum_table("all").update(entry=["new"], budget="1h", roster={"people": ["anna", "viktor"]})
    world.drum_table("bosses").update(entry=["new"], budget="1h", roster={"people": ["viktor"]})
    world.apply()
    olga = browser("olga", language="en")
    assert olga.get("/setup/drums/bosses").status_code == 404  # out of his sight
    form = Form(olga, "/setup/drums/all")
    assert "changed by the head of the department" in form.said
    assert form.put(budget="20").press().status_code == 403
    form = Form(olga, "/setup/drums/drum")
    assert "Виктор Директор" not in form.said
    form.put(person=["anna", "viktor"]).press()
    assert "would hold people who are not yours" in form.said
    assert "seal" not in form.fields
    assert policy(world).roster.people == ("anna", "boris", "clara")
    Form(browser("viktor"), "/setup/drums/all").put(budget="20").save()  # both departments are his
    assert policy(world, "all").budget == 1200


def test_employees_do_not_come_in(world: World, browser: Browser) -> None:
    anna = browser("anna")
    for path in ("/setup", "/setup/drums/drum", "/setup/file", "/setup/file/company.toml", "/setup/versions/1"):
        assert anna.get(path).status_code == 403, path
    olga = browser("olga")
    for path in ("/setup/file", "/setup/file/company.toml", "/setup/versions/1"):
        assert olga.get(path).status_code == 403, path


def test_the_whole_file_is_changed_with_its_comments(world: World, browser: Browser) -> None:
    irina = browser("irina", language="en")
    text = irina.get("/setup/file/company.toml").content.decode()
    form = Form(irina, "/setup/file")
    form.put(text="# ours\n" + text.replace('"30m"', '"45m"')).press()
    assert "budget: 30 min → 45 min" in form.said
    form.press("save")
    assert policy(world).budget == 2700
    assert newest(world.company).text.startswith("# ours\n")
    form = Form(irina, "/setup/file")
    form.put(text="[company\n").press()
    assert "This cannot be saved" in form.said


def test_an_older_version_comes_back_after_a_look(world: World, browser: Browser) -> None:
    irina = browser("irina", language="en")
    Form(irina, "/setup/drums/drum").put(budget="20").save()
    world.now += timedelta(minutes=5)
    form = Form(irina, "/setup/versions/1")
    assert "budget: 20 min → 30 min" in form.said
    assert '<a class="small" href="/settings/versions">Do not go back</a>' in form.page.content.decode()
    form.press("save")
    assert policy(world).budget == 1800
    assert CompanyVersion.objects.filter(company=world.company_id).count() == 3
    assert irina.get("/setup/versions/3").status_code == 404
