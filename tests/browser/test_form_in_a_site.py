"""The public form in the frame of a light site, before a visitor whose system is dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, Page

from tests.browser.steps import Visit
from tests.crash.site import Process

LIGHT, DARK = "rgb(255, 255, 255)", "rgb(29, 33, 30)"  # the paper of form.css
PAPER = "() => getComputedStyle(document.querySelector('main')).backgroundColor"


def framed(visit: Visit, served: Process, theme: str) -> tuple[Page, Frame]:
    """A site with the form in it; `'self'` may always frame it, so the site stands on our own address."""
    page = visit(f"{served.url}/f/okna/drum", width=390, height=844, color_scheme="dark")
    frame = f"<iframe src='/f/okna/drum{theme}' width='100%' height='900'></iframe>"
    body = f"<!doctype html><meta charset=utf-8><body style='background:#fff'>{frame}"
    page.route("**/a-site", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{served.url}/a-site")
    inside = page.frame(url=re.compile("/f/okna/drum"))
    assert inside is not None
    inside.wait_for_selector("main form")
    return page, inside


@pytest.mark.parametrize(
    ("theme", "paper"), [("", LIGHT), ("?theme=light", LIGHT), ("?theme=dark", DARK), ("?theme=auto", DARK)]
)
def test_the_form_fits_the_site_around_it(visit: Visit, served: Process, theme: str, paper: str) -> None:
    page, inside = framed(visit, served, theme)
    assert inside.evaluate(PAPER) == paper
    inside.click("button[type=submit]")  # too quick and empty: it comes back, and looks the same
    inside.wait_for_selector(".notice")
    assert inside.evaluate(PAPER) == paper
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_page_of_its_own_has_the_colours_of_the_system(visit: Visit, served: Process) -> None:
    address = f"{served.url}/f/okna/drum"
    assert visit(address, color_scheme="dark").evaluate(PAPER) == DARK
    assert visit(address, color_scheme="light").evaluate(PAPER) == LIGHT
    assert visit(address + "?theme=dark", color_scheme="light").evaluate(PAPER) == DARK
