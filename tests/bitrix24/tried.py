"""What was tried against a portal besides its ordinary days: the case, what comes of it, and the test that shows it."""

from __future__ import annotations

import ast
from pathlib import Path

from tests import apart

HERE = Path(__file__).parent

TRIED: tuple[tuple[str, str, str], ...] = (
    ("a wrong or revoked webhook", "refused, and says which", "test_connect.test_a_wrong_or_revoked_webhook"),
    ("a missing scope", "named; what can be done without it is done", "test_connect.test_a_missing_scope"),
    ("a plan without REST", "refused with that reason", "test_connect.test_a_plan_without_rest"),
    ("simple CRM mode", "no leads there: deals are proposed", "test_connect.test_simple_mode_has_no_leads"),
    (
        "an access that sees its own items only",
        "refused: an administrator is needed",
        "test_connect.test_somebody_who_sees_only_his_own",
    ),
    (
        "the entry stage is deleted",
        "said; what waits goes round as before",
        "test_bad_days.test_the_entry_stage_is_deleted",
    ),
    (
        "another stage is deleted",
        "nobody is blamed for a lead in it",
        "test_bad_days.test_a_stage_somebody_uses_is_deleted",
    ),
    ("who holds leads is dismissed", "they pass on, without guilt", "test_drum.test_people_come_and_go"),
    (
        "the webhook's owner is dismissed",
        "verdicts wait, the pages say so; with the access back it goes on",
        "test_bad_days.test_the_owner_of_the_webhook_is_dismissed",
    ),
    (
        "the webhook of another employee",
        "not used until it is connected",
        "test_bad_days.test_a_webhook_of_another_employee_is_not_taken_silently",
    ),
    ("the list is deleted", "made anew with all it held", "test_drum.test_a_list_that_was_deleted_is_made_anew"),
    (
        "the list and its fields are renamed",
        "written on: fields are known by their codes",
        "test_bad_days.test_the_customer_renames_the_fields_of_the_list",
    ),
    (
        "many renew one expired token",
        "one does, the others take its",
        "test_install.test_of_many_who_find_it_expired_one_renews",
    ),
    (
        "the portal is renamed",
        "the same question at its new address",
        "test_install.test_a_renamed_portal_stays_the_same",
    ),
    (
        "a false application token, an unknown portal",
        "403, one line a minute in the log",
        "test_install.test_strangers_are_refused_and_not_written_down",
    ),
    ("a false address or token of a press", "403", "test_presses.test_a_press_of_a_stranger_is_refused"),
    ("events that are played again", "one reading", "test_install.test_an_event_is_a_hint_whoever_sends_it_twice"),
    ("a press that is posted twice", "one press", "test_presses.test_a_press_that_is_posted_twice_is_one"),
    (
        "a thousand events at once",
        "as many readings as there are leads, fifty in a call",
        "test_bad_days.test_a_thousand_events_of_a_few_leads_are_a_few_readings",
    ),
    ("a body of ten megabytes", "413", "test_install.test_ten_megabytes_and_nonsense_do_no_harm"),
    (
        "another application changes the same leads",
        "whom it makes responsible stays that, and nobody fights",
        "test_bad_days.test_another_application_changes_the_same_leads",
    ),
    (
        "an administrator reassigns everything",
        "each lead once, and nothing is written back",
        "test_bad_days.test_an_administrator_reassigns_everything_at_once",
    ),
    (
        "a mass import",
        "found whole in one sweep, offered within the caps",
        "test_bad_days.test_a_mass_import_is_found_whole_and_offered_within_the_caps",
    ),
    (
        "events lost, doubled, out of order; requests broken before and after the write",
        "no false miss, one element a miss, one change of the owner a hand-over",
        "test_rough_day.test_a_rough_day_ends_as_a_quiet_one",
    ),
)


def table() -> list[str]:
    rows = ["| what | what comes of it | test |", "|---|---|---|"]
    for case, outcome, test in TRIED:
        file, _, name = test.partition(".")
        rows.append(f"| {case} | {outcome} | [{name.removeprefix('test_')}](../tests/bitrix24/{file}.py) |")
    return rows


def missing() -> list[str]:
    """Tests that are named and not there."""
    there: dict[str, set[str]] = {}
    for _case, _outcome, test in TRIED:
        file = test.partition(".")[0]
        if file not in there:
            tree = apart.in_a_thread(ast.parse, (HERE / f"{file}.py").read_text(encoding="utf-8"))
            there[file] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return [test for _, _, test in TRIED if test.partition(".")[2] not in there[test.partition(".")[0]]]
