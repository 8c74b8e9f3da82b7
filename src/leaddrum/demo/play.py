"""The play itself, step by step: a quarter of a minute of that day at a time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation

from leaddrum import access, company, engine, links
from leaddrum.demo import cast
from leaddrum.demo.floor import Floor, Visitors
from leaddrum.demo.stage import Stage, company_file
from leaddrum.demo.telling import Teller
from leaddrum.engine import org
from leaddrum.models import Company, Person

STEP = timedelta(seconds=15)
EARLY = timedelta(minutes=4)  # the curtain rises before the doors open, so that a hold is seen


def play(stage: Stage, *, speed: float, seed: int, stay: bool) -> None:
    """One hour of the sample company's day; with `stay` the pages then go on at life's own pace until Ctrl-C."""
    with translation.override(stage.lang):
        firm = _founded(stage)
        teller = Teller(firm, stage)
        teller.curtain(_sign_in(stage, cast.HEAD), speed)
        began = stage.now
        visitors, floor = Visitors(stage, began), Floor(firm, seed, stage.lang, began)
        clock_began = time.monotonic()
        while stage.now < began + timedelta(seconds=cast.LENGTH):
            _wait(clock_began + (stage.now + STEP - began).total_seconds() / speed)
            stage.now += STEP
            visitors.act()
            _turn(stage.now)
            floor.act(stage.now)
            teller.tell()
        teller.end(_sign_in(stage, cast.HEAD), _sign_in(stage, "vera"), stay=stay)
        if stay:
            _linger(stage)


def _founded(stage: Stage) -> Company:
    """The company, some minutes before the doors open on its next working day; somebody is on holiday."""
    content = company_file(stage.lang)
    file = company.read(content)
    firm = company.apply(file, company.text_of(content), by="demo", now=stage.now)
    stage.now = _morning(firm, stage.now)
    gleb = Person.objects.get(company=firm, key=cast.ABSENT)
    reason = {"ru": "отпуск", "en": "holiday"}[stage.lang]
    midnight = stage.now.astimezone(ZoneInfo(firm.zone)).replace(hour=0, minute=0)
    engine.add_absence(gleb.pk, midnight - timedelta(days=2), midnight + timedelta(days=7), reason, now=stage.now)
    firm.refresh_from_db()
    return firm


def _morning(firm: Company, now: datetime) -> datetime:
    """Shortly before the next opening after a night."""
    hours = org.of(firm, now)
    service = hours.service(next(iter(hours.drums)))
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    opening = service.next_open(tomorrow)
    assert opening is not None  # noqa: S101  the sample company opens every week
    return opening - EARLY


def _turn(now: datetime) -> None:
    while engine.tick(now).more:
        pass


def _wait(until: float) -> None:
    left = until - time.monotonic()
    if left > 0:
        time.sleep(left)


def _sign_in(stage: Stage, key: str) -> str:
    """A link that signs that person in, once."""
    person = Person.objects.select_related("company", "account").get(company__key="demo", key=key)
    return links.sign_in_url(access.make_link(access.account_of(person), now=stage.now, minutes=24 * 60))


def _linger(stage: Stage) -> None:
    """The pages stay and the drum turns on, at life's own pace, until Ctrl-C."""
    began, wall = stage.now, time.monotonic()
    try:
        while True:
            time.sleep(0.5)
            stage.now = began + timedelta(seconds=time.monotonic() - wall)
            _turn(stage.now)
    except KeyboardInterrupt:
        return
