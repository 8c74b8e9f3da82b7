"""Sentences: every code has one, in both languages; instants, durations and plurals as people say them (S-20)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polib
import pytest
from django.utils import translation

import leaddrum
from leaddrum import engine, words
from leaddrum.company import saying
from leaddrum.core import cycle as c
from leaddrum.core import decided
from leaddrum.intake import form
from leaddrum.words import entries, labels, reasons, refusals, told
from tests import apart

MOSCOW = ZoneInfo("Europe/Moscow")
TEN = datetime(2026, 5, 12, 7, 42, tzinfo=UTC)  # 10:42 in Moscow
NAMES = {1: "Анна Ким", 2: "Борис Левин"}
PACKAGE = Path(leaddrum.__file__).parent


@pytest.fixture(autouse=True)
def in_russian() -> Iterator[None]:  # a parameter of the same name would take its place
    with translation.override("ru"):
        yield


def test_a_hold_says_until_when_but_of_a_full_limit() -> None:
    assert words.hold("closed", TEN, MOSCOW, TEN) == "нерабочее время барабана (до 10:42)"
    full = "у всех, кому можно предложить, уже максимум открытых предложений"
    assert words.hold("cap", TEN, MOSCOW, TEN) == full  # the next take frees somebody


@pytest.mark.parametrize(
    ("near", "said"),
    [
        (datetime(2026, 5, 12, 20, 59, tzinfo=UTC), "10:42"),
        (datetime(2026, 5, 12, 21, 0, tzinfo=UTC), "12.05 10:42"),  # midnight in Moscow has passed
        (datetime(2027, 1, 1, tzinfo=UTC), "12.05.2026 10:42"),
        (None, "12.05 10:42"),
    ],
)
def test_an_instant_is_the_readers_and_as_short_as_his_day_allows(near: datetime | None, said: str) -> None:
    assert words.instant(TEN, MOSCOW, near) == said
    assert words.instant(TEN.isoformat(), MOSCOW, near) == said


@pytest.mark.rule("I6")
def test_a_naive_instant_is_an_error() -> None:
    with pytest.raises(ValueError, match="naive"):
        words.instant("2026-05-12T10:42:00", MOSCOW)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 с"),
        (45, "45 с"),
        (60, "1 мин"),
        (75, "75 с"),
        (1800, "30 мин"),
        (3600, "1 ч"),
        (5400, "1 ч 30 мин"),
        (90, "2 мин"),
    ],
)
def test_durations(seconds: int, said: str) -> None:
    assert words.duration(seconds) == said


def test_a_budget_is_working_time() -> None:
    assert words.working(1800) == "30 мин рабочего времени"
    with translation.override("en"):
        assert words.working(1800) == "30 min of working time"


def test_what_sites_and_advertising_send_has_words() -> None:
    assert words.field("utm_campaign") == "Рекламная кампания (utm_campaign)"
    assert words.field("utmCampaign") == "Рекламная кампания (utmCampaign)"  # a portal's
    assert words.field("Площадь") == "Площадь"
    assert [name for name in form.TRACES if words.field(name) == name] == []
    with translation.override("en"):
        assert words.field("referrer") == "Page he came from (referrer)"


@pytest.mark.parametrize(
    ("when", "russian", "english"),
    [
        ({"source": ["call", "Mail"]}, "источник: звонок, почта", "source: call, mail"),
        ({"source": ["visit"], "language": ["en"]}, "источник: визит; язык: en", "source: visit; language: en"),
        ({"source": ["WEB", "hand"]}, "источник: WEB, вручную", "source: WEB, by hand"),
        (
            {"fields.utm_campaign": ["autumn"]},
            "рекламная кампания (utm_campaign): autumn",
            "campaign (utm_campaign): autumn",
        ),
        (
            {"fields.amount": {"min": 1000000}},
            "поле amount: не меньше 1\xa0000\xa0000",
            "field amount: at least 1,000,000",
        ),
        (
            {"fields.rooms": {"min": -1, "max": 2500000.5}, "fields.floor": {"max": 3.0}},
            "поле rooms: от −1 до 2\xa0500\xa0000,5; поле floor: не больше 3",
            "field rooms: from −1 to 2,500,000.5; field floor: at most 3",
        ),
        (
            {"fields.line": [74951234567, 2.0], "fields.vip": [True]},
            "на какой номер звонили (line): 74951234567, 2; поле vip: да",
            "number that was called (line): 74951234567, 2; field vip: yes",
        ),
    ],
)
def test_a_rule_is_said_in_words(when: dict[str, Any], russian: str, english: str) -> None:
    assert saying.condition(when) == russian
    with translation.override("en"):
        assert saying.condition(when) == english


@pytest.mark.parametrize(
    ("name", "wanted", "has", "russian", "english"),
    [
        ("source", ["call"], "form", "источник\xa0— форма", "source is form"),
        ("source", ["call"], "fair", "источник\xa0— «fair»", "source is “fair”"),
        ("source", ["call"], "", "источник: пусто", "source is empty"),
        ("fields.amount", {"min": 9000}, "5 000,50", "поле amount\xa0— 5\xa0000,5", "field amount is 5,000.5"),
        ("fields.amount", {"min": 9000}, 0, "поле amount\xa0— 0", "field amount is 0"),
        ("fields.amount", {"min": 9000}, "much", "поле amount\xa0— «much»", "field amount is “much”"),
        ("fields.amount", [9000], "5000", "поле amount\xa0— «5000»", "field amount is “5000”"),
        ("fields.amount", {"min": 9000}, None, "поле amount: пусто", "field amount is empty"),
        (
            "phone_region",
            ["Ural"],
            ["Omsk", "Tver"],
            "регион номера\xa0— «Omsk, Tver»",
            "region of the number is “Omsk, Tver”",
        ),
    ],
)
def test_what_a_lead_has_instead_is_said_in_words(name: str, wanted: Any, has: Any, russian: str, english: str) -> None:
    assert words.unmet(name, wanted, has) == russian
    with translation.override("en"):
        assert words.unmet(name, wanted, has) == english


def test_budgets_by_source_name_the_sources() -> None:
    assert saying.value("budget_by_source", {"mail": 7200, "fair": 300}) == "fair 5 мин, почта 2 ч"


@pytest.mark.rule("S-20")
@pytest.mark.parametrize(
    ("code", "value", "russian", "english"),
    [
        ("absent", "2026-05-14T21:00:00+00:00", "отсутствует до 15.05", "absent until 15.05"),
        ("at_cap", "3/3", "открытых предложений: 3 из 3", "3 of 3 open offers"),
        ("cooldown", "2026-05-12T07:12:00+00:00", "уже был пропуск этого лида, 10:12", "missed this lead at 10:12"),
        ("off_shift", "2026-05-13T06:00:00+00:00", "не на смене до 13.05 09:00", "off shift until 13.05 09:00"),
        (
            "later",
            "2026-05-12T06:00:00+00:00",
            "последнее предложение было позже, чем у других: 09:00",
            "last offer at 09:00",
        ),
        (
            "had_it",
            "2",
            "этот лид уже предлагали (ход 2): сначала те, кому его не предлагали или предлагали раньше",
            "had this lead in turn 2: first come those who have not had it, or longer ago",
        ),
        (
            "after",
            "owner",
            "в очереди после ответственного за лид",
            "comes after the one responsible for the lead",
        ),
        (
            "after",
            "known",
            "в очереди после того, кто уже работает с этим клиентом",
            "comes after the one who works with this client",
        ),
        ("chosen", "circle", "получает ход: дольше всех без предложений в этом барабане", "gets the turn: longest"),
    ],
)
def test_reasons(code: str, value: str, russian: str, english: str) -> None:
    assert words.reason(c.Line(1, code, value), NAMES, MOSCOW, TEN) == russian
    assert words.reason([1, code, value], NAMES, MOSCOW, TEN) == russian
    with translation.override("en"):
        assert words.reason(c.Line(1, code, value), NAMES, MOSCOW, TEN).startswith(english)


@pytest.mark.rule("S-20")
def test_every_code_of_a_choice_has_a_sentence() -> None:
    codes = set(re.findall(r"`(\w+)`", (c.Line.__doc__ or "").partition("`value`")[0])) - {"code"}
    assert {"absent", "at_cap", "later"} <= codes
    assert codes <= {"chosen", *reasons.PLAIN, *reasons._WITH_VALUE}
    ways = set(re.findall(r"`(\w+)`", (c.Line.__doc__ or "").partition("by what:")[2]))
    assert ways == set(reasons.CHOSEN)


def test_every_event_and_refusal_has_a_sentence() -> None:
    kinds = {re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower() for event in decided.Event.__args__}
    assert kinds <= set(entries._TELL)
    codes = set(re.findall(r"`(\w+)`", engine.Refused.__doc__ or "")) - {"code"}
    assert codes <= set(refusals.REFUSALS)
    stale = set(re.findall(r"`(\w+)`", engine.Stale.__doc__ or "")) - {"code", "holder"}
    assert stale <= set(refusals._STALE)
    assert {state.value for state in c.State} == set(labels.STATES)
    assert {verdict.value for verdict in c.Verdict} == set(labels.VERDICTS)


@pytest.mark.parametrize(
    ("misses", "said"),
    [
        (1, "Пропущен 1 ход."),
        (2, "Пропущено 2 хода."),
        (4, "Пропущено 4 хода."),
        (5, "Пропущено 5 ходов."),
        (21, "Пропущен 21 ход."),
    ],
)
def test_russian_plurals(misses: int, said: str) -> None:
    notice = words.notice("escalated", {"misses": misses, "mode": "observe"}, Lead(), NAMES, MOSCOW)
    assert notice.body[0] == said


@dataclass
class Lead:
    title: str = "Окна"
    name: str = "Иван"
    phone: str = "+7"
    email: str = ""
    text: str = ""


EXAMPLES: dict[str, dict[str, Any]] = {
    "offer": {"due_at": TEN.isoformat(), "budget": 1800, "next_up": 2, "after": "missed", "turn": 2},
    "reminder": {"share": 0.5, "due_at": TEN.isoformat(), "turn": 1},
    "missed": {"due_at": TEN.isoformat(), "excuse": "overload", "to": 2, "until": TEN.isoformat()},
    "gone": {"reason": "colleague", "by": 2},
    "taken": {"at": TEN.isoformat()},
    "escalated": {"misses": 2, "mode": "freeze", "history": [[1, TEN.isoformat()], [None, TEN.isoformat()]]},
    "hold": {"reason": "nobody", "since": TEN.isoformat()},
    "joined": {"channel": "form"},
    "returned": {"by": 1, "reason": "не мой профиль"},
    "handover": {"holder": 1, "turn": 1, "note": "", "due_at": TEN.isoformat()},
    "handover_yes": {"by": 2, "turn": 1},
    "handover_no": {"by": 2, "turn": 1},
    "annulled": {"taken_at": TEN.isoformat()},
    "undelivered": {"holder": 1, "error": "550"},
    "paused": {"reason": "misses"},
    "closed": {"by": 1},
    "moved": {"due_at": TEN.isoformat(), "was": TEN.isoformat(), "reason": "calendar", "turn": 1},
    "pinned": {"by": 2, "due_at": TEN.isoformat()},
    "no_contact": {"due_at": TEN.isoformat()},
    "contact_moved": {"due_at": TEN.isoformat(), "was": TEN.isoformat()},
    "false_take": {"taken_at": TEN.isoformat(), "due_at": TEN.isoformat(), "to": 2, "holder": 1},
    "broken": {"channel": "telegram", "error": "403", "person": 2},
    "test": {"channel": "telegram"},
    "monthly": {"month": "2026-03-01"},
    "wrote": {"channel": "mail"},
    "signal": {"signal": "call", "turn": 1},
    "unsent": {"reply": 1, "error": "403", "doubtful": False},
    "way_broken": {"way": 1, "name": "7", "of": "mailbox", "since": TEN.isoformat(), "error": "535"},
    "way_silent": {"way": 1, "name": "7", "of": "form", "since": TEN.isoformat(), "usual": 2400, "lasts": 32400},
    "way_heard": {"way": 1, "name": "7", "of": "form", "since": TEN.isoformat(), "at": TEN.isoformat()},
    "way_works": {"way": 1, "name": "7", "of": "calls", "since": TEN.isoformat(), "at": TEN.isoformat()},
}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", sorted(told.TELL))
def test_every_notice_is_whole(kind: str, language: str) -> None:
    with translation.override(language):
        notice = words.notice(kind, EXAMPLES[kind], Lead(), NAMES, MOSCOW, TEN)
    said = " ".join((notice.subject, *notice.body, notice.button))
    assert notice.subject.endswith(": Окна")
    assert notice.body
    assert [line for line in (notice.subject, *notice.body) if line[0].islower()] == []
    assert "%(" not in said
    assert "?" not in said
    assert bool(re.search("[а-яё]", said.replace("Окна", "").replace(NAMES[1], "").replace(NAMES[2], ""))) == (
        language == "ru" or kind == "returned"  # his own reason stays as he wrote it
    )


def test_a_miss_that_is_not_counted_asks_for_no_explanation() -> None:
    with translation.override("ru"):
        counted = {**EXAMPLES["missed"], "excuse": ""}
        asks = [words.notice("missed", data, Lead(), NAMES, MOSCOW, TEN).body for data in (EXAMPLES["missed"], counted)]
    assert any(line.startswith("Он вам не засчитан: ") for line in asks[0])
    assert [any("своими словами" in line for line in body) for body in asks] == [False, True]


@pytest.mark.parametrize(("why", "said"), [("paused", "вы на паузе"), ("colleague", "лид взял коллега")])
def test_why_a_turn_ended_is_told_to_the_one_whose_it_was(why: str, said: str) -> None:
    with translation.override("ru"):
        body = words.notice("gone", {"reason": why}, Lead(), NAMES, MOSCOW, TEN).body
    assert body[0] == f"Ваш ход снят, пропуском это не считается: {said}."


@pytest.mark.rule("S-17")
def test_an_offer_to_everybody_says_that_it_is_no_turn_of_his_own() -> None:
    offer = {"due_at": TEN.isoformat(), "budget": 1800, "next_up": None, "after": "missed", "turn": 2}
    his = " ".join(words.notice("offer", offer, Lead(), NAMES, MOSCOW, TEN).body)
    to_all = " ".join(words.notice("offer", {**offer, "to_all": True}, Lead(), NAMES, MOSCOW, TEN).body)
    assert "попадёт в журнал нарушений" in his
    assert "Лид предложен всем: он у того, кто возьмёт первым." in to_all
    assert "журнал" not in to_all
    assert "ваша очередь" not in to_all


def test_whoever_blocked_the_bot_is_told_what_to_do() -> None:
    data = {"channel": "telegram", "error": "403 Forbidden: bot was blocked by the user"}
    his = " ".join(words.notice("broken", data, None, NAMES, MOSCOW, TEN).body)
    heads = " ".join(words.notice("broken", {**data, "person": 2}, None, NAMES, MOSCOW, TEN).body)
    assert "Разблокируйте его в Telegram" in his
    assert "Сотрудник заблокировал бота." in heads
    assert "Forbidden" not in his + heads


def test_a_notice_asks_for_the_names_it_needs() -> None:
    assert words.people_in(EXAMPLES["offer"]) == {2}
    assert words.people_in(EXAMPLES["undelivered"]) == {1}
    assert words.people_in(EXAMPLES["escalated"]) == {1}


# Translations


def _said() -> set[str]:
    """Every message of this area's modules."""
    files = [*(PACKAGE / "words").glob("*.py"), *(PACKAGE / "channels").glob("*.py"), PACKAGE / "printing.py"]
    found = set()
    for file in files:
        for node in ast.walk(apart.in_a_thread(ast.parse, file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"_", "lazy", "ngettext", "pgettext"}
            ):
                first = node.args[node.func.id == "pgettext"]
                assert isinstance(first, ast.Constant), f"{file}:{node.lineno}: not a constant"
                found.add(str(first.value))
    return found


def test_the_russian_catalogue_is_complete_and_keeps_every_placeholder() -> None:
    catalogue = polib.pofile(str(PACKAGE / "locale" / "words" / "ru" / "LC_MESSAGES" / "django.po"))
    assert {entry.msgid for entry in catalogue} == _said()
    for entry in catalogue:
        translated = list(entry.msgstr_plural.values()) or [entry.msgstr]
        for text in translated:
            assert text.strip(), entry.msgid
            assert sorted(re.findall(r"%\(\w+\)[ds]", text)) == sorted(re.findall(r"%\(\w+\)[ds]", entry.msgid))


def test_a_lead_that_comes_by_its_stage_says_so() -> None:
    with translation.override("ru"):
        assert [labels.channel(code) for code in ("stage", "back")] == ["с другого этапа", "возвращён с другого этапа"]
