"""Which leads come when: more in the morning and on Mondays, a quarter outside working hours, some clients twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from leaddrum.engine import Arrival
from leaddrum.history.truth import SOURCES

# Weight of each hour of the day, and of each weekday from Monday on.
HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 9, 14, 17, 16, 13, 12, 13, 13, 12, 11, 9, 8, 7, 6, 4, 2)
WEEKDAYS = (1.25, 1.1, 1.0, 1.0, 0.95, 0.45, 0.3)
CORPORATE = 0.25
AGAIN = 0.03  # clients who write once more
BLOCK = 100  # phone numbers of one block that is kept for stories

TITLES = {
    "ru": ("Два окна на кухню", "Балкон под ключ", "Замер на даче", "Панорамные окна", "Москитные сетки",
           "Дует из окна", "Окно в мансарду", "Остекление веранды", "Замена стеклопакета", "Откосы и подоконник"),
    "en": ("Two kitchen windows", "A balcony", "Measuring at a cottage", "Panorama windows", "Fly screens",
           "A window lets wind in", "A roof window", "A glazed porch", "A broken pane", "Sills"),
}  # fmt: skip
CLIENTS = {
    "ru": ("Ирина", "Олег", "Наталья", "Сергей", "Мария", "Алексей", "Светлана", "Павел", "Дарья", "Фёдор"),
    "en": ("Irene", "Oliver", "Natalie", "Sam", "Mary", "Alex", "Claire", "Paul", "Daria", "Theo"),
}
FIRMS = {"ru": "ООО «Вектор-%d»", "en": "Vector %d Ltd"}


@dataclass(frozen=True, slots=True)
class Coming:
    at: datetime
    arrival: Arrival


def leads(count: int, since: datetime, until: datetime, zone: ZoneInfo, lang: str, dice: random.Random) -> list[Coming]:
    """So many leads in `[since, until)`, in their order."""
    instants = sorted(_instants(count, since, until, zone, dice))
    return [Coming(at, _lead(number, lang, dice)) for number, at in enumerate(instants, start=1)]


def _instants(count: int, since: datetime, until: datetime, zone: ZoneInfo, dice: random.Random) -> Iterator[datetime]:
    days = (until - since).days + 1
    first = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = [first + timedelta(days=day) for day in range(days + 1)]
    weights = [WEEKDAYS[day.weekday()] for day in midnights]
    found = 0
    while found < count:
        day = dice.choices(midnights, weights)[0]
        (hour,) = dice.choices(range(24), HOURS)
        at = day.replace(hour=hour, minute=dice.randrange(60), second=dice.randrange(60)).astimezone(since.tzinfo)
        if since <= at < until:
            found += 1
            yield at


def _lead(number: int, lang: str, dice: random.Random) -> Arrival:
    corporate = dice.random() < CORPORATE
    client = dice.randrange(max(1, number // 2)) if number > BLOCK and dice.random() < AGAIN else number
    (source,) = dice.choices(list(SOURCES), [share for share, _ in SOURCES.values()])
    name = FIRMS[lang] % client if corporate else dice.choice(CLIENTS[lang])
    mail = f"client{client}@example.com"
    return Arrival(
        title=dice.choice(TITLES[lang]),
        name=name,
        email=mail,
        email_key=mail,
        source=source,
        fields={"client": "company" if corporate else "private"},
        channel="call" if source == "call" else "mail" if source == "mail" else "form",
    )
