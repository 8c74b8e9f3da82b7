"""The operators' pages: nothing of them is left in English, and a list costs the same whatever its table holds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from leaddrum import access
from leaddrum.admin import finding
from leaddrum.admin.codes import CODES
from leaddrum.admin.lists import LISTS, open_columns
from leaddrum.admin.naming import COLUMNS, OF_DJANGO
from leaddrum.admin.tables import TABLES
from leaddrum.models import Account, ApiToken, Entry, Incident, Outlet
from leaddrum.words import entries
from tests.world import World

MODELS = {model.__name__: model for model in apps.get_app_config("leaddrum").get_models()}
SAME = re.compile(r"LeadDrum|API|CSV|CRM|SMTP|JSON|Telegram|English|Europe/Moscow|root")
"""What is called so in Russian too."""
WHEN = datetime(2026, 3, 2, 7, tzinfo=UTC)
VALUES: list[tuple[type[models.Field[Any, Any]], Any]] = [
    (models.DateTimeField, WHEN),
    (models.DateField, date(2026, 3, 2)),
    (models.BooleanField, True),
    (models.IntegerField, 1),
    (models.FloatField, 1.0),
    (models.JSONField, {"имя": ["значение"]}),
    (models.BinaryField, b"1"),
    (models.Field, "1"),
]


def a_row(name: str) -> models.Model:
    """A row of a table: one that is there, or one made of what its columns take."""
    model = MODELS[name]
    found: models.Model | None = model._base_manager.first()
    if found is not None:
        return found
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.BigAutoField) or field.null or field.has_default():
            continue
        if isinstance(field, models.ForeignKey):
            values[field.name] = a_row(field.related_model.__name__)
        else:
            values[field.name] = next(value for kind, value in VALUES if isinstance(field, kind))
    row: models.Model = model._base_manager.create(**values)
    return row


@pytest.fixture
def operator(world: World, client: Client) -> Client:
    """Beside leads that were offered and missed."""
    for _lead in range(2):
        world.lead()
    world.until("10:31")
    client.force_login(access.operator("root"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(operator: Client, address: str, language: str = "ru") -> str:
    operator.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = operator.get(f"/admin/{address}")
    assert answer.status_code == 200, address
    return answer.content.decode()


SECRETS = {
    *("password", "digest", "secret", "spare", "content", "value", "salt", "sealed", "token", "last_payload"),
    *("client_secret", "application_token", "access", "refresh"),
}


def test_no_secret_is_shown_and_none_is_told_by_a_filter(operator: Client) -> None:
    for name, model in MODELS.items():
        kept = [field for field in model._meta.concrete_fields if field.name in SECRETS]
        row = a_row(name)
        if model is not Account:  # who looks has a password of his own
            hidden = {models.JSONField: ["cafe"], models.BinaryField: b"cafe"}
            model._base_manager.update(**{field.name: hidden.get(type(field), "cafe") for field in kept})
        where = f"/admin/leaddrum/{model._meta.model_name}"
        for address in (f"{where}/", f"{where}/{row.pk}/change/"):
            assert "cafe" not in operator.get(address).content.decode(), address
        for field in kept:
            assert operator.get(f"{where}/?{field.name}__startswith=c").status_code == 400, (where, field.name)


@pytest.mark.parametrize(
    "address",
    [
        "lead/?company__ways__token__startswith=c",
        "way/?company__apitoken__digest__startswith=c",
        "person/?company__person__account__password__startswith=c",
        "standing/?drum__company__outlet__secret__startswith=c",
        "drum/?company__portal_app__access__isnull=1",
        "lead/?company__isnull=1",
        "account/?second_factor__secret__startswith=c",
        "account/?password__startswith=c",
    ],
)
def test_no_secret_is_told_by_a_filter_that_asks_through_another_table(operator: Client, address: str) -> None:
    assert operator.get(f"/admin/leaddrum/{address}").status_code == 400


def test_every_filter_beside_a_list_may_be_pressed(operator: Client) -> None:
    for name, kept in LISTS.items():
        a_row(name)
        where = f"leaddrum/{MODELS[name]._meta.model_name}/"
        offered = set(re.findall(r'href="(\?\w+__\w+=[^"]*)"', page(operator, where)))
        for link in offered:
            assert page(operator, where + unescape(link))
        pressed = {link[1:].partition("__")[0] for link in offered}
        narrow = {name for name in kept.filters if name in {"active", "state", "kind", "role", "verdict"}}
        assert pressed >= narrow, where


def test_of_a_programs_address_the_host_is_shown(operator: Client, world: World) -> None:
    made = {"company": world.company, "channel": "webhook", "created_at": world.now}
    outlet = Outlet.objects.create(address="https://hooks.example/services/T0/cafe", **made)
    for address in ("", f"{outlet.pk}/change/"):
        shown = page(operator, f"leaddrum/outlet/{address}")
        assert "https://hooks.example/…" in shown
        assert "cafe" not in shown
    Outlet.objects.create(address="https://hooks.example/services/T0/bare", **made)
    place = LISTS["Outlet"].columns.index("address")
    orders = [
        re.findall(r"outlet/(\d+)/change", page(operator, f"leaddrum/outlet/?o={sign}{place}")) for sign in ("", "-")
    ]
    assert orders[0] == orders[1] == [str(outlet.pk + 1), str(outlet.pk)]  # the newest first, whatever the addresses


def own_words(html: str) -> str:
    """The words of a page, without what stands in the rows themselves."""
    rows = r'<tbody.*?</tbody>|<div class="readonly">.*?</div>|<h2.*?</h2>|<title.*?</title>|<script.*?</script>'
    crumbs = r'<(?:div|ol|nav) class="breadcrumbs".*?</(?:div|ol|nav)>'
    html = re.sub(f"{rows}|{crumbs}", " ", html[html.index("<body") :], flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", html))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="words are the same beside every database")
def test_every_page_opens_in_both_languages_and_none_is_left_in_english(operator: Client) -> None:
    left: dict[str, set[str]] = {}
    for name, model in MODELS.items():
        row = a_row(name)
        for address in ("", f"{row.pk}/change/"):
            where = f"leaddrum/{model._meta.model_name}/{address}"
            text = own_words(page(operator, where))
            assert re.search("[А-Яа-я]{4}", text), where
            if found := set(re.findall(r"[A-Za-z]{3,}", SAME.sub("", text))):
                left[where] = found
            if model is not Account:  # its columns are Django's
                assert not re.search("[А-Яа-я]", SAME.sub("", _without_data(page(operator, where, "en")))), where
    assert left == {}


def _without_data(html: str) -> str:
    """Names of drums and stages stand in the filters."""
    return re.sub("Русский|русский", "", own_words(re.sub(r"<details.*?</details>", " ", html, flags=re.DOTALL)))


def test_every_name_is_translated_and_means_something_that_is_there() -> None:
    with translation.override("ru"):
        words: list[object] = [*COLUMNS.values(), *(word for both in TABLES.values() for word in both)]
        words += [word for known in CODES.values() for word in known.values()]
        said = {str(word) for word in words}
    assert {word for word in said if not re.search("[А-Яа-я]", word)} <= {"English", "JSON", "Telegram", "API", "CSV"}
    shown = {(name, field.name) for name, model in MODELS.items() for field in open_columns(model) if name != OF_DJANGO}
    assert {column for column in shown if not {column[1], ".".join(column)} & set(COLUMNS)} == set()
    assert {*COLUMNS, *CODES} - {column for _table, column in shown} - set(map(".".join, shown)) == set()
    assert (set(TABLES), set(LISTS) - set(MODELS)) == (set(MODELS), set())
    assert set(CODES["Entry.kind"]) >= set(entries._TELL)


def test_durations_instants_codes_and_json_are_readable(operator: Client) -> None:
    incident = Incident.objects.order_by("pk").first()
    assert incident is not None
    shown = page(operator, f"leaddrum/incident/{incident.pk}/change/")
    assert "30 мин" in shown  # the budget, 1800 seconds
    assert "02.03.2026 10:00:00" in shown  # offered, 07:00 UTC
    assert "Europe/Moscow" in shown
    assert f'<a href="/admin/leaddrum/lead/{incident.lead_id}/change/">' in shown
    assert re.search(r"[А-Я]\w+ [А-Я]\w+: [а-я]", shown)  # candidates, a name and a reason
    assert "cooldown" not in shown
    entry = Entry.objects.exclude(data={}).order_by("pk").first()
    assert entry is not None
    assert re.search(r"<pre>{\n +&quot;", page(operator, f"leaddrum/entry/{entry.pk}/change/"))
    assert "пропущен" in page(operator, "leaddrum/turn/")
    assert "30 min" in page(operator, f"leaddrum/incident/{incident.pk}/change/", "en")


def test_a_list_takes_as_many_queries_whatever_it_shows(operator: Client, world: World) -> None:
    tables = ("lead", "cycle", "turn", "incident", "entry", "effect", "person", "policy", "standing")

    def asked() -> dict[str, int]:
        found = {}
        for table in tables:
            with CaptureQueriesContext(connection) as queries:
                page(operator, f"leaddrum/{table}/")
            found[table] = len(queries)
        return found

    few = asked()
    for _lead in range(4):
        world.lead()
    world.until("12:31")
    assert asked() == few
    assert max(few.values()) < 20


def test_nothing_is_counted_and_only_the_newest_are_looked_through(
    operator: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = world.lead(title="Самый старый", phone="+79161234567", phone_key="+79161234567")
    for number in range(3):
        world.lead(title=f"Новый {number}")
    monkeypatch.setattr(finding, "NEWEST", 2)
    first = page(operator, "leaddrum/lead/")
    assert "Показаны последние строки, 2;" in first
    assert "Самый старый" not in page(operator, "leaddrum/lead/?q=старый")
    assert "Новый 2" in page(operator, "leaddrum/lead/?q=НОВЫЙ+2")
    for typed in (oldest.id, "8 916 123-45-67", "79161234567"):
        assert "Самый старый" in page(operator, f"leaddrum/lead/?q={typed}")
    assert f"/cycle/{oldest.turn[0]}/" in page(operator, f"leaddrum/cycle/?q={oldest.id}")
    with CaptureQueriesContext(connection) as queries:
        page(operator, "leaddrum/lead/?o=2&stage__id__exact=1")
    asked = [query["sql"] for query in queries if 'FROM "leaddrum_lead"' in query["sql"] and "ORDER BY" in query["sql"]]
    assert all('"leaddrum_lead"."id" >' in sql or "OFFSET" in sql for sql in asked)
    counted = [query["sql"] for query in queries if "COUNT(" in query["sql"] and "leaddrum_lead" in query["sql"]]
    assert all("LIMIT 3" in sql for sql in counted)
    assert counted


def test_of_a_token_only_its_end_is_changed_and_nobody_is_chosen_from_a_list(operator: Client, world: World) -> None:
    access.make_token(world.company, "crm", "admin", now=world.now)
    token = ApiToken.objects.get()
    assert "<select" not in page(operator, f"leaddrum/apitoken/{token.pk}/change/").partition("<main")[2]
    sent = {"expires_at_0": "01.04.2026", "expires_at_1": "12:00:00", "name": "other"}
    assert operator.post(f"/admin/leaddrum/apitoken/{token.pk}/change/", sent).status_code == 302
    token.refresh_from_db()
    assert (token.name, token.expires_at) == ("crm", datetime(2026, 4, 1, 9, tzinfo=UTC))  # 12:00 in Moscow


def test_a_cycle_without_an_open_turn_has_no_budget(operator: Client, world: World) -> None:
    lead = world.lead()
    shown = f"leaddrum/cycle/{lead.turn[0]}/change/"
    budget = re.compile(r"Срок:</label>\s*<div class=\"readonly\">([^<]*)<")
    assert budget.findall(page(operator, shown)) == ["30 мин"]
    world.take(lead, by=str(lead.holder))
    assert budget.findall(page(operator, shown)) == ["–"]


def test_who_has_changed_nothing_reads_that_there_is_nothing_yet(operator: Client) -> None:
    assert "<p>Пока нет</p>" in page(operator, "")
