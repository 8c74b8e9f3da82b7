"""Two budgets on trial in a drum, from the company file to the adviser (S-51)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leaddrum import company
from leaddrum.adviser.trials import plain, told, trial
from leaddrum.core.trial import arm
from leaddrum.facts.keep import catch_up
from leaddrum.models import Drum, Turn
from tests.world import World

pytestmark = pytest.mark.django_db


def begun(world: World) -> Drum:
    world.edit(trial=["10m", "30m"], open_offers_cap=20)
    return Drum.objects.get(company=world.company)


@pytest.mark.rule("S-51")
def test_every_turn_of_a_lead_has_its_arms_budget(world: World) -> None:
    drum = begun(world)
    cards = [world.lead(f"Lead {number}") for number in range(8)]
    world.forward(minutes=45)
    seen = set()
    for card in cards:
        budget = (600, 1800)[arm(drum.key, card.id)]
        assert {turn.budget for turn in card.turns} <= {budget}
        seen.add(budget)
    assert seen == {600, 1800}
    assert Turn.objects.filter(verdict="missed").exists()


def test_without_a_trial_nothing_is_said(world: World) -> None:
    assert trial(Drum.objects.get(company=world.company), world.now) is None
    assert plain(None) is None


@pytest.mark.rule("S-51")
def test_what_the_arms_waited_is_compared(world: World) -> None:
    drum = begun(world)
    cards = [world.lead(f"Lead {number}") for number in range(4)]
    world.forward(minutes=5)
    for card in cards:
        world.take(card, by=str(card.holder))
    catch_up(world.company.pk, world.now)
    made = trial(drum, world.now + timedelta(days=3))
    assert made is not None
    assert made.budgets == (600, 1800)
    assert made.effect.first.leads + made.effect.second.leads == 4
    assert "10 мин" in told(made) or "10 min" in told(made)
    assert made.effect.stop == ""
    young = trial(drum, world.now)
    assert young is not None
    assert young.effect.first.leads == young.effect.second.leads == 0


@pytest.mark.parametrize("wrong", ["['10m']", "['10m', '10m']", "['10m', 'soon']", "['10m', '20m', '30m']", "'10m'"])
def test_a_trial_that_is_none_is_refused(wrong: str) -> None:
    text = f"""
        [company]
        name = "Firm"
        zone = "Europe/Moscow"
        [stages]
        new = {{ title = "New", meaning = "entry" }}
        done = {{ title = "Done", meaning = "take" }}
        [[people]]
        id = "anna"
        name = "Anna"
        [[drums]]
        id = "site"
        name = "Site"
        entry = ["new"]
        budget = "30m"
        trial = {wrong}
        roster = {{ people = ["anna"] }}
        [routing]
        default_drum = "site"
    """
    with pytest.raises(company.Unreadable, match=r"trial"):
        company.read(text.encode())
