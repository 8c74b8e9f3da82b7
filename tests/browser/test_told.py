"""From a client to “taken”, by every way in and every way out: the whole stories, with real servers around."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import told


@pytest.mark.rule("S-1", "S-3", "S-5", "S-34")
def test_a_letter_a_call_a_message_and_a_form_are_taken_by_telegram_mail_push_and_in_the_browser(
    browser: Browser,
) -> None:
    with told.opened("ru") as office:
        told.tell(office, browser)
        assert office.served.stop() == 0
        assert [message["reply_markup"] for message in office.telegram.to(told.ANNA) if "reply_markup" in message] == []
