"""What a list of changes says of routing rules that go, come, move and are edited (S-37)."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from leaddrum.company.diff import differences
from leaddrum.company.diff_routes import steps
from leaddrum.company.shape import CompanyFile, Route

pytestmark = pytest.mark.rule("S-37")

CALL = Route({"source": ["call"]}, "a")
MAIL = Route({"source": ["mail"]}, "b")
CHAT = Route({"source": ["chat"]}, "c")
LARGE = Route({"fields.amount": {"min": 1000000}}, "d")
RULES = st.lists(
    st.builds(Route, st.sampled_from([{"source": [name]} for name in "xyz"]), st.sampled_from("ab")), max_size=7
)


def told(old: list[Route], new: list[Route], language: str = "en") -> list[str]:
    before, after = (CompanyFile(name="", zone="", routes=tuple(routes)) for routes in (old, new))
    with translation.override(language):
        return [change.what for change in differences(before, after, running={})]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param([CALL, MAIL, CHAT], [CALL, MAIL, CHAT], [], id="nothing"),
        pytest.param([CALL, MAIL, CHAT], [CALL, CHAT], ["Rule 2 is removed: source: mail → “b”"], id="one-removed"),
        pytest.param(
            [CALL, MAIL, LARGE, CHAT],
            [MAIL, CHAT],
            [
                "Rule 1 is removed: source: call → “a”",
                "Rule 3 is removed: field amount: at least 1,000,000 → “d”",
            ],
            id="two-removed",
        ),
        pytest.param(
            [MAIL, CHAT], [CALL, MAIL, CHAT], ["Rule 1 is added: source: call → “a”"], id="one-inserted-in-front"
        ),
        pytest.param(
            [CALL, MAIL, CHAT], [MAIL, CALL, CHAT], ["Rule 2 becomes rule 1: source: mail → “b”"], id="two-swapped"
        ),
        pytest.param(
            [CALL, MAIL, CHAT, LARGE],
            [MAIL, CHAT, LARGE, CALL],
            ["Rule 1 becomes rule 4: source: call → “a”"],
            id="the-first-becomes-the-last",
        ),
        pytest.param(
            [CALL, MAIL, CHAT],
            [CALL, Route({"source": ["mail", "form"]}, "b"), CHAT],
            ["Rule 2: source: mail, form → “b”"],
            id="conditions-edited",
        ),
        pytest.param(
            [CALL, MAIL, CHAT], [CALL, Route(MAIL.when, "c"), CHAT], ["Rule 2: source: mail → “c”"], id="drum-edited"
        ),
        pytest.param(
            [CALL, MAIL, CHAT],
            [MAIL, Route(CHAT.when, "d")],
            ["Rule 1 is removed: source: call → “a”", "Rule 3 becomes rule 2: source: chat → “d”"],
            id="one-removed-and-one-edited",
        ),
        pytest.param(
            [CALL, MAIL, CHAT],
            [CALL, LARGE, CHAT],
            [
                "Rule 2 is removed: source: mail → “b”",
                "Rule 2 is added: field amount: at least 1,000,000 → “d”",
            ],
            id="one-for-another",
        ),
        pytest.param([CALL, CALL, MAIL], [CALL, MAIL], ["Rule 1 is removed: source: call → “a”"], id="one-of-a-pair"),
        pytest.param(
            [Route({"source": ["call"], "language": ["en"]}, "a")],
            [Route({"language": ["en"], "source": ["call"]}, "a")],
            [],
            id="conditions-in-another-order",
        ),
    ],
)
def test_rules_are_known_again_by_what_they_say(old: list[Route], new: list[Route], said: list[str]) -> None:
    assert told(old, new) == said


def test_the_same_in_russian() -> None:
    assert told([CALL, MAIL, CHAT], [MAIL, CHAT], "ru") == ["Правило 1 удаляется: источник: звонок → «a»"]
    assert told([MAIL], [CALL, MAIL], "ru") == ["Правило 1 добавляется: источник: звонок → «a»"]
    assert told([CALL, MAIL], [MAIL, CALL], "ru") == ["Правило 2 становится правилом 1: источник: почта → «b»"]


@given(RULES, RULES)
def test_the_steps_lead_from_one_list_to_the_other(old: list[Route], new: list[Route]) -> None:
    """So a list that differs has at least one step."""
    found = steps(old, new)
    gone = {was for was, _now in found}
    made = [route for place, route in enumerate(old) if place not in gone]
    for now in sorted(now for _was, now in found if now is not None):
        made.insert(now, new[now])
    assert made == new
