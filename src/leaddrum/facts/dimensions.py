"""The dimensions, column by column."""

from __future__ import annotations

from leaddrum.facts.shape import Entity, Link, at_column, bool_column, id_column, int_column, on_column, text_column

_TAIL = (
    at_column(
        "changed_at",
        "When this row last changed; empty: it is about to be looked at.",
        "Когда строка менялась последний раз; пусто — её вот-вот учтут.",
        null=True,
    ),
    id_column(
        "change_stamp",
        "Grows with every change in the company, as that of the facts does.",
        "Растёт с каждым изменением в компании, как и у фактов.",
    ),
)


def _stamped(name: str, key: str, source: str) -> str:
    """The rows of `source` with what `facts.describing` knows of their changes."""
    return (
        f"(SELECT d.*, s.changed_at, COALESCE(s.stamp, 0) AS change_stamp FROM {source} d"  # noqa: S608 - our own names
        " LEFT JOIN leaddrum_described s ON s.company_id = d.company_id"
        f" AND s.dimension = '{name}' AND s.member = CAST(d.{key} AS text))"
    )


DIM_PERSON = Entity(
    "dim_person",
    "person_id",
    _stamped(
        "dim_person",
        "person_id",
        "(SELECT p.company_id, p.id AS person_id, p.key AS person_key, p.name AS person_name, p.role,"
        " (SELECT min(m.department_id) FROM leaddrum_department_people m JOIN leaddrum_department d"
        " ON d.id = m.department_id AND d.active WHERE m.person_id = p.id) AS department_id,"
        " p.active AS is_active, p.technical AS is_technical FROM leaddrum_person p)",
    ),
    "Everybody who works here or ever did.",
    "Все, кто работает или работал в компании.",
    (
        id_column("person_id", "The person.", "Сотрудник."),
        text_column("person_key", "His id in the company file.", "Идентификатор в файле компании."),
        text_column("person_name", "His name.", "Имя."),
        text_column(
            "role", "employee, head, admin.", "employee (сотрудник), head (руководитель), admin (администратор)."
        ),
        id_column("department_id", "His first department.", "Его первый отдел.", null=True),
        bool_column(
            "is_active", "Works here now; rows of those who left stay.", "Работает сейчас; строки ушедших остаются."
        ),
        bool_column("is_technical", "A robot's account.", "Учётная запись робота."),
        *_TAIL,
    ),
    (Link("department", "dim_department", "department_id"),),
)

DIM_DEPARTMENT = Entity(
    "dim_department",
    "department_id",
    _stamped(
        "dim_department",
        "department_id",
        "(SELECT company_id, id AS department_id, key AS department_key, name AS department_name,"
        " parent_id AS parent_department_id, head_id AS head_person_id, active AS is_active FROM leaddrum_department)",
    ),
    "Departments, with the one above each.",
    "Отделы и их вышестоящие.",
    (
        id_column("department_id", "The department.", "Отдел."),
        text_column("department_key", "Its id in the company file.", "Идентификатор в файле компании."),
        text_column("department_name", "Its name.", "Название."),
        id_column("parent_department_id", "The department above.", "Вышестоящий отдел.", null=True),
        id_column("head_person_id", "Its head.", "Руководитель.", null=True),
        bool_column("is_active", "Exists now.", "Действует сейчас."),
        *_TAIL,
    ),
)

DIM_DRUM = Entity(
    "dim_drum",
    "drum_id",
    _stamped(
        "dim_drum",
        "drum_id",
        "(SELECT d.company_id, d.id AS drum_id, d.key AS drum_key, d.name AS drum_name, d.version AS policy_version,"
        " CAST(p.spec ->> 'budget' AS integer) AS budget_seconds,"
        " CAST(p.spec ->> 'escalate_after' AS integer) AS escalate_after, d.active AS is_active"
        " FROM leaddrum_drum d JOIN leaddrum_policy p ON p.drum_id = d.id AND p.version = d.version)",
    ),
    "Drums with their present settings.",
    "Барабаны и их нынешние настройки.",
    (
        id_column("drum_id", "The drum.", "Барабан."),
        text_column("drum_key", "Its id in the company file.", "Идентификатор в файле компании."),
        text_column("drum_name", "Its name.", "Название."),
        int_column("policy_version", "Version of its settings.", "Версия настроек."),
        int_column("budget_seconds", "Working seconds a person has.", "Срок на сотрудника, рабочие секунды."),
        int_column(
            "escalate_after",
            "Misses after which the head is pulled in.",
            "После скольких пропусков подключается руководитель.",
        ),
        bool_column("is_active", "Turns now.", "Работает сейчас."),
        *_TAIL,
    ),
)

DIM_STAGE = Entity(
    "dim_stage",
    "stage_id",
    _stamped(
        "dim_stage",
        "stage_id",
        "(SELECT company_id, id AS stage_id, key AS stage_key, title AS stage_name, meaning AS stage_meaning,"
        " position AS stage_position, active AS is_active FROM leaddrum_stage)",
    ),
    "Stages of the board or the CRM, with what they mean now.",
    "Этапы доски или CRM и их нынешний смысл.",
    (
        id_column("stage_id", "The stage.", "Этап."),
        text_column("stage_key", "Its id in the company file.", "Идентификатор в файле компании."),
        text_column("stage_name", "Its name.", "Название."),
        text_column(
            "stage_meaning",
            "entry, take, close, ignore: what it means to the drums.",
            "entry (входящий), take (взят в работу), close (закрыт), ignore (не важен): что этап значит для барабанов.",
        ),
        int_column("stage_position", "Its place among the stages, from 0.", "Место среди этапов, с 0."),
        bool_column("is_active", "Exists now.", "Действует сейчас."),
        *_TAIL,
    ),
)

DIM_DATE = Entity(
    "dim_date",
    "date",
    _stamped(
        "dim_date",
        "date",
        "leaddrum_day",
    ),
    "Every day from the first fact to the end of the current year, without holes.",
    "Все дни от первого факта до конца текущего года, без пропусков.",
    (
        on_column("date", "The day.", "День."),
        int_column("year", "Year.", "Год."),
        int_column("quarter", "Quarter, 1 to 4.", "Квартал, 1–4."),
        int_column("month", "Month, 1 to 12.", "Месяц, 1–12."),
        int_column("day", "Day of the month.", "День месяца."),
        int_column("weekday", "1 Monday to 7 Sunday.", "1 — понедельник, 7 — воскресенье."),
        int_column("iso_week", "Week of the year (ISO 8601).", "Неделя года (ISO 8601)."),
        int_column(
            "working_seconds",
            "Working time of the default drum that day; 0: closed.",
            "Рабочее время основного барабана в этот день; 0 — закрыто.",
        ),
        *_TAIL,
    ),
)

DIM_SOURCE = Entity(
    "dim_source",
    "source_id",
    _stamped(
        "dim_source",
        "source_id",
        "(SELECT company_id, id AS source_id, name AS source_name FROM leaddrum_source)",
    ),
    "Sources that leads came from.",
    "Источники лидов.",
    (
        id_column("source_id", "The source.", "Источник."),
        text_column(
            "source_name",
            "Its name as the lead has it; empty: none was given.",
            "Название, как в лиде; пусто — не указан.",
        ),
        *_TAIL,
    ),
)
