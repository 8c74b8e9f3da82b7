"""The ways in that we read ourselves. A new one is a session and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from leaddrum.intake import asterisk, telegram_in
from leaddrum.intake.listening import Session
from leaddrum.intake.mail import mailbox

SESSIONS: Mapping[tuple[str, str], Session] = {
    ("mailbox", ""): mailbox.session,
    ("calls", "asterisk"): asterisk.session,
    ("telegram", ""): telegram_in.session,
}
