"""A sample company in the middle of a lively morning: what the pictures of the pages show.

Leads in every state a lead can be in, told through the same harness as the stories, so that every invariant holds in
the pictures too. Each text stands in Russian and in English; people and firms are invented.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leaddrum import engine
from leaddrum.intake import fields
from leaddrum.models import Drum, Heartbeat, Lane, Request, Way
from tests import invariants
from tests.world import Card, World

DAY = datetime(2026, 11, 24, 8, 40)  # noqa: DTZ001  the wall clock of either company; a Tuesday
KEYS = {"ru": "okna-servis", "en": "bright-windows"}
ZONES = {"ru": "Europe/Moscow", "en": "Europe/London"}

Said = Mapping[str, str]


def both(ru: str, en: str) -> Said:
    return {"ru": ru, "en": en}


COMPANY: dict[str, Any] = {
    "company": {"name": both("Окна-Сервис", "Bright Windows")},
    "stages": {
        "new": {"title": both("Новый", "New"), "meaning": "entry"},
        "tender": {"title": both("Тендеры и опт", "Tenders and wholesale"), "meaning": "entry"},
        "in_work": {"title": both("В работе", "In progress"), "meaning": "take"},
        "qualified": {"title": both("Квалифицирован", "Qualified"), "meaning": "take"},
        "offer": {"title": both("Предложение отправлено", "Offer sent"), "meaning": "take"},
        "later": {"title": both("Подумает", "Thinking it over"), "meaning": "ignore"},
        "junk": {"title": both("Спам", "Junk"), "meaning": "close"},
    },
    "calendars": {"office": {"name": both("Офис", "Office"), "weekdays": ["09:00-13:00", "14:00-18:00"]}},
    "departments": [
        {"id": "sales", "name": both("Отдел продаж", "Sales"), "head": "olga"},
        {"id": "keys", "name": both("Ключевые клиенты", "Key accounts"), "parent": "sales", "head": "olga"},
    ],
    "people": [
        {"id": "olga", "name": both("Ольга Руднева", "Olga Reed"), "departments": ["sales"], "role": "head"},
        {"id": "anna", "name": both("Анна Ким", "Anna Kim"), "departments": ["sales"]},
        {"id": "boris", "name": both("Борис Левин", "Boris Levin"), "departments": ["sales"]},
        {
            "id": "gulnara",
            "name": both("Гульнара Абдурахманова-Преображенская", "Guinevere Featherstonehaugh-Cholmondeley"),
            "departments": ["sales"],
        },
        {"id": "vera", "name": both("Вера Сомова", "Vera Summers"), "departments": ["sales"]},
        {"id": "gleb", "name": both("Глеб Юдин", "Gleb Young"), "departments": ["sales"]},
        {"id": "pavel", "name": both("Павел Орлов", "Paul Eagle"), "departments": ["keys"]},
        {"id": "irina", "name": both("Ирина Котова", "Irene Cotton"), "departments": [], "role": "admin"},
    ],
    "drums": [
        {
            "id": "site",
            "name": both("Заявки с сайта", "Requests from the site"),
            "entry": ["new"],
            "roster": {"people": ["anna", "boris", "gulnara", "vera", "gleb"]},
            "budget": "20m",
            "promise": True,
            "calendar": "office",
            "escalate_after": 2,
        },
        {
            "id": "calls",
            "name": both("Звонки", "Calls"),
            "entry": ["new"],
            "roster": {"people": ["anna", "boris"]},
            "strategy": "claim",
            "budget": "30m",
            "calendar": "office",
        },
        {
            "id": "tenders",
            "name": both("Тендеры", "Tenders"),
            "entry": ["tender"],
            "roster": {"people": ["pavel"]},
            "budget": "30m",
            "calendar": "office",
            "escalate_after": 1,
            "escalation": "freeze",
        },
    ],
    "routes": [
        {"when": {"source": ["call"]}, "drum": "calls"},
        {"when": {"fields": {"amount": {"min": 1_000_000}}}, "drum": "tenders"},
        {
            "when": {"source": ["mail"], "fields": {"utm_campaign": ["wholesale-for-builders", "tender-2026"]}},
            "drum": "tenders",
        },
        {"when": {"source": ["call", "chat"], "fields": {"utm_source": ["search"]}}, "drum": "site"},
    ],
    "routing": {"default_drum": "site"},
}

HARD = both("Остекление коттеджа: панорама и две террасы", "Glazing of a cottage: panorama and two terraces")
LONG = both(
    "Панорамные окна и раздвижные двери на веранду, замер только в субботу после обеда, позвонить заранее",
    "Panorama windows and sliding doors to the veranda, measuring on Saturday afternoon only, please call first",
)
ARABIC = "شركة النوافذ الحديثة — عرض أسعار"
EMOJI = both("🏡 Дача мечты: окна, двери, балкон 🔥", "🏡 Dream cottage: windows, doors, a balcony 🔥")


@dataclass(frozen=True)
class Marked:
    """Leads the pictures go to."""

    calm: Card
    late: Card
    passed_on: Card
    held: Card
    with_head: Card
    taken: Card
    again: Card


class Sample(World):
    """The company of one language; its times of day are its own wall clock's."""

    def __init__(self, language: str, of: str = "") -> None:
        self.language = language
        self.zone = ZoneInfo(ZONES[language])
        self.now = DAY.replace(tzinfo=self.zone).astimezone(UTC)
        self.file = self.said(copy.deepcopy(COMPANY))
        self.file["company"] |= {"key": of + KEYS[language], "zone": ZONES[language], "language": language}
        for person in self.file["people"]:
            person["email"] = f"{of}{person['id']}@example.com"
        if language == "ru":
            self.file["calendars"]["office"]["holidays"] = "RU"
        self.memory = invariants.Memory()
        World.newest = self
        self.company_id = self._apply()

    def said(self, value: Any) -> Any:
        """A text, or everything in a table, in this company's language."""
        if isinstance(value, dict) and value.keys() == {"ru", "en"}:
            return value[self.language]
        if isinstance(value, dict):
            return {key: self.said(item) for key, item in value.items()}
        return [self.said(item) for item in value] if isinstance(value, list) else value

    def clock(self, text: str) -> None:
        """Let time pass until "10:30" of that day."""
        hours, minutes = map(int, text.split(":"))
        local = self.now.astimezone(self.zone)
        self.until(local.replace(hour=hours, minute=minutes, second=0, microsecond=0).astimezone(UTC))

    def away_for_days(self, person: str, days: int, reason: str) -> None:
        """Absent from this midnight on."""
        midnight = self.now.astimezone(self.zone).replace(hour=0, minute=0)
        engine.add_absence(self.pk(person), midnight, midnight + timedelta(days=days), reason, now=self.now)

    def comes(
        self, title: Said | str, name: Said | str = "", phone: int = 0, *, drum: str = "site", **more: Any
    ) -> Card:
        """A request, read as the intake reads it. Numbers are of the blocks that are kept for stories."""
        owner = more.pop("owner", None)
        said = {"title": title, "name": name, "source": "form", **more}
        said = {key: self.said(value) for key, value in said.items()}
        if phone:
            said["phone"] = {"ru": f"+7 495 555-01-{phone:02}", "en": f"+44 20 7946 01{phone:02}"}[self.language]
        arrival = fields.arrival(
            fields.read(said),
            self.company,
            channel="form" if said["source"] == "form" else "api",
            owner=self.pk(owner) if owner else None,
            drum=Drum.objects.get(company=self.company_id, key=drum).pk,
            payload={"text": [str(said.get("text", ""))]},
            built_in="page" if said["source"] == "form" else "api",
        )
        arrived = engine.arrive(self.company_id, arrival, now=self.now)
        self.check()
        return Card(self, arrived.lead)


def morning(language: str) -> tuple[Sample, Marked]:
    """From before the doors open until 10:40. The site's term is 20 minutes, so what waits then shows every colour."""
    day = Sample(language)
    say = day.said
    day.away_for_days("gleb", 8, say(both("отпуск", "holiday")))
    early = day.comes(
        both("Два окна на кухню", "Two kitchen windows"), both("Ирина Павлова", "Irene Paul"), 1, owner="anna"
    )
    early_too = day.comes(both("Балкон под ключ", "A balcony, all in"), both("Олег Марченко", "Oliver March"), 2)
    day.clock("09:04")
    day.take(early, by="anna")
    day.clock("09:11")
    day.take(early_too, by="boris")
    hard = day.comes(
        HARD,
        both("Наталья Фомина", "Natalie Foster"),
        3,
        owner="gulnara",
        text=both(
            "Дом у озера, нужен замер. Ветер с воды сильный, поэтому интересует тёплый профиль.\nУдобнее по будням.",
            "A house by the lake, please measure. The wind is strong, so we want a warm profile.\nWeekdays suit us.",
        ),
        fields={
            say(both("Город", "Town")): say(both("Тверь", "York")),
            "utm_source": "search",
            "utm_campaign": "autumn-2026-panorama-windows",
        },
    )
    tender = day.comes(
        both("Тендер: остекление офиса, 40 страниц", "Tender: office glazing, 40 pages"),
        both("ООО «Вектор»", "Vector Ltd"),
        4,
        drum="tenders",
        source="mail",
    )
    day.clock("09:20")
    done = [
        day.comes(both("Москитные сетки на пять окон", "Fly screens for five windows"), owner="anna", phone=5),
        day.comes(both("Перенести замер на пятницу", "Move the measuring to Friday"), owner="boris", phone=6),
        day.comes(both("Окно в мансарду", "A roof window"), both("Алексей Гордин", "Alex Gordon"), 7, owner="anna"),
        day.comes(both("Сравниваю цены", "Comparing prices"), both("Дарья Лис", "Daria Fox"), 8, owner="vera"),
        day.comes(both("Ремонт стеклопакета", "A broken pane"), both("Сергей Дуб", "Sam Oak"), 9, owner="boris"),
        day.comes(both("Витраж для кафе", "Stained glass for a café"), both("Мария Зотова", "Mary Stone"), 10),
    ]
    day.clock("09:26")
    for card, person, stage in zip(
        done,
        ("anna", "boris", "anna", "vera", "boris", "gulnara"),
        ("offer", "in_work", "qualified", "later", "qualified", "in_work"),
        strict=True,
    ):
        day.take_card(card, by=person)
        if stage != "in_work":
            day.move(card, stage, by=person)
    spam = day.comes(both("Продвижение сайтов недорого", "Cheap search engine tricks"), source="mail", owner="boris")
    day.move(spam, "junk", by="boris")
    forgot = day.comes(
        both("Дует из окна", "My window lets the wind in"), both("Пётр Ёлкин", "Peter Pine"), 11, owner="vera"
    )
    day.clock("09:58")
    day.pause("gulnara", say(both("на замере у клиента", "measuring at a client's")))
    excused = forgot.incidents[0]
    day.explain(excused, say(both("Был сбой телефонии, клиент подтвердит.", "The phones were down.")), by="vera")
    day.annul(excused, by="olga", why=say(both("телефония не работала с 9:30", "no phones since 9:30")))
    if forgot.state == "offered":
        day.take_card(forgot, by="boris")
    held = day.comes(
        both("Опт: 300 окон для застройщика", "Wholesale: 300 windows"),
        both("ООО «Дом»", "Home Ltd"),
        12,
        drum="tenders",
    )
    day.pause("pavel", say(both("переговоры", "a negotiation")))
    day.clock("10:02")
    day.comes(ARABIC, "محمد الحسن", 13, owner="vera", text="نحتاج إلى عشرين نافذة.")
    day.clock("10:14")
    day.comes(EMOJI, both("Анастасия", "Anastasia"), 14, owner="anna")
    day.clock("10:22")
    late = day.comes(
        LONG,
        both("Константин Длиннофамильный-Заречный", "Constantine Longsurname-Overtheriver"),
        15,
        owner="anna",
        email="konstantin.very.long.address@panorama-windows-and-doors.example.com",
        text=both(
            "Здравствуйте! Дом сдаём весной, хотим успеть до морозов. Есть проект и фотографии проёмов.",
            "Hello! The house is to be ready in spring. We have the plans and pictures of the openings.",
        ),
    )
    day.clock("10:30")
    day.comes(
        both("🏡 Ещё вопрос", "🏡 One more question"),
        both("Анастасия", "Anastasia"),
        14,
        text=both("Вы получили мою заявку?", "Did you get my request?"),
    )
    day.comes(both("Остекление лоджии", "Glazing of a loggia"), both("Тимур Азизов", "Timothy Ash"), 16, owner="boris")
    day.clock("10:33")
    again = day.comes(both("Снова окно в мансарду", "A roof window again"), both("Алексей Гордин", "Alex Gordon"), 7)
    day.clock("10:37")
    calm = day.comes(
        both("Звонок: зимний сад", "A call: a winter garden"),
        both("Ева Тихая", "Eve Still"),
        17,
        drum="calls",
        source="call",
    )
    Request.objects.create(
        company=day.company,
        channel="api",
        received_at=day.now,
        payload={"raw": '{"phone": 79161234567, "titel": "Окна"}'},
        way=Way.objects.get(company=day.company, kind="api"),
        errors=[{"where": "titel", "what": say(both("Такого поля нет.", "There is no such field."))}],
    )
    day.file["drums"][1]["budget"] = "25m"
    day.file["stages"]["offer"]["title"] = say(both("Предложение отправлено клиенту", "Offer sent to the client"))
    day.apply()
    day.clock("10:40")
    engine.hand_over(
        *late.turn,
        to=day.pk("vera"),
        by=day.pk("anna"),
        note=say(both("ты уже считала такой дом", "you did such a house")),
        now=day.now,
    )
    Heartbeat.objects.update_or_create(
        worker="sample", defaults={"started_at": day.now, "beat_at": day.now, "note": ""}
    )
    Lane.objects.update(next_send_at=None)  # as if every mail had gone out
    return day, Marked(calm, late, hard, held, tender, early, again)
