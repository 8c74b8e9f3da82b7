"""A notice reaches a real browser: its service worker gets the push and shows it, with the link that takes the lead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.steps import SOON, Visit, sign_in
from tests.crash.site import Process, Site

SHOWN = (
    "navigator.serviceWorker.ready.then(r => r.getNotifications()).then(n => n.map(x => [x.title, x.body, x.data.url]))"
)


@pytest.mark.rule("S-3")
def test_a_push_is_shown_by_the_browser_and_its_link_takes(
    visit: Visit, seconds: Site, served: Process, browser: Browser, complaints: list[str]
) -> None:
    """The push service itself stands outside; the browser is handed the message as that service would hand it."""
    page = sign_in(visit, seconds, served, "anna")
    page.context.grant_permissions(["notifications"], origin=served.url)
    page.goto(served.url + "/my/channels")
    expect(page.locator("#push [data-state=off]")).to_be_visible(timeout=SOON)
    control = page.context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    control.on("ServiceWorker.workerRegistrationUpdated", lambda said: registrations.extend(said["registrations"]))
    control.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.register('/sw.js', {scope: '/'}).then(() => navigator.serviceWorker.ready)")
    page.wait_for_timeout(300)
    assert registrations, "the worker is not registered: scope or policy"
    said = {"title": "Новый лид, взять до 10:30: Окна", "body": "Возьмите лид", "tag": "turn-1-1"}
    said["url"] = f"{served.url}/my"
    for title in ("Новый лид, взять до 10:30: Окна", "Лид ваш: Окна"):  # the second takes the place of the first
        control.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": served.url,
                "registrationId": registrations[-1]["registrationId"],
                "data": json.dumps(said | {"title": title}, ensure_ascii=False),
            },
        )
        page.wait_for_function(f"{SHOWN}.then(all => all.some(one => one[0] === {json.dumps(title)}))", timeout=SOON)
    only = json.dumps(
        [["Лид ваш: Окна", "Возьмите лид", f"{served.url}/my"]], ensure_ascii=False, separators=(",", ":")
    )
    page.wait_for_function(f"{SHOWN}.then(all => JSON.stringify(all) === {json.dumps(only)})", timeout=SOON)
    assert complaints == []
