"""Applying a company file: idempotent, versioned, nobody deleted, running turns keep their policy (S-37)."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leaddrum import company as companies
from leaddrum import engine
from leaddrum.company import labels
from leaddrum.company.shape import Portal
from leaddrum.core.policy import Policy as CorePolicy
from leaddrum.models import (
    Absence,
    Account,
    Calendar,
    Company,
    CompanyVersion,
    Cycle,
    Department,
    Drum,
    Lead,
    Person,
    Policy,
    Route,
    Stage,
)
from tests.company.files import EXAMPLE, SMALL, small

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)  # a Tuesday, 12:00 in Moscow


def applied(text: str, now: datetime = NOW) -> Company:
    return companies.apply(companies.read(text), text, by="olga", now=now)


def changes(text: str) -> list[str]:
    file = companies.read(text)
    return [change.what for change in companies.diff(companies.company_of(file), file)]


def arrived(company: Company, now: datetime = NOW) -> Cycle:
    made = engine.arrive(company.pk, engine.Arrival(title="Окно"), now=now)
    return Cycle.objects.get(lead=made.lead)


@pytest.mark.rule("S-37")
@pytest.mark.parametrize("text", [EXAMPLE, SMALL], ids=["example", "small"])
def test_a_second_apply_changes_nothing(text: str) -> None:
    first = applied(text)
    staff_version = Company.objects.get().staff_version
    second = applied(text, NOW + timedelta(days=1))
    assert changes(text) == []
    assert (second.pk, second.version) == (first.pk, 1)
    assert second.staff_version == staff_version
    assert CompanyVersion.objects.count() == 1
    assert Policy.objects.count() == Drum.objects.count()


def test_the_tables_say_what_the_file_says() -> None:
    company = applied(EXAMPLE)
    assert (company.key, company.name, company.language) == ("okna-servis", "Окна-Сервис", "ru")
    assert company.default_drum is not None
    assert company.default_drum.key == "new-leads"
    assert list(Stage.objects.values_list("key", "meaning")) == [
        ("new", "entry"),
        ("in_work", "take"),
        ("qualified", "take"),
        ("junk", "close"),
    ]
    spb = Department.objects.get(key="sales-spb")
    assert spb.parent is not None
    assert spb.head is not None
    assert (spb.parent.key, spb.head.key) == ("sales", "pavel")
    assert sorted(person.key for person in Department.objects.get(key="sales").people.all()) == [
        "anna",
        "boris",
        "olga",
    ]
    absence = Absence.objects.get()
    assert absence.starts_at == datetime(2026, 11, 30, 19, tzinfo=UTC)  # midnight in Yekaterinburg, his own zone
    assert Route.objects.get().when == {
        "source": ["call"],
        "fields.region": ["Санкт-Петербург", "Ленинградская область"],
    }
    policy = CorePolicy.from_spec(Policy.objects.get(drum__key="new-leads").spec)
    assert (policy.budget, policy.cooldown, policy.budget_for("call"), policy.version) == (1800, 1800, 300, 1)
    version = CompanyVersion.objects.get()
    assert (version.text, version.applied_by, version.number) == (EXAMPLE, "olga", 1)


def test_each_person_has_an_account_without_a_password_that_is_shut_when_he_leaves() -> None:
    applied(SMALL)
    anna = Account.objects.get(username="anna@okna")
    assert not anna.has_usable_password()
    anna.set_password("correct horse battery")
    anna.save()
    applied(small(('id = "anna"', 'id = "vera"'), ('person = "anna"', 'person = "vera"'), ("anna@", "vera@")))
    anna.refresh_from_db()
    person = Person.objects.get(key="anna")
    assert (person.active, anna.is_active) == (False, False)
    assert person.departments.count() == 1  # his journal is still read by his head
    applied(SMALL)
    anna.refresh_from_db()
    assert anna.is_active
    assert anna.check_password("correct horse battery")


@pytest.mark.rule("S-37")
def test_only_changed_settings_make_a_new_policy_and_running_turns_keep_the_old_one() -> None:
    company = applied(SMALL)
    cycle = arrived(company)
    assert cycle.budget == 1800
    edited = small(('budget = "30m"', 'budget = "20m"'))
    assert changes(edited) == ["Drum “Leads”, budget: 30 min → 20 min; 1 running turn keeps the old settings"]
    applied(edited)
    assert list(Policy.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    cycle.refresh_from_db()
    assert cycle.budget == 1800
    assert cycle.turn["policy_version"] == 1
    applied(edited.replace('name = "Leads"', 'name = "All leads"'))
    assert Policy.objects.count() == 2
    assert Drum.objects.get().name == "All leads"


@pytest.mark.rule("S-24")
def test_who_leaves_the_file_loses_his_offer_at_once() -> None:
    company = applied(SMALL)
    cycle = arrived(company)
    assert cycle.holder is not None
    gone = cycle.holder.key
    file = SMALL.replace(f'id = "{gone}"', 'id = "vera"').replace(f'"{gone}"', '"vera"')
    outcome = companies.preview(companies.read(file), now=NOW)
    assert [moved.due_at for moved in outcome.moved] == [None]
    assert Person.objects.get(key=gone).active  # a preview changes nothing
    applied(file)
    cycle.refresh_from_db()
    assert cycle.holder is None or cycle.holder.key != gone


@pytest.mark.rule("S-15")
def test_a_preview_shows_which_deadlines_move_and_leaves_them() -> None:
    company = applied(SMALL)
    cycle = arrived(company)
    lunch = small(('["09:00-18:00"]', '["09:00-12:10", "13:00-18:00"]'))
    outcome = companies.preview(companies.read(lunch), now=NOW)
    (moved,) = outcome.moved
    assert moved.due_at == datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
    cycle.refresh_from_db()
    assert cycle.due_at == moved.was
    assert Company.objects.get().version == 1
    applied(lunch)
    cycle.refresh_from_db()
    assert cycle.due_at == moved.due_at


@pytest.mark.rule("S-37")
def test_the_new_budget_for_running_turns_is_an_act_of_its_own_with_a_preview() -> None:
    company = applied(SMALL)
    cycle = arrived(company)
    was = cycle.due_at
    assert was is not None
    longer = small(('budget = "30m"', 'budget = "50m"'))
    applied(longer)
    cycle.refresh_from_db()
    assert cycle.due_at == was
    outcome = companies.preview(companies.read(longer), now=NOW, running=True)
    assert outcome.changes == ()
    assert [(moved.was, moved.due_at) for moved in outcome.moved] == [(was, was + timedelta(minutes=20))]
    cycle.refresh_from_db()
    assert cycle.due_at == was
    companies.apply(companies.read(longer), longer, by="olga", now=NOW + timedelta(minutes=5), running=True)
    cycle.refresh_from_db()
    assert (cycle.due_at, cycle.budget) == (was + timedelta(minutes=20), 3000)
    assert Company.objects.get().version == 2
    assert cycle.entries.get(kind="extended").data["reason"] == "policy"
    assert companies.preview(companies.read(longer), now=NOW, running=True).moved == ()


def test_a_preview_of_a_new_company_leaves_nothing() -> None:
    outcome = companies.preview(companies.read(SMALL), now=NOW)
    assert outcome.changes[0].what == "New company “Окна”"
    assert not Company.objects.exists()
    assert not Account.objects.exists()


def test_a_stage_with_leads_cannot_be_removed_and_nothing_is_half_applied() -> None:
    company = applied(SMALL)
    arrived(company)
    renamed = SMALL.replace("new = {", "fresh = {").replace('entry = ["new"]', 'entry = ["fresh"]').replace("30m", "9m")
    with pytest.raises(companies.CannotApply, match="1 lead stands in the stage “New”"):
        applied(renamed)
    assert Company.objects.get().version == 1
    assert Stage.objects.filter(active=True).count() == 3
    Lead.objects.update(deleted_at=NOW)
    applied(renamed)
    assert not Stage.objects.get(key="new").active


def test_a_drum_that_leaves_the_file_is_kept_shut_and_can_come_back() -> None:
    two = SMALL.replace(
        "[routing]",
        '[[drums]]\nid = "more"\nname = "More"\nentry = ["new"]\n'
        'roster = { people = ["anna"] }\nbudget = "5m"\n[routing]',
    )
    applied(two)
    assert changes(SMALL) == ["Drum “More” takes no new leads; those in it go on to their end"]
    applied(SMALL)
    assert not Drum.objects.get(key="more").active
    applied(two)
    more = Drum.objects.get(key="more")
    assert (more.active, more.version) == (True, 1)


def test_absences_of_the_file_are_replaced_and_those_by_hand_stay() -> None:
    applied(SMALL)
    anna = Person.objects.get(key="anna")
    engine.add_absence(anna.pk, NOW + timedelta(days=1), NOW + timedelta(days=2), "doctor", now=NOW)
    edited = small(("to = 2026-12-15", 'to = 2026-12-20\nreason = "ill"'))
    assert changes(edited) == [
        "Absence of Anna from 01.12.2026 00:00 to 21.12.2026 00:00 is added (ill)",
        "Absence of Anna from 01.12.2026 00:00 to 16.12.2026 00:00 is removed",
    ]
    applied(edited)
    assert list(Absence.objects.order_by("starts_at").values_list("reason", flat=True)) == ["doctor", "ill"]


def test_an_older_text_applied_again_goes_back() -> None:
    applied(SMALL)
    applied(small(("30m", "20m"), ('"09:00-18:00"', '"10:00-19:00"')))
    first = CompanyVersion.objects.get(number=1)
    applied(first.text)
    assert changes(SMALL) == []
    assert Company.objects.get().version == 3
    assert CorePolicy.from_spec(Policy.objects.get(version=3).spec).budget == 1800
    assert Calendar.objects.get().spec == {"weekdays": ["09:00-18:00"]}


def test_a_renamed_company_must_say_which_one_it_is() -> None:
    applied(SMALL)
    renamed = small(('name = "Окна"', 'name = "Двери"'))
    with pytest.raises(companies.CannotApply, match=r'key = "okna".*key = "dveri"'):
        applied(renamed)
    company = applied(small(('name = "Окна"', 'name = "Двери"\nkey = "okna"')))
    assert (company.version, company.name) == (2, "Двери")
    applied(small(('name = "Окна"', 'name = "Двери"\nkey = "dveri"')))
    assert Company.objects.count() == 2
    assert Account.objects.filter(username__startswith="anna@").count() == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"Anna"', '"Anna K"', ["Anna, name: Anna → Anna K"]),
        ('name = "Anna"', 'name = "Anna"\nactive = false', ["Anna, works here: yes → no"]),
        ('title = "In work"', 'title = "Work"', ["Stage “In work”, title: In work → Work"]),
        ('"09:00-18:00"', '"09:00-17:00"', ["Hours “office”, weekdays: 09:00-18:00 → 09:00-17:00"]),
        ('"30m"', '"30m"\nrelapse = "1h"', ["Drum “Leads”, first contact after the take: 0 s → 1 h"]),
        ('"30m"', '"30m"\ncall_seconds = "60s"', ["Drum “Leads”, shortest call that counts: 30 s → 1 min"]),
        ('name = "Anna"', 'name = "Anna"\nquiet = ["9:00 – 18:00"]', ["Anna, quiet hours: 09:00-18:00"]),
        ('head = "olga"', 'head = "olga"\ndeputy = "anna"', ["Department “Sales”, deputy: Anna"]),
        ('{ department = "sales" }', '{ people = ["anna"] }', ["Drum “Leads”, roster: department “Sales” → Anna"]),
        ('["call"] }', '["call", "chat"] }', ["Rule 1: source: call, chat → “Leads”"]),
        (
            '[[routes]]\nwhen = { source = ["call"] }\ndrum = "leads"\n',
            "",
            ["Rule 1 is removed: source: call → “Leads”"],
        ),
        ('zone = "Europe/Moscow"', 'zone = "Asia/Omsk"', ["Company, time zone: Europe/Moscow → Asia/Omsk"]),
        (
            'new = { title = "New", meaning = "entry" }\nwork = { title = "In work", meaning = "take" }',
            'work = { title = "In work", meaning = "take" }\nnew = { title = "New", meaning = "entry" }',
            ["Order of the stages: In work, New, Junk"],
        ),
        ('"30m"', '"30m"\nstrategy = "weighted"', ["Drum “Leads”, strategy: in a circle → by weight"]),
        ('"30m"', '"30m"\ncooldown = "1h"', ["Drum “Leads”, cooldown: as long as the budget → 1 h"]),
        ('"30m"', '"30m"\nescalation = "own"', ["Drum “Leads”, what the head does: observes → gets the lead"]),
        ('"30m"', '"30m"\nwarn_at = [0.9]', ["Drum “Leads”, reminders at: 50%, 80% → 90%"]),
        ('["new"]', '["new", "work"]', ["Drum “Leads”, entry stages: New → New, In work"]),
        (
            '"30m"',
            '"30m"\ntake_stage = "work"',
            ["Drum “Leads”, stage after taking: the first stage that means “taken” → In work"],
        ),
        ('"30m"', '"30m"\nfirst_turn = "drum"', ["Drum “Leads”, first turn: the responsible person → whoever is next"]),
        (
            '"30m"',
            '"30m"\ntake_signals = ["call", "mail"]',
            ["Drum “Leads”, counts as a take: an answered call with the client, a mail to the client"],
        ),
        (
            'roster = { department = "sales" }',
            'strategy = "weighted"\nroster = { department = "sales", weights = { anna = 0.5 } }',
            [
                "Drum “Leads”, roster: department “Sales” → department “Sales” (Anna 0.5)",
                "Drum “Leads”, strategy: in a circle → by weight",
            ],
        ),
        ('meaning = "close"', 'meaning = "ignore"', ["Stage “Junk”, meaning: closed → not for the drum"]),
        ('role = "head"', 'role = "admin"', ["Olga, role: head → administrator"]),
        ('com"\ndepartments = ["sales"]\n[[abs', 'com"\n[[abs', ["Anna, departments: Sales → none"]),
        ('name = "Anna"', 'name = "Anna"\ncalendar = "office"', ["Anna, hours: those of the drum → office"]),
        ('calendar = "office"\n', "", ["Drum “Leads”, hours: office → around the clock"]),
        ('"]\n[[dep', '"]\nsaturday = ["10:00-15:00"]\n[[dep', ["Hours “office”, Saturday: day off → 10:00-15:00"]),
        ('"]\n[[dep', '"]\ntuesday = ["10:00-15:00"]\n[[dep', ["Hours “office”, Tuesday: 09:00-18:00 → 10:00-15:00"]),
        (
            'weekdays = ["09:00-18:00"]',
            'shifts = { anchor = 2026-01-05, pattern = [["08:00-20:00"], []] }',
            ["Hours “office”, shift plan: from 05.01.2026: 08:00-20:00 / day off"],
        ),
        (
            '"]\n[[dep',
            '"]\nexceptions = [{ date = 2026-12-31, hours = [], reason = "party" }]\n[[dep',
            ["Hours “office”, exceptions: 31.12.2026 day off (party)"],
        ),
        ('name = "Anna"', 'name = "Anna"\nlanguage = "en"', ["Anna, language: the company's → English"]),
    ],
)
def test_changes_in_words(old: str, new: str, said: list[str]) -> None:
    applied(SMALL)
    text = small((old, new))
    told = [what for what in changes(text) if not what.startswith("Absence")]  # midnight moves with the zone
    assert told == said
    applied(text)
    assert changes(text) == []


WEEK = 'weekdays = ["09:00-18:00"]'
SHIFTS = 'shifts = { anchor = 2026-01-05, pattern = [["08:00-20:00"], []] }'
TWO = 'exceptions = [{ date = 2026-12-30, hours = [] }, { date = 2026-12-31, hours = [], reason = "party" }]'
ONE = "exceptions = [{ date = 2026-12-30, hours = [] }]"


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (f"{WEEK}\n{TWO}", f"{WEEK}\n{ONE}", "exceptions: 31.12.2026 day off (party) → as usual"),
        (SHIFTS, WEEK, "weekdays: 09:00-18:00"),
        (WEEK, 'every_day = ["10:00-19:00"]', ""),
    ],
)
def test_changes_of_hours_in_words(was: str, becomes: str, said: str) -> None:
    applied(small((WEEK, was)))
    told = changes(small((WEEK, becomes)))
    assert f"Hours “office”, {said}" in told if said else told


def test_the_department_above_is_said_by_its_name() -> None:
    whole = ("[[departments]]", '[[departments]]\nid = "all"\nname = "Whole"\n[[departments]]')
    applied(small(whole))
    assert changes(small(whole, ('head = "olga"', 'head = "olga"\nparent = "all"'))) == [
        "Department “Sales”, department above: Whole"
    ]


def test_every_setting_of_a_portal_has_words() -> None:
    assert set(labels.PORTAL) == {field.name for field in fields(Portal)}


def test_the_default_drum_is_said_by_its_name() -> None:
    calls = '[[drums]]\nid = "calls"\nname = "Calls"\nentry = ["new"]\nroster = { department = "sales" }\n'
    text = small(("[[routes]]", calls + 'budget = "30m"\ncalendar = "office"\n[[routes]]'))
    applied(text)
    asked = text.replace('default_drum = "leads"', 'default_drum = "calls"')
    assert changes(asked) == ["Leads that no rule fits → “Calls”"]


def test_ten_thousand_people_take_a_bounded_number_of_statements() -> None:
    people = "".join(
        f'[[people]]\nid = "p{n}"\nname = "Person {n}"\nemail = "p{n}@example.com"\ndepartments = ["sales"]\n'
        for n in range(10_000)
    )
    text = SMALL.replace("[[absences]]", people + "[[absences]]")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        applied(text)
    assert len(queries) < 400
    assert Person.objects.count() == 10_002
    assert "10002 new employees" in CompanyVersion.objects.get().changes
    assert changes(text) == []
