"""Which drum would this lead go to, and why (S-26)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leaddrum.models import Lead
from tests.world import World

Browser = Callable[..., Client]


def routes(world: World, *rules: dict[str, Any]) -> None:
    for key in ("ural", "big"):
        world.drum_table(key).update(
            entry=["new"], roster={"people": ["clara"]}, budget="30m", calendar="office", verdict_delay="0s", name=key
        )
    world.file["routes"] = list(rules)
    world.apply()


def text(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.mark.rule("S-26")
def test_one_lead_and_why(world: World, browser: Browser) -> None:
    routes(
        world,
        {"when": {"source": ["web"], "fields": {"amount": {"min": 100000}}}, "drum": "big"},
        {"when": {"phone_region": ["Свердловская обл"]}, "drum": "ural"},
        {"when": {"source": ["web"]}, "drum": "ural"},
    )
    irina = browser("irina")
    page = text(irina.get("/routing", {"source": "web", "own": "amount = 50 000", "phone": "8 343 222-11-22"}))
    assert "«ural» Первое подходящее правило: 2." in page
    assert "поле amount: не меньше 100 000" in page  # the rule, and what the lead has
    assert "поле amount — 50 000" in page
    assert "узнают правила: регион номера: «Свердловская обл» или «Ekaterinburg» · страна номера: RU" in page
    page = text(irina.get("/routing", {"source": "call"}))
    assert "Ни одно правило не подходит" in page
    assert "источник — звонок" in page
    lead = world.lead(source="web", fields={"amount": 200000})
    assert lead.cycle.drum.key == "big"
    assert "→ big" in text(irina.get("/routing", {"lead": lead.id}))


def test_without_rules_it_says_so_and_where_to_make_them(world: World, browser: Browser) -> None:
    answer = browser("irina").get("/routing")
    assert "Правил пока нет: все лиды идут в барабан по умолчанию." in text(answer)
    assert "Срабатывает первое подходящее правило" not in text(answer)
    assert "Ни одно правило не подходит" not in text(browser("irina").get("/routing", {"source": "call"}))
    assert 'href="/setup/routes"' in answer.content.decode()


@pytest.mark.rule("S-26")
def test_what_advertising_sends_has_words(world: World, browser: Browser) -> None:
    routes(
        world,
        {"when": {"fields": {"utm_campaign": ["осень"]}}, "drum": "big"},
        {"when": {"fields": {"город": ["Тверь"]}}, "drum": "ural"},
    )
    page = text(browser("irina", "ru").get("/routing", {"own": "utm_campaign = весна"}))
    assert "рекламная кампания (utm_campaign): осень" in page
    assert "рекламная кампания (utm_campaign) — «весна»" in page
    assert " поле город: Тверь" in page  # what a company named itself stays so


@pytest.mark.rule("S-26")
@pytest.mark.parametrize(
    ("when", "drum"),
    [
        ({"phone_region": ["Sverdlovsk", "Ekaterinburg"]}, "ural"),
        ({"phone_country": ["RU"]}, "ural"),
        ({"phone_zone": ["Asia/Yekaterinburg"]}, "ural"),
        ({"language": ["en"]}, "drum"),
    ],
)
def test_a_phone_and_a_text_route_a_lead(world: World, when: dict[str, Any], drum: str) -> None:
    routes(world, {"when": when, "drum": "ural"})
    lead = world.lead(phone="8 343 222-11-22", phone_key="+73432221122", text="Нужны окна")
    assert lead.cycle.drum.key == drum
    world.check()


@pytest.mark.rule("S-26")
def test_last_month_and_dead_rules(world: World, browser: Browser, django_assert_max_num_queries: Any) -> None:
    routes(
        world,
        {"when": {"source": ["web", "call"]}, "drum": "ural"},
        {"when": {"source": ["web"], "fields": {"region": ["Урал"]}}, "drum": "big"},
        {"when": {"source": ["fair"]}, "drum": "big"},
    )
    for number in range(6):
        world.lead(source="web", fields={"region": "Урал", "n": number})
    old = world.lead(source="fair")
    Lead.objects.filter(pk=old.id).update(arrived_at=world.at("2026-01-01 10:00"))
    irina = browser("irina")
    irina.get("/routing")  # the company is read once
    with django_assert_max_num_queries(14):
        page = text(irina.get("/routing"))
    assert "до него не доходит: всё забирает правило 1" in page
    assert "ничего не отправило" in page
    assert "важен порядок" not in page  # what is never reached is told already
    assert "region = Урал" in page
    assert "6 лидов" in page


@pytest.mark.rule("S-26")
def test_pairs_whose_order_counts_are_those_that_set_up_warns_of(world: World, browser: Browser) -> None:
    routes(
        world,
        {"when": {"source": ["web", "call"]}, "drum": "ural"},
        {"when": {"fields": {"region": ["Урал"]}}, "drum": "big"},
        {"when": {"fields": {"city": ["Тверь"]}}, "drum": "big"},  # with rule 2 the same drum
        {"when": {"source": ["fair"]}, "drum": "ural"},  # no lead fits rule 1 as well
    )
    irina = browser("irina")
    said = text(irina.get("/routing"))
    assert "под правила 1 и 2, 1 и 3, 2 и 4, 3 и 4: сработает то, что выше." in said
    assert "can fit rules 1 and 2, 1 and 3, 2 and 4, 3 and 4: whichever" in text(browser("irina", "en").get("/routing"))
    warned = re.findall(r"и под правило (\d) —", text(irina.get("/setup/routes")))
    assert warned == ["1", "1", "2", "3"]


def test_only_administrators(browser: Browser) -> None:
    assert browser("olga").get("/routing").status_code == 403
