"""How pages write numbers within sentences."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from leaddrum import clock
from leaddrum.templatetags.humane import options, whole_names, whole_units, whole_words
from leaddrum.templatetags.story_words import dated


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("budget: 1 h 30 min → 20 min", "budget: 1~h~30~min → 20~min"),
        ("(4 пропущенных хода по 30 мин)", "(4~пропущенных хода по~30~мин)"),
        ("weekdays 09:00-13:00, 14:00-18:00", "weekdays 09:00|-|13:00, 14:00|-|18:00"),
        ("лид, пришедший пт 27.11 17:50, дойдёт", "лид, пришедший пт 27.11~17:50, дойдёт"),
        ("of Friday 17:50 reaches", "of Friday 17:50 reaches"),
        ("Возьмите лид в работу до 10:42.", "Возьмите лид в работу до~10:42."),
        ("(срок до 25.11 09:00)", "(срок до~25.11~09:00)"),
        ("not taken until 10:32", "not taken until~10:32"),
        ("Version 3", "Version 3"),
        ("под это правило, и под правило 12 — да", "под это правило, и под правило~12 — да"),
        ("3 и 4", "3~и 4"),
        ("48,7–89,7", "48,7|–|89,7"),
        ("10-я и 16-я, 2-го", "10|-|я и 16|-|я, 2|-|го"),
        ("−53,2 мин – 43,2 мин", "−53,2~мин – 43,2~мин"),
    ],
)
def test_a_number_stays_with_what_it_counts(sentence: str, said: str) -> None:
    assert whole_units(sentence) == said.replace("~", "\N{NO-BREAK SPACE}").replace("|", "\N{WORD JOINER}")


def test_a_sentence_that_is_not_translated_yet() -> None:
    with override("ru"):
        assert whole_units(gettext_lazy("Shorter ones are no conversation: 30 s.")).endswith("30\N{NO-BREAK SPACE}с.")


@pytest.mark.parametrize(("year", "said"), [(2026, "02.03~12:00"), (2025, "02.03.2025 12:00")])
def test_a_dated_instant_has_its_day_today_too(monkeypatch: pytest.MonkeyPatch, year: int, said: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 2, 15, tzinfo=UTC))
    with timezone.override("UTC"):
        assert dated(datetime(year, 3, 2, 12, tzinfo=UTC)).replace("\N{NO-BREAK SPACE}", "~") == said


def test_a_head_is_not_torn_at_the_hyphen_of_a_word() -> None:
    head = '<th class="is-few">Повтор по-новому</th><th>Hand-overs per lead, 5-10</th>'
    whole = '<th class="is-few">Повтор по~новому</th><th>Hand~overs per lead, 5-10</th>'
    assert whole_words(head) == whole.replace("~", "\N{NON-BREAKING HYPHEN}")


def test_a_name_of_the_other_side_is_whole_and_can_be_copied() -> None:
    step = "Header X-LeadDrum-Signature: HMAC-SHA256 of <body>, see https://a-b.test/c-d and auto-reply"
    assert whole_names(step) == (
        'Header <span class="whole">X-LeadDrum-Signature</span>: <span class="whole">HMAC-SHA256</span> of '
        '&lt;body&gt;, see https://a-b.test/c-d and <span class="whole">auto-reply</span>'
    )


def test_a_list_of_people() -> None:
    people = [("anna", "Анна Ким"), ("o", "O'Hara <b>")]
    said = '<option value="anna" selected>Анна Ким</option><option value="o">O&#x27;Hara &lt;b&gt;</option>'
    assert options(people, "anna") == said
    assert options([(1200, "Борис")]) == '<option value="1200">Борис</option>'
