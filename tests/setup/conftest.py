"""Fixtures of the set-up's tests: the pages' own, and a form sent as a browser sends it."""

from __future__ import annotations

from tests.setup.forms import Form
from tests.web.conftest import browser, nothing_remembered

__all__ = ["Form", "browser", "nothing_remembered"]
