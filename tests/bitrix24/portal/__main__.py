"""`python -m tests.bitrix24.portal --port 8024 --leads 20`: a portal to try clients on. See README.md."""

from __future__ import annotations

import argparse
import threading
from datetime import datetime
from pathlib import Path

from tests.bitrix24.portal import sample
from tests.bitrix24.portal.access import ALL_SCOPES
from tests.bitrix24.portal.clock import Clock
from tests.bitrix24.portal.server import Server


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bitrix24.portal", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8024)
    parser.add_argument("--leads", type=int, default=10, help="leads in the first stage")
    parser.add_argument("--clock", default="", help="an instant (ISO 8601 with an offset) at which the clock stands")
    parser.add_argument("--secret", default="", help="of the first webhook; else a random one")
    parser.add_argument("--accounting", choices=("inner", "batch", "request", "off"), default="inner")
    parser.add_argument("--no-limits", action="store_true", help="no limit of rate or operating time")
    parser.add_argument("--lenient", action="store_true", help="unknown parameters are ignored, as a real portal does")
    parser.add_argument("--app", default="", help="address of an application: it is registered, and its keys printed")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), type=Path)
    given = parser.parse_args(arguments)
    portal = sample.portal(Clock(datetime.fromisoformat(given.clock)) if given.clock else Clock())
    portal.strict = not given.lenient
    portal.limits.accounting = given.accounting
    if given.no_limits:
        portal.limits.rate = portal.limits.operating = 0
    portal.import_(given.leads, by=0)
    tls = (given.tls[0], given.tls[1]) if given.tls else None
    with Server(portal, host=given.host, port=given.port, tls=tls, controlled=True):
        assert portal.delivery is not None
        assert portal.cloud is not None
        portal.delivery.start()
        print(f"webhook  {portal.webhook(sample.ADMIN, secret=given.secret)}")
        print(f"control  {portal.url}/_portal/state")
        if given.app:
            app = portal.cloud.register(portal, given.app, ALL_SCOPES)
            print(f"client_id {app.client_id}\nclient_secret {app.client_secret}\nmember_id {portal.member_id}")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
