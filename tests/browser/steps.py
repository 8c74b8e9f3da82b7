"""What several browser tests begin with."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.crash.site import Process, Site

Visit = Callable[..., Page]
SOON = 20_000  # milliseconds: several polls and a turn of six seconds


def sign_in(visit: Visit, site: Site, served: Process, person: str, path: str = "/", **how: object) -> Page:
    """Somebody who signed in some time ago, on that page."""
    return visit(served.url + path, session=site.session(person), **how)


def sign_in_by_link(visit: Visit, site: Site, served: Process, person: str, **how: object) -> Page:
    """By a one-time link; opening it is not enough, a press signs in."""
    link = site.leaddrum("login", person).stdout.strip().splitlines()[-1]
    page = visit(served.url + link[link.index("/sign-in") :], **how)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page
