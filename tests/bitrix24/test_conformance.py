"""The stories of `tests/crm/test_conformance.py` once more, in a portal: by webhook, and as an application."""

from __future__ import annotations

import pytest

from tests.crm.test_conformance import *  # noqa: F403  # the same stories, with the portals of `conftest.floor`

pytestmark = pytest.mark.usefixtures("few_looks")
