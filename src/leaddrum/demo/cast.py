"""Who comes and who works that day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who fills in the form. Texts by language."""

    at: int  # seconds after the curtain rises, at 08:56
    name: Mapping[str, str]
    phone: Mapping[str, str]
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody answers an offer."""

    soonest: int  # seconds until he looks at it
    latest: int
    forgets: float = 0.0  # how often he never does
    declines: int = 0  # which of his offers he gives back; 0: none


HABITS: Mapping[str, Habit] = {
    "anna": Habit(45, 150),
    "boris": Habit(4 * MINUTE, 10 * MINUTE, declines=4),
    "vera": Habit(3 * MINUTE, 7 * MINUTE, forgets=0.85),
}
HEAD, ABSENT, DILIGENT = "olga", "gleb", "anna"
HEAD_READS = 100
"""Seconds from the call until the head has read it and acts."""

HARD = 4
"""Number of the client whom nobody likes to call: the first two do not take him, so that the head is called."""
AWAY, BACK = 9 * MINUTE, 24 * MINUTE
"""The diligent one is out measuring, so that the others are on their own for a while."""


def _phones(number: int) -> Mapping[str, str]:
    """Numbers of the blocks that are kept for stories."""
    return {"ru": f"+7 495 555-01-{number:02}", "en": f"+44 20 7946 01{number:02}"}


def _visitor(minutes: float, ru: str, en: str, number: int, said_ru: str, said_en: str) -> Visitor:
    return Visitor(
        at=round(minutes * MINUTE),
        name={"ru": ru, "en": en},
        phone=_phones(number),
        text={"ru": said_ru, "en": said_en},
    )


VISITORS = (
    _visitor(1, "Ирина Павлова", "Irene Paul", 1, "Два окна на кухню, можно вечером?", "Two kitchen windows, evenings"),
    _visitor(2, "Олег Марченко", "Oliver March", 2, "Сколько стоит балкон под ключ?", "What does a balcony cost?"),
    _visitor(6, "Наталья Фомина", "Natalie Foster", 3, "Нужен замер на даче.", "Please measure at my cottage."),
    _visitor(
        10,
        "ООО «Вектор»",
        "Vector Ltd",
        4,
        "Остекление офиса, тендер 40 страниц.",
        "Office glazing, long tender.",
    ),
    _visitor(14, "Сергей Дуб", "Sam Oak", 6, "Дует из окна, кто посмотрит?", "My window lets the wind in."),
    _visitor(19, "Мария Зотова", "Mary Stone", 7, "Хочу панорамные окна в гостиную.", "Panorama windows, please."),
    _visitor(22, "ООО «Вектор»", "Vector Ltd", 4, "Мы ждём ответа по тендеру!", "We are waiting for your offer!"),
    _visitor(27, "Алексей Гордин", "Alex Gordon", 8, "Окно в мансарду.", "A roof window."),
    _visitor(33, "Светлана Ким", "Claire Kim", 9, "Москитные сетки на пять окон.", "Fly screens for five windows."),
    _visitor(38, "Павел Рогов", "Paul Horn", 10, "Перенести замер на пятницу.", "Move the measuring to Friday."),
    _visitor(43, "Дарья Лис", "Daria Fox", 11, "Сравниваю цены, пришлите свою.", "Comparing prices: what is yours?"),
)
LENGTH = 60 * MINUTE
HARD_PHONES = frozenset(_phones(HARD).values())
