"""Connecting a portal: what is refused with which reason, what is proposed, what is kept and what is not."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from pytest_django import Settings

from leaddrum import clock, company
from leaddrum.crm.bitrix24 import access, clients, command, proposing
from leaddrum.engine import org
from leaddrum.models import Company, CompanyVersion, Lead, Person, Portal, Stage
from tests.bitrix24.driving import NOTHING
from tests.bitrix24.portal import Portal as Double
from tests.bitrix24.portal import Server, sample
from tests.bitrix24.portal.access import ALL_SCOPES

SECRET = "s3cr3tw0rd"


@pytest.fixture(autouse=True)
def world(db: None, portal: Double, server: Server, settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA = tmp_path
    with clock.reading(portal.clock.now):
        yield
    clients.forget()
    org.forget()


@pytest.fixture
def connect(portal: Double) -> Callable[..., None]:
    def run(url: str = "", **options: Any) -> None:
        given: dict[str, Any] = NOTHING | {"users": "27,31"} | options
        hook = url or portal.webhook(given.pop("user", sample.ADMIN), given.pop("scopes", ALL_SCOPES), SECRET)
        command.connect(hook, command.Given(**given), yes=True)

    return run


def refused(run: Callable[..., None], **options: Any) -> str:
    with pytest.raises(click.ClickException) as caught:
        run(**options)
    assert not Company.objects.exists()
    assert not Portal.objects.exists()
    assert SECRET not in caught.value.message
    return caught.value.message


def test_from_nothing(connect: Callable[..., None], portal: Double, tmp_path: Path) -> None:
    portal.import_(3)
    connect(calendar="portal")
    row = Portal.objects.get()
    assert Company.objects.get().crm == "bitrix24"
    assert {person.key for person in Person.objects.filter(active=True)} == {f"b24:{user}" for user in portal.users}
    assert Person.objects.get(key="b24:13").role == "head"
    assert Person.objects.get(key="b24:1").role == "admin"
    meanings = {stage.key: stage.meaning for stage in Stage.objects.all()}
    assert meanings == {
        "lead:NEW": "entry",
        "lead:IN_PROCESS": "take",
        "lead:PROCESSED": "take",
        "lead:CONVERTED": "take",
        "lead:JUNK": "close",
    }
    file = access.file_of("bitrix24")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = CompanyVersion.objects.get().text
    kept = f"{text} {row.base} {row.settings} {row.plan} {row.org} {row.bot} {row.journal} {row.spent}"
    assert SECRET not in kept
    assert "work_time" not in text
    assert "09:00-18:00" in text
    assert portal.journal("leaddrum_journal").rights["U13"] == "R"
    assert portal.complaints == []


def test_again_with_another_webhook(connect: Callable[..., None], portal: Double) -> None:
    connect()
    portal.webhooks.clear()
    connect(url=portal.webhook(sample.ADMIN, secret="another1"), users="35")
    assert Company.objects.count() == Portal.objects.count() == 1
    assert "another1" in access.file_of("bitrix24").read_text()
    assert len(portal.lists) == len(portal.chat.bots) == 1


def test_again_with_what_was_said_in_the_file_since(connect: Callable[..., None], portal: Double) -> None:
    """A new webhook is no reason to lose the other drums, nor what is said of this one."""
    connect()
    text = CompanyVersion.objects.get().text
    text = text.replace("[[drums]]\n", '[[drums]]\nstrategy = "weighted"\n', 1)
    text = text.replace("[company]\n", "[company]\nmask_after = 12\n")
    text = text.replace("[bitrix24]\n", "[bitrix24]\ntechnical_users = [35]\n")
    text = text.replace('entry = ["NEW"]', 'entry = ["NEW", "IN_PROCESS"]')
    text += (
        '\n[[bitrix24.watch]]\ndrum = "wholesale"\nentity = "deal"\npipeline = 2\nentry = ["C2:NEW"]\n'
        '[[drums]]\nid = "wholesale"\nname = "Опт"\nroster = { bitrix24_users = [31] }\nbudget = "20m"\n'
        'calendar = "always"\n[routing]\ndefault_drum = "leads"\n'
        '[[routes]]\nwhen = { source = "WEB" }\ndrum = "leads"\n'
    )
    company.apply(company.read(text), text, by="test", now=clock.now(), company=Company.objects.get())
    connect(url=portal.webhook(sample.ADMIN, secret="another1"), users="27", budget="45m")
    newest = tomllib.loads(CompanyVersion.objects.latest("number").text)
    leads, wholesale = newest["drums"]
    assert (leads["strategy"], leads["budget"], leads["roster"]) == ("weighted", "45m", {"bitrix24_users": [27]})
    assert wholesale["roster"] == {"bitrix24_users": [31]}
    watched = [(watch["drum"], watch["entry"]) for watch in newest["bitrix24"]["watch"]]
    assert watched == [("leads", ["NEW", "IN_PROCESS"]), ("wholesale", ["C2:NEW"])]
    assert (newest["company"]["mask_after"], newest["bitrix24"]["technical_users"]) == (12, [35])
    assert [route["drum"] for route in newest["routes"]] == ["leads"]
    connect(entity="deal", pipeline=2, users="35")
    again = tomllib.loads(CompanyVersion.objects.latest("number").text)
    assert [drum["id"] for drum in again["drums"]] == ["leads", "wholesale"]  # the one that watches there was meant
    assert again["drums"][1]["roster"] == {"bitrix24_users": [35]}


def test_a_trials_haste_ends_with_it(connect: Callable[..., None]) -> None:
    connect(budget="90s")
    trial = tomllib.loads(CompanyVersion.objects.get().text)
    connect()
    after = tomllib.loads(CompanyVersion.objects.latest("number").text)
    assert {"verdict_delay", "hold_alert"} <= set(trial["drums"][0])
    assert {"verdict_delay", "hold_alert"} & set(after["drums"][0]) == set()
    assert (trial["bitrix24"]["sweep"], after["bitrix24"]["sweep"]) == ("15s", "20s")


def test_another_portal_is_another_company(connect: Callable[..., None], portal: Double, settings: Settings) -> None:
    """Lead 5 of a trial portal is not lead 5 of the real one."""
    connect()
    other = sample.portal(portal.clock)
    with Server(other):
        connect(url=other.webhook(sample.ADMIN, secret=SECRET))  # nothing has come in so far
        Lead.objects.create(
            company=Company.objects.get(),
            crm_key="lead:5",
            stage=Stage.objects.get(key="lead:NEW"),
            arrived_at=clock.now(),
            moved_at=clock.now(),
        )
        real = portal.webhook(sample.ADMIN, secret="another1")
        for named in ("", real):  # nor is it the same by being in the settings already
            settings.BITRIX24_WEBHOOK = named
            with pytest.raises(click.ClickException, match="--data"):
                connect(url=real)
        settings.BITRIX24_WEBHOOK = ""
        assert Portal.objects.get().base == f"{other.url}/rest/"
        connect(url=portal.webhook(sample.ADMIN, secret=SECRET))  # the webhook that was connected: it was renamed


def test_whose_webhook_it_is_need_not_work_there(
    connect: Callable[..., None], portal: Double, capsys: pytest.CaptureFixture[str]
) -> None:
    """An integrator's: then nobody here is an administrator, and that is said."""
    portal.user(2, "Инте", "Гратор", admin=True, kind="extranet")
    connect(user=2)
    assert "не числится среди сотрудников" in capsys.readouterr().err
    assert not Person.objects.filter(role="admin", active=True).exists()


def test_only_where_there_is_no_board(connect: Callable[..., None]) -> None:
    Company.objects.create(key="own", name="Своя", zone="Europe/Moscow")
    with pytest.raises(click.ClickException, match="Своя"):
        connect()


def test_a_wrong_or_revoked_webhook(connect: Callable[..., None], portal: Double) -> None:
    assert "отозван" in refused(connect, url=portal.webhook(1, secret=SECRET).replace(SECRET, "wrong"))
    assert "no connection" in refused(connect, url=f"http://127.0.0.1:9/rest/1/{SECRET}/")
    assert "http://" in refused(connect, url=f"http://portal.example.com/rest/1/{SECRET}/")


def test_a_plan_without_rest(connect: Callable[..., None], portal: Double) -> None:
    portal.plan_rest = False
    assert "тарифе" in refused(connect)


def test_a_dismissed_owner(connect: Callable[..., None], portal: Double) -> None:
    portal.dismiss(sample.ADMIN)
    assert "уволен" in refused(connect)


def test_a_missing_scope(connect: Callable[..., None]) -> None:
    assert "crm" in refused(connect, scopes=ALL_SCOPES - {"crm"})


def test_somebody_who_sees_only_his_own(connect: Callable[..., None], portal: Double) -> None:
    portal.users[sample.ANNA].crm = "own"
    assert "администратора CRM" in refused(connect, user=sample.ANNA)


def test_simple_mode_has_no_leads(connect: Callable[..., None], portal: Double) -> None:
    portal.crm.simple = True
    assert "--entity deal" in refused(connect, entity="lead")
    connect(entity="deal")
    assert Stage.objects.filter(key="deal:NEW", meaning="entry").exists()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"users": "27,999"}, "999"),
        ({"users": "anna"}, "--users"),
        ({"users": None}, "--users 27,31"),
        ({"users": None, "department": 77}, "77"),
        ({"users": None, "department": 9}, "никого"),
        ({"department": 5}, "--users"),
        ({"entry": "GONE"}, "GONE"),
        ({"entry": "JUNK"}, "JUNK"),
        ({"entity": "deal", "pipeline": 7}, "воронки"),
        ({"entity": "5"}, "--entity"),
        ({"budget": "soon"}, "--budget"),
        ({"calendar": "office"}, "office"),
    ],
)
def test_what_does_not_fit(connect: Callable[..., None], options: dict[str, Any], problem: str) -> None:
    assert problem in refused(connect, **options)


def test_less_than_all_scopes_is_enough(connect: Callable[..., None], portal: Double) -> None:
    connect(scopes=frozenset({"crm", "user_brief", "department"}))
    assert portal.lists == {}
    assert Portal.objects.get().trouble == ""


def test_the_working_time_of_a_portal() -> None:
    hours = {
        "work_time_start": "9.30",
        "work_time_end": "19",
        "week_holidays": ["SU"],
        "year_holidays": "1.01,23.02",
        "year_workdays": "23.02",
    }
    spec = proposing.working_time(hours, 2026)
    assert spec["saturday"] == ["09:30-19:00"]
    assert "sunday" not in spec
    days = {str(row["date"]): row["hours"] for row in spec["exceptions"]}
    assert days["2027-01-01"] == []
    assert days["2026-02-23"] == ["09:30-19:00"]  # a worked day beats a holiday


def test_the_file_may_say_more_and_is_applied(connect: Callable[..., None]) -> None:
    connect()
    text = CompanyVersion.objects.get().text + (
        '\n[[people]]\nid = "b24:27"\nname = "Аня"\n[calendars.night]\nevery_day = ["20:00-23:00"]\n'
    )
    row = Company.objects.get()
    company.apply(company.read(text), text, by="test", now=clock.now(), company=row)
    assert Person.objects.get(key="b24:27").name == "Аня"
    assert Person.objects.get(key="b24:27").departments.count() == 1
    wrong = text.replace('entry = ["NEW"]', 'entry = ["GONE"]')
    with pytest.raises(company.CannotApply, match="GONE"):
        company.apply(company.read(wrong), wrong, by="test", now=clock.now(), company=row)


def test_what_is_not_said_is_asked_until_it_is_understood(portal: Double) -> None:
    hook = portal.webhook(sample.ADMIN, secret=SECRET)
    nothing = command.Given(**NOTHING | {"budget": None, "escalate_after": None, "calendar": None})
    asking = click.Command("connect", callback=lambda: command.connect(hook, nothing, yes=False))
    typed = ["deal", "2", "C2:WON", "C2:NEW", "99", "27,31", "soon", "20m", "0", "3", "always", "y", "y"]
    done = CliRunner().invoke(asking, input="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    assert SECRET not in done.output
    assert "выберите из: C2:NEW" in done.output
    assert "C2:WON (" not in done.output  # nothing waits in a final stage
    row = Portal.objects.get()
    assert row.settings["watch_only"]
    (watch,) = row.settings["watches"]
    assert (watch["entity"], watch["pipeline"], watch["entry"]) == (2, 2, ["C2:NEW"])
    assert 'budget = "20m"' in CompanyVersion.objects.get().text
    again = CliRunner().invoke(asking, input="deal\n2\n\n\n\n\n\n\nn\n")
    assert again.exit_code != 0  # not confirmed: nothing is done
    assert CompanyVersion.objects.count() == 1
