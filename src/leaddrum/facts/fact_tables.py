"""The facts, column by column."""

from __future__ import annotations

from leaddrum.facts.shape import Entity, Link, at_column, bool_column, id_column, int_column, on_column, text_column

_PASSAGE = id_column("passage_id", "The passage of a lead through a drum (cycle).", "Заход: проход лида через барабан.")
_LEAD = id_column("lead_id", "The lead's number, as the pages show it.", "Номер лида, как на страницах.")
_TURN = int_column(
    "turn_number",
    "Number of the turn within the passage: 1 is the first person.",
    "Номер хода в заходе: 1 — первый сотрудник.",
)
_DRUM = id_column("drum_id", "The drum.", "Барабан.")
_SOURCE = id_column("source_id", "Where the lead came from.", "Источник лида.")
_VERSION = int_column(
    "policy_version",
    "Version of the drum's settings that the turn ran under.",
    "Версия настроек барабана, по которой шёл ход.",
)
_BUDGET = int_column("budget_seconds", "Working seconds he had.", "Срок: сколько рабочих секунд было дано.")
_DEPARTMENT = id_column(
    "department_id",
    "His department (the first, if he is in several) when the row was last written.",
    "Его отдел (первый, если их несколько) на момент последней записи строки.",
    null=True,
)
_ANNULLED = bool_column("is_annulled", "The incident was annulled.", "Нарушение снято.")
_ANSWERABLE = bool_column(
    "is_answerable",
    "A miss that is neither annulled nor excused: what he answers for.",
    "Пропуск, за который отвечает сотрудник: не снят и без уважительной причины.",
)
_EXCUSE = text_column(
    "excuse",
    "Why a miss is not his fault: overload, call (he was on the phone), undelivered, outage, watched (the portal was"
    " only watched, nobody was told); empty: none.",
    "Уважительная причина пропуска: overload (перегрузка), call (говорил по телефону), undelivered (не доставлено),"
    " outage (сбой), watched (за порталом только наблюдали); пусто — нет.",
)
_OF_A_TURN = (_PASSAGE, _LEAD, _TURN, _DRUM, _SOURCE)
_LINKS = (
    Link("drum", "dim_drum", "drum_id"),
    Link("source", "dim_source", "source_id"),
    Link("person", "dim_person", "person_id"),
    Link("department", "dim_department", "department_id"),
)
_TAIL = (
    bool_column(
        "is_deleted",
        "The lead was deleted; the row stays, so that earlier figures stay true.",
        "Лид удалён; строка остаётся, чтобы прежние цифры не менялись.",
    ),
    at_column("changed_at", "When this row last changed.", "Когда строка менялась последний раз."),
    id_column(
        "change_stamp",
        "Grows with every change in the company; read rows above the greatest one you have.",
        "Растёт с каждым изменением в компании: читайте строки больше наибольшей, что у вас есть.",
    ),
)

FACT_LEAD = Entity(
    "fact_lead",
    "passage_id",
    "leaddrum_factlead",
    "One row for each passage of a lead through a drum. Count leads by passage = 1, or distinct lead_id.",
    "Строка на каждый заход лида в барабан. Лиды считайте по passage = 1 или по разным lead_id.",
    (
        _PASSAGE,
        _LEAD,
        int_column(
            "passage", "1 for the lead's first passage, 2 for the second, …", "1 — первый заход лида, 2 — второй, …"
        ),
        _DRUM,
        _SOURCE,
        id_column(
            "person_id",
            "Who took it; while it waits, who holds it.",
            "Кто взял; пока лид ждёт — у кого он сейчас.",
            null=True,
        ),
        _DEPARTMENT,
        text_column(
            "state",
            "offered, held, with_head; taken, closed, withdrawn.",
            "offered (предложен), held (ожидание), with_head (у руководителя);"
            " taken (взят), closed (закрыт), withdrawn (снят с доски).",
        ),
        id_column(
            "stage_id",
            "The stage the lead stands in now, in each of its passages: what became of it after the take.",
            "Этап, в котором лид стоит сейчас, в каждом из его заходов: что с ним стало после взятия.",
            null=True,
        ),
        at_column("moved_at", "When it came into that stage.", "Когда лид перешёл в этот этап.", null=True),
        at_column(
            "arrived_at", "When the client came: his clock starts here.", "Когда пришёл клиент: отсюда идут его часы."
        ),
        on_column("arrived_on", "That day in the company's zone.", "День прихода в поясе компании."),
        int_column("arrived_hour", "That hour, 0 to 23.", "Час прихода, 0–23."),
        at_column("opened_at", "When this passage began.", "Когда начался этот заход."),
        on_column("opened_on", "That day in the company's zone.", "День начала захода в поясе компании."),
        at_column(
            "offered_at",
            "When it was first offered to somebody.",
            "Когда лид впервые предложили сотруднику.",
            null=True,
        ),
        at_column("taken_at", "When it was taken.", "Когда лид взяли.", null=True),
        at_column("ended_at", "When the passage ended.", "Когда заход закончился.", null=True),
        int_column(
            "turns", "How many turns there were, the open one included.", "Сколько было ходов, включая открытый."
        ),
        int_column(
            "hand_overs",
            "How often it went to another turn after the first.",
            "Сколько раз лид передавали дальше после первого хода.",
        ),
        int_column("misses", "Missed turns.", "Пропущенные ходы."),
        int_column(
            "misses_excused",
            "Of these, not the person's fault (and not annulled).",
            "Из них не по вине сотрудника (и не снятые).",
        ),
        int_column("misses_annulled", "Of these, annulled.", "Из них снятые."),
        int_column("escalations", "How often the head was pulled in.", "Сколько раз подключали руководителя."),
        int_column(
            "holds",
            "How often it waited because nobody could be offered it.",
            "Сколько раз лид ждал, потому что предложить было некому.",
        ),
        int_column("taken_turn", "In which turn it was taken.", "На каком ходу взят.", null=True),
        bool_column("is_taken", "It was taken.", "Лид взят."),
        bool_column(
            "is_taken_in_time",
            "Taken before any deadline of this passage had passed (annulled misses do not count).",
            "Взят до того, как прошёл хоть один срок этого захода (снятые пропуски не в счёт).",
        ),
        bool_column("is_junk", "Closed without anybody having taken it.", "Закрыт, никем не взятый."),
        bool_column(
            "came_back",
            "This passage began because somebody returned a taken lead.",
            "Заход начался с того, что взятый лид вернули.",
        ),
        int_column(
            "wait_seconds",
            "The client's clock: arrival to take, calendar seconds.",
            "Часы клиента: от прихода до взятия, календарные секунды.",
            null=True,
        ),
        int_column(
            "service_seconds", "The same in the drum's working time.", "То же в рабочем времени барабана.", null=True
        ),
        int_column(
            "offered_seconds",
            "Of the passage's time, with people (calendar).",
            "Из времени захода: лид был у сотрудников (календарно).",
        ),
        int_column(
            "held_seconds",
            "Of it, on hold: outside hours, or nobody eligible (calendar).",
            "Из него: ожидание, вне рабочих часов или некому предложить (календарно).",
        ),
        int_column(
            "system_seconds",
            "Of it, neither: our own delay between arrival, offers and verdicts (calendar).",
            "Из него: ни то ни другое, собственная задержка системы между приходом, ходами и итогами.",
        ),
        *_TAIL,
    ),
    (
        *_LINKS,
        Link("stage", "dim_stage", "stage_id"),
        Link("arrived_date", "dim_date", "arrived_on"),
        Link("opened_date", "dim_date", "opened_on"),
    ),
)

FACT_TURN = Entity(
    "fact_turn",
    "turn_key",
    "leaddrum_factturn",
    "One row for each turn that has ended.",
    "Строка на каждый завершённый ход.",
    (
        id_column("turn_key", "The turn.", "Ход."),
        *_OF_A_TURN,
        id_column(
            "person_id",
            "Whose turn it was; of an offer to everybody, who took it.",
            "Чей ход; у предложения всем — кто взял.",
            null=True,
        ),
        _DEPARTMENT,
        _VERSION,
        at_column(
            "offered_at",
            "When it was offered to him: his clock starts here.",
            "Когда ему предложили лид: отсюда идут его часы.",
        ),
        on_column("offered_on", "That day in the company's zone.", "День предложения в поясе компании."),
        int_column("offered_hour", "That hour, 0 to 23.", "Час предложения, 0–23."),
        at_column("due_at", "The deadline.", "Срок."),
        at_column("ended_at", "The instant the verdict counts from.", "Момент, от которого считается итог."),
        at_column("noticed_at", "When the engine knew.", "Когда о нём узнала система."),
        _BUDGET,
        text_column(
            "verdict",
            "taken, missed, returned, void.",
            "taken (взят), missed (пропущен), returned (возвращён), void (без последствий).",
        ),
        bool_column("is_taken", "The verdict is taken.", "Итог — взят."),
        bool_column("is_missed", "The verdict is missed.", "Итог — пропущен."),
        _EXCUSE,
        _ANNULLED,
        _ANSWERABLE,
        int_column(
            "worked_seconds",
            "The employee's clock: working time from the offer to the end of the turn,"
            " to the deadline if missed. Empty: his calendar of then is no longer known.",
            "Часы сотрудника: рабочее время от предложения до конца хода,"
            " у пропуска — до срока. Пусто — календарь того времени уже неизвестен.",
            null=True,
        ),
        int_column("take_seconds", "The same of taken turns only.", "То же только для взятых.", null=True),
        int_column("elapsed_seconds", "The same time by the calendar.", "То же по календарю."),
        int_column(
            "system_seconds",
            "Of a miss: from the deadline until the engine passed the lead on.",
            "У пропуска: от срока до передачи системой.",
        ),
        *_TAIL,
    ),
    (
        *_LINKS,
        Link("offered_date", "dim_date", "offered_on"),
        Link("lead", "fact_lead", "passage_id"),
    ),
)

FACT_INCIDENT = Entity(
    "fact_incident",
    "incident_id",
    "leaddrum_factincident",
    "One row for each incident of the journal: a missed turn, or with turn_number 0 a false take (S-38).",
    "Строка на каждое нарушение в журнале: пропущенный ход, а с turn_number 0 — ложное взятие (S-38).",
    (
        id_column("incident_id", "The incident.", "Нарушение."),
        *_OF_A_TURN,
        id_column(
            "person_id",
            "Who missed; empty: an offer to everybody.",
            "Кто пропустил; пусто — предложение всем.",
            null=True,
        ),
        _DEPARTMENT,
        id_column("next_person_id", "Whom the lead went to.", "Кому лид передан.", null=True),
        _VERSION,
        at_column("offered_at", "When it was offered.", "Когда предложен."),
        at_column("due_at", "The deadline.", "Срок."),
        at_column("missed_at", "When the verdict fell.", "Когда вынесен итог."),
        on_column("missed_on", "That day in the company's zone.", "День пропуска в поясе компании."),
        int_column("missed_hour", "That hour, 0 to 23.", "Час пропуска, 0–23."),
        _BUDGET,
        int_column("overdue_seconds", "From the deadline to the verdict.", "От срока до итога."),
        int_column(
            "open_offers",
            "Offers he held then, this one included.",
            "Сколько открытых ходов у него было, включая этот.",
        ),
        _EXCUSE,
        bool_column("is_excused", "It has an excuse.", "Есть уважительная причина."),
        bool_column("is_explained", "He has explained it.", "Сотрудник дал объяснение."),
        _ANNULLED,
        _ANSWERABLE,
        at_column("annulled_at", "When it was annulled.", "Когда снято.", null=True),
        id_column("annulled_by_id", "By whom; empty: by the system.", "Кем; пусто — системой.", null=True),
        *_TAIL,
    ),
    (
        *_LINKS,
        Link("next_person", "dim_person", "next_person_id"),
        Link("missed_date", "dim_date", "missed_on"),
        Link("lead", "fact_lead", "passage_id"),
    ),
)
