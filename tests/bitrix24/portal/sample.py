"""A small sales department to begin with: six people, three departments, one head each, a deal pipeline, a process."""

from __future__ import annotations

from tests.bitrix24.portal.clock import Clock
from tests.bitrix24.portal.fields import DEAL
from tests.bitrix24.portal.state import Portal

ADMIN, HEAD, ANNA, BORIS, CLARA, DIRECTOR = 1, 13, 27, 31, 35, 3
PROCESS = 1040


def portal(clock: Clock | None = None) -> Portal:
    made = Portal(clock)
    made.user(ADMIN, "Ирина", "Админова", admin=True, departments=[1], email="irina@example.com")
    made.user(DIRECTOR, "Денис", "Директоров", departments=[1], email="denis@example.com")
    made.user(HEAD, "Ольга", "Главная", departments=[5], email="olga@example.com")
    made.user(ANNA, "Анна", "Котова", departments=[5], email="anna@example.com", zone="Europe/Moscow")
    made.user(BORIS, "Борис", "Дроздов", departments=[5], email="boris@example.com", zone="Europe/Samara")
    made.user(CLARA, "Клара", "Ежова", departments=[5], email="clara@example.com")
    made.department(1, "Компания", head=DIRECTOR)
    made.department(5, "Отдел продаж", parent=1, head=HEAD)
    made.department(9, "Сервис", parent=1)
    made.crm.pipeline(DEAL, 2, "Опт")
    made.crm.type_of_process(PROCESS, "Заявка")
    return made
