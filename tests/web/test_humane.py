"""How pages write numbers within sentences."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext_lazy, override

from leaddrum.templatetags.humane import whole_units


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("budget: 1 h 30 min → 20 min", "budget: 1~h~30~min → 20~min"),
        ("(4 пропущенных хода по 30 мин)", "(4~пропущенных хода по 30~мин)"),
        ("weekdays 09:00-13:00, 14:00-18:00", "weekdays 09:00|-|13:00, 14:00|-|18:00"),
        ("лид, пришедший пт 27.11 17:50, дойдёт", "лид, пришедший пт 27.11~17:50, дойдёт"),
        ("of Friday 17:50 reaches", "of Friday 17:50 reaches"),
        ("Version 3", "Version 3"),
        ("3 и 4", "3~и 4"),
    ],
)
def test_a_number_stays_with_what_it_counts(sentence: str, said: str) -> None:
    assert whole_units(sentence) == said.replace("~", "\N{NO-BREAK SPACE}").replace("|", "\N{WORD JOINER}")


def test_a_sentence_that_is_not_translated_yet() -> None:
    with override("ru"):
        assert whole_units(gettext_lazy("Shorter ones are no conversation: 30 s.")).endswith("30\N{NO-BREAK SPACE}с.")
