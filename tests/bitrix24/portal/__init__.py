"""A Bitrix24 portal on this machine, for tests: strict about what is asked, honest about limits, faulty on command.

Built from the public documentation, independently of any client. See README.md.
"""

from __future__ import annotations

from tests.bitrix24.portal.clock import Clock
from tests.bitrix24.portal.cloud import Cloud
from tests.bitrix24.portal.delivery import Delivery
from tests.bitrix24.portal.server import Server
from tests.bitrix24.portal.state import Portal

__all__ = ["Clock", "Cloud", "Delivery", "Portal", "Server"]
