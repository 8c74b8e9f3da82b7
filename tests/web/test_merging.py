"""Merging two leads of a client on a lead's page (S-30)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.reader import text
from tests.world import World, expect_offer

Browser = Callable[..., Client]


@pytest.mark.rule("S-30")
def test_the_head_merges_a_double_and_its_address_leads_on(world: World, browser: Browser) -> None:
    first = world.lead("Балкон", owner="anna", phone_key="+74955550101")
    world.move(first, "junk", by="anna")
    second = world.lead("Балкон ещё раз", owner="boris", phone_key="+74955550101")
    olga = browser("olga", "en")
    merge = reverse("lead-merge", args=[first.id])
    assert merge in olga.get(f"/leads/{first.id}").content.decode()
    assert merge not in browser("clara").get(f"/leads/{first.id}").content.decode()
    assert browser("clara").post(merge, {"other": second.id}).status_code == 403
    page = text(olga.post(merge, {"other": second.id}, follow=True).content)
    assert "“Балкон ещё раз” is merged into this lead." in page
    assert f"Lead {second.id}, “Балкон ещё раз”, was merged into this one: Ольга Руднева." in page
    expect_offer(first, to="boris")
    assert olga.get(f"/leads/{second.id}")["Location"] == f"/leads/{first.id}"
    assert olga.post(merge, {"other": "x"}).status_code == 404
